/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AF_XDP sockets of one worker. All share one UMEM; a pool is one receive queue of one device with its fill and completion
 * rings and a transmit ring; each queue element has a receive ring of its own on it. Set up on the main thread, used by
 * the worker alone afterwards. The rings are libxdp's; binding is done here because libxdp binds every shared socket to
 * the UMEM's first socket, which the kernel refuses for a second ring on another device.
 */
#ifndef USER_RUN_XSK_H
#define USER_RUN_XSK_H

#include <stdint.h>
#include <xdp/xsk.h>
#include <batchy/class.h>
#include <batchy/resize.h>
#include "../lib/err.h"

struct bty_umem {
	uint8_t *area;
	size_t size;
	uint32_t frame_size;
	int spread; /* frames do not begin at multiples of frame_size, and the kernel's addresses carry the offset apart */
	uint32_t nframes;
	uint32_t nfree;
	uint64_t *free; /* stack of frame addresses */
	int fd;		/* the socket that registered it: the first pool's; every other pool is bound to it */
	int bound;	/* the first pool took fd */
};

struct bty_mapping {
	void *addr;
	size_t len;
};

struct bty_pool {
	int fd;
	int dev; /* index in the graph's devices */
	uint32_t qid;
	int zero_copy;
	int shares_fd;	   /* fd is the UMEM's, closed with it */
	uint32_t fill_max; /* frames the fill ring is given at most; 0: the pool does not receive */
	int node;	   /* the ToDevice that sends through it; -1: none yet */
	int kick;	   /* descriptors wait to be sent */
	int gone;	   /* the device was removed: nothing can be sent any more */
	uint64_t retry_ns; /* when to try again what the device refused; doubles up to RETRY_MAX_NS */
	uint64_t backoff_ns;
	struct xsk_ring_prod fill, tx;
	struct xsk_ring_cons comp;
	struct bty_mapping map[3];
};

struct bty_rxring {
	int fd;
	struct xsk_ring_cons rx;
	struct bty_mapping map;
};

/*
 * frames frames of frame_size bytes (2048 or 4096). spread: a cache line more between them, so that their headers do not
 * all fall into the same sets of the cache, and the kernel takes the buffer it used last; zero copy cannot do that without
 * huge pages. Returns 0 or -errno with err set (-ENOMEM, -ENOBUFS: locked memory).
 */
int bty_umem_create(struct bty_umem *u, uint32_t frames, uint32_t frame_size, int spread, struct bty_err *err);
void bty_umem_destroy(struct bty_umem *u);

/* The memory alone, unknown to the kernel. */
int bty_umem_alloc(struct bty_umem *u, uint32_t frames, uint32_t frame_size, int spread, struct bty_err *err);

struct bty_pool_opts {
	const char *ifname;
	uint32_t ifindex;
	uint32_t qid;
	uint32_t fill_size, tx_size; /* powers of two */
	int copy_only;		     /* XDP runs in generic mode: zero copy is out of the question */
};

/* Opens the pool's own socket (transmit ring only) and binds it. */
int bty_pool_open(struct bty_pool *p, struct bty_umem *u, const struct bty_pool_opts *o, struct bty_err *err);
void bty_pool_close(struct bty_pool *p);

/* Opens one more socket on the pool, with a receive ring of size descriptors. */
int bty_rxring_open(struct bty_rxring *r, const struct bty_pool *p, const struct bty_pool_opts *o, uint32_t size,
		    struct bty_err *err);
void bty_rxring_close(struct bty_rxring *r);

/* Packets the kernel could not put into this ring so far (no frame, no slot). */
uint64_t bty_rxring_lost(const struct bty_rxring *r);

/* Gives free frames to the kernel. */
void bty_pool_refill(struct bty_pool *p, struct bty_umem *u);

/* Takes back transmitted frames. */
void bty_pool_reap(struct bty_pool *p, struct bty_umem *u);

/* Queues b->pkt[from..n-1] for transmission; returns how many fitted. */
uint32_t bty_pool_tx(struct bty_pool *p, const struct bty_umem *u, const struct bty_batch *b, uint32_t from);

/*
 * Makes the kernel send what is queued; bounded. What cannot be sent now stays, to be tried again at retry_ns. Returns how many
 * packets the device dropped.
 */
uint32_t bty_pool_kick(struct bty_pool *p, struct bty_umem *u, uint64_t now_ns);

/* Packets queued for transmission that the kernel has not taken. */
uint32_t bty_pool_unsent(const struct bty_pool *p);

/* Up to max packets from the ring into b (b->n is set). */
uint32_t bty_rxring_take(struct bty_rxring *r, const struct bty_umem *u, struct bty_batch *b, uint32_t max);

/* The frame that an address in a descriptor lies in. */
static inline uint64_t bty_frame_of(const struct bty_umem *u, uint64_t addr)
{
	return u->spread ? xsk_umem__extract_addr(addr) : addr & ~(uint64_t)(u->frame_size - 1);
}

/* A packet of len bytes at data in frame, with its metadata before it: *p, and the room around it. */
static inline void bty_frame_place(const struct bty_umem *u, struct bty_pkt *p, uint64_t frame, uint8_t *data,
				   uint32_t len)
{
	const uint32_t front = data - (u->area + frame);

	p->data = data;
	p->data_end = data + len;
	p->meta = (struct bty_meta *)data - 1;
	p->frame = frame;
	p->headroom = front - sizeof(struct bty_meta);
	p->tailroom = u->frame_size - front - len;
}

/* What its packet was cut off by is the next one's. */
static inline void bty_frame_free(struct bty_umem *u, uint64_t frame)
{
	bty_frame_open(u->area + frame, u->frame_size);
	u->free[u->nfree++] = frame;
}

#endif
