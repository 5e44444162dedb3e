// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A placed pipeline as a model: how many packets and batches come to each element between two queues, by the shares of
 * branches, and what that costs. Called by user/cli before anything runs.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <elements/infinitesource.h>
#include <elements/queue.h>
#include <elements/randomsplit.h>

#include "../graph/reach.h"
#include "model.h"

/* What goes from one queue or source up to the next queues. */
struct stretch {
	double packets[BTY_MAX_ELEMENTS]; /* that come to an element, of each that begins */
	double batches[BTY_MAX_ELEMENTS]; /* of each batch that begins */
	double t0_ns, t1_ns;
	struct bty_model_next next;
};

struct maker {
	const struct bty_graph *g;
	const struct bty_model_input *in;
	struct bty_model *m;
	struct bty_model_gaps *gaps;
	struct bty_err *err;
	struct bty_cost_fit fit[BTY_MAX_ELEMENTS];
	uint8_t match[BTY_MAX_ELEMENTS]; /* enum bty_cost_match */
	struct bty_cost_fit io[BTY_COST_NIO];
	struct stretch s;
};

static double given(const struct bty_model_input *in, int el, int port)
{
	int i;

	for (i = 0; i < in->nshares; i++)
		if (in->share[i].element == el && in->share[i].port == port)
			return in->share[i].share;
	return -1;
}

/* An output that need not be there carries what went wrong, and is taken for empty. */
static int exceptional(const struct bty_element *el, int port)
{
	return port == 1 && el->cls->nout_min == 1 && el->cls->nout_max == 2;
}

/* RandomSplit says it itself. */
static double weight(const struct bty_element *el, int port)
{
	const struct randomsplit_args *a = el->args;

	if (strcmp(el->cls->name, "RandomSplit"))
		return -1;
	return (double)(a->below[port] - (port ? a->below[port - 1] : 0)) / 4294967296.0;
}

static double known(const struct maker *k, int el, int port)
{
	double share = given(k->in, el, port);

	return share < 0 ? weight(&k->g->el[el], port) : share;
}

static double port_share(const struct maker *k, int el, int port)
{
	const struct bty_element *e = &k->g->el[el];
	double share = known(k, el, port), left = 1, one;
	int i, others = 0;

	if (share >= 0)
		return share;
	if (exceptional(e, port))
		return 0;
	for (i = 0; i < e->nout; i++) {
		one = known(k, el, i);
		if (one >= 0)
			left -= one;
		else
			others += !exceptional(e, i);
	}
	return left > 0 ? left / others : 0;
}

static int check_shares(const struct maker *k)
{
	double sum;
	int i, port;

	for (i = 0; i < k->g->nel; i++) {
		sum = 0;
		for (port = 0; port < k->g->el[i].nout; port++)
			sum += fmax(given(k->in, i, port), 0);
		if (sum > 1 + 1e-9)
			return bty_fail(k->err, -EINVAL, "'%s': the shares of its outputs are %g together; at most 1",
					k->g->el[i].name, sum);
	}
	return 0;
}

/* A packet that goes to all outputs is more than one. */
static int check_copies(const struct maker *k)
{
	int i;

	for (i = 0; i < k->g->nel; i++)
		if (!strcmp(k->g->el[i].cls->name, "Tee"))
			return bty_fail_at(k->err, -EINVAL, k->g->file, k->g->el[i].pos,
					   "'%s' (Tee) makes copies: a model counts each packet once",
					   k->g->el[i].name);
	return 0;
}

static void find_costs(struct maker *k)
{
	int i;

	for (i = 0; i < k->g->nel; i++)
		k->match[i] = bty_costs_find(k->in->costs, &k->g->el[i], &k->fit[i]);
	for (i = 0; i < BTY_COST_NIO; i++) {
		if (!bty_costs_io(k->in->costs, i, &k->io[i]))
			continue;
		k->io[i] = (struct bty_cost_fit){ 0 };
		k->gaps->no_io[i] = 1;
	}
}

/* What one batch of an element costs in a worker; notes what is not known. */
static struct bty_cost_fit cost(struct maker *k, int el)
{
	static const struct bty_cost_fit nothing;
	const struct bty_element *e = &k->g->el[el];

