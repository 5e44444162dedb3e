// SPDX-License-Identifier: GPL-2.0-or-later
/* Batches from a queue's home to the worker that serves it, and back; see handoff.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

uint32_t bty_hand_frames(uint32_t n, uint32_t vec)
{
	return n * bty_pow2(BTY_HAND_VECTORS * vec);
}

static void put(struct bty_hand_ring *r, uint32_t mask, const struct bty_pkt *p, int node)
{
	struct bty_handed *to = &r->slot[r->filled++ & mask];

	to->pkt = *p;
	to->node = node;
}

/* With a full barrier: whoever is about to sleep either sees this or is seen by wake(). */
static void publish(struct bty_hand_ring *r)
{
	__atomic_exchange_n(&r->head, r->filled, __ATOMIC_SEQ_CST);
}

static int waiting(const struct bty_hand_ring *r)
{
	return __atomic_load_n(&r->head, __ATOMIC_SEQ_CST) != r->tail;
}

static void wake(struct bty_wk *to)
{
	uint32_t armed = 1;
	uint64_t one = 1;

	if (!__atomic_load_n(&to->ctl->armed, __ATOMIC_SEQ_CST) ||
	    !__atomic_compare_exchange_n(&to->ctl->armed, &armed, 0, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return;
	bty_store64((__u64 *)&to->ctl->woken_ns, bty_clock_ns());
	if (write(to->kick_fd, &one, sizeof(one)) < 0)
		return; /* full: it wakes up anyway */
}

static void hand_over(struct bty_wk *w, struct bty_hand *h, struct bty_batch *b)
{
	struct bty_hand_link *l = &h->link[h->server - 1];
	uint64_t start = bty_cost_due(w, &w->hand_wait) ? bty_clock_ns() : 0;
	uint32_t i;

	for (i = 0; i < b->n; i++)
		put(&l->out, l->mask, &b->pkt[i], l->next);
	h->handed += b->n;
	__atomic_store_n(&w->handed_out, w->handed_out + b->n, __ATOMIC_RELAXED);
	publish(&l->out);
	wake(l->server);
	if (start)
		bty_cost_sample(&w->hand_cost, b->n, (double)(bty_clock_ns() - start));
	bty_batch_put(w, b);
	if (w->meter)
		bty_meter_mark(w->meter, &w->meter->rest, 0);
}

void bty_hand_run(struct bty_wk *w, struct bty_hand *h, int next, struct bty_batch *b)
{
	if (h->server)
		hand_over(w, h, b);
	else
		bty_exec(w, next, b);
}

/* Up to a vector that goes on at the same node. */
static int take_back(struct bty_wk *w, struct bty_hand_link *l, uint64_t head, struct bty_batch *b)
{
	struct bty_hand_ring *r = &l->back;
	const int node = r->slot[r->tail & l->mask].node;
	uint64_t start = bty_cost_due(w, &w->hand_wait) ? bty_clock_ns() : 0;

	while (r->tail != head && b->n < w->vec && r->slot[r->tail & l->mask].node == node)
		b->pkt[b->n++] = r->slot[r->tail++ & l->mask].pkt;
	if (start)
		bty_cost_sample(&w->hand_cost, b->n, (double)(bty_clock_ns() - start));
	return node;
}

static int collect(struct bty_wk *w, struct bty_hand *h)
{
	struct bty_hand_link *l;
	struct bty_batch *b;
	uint64_t head;
	int node, any = 0;

	if (h->handed == h->done)
		return 0;
	l = &h->link[h->server - 1];
	head = __atomic_load_n(&l->back.head, __ATOMIC_ACQUIRE);
	for (; l->back.tail != head; any = 1) {
		b = bty_batch_get(w);
		node = take_back(w, l, head, b);
		h->done += b->n;
		__atomic_store_n(&w->handed_out, w->handed_out - b->n, __ATOMIC_RELAXED);
		w->hand_batches++;
		if (node == BTY_HAND_END)
			bty_exec_end(w, b);
		else
			bty_exec(w, node, b);
	}
	return any;
}

int bty_hand_collect(struct bty_wk *w)
{
	int i, any = 0;

	if (!w->handed_out)
		return 0;
	w->now_ns = bty_clock_ns();
	for (i = 0; i < w->nlanes + w->nwqueues; i++)
		any |= collect(w, bty_hand_at(w, i));
	return any;
}

void bty_hand_back(struct bty_wk *w, const struct bty_pkt *p, int node)
{
	put(&w->link->back, w->link->mask, p, node);
}

static int serve_vector(struct bty_wk *w, struct bty_hand_link *l)
{
	uint64_t head = __atomic_load_n(&l->out.head, __ATOMIC_ACQUIRE);
	struct bty_batch *b;

	if (head == l->out.tail)
		return 0;
	b = bty_batch_get(w);
	w->now_ns = bty_clock_ns();
	while (l->out.tail != head && b->n < w->vec)
		b->pkt[b->n++] = l->out.slot[l->out.tail++ & l->mask].pkt;
	w->turns.sum.packets += b->n;
	w->nbatches++;
	w->hand_batches++;
	w->link = l;
	bty_exec(w, l->next, b);
	publish(&l->back);
	wake(l->home);
	return 1;
}

int bty_hand_serve(struct bty_wk *w)
{
	int i, k, any = 0;

	bty_turn_begin(w, bty_clock_ns());
	for (i = 0; i < w->ninbound; i++)
		for (k = 0; k < BTY_VECTORS_PER_VISIT && !__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE); k++) {
			if (!serve_vector(w, w->inbound[i]))
				break;
			any = 1;
		}
	bty_turn_end(w, any);
	return any;
}

int bty_hand_due(const struct bty_wk *w)
{
	const struct bty_hand *h;
	int i;

	for (i = 0; i < w->ninbound; i++)
		if (waiting(&w->inbound[i]->out))
			return 1;
	for (i = 0; w->handed_out && i < w->nlanes + w->nwqueues; i++) {
		h = bty_hand_at(w, i);
		if (h->handed != h->done && waiting(&h->link[h->server - 1].back))
			return 1;
	}
	return 0;
}

/* They left the queue, and came nowhere. */
static void give_up(struct bty_wk *w, struct bty_hand *h, int node)
{
	struct bty_hand_link *l = &h->link[h->server - 1];
	struct bty_batch *b;

	for (; l->out.tail != l->out.head; h->done += b->n) {
		b = bty_batch_get(w);
		while (l->out.tail != l->out.head && b->n < w->vec)
			b->pkt[b->n++] = l->out.slot[l->out.tail++ & l->mask].pkt;
		w->handed_out -= b->n;
		w->node[node].stats.drops[BTY_DROP_SHUTDOWN] += b->n;
		bty_exec_end(w, b);
	}
}

void bty_hand_settle(struct bty_wk *w)
{
	struct bty_hand *h;
	int i;

	bty_hand_collect(w);
	for (i = 0; i < w->nlanes + w->nwqueues; i++) {
		h = bty_hand_at(w, i);
		if (h->handed != h->done)
			give_up(w, h, i < w->nlanes ? w->lane[i].node : w->wqueue[i - w->nlanes].node);
	}
}

static int open_ring(struct bty_hand_ring *r, uint32_t n)
{
	r->slot = calloc(n, sizeof(*r->slot));
	return r->slot ? 0 : -ENOMEM;
}

static int open_link(struct bty_hand_link *l, struct bty_wk *home, struct bty_wk *server, int next)
{
	const uint32_t n = bty_hand_frames(1, home->vec);

	l->home = home;
	l->server = server;
	l->mask = n - 1;
	l->next = next;
	server->inbound[server->ninbound++] = l;
	return open_ring(&l->out, n) || open_ring(&l->back, n) ? -ENOMEM : 0;
}

static int open_hand(struct bty_run *r, struct bty_wk *home, int i)
{
	const int next = i < home->nlanes ? home->lane[i].next : home->wqueue[i - home->nlanes].next;
	struct bty_hand *h = bty_hand_at(home, i);
	int k, ret = 0;

	if (home->node[next].stays)
		return 0;
	h->link = aligned_alloc(64, r->nextra * sizeof(*h->link));
	if (!h->link)
		return -ENOMEM;
	memset(h->link, 0, r->nextra * sizeof(*h->link));
	for (k = 0; !ret && k < r->nextra; k++)
		ret = open_link(&h->link[k], home, &r->wk[r->nworkers + k], next);
	return ret;
}

int bty_hand_open(struct bty_run *r)
{
	int i, k, n = 0, ret = 0;

	for (i = 0; i < r->nworkers; i++)
		n += r->wk[i].nlanes + r->wk[i].nwqueues;
	for (k = 0; !ret && k < r->nextra; k++) {
		r->wk[r->nworkers + k].inbound = calloc(n + 1, sizeof(struct bty_hand_link *));
		ret = r->wk[r->nworkers + k].inbound ? 0 : -ENOMEM;
	}
	for (i = 0; !ret && r->nextra && i < r->nworkers; i++)
		for (k = 0; !ret && k < r->wk[i].nlanes + r->wk[i].nwqueues; k++)
			ret = open_hand(r, &r->wk[i], k);
	return ret;
}

static void close_hand(struct bty_hand *h, int nextra)
{
	int k;

	for (k = 0; h->link && k < nextra; k++) {
		free(h->link[k].out.slot);
		free(h->link[k].back.slot);
	}
	free(h->link);
	h->link = NULL;
}

void bty_hand_close(struct bty_run *r)
{
	int i, k;

	for (i = 0; i < r->nworkers; i++)
		for (k = 0; k < r->wk[i].nlanes + r->wk[i].nwqueues; k++)
			close_hand(bty_hand_at(&r->wk[i], k), r->nextra);
	for (k = 0; k < r->nextra; k++)
		free(r->wk[r->nworkers + k].inbound);
}
