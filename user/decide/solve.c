// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Projected Newton on the dual (Bertsekas, SIAM J. Control 20, 1982), with sweeps that set one price at a time where it
 * makes no progress; called by slo.c.
 */
#include <math.h>
#include <string.h>

#include "../lib/minmax.h"
#include "solve.h"

#define STEPS_MAX 24

#define TRIES	   5
#define PINS_MAX   6
#define LOOSE	   1e-5
#define ARMIJO	   1e-4
#define DEPENDENT  1e-10 /* of its diagonal: a row of which no more is left says what others say */
#define PROGRESS   4	 /* a step brings the residual down by that, or a sweep follows */
#define BISECTIONS 40

#define each_queue(v, mask) \
	for (uint64_t rest_ = (mask); rest_ && ((v) = __builtin_ctzll(rest_), 1); rest_ &= rest_ - 1)

typedef double quad __attribute__((vector_size(32), aligned(8)));

/* All waits at the prices, and how far they exceed the rooms. Returns the value of the dual. */
static double evaluate(struct bty_solve *s)
{
	struct bty_solve_row *r;
	double value = 0, work = 1e-300, sum, work_left;
	struct bty_curve *c;
	int v;

	memset(s->price, 0, s->nqueues * sizeof(s->price[0]));
	for (r = s->row; r < s->row + s->nrows; r++)
		if (r->price > 0)
			each_queue (v, r->mask)
				s->price[v] += r->price;
	for (v = 0; v < s->nqueues; v++) {
		c = &s->curve[v];
		bty_curve_at(c, s->price[v]);
		work += c->cost * c->part;
		value += s->price[v] * c->u;
	}
	value += work;
	s->residual = 0;
	for (r = s->row; r < s->row + s->nrows; r++) {
		sum = 0;
		each_queue (v, r->mask)
			sum += s->curve[v].u;
		r->excess = sum / r->room - 1;
		value -= r->price * r->room;
		work_left = r->price * r->room * -r->excess;
		if (r->excess > s->residual)
			s->residual = r->excess;
		if (work_left > s->residual * work)
			s->residual = work_left / work;
	}
	return value;
}

