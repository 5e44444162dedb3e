// SPDX-License-Identifier: GPL-2.0-or-later
/* The whole state of a pipeline as plain data, for the command line and metrics; called by user/control. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <jansson.h>

#include "observe.h"

void bty_snapshot_free(struct bty_snapshot *s)
{
	int i;

	for (i = 0; i < s->nelements; i++)
		json_decref(s->element[i].report);
	free(s->iface);
	free(s->queue);
	free(s->element);
	free(s->flow);
	s->iface = NULL;
	s->queue = NULL;
	s->element = NULL;
	s->flow = NULL;
	s->nifaces = s->nqueues = s->nelements = s->nflows = 0;
}

static int grow(void **array, int have, int more, size_t size)
{
	void *p = realloc(*array, (have + more + 1) * size);

	if (!p)
		return -ENOMEM;
	memset((char *)p + have * size, 0, more * size);
	*array = p;
	return 0;
}

static void quantiles(const struct bty_hist *h, struct bty_quantiles *q)
{
	q->count = h->count;
	q->p50_ns = bty_hist_quantile(h, 0.50);
	q->p95_ns = bty_hist_quantile(h, 0.95);
	q->p99_ns = bty_hist_quantile(h, 0.99);
	q->max_ns = h->max_ns;
}

/*
 * What the kernel dropped after ToDevice had handed it over was not sent. It is known by device: where several send to
 * one, the first that sent as much is charged.
 */
static void charge(__u64 *lost, struct bty_el_stats *s, int reason)
{
	uint64_t n = *lost < s->tx ? *lost : s->tx;

	s->tx -= n;
	s->drops[reason] += n;
	*lost -= n;
}

static void charge_tx_losses(struct bty_txloss *loss, struct bty_el_stats *s)
{
	charge(&loss->full, s, BTY_DROP_TX_FULL);
	charge(&loss->error, s, BTY_DROP_TX_ERROR);
	charge(&loss->too_big, s, BTY_DROP_TOO_BIG);
}

static const char *placement(unsigned int place)
{
	switch (place & (BTY_PLACE_XDP | BTY_PLACE_WORKER)) {
	case BTY_PLACE_XDP:
		return "xdp";
	case BTY_PLACE_WORKER:
		return "worker";
	case BTY_PLACE_XDP | BTY_PLACE_WORKER:
		return "xdp+worker";
	}
	return "none";
}

static uint64_t lane_backlog(const struct bty_queue *q)
{
	uint64_t taken = __atomic_load_n(&q->deq, __ATOMIC_RELAXED) + __atomic_load_n(&q->lost, __ATOMIC_RELAXED);
	uint64_t enq = __atomic_load_n(&q->enq, __ATOMIC_ACQUIRE);

	return enq > taken ? enq - taken : 0;
}

static void add_queue(const struct bty_observer *o, int n, struct bty_snapshot *s)
{
	const struct bty_graph *g = o->dp->graph;
	const struct bty_element *el = &g->el[g->queue_el[n]];
	struct bty_snap_queue *sq = &s->queue[s->nqueues++];
	struct bty_spin_stats rests = { 0 };
	struct bty_hist wait = { 0 };
	const struct bty_queue *q;
	int p, d, first = -1, settled, next;
	const char *why;

	snprintf(sq->name, sizeof(sq->name), "%s", el->name);
	snprintf(sq->backend, sizeof(sq->backend), "%s", el->backend == BTY_BACKEND_XSK ? "xsk" : "worker");
	q = bty_lane(o->dp, n, 0);
	sq->trigger = q->trigger;
	sq->deadline_ns = q->deadline_ns;
	sq->limit = q->limit;
	sq->manual = o->queue[n].trigger_fixed || o->queue[n].deadline_fixed;
	for (p = 0; p < o->dp->nlanes; p++) {
		q = bty_lane(o->dp, n, p);
		if (q->enq && first < 0 && p < o->dp->nports)
			first = o->dp->port[p].dev;
		sq->backlog += lane_backlog(q);
		sq->packets += q->deq;
		sq->batches += q->batches;
		sq->released_trigger += q->released_trigger;
		sq->released_deadline += q->released_deadline;
		sq->drops += q->full_drops + q->lost;
		s->drops[BTY_DROP_RX_LOST] += q->lost;
		s->drop += q->lost;
	}
	s->queued += sq->backlog;
	/* the device it serves: the first one that sent it anything, or the only one there is */
	for (d = 0; first < 0 && d < g->ndev; d++)
		if (g->dev[d].receives)
			first = d;
	if (el->backend == BTY_BACKEND_XSK && first >= 0)
		snprintf(sq->interface, sizeof(sq->interface), "%s", o->dp->dev[first].name);
	sq->rate_pps = o->queue[n].total_pps;
	sq->t0_ns = o->queue[n].t0_ns;
	sq->t1_ns = o->queue[n].t1_ns;
	sq->weight = bty_weight(bty_lane(o->dp, n, 0));
	snprintf(sq->schedule, sizeof(sq->schedule), "%s", bty_schedule_name(bty_run_schedule(o->run)));
	bty_run_queue_rests(o->run, n, &rests);
	sq->spins = rests.spins;
	sq->spins_useful = rests.useful;
	sq->spun_ns = rests.spun_ns;
	sq->sleeps = rests.sleeps;
	sq->server = bty_run_server(o->run, n, &settled);
	sq->moving = !settled;
	why = bty_queue_stays(g, n, &next);
	if (why)
		snprintf(sq->stays, sizeof(sq->stays), "%s: %s", g->el[next].name, why);
	bty_run_queue_wait(o->run, n, &wait);
	quantiles(&wait, &sq->wait);
}

