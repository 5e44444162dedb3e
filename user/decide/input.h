/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was observed, as controllers read it: numbers that are none are replaced, rates follow a load that jumped, deferral is
 * taken off objectives. Private to user/decide.
 */
#ifndef USER_DECIDE_INPUT_H
#define USER_DECIDE_INPUT_H

#include "decide.h"

_Static_assert(BTY_MAX_QUEUES <= 64, "sets of queues are bits of a word");

struct bty_in_queue {
	double rate_pps, total_pps; /* of the busiest port; of all */
	double batches_ps, batch_pkts, burst_pkts;
	double t0_ns, t1_ns, wake_ns;
	double pkt_ns;	    /* what a packet costs at the sizes that batches have; 0: not known */
	double slo_ns;	    /* the default objective; 0 when a flow has one for it */
	double guarded_pps; /* what flows through it are promised, by RATE_SLO */
	uint32_t trigger, weight;
	uint32_t high;	   /* the largest trigger a controller may choose */
	uint32_t capacity; /* packets it holds */
	uint64_t deadline_ns;
	uint8_t trigger_fixed, deadline_fixed;
	uint8_t covered; /* a flow with a delay objective passes */
	uint8_t movable; /* to another worker, by us */
	int server;	 /* who serves it: a worker below */
	int nnext, nfrom;
	int from; /* the queue that packets come from, if nfrom is 1; -1: not known */
	int next[BTY_MAX_NEXT];
	double next_share[BTY_MAX_NEXT];
};

struct bty_in_flow {
	double slo_ns; /* less deferral; 0: none */
	double percentile;
	double pps, rate_slo_pps;
	double measured_ns; /* 0: not yet */
	uint64_t windows;
	double t0_ns, t1_ns;
	uint64_t mask; /* its queues, a bit each */
	int nqueues;
	const int *queue;
};

/* Worker 0 stands for all those that queues belong to, from 1 on the extra ones. */
#define BTY_IN_WORKERS (1 + BTY_MAX_EXTRA)

struct bty_in_worker {
	double busy, turnaround_ns;
};

struct bty_input {
	uint32_t fixed; /* N of fixN */
	int nqueues, nflows;
	int greedy;
	double defer_ns;
	double busy, turnaround_ns, turn_pkts, pps, ns_per_pkt; /* of worker 0 */
	int nworkers;
	struct bty_in_worker worker[BTY_IN_WORKERS];
	double hand_t0_ns, hand_t1_ns; /* see struct bty_observer; part of t0_ns and t1_ns of a queue that was moved */
	double stalled_ns, elapsed_ns; /* since the last look: that the machine took away, of how much */
	uint64_t windows;	       /* judged so far, all flows */
	struct bty_in_queue queue[BTY_MAX_QUEUES];
	struct bty_in_flow flow[BTY_MAX_FLOWS];
	uint64_t clamped;
	/* of the last period */
	uint64_t last_ns, last_enq[BTY_MAX_QUEUES];
};

/* Takes over what o says now. */
void bty_input_fill(struct bty_input *in, const struct bty_observer *o);

extern const struct bty_controller bty_controller_slo, bty_controller_onoff, bty_controller_feasdir,
	bty_controller_projgrad;

#endif
