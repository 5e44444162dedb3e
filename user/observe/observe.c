// SPDX-License-Identifier: GPL-2.0-or-later
/* Rates and delay windows for the controller; called by user/control every period. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <elements/queue.h>

#include "links.h"
#include "observe.h"
#include "spread.h"
#include "ways.h"

#define RATE_TAU_S     0.05  /* how fast a rate follows the load */
#define RATE_PACKETS   20.0  /* but never on fewer packets than these */
#define WINDOW_SAMPLES 20    /* a percentile of fewer says little: the window goes on */
#define HAND_T0_NS     400.0 /* until it was measured */
#define HAND_T1_NS     20.0

static void init_flow(struct bty_obs_flow *f, const struct bty_graph *g, const struct bty_flow *flow,
		      struct bty_way *way)
{
	int i;

	f->slo_ns = flow->delay_slo_ns;
	f->rate_slo_pps = flow->rate_slo_pps;
	f->percentile = flow->percentile;
	bty_way_of_flow(way, flow);
	for (i = 0; i < way->n && f->nqueues < BTY_MAX_PATH; i++)
		if (g->el[way->el[i]].queue >= 0)
			f->queue[f->nqueues++] = g->el[way->el[i]].queue;
}

static int init_flows(struct bty_observer *o, const struct bty_graph *g)
{
	struct bty_way way;
	int i, ret = bty_way_open(&way, g);

	for (i = 0; !ret && i < g->nflows; i++) {
		init_flow(&o->flow[i], g, &g->flow[i], &way);
		o->flow[i].now = calloc(1, sizeof(struct bty_hist));
		o->flow[i].before = calloc(1, sizeof(struct bty_hist));
		if (!o->flow[i].now || !o->flow[i].before)
			ret = -ENOMEM;
	}
	bty_way_close(&way);
	return ret;
}

static void init_queue(struct bty_obs_queue *q, const struct bty_datapath *dp, int n)
{
	const struct queue_args *args = dp->graph->el[dp->graph->queue_el[n]].args;
	int next;

	q->capacity = args->capacity;
	q->trigger = args->trigger;
	q->deadline_ns = bty_lane(dp, n, 0)->deadline_ns;
	q->trigger_fixed = args->trigger_given;
	q->deadline_fixed = args->deadline_given;
	q->weight = 1;
	q->movable = !bty_queue_stays(dp->graph, n, &next);
	q->batch_pkts = q->burst_pkts = 1;
}

static void init_next(struct bty_observer *o)
{
	const struct bty_reach *r;
	int i, k;

	for (i = 0; i < o->nqueues; i++) {
		r = &o->links->reach[i];
		for (k = 0; k < r->nnext; k++) {
			o->queue[r->next[k]].nfrom++;
			if (o->queue[i].nnext < BTY_MAX_NEXT)
				o->queue[i].next[o->queue[i].nnext++] = r->next[k];
		}
	}
}

int bty_observer_init(struct bty_observer *o, const struct bty_datapath *dp, const struct bty_run *run, uint64_t slo_ns)
{
	const struct bty_graph *g = dp->graph;
	int i;

	memset(o, 0, sizeof(*o));
	o->dp = dp;
	o->run = run;
	o->default_slo_ns = slo_ns;
	o->nqueues = g->nqueues;
	o->nflows = g->nflows;
	o->judge_ns = BTY_WINDOW_NS;
	o->wfq = bty_run_schedule(run) == BTY_WFQ;
	o->nextra = bty_run_nextra(run);
	o->hand_t0_ns = HAND_T0_NS;
	o->hand_t1_ns = HAND_T1_NS;
	for (i = 0; i < g->nqueues; i++)
		init_queue(&o->queue[i], dp, i);
	if (init_flows(o, g) || bty_spread_open(o)) {
		bty_observer_free(o);
		return -ENOMEM;
	}
	init_next(o);
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
	bty_spread_close(o);
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
	uint64_t enq, total = 0, batches = 0;
	const struct bty_queue *lane;
	int p, settled;

	q->rate_pps = q->total_pps = 0;
	q->nports_active = 0;
	for (p = 0; p < o->dp->nlanes; p++) {
		lane = bty_lane(o->dp, n, p);
		enq = __atomic_load_n(&lane->enq, __ATOMIC_RELAXED);
		batches += __atomic_load_n(&lane->batches, __ATOMIC_RELAXED);
		q->lane_rate[p] = follow(q->lane_rate[p], enq - q->lane_enq[p], dt_s);
		q->lane_enq[p] = enq;
		total += enq;
		q->total_pps += q->lane_rate[p];
		q->nports_active += q->lane_rate[p] > 0.5;
		if (q->lane_rate[p] > q->rate_pps)
			q->rate_pps = q->lane_rate[p];
	}
	q->batches_ps = follow(q->batches_ps, batches - q->seen_batches, dt_s);
	q->seen_batches = batches;
	q->weight = bty_weight(bty_lane(o->dp, n, 0));
	q->server = o->nextra ? bty_run_server(o->run, n, &settled) : 0;
	o->active |= total != q->enq;
	q->enq = total;
}

