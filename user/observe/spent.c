// SPDX-License-Identifier: GPL-2.0-or-later
/* What batches cost behind each queue and on the way of each flow; called by observe.c at every look, on the main thread. */
#include <errno.h>
#include <math.h>

#include "links.h"
#include "spread.h"

/* What makes sense; a little less than nothing is what a cheap element measures as. */
#define T0_MIN_NS -100.0
#define T0_MAX_NS 10e6
#define T1_MIN_NS -10.0
#define T1_MAX_NS 1e6

static double clamp(double v, double most)
{
	return !(v > 0) ? 0 : v > most ? most : v;
}

/* Looked up once for each file of costs: that compares text. */
static void look_up(struct bty_observer *o)
{
	struct bty_link_node *n;
	struct bty_cost_fit fit;
	int i;

	if (o->links->costs == o->costs)
		return;
	o->links->costs = o->costs;
	for (i = 0; i < o->links->nnodes; i++) {
		n = &o->links->node[i];
		n->profiled =
			o->costs && n->runs && bty_costs_find(o->costs, &o->dp->graph->el[i], &fit) != BTY_COST_NONE;
		n->fit_t0_ns = n->profiled ? clamp(fit.t0_ns, T0_MAX_NS) : 0;
		n->fit_t1_ns = n->profiled ? clamp(fit.t1_ns, T1_MAX_NS) : 0;
	}
	for (i = 0; i < BTY_COST_NIO; i++) {
		o->links->io[i] = (struct bty_cost_fit){ 0 };
		if (bty_costs_io(o->costs, i, &fit))
			continue;
		o->links->io[i].t0_ns = clamp(fit.t0_ns, T0_MAX_NS);
		o->links->io[i].t1_ns = clamp(fit.t1_ns, T1_MAX_NS);
	}
}

/* As measured while it runs, where that makes sense; else as profiled, and without that what makes sense of it. */
static void find_cost(struct bty_observer *o, int i)
{
	struct bty_link_node *n = &o->links->node[i];
	double t0, t1;
	int ret = bty_run_element_cost(o->run, i, &t0, &t1), measured = !ret;
	int good = measured && t0 >= T0_MIN_NS && t0 <= T0_MAX_NS && t1 >= T1_MIN_NS && t1 <= T1_MAX_NS;

	o->bad_estimates += ret == -ERANGE || (measured && !good);
	if (measured && (good || !n->profiled)) {
		n->t0_ns = clamp(t0, T0_MAX_NS);
		n->t1_ns = clamp(t1, T1_MAX_NS);
	} else {
		n->t0_ns = n->fit_t0_ns;
		n->t1_ns = n->fit_t1_ns;
	}
}

/* An element's part of what goes on from it, by link; in equal parts as long as nothing has passed. */
static void hand_on(struct bty_links *s, const struct bty_link_node *n, double packets, double batches)
{
	const struct bty_link *l;
	int k;

	for (k = 0; k < n->nlinks; k++) {
		l = &s->link[n->first + k];
		s->node[l->to].share += n->share * (packets > 0 ? l->packets / packets : 1.0 / n->nlinks);
		s->node[l->to].batch_share += n->batch_share * (batches > 0 ? l->batches / batches : 1.0 / n->nlinks);
	}
}

/* A queue between XDP and a worker: the device's ring, and being woken, cost more than most elements. */
static void add_receive(const struct bty_observer *o, struct bty_obs_queue *q)
{
	const struct bty_cost_fit *io = o->links->io;
	struct bty_spin_stats rests = { 0 };
	uint64_t cost_ns = 0;

	q->t0_ns += io[BTY_COST_RECEIVE].t0_ns;
	q->t1_ns += io[BTY_COST_RECEIVE].t1_ns;
	q->wake_ns = io[BTY_COST_WAKEUP].t0_ns;
	if (q->wake_ns > 0 || !o->run)
		return;
	bty_run_rests(o->run, &rests, &cost_ns);
	q->wake_ns = clamp((double)cost_ns, T0_MAX_NS);
}

static int sends(const struct bty_observer *o, int el)
{
	return o->dp->graph->el[el].cls->kind == BTY_KIND_TODEVICE && !o->dp->plain;
}

static void add_up_queue(struct bty_observer *o, int queue)
{
	const struct bty_cost_fit *transmit = &o->links->io[BTY_COST_TRANSMIT];
	const struct bty_reach *r = &o->links->reach[queue];
	struct bty_obs_queue *q = &o->queue[queue];
	struct bty_links *s = o->links;
	struct bty_link_node *n = &s->node[o->dp->graph->queue_el[queue]];
	int i;

	for (i = 0; i < r->nel; i++)
		s->node[r->el[i]].share = s->node[r->el[i]].batch_share = 0;
	for (i = 0; i < r->nnext; i++)
		s->node[o->dp->graph->queue_el[r->next[i]]].share = 0;
	/* it has one output */
	n->share = n->batch_share = 1;
	hand_on(s, n, 0, 0);
	q->t0_ns = q->t1_ns = q->wake_ns = q->pkt_ns = 0;
	if (o->dp->graph->el[o->dp->graph->queue_el[queue]].backend == BTY_BACKEND_XSK)
		add_receive(o, q);
	for (i = 0; i < r->nel; i++) {
		n = &s->node[r->el[i]];
		q->t0_ns += n->batch_share * (n->t0_ns + (sends(o, r->el[i]) ? transmit->t0_ns : 0));
		q->t1_ns += n->share * (n->t1_ns + (sends(o, r->el[i]) ? transmit->t1_ns : 0));
		/* only who divides queues among workers asks */
		if (o->nextra)
			q->pkt_ns += n->share * clamp(bty_run_element_pkt_ns(o->run, r->el[i]), T1_MAX_NS);
		hand_on(s, n, n->in.n, n->batches.n);
	}
	if (q->server) {
		q->t0_ns += o->hand_t0_ns;
		q->t1_ns += o->hand_t1_ns;
	}
	for (i = 0; i < q->nnext; i++)
		q->next_share[i] = s->node[o->dp->graph->queue_el[q->next[i]]].share;
}

static void add_up_flow(struct bty_observer *o, int flow)
{
	const struct bty_links *s = o->links;
	struct bty_obs_flow *f = &o->flow[flow];
	int k;

	f->t0_ns = f->t1_ns = 0;
	for (k = 0; k < s->npath[flow]; k++) {
		f->t0_ns += s->node[s->path[flow][k]].t0_ns;
		f->t1_ns += s->node[s->path[flow][k]].t1_ns;
	}
}

void bty_spread_costs(struct bty_observer *o)
{
	const struct bty_link_node *n;
	double spent_ns = 0;
	int i;

	look_up(o);
	for (i = 0; i < o->links->nnodes; i++) {
		n = &o->links->node[i];
		if (!n->runs || o->dp->graph->el[i].queue >= 0)
			continue;
		find_cost(o, i);
		spent_ns += n->batches.n * n->t0_ns + n->in.n * n->t1_ns;
	}
	o->worker.elements_ns = o->links->entered.n > 0 ? spent_ns / o->links->entered.n : 0;
	for (i = 0; i < o->nqueues; i++)
		add_up_queue(o, i);
	for (i = 0; i < o->nflows; i++)
		add_up_flow(o, i);
}
