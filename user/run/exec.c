// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a batch through the graph, depth first, to completion. A branch keeps the batch for the port most packets take and
 * moves the others to fresh ones (after NBA, EuroSys 2015); batches come from a pool, nothing is allocated. What an element
 * emits leaves it after the batch. Called by worker.c, own.c and wqueue.c on the worker's thread.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <batchy/parse.h>

#include "worker.h"

#define COST_EVERY 32 /* one batch in so many is timed, on average */
#define TX_TRIES   16
#define SAMPLE_EVERY \
	16 /* of the packets of a source, one in so many counts in delays, and one of each batch at least */

uint64_t bty_clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

struct bty_batch *bty_batch_get(struct bty_wk *w)
{
	struct bty_batch *b = w->free_batch[--w->nfree_batch];

	b->n = 0;
	return b;
}

void bty_batch_put(struct bty_wk *w, struct bty_batch *b)
{
	w->free_batch[w->nfree_batch++] = b;
}

static void push_work(struct bty_wk *w, int node, struct bty_batch *b)
{
	w->stack[w->depth].node = node;
	w->stack[w->depth++].b = b;
}

void bty_made_push(struct bty_wk *w, int node, uint32_t begin)
{
	if (w->nmade > begin)
		w->stack[w->depth++] = (struct bty_work){ .node = node, .begin = begin, .at = begin, .end = w->nmade };
}

/* In an extra worker nothing ends: frames are the home's. */
static void finish_packet(struct bty_wk *w, const struct bty_pkt *p)
{
	if (w->link) {
		bty_hand_back(w, p, BTY_HAND_END);
		return;
	}
	bty_frame_free(&w->umem, p->frame);
	w->inflight--;
}

static void finish_batch(struct bty_wk *w, const struct bty_batch *b)
{
	uint32_t i;

	for (i = 0; i < b->n; i++)
		finish_packet(w, &b->pkt[i]);
}

void bty_exec_end(struct bty_wk *w, struct bty_batch *b)
{
	finish_batch(w, b);
	bty_batch_put(w, b);
}

static void drop(struct bty_wk *w, struct bty_node *n, const struct bty_pkt *p, int reason)
{
	n->stats.drops[reason & (BTY_DROP_MAX - 1)]++;
	finish_packet(w, p);
}

static void drop_batch(struct bty_wk *w, struct bty_node *n, struct bty_batch *b, uint32_t from, int reason)
{
	for (; from < b->n; from++)
		drop(w, n, &b->pkt[from], reason);
}

void bty_flow_exit(struct bty_wk *w, struct bty_node *n, const struct bty_batch *b, int by_verdict)
{
	const struct bty_flow_tap *tap;
	struct bty_wflow *f;
	uint64_t now = 0;
	uint32_t i;
	int t;

	for (t = 0; t < n->ntaps; t++) {
		tap = &n->tap[t];
		f = &w->flow[tap->flow];
		for (i = 0; i < b->n; i++) {
			if ((b->pkt[i].meta->marks & tap->marks) != tap->marks || (by_verdict && b->verdict[i] < 0))
				continue;
			f->packets++;
			f->bytes += bty_len(&b->pkt[i]);
			if (!(b->pkt[i].meta->flags & BTY_F_SAMPLED))
				continue;
			if (!now)
				now = bty_clock_ns();
			if (now > b->pkt[i].meta->ts_ns)
				bty_hist_add(f->delay, now - b->pkt[i].meta->ts_ns);
		}
	}
}

