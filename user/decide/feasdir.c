// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The controller `feasdir` of the original: one queue at a time, in turn, moves as far in a feasible direction as the
 * objectives allow; triggers with run to completion, weights with weighted fair queueing. Called through decide.c;
 * docs/controller.md lists what differs and why.
 */
#include <math.h>

#include "rtc.h"

#define OVERDELAY   (1 + BTY_TOLERANCE) /* of an objective; OVERDELAY_BOUND */
#define WEIGHT_MOVE 8			/* most in one round; DELTA_WEIGHT_MAX */

struct state {
	struct bty_rtc rtc;
	int turn;
};

static int through(const struct bty_rtc_flow *f, int n)
{
	return f->mask >> n & 1;
}

static double slack(const struct bty_rtc_flow *f)
{
	return f->slo - f->delay;
}

/*
 * How the delay of f grows with the trigger of u: longer to fill when u is on its path; and where sources are as fast as
 * the worker, all queues on its path fill sooner when u saves time.
 */
static double delay_slope(const struct bty_input *in, const struct bty_rtc *r, const struct bty_rtc_flow *f, int u)
{
	const struct bty_rtc_queue *q = &r->queue[u];
	double wait = 0;
	int v;

	if (in->greedy)
		for (v = 0; v < r->nqueues; v++)
			if (through(f, v) && r->queue[v].q > BTY_Q_OFF && r->queue[v].rate > 0)
				wait += r->queue[v].q / r->queue[v].rate;
	return (through(f, u) ? q->dt_dq : 0) - q->rate * q->t0 / (q->q * q->q) * wait;
}

/* A queue must not hold its packets longer than those behind it do. */
static double highest(const struct bty_input *in, const struct bty_rtc *r, int u)
{
	double most = r->queue[u].most;
	const struct bty_rtc_queue *v;
	int k, n;

	for (k = 0; k < in->queue[u].nnext; k++) {
		n = in->queue[u].next[k];
		v = &r->queue[n];
		if (v->q > BTY_Q_OFF && v->rate > 0 && in->queue[n].nfrom <= 1)
			most = fmin(most, floor(r->queue[u].rate / v->rate * v->q));
	}
	return fmax(most, BTY_Q_OFF);
}

static void switch_on(const struct bty_rtc *r, struct bty_rtc_queue *q, int u, double high)
{
	double to = fmin(high, floor(q->burst) + BTY_PULL), budget = INFINITY;
	int f;

	if (q->rate * 1e9 < BTY_RATE_LEAST || q->burst >= BTY_PUSH_RATIO * r->vector)
		return;
	for (f = 0; f < r->nflows; f++)
		if (through(&r->flow[f], u))
			budget = fmin(budget, slack(&r->flow[f]));
	if (budget > to / q->rate)
		q->q = to;
}

/* 1 when the queue is better off. */
static int to_switch_off(const struct bty_rtc *r, const struct bty_rtc_queue *q, int u)
{
	int f;

	if (q->burst >= BTY_PUSH_RATIO * r->vector)
		return 1;
	for (f = 0; q->q <= fmax(floor(q->burst), BTY_Q_OFF + 1) && f < r->nflows; f++)
		if (through(&r->flow[f], u) && r->flow[f].delay > OVERDELAY * r->flow[f].slo)
			return 1;
	return 0;
}

/* The most packets the trigger may move by in direction sign before a flow that is on time is late. */
static double room(const struct bty_input *in, const struct bty_rtc *r, int u, double sign, double most)
{
	double slope;
	int f;

	for (f = 0; f < r->nflows; f++) {
		slope = sign * delay_slope(in, r, &r->flow[f], u);
		if (slope > 0 && slack(&r->flow[f]) >= 0)
			most = fmin(most, floor(slack(&r->flow[f]) / slope));
	}
	return most;
}

static void move(const struct bty_input *in, struct bty_rtc *r, int u, double high)
{
	struct bty_rtc_queue *q = &r->queue[u];
	double late = 0, low = fmax(floor(q->burst), BTY_Q_OFF);
	int f;

	for (f = 0; f < r->nflows; f++)
		if (slack(&r->flow[f]) < 0)
			late += delay_slope(in, r, &r->flow[f], u);
	if (late > 0)
		q->q -= room(in, r, u, -1, fmax(fmin(q->q - low, floor(r->error / late) + 1), 0));
	else if (late < 0)
		q->q += room(in, r, u, 1, fmax(fmin(high - q->q, floor(r->error / -late) + 1), 0));
	else
		q->q += fmax(room(in, r, u, 1, high - q->q), low - q->q);
	q->q = fmin(fmax(q->q, BTY_Q_OFF), high);
}

static void decide(const struct bty_input *in, void *state, struct bty_decision *d)
{
	struct state *s = state;
	struct bty_rtc *r = &s->rtc;
	struct bty_rtc_queue *q;
	double high;
	int i, u;

	if (!bty_rtc_begin(r, in))
		return;
	for (i = 0; i < r->nqueues; i++) {
		u = (s->turn + i) % r->nqueues;
		q = &r->queue[u];
		if (q->settled || (q->rate <= 0 && q->q <= BTY_Q_OFF))
			continue;
		high = highest(in, r, u);
		if (q->q <= BTY_Q_OFF)
			switch_on(r, q, u, high);
		else if (q->rate <= 0 || to_switch_off(r, q, u))
			q->q = BTY_Q_OFF;
		else
			move(in, r, u, high);
		break;
	}
	if (r->nqueues)
		s->turn = (s->turn + i + 1) % r->nqueues;
	bty_rtc_end(r, d);
}

/* ns by which the delay of flows through u falls with one more unit of its weight: its own rate, its own weight. */
static double weight_slope(const struct bty_input *in, const struct bty_rtc *r, int u)
{
	double w = in->queue[u].weight, turn = fmax(in->turnaround_ns, 1);

	return (1 + r->queue[u].t1 * r->queue[u].rate) * turn / (w * w);
}

/* Returns 0 when there is nothing to do for u. */
static int reweigh(const struct bty_input *in, const struct bty_rtc *r, int u, struct bty_setting *s)
{
	double slope = weight_slope(in, r, u), late = 0, least = INFINITY;
	int f;

	for (f = 0; f < r->nflows; f++) {
		if (!through(&r->flow[f], u))
			continue;
		least = fmin(least, slack(&r->flow[f]));
		late = fmax(late, -slack(&r->flow[f]));
	}
	if (late > 0) {
		s->weight += (uint32_t)fmin(floor(late / slope) + 1, WEIGHT_MOVE);
		return 1;
	}
	if (r->error > 0 || s->weight <= 1 || least < slope)
		return 0;
	s->weight--;
	return 1;
}

static void decide_wfq(const struct bty_input *in, void *state, struct bty_decision *d)
{
	struct state *s = state;
	struct bty_rtc *r = &s->rtc;
	int i, u, fresh = bty_rtc_begin(r, in);

	for (i = 0; i < in->nqueues; i++) {
		d->queue[i].trigger = BTY_Q_OFF;
		d->queue[i].weight = in->queue[i].weight;
	}
	for (i = 0; fresh && i < r->nqueues; i++) {
		u = (s->turn + i) % r->nqueues;
		if (reweigh(in, r, u, &d->queue[u]))
			break;
	}
	if (fresh && r->nqueues)
		s->turn = (s->turn + i + 1) % r->nqueues;
}

const struct bty_controller bty_controller_feasdir = {
	"feasdir",  "one queue at a time in a feasible direction (Batchy, NSDI 2020)", sizeof(struct state), decide,
	decide_wfq,
};
