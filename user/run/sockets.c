// SPDX-License-Identifier: GPL-2.0-or-later
/* Lays out a worker's UMEM, pools and receive rings over its receive ports; called by run.c. */
#include <errno.h>
#include <linux/netdev.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <elements/queue.h>

#include "internal.h"

#define TX_RING	    1024
#define PLAIN_FRAME 4096 /* without devices: nothing says how large packets will be */
#define SMALL_RING  64	 /* what a ring that is not used must have all the same */

/* Packets that the Queues of one backend can hold together: on one receive port, or in one worker. */
static uint32_t queue_capacity(const struct bty_graph *g, enum bty_backend backend)
{
	const struct queue_args *args;
	uint32_t sum = 0;
	int i;

	for (i = 0; i < g->nqueues; i++) {
		args = g->el[g->queue_el[i]].args;
		if (g->el[g->queue_el[i]].backend == backend)
			sum += bty_pow2(args->capacity);
	}
	return sum;
}

/*
 * Frames of one receive port: what its queues can hold, and what the worker takes out before it refills. XDP accepts no
 * more than that, so the fill ring never runs dry, and no full queue starves another.
 */
static uint32_t port_frames(const struct bty_wk *w)
{
	return queue_capacity(w->dp->graph, BTY_BACKEND_XSK) + BTY_VECTORS_PER_VISIT * w->vec + BTY_NAPI_POLL;
}

static int transmits_to(const struct bty_graph *g, int dev)
{
	int i;

	for (i = 0; i < g->nel; i++)
		if (g->el[i].cls->kind == BTY_KIND_TODEVICE && g->el[i].device == dev &&
		    (g->el[i].place & BTY_PLACE_WORKER))
			return 1;
	return 0;
}

static uint32_t frame_size(const struct bty_datapath *dp)
{
	int i;

	for (i = 0; i < dp->graph->ndev; i++)
		if (dp->dev[i].mtu + 14 + 8 > 2048 - BTY_FRAME_HEADROOM)
			return 4096;
	return 2048;
}

/* Whether every device is known to copy between its own buffers and ours. */
static int all_copy(const struct bty_datapath *dp, int generic)
{
	int i;

	for (i = 0; !generic && i < dp->graph->ndev; i++) {
		LIBBPF_OPTS(bpf_xdp_query_opts, q);

		/* before 6.3 the kernel does not say */
		if (bpf_xdp_query(dp->dev[i].ifindex, 0, &q) || !(q.feature_flags & NETDEV_XDP_ACT_BASIC) ||
		    (q.feature_flags & NETDEV_XDP_ACT_XSK_ZEROCOPY))
			return 0;
	}
	return 1;
}

static int lane_open(struct bty_wk *w, int pool, int port, int queue, const struct bty_pool_opts *o,
		     struct bty_err *err)
{
	const struct bty_graph *g = w->dp->graph;
	struct bty_lane_rx *l = &w->lane[w->nlanes];
	const struct queue_args *args = g->el[g->queue_el[queue]].args;
	__u32 key = queue * w->dp->nlanes + port;
	int ret;

	l->ring.fd = -1;
	ret = bty_rxring_open(&l->ring, &w->pool[pool], o, bty_pow2(args->capacity), err);
	if (ret)
		return ret;
	w->nlanes++;
	l->q = bty_lane(w->dp, queue, port);
	l->pool = &w->pool[pool];
	l->node = g->queue_el[queue];
	l->next = g->el[l->node].out[0];
	l->wait = calloc(1, sizeof(*l->wait));
	if (!l->wait)
		return bty_fail(err, -ENOMEM, "out of memory");
	if (bpf_map_update_elem(w->dp->xsks_fd, &key, &l->ring.fd, BPF_ANY))
		return bty_fail(err, -errno, "%s: cannot enter its AF_XDP socket: %s", o->ifname, strerror(errno));
	return 0;
}

