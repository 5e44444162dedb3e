/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which worker serves which queue: from what was observed to moves, with no clock and nothing touched but its own memory. Private to
 * user/decide; decide.c calls it after the controller. greedy.c is the original's way, decompose.c ours.
 */
#ifndef USER_DECIDE_DECOMPOSE_H
#define USER_DECIDE_DECOMPOSE_H

#include "input.h"

/* Where queues are, or would be, and what that means. */
struct bty_plan {
	int at[BTY_MAX_QUEUES];
	double load[BTY_IN_WORKERS];	/* share of the worker's time */
	double wait_ns[BTY_IN_WORKERS]; /* for the worker, that one packet in twenty exceeds */
	double excess; /* of what flows need over their objectives, relative, all flows; 0: each is met */
	double extra;  /* ns per second that workers spend on handing over */
};

struct bty_division {
	uint64_t windows; /* seen */
	uint32_t rounds;
	int next;	     /* greedy: the extra worker whose turn it is, from 0 */
	uint32_t bad, calm;  /* windows in a row in which some flow needs more than it has, or all have room */
	uint32_t patience;   /* windows that have to be calm before a queue goes back */
	uint32_t since_back; /* windows since one went back */
	struct bty_plan plan, best, tried;
	/* of this window, by queue */
	double often[BTY_MAX_QUEUES], took[BTY_MAX_QUEUES]; /* batches per s; ns of one, without handing over */
	double rest_ns;					    /* of worker 0, per second, beside its queues */
};

/* Every ten rounds, a round being a window: flows that do not fit leave their first worker for good. */
void bty_decompose_greedy(struct bty_division *s, const struct bty_input *in, struct bty_decision *d);

/* Moves as few queues as possible to where all objectives can be kept, and back when there is ample room. */
void bty_decompose_slo(struct bty_division *s, const struct bty_input *in, struct bty_decision *d);

#endif
