// SPDX-License-Identifier: GPL-2.0-or-later
/* Wait against work of one queue; called by solve.c and slo.c every period. */
#include <math.h>

#include "../lib/minmax.h"
#include "curve.h"

#define STEPS	   4	/* multiples of low that the parabola may bridge */
#define CURVED	   0.02 /* of its fall: it must bend as much, for the prices to be distinct */
#define ITERATIONS 12
#define NEAR	   0.05
#define CLOSE	   1e-4

static double delay_at(const struct bty_curve *c, double r)
{
	return c->a * r * r + c->s * r + c->e;
}

/* -dg/du where m = r^2. */
static double slope_at(const struct bty_curve *c, double r)
{
	double q = c->low + r * r;

	return 2 * r / ((2 * c->a * r + c->s) * q * q);
}

static double root_at(const struct bty_curve *c, double u)
{
	double left = u - c->e;

	if (left <= 0)
		return 0;
	/* the solution of a r^2 + s r = left that does not cancel */
	return 2 * left / (c->s + sqrt(c->s * c->s + 4 * c->a * left));
}

/* A parabola through (0, 1/low) that meets g at its end, in value and slope. Returns 0 when it would not be convex. */
static int bridge(struct bty_curve *c, double to)
{
	double fall = 1 / c->low - 1 / to, slope;

	c->r0 = sqrt(to - c->low);
	c->knee_u = delay_at(c, c->r0);
	slope = slope_at(c, c->r0);
	if (slope * c->knee_u > (1 - CURVED) * fall)
		return 0;
	c->b2 = (fall - slope * c->knee_u) / (c->knee_u * c->knee_u);
	c->b1 = slope + 2 * c->b2 * c->knee_u;
	c->knee_slope = slope;
	return 1;
}

void bty_curve_init(struct bty_curve *c, double limit)
{
	int k;

	c->u = c->du = c->most_u = 0;
	c->knee_u = c->b1 = c->b2 = c->knee_slope = c->most_slope = c->r0 = c->r1 = 0;
	if (c->high <= c->low || limit <= 0 || !(c->a > 0) || !isfinite(c->a + c->s + c->e) || !(c->cost > 0))
		return;
	for (k = 2; k < STEPS && !bridge(c, k * c->low); k++)
		;
	if (k == STEPS)
		bridge(c, STEPS * c->low);
	c->r1 = sqrt(c->high - c->low);
	c->most_u = bty_min(delay_at(c, c->r1), limit);
	if (c->most_u <= c->knee_u) {
		c->most_slope = c->b1 - 2 * c->b2 * c->most_u;
		c->most_part = 1 / c->low - (c->b1 - c->b2 * c->most_u) * c->most_u;
		return;
	}
	c->r1 = root_at(c, c->most_u);
	c->most_slope = slope_at(c, c->r1);
	c->most_part = 1 / (c->low + c->r1 * c->r1);
}

/* x^(1/4) - 1; without roots near 1, where most searches begin: 3e-7 is missing at most. */
static double fourth_root_less_1(double x)
{
	double e = x - 1;

	if (fabs(e) > NEAR)
		return sqrt(sqrt(x)) - 1;
	return e * (0.25 - e * (3.0 / 32 - e * (7.0 / 128)));
}

/* Newton's method on slope^(-1/4), which is nearly a line: from where the last search ended. */
static void search(struct bty_curve *c, double slope)
{
	double r = c->r > c->r0 && c->r <= c->r1 ? c->r : c->r1, above = 0, below = 1, dr, q, w;
	int i;

	for (i = 0; i < ITERATIONS; i++) {
		q = c->low + r * r;
		w = 2 * c->a * r + c->s;
		/* the derivative of log(slope^(-1/2)) is below / above */
		above = 2 * r * w * q;
		below = 4 * r * r * w - c->s * q;
		dr = fourth_root_less_1(2 * r / (w * q * q * slope)) * 2 * above / below;
		r += dr;
		r = r < c->r0 ? c->r0 : r > c->r1 ? c->r1 : r;
		/* the error of a step is of the order of its square */
		if (fabs(dr) <= CLOSE * r)
			break;
	}
	c->r = r;
	c->u = delay_at(c, r);
	c->du = -w * above / (2 * slope * c->cost * below);
	c->part = 1 / (c->low + r * r);
}

void bty_curve_at(struct bty_curve *c, double price)
{
	double slope = price / c->cost;

	c->du = 0;
	if (c->most_u <= 0 || slope >= c->b1) {
		c->u = 0;
		c->part = 1 / c->low;
	} else if (slope <= c->most_slope) {
		c->u = c->most_u;
		c->part = c->most_part;
	} else if (slope >= c->knee_slope) {
		c->u = (c->b1 - slope) / (2 * c->b2);
		c->du = -1 / (2 * c->b2 * c->cost);
		c->part = 1 / c->low - (c->b1 - c->b2 * c->u) * c->u;
	} else {
		search(c, slope);
	}
}

double bty_curve_pkts(const struct bty_curve *c, double u)
{
	double r;

	if (c->most_u <= 0 || u <= 0)
		return c->low;
	if (u < c->knee_u)
		return bty_min(1 / (1 / c->low - c->b1 * u + c->b2 * u * u), c->high);
	r = root_at(c, u);
	return bty_min(c->low + r * r, c->high);
}

double bty_curve_work(const struct bty_curve *c, double u)
{
	return c->cost / bty_curve_pkts(c, u);
}

double bty_curve_price(const struct bty_curve *c, double u)
{
	if (c->most_u <= 0)
		return 0;
	u = bty_min(u, c->most_u);
	return c->cost * (u < c->knee_u ? c->b1 - 2 * c->b2 * bty_max(u, 0) : slope_at(c, root_at(c, u)));
}
