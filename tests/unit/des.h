/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A discrete-event simulation of the worker's loop, packet by packet, as user/run/worker.c, rest.c and wqueue.c are written:
 * rings with enq, deq, oldest and drained, lanes first and then worker queues, vectors of 64, four to a lane in a turn, the
 * turn's beginning as the time that deadlines are looked at with. It shares the description of a pipeline with user/model,
 * and no code: what test_model.c compares predictions with.
 */
#ifndef TESTS_UNIT_DES_H
#define TESTS_UNIT_DES_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/model/model.h"

#define DES_VEC	   64
#define DES_VISITS 4
#define DES_RING   2048
#define DES_BLOCKS 10
#define DES_PER_E  100 /* bins of a delay's logarithm per e-fold */
#define DES_BINS   (36 * DES_PER_E)

struct des_pkt {
	double born;
	uint64_t passed;
};

struct des_queue {
	const struct bty_model_queue *cfg;
	int n;
	uint64_t enq, deq, lost;
	double oldest, drained, next_arrival;
	struct des_pkt ring[DES_RING];
};

struct des_flow {
	double sum[DES_BLOCKS], count[DES_BLOCKS];
	uint32_t bin[DES_BLOCKS][DES_BINS];
};

struct des {
	const struct bty_model *m;
	uint64_t seed;
	struct des_queue *lane, *wq;
	int nlanes, nwqs, wq_of[BTY_MAX_QUEUES];
	double made[BTY_MODEL_MAX_SOURCE], wake[BTY_MODEL_MAX_SOURCE];
	double t;
	uint64_t arrived;
	/* what is counted, from the end of the warm-up on */
	int counting, block;
	double begin, busy, packets[BTY_MAX_QUEUES], batches[BTY_MAX_QUEUES], triggers[BTY_MAX_QUEUES], source_pkts;
	uint64_t wakeups;
	struct des_flow *flow;
};

/* xorshift64*, Vigna 2016 */
static double des_uniform(struct des *d)
{
	d->seed ^= d->seed >> 12;
	d->seed ^= d->seed << 25;
	d->seed ^= d->seed >> 27;
	return ((d->seed * 2685821657736338717ULL >> 12) + 0.5) / 4503599627370496.0;
}

static double des_gap(struct des *d, const struct des_queue *q)
{
	return -log(des_uniform(d)) * 1e9 * q->cfg->burst_pkts * q->cfg->rings / q->cfg->rate_pps;
}

static void des_push(struct des_queue *q, const struct des_pkt *p, double t)
{
	if (q->enq - q->deq >= q->cfg->capacity) {
		q->lost++;
		return;
	}
	if (q->enq == q->deq)
		q->oldest = t;
	q->ring[q->enq++ % DES_RING] = *p;
}

/* What XDP put into a lane until t. */
static void des_ingest(struct des *d, struct des_queue *q, double t)
{
	struct des_pkt p = { 0 };
	int i;

	while (q->next_arrival <= t) {
		p.born = q->next_arrival;
		for (i = 0; i < (int)q->cfg->burst_pkts; i++)
			des_push(q, &p, q->next_arrival);
		d->arrived += i;
		q->next_arrival += des_gap(d, q);
	}
}

static int des_release(const struct des_queue *q, double now)
{
	double due = (q->oldest > q->drained ? q->oldest : q->drained) + q->cfg->deadline_ns;

	if (q->enq == q->deq)
		return 0;
	if (q->enq - q->deq >= q->cfg->trigger)
		return 1;
	return now >= due ? 2 : 0;
}

static void des_flow_exit(struct des *d, int queue, const struct des_pkt *pkt, int n, double taken)
{
	const struct bty_model_flow *f;
	struct des_flow *out;
	double delay;
	uint64_t path;
	int i, k, bin;

	for (i = 0; i < d->m->nflows; i++) {
		f = &d->m->flow[i];
		if (f->queue[f->nqueues - 1] != queue || !d->counting)
			continue;
		out = &d->flow[i];
		for (k = 0, path = 0; k < f->nqueues; k++)
			path |= 1ULL << f->queue[k];
		for (k = 0; k < n; k++) {
			if ((pkt[k].passed & path) != path)
				continue;
			delay = taken + f->t0_ns + f->t1_ns * n - pkt[k].born;
			out->sum[d->block] += delay;
			out->count[d->block]++;
			bin = delay > 1 ? (int)(log(delay) * DES_PER_E) : 0;
			out->bin[d->block][bin < DES_BINS ? bin : DES_BINS - 1]++;
		}
	}
}

