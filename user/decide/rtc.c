// SPDX-License-Identifier: GPL-2.0-or-later
/* Rounds of the original's controllers with run to completion; called by onoff.c, feasdir.c, projgrad.c. */
#include <math.h>
#include <string.h>

#include "rtc.h"

#define DEPTH_MAX 8 /* queues in a row whose costs are added up; a packet that goes round must end somewhere */

static void add_costs(const struct bty_input *in, int n, double share, int depth, double *t0, double *t1)
{
	const struct bty_in_queue *q = &in->queue[n];
	int i;

	*t0 += q->t0_ns;
	*t1 += share * q->t1_ns;
	for (i = 0; depth < DEPTH_MAX && i < q->nnext; i++)
		if (in->queue[q->next[i]].trigger <= BTY_Q_OFF && q->next_share[i] > 0)
			add_costs(in, q->next[i], share * q->next_share[i], depth + 1, t0, t1);
}

void bty_rtc_aggregate(const struct bty_input *in, int n, double *t0, double *t1)
{
	*t0 = *t1 = 0;
	add_costs(in, n, 1, 0, t0, t1);
}

static void begin_queue(struct bty_rtc *r, const struct bty_input *in, int n)
{
	const struct bty_in_queue *iq = &in->queue[n];
	struct bty_rtc_queue *q = &r->queue[n];

	q->most = fmin(r->vector, iq->high);
	q->q = fmin(iq->trigger, q->most);
	bty_rtc_aggregate(in, n, &q->t0, &q->t1);
	q->rate = iq->rate_pps / 1e9;
	q->dt_dq = q->rate > 0 ? 1 / q->rate + q->t1 : 0;
	q->delay = q->q > BTY_Q_OFF && q->rate > 0 ? q->q * q->dt_dq + q->t0 : q->t0 + q->t1;
	q->burst = iq->burst_pkts;
	q->q_min = fmin(floor(q->burst) + BTY_PULL, q->most);
	q->batches = iq->batches_ps > 0 ? iq->batches_ps / 1e9 : q->rate / q->q;
	q->settled = iq->trigger_fixed;
}

static void begin_flow(struct bty_rtc *r, const struct bty_in_flow *f)
{
	struct bty_rtc_flow *rf = &r->flow[r->nflows];
	int i;

	rf->slo = f->slo_ns;
	rf->mask = f->mask;
	rf->settled = 0;
	rf->delay = f->measured_ns;
	for (i = 0; i < r->nqueues && f->measured_ns <= 0; i++) {
		if (f->mask >> i & 1)
			rf->delay += r->queue[i].delay;
	}
	if (rf->delay > rf->slo)
		r->error += rf->delay - rf->slo;
	r->nflows++;
}

static void sort_by_delay(struct bty_rtc *r)
{
	int i, k, n;

	for (i = 0; i < r->nqueues; i++) {
		n = i;
		for (k = i; k > 0 && r->queue[r->order[k - 1]].delay < r->queue[n].delay; k--)
			r->order[k] = r->order[k - 1];
		r->order[k] = n;
	}
}

int bty_rtc_begin(struct bty_rtc *r, const struct bty_input *in)
{
	int i;

	if (r->rounds && in->windows && in->windows == r->seen_windows)
		return 0;
	r->rounds++;
	r->seen_windows = in->windows;
	r->nqueues = in->nqueues;
	r->nflows = 0;
	r->error = 0;
	r->vector = BTY_VEC_DEFAULT;
	for (i = 0; i < in->nqueues; i++)
		begin_queue(r, in, i);
	for (i = 0; i < in->nflows; i++)
		if (in->flow[i].slo_ns > 0 && in->flow[i].mask)
			begin_flow(r, &in->flow[i]);
	sort_by_delay(r);
	return 1;
}

void bty_rtc_end(const struct bty_rtc *r, struct bty_decision *d)
{
	int i;

	for (i = 0; i < r->nqueues; i++)
		d->queue[i].trigger = r->queue[i].q > BTY_Q_OFF ? (uint32_t)r->queue[i].q : BTY_Q_OFF;
}

void bty_rtc_push(struct bty_rtc *r)
{
	struct bty_rtc_queue *q;
	int i;

	for (i = 0; i < r->nqueues; i++) {
		q = &r->queue[i];
		if (q->settled || q->q <= BTY_Q_OFF || q->burst < BTY_PUSH_RATIO * r->vector)
			continue;
		q->q = BTY_Q_OFF;
		q->settled = 1;
	}
}

/* Gives all flows through n what its smaller trigger saves. */
static void credit(struct bty_rtc *r, int n, double saved)
{
	int f;

	for (f = 0; f < r->nflows; f++)
		if (r->flow[f].mask >> n & 1)
			r->flow[f].delay -= saved;
}

void bty_rtc_recover(struct bty_rtc *r, int all)
{
	struct bty_rtc_queue *q;
	struct bty_rtc_flow *f;
	double less, to;
	int i, n;

	for (f = r->flow; f < r->flow + r->nflows; f++) {
		if (f->delay <= f->slo)
			continue;
		f->settled = 1;
		for (i = 0; i < r->nqueues && (all || f->delay > f->slo); i++) {
			n = r->order[i];
			q = &r->queue[n];
			if (!(f->mask >> n & 1) || q->settled || q->q <= BTY_Q_OFF || q->dt_dq <= 0)
				continue;
			less = floor((f->delay - f->slo) / q->dt_dq) + 1;
			to = !all && less < q->q - q->q_min ? q->q - less : BTY_Q_OFF;
			credit(r, n, (q->q - to) * q->dt_dq);
			q->q = to;
			q->settled = 1;
		}
	}
}

static int may_pull(const struct bty_rtc *r, int n, double cost)
{
	int f;

	for (f = 0; f < r->nflows; f++)
		if (r->flow[f].mask >> n & 1 && (r->flow[f].settled || r->flow[f].slo - r->flow[f].delay <= cost))
			return 0;
	return 1;
}

void bty_rtc_pull(struct bty_rtc *r, double at)
{
	struct bty_rtc_queue *q;
	double to;
	int i;

	for (i = 0; i < r->nqueues; i++) {
		q = &r->queue[i];
		to = at > 0 ? fmin(at, q->most) : q->q_min;
		if (q->settled || q->q > BTY_Q_OFF || q->rate * 1e9 < BTY_RATE_LEAST ||
		    q->burst >= BTY_PUSH_RATIO * r->vector || to <= BTY_Q_OFF || !may_pull(r, i, to * q->dt_dq))
			continue;
		credit(r, i, -to * q->dt_dq);
		q->q = to;
		q->settled = 1;
	}
}
