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
	uint32_t limit;	 /* packets that may wait; 0: leave it */
	int server;	 /* the extra worker that serves it, from 1; 0: the one it belongs to */
};

/* Whether a flow's objective can be kept. */
enum bty_admit {
	BTY_ADMIT_NONE,	   /* it has none, or the controller does not judge */
	BTY_ADMIT_MET,	   /* yes, by the model */
	BTY_ADMIT_SERVICE, /* no: the objective is below what one packet alone takes */
	BTY_ADMIT_LOAD,	   /* no: the worker has not the time at this load */
};

struct bty_admission {
	uint8_t why;	      /* enum bty_admit */
	double possible_pps;  /* of this flow, with the objective kept and the others as they are */
	uint64_t possible_ns; /* the delay that could be kept at this load; 0: none */
};

struct bty_decision {
	struct bty_setting queue[BTY_MAX_QUEUES]; /* as many as observed; starts as what is set now */
	struct bty_admission flow[BTY_MAX_FLOWS];
};

#define BTY_DEADLINE_DEFAULT_NS 1000000ULL /* of a queue that nobody gives an objective */
#define BTY_DEADLINE_MIN_NS	1000ULL
#define BTY_DEADLINE_MAX_NS	60000000000ULL /* whatever the objective: nobody waits for a packet that long */
#define BTY_WEIGHT_MAX		1024
#define BTY_CONTROLLER_NAMES	"slo, null, max, fixN (fix8), onoff, feasdir, projgrad, nfvnice"

#define BTY_DECOMPOSE_NAMES "none, greedy, slo"

struct bty_input;
struct bty_control; /* a controller at work on one pipeline, with its memory */

struct bty_controller {
	const char *name; /* "slo", "null", "max", "fix" ...; fix takes a number: fix8 */
	const char *summary;
	size_t state_size; /* of its memory, zeroed when it is chosen; 0: it has none */
	/* With triggers that release a batch, and with weights of queues that have a task each; NULL: not for that. */
	void (*decide)(const struct bty_input *in, void *state, struct bty_decision *d);
	void (*decide_wfq)(const struct bty_input *in, void *state, struct bty_decision *d);
};

struct bty_controller_choice {
	const struct bty_controller *ctl;
	uint32_t fixed; /* N of fixN */
	char name[16];	/* as chosen: "fix8" */
};

/* Resolves a name. Returns 0 or -EINVAL with err set to what there is. */
int bty_controller_find(const char *name, struct bty_controller_choice *c, struct bty_err *err);

/*
 * Puts the controller to work on the pipeline that o observes; all its memory is allocated here. Returns 0 and *out
 * (bty_control_free), -ENOMEM, or -EINVAL with err set when it knows nothing of o's kind of tasks (o->wfq).
 */
int bty_control_new(const struct bty_controller_choice *c, const struct bty_observer *o, struct bty_control **out,
		    struct bty_err *err);
void bty_control_free(struct bty_control *c); /* NULL is harmless */

/*
 * Decides: the controller's word, then what is the same for all (fixed values kept, bounds, sampling). Allocates nothing.
 * What is set is noted in o.
 */
void bty_decide(struct bty_control *c, struct bty_observer *o, struct bty_decision *d);

/* Numbers so far that were none, negative or absurd, and were not believed. */
uint64_t bty_control_clamped(const struct bty_control *c);

/*
 * How queues are divided among workers: "none", "greedy", "slo"; "auto" is slo for the controller slo, else none. Returns 0, or
 * -EINVAL.
 */
int bty_decompose_parse(const char *name, enum bty_decompose *how);
const char *bty_decompose_name(enum bty_decompose how);

/* "met", "objective below the service time", "load too high", or NULL for BTY_ADMIT_NONE. */
const char *bty_admit_text(uint8_t why);

#endif
