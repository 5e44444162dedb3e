/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One receiving thread: moves frames from a backend to the account until it is time to stop. */
#ifndef USER_GEN_SINK_H
#define USER_GEN_SINK_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "../lib/err.h"
#include "account.h"
#include "iface.h"
#include "rx.h"

struct gen_sink_conf {
	const struct gen_rx_ops *ops;
	const struct bty_netdev *iface;
	uint64_t count;	      /* intact frames; 0: no limit */
	uint64_t duration_ns; /* 0: no limit */
	uint64_t idle_ns;     /* without a frame, once there was one; 0: no limit */
	const volatile sig_atomic_t *stop;
	void (*listening)(void *ctx); /* called once, when no frame can be missed any more; may be NULL */
	void *ctx;
};

/* Fills a (initialised by the caller) and st. Returns 0 when it ran, -errno when it could not. */
int gen_sink(const struct gen_sink_conf *conf, struct gen_account *a, struct gen_rx_stats *st, struct bty_err *err);

#endif
