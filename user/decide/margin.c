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
#define FORGET	     0.002 /* of that, per window that does not show it */
#define WAITS_TELL   0.20  /* of the objective: waits as long show what their bounds are wrong by */
#define GAIN_MIN     0.60  /* bounds are too careful: percentiles of several queues are added up, for one */
#define GAIN_MAX     1.50
#define LEARN_GAIN   0.5
#define AWAY_MAX     0.02 /* of a window: more of it spoils percentiles */
#define EXCUSES	     3	  /* in a row: a machine that always takes as much is as it is */

/* What a flow meets in one queue, with the trigger and the deadline in force; ns. */
struct met {
	double wait, service;
};

static void predict_queues(const struct bty_slo *s, const struct bty_input *in, struct met *met)
{
	const struct bty_in_queue *iq;
	double wait;
	int i;

	for (i = 0; i < in->nqueues; i++) {
		iq = &in->queue[i];
		wait = bty_wait_bound_ns(iq->trigger, iq->rate_pps, iq->burst_pkts, &s->queue[i].spread);
		met[i].wait = bty_min(wait, (double)iq->deadline_ns);
		met[i].service = iq->t0_ns + iq->t1_ns * bty_min(iq->trigger, bty_max(iq->batch_pkts, 1));
	}
}

/* Service of flow f, turnaround with it, and its waits by their bounds; ns. */
static double predict(const struct bty_slo *s, const struct bty_input *in, const struct bty_in_flow *f,
		      const struct met *met, double *waits)
{
	double service = 0, turns = s->turn_ns[0];
	int i;

	for (i = 1; i < in->nworkers; i++)
		turns += s->flow[f - in->flow].workers >> i & 1 ? s->turn_ns[i] : 0;
	*waits = 0;
	for (i = 0; i < f->nqueues; i++) {
		*waits += met[f->queue[i]].wait;
		service += met[f->queue[i]].service;
	}
	return turns + bty_max(service, f->t0_ns + f->t1_ns);
}

static void learn(struct bty_slo_flow *m, double measured, double served, double waits)
{
	double slo = m->slo, off;

	if (waits > WAITS_TELL * slo) {
		off = bty_min(bty_max((measured - served) / waits, GAIN_MIN), GAIN_MAX) - m->gain;
		m->gain += LEARN_GAIN * off;
	} else {
		m->gain += FORGET * (1 - m->gain);
	}
	off = measured - served - m->gain * waits - m->mean;
	off = bty_min(bty_max(off, -JUMP_MAX * slo), JUMP_MAX * slo);
	m->spread += LEARN * (fabs(off) - m->spread);
	m->mean += LEARN * off;
	if (measured > slo)
		m->mean += LATE_STEP * slo;
}

/* Whether the window that ended tells of the machine's pauses, and not of us. */
static int spoiled(struct bty_slo_flow *m)
{
	int away = m->away > AWAY_MAX * m->time;

	m->away = m->time = 0;
	m->excused = away ? m->excused + 1 : 0;
	return away && m->excused <= EXCUSES;
}

void bty_slo_learn(struct bty_slo *s, const struct bty_input *in)
{
	const struct bty_in_flow *f;
	struct bty_slo_flow *m;
	struct met met[BTY_MAX_QUEUES];
	double waits, served;
	int i, met_known = 0;

	for (i = 0; i < in->nflows; i++) {
		f = &in->flow[i];
		m = &s->flow[i];
		if (f->slo_ns <= 0)
			continue;
		if (m->spread <= 0)
			m->spread = START_SPREAD * f->slo_ns;
		if (m->gain <= 0)
			m->gain = 1;
		/* waits follow an objective that was changed, and so does what their bounds are wrong by */
		if (m->slo > 0 && m->slo != f->slo_ns) {
			m->spread *= f->slo_ns / m->slo;
			m->mean *= f->slo_ns / m->slo;
		}
		m->slo = f->slo_ns;
		m->away += in->stalled_ns;
		m->time += in->elapsed_ns;
		if (f->windows != m->windows && f->measured_ns > 0 && !spoiled(m)) {
			if (!met_known)
				predict_queues(s, in, met);
			met_known = 1;
			served = predict(s, in, f, met, &waits);
			learn(m, f->measured_ns, served, waits);
		}
		m->windows = f->windows;
		m->spread = bty_min(m->spread, JUMP_MAX * f->slo_ns);
		m->mean = bty_min(bty_max(m->mean, -MARGIN_MAX * f->slo_ns), MARGIN_MAX * f->slo_ns);
		/* what was too careful without waits may not be with them */
		m->margin = bty_min(bty_max(m->mean, 0) + DEVIATIONS * m->spread, MARGIN_MAX * f->slo_ns);
	}
}
