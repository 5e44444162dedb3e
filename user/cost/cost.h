/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What elements cost, as measured by `batchy-agent profile`: T(b) = t0 + t1 * b nanoseconds for a batch of b packets, by
 * element instance, kept in a JSON file for each CPU model. Read by user/observe, user/model and user/bench on the main thread.
 */
#ifndef USER_COST_COST_H
#define USER_COST_COST_H

#include <stdint.h>
#include "../graph/graph.h"
#include "../lib/err.h"

struct bty_costs; /* what a file holds */

/* A fit of T(b); times in ns. */
struct bty_cost_fit {
	double t0_ns, t1_ns;
	double t0_err_ns, t1_err_ns; /* half the width of a 95 % confidence interval */
	double resid_ns;	     /* median absolute residual */
	uint32_t rounds;	     /* 0: from a file that does not say, as the original's */
};

/* What a Queue of backend xsk costs beside its elements. */
enum bty_cost_io { BTY_COST_WAKEUP, BTY_COST_RECEIVE, BTY_COST_TRANSMIT, BTY_COST_NIO };

enum bty_cost_match {
	BTY_COST_NONE,	/* nothing of that class */
	BTY_COST_CLASS, /* of the class, with other arguments or tables of another size */
	BTY_COST_EXACT, /* the same arguments, tables of the same size */
};

/*
 * Reads a file of ours, or the original's {"Class": {"T_0": ns, "T_1": ns, "stat": text}}. path NULL: the file of this CPU
 * below the profiles' folder; that one may be missing (*out is then empty). Returns 0 and *out (bty_costs_free), or -errno
 * with err = "file: what: why; what to do". A file of another CPU is read, and stale() says so.
 */
int bty_costs_read(const char *path, struct bty_costs **out, struct bty_err *err);
void bty_costs_free(struct bty_costs *c); /* NULL is harmless */

/* "measured on CPU X, this is CPU Y", or NULL. */
const char *bty_costs_stale(const struct bty_costs *c);

/* The fit that is nearest to an element instance; c may be NULL. fit is set unless BTY_COST_NONE is returned. */
enum bty_cost_match bty_costs_find(const struct bty_costs *c, const struct bty_element *el, struct bty_cost_fit *fit);

/* Returns 0, or -ENODATA when it was not profiled. c may be NULL. */
int bty_costs_io(const struct bty_costs *c, enum bty_cost_io io, struct bty_cost_fit *fit);

#endif
