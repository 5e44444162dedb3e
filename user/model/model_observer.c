// SPDX-License-Identifier: GPL-2.0-or-later
/* What was observed of a running pipeline, as a model of one of its workers; called by controllers. */
#include <math.h>
#include <string.h>

#include "model.h"

static double number(double x)
{
	return isfinite(x) && x > 0 ? x : 0;
}

static int is_lane(const struct bty_observer *o, int queue)
{
	return o->dp->graph->el[o->dp->graph->queue_el[queue]].backend == BTY_BACKEND_XSK;
}

static void make_queue(const struct bty_observer *o, int n, int nworkers, struct bty_model_queue *out)
{
	const struct bty_obs_queue *q = &o->queue[n];
	int i;

	out->trigger = q->trigger;
	out->capacity = q->capacity;
	out->deadline_ns = (double)q->deadline_ns;
	out->t0_ns = q->t0_ns;
	out->t1_ns = q->t1_ns;
	out->burst_pkts = q->burst_pkts > 1 ? q->burst_pkts : 1;
	for (i = 0; i < q->nnext && i < BTY_MODEL_NEXT; i++) {
		out->next.queue[i] = q->next[i];
		out->next.share[i] = number(q->next_share[i]);
	}
	out->next.n = i;
	if (!is_lane(o, n))
		return;
	out->rate_pps = number(q->total_pps) / nworkers;
	out->rings = (q->nports_active + nworkers - 1) / nworkers;
}

/* Packets/s that sources put into a queue: what does not come from other queues. */
static double from_sources(const struct bty_observer *o, int n)
{
	double pps = number(o->queue[n].total_pps);
	int i, k;

	if (is_lane(o, n))
		return 0;
	for (i = 0; i < o->nqueues; i++)
		for (k = 0; k < o->queue[i].nnext; k++)
			if (o->queue[i].next[k] == n)
				pps -= number(o->queue[i].total_pps) * number(o->queue[i].next_share[k]);
	return pps > 0.01 * number(o->queue[n].total_pps) ? pps : 0;
}

/* What a packet costs beside the batches: making it, parsing it, the loop. */
static double base_ns(const struct bty_observer *o)
{
	double ns = number(o->worker.ns_per_pkt), b;
	int i;

	for (i = 0; i < o->nqueues && number(o->worker.pps) > 0; i++) {
		b = fmax(o->queue[i].batch_pkts, 1);
		ns -= number(o->queue[i].total_pps) / o->worker.pps * (o->queue[i].t1_ns + o->queue[i].t0_ns / b);
	}
	return number(ns);
}

/* All sources as one: of each packet it makes, a share comes to each queue. */
static void make_source(const struct bty_observer *o, int nworkers, struct bty_model *m)
{
	struct bty_model_source *s = &m->source[0];
	double pps, sum = 0;
	int i;

	for (i = 0; i < o->nqueues && s->next.n < BTY_MODEL_NEXT; i++) {
		pps = from_sources(o, i);
		if (!pps)
			continue;
		s->next.queue[s->next.n] = i;
		s->next.share[s->next.n++] = pps;
		sum += pps;
	}
	if (!s->next.n)
		return;
	m->nsources = 1;
	for (i = 0; i < s->next.n; i++)
		s->next.share[i] /= fmax(sum, number(o->worker.pps));
	s->t1_ns = base_ns(o);
	if (o->worker.greedy) {
		s->burst_pkts = o->worker.turn_pkts >= 1 ? (uint32_t)lround(fmin(o->worker.turn_pkts, 4096)) : 0;
		return;
	}
	s->rate_pps = fmax(sum, number(o->worker.pps)) / nworkers;
	s->burst_pkts = o->worker.turn_pkts >= 1 ? (uint32_t)lround(fmin(o->worker.turn_pkts, BTY_MODEL_VEC)) : 1;
}

static void make_flow(const struct bty_observer *o, int n, struct bty_model_flow *out)
{
	const struct bty_obs_flow *f = &o->flow[n];

	memcpy(out->queue, f->queue, sizeof(out->queue));
	out->nqueues = f->nqueues;
	out->t0_ns = f->t0_ns;
	out->t1_ns = f->t1_ns;
	out->percentile = f->percentile;
	out->slo_ns = (double)f->slo_ns;
	out->ahead_ns = (double)o->napi_defer_ns;
}

int bty_model_from_observer(const struct bty_observer *o, struct bty_model *m)
{
	int nworkers = o->dp->nworkers > 0 ? o->dp->nworkers : 1, i;
	struct bty_cost_fit wake;

	memset(m, 0, sizeof(*m));
	m->nworkers = 1;
	m->nqueues = o->nqueues;
	m->nflows = o->nflows;
	for (i = 0; i < o->nqueues; i++)
		make_queue(o, i, nworkers, &m->queue[i]);
	for (i = 0; i < o->nflows; i++)
		make_flow(o, i, &m->flow[i]);
	make_source(o, nworkers, m);
	if (!bty_costs_io(o->costs, BTY_COST_WAKEUP, &wake))
		m->worker[0].wake_ns = m->worker[0].wake_cpu_ns = wake.t0_ns;
	return 0;
}
