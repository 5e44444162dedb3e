// SPDX-License-Identifier: GPL-2.0-or-later
/* Rates and delay windows for the controller; called by user/control every period. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <elements/queue.h>

#include "observe.h"

#define RATE_TAU_S     0.05 /* how fast a rate follows the load */
#define RATE_PACKETS   20.0 /* but never on fewer packets than these */
#define WINDOW_SAMPLES 20   /* a percentile of fewer says little: the window goes on */

static void add_once(struct bty_obs_flow *f, int queue)
{
	int i;

	for (i = 0; i < f->nqueues; i++)
		if (f->queue[i] == queue)
			return;
	if (f->nqueues < BTY_MAX_PATH)
		f->queue[f->nqueues++] = queue;
}

/* Collects the queues on a way between two elements; returns 1 when `to` was found. Each element is seen once. */
static int queues_between(const struct bty_graph *g, int from, int to, uint8_t *seen, struct bty_obs_flow *f)
{
	const struct bty_element *el = &g->el[from];
	int i, before = f->nqueues;

	if (seen[from])
		return 0;
	seen[from] = 1;
	if (el->queue >= 0)
		add_once(f, el->queue);
	if (from == to)
		return 1;
	for (i = 0; i < el->nout; i++)
		if (el->out[i] >= 0 && queues_between(g, el->out[i], to, seen, f))
			return 1;
	f->nqueues = before;
	return 0;
}

static void init_flow(struct bty_obs_flow *f, const struct bty_graph *g, const struct bty_flow *flow)
{
	uint8_t seen[BTY_MAX_ELEMENTS];
	int i;

	f->slo_ns = flow->delay_slo_ns;
	f->percentile = flow->percentile;
	for (i = 0; i < flow->npath; i++) {
		memset(seen, 0, sizeof(seen));
		queues_between(g, flow->path[i], flow->path[i + 1 < flow->npath ? i + 1 : i], seen, f);
	}
}

int bty_observer_init(struct bty_observer *o, const struct bty_datapath *dp, const struct bty_run *run, uint64_t slo_ns)
{
	const struct bty_graph *g = dp->graph;
	const struct queue_args *args;
	int i;

	memset(o, 0, sizeof(*o));
	o->dp = dp;
	o->run = run;
	o->default_slo_ns = slo_ns;
	o->nqueues = g->nqueues;
	o->nflows = g->nflows;
	for (i = 0; i < g->nqueues; i++) {
		args = g->el[g->queue_el[i]].args;
		o->queue[i].capacity = args->capacity;
		o->queue[i].trigger = args->trigger;
		o->queue[i].deadline_ns = bty_lane(dp, i, 0)->deadline_ns;
		o->queue[i].trigger_fixed = args->trigger_given;
		o->queue[i].deadline_fixed = args->deadline_given;
	}
	for (i = 0; i < g->nflows; i++) {
		init_flow(&o->flow[i], g, &g->flow[i]);
		o->flow[i].now = calloc(1, sizeof(struct bty_hist));
		o->flow[i].before = calloc(1, sizeof(struct bty_hist));
		if (!o->flow[i].now || !o->flow[i].before) {
			bty_observer_free(o);
			return -ENOMEM;
		}
	}
	return 0;
}

void bty_observer_free(struct bty_observer *o)
{
	int i;

	for (i = 0; i < o->nflows; i++) {
		free(o->flow[i].now);
		free(o->flow[i].before);
		o->flow[i].now = o->flow[i].before = NULL;
	}
}

static double follow(double rate, uint64_t packets, double dt_s)
{
	/* slow enough to rest on RATE_PACKETS arrivals at the rate seen */
	double tau = rate > 0 && RATE_PACKETS / rate > RATE_TAU_S ? RATE_PACKETS / rate : RATE_TAU_S;

	if (tau > 1.0)
		tau = 1.0;
	return rate + (packets / dt_s - rate) * (1 - exp(-dt_s / tau));
}

static void observe_queue(struct bty_observer *o, int n, double dt_s)
{
	struct bty_obs_queue *q = &o->queue[n];
	uint64_t enq, total = 0;
	int p;

	q->rate_pps = q->total_pps = 0;
	q->nports_active = 0;
	for (p = 0; p < o->dp->nlanes; p++) {
		enq = __atomic_load_n(&bty_lane(o->dp, n, p)->enq, __ATOMIC_RELAXED);
		q->lane_rate[p] = follow(q->lane_rate[p], enq - q->lane_enq[p], dt_s);
		q->lane_enq[p] = enq;
		total += enq;
		q->total_pps += q->lane_rate[p];
		q->nports_active += q->lane_rate[p] > 0.5;
		if (q->lane_rate[p] > q->rate_pps)
			q->rate_pps = q->lane_rate[p];
	}
	o->active |= total != q->enq;
	q->enq = total;
}

static void observe_flow(struct bty_observer *o, int n, double window_s)
{
	struct bty_obs_flow *f = &o->flow[n];
	struct bty_hist window, *swap;
	uint64_t packets = 0, bytes = 0;

	memset(f->now, 0, sizeof(*f->now));
	bty_run_flow(o->run, n, &packets, &bytes, f->now);
	f->pps = (packets - f->window_packets) / window_s;
	f->window_packets = packets;
	f->packets = packets;
	bty_hist_diff(&window, f->now, f->before);
	if (window.count < WINDOW_SAMPLES)
		return;
	f->measured_ns = bty_hist_quantile(&window, f->percentile / 100);
	f->windows++;
	if (f->slo_ns && f->measured_ns > f->slo_ns)
		f->violations++;
	swap = f->before;
	f->before = f->now;
	f->now = swap;
}

void bty_observe(struct bty_observer *o, uint64_t now_ns)
{
	int i;

	if (!o->last_ns || now_ns <= o->last_ns) {
		o->last_ns = o->window_ns = now_ns;
		return;
	}
	o->active = 0;
	for (i = 0; i < o->nqueues; i++)
		observe_queue(o, i, (now_ns - o->last_ns) / 1e9);
	o->last_ns = now_ns;
	if (now_ns - o->window_ns < BTY_WINDOW_NS)
		return;
	for (i = 0; i < o->nflows; i++)
		observe_flow(o, i, (now_ns - o->window_ns) / 1e9);
	o->window_ns = now_ns;
}
