// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The controller `slo`: the largest batch whose predicted p95 delay meets every flow's objective. A deadline a little below
 * the objective stands behind each prediction, so a wrong one costs batch size, not the promise. What wake-up and
 * service take on top of the wait is learned from the delays measured. Called through decide.c.
 */
#include <math.h>

#include "decide.h"

#define Z_95	     1.28 /* spread of the last arrivals' time, in standard deviations; see docs/controller.md */
#define TARGET	     0.90 /* of the objective: the rest is for what a period of 10 ms cannot see coming */
#define MARGIN_START 0.10 /* of the objective */
#define MARGIN_MAX   0.80
#define MARGIN_STEP  0.05 /* per window: one bad window may be the machine's doing, several are not */
#define MARGIN_DECAY 0.97 /* per window that met its objective with room to spare */
#define CALM	     0.75 /* of the objective: below it a window has room to spare */
#define CHANGE	     0.02 /* of the trigger: smaller changes are noise */

double bty_predict_wait_ns(uint32_t q, double rate_pps)
{
	double ahead = 0.95 * (q - 1);

	if (q <= 1)
		return 0;
	if (rate_pps <= 0)
		return INFINITY;
	return (ahead + Z_95 * sqrt(ahead)) / rate_pps * 1e9;
}

/* The inverse: ahead + Z sqrt(ahead) = budget * rate, solved for sqrt(ahead). */
static double largest_trigger(double budget_ns, double rate_pps)
{
	double packets = budget_ns * 1e-9 * rate_pps, root;

	if (packets <= 0)
		return 1;
	root = (-Z_95 + sqrt(Z_95 * Z_95 + 4 * packets)) / 2;
	return 1 + root * root / 0.95;
}

/* How late the slowest flow through queue n was in its last window, against its objective; 0: nothing measured. */
static double worst_use(const struct bty_observer *o, int n)
{
	const struct bty_obs_flow *f;
	double use = 0, mine;
	int i, k;

	for (i = 0; i < o->nflows; i++) {
		f = &o->flow[i];
		for (k = 0; f->slo_ns && f->measured_ns && k < f->nqueues; k++) {
			mine = (double)(f->measured_ns + o->napi_defer_ns) / (double)f->slo_ns;
			if (f->queue[k] == n && mine > use)
				use = mine;
		}
	}
	return use;
}

static uint64_t windows(const struct bty_observer *o)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < o->nflows; i++)
		sum += o->flow[i].windows;
	return sum;
}

/* Learns, once per window, what comes on top of the wait. */
static void adjust_margin(const struct bty_observer *o, struct bty_obs_queue *q, int n, double budget)
{
	double use = worst_use(o, n);

	if (q->margin_ns <= 0)
		q->margin_ns = MARGIN_START * budget;
	if (q->seen_windows == windows(o))
		return;
	q->seen_windows = windows(o);
	if (use > TARGET)
		q->margin_ns += fmin(use - TARGET, MARGIN_STEP) * budget;
	else if (use < CALM)
		q->margin_ns *= MARGIN_DECAY;
	if (q->margin_ns > MARGIN_MAX * budget)
		q->margin_ns = MARGIN_MAX * budget;
	if (q->margin_ns < 0.01 * budget)
		q->margin_ns = 0.01 * budget;
}

static void decide(struct bty_observer *o, uint32_t fixed, struct bty_decision *d)
{
	struct bty_obs_queue *q;
	double budget, room, trigger;
	int i;

	for (i = 0; i < o->nqueues; i++) {
		q = &o->queue[i];
		budget = bty_queue_budget_ns(o, i);
		if (!budget) {
			/* nobody asked for more: the default deadline is the objective */
			budget = BTY_DEADLINE_DEFAULT_NS;
		}
		adjust_margin(o, q, i, budget);
		room = budget - q->margin_ns;
		trigger = floor(largest_trigger(TARGET * room, q->rate_pps));
		if (trigger > 65536)
			trigger = 65536;
		if (fabs(trigger - q->trigger) > CHANGE * q->trigger)
			d->queue[i].trigger = (uint32_t)trigger;
		d->queue[i].deadline_ns = (uint64_t)room;
	}
}

const struct bty_controller bty_controller_slo = {
	"slo",
	"the largest batch whose predicted p95 delay meets every flow's objective",
	decide,
};
