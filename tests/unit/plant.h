/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A worker as controllers see it, simulated packet by packet: queues with a trigger, a deadline and a cost T0 + T1 * b, flows that
 * pass some of them, and sources that are Poisson or as fast as the worker. With an observer filled as user/observe would. Times
 * are simulated, so the same seed gives the same numbers. Used by tests of user/decide.
 */
#ifndef TESTS_UNIT_PLANT_H
#define TESTS_UNIT_PLANT_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/decide/decide.h"
#include "user/lib/hist.h"

/* What every simulated packet goes through. With PLANT_FAST sanitizers leave it alone: they watch it in other tests. */
#ifdef PLANT_FAST
#define PLANT_HOT static inline __attribute__((no_sanitize("address", "undefined")))
#else
#define PLANT_HOT static inline
#endif

#define PLANT_QUEUES 8
#define PLANT_FLOWS  8

struct plant_pkt {
	double came, queued; /* ns */
	int flow, hop;
};

struct plant_queue {
	double t0, t1;			   /* ns */
	uint32_t trigger, capacity, limit; /* packets; capacity is a power of two */
	double deadline;
	struct plant_pkt *ring;
	uint64_t enq, deq, puts, batches, drops;
	/* at the last look */
	uint64_t last_enq, last_puts, last_batches, last_deq;
};

struct plant_flow {
	int queue[4], nqueues;
	double share; /* of the packets */
	uint64_t exits, last_exits;
	struct bty_hist delay;
};

struct plant {
	int nqueues, nflows, greedy;
	uint32_t vec, turn_pkts, burst;
	double pps;	 /* of Poisson sources, in bursts */
	double entry_ns; /* per packet that comes in */
	double now, next, busy;
	uint64_t random, turns, came, last_turns, last_came;
	double last_busy;
	struct plant_queue queue[PLANT_QUEUES];
	struct plant_flow flow[PLANT_FLOWS];
	struct bty_observer o;
	struct bty_decision d;
};

PLANT_HOT double plant_random(struct plant *p)
{
	p->random ^= p->random << 13;
	p->random ^= p->random >> 7;
	p->random ^= p->random << 17;
	return (double)(p->random >> 11) / 9007199254740992.0;
}

/* What may come after what, as the observer has it from the graph. */
static inline void plant_links(struct plant *p)
{
	double through, both;
	int u, v, f, k;

	for (u = 0; u < p->nqueues; u++)
		for (v = 0; v < p->nqueues; v++) {
			through = both = 0;
			for (f = 0; f < p->nflows; f++)
				for (k = 0; k < p->flow[f].nqueues; k++)
					if (p->flow[f].queue[k] == u) {
						through += p->flow[f].share;
						both += k + 1 < p->flow[f].nqueues && p->flow[f].queue[k + 1] == v
								? p->flow[f].share
								: 0;
					}
			if (both > 0) {
				p->o.queue[u].next[p->o.queue[u].nnext] = v;
				p->o.queue[u].next_share[p->o.queue[u].nnext++] = both / through;
				p->o.queue[v].nfrom++;
			}
		}
}

static inline void plant_open(struct plant *p, uint64_t seed)
{
	int i, k;

	p->random = seed * 2654435761u + 88172645463325252ULL;
	p->vec = p->vec ? p->vec : BTY_VEC_DEFAULT;
	p->burst = p->burst ? p->burst : 1;
	p->o.nqueues = p->nqueues;
	p->o.nflows = p->nflows;
	for (i = 0; i < p->nqueues; i++) {
		p->queue[i].capacity = p->queue[i].capacity ? p->queue[i].capacity : 128;
		p->queue[i].limit = p->queue[i].capacity;
		p->queue[i].trigger = 1;
		p->queue[i].deadline = 1e6;
		p->queue[i].ring = calloc(p->queue[i].capacity, sizeof(struct plant_pkt));
		p->o.queue[i].capacity = p->queue[i].capacity;
		p->o.queue[i].trigger = 1;
	}
	plant_links(p);
	for (i = 0; i < p->nflows; i++) {
		p->o.flow[i].percentile = p->o.flow[i].percentile > 0 ? p->o.flow[i].percentile : 95;
		p->o.flow[i].nqueues = p->flow[i].nqueues;
		for (k = 0; k < p->flow[i].nqueues; k++)
			p->o.flow[i].queue[k] = p->flow[i].queue[k];
	}
}

