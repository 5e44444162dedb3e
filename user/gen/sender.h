/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One sending thread: takes departure times from a schedule and frames to a backend, and tells how well it kept time.
 */
#ifndef USER_GEN_SENDER_H
#define USER_GEN_SENDER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "../lib/err.h"
#include "../lib/hist.h"
#include "frame.h"
#include "schedule.h"
#include "tx.h"

struct gen_send_conf {
	const struct gen_tx_ops *ops;
	struct gen_tx_conf tx;
	uint32_t flows;	      /* 1..GEN_FLOWS_MAX, taken in turn */
	bool max;	      /* no schedule: as fast as the device takes them */
	bool spin;	      /* spin the last microseconds before a departure, or sleep them too */
	uint64_t count;	      /* 0: no limit */
	uint64_t duration_ns; /* 0: no limit; departures scheduled later than this are not made */
	struct gen_schedule schedule;
	const volatile sig_atomic_t *stop;
};

struct gen_send_report {
	uint64_t offered;      /* departures that fell due */
	uint64_t sent;	       /* frames the device took */
	uint64_t refused;      /* frames the device dropped */
	uint64_t unsent;       /* offered and not handed over */
	uint64_t full;	       /* times the device or its ring had no room */
	uint64_t full_ns;      /* time spent waiting for room */
	uint64_t late;	       /* frames that left more than GEN_LATE_NS after their time */
	uint64_t calls;	       /* system calls made to transmit */
	uint64_t duration_ns;  /* first departure to last */
	uint64_t pps;	       /* in that time; 0 when all left at once */
	bool interrupted;      /* by a signal, before count or duration was reached */
	struct bty_hist error; /* |actual - scheduled| departure */
};

#define GEN_LATE_NS 100000

/* Runs until count, duration or *stop. Returns 0 when it ran, also with frames unsent; -errno when it could not. */
int gen_send(const struct gen_send_conf *conf, struct gen_send_report *r, struct bty_err *err);

#endif
