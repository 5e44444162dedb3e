/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a pipeline without any interface, in one worker thread of this process, and says what it costs: sources stand for
 * FromDevice, ToDevice and ToHost count and let go, elements of XDP run natively. Called by `batchy-agent bench` on the main
 * thread; needs no privilege.
 */
#ifndef USER_BENCH_BENCH_H
#define USER_BENCH_BENCH_H

#include <signal.h>
#include <stdint.h>
#include "../graph/graph.h"
#include "../load/load.h"
#include "../run/run.h"

struct bty_bench_opts {
	const char *file;
	const struct bty_set *sets;
	int nsets;
	uint64_t run_ns;		   /* at most; it ends earlier when all sources have */
	uint32_t batch;			   /* packets a source makes at once, a Queue hands on, a worker takes */
	const char *pcap;		   /* a capture stands for every FromDevice; NULL: packets are built */
	const char *source;		   /* arguments of InfiniteSource: how; NULL: its defaults */
	const char *cpus;		   /* as for attach; the first is used */
	const volatile sig_atomic_t *stop; /* may be NULL: it ends when this is set */
};

/* Of one element, after the run. */
struct bty_bench_element {
	struct bty_el_stats stats;
	uint64_t out;	       /* packets that went on */
	double ns_per_packet;  /* negative: not known */
	struct json_t *report; /* owned; NULL: it has nothing to tell */
};

struct bty_bench {
	struct bty_graph *g;
	uint64_t elapsed_ns, cpu_ns;
	uint64_t packets;		       /* that came in: made, by sources of any kind */
	uint64_t made, tx, pass, drop, queued; /* all that were made, and where they are */
	uint64_t drops[BTY_DROP_MAX];
	double ns_per_packet;	    /* CPU time of the worker */
	double parse_ns_per_packet; /* and its parts, by packet that came in */
	double source_ns_per_packet, elements_ns_per_packet, rest_ns_per_packet;
	uint64_t turns, interrupted;  /* turns of the worker's loop that were timed, and those that were not counted */
	struct bty_bench_element *el; /* g->nel of them */
	int conserved;		      /* every element accounts for each packet, and so does the whole */
};

/* Returns 0 and *out, or -errno with err set. */
int bty_bench_run(const struct bty_bench_opts *opts, struct bty_bench *out, struct bty_err *err);
void bty_bench_free(struct bty_bench *b);

/* Makes g run without devices: a source for every FromDevice. Returns 0 or -errno with err set. */
int bty_bench_stand_in(struct bty_graph *g, const struct bty_bench_opts *opts, struct bty_err *err);

#endif
