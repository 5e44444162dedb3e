// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole triggers for the controller slo; called by slo.c. */
#include <math.h>

#include "slo.h"

#define NOISE 0.02 /* of the trigger: a smaller step up is not worth a change */

struct step {
	uint32_t to;
	double wait, worth; /* ns at `to`; work saved per ns */
};

double bty_slo_wait(const struct bty_slo_queue *q, const struct bty_in_queue *iq, uint32_t trigger)
{
	if (trigger <= q->low)
		return 0;
	return bty_wait_bound_ns(trigger, q->rate, iq->burst_pkts, &q->spread) + q->t1 * (trigger - q->low);
}

static double slack(const struct bty_slo *s, int n)
{
	const struct bty_solve_row *r;
	double least = s->queue[n].limit - s->queue[n].wait;

	for (r = s->solve.row; r < s->solve.row + s->solve.nrows; r++)
		if (r->mask >> n & 1)
			least = fmin(least, r->room - r->waits);
	return least;
}

static void add_waits(struct bty_slo *s, int n, double wait)
{
	struct bty_solve_row *r;

	for (r = s->solve.row; r < s->solve.row + s->solve.nrows; r++)
		if (r->mask >> n & 1)
			r->waits += wait;
}

static void set(struct bty_slo *s, const struct bty_input *in, int n, uint32_t q)
{
	s->queue[n].q = q;
	s->queue[n].wait = bty_slo_wait(&s->queue[n], &in->queue[n], q);
}

/* Down to what was solved, and further where the problem, being convex, was kinder than the bound. */
static void round_down(struct bty_slo *s, const struct bty_input *in, int n)
{
	struct bty_slo_queue *q = &s->queue[n];
	double pkts = bty_curve_pkts(&s->solve.curve[n], s->solve.u[n]);

	set(s, in, n, (uint32_t)fmin(fmax(floor(pkts * (1 + 1e-9)), q->low), in->queue[n].high));
	while (q->q > q->low && (q->wait > s->solve.u[n] * (1 + 1e-9) || q->wait > q->limit))
		set(s, in, n, q->q - 1);
}

/* The next trigger that saves work: with bursts, what another burst fills. */
static void next_step(const struct bty_slo *s, const struct bty_input *in, int n, struct step *step)
{
	const struct bty_slo_queue *q = &s->queue[n];
	double burst = in->queue[n].burst_pkts, more;

	more = burst < 2 ? q->q + 1 : floor(burst * (floor((q->q + 1) / burst - 1e-9) + 1));
	step->to = (uint32_t)fmin(fmax(more, q->q + 1), in->queue[n].high);
	step->wait = bty_slo_wait(q, &in->queue[n], step->to);
	step->worth = s->solve.curve[n].cost * (1.0 / q->q - 1.0 / step->to) / fmax(step->wait - q->wait, 1e-3);
}

/* Spends what rounding left, greedily. */
static void spend(struct bty_slo *s, const struct bty_input *in)
{
	struct step step[BTY_MAX_QUEUES];
	uint64_t open = 0;
	int n, best, steps;

	for (n = 0; n < in->nqueues; n++)
		if (s->queue[n].moves && s->queue[n].q < in->queue[n].high && s->solve.curve[n].cost > 0) {
			open |= 1ULL << n;
			next_step(s, in, n, &step[n]);
		}
	for (steps = 0; open && steps < 4 * BTY_MAX_QUEUES; steps++) {
		best = -1;
		for (n = 0; n < in->nqueues; n++)
			if (open >> n & 1 && (best < 0 || step[n].worth > step[best].worth))
				best = n;
		if (step[best].wait - s->queue[best].wait > slack(s, best)) {
			open &= ~(1ULL << best);
			continue;
		}
		add_waits(s, best, step[best].wait - s->queue[best].wait);
		s->queue[best].q = step[best].to;
		s->queue[best].wait = step[best].wait;
		if (step[best].to >= in->queue[best].high)
			open &= ~(1ULL << best);
		else
			next_step(s, in, best, &step[best]);
	}
}

void bty_slo_round(struct bty_slo *s, const struct bty_input *in)
{
	const struct bty_in_queue *iq;
	struct bty_slo_queue *q;
	int n;

	for (n = 0; n < s->solve.nrows; n++)
		s->solve.row[n].waits = 0;
	for (n = 0; n < in->nqueues; n++)
		if (s->queue[n].moves) {
			round_down(s, in, n);
			add_waits(s, n, s->queue[n].wait);
		}
	spend(s, in);
	for (n = 0; n < in->nqueues; n++) {
		q = &s->queue[n];
		iq = &in->queue[n];
		if (q->moves && q->q > iq->trigger && q->q - iq->trigger <= NOISE * iq->trigger &&
		    iq->trigger >= q->low)
			set(s, in, n, iq->trigger);
	}
}
