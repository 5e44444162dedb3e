// SPDX-License-Identifier: GPL-2.0-or-later
/* What a worker does with AF_XDP rings for each batch: take, refill, transmit, reap; called by worker.c and exec.c. */
#include <errno.h>
#include <sys/socket.h>

#include "xsk.h"

#define RETRY_MIN_NS 100000ULL
#define RETRY_MAX_NS 100000000ULL
#define KICKS_MAX    64 /* the kernel sends at most 32 descriptors a call in copy mode */

uint32_t bty_rxring_take(struct bty_rxring *r, const struct bty_umem *u, struct bty_batch *b, uint32_t max)
{
	const struct xdp_desc *d;
	uint32_t idx, i, n = xsk_ring_cons__peek(&r->rx, max, &idx);
	uint8_t *data;

	for (i = 0; i < n; i++) {
		d = xsk_ring_cons__rx_desc(&r->rx, idx + i);
		data = u->area + xsk_umem__add_offset_to_addr(d->addr);
		bty_frame_place(u, &b->pkt[i], bty_frame_of(u, d->addr), data, d->len);
	}
	b->n = n;
	if (n)
		xsk_ring_cons__release(&r->rx, n);
	return n;
}

void bty_pool_refill(struct bty_pool *p, struct bty_umem *u)
{
	uint32_t idx, i, n, filled;

	if (!p->fill_max)
		return;
	filled = p->fill.size - xsk_prod_nb_free(&p->fill, p->fill.size);
	if (filled >= p->fill_max)
		return;
	n = p->fill_max - filled;
	if (n > u->nfree)
		n = u->nfree;
	if (!n || xsk_ring_prod__reserve(&p->fill, n, &idx) != n)
		return;
	for (i = 0; i < n; i++)
		*xsk_ring_prod__fill_addr(&p->fill, idx + i) = u->free[--u->nfree];
	xsk_ring_prod__submit(&p->fill, n);
	if (p->zero_copy && xsk_ring_prod__needs_wakeup(&p->fill))
		recvfrom(p->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

void bty_pool_reap(struct bty_pool *p, struct bty_umem *u)
{
	uint32_t idx, i, n = xsk_ring_cons__peek(&p->comp, p->comp.size, &idx);

	for (i = 0; i < n; i++)
		bty_frame_free(u, bty_frame_of(u, *xsk_ring_cons__comp_addr(&p->comp, idx + i)));
	if (n)
		xsk_ring_cons__release(&p->comp, n);
}

static uint64_t address(const struct bty_umem *u, const struct bty_pkt *pkt)
{
	uint64_t at = pkt->data - u->area;

	return u->spread ? pkt->frame | (at - pkt->frame) << XSK_UNALIGNED_BUF_OFFSET_SHIFT : at;
}

uint32_t bty_pool_tx(struct bty_pool *p, const struct bty_umem *u, const struct bty_batch *b, uint32_t from)
{
	uint32_t want = b->n - from, n = xsk_prod_nb_free(&p->tx, want), idx, i;
	struct xdp_desc *d;

	if (p->gone)
		return 0;
	if (n > want)
		n = want;
	if (!n || xsk_ring_prod__reserve(&p->tx, n, &idx) != n)
		return 0;
	for (i = 0; i < n; i++) {
		d = xsk_ring_prod__tx_desc(&p->tx, idx + i);
		d->addr = address(u, &b->pkt[from + i]);
		d->len = bty_len(&b->pkt[from + i]);
		d->options = 0;
	}
	xsk_ring_prod__submit(&p->tx, n);
	p->kick = 1;
	return n;
}

uint32_t bty_pool_unsent(const struct bty_pool *p)
{
	return __atomic_load_n(p->tx.producer, __ATOMIC_RELAXED) - __atomic_load_n(p->tx.consumer, __ATOMIC_ACQUIRE);
}

uint32_t bty_pool_kick(struct bty_pool *p, struct bty_umem *u, uint64_t now_ns)
{
	uint32_t dropped = 0;
	int i;

	if (!p->kick)
		return 0;
	for (i = 0; i < KICKS_MAX && bty_pool_unsent(p) && xsk_ring_prod__needs_wakeup(&p->tx); i++) {
		if (sendto(p->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0 || errno == EAGAIN)
			continue;
		/* the call ends at the first packet that the device drops (NET_XMIT_DROP) */
		if (errno == EBUSY) {
			dropped++;
			continue;
		}
		/* the device is gone, and with it what it has not sent */
		if (errno == ENXIO) {
			p->gone = 1;
			p->kick = 0;
			return dropped + bty_pool_unsent(p);
		}
		/* it is down, or out of buffers: what stays in the ring is sent with the next batch */
		if (errno != ENOBUFS)
			break;
		bty_pool_reap(p, u);
	}
	p->kick = bty_pool_unsent(p) != 0;
	/* a device that is down may stay so: look again less and less often, but with every new batch */
	p->backoff_ns = !p->kick ? RETRY_MIN_NS : p->backoff_ns < RETRY_MAX_NS ? p->backoff_ns * 2 : RETRY_MAX_NS;
	p->retry_ns = now_ns + p->backoff_ns;
	bty_pool_reap(p, u);
	return dropped;
}
