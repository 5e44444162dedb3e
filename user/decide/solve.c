// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Projected Newton on the dual (Bertsekas, SIAM J. Control 20, 1982), with sweeps that set one price at a time where it
 * makes no progress; called by slo.c.
 */
#include <math.h>
#include <string.h>

#include "solve.h"

#define GOOD	  5e-7 /* relative to the rooms */
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
	int v;

	memset(s->price, 0, s->nqueues * sizeof(s->price[0]));
	for (r = s->row; r < s->row + s->nrows; r++)
		each_queue (v, r->mask)
			s->price[v] += r->price;
	for (v = 0; v < s->nqueues; v++) {
		bty_curve_at(&s->curve[v], s->price[v]);
		work += bty_curve_work(&s->curve[v], s->curve[v].u);
		value += s->price[v] * s->curve[v].u;
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
		s->residual = fmax(s->residual, fmax(r->excess, work_left / work));
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
		others[v] = fmax(s->price[v] - r->price, 0);
		high = fmax(high, s->curve[v].cost * s->curve[v].b1 - others[v]);
	}
	sum = waits_at(s, r, others, 0, &slope);
	if (sum > r->room)
		at = r->price > 0 && r->price < high ? r->price : high / 2;
	for (i = 0; at > 0 && i < BISECTIONS; i++) {
		sum = waits_at(s, r, others, at, &slope);
		if (fabs(sum - r->room) <= GOOD / 100 * r->room)
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

static void sweep(struct bty_solve *s)
{
	int i;

	for (i = 0; i < s->nrows; i++)
		set_price(s, &s->row[i]);
	s->sweeps++;
}

/* Second derivatives of the dual between the rows that may move: the upper half. */
static void fill(struct bty_solve *s)
{
	uint64_t mask;
	double sum;
	int i, k, v;

	for (k = 0; k < s->nfree; k++) {
		mask = s->row[s->free[k]].mask;
		for (i = k; i < s->nfree; i++) {
			sum = 0;
			each_queue (v, mask & s->row[s->free[i]].mask)
				sum -= s->curve[v].du;
			s->h[k][i] = sum;
		}
		s->diagonal[k] = s->h[k][k];
	}
}

/*
 * Cholesky, along rows as memory has them; zeros, of flows that share nothing, are skipped. What depends on others, or on nothing,
 * stays where it is.
 */
static void factor(struct bty_solve *s)
{
	double *row, *pivot, times;
	int i, j, k;

	for (k = 0; k < s->nfree; k++) {
		pivot = s->h[k];
		if (!(pivot[k] > DEPENDENT * s->diagonal[k]) || !(s->diagonal[k] > 0))
			pivot[k] = INFINITY;
		pivot[k] = sqrt(pivot[k]);
		times = 1 / pivot[k];
		for (j = k + 1; j < s->nfree; j++)
			pivot[j] *= times;
		for (i = k + 1; i < s->nfree; i++) {
			row = s->h[i];
			times = pivot[i];
			if (times == 0)
				continue;
			/* rows are longer than they are used: what is behind the last column is never read */
			for (j = i & ~3; j < s->nfree; j += 4)
				*(quad *)&row[j] -= times * *(const quad *)&pivot[j];
		}
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

/* By how much the waits of a row exceed its room once the pinned rows have given up their prices; ns. */
static double excess_left(const struct bty_solve *s, const struct bty_solve_row *r)
{
	const struct bty_solve_row *p;
	double ns = r->excess * r->room;
	int v;

	for (p = s->row; s->npinned && p < s->row + s->nrows; p++)
		if (p->pinned)
			each_queue (v, r->mask & p->mask)
				ns -= s->curve[v].du * p->price;
	return ns;
}

static void solve_rows(struct bty_solve *s)
{
	double x[BTY_MAX_QUEUES];
	int i, k;

	for (i = 0; i < s->nfree; i++) {
		x[i] = excess_left(s, &s->row[s->free[i]]);
		for (k = 0; k < i; k++)
			x[i] -= s->h[k][i] * x[k];
		x[i] /= s->h[i][i];
	}
	for (i = s->nfree - 1; i >= 0; i--) {
		for (k = i + 1; k < s->nfree; k++)
			x[i] -= s->h[i][k] * x[k];
		x[i] /= s->h[i][i];
		s->row[s->free[i]].step = x[i];
	}
}

/* Pins rows whose price would become negative, loose ones that depend on tighter ones with them. Returns how many. */
static int pin(struct bty_solve *s, double looser)
{
	struct bty_solve_row *r;
	int i, n = 0;

	for (i = 0; i < s->nfree; i++) {
		r = &s->row[s->free[i]];
		if (r->excess >= looser || (r->price + r->step >= 0 && !(isinf(s->h[i][i]) && r->excess < 0)))
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
	int pins;

	for (r = s->row; r < s->row + s->nrows; r++)
		r->step = r->pinned = 0;
	s->npinned = 0;
	for (pins = 0; pins < PINS_MAX; pins++) {
		if (!choose(s))
			return 0;
		fill(s);
		factor(s);
		solve_rows(s);
		if (!pin(s, -LOOSE) && !pin(s, INFINITY))
			break;
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
			r->price = fmax(r->before + length * r->step, 0);
		*value = evaluate(s);
		for (r = s->row; r < s->row + s->nrows; r++)
			gain += fabs(r->price - r->before) * r->room;
		/* near the end the value no longer tells */
		if (*value > before + ARMIJO * gain * fmin(residual, 1) || s->residual < residual / 2)
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
				scale[v] = fmin(scale[v], 1 / (1 + r->excess));
	for (v = 0; v < s->nqueues; v++)
		s->u[v] = s->curve[v].u * scale[v];
}

void bty_solve(struct bty_solve *s)
{
	double value, before;
	int i;

	s->steps = s->sweeps = 0;
	value = evaluate(s);
	for (i = 0; i < STEPS_MAX && s->residual > GOOD; i++) {
		before = s->residual;
		s->steps++;
		if (newton_step(s) && try_step(s, &value) && s->residual <= before / PROGRESS)
			continue;
		sweep(s);
		value = evaluate(s);
	}
	take(s);
}