/* As long as nothing has passed they stay what they were. */
static void observe_batches(struct bty_observer *o, int n)
{
	const struct bty_link_node *node = &o->links->node[o->dp->graph->queue_el[n]];
	struct bty_obs_queue *q = &o->queue[n];

	if (node->out_batches.n > 0)
		q->batch_pkts = node->out.n / node->out_batches.n;
	if (node->puts.n > 0)
		q->burst_pkts = node->in.n / node->puts.n;
}

/* n workers together, of which t and cpu_ns are the sums. */
static void observe_worker(struct bty_obs_worker *w, struct bty_obs_sums *s, int n, const struct bty_run_turns *t,
			   uint64_t cpu_ns, double dt_ns, double keep)
{
	uint64_t busy_ns = t->busy_ns - s->last.busy_ns, used_ns = cpu_ns - s->last_cpu_ns;
	uint64_t paused_ns = t->paused_ns - s->last.paused_ns;

	w->stalled_ns = busy_ns > used_ns && busy_ns - used_ns > paused_ns ? busy_ns - used_ns : paused_ns;
	s->time_ns = s->time_ns * keep + dt_ns * n;
	s->busy_ns = s->busy_ns * keep + (double)busy_ns;
	s->cpu_ns = s->cpu_ns * keep + (double)used_ns;
	s->entered = s->entered * keep + (double)(t->entered - s->last.entered);
	s->packets = s->packets * keep + (double)(t->packets - s->last.packets);
	if (t->ticks != s->last.ticks)
		w->greedy = 2 * (t->eager - s->last.eager) > t->ticks - s->last.ticks;
	s->last = *t;
	s->last_cpu_ns = cpu_ns;
	w->busy = fmin(s->busy_ns / s->time_ns, 1);
	w->pps = s->packets * n / s->time_ns * 1e9;
	w->turnaround_ns = s->entered > 0 ? s->time_ns / s->entered : 0;
	w->turn_pkts = s->entered > 0 ? s->packets / s->entered : 0;
	w->ns_per_pkt = s->packets > 0 ? s->cpu_ns / s->packets : 0;
}

static void observe_workers(struct bty_observer *o, double dt_ns, double keep)
{
	int n = bty_run_nworkers(o->run), i;
	struct bty_run_turns t;
	double t0, t1;
	uint64_t cpu_ns;

	if (!n)
		return;
	bty_run_turns(o->run, &t, &cpu_ns);
	observe_worker(&o->worker, &o->sums, n, &t, cpu_ns, dt_ns, keep);
	for (i = 0; i < o->nextra; i++) {
		bty_run_extra_turns(o->run, i + 1, &t, &cpu_ns);
		observe_worker(&o->extra[i], &o->extra_sums[i], 1, &t, cpu_ns, dt_ns, keep);
	}
	if (o->nextra && !bty_run_hand_cost(o->run, &t0, &t1)) {
		o->hand_t0_ns = fmin(fmax(t0, 0), 100 * HAND_T0_NS);
		o->hand_t1_ns = fmin(fmax(t1, 0), 100 * HAND_T1_NS);
	}
}

static void observe_flow(struct bty_observer *o, int n, double window_s)
{
	struct bty_obs_flow *f = &o->flow[n];
	uint64_t packets = bty_run_flow_packets(o->run, n);
	struct bty_hist *swap;

	f->pps = (packets - f->window_packets) / window_s;
	f->window_packets = packets;
	f->packets = packets;
	if (bty_run_flow_samples(o->run, n) - f->before->count < WINDOW_SAMPLES)
		return;
	bty_run_flow_delay(o->run, n, f->now);
	f->measured_ns = bty_hist_quantile_since(f->now, f->before, f->percentile / 100);
	f->windows++;
	if (f->slo_ns && f->measured_ns > f->slo_ns)
		f->violations++;
	swap = f->before;
	f->before = f->now;
	f->now = swap;
}

void bty_observe(struct bty_observer *o, uint64_t now_ns)
{
	double dt_ns, keep;
	int i;

	if (!o->last_ns || now_ns <= o->last_ns) {
		o->last_ns = o->window_ns = now_ns;
		return;
	}
	o->active = 0;
	dt_ns = (double)(now_ns - o->last_ns);
	keep = exp(-dt_ns / (RATE_TAU_S * 1e9));
	for (i = 0; i < o->nqueues; i++)
		observe_queue(o, i, dt_ns / 1e9);
	observe_workers(o, dt_ns, keep);
	/* what nothing passes keeps what it had */
	bty_spread_look(o, o->active ? keep : 1);
	for (i = 0; i < o->nqueues; i++)
		observe_batches(o, i);
	bty_spread_costs(o);
	o->last_ns = now_ns;
	if (now_ns - o->window_ns < o->judge_ns)
		return;
	for (i = 0; i < o->nflows; i++)
		observe_flow(o, i, (now_ns - o->window_ns) / 1e9);
	o->window_ns = now_ns;
}
