/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run under a controller. Private to user/bench. */
#ifndef USER_BENCH_LOOP_H
#define USER_BENCH_LOOP_H

#include <stdio.h>
#include "bench.h"

/* Counters at the begin of a round, or of all of them. */
struct bty_bench_counts {
	uint64_t ns, cpu_ns, cycles;
	uint64_t worker_cpu_ns[1 + BTY_MAX_EXTRA];
	struct bty_run_turns turns;
	struct {
		uint64_t packets, batches, puts, put_pkts, by_trigger, by_deadline, drops;
	} queue[BTY_MAX_QUEUES];
	struct {
		uint64_t packets, windows, violations;
	} flow[BTY_MAX_FLOWS];
};

struct bty_bench_loop {
	const struct bty_bench_opts *opts;
	struct bty_graph *g;
	struct bty_datapath *dp;
	struct bty_run *run;
	struct bty_observer obs;
	struct bty_control *control; /* the controller at work */
	struct bty_decision decision;
	struct bty_bench_rounds *out;
	struct bty_bench_counts first, before, now;
	struct bty_hist *delay; /* of each flow, at the begin of the first round */
	FILE *dump;
	uint32_t set[BTY_MAX_QUEUES]; /* in this round: triggers, or weights */
	double estimate_ns[BTY_MAX_FLOWS];
	double control_ns;	    /* of this round */
	int server[BTY_MAX_QUEUES]; /* that it had, to see it move */
	int stalled;
	void *old_args; /* of a source whose rate was changed, that may still be in use */
};

/* Lets sources begin, runs all rounds, ends the worker. Returns 0 or -errno with err set; b->rounds is set in either case. */
int bty_bench_loop(const struct bty_bench_opts *opts, struct bty_bench *b, struct bty_datapath *dp, struct bty_run *run,
		   struct bty_err *err);

/* dump.c: the header, a row. */
void bty_bench_dump_head(const struct bty_bench_loop *l);
void bty_bench_dump_row(const struct bty_bench_loop *l, uint32_t round);

/* at.c: names are known and of the right kind. Returns 0, or -EINVAL with err set. */
int bty_bench_at_check(const struct bty_bench_at *at, const struct bty_graph *g, uint32_t extra, struct bty_err *err);
/* Returns 0 or -errno with err set. *decide is set to 1 when the controller should look at once. */
int bty_bench_at_do(const struct bty_bench_at *at, struct bty_bench_loop *l, int *decide, struct bty_err *err);

/* estimate.c: what the delay of a flow should be, by what is known of its queues, elements and worker; ns. */
double bty_bench_estimate_ns(const struct bty_observer *o, int flow);

#endif
