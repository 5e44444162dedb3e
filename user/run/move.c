// SPDX-License-Identifier: GPL-2.0-or-later
/* Which worker serves a queue, and which queues can be moved; called on the main thread by user/apply and user/observe. */
#include <errno.h>

#include "internal.h"

#define SAMPLES 8

const char *bty_class_stays(const struct bty_class *cls)
{
	switch (cls->kind) {
	case BTY_KIND_TODEVICE:
		return "it sends";
	case BTY_KIND_TOHOST:
		return "it hands packets to the host";
	case BTY_KIND_QUEUE:
		return "it is a queue";
	default:
		break;
	}
	if (cls->frames || cls->tick)
		return "it makes or keeps packets";
	if (cls->state_size && !cls->state_shared)
		return "each worker has its own state of it";
	return NULL;
}

const char *bty_queue_stays(const struct bty_graph *g, int queue, int *el)
{
	*el = g->el[g->queue_el[queue]].out[0];
	return bty_class_stays(g->el[*el].cls);
}

/* Of that queue in w, the i-th; NULL: there are no more. */
static struct bty_hand *hand_of(struct bty_wk *w, int el, int *i)
{
	for (; *i < w->nlanes + w->nwqueues; ++*i) {
		if (*i < w->nlanes && w->lane[*i].node == el)
			return &w->lane[(*i)++].hand;
		if (*i >= w->nlanes && w->wqueue[*i - w->nlanes].node == el)
			return &w->wqueue[(*i)++ - w->nlanes].hand;
	}
	return NULL;
}

int bty_run_move(struct bty_run *r, int queue, int server)
{
	const int el = r->dp->graph->queue_el[queue];
	struct bty_hand *h;
	int i, k, next;

	if (server < 0 || server > r->nextra)
		return -EINVAL;
	if (server && bty_queue_stays(r->dp->graph, queue, &next))
		return -EPERM;
	for (i = 0; i < r->nworkers; i++)
		for (k = 0; (h = hand_of(&r->wk[i], el, &k));)
			__atomic_store_n(&h->want, h->link ? server : 0, __ATOMIC_RELAXED);
	/* they look at it also when nothing comes */
	bty_run_kick(r);
	return 0;
}

int bty_run_server(const struct bty_run *r, int queue, int *settled)
{
	const int el = r->dp->graph->queue_el[queue];
	struct bty_hand *h;
	int i, k, server = 0;

	*settled = 1;
	for (i = 0; i < r->nworkers; i++)
		for (k = 0; (h = hand_of((struct bty_wk *)&r->wk[i], el, &k));) {
			server = (int)__atomic_load_n(&h->want, __ATOMIC_RELAXED);
			*settled &= (int)__atomic_load_n(&h->server, __ATOMIC_ACQUIRE) == server;
		}
	return server;
}

int bty_run_nextra(const struct bty_run *r)
{
	return r->nextra;
}

int bty_run_hand_cost(const struct bty_run *r, double *t0_ns, double *t1_ns)
{
	struct bty_cost sum = { 0 };
	int i, ret;

	for (i = 0; i < r->nworkers; i++) {
		const struct bty_cost *c = &r->wk[i].hand_cost;

		sum.n += c->n;
		sum.b += c->b;
		sum.bb += c->bb;
		sum.t += c->t;
		sum.bt += c->bt;
	}
	ret = bty_cost_line(&sum, bty_clock_cost_ns(), t0_ns, t1_ns);
	/* batches of one size: what they took */
	if (ret == -ENODATA && sum.n >= SAMPLES) {
		*t0_ns = sum.t / sum.n - bty_clock_cost_ns();
		*t1_ns = 0;
		ret = 0;
	}
	if (ret)
		return ret;
	/* what is handed over comes back */
	*t0_ns *= 2;
	*t1_ns *= 2;
	return 0;
}