/* Learned, which may come out a little below 0 where there is next to nothing to learn, and profiled. */
static void add_cost(const struct bty_observer *o, int n, struct bty_snap_element *se)
{
	struct bty_cost_fit fit = { .t0_ns = -1, .t1_ns = -1 };

	if (bty_run_element_cost(o->run, n, &se->t0_ns, &se->t1_ns)) {
		se->t0_ns = se->t1_ns = -1;
	} else {
		se->t0_ns = se->t0_ns > 0 ? se->t0_ns : 0;
		se->t1_ns = se->t1_ns > 0 ? se->t1_ns : 0;
	}
	se->profile_match = bty_cost_match_name(bty_costs_find(o->costs, &o->dp->graph->el[n], &fit));
	se->profile_t0_ns = fit.t0_ns;
	se->profile_t1_ns = fit.t1_ns;
}

static void add_element(const struct bty_observer *o, int n, const struct bty_el_stats *xdp, struct bty_txloss *loss,
			struct bty_snapshot *s)
{
	const struct bty_element *el = &o->dp->graph->el[n];
	struct bty_snap_element *se = &s->element[s->nelements++];
	struct bty_el_stats sum = *xdp;
	int d, p;

	snprintf(se->name, sizeof(se->name), "%s", el->name);
	snprintf(se->class_name, sizeof(se->class_name), "%s", el->cls->name);
	snprintf(se->placement, sizeof(se->placement), "%s", placement(el->place));
	if (el->cls->kind == BTY_KIND_TODEVICE)
		charge_tx_losses(&loss[el->device], &sum);
	bty_run_element_stats(o->run, n, &sum);
	se->packets_in = sum.packets_in;
	se->bytes_in = sum.bytes_in;
	se->tx = sum.tx;
	se->pass = sum.pass;
	se->batches = sum.batches;
	for (d = 0; d < BTY_DROP_MAX; d++) {
		se->drops[d] = sum.drops[d];
		s->drops[d] += sum.drops[d];
		se->drops_total += sum.drops[d];
	}
	s->drop += se->drops_total;
	s->tx += sum.tx;
	s->pass += sum.pass;
	s->made += sum.made;
	if (el->cls->kind == BTY_KIND_FROMDEVICE)
		s->rx += sum.packets_in;
	se->made = sum.made;
	se->held = sum.held;
	se->report = bty_run_report(o->run, n);
	se->packets_out = sum.packets_in + sum.made - se->drops_total - sum.pass - sum.held;
	if (el->queue >= 0)
		for (p = 0, se->packets_out = 0; p < o->dp->nlanes; p++)
			se->packets_out += bty_lane(o->dp, el->queue, p)->deq;
	add_cost(o, n, se);
}

static void add_xdp_flow(const struct bty_datapath *dp, __u32 id, struct bty_snap_flow *sf)
{
	int cpu, ncpus = libbpf_num_possible_cpus();
	struct bty_flow_stats *percpu = calloc(ncpus, sizeof(*percpu));

	if (percpu && !bpf_map_lookup_elem(dp->flows_fd, &id, percpu))
		for (cpu = 0; cpu < ncpus; cpu++) {
			sf->packets += percpu[cpu].packets;
			sf->bytes += percpu[cpu].bytes;
		}
	free(percpu);
}

static void add_flow(const struct bty_observer *o, int n, struct bty_snapshot *s)
{
	const struct bty_flow *f = &o->dp->graph->flow[n];
	struct bty_snap_flow *sf = &s->flow[s->nflows++];
	struct bty_hist delay = { 0 };

	snprintf(sf->name, sizeof(sf->name), "%s", f->name);
	sf->delay_slo_ns = o->flow[n].slo_ns;
	sf->rate_slo_pps = f->rate_slo_pps;
	sf->percentile = f->percentile;
	bty_run_flow(o->run, n, &sf->packets, &sf->bytes, &delay);
	add_xdp_flow(o->dp, n, sf);
	quantiles(&delay, &sf->delay);
	sf->pps = o->flow[n].pps;
	sf->window_ns = o->flow[n].measured_ns;
	sf->windows = o->flow[n].windows;
	sf->violations = o->flow[n].violations;
}