static inline void plant_close(struct plant *p)
{
	int i;

	for (i = 0; i < p->nqueues; i++)
		free(p->queue[i].ring);
}

PLANT_HOT void plant_put(struct plant *p, struct plant_pkt pkt)
{
	struct plant_flow *f = &p->flow[pkt.flow];
	struct plant_queue *q;

	if (pkt.hop == f->nqueues) {
		f->exits++;
		bty_hist_add(&f->delay, (uint64_t)fmax(p->now - pkt.came, 1));
		return;
	}
	q = &p->queue[f->queue[pkt.hop]];
	if (q->enq - q->deq >= q->limit) {
		q->drops++;
		return;
	}
	pkt.queued = p->now;
	q->ring[q->enq++ & (q->capacity - 1)] = pkt;
}

PLANT_HOT int plant_choose(struct plant *p)
{
	double at = plant_random(p);
	int f = 0;

	while (f < p->nflows - 1 && at >= p->flow[f].share)
		at -= p->flow[f++].share;
	return f;
}

/* As many packets at once; each queue that got some was put into once. */
PLANT_HOT void plant_enter(struct plant *p, uint32_t n, double came)
{
	uint32_t i, touched = 0;
	struct plant_pkt pkt = { .came = came };

	for (i = 0; i < n; i++) {
		/* a burst belongs to one flow; what a greedy source makes is spread */
		if (p->greedy || !i)
			pkt.flow = plant_choose(p);
		plant_put(p, pkt);
		if (p->flow[pkt.flow].nqueues)
			touched |= 1u << p->flow[pkt.flow].queue[0];
	}
	for (i = 0; i < (uint32_t)p->nqueues; i++)
		p->queue[i].puts += touched >> i & 1;
	p->came += n;
}

PLANT_HOT void plant_arrivals(struct plant *p)
{
	double now = p->now;

	while (!p->greedy && p->pps > 0 && p->next <= now) {
		p->now = p->next;
		plant_enter(p, p->burst, p->next);
		p->next += -log(1 - plant_random(p)) * p->burst / p->pps * 1e9;
	}
	p->now = now;
}

PLANT_HOT int plant_due(const struct plant *p, int n)
{
	const struct plant_queue *q = &p->queue[n];
	uint64_t backlog = q->enq - q->deq;

	return backlog && (backlog >= q->trigger || p->now >= q->ring[q->deq & (q->capacity - 1)].queued + q->deadline);
}

PLANT_HOT void plant_serve(struct plant *p, int n)
{
	struct plant_queue *q = &p->queue[n];
	uint32_t touched = 0, count = q->enq - q->deq < p->vec ? q->enq - q->deq : p->vec, i;
	struct plant_pkt pkt[BTY_VEC_MAX];
	double took = q->t0 + q->t1 * count;

	for (i = 0; i < count; i++)
		pkt[i] = q->ring[q->deq++ & (q->capacity - 1)];
	q->batches++;
	p->now += took;
	p->busy += took;
	for (i = 0; i < count; i++) {
		pkt[i].hop++;
		plant_put(p, pkt[i]);
		if (pkt[i].hop < p->flow[pkt[i].flow].nqueues)
			touched |= 1u << p->flow[pkt[i].flow].queue[pkt[i].hop];
	}
	for (i = 0; i < (uint32_t)p->nqueues; i++)
		p->queue[i].puts += touched >> i & 1;
}

/* A turn of the worker's loop. Returns 0 when nothing was due. */
PLANT_HOT int plant_turn(struct plant *p)
{
	uint64_t came = p->came, turns;
	int i, any = 0;
	double took = p->entry_ns * p->turn_pkts;

	if (p->greedy) {
		p->now += took;
		p->busy += took;
		plant_enter(p, p->turn_pkts, p->now - took);
		any = 1;
	}
	plant_arrivals(p);
	for (i = 0; i < p->nqueues; i++)
		for (turns = (p->queue[i].enq - p->queue[i].deq) / p->vec + 1; turns && plant_due(p, i); turns--) {
			plant_serve(p, i);
			any = 1;
		}
	p->turns += any && (p->greedy || p->came > came);
	return any;
}