	if (!(e->place & BTY_PLACE_WORKER) || (e->cls->kind == BTY_KIND_QUEUE && e->backend == BTY_BACKEND_XSK))
		return nothing;
	if (e->cls->kind == BTY_KIND_TODEVICE)
		return k->io[BTY_COST_TRANSMIT];
	if (k->match[el] == BTY_COST_NONE)
		k->gaps->no_cost[el] = 1;
	else if (k->match[el] == BTY_COST_CLASS)
		k->gaps->near_cost[el] = 1;
	return k->match[el] == BTY_COST_NONE ? nothing : k->fit[el];
}

static int add_next(struct maker *k, int queue, double share)
{
	struct bty_model_next *next = &k->s.next;
	int i;

	for (i = 0; i < next->n && next->queue[i] != queue; i++)
		;
	if (i == BTY_MODEL_NEXT)
		return bty_fail(k->err, -E2BIG, "'%s' is one of more than %d queues in a row with another",
				k->g->el[k->g->queue_el[queue]].name, BTY_MODEL_NEXT);
	if (i == next->n) {
		next->queue[next->n++] = queue;
		next->share[i] = 0;
	}
	next->share[i] += share;
	return 0;
}

/* What comes to el goes on by its ports; b: packets of a batch that begins. */
static void leave(struct maker *k, int el, double b)
{
	struct stretch *s = &k->s;
	const struct bty_element *e = &k->g->el[el];
	double share, length = s->batches[el] > 0 ? s->packets[el] * b / s->batches[el] : 0;
	int port;

	for (port = 0; port < e->nout; port++) {
		if (e->out[port] < 0)
			continue;
		share = port_share(k, el, port);
		s->packets[e->out[port]] += s->packets[el] * share;
		/* at least one packet of the batch goes that way */
		s->batches[e->out[port]] += s->batches[el] * (1 - pow(fmax(1 - share, 0), length));
	}
}

/* Counts, in waits[], the connections within the stretch that lead to each element. */
static void count_edges(const struct bty_graph *g, int begin, int *waits)
{
	int stack[BTY_MAX_ELEMENTS], depth = 1, el, port, to;
	uint8_t seen[BTY_MAX_ELEMENTS] = { 0 };

	stack[0] = begin;
	while (depth) {
		el = stack[--depth];
		for (port = 0; port < g->el[el].nout; port++) {
			to = g->el[el].out[port];
			if (to < 0)
				continue;
			waits[to]++;
			if (seen[to] || g->el[to].cls->kind == BTY_KIND_QUEUE)
				continue;
			seen[to] = 1;
			stack[depth++] = to;
		}
	}
}

/*
 * Follows a batch of b packets from `begin` up to the next queues, each element after all that lead to it. Returns 0 with
 * k->s filled, or -errno with err set.
 */
static int follow(struct maker *k, int begin, double b)
{
	const struct bty_graph *g = k->g;
	int waits[BTY_MAX_ELEMENTS] = { 0 }, ready[BTY_MAX_ELEMENTS], nready = 1, el, port, to, r = 0;
	struct bty_cost_fit c;

	memset(&k->s, 0, sizeof(k->s));
	count_edges(g, begin, waits);
	k->s.packets[begin] = k->s.batches[begin] = 1;
	ready[0] = begin;
	while (!r && nready) {
		el = ready[--nready];
		if (el != begin && k->s.packets[el] > 0) {
			c = cost(k, el);
			k->s.t0_ns += k->s.batches[el] * c.t0_ns;
			k->s.t1_ns += k->s.packets[el] * c.t1_ns;
			if (g->el[el].cls->kind == BTY_KIND_QUEUE)
				r = add_next(k, g->el[el].queue, k->s.packets[el]);
		}
		if (el != begin && g->el[el].cls->kind == BTY_KIND_QUEUE)
			continue;
		leave(k, el, b);
		for (port = 0; port < g->el[el].nout; port++) {
			to = g->el[el].out[port];
			if (to >= 0 && !--waits[to] && to != begin)
				ready[nready++] = to;
		}
	}
	for (el = 0; !r && el < g->nel; el++)
		if (el == begin ? k->s.packets[el] > 1
				: waits[el] > 0 && k->s.packets[el] > 0 && g->el[el].cls->kind != BTY_KIND_QUEUE)
			r = bty_fail_at(k->err, -EINVAL, g->file, g->el[el].pos,
					"'%s': packets go round; a model has no answer for that", g->el[el].name);
	return r;
}