static void add_iface(const struct bty_observer *o, int dev, struct bty_snapshot *s)
{
	const struct bty_datapath *dp = o->dp;
	struct bty_snap_iface *si;
	char path[64];

	if (!dp->graph->dev[dev].receives)
		return;
	si = &s->iface[s->nifaces++];
	snprintf(si->name, sizeof(si->name), "%s", dp->dev[dev].name);
	si->ifindex = dp->dev[dev].ifindex;
	snprintf(si->mode, sizeof(si->mode), "%s", dp->mode[dev]);
	snprintf(si->attach, sizeof(si->attach), "%s", dp->attach[dev]);
	snprintf(si->xsk_mode, sizeof(si->xsk_mode), "%s", bty_run_xsk_mode(o->run, dev));
	snprintf(si->pipeline, sizeof(si->pipeline), "%s", dp->graph->file);
	si->napi_defer_ns = o->napi_defer_ns;
	snprintf(si->schedule, sizeof(si->schedule), "%s", bty_schedule_name(bty_run_schedule(o->run)));
	si->fused = dp->is_fused;
	si->gone = bty_netdev_name(si->ifindex, path) != 0;
	if (!si->gone)
		snprintf(si->name, sizeof(si->name), "%.15s", path);
}

static void add_extra(const struct bty_observer *o, struct bty_snapshot *s)
{
	struct bty_snap_extra *x;
	struct bty_run_turns turns;
	int i;

	for (i = 0; i < o->nextra && s->nextra < BTY_SNAP_EXTRA; i++) {
		x = &s->extra[s->nextra++];
		snprintf(x->pipeline, sizeof(x->pipeline), "%s", o->dp->graph->file);
		x->number = i + 1;
		x->busy = o->extra[i].busy;
		x->turnaround_ns = o->extra[i].turnaround_ns < 6e10 ? (uint64_t)o->extra[i].turnaround_ns : 0;
		x->pps = o->extra[i].pps;
		bty_run_extra_turns(o->run, i + 1, &turns, &x->cpu_ns);
	}
}

static void add_workers(const struct bty_observer *o, struct bty_snapshot *s)
{
	struct bty_spin_stats rests = { 0 };

	s->queued += bty_run_inflight(o->run);
	s->worker_cpu_ns += bty_run_cpu_ns(o->run);
	s->worker_wakeups += bty_run_wakeups(o->run);
	bty_run_rests(o->run, &rests, &s->wakeup_cost_ns);
	s->worker_spins += rests.spins;
	s->worker_spins_useful += rests.useful;
	s->worker_spun_ns += rests.spun_ns;
	add_extra(o, s);
	s->busy_workers += o->worker.busy * bty_run_nworkers(o->run);
	s->nworkers += bty_run_nworkers(o->run);
}

uint64_t bty_observe_received(const struct bty_observer *o)
{
	struct bty_el_stats *xdp = bty_xdp_stats(o->dp);
	const struct bty_graph *g = o->dp->graph;
	uint64_t n = 0;
	int i;

	for (i = 0; xdp && i < g->nel; i++)
		if (g->el[i].cls->kind == BTY_KIND_FROMDEVICE)
			n += xdp[i].packets_in;
	free(xdp);
	return n;
}

int bty_observe_snapshot(const struct bty_observer *o, struct bty_snapshot *s)
{
	const struct bty_graph *g = o->dp->graph;
	struct bty_txloss loss[BTY_MAX_DEVICES];
	struct bty_el_stats *xdp;
	int i;

	if (grow((void **)&s->iface, s->nifaces, g->ndev, sizeof(*s->iface)) ||
	    grow((void **)&s->queue, s->nqueues, o->nqueues, sizeof(*s->queue)) ||
	    grow((void **)&s->element, s->nelements, g->nel, sizeof(*s->element)) ||
	    grow((void **)&s->flow, s->nflows, o->nflows, sizeof(*s->flow)))
		return -ENOMEM;
	for (i = 0; i < g->ndev; i++) {
		bty_txloss_read(o->dp, i, &loss[i]);
		add_iface(o, i, s);
	}
	for (i = 0; i < o->nqueues; i++)
		add_queue(o, i, s);
	xdp = bty_xdp_stats(o->dp);
	if (!xdp)
		return -ENOMEM;
	for (i = 0; i < g->nel; i++)
		if (g->el[i].cls->kind != BTY_KIND_INFO)
			add_element(o, i, &xdp[i], loss, s);
	for (i = 0; i < o->nflows; i++)
		add_flow(o, i, s);
	add_workers(o, s);
	s->bad_estimates += o->bad_estimates;
	s->interrupted += bty_run_interrupted(o->run);
	free(xdp);
	return 0;
}
