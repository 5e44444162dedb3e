/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One AF_XDP socket with its own frame memory, for sending or for receiving. Used by both xdp backends. */
#ifndef USER_GEN_XSK_H
#define USER_GEN_XSK_H

#include <stdint.h>
#include <xdp/xsk.h>

#include "../lib/err.h"
#include "iface.h"

struct gen_xsk {
	struct xsk_socket *xsk;
	struct xsk_umem *umem;
	struct xsk_ring_prod tx, fill;
	struct xsk_ring_cons rx, comp;
	uint8_t *area;
	uint32_t chunks;
	uint32_t chunk_size;
};

enum gen_xsk_use { GEN_XSK_TX, GEN_XSK_RX };

/* chunks (a power of two) frames of chunk_size; rings as long. Returns 0 or -errno; then nothing is left open. */
int gen_xsk_open(struct gen_xsk *x, const struct bty_netdev *iface, uint32_t queue, enum gen_xsk_use use,
		 uint32_t chunks, uint32_t chunk_size, struct bty_err *err);
void gen_xsk_close(struct gen_xsk *x);

#endif
