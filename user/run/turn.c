// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What turns of a worker's loop took, from one reading of the clock in each, which the loop makes anyway. Called by worker.c on
 * the worker's thread, read by read.c.
 */
#include "worker.h"

/*
 * The usual length is one that a turn in a thousand exceeds: it goes up by STEP at those, and down at the others by as much less
 * as these are more (quantile tracking by stochastic approximation, Robbins and Monro 1951).
 */
#define STEP	 0.25
#define RARE	 1000
#define UNUSUAL	 4	  /* times the usual length, */
#define PAUSE_NS 200000.0 /* and at least so long: the thread did not run */

static void took(struct bty_turns *t, double ns)
{
	if (t->usual_ns <= 0)
		t->usual_ns = ns;
	if (ns > UNUSUAL * t->usual_ns && ns > PAUSE_NS)
		t->sum.paused_ns += (uint64_t)(ns - t->usual_ns);
	t->usual_ns *= ns > t->usual_ns ? 1 + STEP : 1 - STEP / RARE;
}

void bty_turn_begin(struct bty_wk *w, uint64_t now_ns)
{
	struct bty_turns *t = &w->turns;

	if (t->served) {
		t->sum.busy_ns += now_ns - t->begin_ns;
		took(t, (double)(now_ns - t->begin_ns));
	}
	t->begin_ns = now_ns;
	t->before = t->sum.packets;
}

void bty_turn_end(struct bty_wk *w, int served)
{
	w->turns.served = served;
	w->turns.sum.entered += w->turns.sum.packets != w->turns.before;
}
