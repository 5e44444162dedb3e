// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What wake-ups, transmission and the machine add to a predicted delay, learned from those measured; called by slo.c. The
 * estimate is that of TCP's retransmission timer (Jacobson, SIGCOMM 1988): the mean and some deviations on top.
 */
#include <math.h>

#include "slo.h"

#define START_SPREAD 0.05 /* of the objective */
#define DEVIATIONS   2.5
#define LEARN	     0.25
#define JUMP_MAX     0.20  /* of the objective: one bad window may be the machine's doing, several are not */
#define LATE_STEP    0.05  /* of the objective, on top, for each window that was late */
#define MARGIN_MAX   0.80  /* of the objective */
#define MARGIN_MIN   -0.25 /* what the bounds are too careful by: sums of percentiles, above all */

double bty_slo_predict(const struct bty_slo *s, const struct bty_input *in, const struct bty_in_flow *f)
{
	const struct bty_in_queue *iq;
	double sum = s->turn_ns, service = 0, wait;
	int i;

	for (i = 0; i < f->nqueues; i++) {
		iq = &in->queue[f->queue[i]];
		wait = bty_wait_bound_ns(iq->trigger, iq->rate_pps, iq->burst_pkts, &s->queue[f->queue[i]].spread);
		sum += fmin(wait, (double)iq->deadline_ns);
		service += iq->t0_ns + iq->t1_ns * fmin(iq->trigger, fmax(iq->batch_pkts, 1));
	}
	return sum + fmax(service, f->t0_ns + f->t1_ns);
}

static void learn(struct bty_slo_flow *m, double error, double slo, int late)
{
	double off = error - m->mean;

	off = fmin(fmax(off, -JUMP_MAX * slo), JUMP_MAX * slo);
	m->spread += LEARN * (fabs(off) - m->spread);
	m->mean += LEARN * off;
	if (late)
		m->mean += LATE_STEP * slo;
}

void bty_slo_learn(struct bty_slo *s, const struct bty_input *in)
{
	const struct bty_in_flow *f;
	struct bty_slo_flow *m;
	int i;

	for (i = 0; i < in->nflows; i++) {
		f = &in->flow[i];
		m = &s->flow[i];
		if (f->slo_ns <= 0)
			continue;
		if (m->spread <= 0)
			m->spread = START_SPREAD * f->slo_ns;
		if (f->windows != m->windows && f->measured_ns > 0)
			learn(m, f->measured_ns - bty_slo_predict(s, in, f), f->slo_ns, f->measured_ns > f->slo_ns);
		m->windows = f->windows;
		/* an objective that was changed takes what was learned with it, within its own bounds */
		m->spread = fmin(m->spread, JUMP_MAX * f->slo_ns);
		m->mean = fmin(fmax(m->mean, MARGIN_MIN * f->slo_ns), MARGIN_MAX * f->slo_ns);
		m->margin = fmin(m->mean + DEVIATIONS * m->spread, MARGIN_MAX * f->slo_ns);
	}
}
