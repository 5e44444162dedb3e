/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks after the queues of a pipeline when the thread that controls them does not get on. Deadlines hold without it; it makes
 * queues that nobody has set for a second hold nothing at all. Called by user/control on the main thread; it has a thread
 * of its own.
 */
#ifndef USER_APPLY_WATCHDOG_H
#define USER_APPLY_WATCHDOG_H

#include "../lib/err.h"
#include "../load/load.h"
#include "../run/run.h"

struct bty_watchdog;

/*
 * A controller that sets the queues of dp every period_ns is late after a second, or four periods when these are longer. Returns 0
 * and *out (bty_watchdog_stop), or -errno with err set. dp and run must outlive it; run may be NULL.
 */
int bty_watchdog_start(const struct bty_datapath *dp, struct bty_run *run, uint64_t period_ns,
		       struct bty_watchdog **out, struct bty_err *err);
void bty_watchdog_stop(struct bty_watchdog *w); /* NULL is harmless */

/* The controller is alive, and about to set its queues. */
void bty_watchdog_beat(struct bty_watchdog *w);

/* How often it stepped in. NULL: 0. */
uint64_t bty_watchdog_stalls(const struct bty_watchdog *w);

#endif
