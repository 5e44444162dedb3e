// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Transmit backend over AF_XDP: the kernel copies (veth) or maps (zero-copy drivers) frames straight to the device,
 * around tc and the queueing discipline. Transmit only, so no XDP program is loaded. Called by the sender.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tx.h"
#include "xsk.h"

#define CHUNKS	   2048
#define CHUNK_SIZE 4096
/* A call moves up to 32 descriptors, or one when the device drops it: enough for a batch, then others get a turn. */
#define KICKS_MAX (2 * GEN_BATCH)
/*
 * Calls in a row that move nothing: out of completion slots or socket buffer, so the sender decides how long to wait. Not
 * the first, because kernels before 6.17 move the consumer only when they look for more.
 */
#define STUCK_MAX 3

_Static_assert(GEN_FRAME_MAX <= CHUNK_SIZE, "a frame fits a chunk");

struct gen_tx {
	struct gen_xsk x;
	uint32_t len;
	uint32_t n_free;
	uint64_t free[CHUNKS]; /* a stack of chunk addresses: completions may come in any order */
	uint64_t submitted, refused, calls;
};

static void xdp_close(struct gen_tx *tx)
{
	gen_xsk_close(&tx->x);
	free(tx);
}

static int xdp_open(struct gen_tx **out, const struct gen_tx_conf *conf, struct bty_err *err)
{
	struct gen_tx *tx = calloc(1, sizeof(*tx));
	unsigned int i;
	int ret;

	if (!tx)
		return bty_fail(err, -ENOMEM, "AF_XDP socket: out of memory; free some");
	ret = gen_xsk_open(&tx->x, conf->iface, conf->queue, GEN_XSK_TX, CHUNKS, CHUNK_SIZE, err);
	if (ret) {
		free(tx);
		return ret;
	}
	tx->len = conf->frame->len;
	for (i = 0; i < CHUNKS; i++) {
		tx->free[i] = (uint64_t)(CHUNKS - 1 - i) * CHUNK_SIZE;
		memcpy(tx->x.area + i * CHUNK_SIZE, conf->frame->bytes, conf->frame->len);
	}
	tx->n_free = CHUNKS;
	*out = tx;
	return 0;
}

/* Descriptors the kernel has not looked at. */
static unsigned int pending(const struct gen_tx *tx)
{
	return (uint32_t)tx->submitted - __atomic_load_n(tx->x.tx.consumer, __ATOMIC_ACQUIRE);
}

static void reap(struct gen_tx *tx)
{
	uint32_t idx, i, n = xsk_ring_cons__peek(&tx->x.comp, CHUNKS, &idx);

	for (i = 0; i < n; i++)
		tx->free[tx->n_free++] = *xsk_ring_cons__comp_addr(&tx->x.comp, idx + i);
	xsk_ring_cons__release(&tx->x.comp, n);
}

static int xdp_flush(struct gen_tx *tx)
{
	unsigned int i, before, stuck = 0;

	for (i = 0; i < KICKS_MAX && stuck < STUCK_MAX && pending(tx); i++) {
		if (!xsk_ring_prod__needs_wakeup(&tx->x.tx))
			break;
		before = pending(tx);
		tx->calls++;
		if (sendto(xsk_socket__fd(tx->x.xsk), NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
			continue;
		/* the device dropped one frame and the kernel stopped there; it may not have moved the consumer yet */
		if (errno == EBUSY)
			tx->refused++;
		else if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR)
			return -errno;
		else if (pending(tx) == before)
			stuck++;
	}
	return pending(tx);
}

static unsigned int xdp_reserve(struct gen_tx *tx, uint8_t **buf, unsigned int n)
{
	uint32_t room, i;

	reap(tx);
	room = xsk_prod_nb_free(&tx->x.tx, n);
	if (n > room)
		n = room;
	if (n > tx->n_free)
		n = tx->n_free;
	for (i = 0; i < n; i++)
		buf[i] = tx->x.area + tx->free[tx->n_free - 1 - i];
	return n;
}

static int xdp_submit(struct gen_tx *tx, unsigned int n)
{
	uint32_t idx, i;
	int ret;

	if (xsk_ring_prod__reserve(&tx->x.tx, n, &idx) != n)
		return 0;
	for (i = 0; i < n; i++)
		*xsk_ring_prod__tx_desc(&tx->x.tx, idx + i) =
			(struct xdp_desc){ .addr = tx->free[--tx->n_free], .len = tx->len };
	xsk_ring_prod__submit(&tx->x.tx, n);
	tx->submitted += n;
	ret = xdp_flush(tx);
	return ret < 0 ? ret : (int)n;
}

static void xdp_stats(const struct gen_tx *tx, struct gen_tx_stats *st)
{
	st->pending = pending(tx);
	st->refused = tx->refused;
	/* a frame just refused may be among the pending */
	st->accepted = tx->submitted - st->pending > st->refused ? tx->submitted - st->pending - st->refused : 0;
	st->calls = tx->calls;
}

const struct gen_tx_ops gen_tx_xdp = {
	.name = "xdp",
	.open = xdp_open,
	.reserve = xdp_reserve,
	.submit = xdp_submit,
	.flush = xdp_flush,
	.stats = xdp_stats,
	.close = xdp_close,
};
