/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a prediction is computed; docs/model.md explains it. The turns of a worker's loop are followed one after the other,
 * with random numbers of a fixed seed; what happens in a queue between two turns is not followed packet by packet but drawn
 * from its law, and packets that came between two moments stay together as a segment, whose delays are a uniform density.
 * Private to user/model.
 */
#ifndef USER_MODEL_PREDICT_H
#define USER_MODEL_PREDICT_H

#include "model.h"

struct bty_rng {
	uint64_t s[4];
	double normal; /* a second one that came with the last */
	int has_normal;
};

void bty_rng_init(struct bty_rng *r, uint64_t seed);
double bty_rng_uniform(struct bty_rng *r); /* above 0, at most 1 */
/* Time until event k of a Poisson process of rate 1. */
double bty_rng_erlang(struct bty_rng *r, uint32_t k);
uint32_t bty_rng_poisson(struct bty_rng *r, double mean);
/* How many of n go where one goes with probability p. */
uint32_t bty_rng_binomial(struct bty_rng *r, uint32_t n, double p);

#define BTY_DIST_LOG2	 5
#define BTY_DIST_SUB	 (1 << BTY_DIST_LOG2) /* bins per power of two */
#define BTY_DIST_BINS	 (52 * BTY_DIST_SUB)
#define BTY_DIST_BLOCKS	 40
#define BTY_SEGS	 512 /* of one ring; beyond them neighbours are joined */
#define BTY_MAX_RINGS	 (BTY_MAX_QUEUES * 2)
#define BTY_MODEL_VISITS 4 /* vectors a worker takes from a lane before it goes on: BTY_VECTORS_PER_VISIT */

/*
 * A distribution as a sum of uniform densities. The sum of weight / (to - from) * max(0, t - from), less the same for
 * `to`, is the number of delays below t; slope and slope_at hold the coefficients by bin.
 */
struct bty_dist {
	double slope[BTY_DIST_BINS], slope_at[BTY_DIST_BINS];
	double longest;
	double sum[BTY_DIST_BLOCKS], count[BTY_DIST_BLOCKS]; /* by stretch of time: how sure the mean is */
};

/* n delays that lie evenly between from and to, in ns. */
void bty_dist_add(struct bty_dist *d, int block, double from, double to, double n);
double bty_dist_mean(const struct bty_dist *d, int nblocks);
/* Half a 95 % confidence interval of the mean, as a share of it. */
double bty_dist_error(const struct bty_dist *d, int nblocks);
double bty_dist_quantile(const struct bty_dist *d, int nblocks, double q);

/* n packets that came evenly between a and b, and the queues they have passed. */
struct bty_seg {
	double a, b;
	uint64_t passed;
	uint32_t n;
};

struct bty_vector {
	struct bty_seg seg[BTY_MODEL_VEC];
	int nseg;
	uint32_t n;
};

/* One ring of a queue as one worker serves it. */
struct bty_ring {
	int queue;
	uint32_t trigger, capacity;
	double deadline_ns;
	struct bty_seg seg[BTY_SEGS]; /* circular */
	uint32_t head, nseg, n;
	double oldest, drained; /* as in struct bty_queue */
	uint64_t lost;
	/* of a lane: what will come after base, as far as it is drawn */
	double bursts_per_ns; /* 0: not a lane, or no traffic */
	uint32_t burst;
	double base, first, full; /* when the first packet comes to an empty ring, and when the trigger is reached */
	uint32_t need;		  /* bursts until then */
};

/* Draws the future of a lane from time t on. */
void bty_ring_arm(struct bty_ring *r, struct bty_rng *rng, double t);
/* When it will be due if nobody looks before; INFINITY: never. */
double bty_ring_due(const struct bty_ring *r);
/* As bty_release() of the worker: looked at t, in a turn that began at now. 0: no, 1: by trigger, 2: by deadline. */
int bty_ring_release(const struct bty_ring *r, double t, double now);
/* Moves what came to a lane up to t into it. */
void bty_ring_gather(struct bty_ring *r, struct bty_rng *rng, double t);
void bty_ring_put(struct bty_ring *r, const struct bty_seg *s, double t);
/* Takes up to a vector at t. */
void bty_ring_take(struct bty_ring *r, struct bty_vector *v, double t);

struct bty_queue_count {
	double packets, batches, by_trigger, lost;
};

struct bty_source_state {
	int source;
	double made, next_ns; /* of one with a rate: the next burst */
};

/* A worker whose turns are being followed. */
struct bty_path {
	const struct bty_model *m;
	int worker;
	struct bty_rng rng;
	struct bty_ring *lane, *wqueue;
	int nlanes, nwqueues;
	int wq_of[BTY_MAX_QUEUES]; /* index in wqueue, or -1 */
	struct bty_source_state source[BTY_MODEL_MAX_SOURCE];
	int nsources, greedy;
	int ends[BTY_MAX_FLOWS], nends;	   /* flows that end here, in the order of their last queues */
	int first_end[BTY_MAX_QUEUES + 1]; /* of queue i: ends[first_end[i]..first_end[i + 1] - 1] */
	uint64_t path[BTY_MAX_FLOWS];	   /* of ends[i]: the queues on its path */
	double t;
	uint64_t work; /* vectors, and looks at rings: what computing takes */
	/* since counting began */
	int block;
	double busy, wakeups, made, from;
	struct bty_queue_count count[BTY_MAX_QUEUES];
	struct bty_dist *dist[BTY_MAX_FLOWS];
};

/* Follows the worker until it has done so much work. Returns 0, or 1 when nothing will ever happen again. */
int bty_path_run(struct bty_path *p, uint64_t work);

#endif
