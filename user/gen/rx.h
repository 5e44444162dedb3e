/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the sink receives: one struct of functions per backend. Each object belongs to one thread. */
#ifndef USER_GEN_RX_H
#define USER_GEN_RX_H

#include <stddef.h>
#include <stdint.h>

#include "../lib/err.h"
#include "iface.h"

struct gen_rx_stats {
	uint64_t drops;	      /* frames that arrived and found no room in the sink's own ring */
	uint64_t clock_steps; /* times CLOCK_REALTIME was set during the run */
	uint64_t wakeups;
};

/* A frame without FCS and its arrival on CLOCK_MONOTONIC. Returns 0 to go on, 1 to stop. */
typedef int gen_rx_fn(void *ctx, const uint8_t *data, size_t len, uint64_t arrival_ns);

struct gen_rx;

struct gen_rx_ops {
	const char *name;
	int (*open)(struct gen_rx **rx, const struct bty_netdev *iface, struct bty_err *err);
	/* Sleeps until frames are there, a signal or timeout_ns (at least 0). Returns 0, or -errno when the device is
	 * gone. */
	int (*wait)(struct gen_rx *rx, uint64_t timeout_ns);
	/* Hands some of what has arrived to fn; returns how many frames, 0 when there is nothing. */
	int (*receive)(struct gen_rx *rx, gen_rx_fn *fn, void *ctx);
	void (*stats)(struct gen_rx *rx, struct gen_rx_stats *st);
	void (*close)(struct gen_rx *rx);
};

extern const struct gen_rx_ops gen_rx_packet;
extern const struct gen_rx_ops gen_rx_xdp;

#endif
