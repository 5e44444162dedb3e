// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Receive backend over AF_XDP, called by the sink: sees frames before the stack does, also where the stack would drop
 * them. Its program (bpf/gensink.bpf.c) stamps arrivals with CLOCK_MONOTONIC, the sender's clock, so frames may wait to
 * be read: after a wake-up the reader sleeps a little and takes what has gathered at once.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/socket.h>

#include <maps/gensink.h>

#include "../load/blobs.h"
#include "clock.h"
#include "rx.h"
#include "xsk.h"

#define CHUNKS	   32768 /* of all queues, 64 MiB: a sink that does not run for 0.6 s at 50 kpps drops nothing */
#define CHUNKS_MIN 4096	 /* of one */
#define CHUNK_SIZE 2048
#define MTU_MAX	   1750 /* with Ethernet, tags and XDP's headroom of 256 bytes, what a chunk holds */
#define GATHER_NS  4000000
#define BLOCK	   256 /* frames per queue and receive() */

struct gen_rx {
	struct bpf_object *obj;
	struct bpf_link *link;
	uint32_t ifindex;
	unsigned int n_queues; /* open */
	uint32_t chunks;       /* of each */
	struct gen_xsk queue[BTY_GEN_QUEUES];
	struct gen_rx_stats st;
};

static void xdp_close(struct gen_rx *rx)
{
	unsigned int i;

	bpf_link__destroy(rx->link);
	for (i = 0; i < rx->n_queues; i++)
		gen_xsk_close(&rx->queue[i]);
	bpf_object__close(rx->obj);
	free(rx);
}

static int load(struct gen_rx *rx, struct bty_err *err)
{
	const struct bty_blob *b = bty_blobs;
	int ret;

	while (b->name && strcmp(b->name, "gensink"))
		b++;
	if (!b->name)
		return bty_fail(err, -ENOENT, "gensink: not in this build; rebuild, or use --backend packet");
	rx->obj = bpf_object__open_mem(b->start, b->end - b->start, NULL);
	if (!rx->obj)
		return bty_fail(err, -errno, "gensink: cannot open: %s; use --backend packet", strerror(errno));
	ret = bpf_object__load(rx->obj);
	if (ret)
		return bty_fail(err, ret, "gensink: cannot load: %s; run as root, or use --backend packet",
				strerror(-ret));
	return 0;
}

static int open_queue(struct gen_rx *rx, const struct bty_netdev *dev, unsigned int q, struct bty_err *err)
{
	int map = bpf_object__find_map_fd_by_name(rx->obj, "bty_gen_xsks"), fd, ret;
	struct gen_xsk *x = &rx->queue[q];
	uint32_t idx, i;

	ret = gen_xsk_open(x, dev, q, GEN_XSK_RX, rx->chunks, CHUNK_SIZE, err);
	if (ret)
		return ret;
	rx->n_queues++;
	if (xsk_ring_prod__reserve(&x->fill, rx->chunks, &idx) != rx->chunks)
		return bty_fail(err, -EIO, "%s: fill ring of queue %u is short; use --backend packet", dev->name, q);
	for (i = 0; i < rx->chunks; i++)
		*xsk_ring_prod__fill_addr(&x->fill, idx + i) = (uint64_t)i * CHUNK_SIZE;
	xsk_ring_prod__submit(&x->fill, rx->chunks);
	fd = xsk_socket__fd(x->xsk);
	if (bpf_map_update_elem(map, &q, &fd, BPF_ANY))
		return bty_fail(err, -errno, "%s: cannot add queue %u to the XSKMAP: %s; use --backend packet",
				dev->name, q, strerror(errno));
	return 0;
}

static int attach(struct gen_rx *rx, const struct bty_netdev *dev, struct bty_err *err)
{
	rx->link = bpf_program__attach_xdp(bpf_object__find_program_by_name(rx->obj, "bty_gen_sink"), dev->ifindex);
	if (rx->link)
		return 0;
	if (errno == EBUSY || errno == EEXIST)
		return bty_fail(err, -errno, "%s: another XDP program is attached (`ip link`); use --backend packet",
				dev->name);
	return bty_fail(err, -errno, "%s: cannot attach an XDP program: %s; use --backend packet", dev->name,
			strerror(errno));
}

