// SPDX-License-Identifier: GPL-2.0-or-later
/* AF_XDP sockets and UMEM; called by run.c to set up and close. What runs per batch is in xsk_rings.c. */
#include <errno.h>
#include <linux/if_xdp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xsk.h"

#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9 /* Linux 6.18 */
#endif
#define CACHE_LINE    64
#define TX_BUDGET     256
#define BUSY_TRIES    50 /* a second in all */
#define BUSY_PAUSE_US 20000
#define TX_SNDBUF     (16 << 20) /* bytes of skbs in flight: the default of 208 KiB holds some 270 small packets */

int bty_umem_alloc(struct bty_umem *u, uint32_t frames, uint32_t frame_size, int spread, struct bty_err *err)
{
	uint32_t stride = spread ? frame_size + CACHE_LINE : frame_size, i;

	memset(u, 0, sizeof(*u));
	u->fd = -1;
	u->frame_size = frame_size;
	u->nframes = frames;
	u->spread = spread;
	u->size = (size_t)frames * stride;
	u->area = mmap(NULL, u->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (u->area == MAP_FAILED) {
		u->area = NULL;
		return bty_fail(err, -ENOMEM, "no %zu KiB of memory for packets; lower the CAPACITY of queues",
				u->size / 1024);
	}
	u->free = malloc(frames * sizeof(*u->free));
	if (!u->free) {
		bty_umem_destroy(u);
		return bty_fail(err, -ENOMEM, "out of memory");
	}
	for (i = 0; i < frames; i++)
		bty_frame_free(u, (uint64_t)(frames - 1 - i) * stride);
	return 0;
}

int bty_umem_create(struct bty_umem *u, uint32_t frames, uint32_t frame_size, int spread, struct bty_err *err)
{
	struct xdp_umem_reg reg = { 0 };
	int ret = bty_umem_alloc(u, frames, frame_size, spread, err);

	if (ret)
		return ret;
	u->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	reg.addr = (uintptr_t)u->area;
	reg.len = u->size;
	reg.chunk_size = frame_size;
	reg.flags = spread ? XDP_UMEM_UNALIGNED_CHUNK_FLAG : 0;
	if (u->fd < 0 || setsockopt(u->fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg))) {
		ret = -errno;
		bty_umem_destroy(u);
		if (ret == -ENOBUFS || ret == -ENOMEM)
			return bty_fail(
				err, ret,
				"AF_XDP memory: %u KiB may not be locked; raise it (ulimit -l) or grant CAP_IPC_LOCK",
				reg.len ? (unsigned int)(reg.len / 1024) : 0);
		if (ret == -EPERM)
			return bty_fail(err, ret, "AF_XDP socket: CAP_NET_RAW is missing; run as root");
		return bty_fail(err, ret, "AF_XDP socket: %s; `batchy-agent doctor` says what this kernel allows",
				strerror(-ret));
	}
	return 0;
}

void bty_umem_destroy(struct bty_umem *u)
{
	if (u->fd >= 0)
		close(u->fd);
	if (u->area)
		munmap(u->area, u->size);
	free(u->free);
	memset(u, 0, sizeof(*u));
	u->fd = -1;
}

static int get_offsets(int fd, struct xdp_mmap_offsets *off)
{
	socklen_t len = sizeof(*off);

	return getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, off, &len) ? -errno : 0;
}

static void *map_ring(int fd, uint64_t pgoff, const struct xdp_ring_offset *o, uint32_t size, uint32_t entry,
		      struct bty_mapping *m)
{
	m->len = o->desc + (size_t)size * entry;
	m->addr = mmap(NULL, m->len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, pgoff);
	if (m->addr == MAP_FAILED)
		m->addr = NULL;
	return m->addr;
}

static void unmap(struct bty_mapping *m)
{
	if (m->addr)
		munmap(m->addr, m->len);
	m->addr = NULL;
}

static uint8_t *make_ring(int fd, int opt, uint64_t pgoff, const struct xdp_ring_offset *o, uint32_t size,
			  uint32_t entry, struct bty_mapping *m)
{
	if (setsockopt(fd, SOL_XDP, opt, &size, sizeof(size)))
		return NULL;
	return map_ring(fd, pgoff, o, size, entry, m);
}

/* libxdp's two ring types have the same fields, and are two types all the same. */
#define INIT_RING(r, base, o, n)                                  \
	do {                                                      \
		(r)->mask = (n) - 1;                              \
		(r)->size = (n);                                  \
		(r)->producer = (void *)((base) + (o)->producer); \
		(r)->consumer = (void *)((base) + (o)->consumer); \
		(r)->flags = (void *)((base) + (o)->flags);       \
		(r)->ring = (base) + (o)->desc;                   \
		(r)->cached_prod = 0;                             \
		(r)->cached_cons = 0;                             \
	} while (0)

static int make_prod(int fd, int opt, uint64_t pgoff, const struct xdp_ring_offset *o, uint32_t size, uint32_t entry,
		     struct xsk_ring_prod *r, struct bty_mapping *m)
{
	uint8_t *base = make_ring(fd, opt, pgoff, o, size, entry, m);

	if (!base)
		return -errno;
	INIT_RING(r, base, o, size);
	r->cached_cons = size; /* a producer's is ahead by the size: all of it is free */
	return 0;
}

static int make_cons(int fd, int opt, uint64_t pgoff, const struct xdp_ring_offset *o, uint32_t size, uint32_t entry,
		     struct xsk_ring_cons *r, struct bty_mapping *m)
{
	uint8_t *base = make_ring(fd, opt, pgoff, o, size, entry, m);

	if (!base)
		return -errno;
	INIT_RING(r, base, o, size);
	return 0;
}