static inline void plant_until(struct plant *p, double end)
{
	const struct plant_queue *q;
	double next;
	int i;

	while (p->now < end) {
		if (plant_turn(p))
			continue;
		next = p->pps > 0 ? fmin(p->next, end) : end;
		for (i = 0; i < p->nqueues; i++) {
			q = &p->queue[i];
			if (q->enq != q->deq)
				next = fmin(next, q->ring[q->deq & (q->capacity - 1)].queued + q->deadline);
		}
		p->now = fmax(next, p->now);
	}
}

/* As observe.c follows a rate. */
static inline double plant_follow(double rate, double packets, double dt_s)
{
	double tau = rate > 0 && 20 / rate > 0.05 ? 20 / rate : 0.05;

	return rate + (packets / dt_s - rate) * (1 - exp(-dt_s / fmin(tau, 1)));
}

static inline void plant_observe(struct plant *p, double dt)
{
	struct bty_obs_queue *oq;
	struct bty_obs_flow *of;
	struct plant_queue *q;
	int i;

	for (i = 0; i < p->nqueues; i++) {
		q = &p->queue[i];
		oq = &p->o.queue[i];
		oq->total_pps = oq->rate_pps = plant_follow(oq->rate_pps, (double)(q->enq - q->last_enq), dt / 1e9);
		oq->enq = q->enq;
		oq->batches_ps = (double)(q->batches - q->last_batches) / dt * 1e9;
		oq->batch_pkts = q->batches > q->last_batches
					 ? (double)(q->deq - q->last_deq) / (double)(q->batches - q->last_batches)
					 : 0;
		oq->burst_pkts =
			q->puts > q->last_puts ? (double)(q->enq - q->last_enq) / (double)(q->puts - q->last_puts) : 1;
		oq->t0_ns = q->t0;
		oq->t1_ns = q->t1;
		q->last_enq = q->enq;
		q->last_puts = q->puts;
		q->last_batches = q->batches;
		q->last_deq = q->deq;
	}
	for (i = 0; i < p->nflows; i++) {
		of = &p->o.flow[i];
		of->pps = (double)(p->flow[i].exits - p->flow[i].last_exits) / dt * 1e9;
		p->flow[i].last_exits = p->flow[i].exits;
		if (p->flow[i].delay.count >= 20) {
			of->measured_ns = bty_hist_quantile(&p->flow[i].delay, of->percentile / 100);
			of->windows++;
			of->violations += of->slo_ns && of->measured_ns > of->slo_ns;
		}
		memset(&p->flow[i].delay, 0, sizeof(p->flow[i].delay));
	}
	p->o.worker.busy = (p->busy - p->last_busy) / dt;
	p->o.worker.turnaround_ns = p->turns > p->last_turns ? dt / (double)(p->turns - p->last_turns) : 0;
	p->o.worker.turn_pkts =
		p->turns > p->last_turns ? (double)(p->came - p->last_came) / (double)(p->turns - p->last_turns) : 0;
	p->o.worker.pps = (double)(p->came - p->last_came) / dt * 1e9;
	p->o.worker.ns_per_pkt =
		p->came > p->last_came ? (p->busy - p->last_busy) / (double)(p->came - p->last_came) : 0;
	p->o.worker.greedy = p->greedy;
	p->o.last_ns = (uint64_t)p->now;
	p->last_busy = p->busy;
	p->last_turns = p->turns;
	p->last_came = p->came;
}

static inline void plant_apply(struct plant *p)
{
	int i;

	for (i = 0; i < p->nqueues; i++) {
		p->queue[i].trigger = p->d.queue[i].trigger;
		p->queue[i].deadline = (double)p->d.queue[i].deadline_ns;
		p->queue[i].limit = p->d.queue[i].limit;
	}
}

/* A control period. Returns packets per second that left. c may be NULL: nothing is decided. */
static inline double plant_period(struct plant *p, double dt, struct bty_control *c)
{
	double start = p->now, pps = 0;
	int i;

	plant_until(p, start + dt);
	dt = p->now - start;
	plant_observe(p, dt);
	for (i = 0; i < p->nflows; i++)
		pps += p->o.flow[i].pps;
	if (c) {
		bty_decide(c, &p->o, &p->d);
		plant_apply(p);
	}
	return pps;
}

/* Flows late in the last period. */
static inline int plant_late(const struct plant *p)
{
	int i, n = 0;

	for (i = 0; i < p->nflows; i++)
		n += p->o.flow[i].slo_ns && p->o.flow[i].measured_ns > p->o.flow[i].slo_ns;
	return n;
}

#endif
