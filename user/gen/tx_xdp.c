// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Transmit backend over AF_XDP: the kernel copies (veth) or maps (zero-copy drivers) frames straight to the device,
 * around tc and the queueing discipline. Transmit only, so no XDP program is loaded. Called by the sender.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <xdp/xsk.h>

#include "clock.h"
#include "tx.h"

#define CHUNKS	     2048
#define CHUNK_SIZE   4096
#define BUSY_TRIES   50
#define BUSY_WAIT_NS 20000000
/* A call moves up to 32 descriptors, or one when the device drops it: enough for a batch, then others get a turn. */
#define KICKS_MAX (2 * GEN_BATCH)

_Static_assert(GEN_FRAME_MAX <= CHUNK_SIZE, "a frame fits a chunk");

struct gen_tx {
	struct xsk_socket *xsk;
	struct xsk_umem *umem;
	struct xsk_ring_prod tx, fill;
	struct xsk_ring_cons comp;
	uint8_t *area;
	uint32_t len;
	uint32_t n_free;
	uint64_t free[CHUNKS]; /* a stack of chunk addresses: completions may come in any order */
	uint64_t submitted, refused, calls;
};

static void xdp_close(struct gen_tx *tx)
{
	if (tx->xsk)
		xsk_socket__delete(tx->xsk);
	if (tx->umem)
		xsk_umem__delete(tx->umem);
	if (tx->area)
		munmap(tx->area, CHUNKS * CHUNK_SIZE);
	free(tx);
}

static const char *bind_advice(int code)
{
	switch (code) {
	case -EBUSY:
		return "another AF_XDP socket holds this queue: choose another --queue, or --backend packet";
	case -EINVAL:
		return "is there such a --queue (`ethtool -l`)? --backend packet needs none";
	case -EPERM:
		return "run as root or with CAP_NET_RAW, or use --backend packet";
	default:
		return "use --backend packet";
	}
}

static int bind_socket(struct gen_tx *tx, const struct gen_tx_conf *conf, struct bty_err *err)
{
	const struct xsk_umem_config ucfg = { .fill_size = 64, .comp_size = CHUNKS, .frame_size = CHUNK_SIZE };
	const struct xsk_socket_config scfg = {
		.tx_size = CHUNKS,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
		.bind_flags = XDP_USE_NEED_WAKEUP,
	};
	int ret;

	ret = xsk_umem__create(&tx->umem, tx->area, CHUNKS * CHUNK_SIZE, &tx->fill, &tx->comp, &ucfg);
	if (ret) {
		tx->umem = NULL;
		return bty_fail(err, ret, "cannot register frame memory: %s; %s", strerror(-ret), bind_advice(ret));
	}
	ret = xsk_socket__create(&tx->xsk, conf->iface->name, conf->queue, tx->umem, NULL, &tx->tx, &scfg);
	if (ret) {
		tx->xsk = NULL;
		xsk_umem__delete(tx->umem);
		tx->umem = NULL;
		return bty_fail(err, ret, "%s: cannot bind an AF_XDP socket to queue %u: %s; %s", conf->iface->name,
				conf->queue, strerror(-ret), bind_advice(ret));
	}
	return 0;
}

static int create(struct gen_tx *tx, const struct gen_tx_conf *conf, struct bty_err *err)
{
	int ret, i;

	tx->area = mmap(NULL, CHUNKS * CHUNK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
			-1, 0);
	if (tx->area == MAP_FAILED) {
		tx->area = NULL;
		return bty_fail(err, -errno, "frame memory: %s; free some", strerror(errno));
	}
	ret = bind_socket(tx, conf, err);
	/* the kernel gives the queue of a closed socket back a little later, from a work queue */
	for (i = 0; i < BUSY_TRIES && ret == -EBUSY; i++) {
		gen_sleep_until(gen_now() + BUSY_WAIT_NS);
		ret = bind_socket(tx, conf, err);
	}
	return ret;
}

static int xdp_open(struct gen_tx **out, const struct gen_tx_conf *conf, struct bty_err *err)
{
	struct gen_tx *tx = calloc(1, sizeof(*tx));
	unsigned int i;
	int ret;

	if (!tx)
		return bty_fail(err, -ENOMEM, "AF_XDP socket: out of memory; free some");
	ret = create(tx, conf, err);
	if (ret) {
		xdp_close(tx);
		return ret;
	}
	tx->len = conf->frame->len;
	for (i = 0; i < CHUNKS; i++) {
		tx->free[i] = (uint64_t)(CHUNKS - 1 - i) * CHUNK_SIZE;
		memcpy(tx->area + i * CHUNK_SIZE, conf->frame->bytes, conf->frame->len);
	}
	tx->n_free = CHUNKS;
	*out = tx;
	return 0;
}

/* Descriptors the kernel has not looked at. */
static unsigned int pending(const struct gen_tx *tx)
{
	return (uint32_t)tx->submitted - __atomic_load_n(tx->tx.consumer, __ATOMIC_ACQUIRE);
}

static void reap(struct gen_tx *tx)
{
	uint32_t idx, i, n = xsk_ring_cons__peek(&tx->comp, CHUNKS, &idx);

	for (i = 0; i < n; i++)
		tx->free[tx->n_free++] = *xsk_ring_cons__comp_addr(&tx->comp, idx + i);
	xsk_ring_cons__release(&tx->comp, n);
}

static int xdp_flush(struct gen_tx *tx)
{
	unsigned int i, before;

	for (i = 0; i < KICKS_MAX && pending(tx); i++) {
		if (!xsk_ring_prod__needs_wakeup(&tx->tx))
			break;
		before = pending(tx);
		tx->calls++;
		if (sendto(xsk_socket__fd(tx->xsk), NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
			continue;
		/* EBUSY: the device dropped the descriptor the kernel just consumed, and the kernel stopped there */
		if (errno == EBUSY && pending(tx) < before)
			tx->refused++;
		else if (errno != EAGAIN && errno != EBUSY && errno != ENOBUFS && errno != EINTR)
			return -errno;
		/* no progress: out of completion slots or socket buffer; the sender decides how long to wait */
		if (pending(tx) == before)
			break;
	}
	return pending(tx);
}

static unsigned int xdp_reserve(struct gen_tx *tx, uint8_t **buf, unsigned int n)
{
	uint32_t room, i;

	reap(tx);
	room = xsk_prod_nb_free(&tx->tx, n);
	if (n > room)
		n = room;
	if (n > tx->n_free)
		n = tx->n_free;
	for (i = 0; i < n; i++)
		buf[i] = tx->area + tx->free[tx->n_free - 1 - i];
	return n;
}

static int xdp_submit(struct gen_tx *tx, unsigned int n)
{
	uint32_t idx, i;
	int ret;

	if (xsk_ring_prod__reserve(&tx->tx, n, &idx) != n)
		return 0;
	for (i = 0; i < n; i++)
		*xsk_ring_prod__tx_desc(&tx->tx, idx + i) =
			(struct xdp_desc){ .addr = tx->free[--tx->n_free], .len = tx->len };
	xsk_ring_prod__submit(&tx->tx, n);
	tx->submitted += n;
	ret = xdp_flush(tx);
	return ret < 0 ? ret : (int)n;
}

static void xdp_stats(const struct gen_tx *tx, struct gen_tx_stats *st)
{
	st->pending = pending(tx);
	st->refused = tx->refused;
	st->accepted = tx->submitted - st->pending - st->refused;
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