/* Gives each packet to the output its verdict names. Takes b. */
static void branch(struct bty_wk *w, struct bty_node *n, struct bty_batch *b)
{
	struct bty_batch *minor[BTY_MAX_OUT];
	uint32_t count[BTY_MAX_OUT], i, kept = 0;
	int port, major = -1;

	/* no more of them than there are outputs: few elements have many, and each batch comes by here */
	for (port = 0; port < n->nout; port++) {
		minor[port] = NULL;
		count[port] = 0;
	}
	for (i = 0; i < b->n; i++)
		if (b->verdict[i] >= 0)
			count[b->verdict[i] & (BTY_MAX_OUT - 1)]++;
	for (port = 0; port < n->nout; port++)
		if (count[port] && (major < 0 || count[port] > count[major]))
			major = port;
	if (major >= 0 && count[major] == b->n) {
		push_work(w, n->out[major], b);
		return;
	}
	for (i = 0; i < b->n; i++) {
		port = b->verdict[i];
		if (port == BTY_HELD) {
			n->stats.held++;
		} else if (port < 0) {
			drop(w, n, &b->pkt[i], -port);
		} else if (port == major) {
			b->pkt[kept++] = b->pkt[i];
		} else {
			port &= BTY_MAX_OUT - 1;
			if (!minor[port])
				minor[port] = bty_batch_get(w);
			minor[port]->pkt[minor[port]->n++] = b->pkt[i];
		}
	}
	b->n = kept;
	for (port = 0; port < n->nout; port++)
		if (minor[port])
			push_work(w, n->out[port], minor[port]);
	if (kept)
		push_work(w, n->out[major], b);
	else
		bty_batch_put(w, b);
}

/* Knuth's MMIX generator: its high bits are the good ones. */
static uint32_t draw(struct bty_wk *w)
{
	w->sample_state = w->sample_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return w->sample_state >> 33;
}

int bty_cost_due(struct bty_wk *w, uint32_t *wait)
{
	if (*wait) {
		--*wait;
		return 0;
	}
	*wait = draw(w) % (2 * COST_EVERY - 1);
	return 1;
}

static void process(struct bty_wk *w, struct bty_node *n, struct bty_batch *b)
{
	uint64_t start;

	n->env.now_ns = w->now_ns;
	if (!bty_cost_due(w, &w->cost_wait)) {
		n->cls->process(b, n->args, &n->env);
		return;
	}
	start = bty_clock_ns();
	n->cls->process(b, n->args, &n->env);
	bty_cost_sample(&n->cost, b->n, (double)(bty_clock_ns() - start));
}

void bty_kick(struct bty_wk *w, struct bty_pool *p, uint64_t now_ns)
{
	uint32_t dropped = bty_pool_kick(p, &w->umem, now_ns);

	if (!dropped || p->node < 0)
		return;
	w->node[p->node].stats.tx -= dropped;
	w->node[p->node].stats.drops[BTY_DROP_TX_ERROR] += dropped;
}

static void transmit(struct bty_wk *w, struct bty_node *n, struct bty_batch *b)
{
	struct bty_pool *p = &w->pool[w->pool_of_dev[n->device]];
	uint32_t sent = 0;
	int tries;

	if (w->dp->plain) {
		n->stats.tx += b->n;
		finish_batch(w, b);
		return;
	}
	p->node = n - w->node;
	for (tries = 0; tries < TX_TRIES; tries++) {
		sent += bty_pool_tx(p, &w->umem, b, sent);
		if (sent == b->n)
			break;
		bty_kick(w, p, w->now_ns);
	}
	n->stats.tx += sent;
	w->inflight -= sent;
	drop_batch(w, n, b, sent, BTY_DROP_TX_FULL);
}

static void to_host(struct bty_wk *w, struct bty_node *n, struct bty_batch *b)
{
	uint32_t i, len;
	int fd;

	if (w->dp->plain) {
		n->stats.pass += b->n;
		finish_batch(w, b);
		return;
	}
	for (i = 0; i < b->n; i++) {
		fd = w->host_fd[w->dp->port[b->pkt[i].meta->port].dev];
		len = bty_len(&b->pkt[i]);
		if (write(fd, b->pkt[i].data, len) != (ssize_t)len) {
			drop(w, n, &b->pkt[i], BTY_DROP_HOST_ERROR);
			continue;
		}
		n->stats.pass++;
		finish_packet(w, &b->pkt[i]);
	}
}