static int bind_socket(int fd, const struct bty_pool_opts *o, int shared_with)
{
	struct sockaddr_xdp a = { .sxdp_family = AF_XDP, .sxdp_ifindex = o->ifindex, .sxdp_queue_id = o->qid };

	if (shared_with >= 0) {
		a.sxdp_flags = XDP_SHARED_UMEM;
		a.sxdp_shared_umem_fd = shared_with;
	} else {
		a.sxdp_flags = XDP_USE_NEED_WAKEUP | (o->copy_only ? XDP_COPY : 0);
	}
	return bind(fd, (struct sockaddr *)&a, sizeof(a)) ? -errno : 0;
}

/* A queue stays taken for a moment after its last socket was closed: the kernel releases it from a work queue. */
static int bind_patiently(int fd, const struct bty_pool_opts *o, int shared_with)
{
	int i, ret = bind_socket(fd, o, shared_with);

	for (i = 0; ret == -EBUSY && i < BUSY_TRIES; i++) {
		usleep(BUSY_PAUSE_US);
		ret = bind_socket(fd, o, shared_with);
	}
	return ret;
}

static int fail_bind(const struct bty_pool_opts *o, int ret, struct bty_err *err)
{
	if (ret == -EBUSY)
		return bty_fail(err, ret,
				"%s: receive queue %u already has an AF_XDP socket; end the program that owns it",
				o->ifname, o->qid);
	return bty_fail(err, ret,
			"%s: AF_XDP on receive queue %u: %s; `batchy-agent doctor` says what this interface allows",
			o->ifname, o->qid, strerror(-ret));
}

static void read_mode(struct bty_pool *p)
{
	struct xdp_options opt = { 0 };
	socklen_t len = sizeof(opt);

	if (!getsockopt(p->fd, SOL_XDP, XDP_OPTIONS, &opt, &len))
		p->zero_copy = !!(opt.flags & XDP_OPTIONS_ZEROCOPY);
}

static int make_pool_rings(struct bty_pool *p, const struct bty_pool_opts *o)
{
	struct xdp_mmap_offsets off;
	int ret = get_offsets(p->fd, &off);

	if (!ret)
		ret = make_prod(p->fd, XDP_UMEM_FILL_RING, XDP_UMEM_PGOFF_FILL_RING, &off.fr, o->fill_size,
				sizeof(__u64), &p->fill, &p->map[0]);
	/* the kernel sends nothing whose completion would not fit: this bounds the frames a device can hold */
	if (!ret)
		ret = make_cons(p->fd, XDP_UMEM_COMPLETION_RING, XDP_UMEM_PGOFF_COMPLETION_RING, &off.cr, o->tx_size,
				sizeof(__u64), &p->comp, &p->map[1]);
	if (!ret)
		ret = make_prod(p->fd, XDP_TX_RING, XDP_PGOFF_TX_RING, &off.tx, o->tx_size, sizeof(struct xdp_desc),
				&p->tx, &p->map[2]);
	return ret;
}

int bty_pool_open(struct bty_pool *p, struct bty_umem *u, const struct bty_pool_opts *o, struct bty_err *err)
{
	int first = !u->bound, sndbuf = TX_SNDBUF, ret;
	__u32 budget = o->tx_size < TX_BUDGET ? o->tx_size : TX_BUDGET;

	p->shares_fd = first;
	p->fd = first ? u->fd : socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return bty_fail(err, -errno, "AF_XDP socket: %s", strerror(errno));
	p->qid = o->qid;
	setsockopt(p->fd, SOL_SOCKET, SO_SNDBUFFORCE, &sndbuf, sizeof(sndbuf));
	/* a kernel without it sends 32 descriptors a call, and is called more often */
	setsockopt(p->fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &budget, sizeof(budget));
	ret = make_pool_rings(p, o);
	if (!ret)
		ret = bind_patiently(p->fd, o, first ? -1 : u->fd);
	if (ret) {
		fail_bind(o, ret, err);
		bty_pool_close(p);
		return ret;
	}
	u->bound = 1;
	read_mode(p);
	return 0;
}

void bty_pool_close(struct bty_pool *p)
{
	int i;

	for (i = 0; i < 3; i++)
		unmap(&p->map[i]);
	if (p->fd >= 0 && !p->shares_fd)
		close(p->fd);
	p->fd = -1;
}

int bty_rxring_open(struct bty_rxring *r, const struct bty_pool *p, const struct bty_pool_opts *o, uint32_t size,
		    struct bty_err *err)
{
	struct xdp_mmap_offsets off;
	int ret;

	memset(r, 0, sizeof(*r));
	r->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (r->fd < 0)
		return bty_fail(err, -errno, "AF_XDP socket: %s", strerror(errno));
	ret = get_offsets(r->fd, &off);
	if (!ret)
		ret = make_cons(r->fd, XDP_RX_RING, XDP_PGOFF_RX_RING, &off.rx, size, sizeof(struct xdp_desc), &r->rx,
				&r->map);
	if (!ret)
		ret = bind_socket(r->fd, o, p->fd);
	if (ret) {
		fail_bind(o, ret, err);
		bty_rxring_close(r);
	}
	return ret;
}

void bty_rxring_close(struct bty_rxring *r)
{
	unmap(&r->map);
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

uint64_t bty_rxring_lost(const struct bty_rxring *r)
{
	struct xdp_statistics st = { 0 };
	socklen_t len = sizeof(st);

	if (getsockopt(r->fd, SOL_XDP, XDP_STATISTICS, &st, &len))
		return 0;
	return st.rx_dropped + st.rx_ring_full;
}
