// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The controller `projgrad` of the original: pushes, recovers, pulls, then moves along the gradient projected onto the
 * active constraints. Called through decide.c; docs/controller.md lists what differs and why.
 */
#include <math.h>
#include <string.h>

#include "project.h"
#include "rtc.h"

#define ITERATIONS  3	/* constraints let go in one round; MAX_PROJGRAD_ITERATIONS */
#define LAMBDA_MAX  1e6 /* of the smallest move */
#define TIGHT	    (1 - BTY_TOLERANCE)
#define CHAIN_RATIO 1.05 /* a queue that gets more than that of the one before it has others before it, too */

struct state {
	struct bty_rtc rtc;
	struct bty_project p;
	int var[BTY_MAX_QUEUES]; /* queue of each variable */
	int of[BTY_MAX_QUEUES];	 /* and back; -1: does not move in this round */
	double delta[BTY_MAX_QUEUES];
};

/* Next queues that are on: the one before must not hold its packets longer than they do. */
static int coupled(const struct bty_input *in, const struct bty_rtc *r, int u, int k, double *ratio)
{
	int v = in->queue[u].next[k];

	*ratio = r->queue[v].rate > 0 ? r->queue[u].rate / r->queue[v].rate : 0;
	return r->queue[v].q > BTY_Q_OFF && *ratio > 0 && in->queue[v].nfrom <= 1 &&
	       r->queue[v].rate <= CHAIN_RATIO * r->queue[u].rate;
}

static int choose_variables(struct state *s)
{
	const struct bty_rtc_queue *q = s->rtc.queue;
	int i;

	s->p.n = 0;
	for (i = 0; i < s->rtc.nqueues; i++) {
		s->of[i] = -1;
		if (q[i].settled || q[i].q <= BTY_Q_OFF || q[i].rate <= 0)
			continue;
		s->of[i] = s->p.n;
		s->var[s->p.n++] = i;
	}
	return s->p.n;
}

static void flow_rows(struct state *s)
{
	const struct bty_rtc *r = &s->rtc;
	uint64_t rest;
	int f, v, row;

	for (f = 0; f < r->nflows; f++) {
		if (r->flow[f].delay < TIGHT * r->flow[f].slo)
			continue;
		row = bty_project_row(&s->p);
		for (rest = r->flow[f].mask; rest; rest &= rest - 1) {
			v = __builtin_ctzll(rest);
			if (s->of[v] >= 0 && r->queue[v].dt_dq > 0)
				bty_project_set(&s->p, row, s->of[v], r->queue[v].dt_dq);
		}
	}
}

static void highest_rows(struct state *s)
{
	const struct bty_rtc_queue *q;
	int i;

	for (i = 0; i < s->p.n; i++) {
		q = &s->rtc.queue[s->var[i]];
		if (q->q >= q->most)
			bty_project_set(&s->p, bty_project_row(&s->p), i, 1);
	}
}

static void lowest_rows(struct state *s)
{
	const struct bty_rtc_queue *q;
	int i;

	for (i = 0; s->rtc.error > 0 && i < s->p.n; i++) {
		q = &s->rtc.queue[s->var[i]];
		if (q->q < q->most && q->q <= (1 + BTY_TOLERANCE) * q->q_min)
			bty_project_set(&s->p, bty_project_row(&s->p), i, -1);
	}
}

static void chain_rows(struct state *s, const struct bty_input *in)
{
	const struct bty_rtc *r = &s->rtc;
	int i, k, u, v, row;
	double ratio;

	for (i = 0; i < s->p.n; i++) {
		u = s->var[i];
		for (k = 0; k < in->queue[u].nnext && s->p.nrows < BTY_PROJECT_ROWS; k++) {
			v = in->queue[u].next[k];
			if (!coupled(in, r, u, k, &ratio) || r->queue[u].q < TIGHT * ratio * r->queue[v].q)
				continue;
			row = bty_project_row(&s->p);
			bty_project_set(&s->p, row, i, 1);
			if (s->of[v] >= 0)
				bty_project_set(&s->p, row, s->of[v], -ratio);
		}
	}
}

