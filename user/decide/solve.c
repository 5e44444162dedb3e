// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Projected Newton on the dual (Bertsekas, SIAM J. Control 20, 1982), with sweeps that set one price at a time where it
 * makes no progress; called by slo.c.
 */
#include <math.h>
#include <string.h>

#include "solve.h"

#define GOOD	  1e-8 /* relative to the rooms */
#define STEPS_MAX 24

#define TRIES	   5
#define ARMIJO	   1e-4
#define RIDGE	   1e-10 /* of the diagonal: rows that say the same */
#define BISECTIONS 40

#define each_queue(v, mask) \
	for (uint64_t rest_ = (mask); rest_ && ((v) = __builtin_ctzll(rest_), 1); rest_ &= rest_ - 1)

/* All waits at the prices, and how far they exceed the rooms. Returns the value of the dual. */
static double evaluate(struct bty_solve *s)
{
	struct bty_solve_row *r;
	double value = 0, sum;
	int v;

	memset(s->price, 0, s->nqueues * sizeof(s->price[0]));
	for (r = s->row; r < s->row + s->nrows; r++)
		each_queue(v, r->mask) s->price[v] += r->price;
	for (v = 0; v < s->nqueues; v++) {
		bty_curve_at(&s->curve[v], s->price[v]);
		value += bty_curve_work(&s->curve[v], s->curve[v].u) + s->price[v] * s->curve[v].u;
	}
	s->residual = 0;
	for (r = s->row; r < s->row + s->nrows; r++) {
		sum = 0;
		each_queue(v, r->mask) sum += s->curve[v].u;
		r->excess = sum / r->room - 1;
		value -= r->price * r->room;
		s->residual = fmax(s->residual, r->price > 0 ? fabs(r->excess) : r->excess);
	}
	return value;
}

static double waits_at(struct bty_solve *s, const struct bty_solve_row *r, const double *others, double price,
		       double *slope)
{
	double sum = 0;
	int v;

	*slope = 0;
	each_queue(v, r->mask)
	{
		bty_curve_at(&s->curve[v], others[v] + price);
		sum += s->curve[v].u;
		*slope += s->curve[v].du;
	}
	return sum;
}

/* The price of one row, the others as they are, at which its waits fill its room; 0 when they do not even so. */
static void set_price(struct bty_solve *s, struct bty_solve_row *r)
{
	double low = 0, high = 0, others[BTY_MAX_QUEUES], at = 0, sum, slope, next;
	int i, v;

	each_queue(v, r->mask)
	{
		others[v] = fmax(s->price[v] - r->price, 0);
		high = fmax(high, s->curve[v].cost * s->curve[v].b1 - others[v]);
	}
	sum = waits_at(s, r, others, 0, &slope);
	if (sum > r->room)
		at = r->price > 0 && r->price < high ? r->price : high / 2;
	for (i = 0; at > 0 && i < BISECTIONS; i++) {
		sum = waits_at(s, r, others, at, &slope);
		if (fabs(sum - r->room) <= GOOD / 10 * r->room)
			break;
		if (sum > r->room)
			low = at;
		else
			high = at;
		next = slope < 0 ? at + (r->room - sum) / slope : INFINITY;
		at = next > low && next < high ? next : (low + high) / 2;
	}
	each_queue(v, r->mask) s->price[v] = others[v] + at;
	r->price = at;
}

static void sweep(struct bty_solve *s)
{
	int i;

	for (i = 0; i < s->nrows; i++)
		set_price(s, &s->row[i]);
	s->sweeps++;
}

/* Second derivatives of the dual between the rows that may move. */
static void fill(struct bty_solve *s)
{
	const struct bty_solve_row *a, *b;
	double sum;
	int i, k, v;

	for (i = 0; i < s->nfree; i++) {
		a = &s->row[s->free[i]];
		for (k = 0; k <= i; k++) {
			b = &s->row[s->free[k]];
			sum = 0;
			each_queue(v, a->mask & b->mask) sum -= s->curve[v].du;
			s->h[i][k] = sum;
		}
		s->h[i][i] = s->h[i][i] * (1 + RIDGE) + 1e-300;
	}
}