static void des_hand_on(struct des *d, const struct bty_model_next *next, const struct des_pkt *pkt, int n)
{
	double u;
	int i, k;

	for (i = 0; i < n; i++) {
		u = des_uniform(d);
		for (k = 0; k < next->n; k++) {
			u -= next->share[k];
			if (u < 0) {
				des_push(&d->wq[d->wq_of[next->queue[k]]], &pkt[i], d->t);
				break;
			}
		}
	}
}

static int des_vector(struct des *d, struct des_queue *q, int why)
{
	struct des_pkt pkt[DES_VEC];
	double taken = d->t;
	int n;

	for (n = 0; n < DES_VEC && q->deq != q->enq; n++) {
		pkt[n] = q->ring[q->deq++ % DES_RING];
		pkt[n].passed |= 1ULL << q->n;
	}
	if (n < DES_VEC)
		q->drained = taken;
	d->packets[q->n] += n;
	d->batches[q->n]++;
	d->triggers[q->n] += why == 1;
	des_flow_exit(d, q->n, pkt, n, taken);
	d->t += q->cfg->t0_ns + q->cfg->t1_ns * n;
	des_hand_on(d, &q->cfg->next, pkt, n);
	return n;
}

static int des_lane(struct des *d, struct des_queue *q, double now)
{
	int i, why;

	des_ingest(d, q, d->t);
	why = des_release(q, now);
	for (i = 0; why && i < DES_VISITS; i++) {
		des_vector(d, q, why);
		des_ingest(d, q, d->t);
		why = des_release(q, now);
	}
	return i > 0;
}

/* As InfiniteSource does: bursts that should have been made by now, a vector at most in one turn. */
static int des_source(struct des *d, int i, double now)
{
	const struct bty_model_source *s = &d->m->source[i];
	int burst = s->burst_pkts ? (int)s->burst_pkts : s->rate_pps ? 1 : DES_VEC, n = burst, k, part;
	struct des_pkt pkt[DES_VEC];
	double due;

	if (s->rate_pps) {
		if (now < d->wake[i])
			return 0;
		due = floor(now / 1e9 * s->rate_pps / burst) + 1;
		d->wake[i] = due * burst / s->rate_pps * 1e9;
		n = (int)fmin(due * burst - d->made[i], fmax(DES_VEC, burst));
		if (due * burst - d->made[i] > n)
			d->wake[i] = now;
		d->made[i] += n;
	}
	d->source_pkts += n;
	d->arrived += n;
	for (; n > 0; n -= part) {
		part = n < DES_VEC ? n : DES_VEC;
		for (k = 0; k < part; k++)
			pkt[k] = (struct des_pkt){ now, 0 };
		d->t += s->t0_ns + s->t1_ns * part;
		des_hand_on(d, &s->next, pkt, part);
	}
	return 1;
}

static int des_serve_due(struct des *d)
{
	double now = d->t;
	uint64_t turns;
	int i, why, served = 0;

	for (i = 0; i < d->nlanes; i++)
		served |= des_lane(d, &d->lane[i], now);
	for (i = 0; i < d->nwqs; i++) {
		turns = (d->wq[i].enq - d->wq[i].deq) / DES_VEC + 1;
		for (; turns && (why = des_release(&d->wq[i], now)); turns--) {
			des_vector(d, &d->wq[i], why);
			served = 1;
		}
	}
	for (i = 0; i < d->m->nsources; i++)
		served |= des_source(d, i, now);
	if (served)
		d->t += d->m->worker[0].turn_ns;
	d->busy += d->t - now;
	return served;
}

/* The next thing that happens while the worker rests, and whether it is a reason to wake. */
static double des_next_event(struct des *d, int *wakes)
{
	double at = INFINITY, due;
	struct des_queue *q;
	int i;

	*wakes = 1;
	for (i = 0; i < d->nlanes + d->nwqs; i++) {
		q = i < d->nlanes ? &d->lane[i] : &d->wq[i - d->nlanes];
		if (q->enq == q->deq)
			continue;
		due = (q->oldest > q->drained ? q->oldest : q->drained) + q->cfg->deadline_ns;
		at = fmin(at, q->enq - q->deq >= q->cfg->trigger ? d->t : due);
	}
	for (i = 0; i < d->m->nsources; i++)
		at = fmin(at, d->wake[i]);
	for (i = 0; i < d->nlanes; i++) {
		if (d->lane[i].next_arrival >= at)
			continue;
		at = d->lane[i].next_arrival;
		*wakes = 0;
	}
	return at;
}