/* Returns 0 at a point that cannot be improved. */
static int direction(struct state *s)
{
	double gradient[BTY_MAX_QUEUES], smallest = INFINITY;
	const struct bty_rtc_queue *q;
	int i, it, row;

	for (i = 0; i < s->p.n; i++) {
		q = &s->rtc.queue[s->var[i]];
		gradient[i] = -q->batches * fmax(q->t0, 1e-6) / q->q;
	}
	for (it = 0; !bty_project(&s->p, gradient); it++) {
		for (row = 0; row < s->p.nrows && s->p.multiplier[row] >= 0; row++)
			;
		if (row == s->p.nrows || it == ITERATIONS)
			return 0;
		bty_project_drop(&s->p, row);
	}
	for (i = 0; i < s->p.n; i++)
		if (s->p.d[i] != 0)
			smallest = fmin(smallest, fabs(s->p.d[i]));
	for (i = 0; i < s->p.n; i++)
		s->delta[i] = s->p.d[i] / smallest;
	return 1;
}

static double flow_slope(const struct state *s, int f, const double *delta)
{
	double slope = 0;
	int i;

	for (i = 0; i < s->p.n; i++)
		if (s->rtc.flow[f].mask >> s->var[i] & 1)
			slope += s->rtc.queue[s->var[i]].dt_dq * delta[i];
	return slope;
}

static double chain_bound(const struct state *s, const struct bty_input *in, int i, double lambda)
{
	const struct bty_rtc *r = &s->rtc;
	double ratio, closing, room;
	int k, v, u = s->var[i];

	for (k = 0; k < in->queue[u].nnext; k++) {
		v = in->queue[u].next[k];
		if (!coupled(in, r, u, k, &ratio))
			continue;
		closing = s->delta[i] - ratio * (s->of[v] >= 0 ? s->delta[s->of[v]] : 0);
		room = ratio * r->queue[v].q - r->queue[u].q;
		if (closing > 0 && room >= 0)
			lambda = fmin(lambda, room / closing);
	}
	return lambda;
}

/* How far to go: to the first constraint in the way. */
static double line_search(const struct state *s, const struct bty_input *in)
{
	const struct bty_rtc *r = &s->rtc;
	const struct bty_rtc_queue *q;
	double lambda = LAMBDA_MAX, slope;
	int i, f;

	for (f = 0; f < r->nflows; f++) {
		slope = flow_slope(s, f, s->delta);
		if (slope > 0)
			lambda = fmin(lambda, fmax(r->flow[f].slo - r->flow[f].delay, 0) / slope);
	}
	for (i = 0; i < s->p.n; i++) {
		q = &r->queue[s->var[i]];
		if (s->delta[i] > 0)
			lambda = fmin(lambda, (q->most - q->q) / s->delta[i]);
		else if (s->delta[i] < 0)
			lambda = fmin(lambda, fmax(q->q - q->q_min, 0) / -s->delta[i]);
		lambda = chain_bound(s, in, i, lambda);
	}
	return lambda;
}

/* Whole packets: up where no objective is in the way, else down. */
static void move(struct state *s, double lambda)
{
	struct bty_rtc *r = &s->rtc;
	struct bty_rtc_queue *q;
	double dq;
	int i, f;

	for (i = 0; i < s->p.n; i++) {
		q = &r->queue[s->var[i]];
		dq = ceil(s->delta[i] * lambda - 1e-9);
		for (f = 0; dq > 0 && f < r->nflows; f++)
			if (r->flow[f].mask >> s->var[i] & 1 &&
			    r->flow[f].delay + q->dt_dq * dq > TIGHT * r->flow[f].slo) {
				dq = floor(s->delta[i] * lambda);
				break;
			}
		q->q = fmin(fmax(q->q + dq, q->q_min), q->most);
	}
}

static void decide(const struct bty_input *in, void *state, struct bty_decision *d)
{
	struct state *s = state;

	if (!bty_rtc_begin(&s->rtc, in))
		return;
	bty_rtc_push(&s->rtc);
	if (s->rtc.error > 0)
		bty_rtc_recover(&s->rtc, 0);
	bty_rtc_pull(&s->rtc, 0);
	s->p.nrows = 0;
	if (choose_variables(s)) {
		/* those of one variable first: what they leave to the others is less */
		highest_rows(s);
		flow_rows(s);
		lowest_rows(s);
		chain_rows(s, in);
		if (direction(s))
			move(s, line_search(s, in));
	}
	bty_rtc_end(&s->rtc, d);
}

const struct bty_controller bty_controller_projgrad = {
	"projgrad",
	"follows the gradient along the active constraints (Batchy, NSDI 2020)",
	sizeof(struct state),
	decide,
	NULL,
};
