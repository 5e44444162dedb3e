/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a worker that has nothing to do looks again for a while or sleeps: the decision alone, without clocks, threads or
 * rings, and the numbers it is made of. Called by rest.c on the worker's thread, and by tests.
 *
 * The rule is that of renting or buying skis (Karlin, Manasse, Rudolph, Sleator: Competitive snoopy caching, 1988): who spins
 * for as long as a sleep would have cost, and sleeps then, never pays more than twice of what was best in hindsight. How long is
 * learnt as KVM's halt polling does it: longer when that would have been enough, shorter when it was far too short.
 */
#ifndef USER_RUN_SPIN_H
#define USER_RUN_SPIN_H

#include <stdint.h>
#include "run.h"

#define BTY_SPIN_NEVER UINT64_MAX

/* A queue as its worker sees it when it is about to rest. */
struct bty_outlook {
	double rate_pps;
	uint64_t backlog, trigger; /* packets */
	uint64_t left_ns;	   /* until the oldest packet has to leave; meaningful with a backlog */
	uint64_t deadline_ns;	   /* from when a packet comes to when it has to leave */
};

/*
 * How long until the queue's next batch leaves, in ns: when the missing packets have come at the rate, or at the deadline;
 * BTY_SPIN_NEVER when nothing waits and nothing comes.
 */
uint64_t bty_expect_ns(const struct bty_outlook *q);

/* What the decision is made of; times in ns. */
struct bty_spin_case {
	uint64_t expected_ns; /* to the next release of any queue, or BTY_SPIN_NEVER */
	uint64_t known_ns;    /* to the next deadline or tick, which comes for certain, or BTY_SPIN_NEVER */
	uint64_t cost_ns;     /* of a sleep and a wake-up */
	uint64_t max_ns;      /* --spin-max; 0: always sleep */
	uint64_t limit_ns;    /* learnt: see bty_spin_learn() */
};

/* How long to spin at most before sleeping; 0: sleep at once. Never more than cost_ns or max_ns. */
uint64_t bty_spin_ns(const struct bty_spin_case *c);

/* The next limit, from 0 to bound_ns (cost or --spin-max, the smaller one), after a rest that took idle_ns. */
uint64_t bty_spin_learn(uint64_t limit_ns, uint64_t bound_ns, uint64_t idle_ns);

/* What a worker knows of one of its queues over time; all zero at first. */
struct bty_watch {
	double rate_pps, span_ns; /* and over how long that is the mean */
	uint64_t enq, look_ns;	  /* at the last look */
	struct bty_spin_stats stats;
};

/* Notes at now_ns that enq packets have come so far. */
void bty_watch_look(struct bty_watch *w, uint64_t enq, uint64_t now_ns);

/*
 * Measures what it costs both sides, in CPU time, that a thread on this CPU sleeps and one on another CPU that this process may use
 * wakes it: the median of some rounds, in ns. Takes some 5 ms, and 50 ms at most on a machine that is busy. Returns
 * BTY_WAKEUP_GUESS_NS when it cannot be measured.
 */
uint64_t bty_wakeup_measure(int cpu);

#define BTY_WAKEUP_GUESS_NS 10000ULL

#endif
