/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pipeline under its controller: decide and apply each period, say when a flow's objective can no longer be kept. Called by
 * agent.c and pipeline.c on the agent's main thread.
 */
#ifndef USER_CONTROL_STEER_H
#define USER_CONTROL_STEER_H

#include "../apply/watchdog.h"
#include "../decide/decide.h"

struct bty_steer {
	struct bty_control *control, *prepared;
	struct bty_watchdog *watchdog;
	struct bty_decision decision; /* the last one */
	uint8_t said[BTY_MAX_FLOWS];  /* verdicts as last told, and when */
	uint64_t said_ns[BTY_MAX_FLOWS];
};

/* s: zeroed. Returns 0 or -errno with err set; to be closed in either case. */
int bty_steer_open(struct bty_steer *s, const struct bty_controller_choice *c, const struct bty_observer *o,
		   uint64_t period_ns, struct bty_err *err);
void bty_steer_close(struct bty_steer *s);

/* A period: from what o has to what the queues are set to. now_ns: CLOCK_MONOTONIC. */
void bty_steer(struct bty_steer *s, struct bty_observer *o, uint64_t now_ns);

/*
 * Another controller, in two steps, so that with several pipelines all change or none: memory first (0, or -errno with err
 * set), then the change (go), or its end.
 */
int bty_steer_prepare(struct bty_steer *s, const struct bty_controller_choice *c, const struct bty_observer *o,
		      struct bty_err *err);
void bty_steer_switch(struct bty_steer *s, int go);

/* Adds the last verdicts to the flows of a snapshot. */
void bty_steer_verdicts(const struct bty_steer *s, struct bty_snap_flow *flow, int nflows);

#endif
