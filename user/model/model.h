/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a pipeline will do at given triggers, deadlines and loads: delay of every flow, batches of every queue, share of its
 * CPU that each worker uses. docs/model.md has the assumptions and the derivation. Used by `batchy-agent model`, and on the
 * main thread wherever a set of triggers has to be judged without trying it.
 *
 * All times are double ns, all rates packets/s, so that a model can be filled from measurements and scaled freely.
 */
#ifndef USER_MODEL_MODEL_H
#define USER_MODEL_MODEL_H

#include <stdint.h>
#include <batchy/abi.h>
#include "../cost/cost.h"
#include "../graph/graph.h"
#include "../observe/observe.h"

#define BTY_MODEL_VEC	     BTY_VEC_DEFAULT /* packets a worker takes at once */
#define BTY_MODEL_NEXT	     BTY_MAX_NEXT
#define BTY_MODEL_MAX_SOURCE BTY_MAX_DEVICES

/* Where the packets of a batch come to next, and the share of them that does; what is left over ends. */
struct bty_model_next {
	int queue[BTY_MODEL_NEXT];
	double share[BTY_MODEL_NEXT];
	int n;
};

struct bty_model_queue {
	uint32_t trigger;   /* packets; 0 counts as 1 */
	uint32_t capacity;  /* packets; 0: 1024. More than that are lost */
	double deadline_ns; /* 0: every packet is due at once; INFINITY: none */
	int worker;	    /* who serves it */
	/* from outside (XDP), Poisson arrivals; 0 for a queue that other queues or sources feed */
	double rate_pps;   /* over all its rings */
	double burst_pkts; /* packets that come at once; below 1 counts as 1, else the nearest whole number */
	int rings;	   /* AF_XDP rings of equal load that this worker serves; 0 counts as 1 */
	/* a batch of b packets takes t0 + t1 * b up to the next queues, the receiving of it included */
	double t0_ns, t1_ns;
	struct bty_model_next next;
};

/* An element of the worker that makes packets. */
struct bty_model_source {
	double rate_pps;     /* 0: greedy, a burst in each turn of the worker's loop */
	uint32_t burst_pkts; /* at once; 0: a whole vector when greedy, else 1 */
	int worker;
	double t0_ns, t1_ns; /* making b packets and what they pass up to the first queues */
	struct bty_model_next next;
};

struct bty_model_flow {
	int queue[BTY_MAX_PATH]; /* in the order that packets pass them; each feeds the next */
	int nqueues;		 /* 0: nothing waits, its delay is t0 + t1 */
	double t0_ns, t1_ns;	 /* from the last queue's handing on b packets to where the delay is measured */
	double percentile;	 /* 0..100; 100: the longest seen */
	double slo_ns;		 /* 0: no objective */
	double ahead_ns;	 /* what a packet waits before it is seen at all (NAPI deferral) */
};

struct bty_model_worker {
	double turn_ns;	    /* of a turn of its loop that served something, beside the batches */
	double wake_ns;	    /* from the reason to wake until it looks at its queues */
	double wake_cpu_ns; /* CPU time of going to sleep and waking */
	double spin_ns;	    /* looks for so long before it sleeps; INFINITY: never sleeps */
};

struct bty_model {
	int nqueues, nsources, nflows, nworkers;
	struct bty_model_queue queue[BTY_MAX_QUEUES];
	struct bty_model_source source[BTY_MODEL_MAX_SOURCE];
	struct bty_model_flow flow[BTY_MAX_FLOWS];
	struct bty_model_worker worker[BTY_MAX_WORKERS];
};

struct bty_predicted_flow {
	int known; /* 0: it has no traffic, and what follows is 0 */
	double mean_ns, p50_ns, p95_ns, p99_ns;
	double percentile_ns; /* at the flow's own percentile */
	double error;	      /* half a 95 % confidence interval of the mean, as a share of it */
	double pps;
	int meets; /* its objective, or it has none */
};

