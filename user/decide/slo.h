/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the controller slo: what it learns (margin.c), the triggers it rounds to (round.c), which objectives can be kept
 * and who gives way (admit.c). Private to user/decide; slo.c puts them together.
 */
#ifndef USER_DECIDE_SLO_H
#define USER_DECIDE_SLO_H

#include "../lib/minmax.h"
#include "../model/wait.h"
#include "input.h"
#include "solve.h"

/* One queue in this period. Times in ns, rates in packets/s. */
struct bty_slo_queue {
	struct bty_spread spread; /* of the strictest percentile through it */
	double variation;	  /* of the intervals between bursts: variance by squared mean */
	double rate, total;	  /* as expected: with sources as fast as the worker, at the new triggers */
	double t0, t1;
	double limit; /* of the wait, by what it need not share with other queues */
	double wait;  /* expected at q, with the service that grows with q */
	uint32_t low; /* packets that come at once anyway */
	uint32_t q;   /* packets of a batch */
	uint32_t trigger;
	uint8_t moves; /* it is ours to set */
	/* memory: the last trigger that was rounded up in vain, and the period */
	uint32_t vain_q, vain;
};

struct bty_slo_flow {
	/* memory */
	double slo;	     /* ns, that the next two were learned under */
	double mean, spread; /* ns, of what was measured beyond the prediction */
	double gain;	     /* what its waits are, measured by their bounds */
	double margin;	     /* ns, taken off the objective */
	double away, time;   /* ns of its window so far that the machine took away; its length */
	uint32_t excused;    /* windows in a row that were not learned from for that */
	uint64_t windows;
	double price;	   /* where the next search begins */
	double percentile; /* that `quantile` is of */
	struct bty_spread quantile;
	uint64_t mask; /* the queues on its path that are ours to set */
	int twin;      /* the first flow with the same */
	/* of this period */
	int row;	  /* of the first: their row of s->solve; -1: none */
	uint32_t workers; /* that serve it, a bit each */
	double fixed;	  /* ns: service that triggers do not change, turnaround */
	double room;	  /* ns for waits */
};

/* With sources as fast as the worker: packets/s of all queues. Memory. */
struct bty_slo_greedy {
	double next; /* where the next period begins: with triggers for this rate it would be this rate; 0: not known */
	double at, to; /* triggers for the one would bring the other */
	double slope;  /* by which the other grows with the one */
};

struct bty_slo {
	struct bty_solve solve;
	struct bty_slo_queue queue[BTY_MAX_QUEUES];
	struct {
		uint32_t q;
		double wait;
	} kept[BTY_MAX_QUEUES]; /* while another rounding is tried */
	struct bty_slo_flow flow[BTY_MAX_FLOWS];
	uint64_t rows_of[BTY_MAX_QUEUES][BTY_MAX_FLOWS / 64]; /* of s->solve, by queue: a bit each */
	int nflows;					      /* whose twins are known */
	uint32_t periods;
	int alike;			/* some T0 is not known: all queues count the same */
	double rest_ns;			/* work per second that is not the queues', of worker 0 */
	double turn_variation;		/* of the length of the worker's turns */
	double turn_ns[BTY_IN_WORKERS]; /* what a packet may wait for a worker to come round */
	double scale;			/* of the rates, at the new triggers */
	struct bty_slo_greedy greedy;
	int overload, calm; /* best effort gives way; periods with time to spare */
};

/* What packets of flow n may wait for the workers on their way to come round; ns. With new triggers, at rates scaled by s->scale. */
double bty_slo_turns(const struct bty_slo *s, int n);
/* ns that a packet of queue n, at batches of pkts, keeps worker w. */
double bty_slo_work(const struct bty_slo *s, const struct bty_input *in, int n, double pkts, int w);

/* Learns, once per window, what comes on top of the prediction. */
void bty_slo_learn(struct bty_slo *s, const struct bty_input *in);

/* The wait at trigger q, exactly: the bound and the service of what q is above low. */
double bty_slo_wait(const struct bty_slo_queue *q, const struct bty_in_queue *iq, uint32_t trigger);
/* From waits in s->solve.u to whole triggers, no bound broken, what is left spent where it saves most per ns. */
void bty_slo_round(struct bty_slo *s, const struct bty_input *in);

/* Verdicts, and who gives way when the worker has not the time. */
void bty_slo_admit(struct bty_slo *s, const struct bty_input *in, struct bty_decision *d);

#endif
