/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How frames leave: one struct of functions per backend. A sender asks for buffers, stamps them and submits; it never
 * blocks in a backend. Each object belongs to one thread.
 */
#ifndef USER_GEN_TX_H
#define USER_GEN_TX_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/err.h"
#include "frame.h"
#include "iface.h"

#define GEN_BATCH 32 /* frames per submit: what one sendto() of a copy-mode AF_XDP socket takes */

struct gen_tx_conf {
	const struct bty_netdev *iface;
	const struct gen_frame *frame; /* copied into every buffer at open */
	uint32_t queue;		       /* xdp: transmit queue */
	bool qdisc;		       /* packet: go through tc and the queueing discipline instead of around them */
};

struct gen_tx_stats {
	uint64_t accepted; /* frames the device took */
	uint64_t refused;  /* frames the device dropped when asked to take them */
	uint64_t pending;  /* frames submitted that are neither yet */
	uint64_t calls;	   /* system calls made to transmit */
};

struct gen_tx;

struct gen_tx_ops {
	const char *name;
	int (*open)(struct gen_tx **tx, const struct gen_tx_conf *conf, struct bty_err *err);
	/* Points buf[] at buffers for up to n (1..GEN_BATCH) frames; returns how many, 0 when all are in use. */
	unsigned int (*reserve)(struct gen_tx *tx, uint8_t **buf, unsigned int n);
	/*
	 * Sends the first n of the buffers reserved last. Returns how many were taken, the rest must be reserved again,
	 * or -errno when the device is gone or down.
	 */
	int (*submit)(struct gen_tx *tx, unsigned int n);
	/* Pushes what is pending once more; returns how much still is, or -errno. */
	int (*flush)(struct gen_tx *tx);
	void (*stats)(const struct gen_tx *tx, struct gen_tx_stats *st);
	void (*close)(struct gen_tx *tx);
};

extern const struct gen_tx_ops gen_tx_xdp;
extern const struct gen_tx_ops gen_tx_packet;

#endif
