/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How packets and batches spread over the elements of a pipeline in its workers, from their counters, and what that costs behind
 * each queue. Private to user/observe: observe.c calls it at every look.
 */
#ifndef USER_OBSERVE_SPREAD_H
#define USER_OBSERVE_SPREAD_H

#include "observe.h"

/* Memory for o, whose dp and flows are set. Returns 0 or -ENOMEM. */
int bty_spread_open(struct bty_observer *o);
void bty_spread_close(struct bty_observer *o);

/* Reads the counters; what was counted before weighs `keep` (0 to 1) from here on. */
void bty_spread_look(struct bty_observer *o, double keep);

/* Sets t0_ns, t1_ns, next_share of the queues, t0_ns, t1_ns of the flows, and what a turn's elements cost. Nothing allocated. */
void bty_spread_costs(struct bty_observer *o);

#endif