static void count_in(struct bty_node *n, struct bty_batch *b)
{
	uint64_t bytes = 0;
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		bytes += bty_len(&b->pkt[i]);
		b->pkt[i].meta->marks |= n->mark;
	}
	n->stats.packets_in += b->n;
	n->stats.bytes_in += bytes;
	n->stats.batches++;
}

static void back_home(struct bty_wk *w, const struct bty_node *n, struct bty_batch *b)
{
	uint32_t i;

	for (i = 0; i < b->n; i++)
		bty_hand_back(w, &b->pkt[i], n - w->node);
	bty_batch_put(w, b);
}

static void run_node(struct bty_wk *w, struct bty_node *n, struct bty_batch *b)
{
	uint32_t begin = w->nmade;

	if (w->link && n->stays) {
		back_home(w, n, b);
		return;
	}
	count_in(n, b);
	switch (n->cls->kind) {
	case BTY_KIND_TODEVICE:
		bty_flow_exit(w, n, b, 0);
		transmit(w, n, b);
		bty_batch_put(w, b);
		break;
	case BTY_KIND_TOHOST:
		bty_flow_exit(w, n, b, 0);
		to_host(w, n, b);
		bty_batch_put(w, b);
		break;
	case BTY_KIND_QUEUE:
		bty_wqueue_put(w, &w->wqueue[n->wqueue], b);
		bty_batch_put(w, b);
		break;
	default:
		process(w, n, b);
		if (n->ntaps)
			bty_flow_exit(w, n, b, 1);
		bty_made_push(w, n - w->node, begin);
		branch(w, n, b);
	}
}

/* Any packet of a stretch may be the one: where flows take turns, a fixed place would be the same flow's each time. */
static void sample(struct bty_wk *w, const struct bty_batch *b)
{
	uint32_t n = (b->n + SAMPLE_EVERY - 1) / SAMPLE_EVERY, i, from, to;

	for (i = 0; i < n; i++) {
		from = b->n * i / n;
		to = b->n * (i + 1) / n;
		b->pkt[from + ((uint64_t)draw(w) * (to - from) >> 31)].meta->flags |= BTY_F_SAMPLED;
	}
}

/* As the entry program does with what a device received. */
static void receive(struct bty_wk *w, const struct bty_node *n, const struct bty_batch *b)
{
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		b->pkt[i].meta->marks = n->mark;
		bty_parse(&b->pkt[i]);
		b->pkt[i].meta->ts_ns = w->now_ns;
	}
	sample(w, b);
	if (w->meter)
		bty_meter_mark(w->meter, &w->meter->parse, b->n);
}

/* Up to a vector of what an element emitted. */
static void run_made(struct bty_wk *w, struct bty_work *work)
{
	struct bty_node *n = &w->node[work->node];
	struct bty_batch *b = bty_batch_get(w);

	for (; b->n < w->vec && work->at < work->end; work->at++) {
		b->verdict[b->n] = w->made[work->at].port;
		b->pkt[b->n++] = w->made[work->at].pkt;
	}
	if (work->at < work->end)
		w->stack[w->depth++] = *work;
	else
		w->nmade = work->begin;
	if (!n->cls->nin)
		receive(w, n, b);
	if (n->ntaps)
		bty_flow_exit(w, n, b, 1);
	branch(w, n, b);
}

void bty_exec_all(struct bty_wk *w)
{
	struct bty_work work;
	uint32_t n;

	while (w->depth) {
		work = w->stack[--w->depth];
		n = work.b ? work.b->n : 0;
		if (work.b)
			run_node(w, &w->node[work.node], work.b);
		else
			run_made(w, &work);
		if (w->meter)
			bty_meter_mark(w->meter, &w->meter->node[work.node], n);
	}
}

void bty_exec(struct bty_wk *w, int node, struct bty_batch *b)
{
	push_work(w, node, b);
	bty_exec_all(w);
}