static void des_rest(struct des *d)
{
	const struct bty_model_worker *w = &d->m->worker[0];
	double from = d->t, at;
	int i, wakes;

	for (;;) {
		at = des_next_event(d, &wakes);
		if (wakes)
			break;
		for (i = 0; i < d->nlanes; i++) {
			des_ingest(d, &d->lane[i], at);
			wakes |= des_release(&d->lane[i], at) != 0;
		}
		if (wakes)
			break;
	}
	if (at < from)
		at = from;
	if (at - from <= w->spin_ns) {
		d->t = at;
		d->busy += at - from;
		return;
	}
	d->wakeups++;
	d->t = at + w->wake_ns;
	d->busy += fmin(w->spin_ns + w->wake_cpu_ns, d->t - from);
}

static void des_init(struct des *d, const struct bty_model *m, uint64_t seed)
{
	int i, k;

	memset(d, 0, sizeof(*d));
	d->m = m;
	d->seed = seed * 2654435769ULL + 88172645463325252ULL;
	d->lane = calloc(BTY_MAX_QUEUES, sizeof(*d->lane));
	d->wq = calloc(BTY_MAX_QUEUES, sizeof(*d->wq));
	d->flow = calloc(m->nflows + 1, sizeof(*d->flow));
	for (i = 0; i < m->nqueues; i++) {
		if (!(m->queue[i].rate_pps > 0)) {
			d->wq_of[i] = d->nwqs;
			d->wq[d->nwqs++] = (struct des_queue){ .cfg = &m->queue[i], .n = i };
			continue;
		}
		for (k = 0; k < m->queue[i].rings; k++) {
			d->lane[d->nlanes] = (struct des_queue){ .cfg = &m->queue[i], .n = i };
			d->lane[d->nlanes].next_arrival = des_gap(d, &d->lane[d->nlanes]);
			d->nlanes++;
		}
	}
}

/* Runs until so many packets have come in, after a tenth of that as a warm-up. */
static void des_run(struct des *d, uint64_t packets)
{
	uint64_t warm = packets / 10;

	while (d->arrived < packets + warm) {
		if (!d->counting && d->arrived >= warm) {
			d->counting = 1;
			d->begin = d->t;
			d->busy = d->source_pkts = 0;
			d->wakeups = 0;
			memset(d->packets, 0, sizeof(d->packets));
			memset(d->batches, 0, sizeof(d->batches));
			memset(d->triggers, 0, sizeof(d->triggers));
		}
		if (d->counting)
			d->block = (int)((d->arrived - warm) * DES_BLOCKS / packets);
		if (d->block >= DES_BLOCKS)
			break;
		if (!des_serve_due(d))
			des_rest(d);
	}
}

static void des_free(struct des *d)
{
	free(d->lane);
	free(d->wq);
	free(d->flow);
}

/* Over blocks from..to-1. */
static double des_mean(const struct des_flow *f, int from, int to)
{
	double sum = 0, count = 0;

	for (; from < to; from++) {
		sum += f->sum[from];
		count += f->count[from];
	}
	return count > 0 ? sum / count : 0;
}

static double des_quantile(const struct des_flow *f, int from, int to, double q)
{
	double count = 0, want, below = 0, here;
	int b, bin;

	for (b = from; b < to; b++)
		count += f->count[b];
	want = q * count;
	for (bin = 0; bin < DES_BINS; bin++) {
		for (b = from, here = 0; b < to; b++)
			here += f->bin[b][bin];
		if (here > 0 && below + here >= want)
			return exp((bin + (want - below) / here) / DES_PER_E);
		below += here;
	}
	return 0;
}

/* Two standard errors of what blocks say, as a share of the whole's. */
static double des_error(const struct des_flow *f, double whole, double q)
{
	double x, squares = 0;
	int b;

	for (b = 0; b < DES_BLOCKS; b++) {
		x = (q ? des_quantile(f, b, b + 1, q) : des_mean(f, b, b + 1)) / whole - 1;
		squares += x * x;
	}
	return 2 * sqrt(squares / (DES_BLOCKS - 1) / DES_BLOCKS);
}

#endif
