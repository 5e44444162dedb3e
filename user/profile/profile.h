/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures what an element costs: its native batch function over batches of 1 to 64 packets, in this process, without any
 * interface and without privileges. docs/profiler.md says how. Called by `batchy-agent profile` on the main thread.
 */
#ifndef USER_PROFILE_PROFILE_H
#define USER_PROFILE_PROFILE_H

#include <signal.h>
#include <stdint.h>
#include "../cost/cost.h"
#include "../graph/graph.h"
#include "../load/load.h"

#define BTY_PROFILE_B	   64 /* the largest batch */
#define BTY_PROFILE_ROUNDS 5

/* Elements that are measured, with the graph that holds them. */
struct bty_targets {
	struct bty_graph *g;
	struct bty_datapath *dp;
	int *el; /* indices of elements, owned */
	int n;
};

/*
 * One element as a pipeline would have it, "Bypass(100, 1000)"; nout: outputs it is to have, 0: as few as it can. Returns 0 and
 * *t (bty_targets_free), or -errno with err set: no such class, wrong arguments, one that cannot be measured alone (a Queue, a
 * source, a device).
 */
int bty_target_text(const char *text, int nout, struct bty_targets *t, struct bty_err *err);

/* Every element of a pipeline file that can be measured alone. */
int bty_targets_file(const char *file, const struct bty_set *sets, int nsets, struct bty_targets *t,
		     struct bty_err *err);
void bty_targets_free(struct bty_targets *t);

/* How many elements are in the set that is measured when none is named, and one of them. */
int bty_default_targets(void);
int bty_default_target(int i, struct bty_targets *t, struct bty_err *err);

struct bty_profile_opts {
	uint32_t rounds;		   /* 1 to 64 */
	uint64_t sample_ns;		   /* spent on one size of batch in one round, about; 0: a default */
	uint64_t seed;			   /* of packets and of the order of sizes */
	const volatile sig_atomic_t *stop; /* may be NULL */
	void (*progress)(void *ctx, uint32_t done, uint32_t all); /* samples; may be NULL */
	void *ctx;
};

/* What one element was measured at. */
struct bty_profiled {
	struct bty_cost_fit fit;
	struct bty_cost_how how;
	double drift;			   /* of the slowest round from the fastest, as a share */
	int clamped;			   /* t0 or t1 was below 0 */
	uint32_t nb;			   /* sizes, and the time at each: */
	uint32_t size[BTY_PROFILE_B];	   /* b */
	double median_ns[BTY_PROFILE_B];   /* T(b) */
	uint64_t dropped, forwarded, held; /* what became of the packets, as a check that they suit it */
};

/* Element number i of t. Returns 0, -EINTR when stopped, or another -errno with err set. */
int bty_profile(const struct bty_targets *t, int i, const struct bty_profile_opts *opts, struct bty_profiled *out,
		struct bty_err *err);

#endif