struct bty_predicted_queue {
	double pps; /* packets that leave it */
	double batches_ps, batch_pkts;
	double by_trigger; /* share of the batches; the others leave by deadline */
	double lost;	   /* share of the packets that find it full */
};

struct bty_predicted_worker {
	double cpu_share;    /* of the time, 0..1; sleeping and waking counted */
	double needed_share; /* that batches as full as they can be would take: above 1 it cannot keep up */
	double wakeups_ps;
	int overloaded;	 /* needed_share is above 1, or queues overflow */
	double over_pps; /* packets/s that come in beyond what it can do */
};

struct bty_prediction {
	struct bty_predicted_flow flow[BTY_MAX_FLOWS];
	struct bty_predicted_queue queue[BTY_MAX_QUEUES];
	struct bty_predicted_worker worker[BTY_MAX_WORKERS];
	uint32_t clamped; /* numbers of the model that were none, or negative, or absurd */
	int misses;	  /* flows with traffic that do not meet their objective */
};

/*
 * Predicts. The same model gives the same answer to the bit; 1 to 40 ms of time. Numbers that are NaN, negative or absurd
 * are clamped in a copy and counted in p->clamped. Returns 0 and *p, or -EINVAL with err set (a queue number out of range, a
 * queue fed from outside and by others, or one of another worker, packets that go round), or -ENOMEM. Any thread.
 */
int bty_model_predict(const struct bty_model *m, struct bty_prediction *p, struct bty_err *err);

/*
 * Packets/s that greedy sources of a worker make when all its queues release at their triggers, in closed form:
 * 1 / (c0 + sum over queues of r * (t1 + t0 / q)), r being the share of packets that passes the queue. It bounds what
 * predict() finds from above by little. 0 without a greedy source.
 */
double bty_model_greedy_pps(const struct bty_model *m, int worker);

/* Packets/s that come into each queue, in[0..nqueues-1], greedy sources left out; -EINVAL when packets go round. */
int bty_model_rates(const struct bty_model *m, double *in);

/*
 * What is known of a running pipeline, as a model: measured rates, settings and costs; flows as observed. The wake-up comes
 * from o->costs when they were profiled. Returns 0. m is overwritten.
 */
int bty_model_from_observer(const struct bty_observer *o, struct bty_model *m);

/* What a pipeline file says, for bty_model_from_graph(). */
struct bty_model_input {
	const struct bty_costs *costs; /* may be NULL: everything costs nothing */
	double rate_pps;	       /* of all devices together, shared equally; sources of the file have their own */
	struct {
		int element; /* a FromDevice */
		double rate_pps;
	} rate[BTY_MAX_DEVICES]; /* by device; takes the place of its share of rate_pps */
	int nrates;
	struct {
		int element, port;
		double share;
	} *share; /* of an element's packets that leave by a port; ports not named share the rest equally */
	int nshares;
	double burst_pkts; /* that a device delivers at once; 0: 1 */
	double spin_ns;
	double wake_ns; /* negative: as profiled */
};

/* What was not known, for warnings. */
struct bty_model_gaps {
	uint8_t no_cost[BTY_MAX_ELEMENTS];   /* runs in a worker, and no cost of its class is known: counted as 0 */
	uint8_t near_cost[BTY_MAX_ELEMENTS]; /* known with other arguments or tables of another size */
	uint8_t no_io[BTY_COST_NIO];	     /* enum bty_cost_io that was not profiled: counted as 0 */
};

/*
 * A placed graph as a model of one worker. Triggers and deadlines are those of the file; the caller changes them in m.
 * Returns 0, or -EINVAL with err set: shares of an element above 1, packets that go round, more next queues than a model
 * holds. gaps is overwritten.
 */
int bty_model_from_graph(const struct bty_graph *g, const struct bty_model_input *in, struct bty_model *m,
			 struct bty_model_gaps *gaps, struct bty_err *err);

#endif