/* Cholesky; zeros, of flows that share nothing, are skipped. Returns 0 when it is not positive. */
static int factor(struct bty_solve *s)
{
	int i, k, j;

	for (k = 0; k < s->nfree; k++) {
		if (!(s->h[k][k] > 1e-290))
			return 0;
		s->h[k][k] = sqrt(s->h[k][k]);
		for (i = k + 1; i < s->nfree; i++)
			s->h[i][k] /= s->h[k][k];
		for (i = k + 1; i < s->nfree; i++) {
			if (s->h[i][k] == 0)
				continue;
			for (j = k + 1; j <= i; j++)
				s->h[i][j] -= s->h[i][k] * s->h[j][k];
		}
	}
	return 1;
}

static int newton_step(struct bty_solve *s)
{
	double x[BTY_MAX_QUEUES];
	int i, k;

	s->nfree = 0;
	for (i = 0; i < s->nrows; i++) {
		s->row[i].step = 0;
		if (s->row[i].price > 0 || s->row[i].excess > 0) {
			/* more rows than queues follow from each other: leave that to the sweeps */
			if (s->nfree == s->nqueues)
				return 0;
			s->free[s->nfree++] = i;
		}
	}
	fill(s);
	if (!factor(s))
		return 0;
	for (i = 0; i < s->nfree; i++) {
		x[i] = s->row[s->free[i]].excess * s->row[s->free[i]].room;
		for (k = 0; k < i; k++)
			x[i] -= s->h[i][k] * x[k];
		x[i] /= s->h[i][i];
	}
	for (i = s->nfree - 1; i >= 0; i--) {
		for (k = i + 1; k < s->nfree; k++)
			x[i] -= s->h[k][i] * x[k];
		x[i] /= s->h[i][i];
		s->row[s->free[i]].step = x[i];
	}
	return 1;
}

/* Goes along the step as far as it helps. Returns 0 when it does not; prices are then as they were. */
static int try_step(struct bty_solve *s, double *value)
{
	double before = *value, length = 1, gain, residual = s->residual;
	struct bty_solve_row *r;
	int i;

	for (r = s->row; r < s->row + s->nrows; r++)
		r->before = r->price;
	for (i = 0; i < TRIES; i++, length /= 3) {
		gain = 0;
		for (r = s->row; r < s->row + s->nrows; r++)
			r->price = fmax(r->before + length * r->step, 0);
		*value = evaluate(s);
		for (r = s->row; r < s->row + s->nrows; r++)
			gain += fabs(r->price - r->before) * r->room;
		/* near the end the value no longer tells */
		if (*value > before + ARMIJO * gain * fmin(residual, 1) || s->residual < residual / 2)
			return 1;
	}
	for (r = s->row; r < s->row + s->nrows; r++)
		r->price = r->before;
	*value = evaluate(s);
	return 0;
}

/* What the prices say, shrunk until every bound holds. */
static void take(struct bty_solve *s)
{
	struct bty_solve_row *r;
	double scale[BTY_MAX_QUEUES];
	int v;

	for (v = 0; v < s->nqueues; v++)
		scale[v] = 1;
	for (r = s->row; r < s->row + s->nrows; r++)
		if (r->excess > 0)
			each_queue(v, r->mask) scale[v] = fmin(scale[v], 1 / (1 + r->excess));
	for (v = 0; v < s->nqueues; v++)
		s->u[v] = s->curve[v].u * scale[v];
}

void bty_solve(struct bty_solve *s)
{
	double value;
	int i;

	s->steps = s->sweeps = 0;
	value = evaluate(s);
	for (i = 0; i < STEPS_MAX && s->residual > GOOD; i++) {
		if (newton_step(s) && try_step(s, &value)) {
			s->steps++;
			continue;
		}
		sweep(s);
		value = evaluate(s);
	}
	take(s);
}
