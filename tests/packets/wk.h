/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A worker without a kernel behind it: the real graph, executor and queues of user/run over a UMEM, transmit rings and a
 * host device that live in this process, so that a test sees where each packet ends. Included by packet tests.
 */
#ifndef TESTS_PACKETS_WK_H
#define TESTS_PACKETS_WK_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <batchy/parse.h>

#include "frame.h"
#include "user/graph/graph.h"
#include "user/element/registry.h"
#include "user/load/load.h"
#include "user/run/internal.h"

#define WK_FRAME    FRAME_SIZE
#define WK_TX	    1024 /* descriptors of a transmit ring */
#define WK_HOST_BUF (1 << 20)

enum wk_end { WK_NOWHERE, WK_DROPPED, WK_SENT, WK_PASSED };

/* What is known of a frame since it was given to the worker. */
struct wk_fate {
	enum wk_end end;
	int el; /* that dropped it */
	int reason;
	int dev; /* it was sent to */
	uint32_t len;
	struct bty_pkt pkt; /* as its last element left it */
};

struct wk_ring {
	uint32_t producer, consumer, flags;
	uint64_t addr[WK_TX * 2];
	struct xdp_desc desc[WK_TX];
};

struct wk {
	struct bty_wk w;
	struct bty_graph *g;
	struct bty_class cls[BTY_MAX_ELEMENTS]; /* the real one's, with spy() for its process() */
	struct bty_worker ctl;
	struct bty_pool pool[BTY_MAX_DEVICES];
	struct wk_ring tx[BTY_MAX_DEVICES], comp[BTY_MAX_DEVICES];
	int host_fd[BTY_MAX_DEVICES], host[2];
	struct wk_fate *fate; /* by frame number */
	uint32_t nframes;
	uint64_t passed, passed_hash;  /* at the host device: packets, and the sum of their hashes */
	int sabotage;		       /* an element whose first byte is changed: do tests see it? */
	const struct bty_env_ops *ops; /* the worker's */
	struct bty_env_ops spied;
};

static struct wk *wk_now; /* whose process() runs: classes have no room for it */

static inline struct wk_fate *wk_fate(struct wk *k, uint64_t frame)
{
	return &k->fate[frame / WK_FRAME];
}

static inline uint64_t wk_hash(const uint8_t *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	while (n--)
		h = (h ^ *p++) * 0x100000001b3ULL;
	return h;
}

/* What the worker's own ops make comes out of a poisoned frame. */
static int wk_make(struct bty_env *env, __u32 len, struct bty_pkt *p)
{
	struct bty_umem *u = &wk_now->w.umem;

	if (u->nfree && len <= WK_FRAME - BTY_FRAME_HEADROOM) {
		ASAN_POISON_MEMORY_REGION(u->area + u->free[u->nfree - 1], WK_FRAME);
		ASAN_UNPOISON_MEMORY_REGION(u->area + u->free[u->nfree - 1] + BTY_FRAME_HEADROOM - sizeof(*p->meta),
					    sizeof(*p->meta) + len);
		*wk_fate(wk_now, u->free[u->nfree - 1]) = (struct wk_fate){ .end = WK_NOWHERE, .len = len };
	}
	return wk_now->ops->make(env, len, p);
}

/* In place of every process(): runs it, and notes what it drops. */
static void wk_spy(struct bty_batch *b, const void *args, struct bty_env *env)
{
	struct bty_node *n = (struct bty_node *)((char *)env - offsetof(struct bty_node, env));
	int el = n - wk_now->w.node;
	struct wk_fate *f;
	uint32_t i;

	wk_now->g->el[el].cls->process(b, args, env);
	for (i = 0; i < b->n; i++) {
		if (el == wk_now->sabotage && b->pkt[i].data < b->pkt[i].data_end)
			b->pkt[i].data[0] ^= 1;
		f = wk_fate(wk_now, b->pkt[i].frame);
		f->pkt = b->pkt[i];
		if (b->verdict[i] < 0 && b->verdict[i] != BTY_HELD) {
			f->end = WK_DROPPED;
			f->el = el;
			f->reason = -b->verdict[i];
		}
	}
}

static inline void wk_pool(struct wk *k, int dev)
{
	struct wk_ring *tx = &k->tx[dev], *comp = &k->comp[dev];

	k->pool[dev] = (struct bty_pool){ .fd = -1, .dev = dev };
	k->pool[dev].tx = (struct xsk_ring_prod){ .cached_cons = WK_TX,
						  .mask = WK_TX - 1,
						  .size = WK_TX,
						  .producer = &tx->producer,
						  .consumer = &tx->consumer,
						  .ring = tx->desc,
						  .flags = &tx->flags };
	k->pool[dev].comp = (struct xsk_ring_cons){ .mask = WK_TX * 2 - 1,
						    .size = WK_TX * 2,
						    .producer = &comp->producer,
						    .consumer = &comp->consumer,
						    .ring = comp->addr,
						    .flags = &comp->flags };
	k->w.pool_of_dev[dev] = dev;
}

