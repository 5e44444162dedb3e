/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the controllers of the original have in common with run to completion: aggregated costs, late flows, queues switched
 * off and on. A queue is "off" at trigger 1: its packets go on at once. Private to user/decide; facts and names after Batchy
 * (NSDI 2020), see docs/controller.md.
 */
#ifndef USER_DECIDE_RTC_H
#define USER_DECIDE_RTC_H

#include "input.h"

#define BTY_Q_OFF      1    /* the original's 0 */
#define BTY_PULL       4    /* packets beyond what arrives at once that a queue starts with; DEFAULT_BUFFER_PULL */
#define BTY_PUSH_RATIO 0.7  /* of the largest batch: what arrives in such batches needs no queue; DEFAULT_PUSH_RATIO */
#define BTY_TOLERANCE  0.05 /* DEFAULT_TOLERANCE */
#define BTY_RATE_LEAST 1.0  /* packets/s; below it a queue is not switched on */

struct bty_rtc_queue {
	double q;	 /* trigger, packets: now, and at last as decided */
	double t0, t1;	 /* ns, of the batch that leaves it, up to the next queue that is on */
	double rate;	 /* packets/ns */
	double dt_dq;	 /* ns per packet: how the delay grows with the trigger; 0 without traffic */
	double delay;	 /* ns, by the model */
	double q_min;	 /* the smallest trigger that is not off */
	double burst;	 /* packets that arrive at once */
	double batches;	 /* per ns, that leave it */
	double most;	 /* its largest trigger */
	uint8_t settled; /* decided for this round, or not the controller's to set */
};

struct bty_rtc_flow {
	double slo, delay; /* ns */
	uint64_t mask;
	uint8_t settled;
};

/* One round; a new one starts when a delay has been measured. */
struct bty_rtc {
	uint64_t seen_windows, rounds;
	int nqueues, nflows;
	double vector;		   /* packets: the largest batch of all */
	double error;		   /* ns, of all late flows together */
	int order[BTY_MAX_QUEUES]; /* slowest first */
	struct bty_rtc_queue queue[BTY_MAX_QUEUES];
	struct bty_rtc_flow flow[BTY_MAX_FLOWS]; /* with objectives */
};

/*
 * Starts a round. Returns 0 when nothing new was measured: triggers then stay. Queues that a trigger was written for are
 * settled from the start.
 */
int bty_rtc_begin(struct bty_rtc *r, const struct bty_input *in);
/* Puts the triggers into d. */
void bty_rtc_end(const struct bty_rtc *r, struct bty_decision *d);

/* ns per batch and per packet of queue n with what its packets cause on their way to queues that are on. */
void bty_rtc_aggregate(const struct bty_input *in, int n, double *t0, double *t1);

/* Queues whose packets arrive in large batches anyway are switched off. */
void bty_rtc_push(struct bty_rtc *r);
/* Late flows get smaller triggers, the slowest queues first; with all: every queue of theirs is switched off. */
void bty_rtc_recover(struct bty_rtc *r, int all);
/* Queues that are off are switched on at trigger `at` (0: q_min) where the objectives leave room. */
void bty_rtc_pull(struct bty_rtc *r, double at);

#endif