static double waits_at(struct bty_solve *s, const struct bty_solve_row *r, const double *others, double price,
		       double *slope)
{
	double sum = 0;
	int v;

	*slope = 0;
	each_queue (v, r->mask) {
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

	each_queue (v, r->mask) {
		others[v] = bty_max(s->price[v] - r->price, 0);
		high = bty_max(high, s->curve[v].cost * s->curve[v].b1 - others[v]);
	}
	sum = waits_at(s, r, others, 0, &slope);
	if (sum > r->room)
		at = r->price > 0 && r->price < high ? r->price : high / 2;
	for (i = 0; at > 0 && i < BISECTIONS; i++) {
		sum = waits_at(s, r, others, at, &slope);
		if (fabs(sum - r->room) <= s->goal / 100 * r->room)
			break;
		if (sum > r->room)
			low = at;
		else
			high = at;
		next = slope < 0 ? at + (r->room - sum) / slope : INFINITY;
		at = next > low && next < high ? next : (low + high) / 2;
	}
	each_queue (v, r->mask)
		s->price[v] = others[v] + at;
	r->price = at;
}

/* One price at a time, of the rows that are not as they should be. */
static void sweep(struct bty_solve *s)
{
	struct bty_solve_row *r;
	double sum;
	int v;

	for (r = s->row; r < s->row + s->nrows; r++) {
		sum = 0;
		each_queue (v, r->mask)
			sum += s->curve[v].u;
		if (sum > (1 + s->goal / 10) * r->room || (r->price > 0 && sum < (1 - s->goal / 10) * r->room))
			set_price(s, r);
	}
	s->sweeps++;
}

/* a -= times * b and a * b over columns [i, end), i a multiple of 4: rows have zeros around what they are of. */
static inline void subtract(double *a, const double *b, double times, int i, int end)
{
	for (; i < end; i += 4)
		*(quad *)&a[i] -= times * *(const quad *)&b[i];
}

static inline double product(const double *a, const double *b, int i, int end)
{
	quad sums = { 0 };

	for (; i < end; i += 4)
		sums += *(const quad *)&a[i] * *(const quad *)&b[i];
	return sums[0] + sums[1] + sums[2] + sums[3];
}

/* Second derivatives of the dual between the rows that may move: the upper half. */
static void fill(struct bty_solve *s)
{
	uint64_t through[BTY_MAX_QUEUES] = { 0 }, rest;
	double slope;
	int i, k, v;

	for (k = 0; k < s->nfree; k++) {
		memset(&s->h[k][k & ~3], 0, (((s->nfree + 3) & ~3) - (k & ~3)) * sizeof(s->h[k][k]));
		each_queue (v, s->row[s->free[k]].mask)
			through[v] |= 1ULL << k;
	}
	for (v = 0; v < s->nqueues; v++) {
		slope = s->curve[v].du;
		if (slope == 0)
			continue;
		for (rest = through[v]; rest; rest &= rest - 1) {
			k = __builtin_ctzll(rest);
			each_queue (i, rest)
				s->h[k][i] -= slope;
		}
	}
	for (k = 0; k < s->nfree; k++)
		s->diagonal[k] = s->h[k][k];
}

/*
 * Cholesky, along rows as memory has them; zeros, of flows that share nothing, are skipped. What depends on others, or on nothing,
 * stays where it is: 1 / pivot is 0.
 */
static void factor(struct bty_solve *s)
{
	double *pivot, times;
	int i, j, k;

	for (k = 0; k < s->nfree; k++) {
		pivot = s->h[k];
		times = pivot[k] > DEPENDENT * s->diagonal[k] && s->diagonal[k] > 0 ? 1 / sqrt(pivot[k]) : 0;
		s->inverse[k] = times;
		for (j = k & ~3; j <= k; j++)
			pivot[j] = 0;
		for (; j < s->nfree; j++)
			pivot[j] *= times;
		for (i = k + 1; i < s->nfree; i++)
			if (pivot[i] != 0)
				subtract(s->h[i], pivot, pivot[i], i & ~3, s->nfree);
	}
}

/* Rows that may move. Returns 0 when they are too many. */
static int choose(struct bty_solve *s)
{
	int i, k;

	s->nfree = 0;
	for (i = 0; i < s->nrows; i++) {
		if (s->row[i].pinned || (s->row[i].price <= 0 && s->row[i].excess <= 0))
			continue;
		/* so many follow from each other: leave that to the sweeps */
		if (s->nfree == BTY_MAX_QUEUES)
			return 0;
		/* the tightest first: what depends on those is loose */
		for (k = s->nfree++; k > 0 && s->row[s->free[k - 1]].excess < s->row[i].excess; k--)
			s->free[k] = s->free[k - 1];
		s->free[k] = i;
	}
	return 1;
}

/* By how much the waits of the rows that may move exceed their rooms once the pinned rows have given up their prices; ns. */
static void excesses(const struct bty_solve *s, double *x)
{
	double given_up[BTY_MAX_QUEUES] = { 0 };
	const struct bty_solve_row *r;
	int i, v;

	for (r = s->row; s->npinned && r < s->row + s->nrows; r++)
		if (r->pinned)
			each_queue (v, r->mask)
				given_up[v] += r->price;
	for (i = 0; i < s->nfree; i++) {
		r = &s->row[s->free[i]];
		x[i] = r->excess * r->room;
		if (s->npinned)
			each_queue (v, r->mask)
				x[i] -= s->curve[v].du * given_up[v];
	}
}

/* Steps of the rows that may move, from the factors. */
static void solve_rows(struct bty_solve *s)
{
	double x[BTY_MAX_QUEUES] = { 0 };
	const double *row;
	int k;

	excesses(s, x);
	for (k = 0; k < s->nfree; k++) {
		row = s->h[k];
		x[k] *= s->inverse[k];
		if (x[k] != 0)
			subtract(x, row, x[k], k & ~3, s->nfree);
	}
	for (k = s->nfree - 1; k >= 0; k--) {
		row = s->h[k];
		x[k] = (x[k] - product(row, x, k & ~3, s->nfree)) * s->inverse[k];
		s->row[s->free[k]].step = x[k];
	}
}

/* Pins rows whose price would become negative, loose ones that depend on tighter ones with them. Returns how many. */
static int pin(struct bty_solve *s, double looser)
{
	struct bty_solve_row *r;
	int i, n = 0;

	for (i = 0; i < s->nfree; i++) {
		r = &s->row[s->free[i]];
		if (r->excess >= looser || (r->price + r->step >= 0 && !(s->inverse[i] == 0 && r->excess < 0)))
			continue;
		r->pinned = 1;
		r->step = -r->price;
		n++;
	}
	s->npinned += n;
	return n;
}

/* Pinned prices become 0, and the others are found anew: first without those that have room to spare. */
static int newton_step(struct bty_solve *s)
{
	struct bty_solve_row *r;
	int pins, i;

	s->factored = 0;
	for (r = s->row; r < s->row + s->nrows; r++)
		r->step = r->pinned = 0;
	s->npinned = 0;
	for (pins = 0; pins < PINS_MAX; pins++) {
		if (!choose(s))
			return 0;
		fill(s);
		factor(s);
		s->factors++;
		solve_rows(s);
		if (!pin(s, -LOOSE) && !pin(s, INFINITY))
			break;
	}
	s->factored = pins < PINS_MAX;
	for (i = 0; i < s->nfree; i++)
		s->of[i] = s->row[s->free[i]].mask;
	return 1;
}

/*
 * A step by the factors there are, which may be the last period's: second derivatives change slowly. Returns 0 when they are
 * of other rows than those that have to move now.
 */
static int cheap_step(struct bty_solve *s)
{
	struct bty_solve_row *r;
	int i;

	if (!s->factored)
		return 0;
	for (r = s->row; r < s->row + s->nrows; r++) {
		r->step = r->pinned = 0;
		r->moves = 0;
	}
	for (i = 0; i < s->nfree; i++) {
		if (s->free[i] >= s->nrows || s->row[s->free[i]].mask != s->of[i])
			return 0;
		s->row[s->free[i]].moves = 1;
	}
	for (r = s->row; r < s->row + s->nrows; r++)
		if (!r->moves && (r->price > 0 || r->excess > s->goal))
			return 0;
	s->npinned = 0;
	solve_rows(s);
	for (i = 0; i < s->nfree; i++) {
		r = &s->row[s->free[i]];
		if (r->price + r->step < 0)
			return 0;
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
	for (i = 0; i < TRIES; i++) {
		gain = 0;
		for (r = s->row; r < s->row + s->nrows; r++)
			r->price = bty_max(r->before + length * r->step, 0);
		*value = evaluate(s);
		for (r = s->row; r < s->row + s->nrows; r++)
			gain += fabs(r->price - r->before) * r->room;
		/* near the end the value no longer tells */
		if (*value > before + ARMIJO * gain * bty_min(residual, 1) || s->residual < residual / 2)
			return 1;
		length /= 3;
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
			each_queue (v, r->mask)
				scale[v] = bty_min(scale[v], 1 / (1 + r->excess));
	for (v = 0; v < s->nqueues; v++) {
		s->u[v] = s->curve[v].u * scale[v];
		s->part[v] = scale[v] < 1 ? 1 / bty_curve_pkts(&s->curve[v], s->u[v]) : s->curve[v].part;
	}
}

void bty_solve(struct bty_solve *s)
{
	double value, before;
	int i, slow = 0;

	s->steps = s->sweeps = s->factors = 0;
	value = evaluate(s);
	for (i = 0; i < STEPS_MAX && s->residual > s->goal && s->factors + s->sweeps < s->most; i++) {
		before = s->residual;
		s->steps++;
		if (cheap_step(s) && try_step(s, &value) && s->residual <= before / PROGRESS)
			continue;
		if (s->residual <= s->goal)
			break;
		if (newton_step(s) && try_step(s, &value) &&
		    (s->residual <= before / PROGRESS || (slow++ == 0 && s->factors < s->most)))
			continue;
		sweep(s);
		value = evaluate(s);
	}
	take(s);
}