static inline int wk_umem(struct wk *k, uint32_t nframes)
{
	struct bty_umem *u = &k->w.umem;
	uint32_t i;

	u->fd = -1;
	u->frame_size = WK_FRAME;
	u->nframes = nframes;
	u->size = (size_t)nframes * WK_FRAME;
	u->area = aligned_alloc(WK_FRAME, u->size);
	u->free = malloc(nframes * sizeof(*u->free));
	k->fate = calloc(nframes, sizeof(*k->fate));
	if (!u->area || !u->free || !k->fate)
		return -ENOMEM;
	for (i = 0; i < nframes; i++)
		bty_frame_free(u, (uint64_t)i * WK_FRAME);
	ASAN_POISON_MEMORY_REGION(u->area, u->size);
	return 0;
}

static inline int wk_host(struct wk *k)
{
	int size = WK_HOST_BUF, i;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, k->host))
		return -errno;
	setsockopt(k->host[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	for (i = 0; i < BTY_MAX_DEVICES; i++)
		k->host_fd[i] = k->host[0];
	return 0;
}

/* Makes a worker for a loaded graph. Returns 0 or -errno; to be closed in either case. */
static inline int wk_open(struct wk *k, struct bty_graph *g, const struct bty_datapath *dp, uint32_t vec,
			  uint32_t nframes)
{
	int i, ret;

	memset(k, 0, sizeof(*k));
	k->g = g;
	k->w.dp = dp;
	k->w.vec = vec;
	k->w.ctl = &k->ctl;
	k->w.host_fd = k->host_fd;
	k->w.pool = k->pool;
	k->w.npools = g->ndev;
	k->nframes = nframes;
	k->sabotage = -1;
	for (i = 0; i < g->ndev; i++)
		wk_pool(k, i);
	ret = bty_worker_make(&k->w);
	for (i = 0; !ret && i < g->nel; i++) {
		k->cls[i] = *g->el[i].cls;
		k->cls[i].process = wk_spy;
		k->w.node[i].cls = &k->cls[i];
	}
	if (!ret)
		ret = wk_umem(k, nframes);
	return ret ? ret : wk_host(k);
}

/* States of its elements, and what they make in frames that are watched; after wk_open(). */
static inline int wk_own(struct wk *k, struct bty_err *err)
{
	int i;

	k->ops = k->w.node[0].env.ops;
	k->spied = *k->ops;
	k->spied.make = wk_make;
	for (i = 0; i < k->w.nnodes; i++)
		k->w.node[i].env.ops = &k->spied;
	return bty_own_open(&k->w, &k->w, err);
}

static inline void wk_close(struct wk *k)
{
	if (k->w.umem.area)
		ASAN_UNPOISON_MEMORY_REGION(k->w.umem.area, k->w.umem.size);
	free(k->w.umem.area);
	free(k->w.umem.free);
	free(k->fate);
	close(k->host[0]);
	close(k->host[1]);
	bty_own_close(&k->w);
	bty_worker_unmake(&k->w);
}

/* As the entry program does it: a frame into the batch, parsed. */
static inline struct bty_pkt *wk_receive(struct wk *k, struct bty_batch *b, int entry, int port, const uint8_t *frame,
					 uint32_t len)
{
	struct bty_umem *u = &k->w.umem;
	uint64_t addr = u->free[--u->nfree];
	struct bty_pkt *p = &b->pkt[b->n++];

	frame_place(u->area + addr, p, frame, len);
	p->frame = addr;
	p->meta->port = port;
	p->meta->in = k->w.dp->port[port].dev;
	p->meta->marks = k->g->el[entry].mark;
	bty_parse(p);
	*wk_fate(k, addr) = (struct wk_fate){ .end = WK_NOWHERE, .len = len, .pkt = *p };
	k->w.inflight++;
	return p;
}

static inline void wk_exec(struct wk *k, int node, struct bty_batch *b)
{
	wk_now = k;
	k->w.now_ns = bty_clock_ns();
	bty_exec(&k->w, node, b);
}

/* One queue, one vector, as the worker's loop would. */
static inline void wk_serve(struct wk *k, int i)
{
	wk_now = k;
	bty_wqueue_serve(&k->w, &k->w.wqueue[i], BTY_BY_DEADLINE);
}

/* The kernel's side of transmission: takes at most max descriptors of a device, and completes them. */
static inline uint32_t wk_transmit(struct wk *k, int dev, uint32_t max)
{
	struct wk_ring *tx = &k->tx[dev], *comp = &k->comp[dev];
	const struct xdp_desc *d;
	struct wk_fate *f;
	uint32_t n;

	for (n = 0; n < max && tx->consumer != tx->producer; n++) {
		d = &tx->desc[tx->consumer++ & (WK_TX - 1)];
		f = wk_fate(k, d->addr);
		f->end = WK_SENT;
		f->dev = dev;
		f->len = d->len;
		f->pkt.data = k->w.umem.area + d->addr;
		f->pkt.data_end = f->pkt.data + d->len;
		comp->addr[comp->producer++ & (WK_TX * 2 - 1)] = d->addr;
	}
	bty_pool_reap(&k->pool[dev], &k->w.umem);
	return n;
}

/* The host's side: takes all there is. Returns how many. */
static inline uint32_t wk_read_host(struct wk *k)
{
	static uint8_t frame[WK_FRAME];
	uint32_t n = 0;
	ssize_t len;

	while ((len = recv(k->host[1], frame, sizeof(frame), 0)) > 0) {
		k->passed_hash += wk_hash(frame, len);
		n++;
	}
	k->passed += n;
	return n;
}

static inline int wk_backlog(const struct wk *k)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < k->w.nwqueues; i++)
		sum += bty_backlog(k->w.wqueue[i].q);
	return sum;
}

#endif
