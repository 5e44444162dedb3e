/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A controller: from what was observed to what the queues should be set to. It touches nothing but its own memory;
 * user/apply writes the decision. Called by user/control every period, on the main thread.
 */
#ifndef USER_DECIDE_DECIDE_H
#define USER_DECIDE_DECIDE_H

#include <stdint.h>
#include "../lib/err.h"
#include "../observe/observe.h"

struct bty_setting {
	uint32_t trigger;
	uint64_t deadline_ns;
	uint32_t sample_shift;
	uint32_t weight; /* with weighted fair queueing; 1 or more */
};

struct bty_decision {
	struct bty_setting queue[BTY_MAX_QUEUES]; /* as many as observed; starts as what is set now */
};

#define BTY_DEADLINE_DEFAULT_NS 1000000ULL /* of a queue that nobody gives an objective */
#define BTY_DEADLINE_MIN_NS	1000ULL
#define BTY_DEADLINE_MAX_NS	60000000000ULL /* whatever the objective: nobody waits for a packet that long */

struct bty_controller {
	const char *name; /* "slo", "null", "max", "fix"; the last takes a number: fix8 */
	const char *summary;
	void (*decide)(struct bty_observer *o, uint32_t fixed, struct bty_decision *d);
};

struct bty_controller_choice {
	const struct bty_controller *ctl;
	uint32_t fixed; /* N of fixN */
	char name[16];	/* as chosen: "fix8" */
};

/* Resolves a name. Returns 0 or -EINVAL with err set to what there is. */
int bty_controller_find(const char *name, struct bty_controller_choice *c, struct bty_err *err);

/* Decides: the controller's word, then what is the same for all (fixed values kept, bounds, sampling). */
void bty_decide(const struct bty_controller_choice *c, struct bty_observer *o, struct bty_decision *d);

/*
 * The wait that 95 % of packets stay below in a queue of trigger q at rate_pps, arrivals Poisson, without its deadline.
 * Units: ns. Documented in docs/controller.md.
 */
double bty_predict_wait_ns(uint32_t q, double rate_pps);

/* The smallest objective of the flows through queue n, less what their other queues need; 0: no objective. */
double bty_queue_budget_ns(const struct bty_observer *o, int n);

extern const struct bty_controller bty_controller_slo;

#endif