static int xdp_open(struct gen_rx **out, const struct bty_netdev *dev, struct bty_err *err)
{
	struct gen_rx *rx;
	unsigned int q;
	int ret;

	if (dev->nrxq > BTY_GEN_QUEUES)
		return bty_fail(err, -E2BIG, "%s: %u receive queues, and --backend xdp reads %u; use --backend packet",
				dev->name, dev->nrxq, BTY_GEN_QUEUES);
	if (dev->mtu > MTU_MAX)
		return bty_fail(err, -EMSGSIZE, "%s: MTU %u, and --backend xdp takes up to %u; use --backend packet",
				dev->name, dev->mtu, MTU_MAX);
	rx = calloc(1, sizeof(*rx));
	if (!rx)
		return bty_fail(err, -ENOMEM, "AF_XDP sockets: out of memory; free some");
	rx->ifindex = dev->ifindex;
	rx->chunks = CHUNKS;
	while (rx->chunks > CHUNKS_MIN && rx->chunks * dev->nrxq > CHUNKS)
		rx->chunks /= 2;
	ret = load(rx, err);
	for (q = 0; q < dev->nrxq && !ret; q++)
		ret = open_queue(rx, dev, q, err);
	/* last: from here on frames are taken from the stack */
	if (!ret)
		ret = attach(rx, dev, err);
	if (ret) {
		xdp_close(rx);
		return ret;
	}
	*out = rx;
	return 0;
}

static int xdp_wait(struct gen_rx *rx, uint64_t timeout_ns)
{
	struct timespec ts = { .tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000 };
	struct pollfd pfd[BTY_GEN_QUEUES];
	char name[16];
	unsigned int i;
	int ret;

	for (i = 0; i < rx->n_queues; i++)
		pfd[i] = (struct pollfd){ .fd = xsk_socket__fd(rx->queue[i].xsk), .events = POLLIN };
	ret = ppoll(pfd, rx->n_queues, &ts, NULL);
	rx->st.wakeups++;
	if (ret < 0)
		return errno == EINTR ? 0 : -errno;
	if (ret && pfd[0].revents & (POLLERR | POLLHUP | POLLNVAL) && bty_netdev_name(rx->ifindex, name))
		return -ENODEV;
	if (ret)
		gen_sleep_until(gen_now() + (timeout_ns < GATHER_NS ? timeout_ns : GATHER_NS));
	return 0;
}

/* Frames of one queue, which then go back to the kernel. *stop: fn wants no more. */
static unsigned int receive_queue(struct gen_xsk *x, gen_rx_fn *fn, void *ctx, int *stop)
{
	uint32_t rxi, fi, i, n = xsk_ring_cons__peek(&x->rx, BLOCK, &rxi);
	const struct xdp_desc *d;
	struct bty_gen_stamp stamp;
	const uint8_t *data;

	/* as many as were taken fit: all chunks fit the ring */
	if (!n || xsk_ring_prod__reserve(&x->fill, n, &fi) != n) {
		xsk_ring_cons__cancel(&x->rx, n);
		return 0;
	}
	for (i = 0; i < n; i++) {
		d = xsk_ring_cons__rx_desc(&x->rx, rxi + i);
		data = x->area + d->addr;
		memcpy(&stamp, data - sizeof(stamp), sizeof(stamp));
		if (!*stop)
			*stop = fn(ctx, data, d->len, stamp.arrival_ns);
		*xsk_ring_prod__fill_addr(&x->fill, fi + i) = d->addr & ~(uint64_t)(CHUNK_SIZE - 1);
	}
	xsk_ring_cons__release(&x->rx, n);
	xsk_ring_prod__submit(&x->fill, n);
	return n;
}

static int xdp_receive(struct gen_rx *rx, gen_rx_fn *fn, void *ctx)
{
	unsigned int q, n = 0;
	int stop = 0;

	for (q = 0; q < rx->n_queues && !stop; q++)
		n += receive_queue(&rx->queue[q], fn, ctx, &stop);
	return n;
}

static void xdp_stats(struct gen_rx *rx, struct gen_rx_stats *st)
{
	struct xdp_statistics xst;
	socklen_t len;
	unsigned int q;

	rx->st.drops = 0;
	for (q = 0; q < rx->n_queues; q++) {
		len = sizeof(xst);
		/* no chunk was free, or the receive ring was full */
		if (!getsockopt(xsk_socket__fd(rx->queue[q].xsk), SOL_XDP, XDP_STATISTICS, &xst, &len))
			rx->st.drops += xst.rx_dropped + xst.rx_ring_full;
	}
	*st = rx->st;
}

const struct gen_rx_ops gen_rx_xdp = {
	.name = "xdp",
	.open = xdp_open,
	.wait = xdp_wait,
	.receive = xdp_receive,
	.stats = xdp_stats,
	.close = xdp_close,
};