static double batch_of(const struct bty_model_queue *q)
{
	return q->trigger < BTY_MODEL_VEC ? q->trigger : BTY_MODEL_VEC;
}

static int make_queue(struct maker *k, int n)
{
	const struct bty_element *el = &k->g->el[k->g->queue_el[n]];
	const struct queue_args *args = el->args;
	struct bty_model_queue *q = &k->m->queue[n];
	int r;

	q->trigger = args->trigger;
	q->deadline_ns = (double)args->deadline_ns;
	q->capacity = args->capacity;
	q->burst_pkts = k->in->burst_pkts;
	r = follow(k, k->g->queue_el[n], batch_of(q));
	if (r)
		return r;
	q->t0_ns = k->s.t0_ns;
	q->t1_ns = k->s.t1_ns;
	if (el->backend == BTY_BACKEND_XSK) {
		q->t0_ns += k->io[BTY_COST_RECEIVE].t0_ns;
		q->t1_ns += k->io[BTY_COST_RECEIVE].t1_ns;
	}
	q->next = k->s.next;
	return 0;
}

/* Rate of a source or a FromDevice; negative: not said. */
static double rate_given(const struct bty_model_input *in, int el)
{
	int i;

	for (i = 0; i < in->nrates; i++)
		if (in->rate[i].element == el)
			return in->rate[i].rate_pps;
	return -1;
}

static int make_source(struct maker *k, int el)
{
	const struct infinitesource_args *a = k->g->el[el].args;
	int infinite = !strcmp(k->g->el[el].cls->name, "InfiniteSource"), r;
	double rate = rate_given(k->in, el);
	struct bty_model_source *s;
	struct bty_cost_fit c;

	if (k->m->nsources == BTY_MODEL_MAX_SOURCE)
		return bty_fail(k->err, -E2BIG, "'%s': more than %d sources", k->g->el[el].name, BTY_MODEL_MAX_SOURCE);
	s = &k->m->source[k->m->nsources++];
	s->rate_pps = rate < 0 ? (infinite ? (double)a->rate_pps : 0) : rate;
	s->burst_pkts = infinite ? a->burst : 0;
	r = follow(k, el, s->burst_pkts ? s->burst_pkts : s->rate_pps > 0 ? 1 : BTY_MODEL_VEC);
	c = cost(k, el);
	s->t0_ns = k->s.t0_ns + c.t0_ns;
	s->t1_ns = k->s.t1_ns + c.t1_ns;
	s->next = k->s.next;
	return r;
}

/* What XDP hands to queues costs workers nothing. */
static int make_device(struct maker *k, int el, double rate)
{
	int i, r = follow(k, el, 1);

	for (i = 0; !r && i < k->s.next.n; i++)
		k->m->queue[k->s.next.queue[i]].rate_pps += rate * k->s.next.share[i];
	return r;
}

static int make_entries(struct maker *k)
{
	const struct bty_graph *g = k->g;
	double left = k->in->rate_pps, rate;
	int i, others = 0, r = 0;

	for (i = 0; i < g->nel; i++)
		others += g->el[i].cls->kind == BTY_KIND_FROMDEVICE && rate_given(k->in, i) < 0;
	for (i = 0; !r && i < g->nel; i++) {
		if (bty_is_source(g->el[i].cls)) {
			r = make_source(k, i);
		} else if (g->el[i].cls->kind == BTY_KIND_FROMDEVICE) {
			rate = rate_given(k->in, i);
			r = make_device(k, i, rate < 0 ? left / others : rate);
		}
	}
	return r;
}

