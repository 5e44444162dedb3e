/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a pipeline without any interface, in a worker thread of this process and extra ones, and says what it costs: sources stand for
 * FromDevice, ToDevice and ToHost count and let go, elements of XDP run natively. Called by `batchy-agent bench` on the main
 * thread; needs no privilege.
 */
#ifndef USER_BENCH_BENCH_H
#define USER_BENCH_BENCH_H

#include <signal.h>
#include <stdint.h>
#include "../cost/cost.h"
#include "../decide/decide.h"
#include "../graph/graph.h"
#include "../load/load.h"
#include "../run/run.h"

/* What changes while it runs: `--at ROUND:ACTION`. */
struct bty_bench_at {
	uint32_t round; /* at its begin */
	enum { BTY_AT_RATE, BTY_AT_SLO, BTY_AT_TRIGGER, BTY_AT_DEADLINE, BTY_AT_CONTROLLER, BTY_AT_WORKER } what;
	char name[BTY_NAME_LEN]; /* of a source, flow or queue */
	uint64_t value; /* packets/s (0: as fast as possible), ns, packets (0: the controller's), worker (0: its own) */
	struct bty_controller_choice choice; /* of CONTROLLER */
};

/* A controller sets the queues every period, as in an agent. */
struct bty_bench_control {
	const char *controller;	       /* NULL: none, and the rest means nothing */
	uint64_t period_ns, warmup_ns; /* before the first round nobody decides and nothing is counted */
	uint32_t rounds;	       /* at most */
	uint64_t slo_ns;	       /* of queues that no flow covers; 0: none */
	uint64_t deadline_ns;	       /* of every queue, whatever the controller says; 0: its own */
	const char *dump;	       /* file for a row each round, "-": standard output, NULL: none */
	const struct bty_bench_at *at;
	int nat;
};

struct bty_bench_opts {
	const char *file;
	enum bty_schedule schedule;
	struct bty_bench_control control;
	const struct bty_set *sets;
	int nsets;
	uint64_t run_ns;		   /* at most; it ends earlier when all sources have */
	uint32_t batch;			   /* packets a source makes at once, a Queue hands on, a worker takes */
	const char *pcap;		   /* a capture stands for every FromDevice; NULL: packets are built */
	const char *source;		   /* arguments of InfiniteSource: how; NULL: its defaults */
	const char *cpus;		   /* as for attach; the first is used, and the next for extra workers */
	uint32_t extra;			   /* these */
	enum bty_decompose decompose;	   /* with a controller: which queues they get */
	const struct bty_costs *costs;	   /* what a controller knows beforehand; NULL: nothing */
	const volatile sig_atomic_t *stop; /* may be NULL: it ends when this is set */
};

/* Of one element, after the run. */
struct bty_bench_element {
	struct bty_el_stats stats;
	uint64_t out;	       /* packets that went on */
	double ns_per_packet;  /* negative: not known */
	struct json_t *report; /* owned; NULL: it has nothing to tell */
};

/* Under a controller, over all rounds. */
struct bty_bench_flow {
	uint64_t slo_ns, packets;
	double percentile, pps;
	uint64_t samples, p50_ns, p95_ns, p99_ns, max_ns;
	uint64_t periods, violations; /* periods with samples enough, and those whose percentile was above slo_ns */
	uint64_t calm_periods, calm_violations; /* of these, those in which the machine did not stall */
};

struct bty_bench_queue {
	uint32_t trigger; /* at the end, as the next two */
	uint64_t deadline_ns;
	uint32_t weight;
	uint64_t packets, batches, released_trigger, released_deadline, drops;
	double rate_pps, t0_ns, t1_ns;
	int server;	/* at the end: the extra worker that serves it, from 1; 0: none */
	uint32_t moves; /* how often it went to another one */
};

struct bty_bench_rounds {
	uint32_t n, stalled;
	uint64_t elapsed_ns;		   /* of all of them */
	double pps;			   /* that left flows, together */
	double cycles_per_ns;		   /* of the time stamp counter, in which the dump has costs */
	double control_ns, control_max_ns; /* what a look, a decision and its application took: the mean, the longest */
	uint64_t bad_estimates;
	struct bty_obs_worker worker; /* at the end */
	struct bty_obs_worker extra[BTY_MAX_EXTRA];
	uint64_t worker_cpu_ns[1 + BTY_MAX_EXTRA]; /* over all rounds, of each */
	double hand_t0_ns, hand_t1_ns;		   /* what handing a batch over and taking it back costs */
	struct bty_bench_flow *flow;		   /* as many as the graph has */
	struct bty_bench_queue *queue;
};

struct bty_bench {
	struct bty_graph *g;
	struct bty_bench_rounds rounds; /* n is 0 without a controller */
	uint64_t elapsed_ns, cpu_ns;
	uint64_t packets;		       /* that came in: made, by sources of any kind */
	uint64_t made, tx, pass, drop, queued; /* all that were made, and where they are */
	uint64_t drops[BTY_DROP_MAX];
	double ns_per_packet; /* CPU time of all workers; negative without packets, of which the parts say nothing then */
	double parse_ns_per_packet; /* and its parts in the first worker, by packet that came in */
	double source_ns_per_packet, elements_ns_per_packet, rest_ns_per_packet;
	uint64_t turns, interrupted;  /* turns of the worker's loop that were timed, and those that were not counted */
	struct bty_bench_element *el; /* g->nel of them */
	int conserved;		      /* every element accounts for each packet, and so does the whole */
};

/* Returns 0 and *out, or -errno with err set. */
int bty_bench_run(const struct bty_bench_opts *opts, struct bty_bench *out, struct bty_err *err);
void bty_bench_free(struct bty_bench *b);

/* "20:slo=control:150us". Returns 0, or -EINVAL with what was expected in err. */
int bty_bench_at_parse(const char *text, struct bty_bench_at *at, struct bty_err *err);

/* Makes g run without devices: a source for every FromDevice. Returns 0 or -errno with err set. */
int bty_bench_stand_in(struct bty_graph *g, const struct bty_bench_opts *opts, struct bty_err *err);

#endif