/* The pool of (device, receive queue), with a receive ring per xsk Queue when port >= 0. */
static int pool_open(struct bty_wk *w, int dev, uint32_t qid, int port, const struct bty_run_opts *opts,
		     struct bty_err *err)
{
	const struct bty_graph *g = w->dp->graph;
	struct bty_pool_opts o = {
		.ifname = w->dp->dev[dev].name,
		.ifindex = w->dp->dev[dev].ifindex,
		.qid = qid,
		.fill_size = port >= 0 ? bty_pow2(port_frames(w)) : SMALL_RING,
		.tx_size = transmits_to(g, dev) ? TX_RING : SMALL_RING,
		.copy_only = opts->generic,
	};
	struct bty_pool *p = &w->pool[w->npools];
	int i, ret, index = w->npools;

	p->fd = -1;
	p->node = -1;
	p->dev = dev;
	p->fill_max = port >= 0 ? port_frames(w) : 0;
	ret = bty_pool_open(p, &w->umem, &o, err);
	if (ret)
		return ret;
	w->npools++;
	if (qid == (uint32_t)w->id)
		w->pool_of_dev[dev] = index;
	bty_pool_refill(p, &w->umem);
	for (i = 0; port >= 0 && i < g->nqueues; i++) {
		if (g->el[g->queue_el[i]].backend != BTY_BACKEND_XSK)
			continue;
		ret = lane_open(w, index, port, i, &o, err);
		if (ret)
			return ret;
	}
	return 0;
}

static int count_ports(const struct bty_wk *w)
{
	int i, n = 0;

	for (i = 0; i < w->dp->nports; i++)
		n += w->dp->port[i].worker == w->id;
	return n;
}

int bty_worker_sockets_open(struct bty_wk *w, const struct bty_run_opts *opts, struct bty_err *err)
{
	const struct bty_graph *g = w->dp->graph;
	int nports = count_ports(w), max_pools = nports + g->ndev, i, ret;
	/* a device may hold as many sent frames as its completion ring takes, and as many wait in the transmit ring */
	uint32_t handed = opts->extra ? bty_hand_frames((nports + 1) * g->nqueues, w->vec) : 0;
	uint32_t frames = nports * port_frames(w) + max_pools * 2 * TX_RING + queue_capacity(g, BTY_BACKEND_WORKER) +
			  w->nframes + handed;

	w->pool = calloc(max_pools, sizeof(*w->pool));
	w->lane = calloc(nports * g->nqueues + 1, sizeof(*w->lane));
	if (!w->pool || !w->lane)
		return bty_fail(err, -ENOMEM, "out of memory");
	for (i = 0; i < BTY_MAX_DEVICES; i++)
		w->pool_of_dev[i] = -1;
	if (w->dp->plain)
		return bty_umem_alloc(&w->umem, queue_capacity(g, BTY_BACKEND_WORKER) + w->nframes + w->vec + handed,
				      PLAIN_FRAME, 1, err);
	ret = bty_umem_create(&w->umem, frames, frame_size(w->dp), all_copy(w->dp, opts->generic), err);
	for (i = 0; !ret && i < w->dp->nports; i++)
		if (w->dp->port[i].worker == w->id)
			ret = pool_open(w, w->dp->port[i].dev, w->dp->port[i].rxq, i, opts, err);
	for (i = 0; !ret && i < g->ndev; i++)
		if (w->pool_of_dev[i] < 0 && transmits_to(g, i))
			ret = pool_open(w, i, w->id, -1, opts, err);
	return ret;
}

void bty_worker_sockets_close(struct bty_wk *w)
{
	int i;

	for (i = 0; i < w->nlanes; i++) {
		bty_rxring_close(&w->lane[i].ring);
		free(w->lane[i].wait);
	}
	for (i = w->npools - 1; i >= 0; i--)
		bty_pool_close(&w->pool[i]);
	if (w->umem.area)
		bty_umem_destroy(&w->umem);
	free(w->lane);
	free(w->pool);
}