/* Appends a way from `from`, which is on it, to `to`; 1: found. */
static int way(const struct bty_graph *g, int from, int to, uint8_t *seen, int *els, int *n)
{
	int i;

	if (seen[from])
		return 0;
	seen[from] = 1;
	els[(*n)++] = from;
	if (from == to)
		return 1;
	for (i = 0; i < g->el[from].nout; i++)
		if (g->el[from].out[i] >= 0 && way(g, g->el[from].out[i], to, seen, els, n))
			return 1;
	(*n)--;
	return 0;
}

/* From the last queue, or the beginning, to where the delay is measured: els[0..n-1] begins with that queue. */
static int make_exit(struct maker *k, struct bty_model_flow *f, const int *els, int n)
{
	const struct bty_element *first = &k->g->el[els[0]];
	int queue = first->queue, i, r;
	struct bty_cost_fit c;

	if (n == 1 && queue >= 0)
		return 0;
	r = follow(k, els[0], queue >= 0 ? batch_of(&k->m->queue[queue]) : 1);
	if (queue >= 0 && first->backend == BTY_BACKEND_XSK) {
		f->t0_ns = k->io[BTY_COST_RECEIVE].t0_ns;
		f->t1_ns = k->io[BTY_COST_RECEIVE].t1_ns;
	}
	for (i = queue >= 0; i < n; i++) {
		/* the delay is read before the device gets its packets */
		if (k->g->el[els[i]].cls->kind == BTY_KIND_TODEVICE)
			continue;
		c = cost(k, els[i]);
		f->t0_ns += c.t0_ns;
		f->t1_ns += c.t1_ns * k->s.packets[els[i]];
	}
	return r;
}

static int make_flow(struct maker *k, int n)
{
	const struct bty_flow *flow = &k->g->flow[n];
	struct bty_model_flow *f = &k->m->flow[n];
	int els[BTY_MAX_ELEMENTS], nels = 0, last = 0, i, q;
	uint8_t seen[BTY_MAX_ELEMENTS];

	f->percentile = flow->percentile;
	f->slo_ns = (double)flow->delay_slo_ns;
	if (!flow->in_worker)
		return 0;
	for (i = 0; i < flow->npath; i++) {
		memset(seen, 0, sizeof(seen));
		nels -= i > 0;
		way(k->g, flow->path[i ? i - 1 : 0], flow->path[i], seen, els, &nels);
	}
	for (i = 0; i < nels; i++) {
		q = k->g->el[els[i]].queue;
		if (q < 0 || f->nqueues == BTY_MAX_PATH)
			continue;
		f->queue[f->nqueues++] = q;
		last = i;
	}
	return make_exit(k, f, els + last, nels - last);
}

static void make_worker(struct maker *k)
{
	struct bty_model_worker *w = &k->m->worker[0];

	k->m->nworkers = 1;
	w->wake_ns = w->wake_cpu_ns = k->in->wake_ns < 0 ? k->io[BTY_COST_WAKEUP].t0_ns : k->in->wake_ns;
	k->gaps->no_io[BTY_COST_WAKEUP] &= k->in->wake_ns < 0;
	w->spin_ns = k->in->spin_ns;
}

int bty_model_from_graph(const struct bty_graph *g, const struct bty_model_input *in, struct bty_model *m,
			 struct bty_model_gaps *gaps, struct bty_err *err)
{
	struct maker *k = calloc(1, sizeof(*k));
	double rates[BTY_MAX_QUEUES];
	int i, r;

	memset(m, 0, sizeof(*m));
	memset(gaps, 0, sizeof(*gaps));
	if (!k)
		return bty_fail(err, -ENOMEM, "model: out of memory");
	k->g = g;
	k->in = in;
	k->m = m;
	k->gaps = gaps;
	k->err = err;
	m->nqueues = g->nqueues;
	m->nflows = g->nflows;
	r = check_shares(k);
	if (!r)
		r = check_copies(k);
	if (!r) {
		find_costs(k);
		make_worker(k);
	}
	for (i = 0; !r && i < g->nqueues; i++)
		r = make_queue(k, i);
	if (!r)
		r = make_entries(k);
	for (i = 0; !r && i < g->nflows; i++)
		r = make_flow(k, i);
	if (!r && bty_model_rates(m, rates))
		r = bty_fail(err, -EINVAL, "%s: packets go round through queues; a model has no answer for that",
			     g->file);
	free(k);
	return r;
}
