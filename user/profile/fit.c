// SPDX-License-Identifier: GPL-2.0-or-later
/* The line through the samples of one element; called by measure.c and io.c. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit.h"

#define FAR	   6.0	  /* times the usual deviation: left out */
#define FAR_MIN	   0.10	  /* and at least so far from the median */
#define MAD_SIGMA  1.4826 /* the standard deviation of a normal distribution by its median absolute deviation */
#define HUBER_K	   1.345  /* 95 % as good as least squares where errors are normal */
#define ITERATIONS 30
#define BOOTSTRAPS 200
#define REL_MIN	   0.002 /* no reading is better than that */
#define ABS_MIN_NS 0.2

struct line {
	double t0, t1;
};

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double bty_median(double *v, uint32_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* Of size i over the rounds that pick names; those left out are not among them unless all are. */
static double median_of(const struct bty_samples *s, uint32_t i, const uint32_t *pick)
{
	double v[BTY_FIT_MAX_ROUNDS];
	uint32_t r, n = 0, all, at;

	for (all = 0; !n && all < 2; all++)
		for (r = 0; r < s->rounds; r++) {
			at = (pick ? pick[r] : r) * s->nb + i;
			if (all || !s->left[at])
				v[n++] = s->ns[at];
		}
	return bty_median(v, n);
}

/* How far samples usually are from the median of their size, as a share of it. work: rounds * nb. */
static double usual_deviation(const struct bty_samples *s, const double *y, double *work)
{
	uint32_t r, i, n = 0;

	for (r = 0; r < s->rounds; r++)
		for (i = 0; i < s->nb; i++)
			if (y[i] > 0)
				work[n++] = fabs(s->ns[r * s->nb + i] / y[i] - 1);
	return n ? MAD_SIGMA * bty_median(work, n) : 0;
}

static uint32_t leave_out(struct bty_samples *s, const double *y, double usual)
{
	double far = FAR * usual > FAR_MIN ? FAR * usual : FAR_MIN, off;
	uint32_t r, i, n = 0;

	for (r = 0; r < s->rounds; r++)
		for (i = 0; i < s->nb; i++) {
			off = fabs(s->ns[r * s->nb + i] - y[i]);
			s->left[r * s->nb + i] = off > far * fabs(y[i]) && off > 10 * ABS_MIN_NS;
			n += s->left[r * s->nb + i];
		}
	return n;
}

/* Weighted least squares; fixed: 0, or 1 with t0 held at 0, or 2 with t1. */
static struct line solve(const struct bty_samples *s, const double *y, const double *w, int fixed)
{
	double sw = 0, sb = 0, sbb = 0, sy = 0, sby = 0, det;
	struct line l = { 0, 0 };
	uint32_t i;

	for (i = 0; i < s->nb; i++) {
		sw += w[i];
		sb += w[i] * s->b[i];
		sbb += w[i] * s->b[i] * s->b[i];
		sy += w[i] * y[i];
		sby += w[i] * s->b[i] * y[i];
	}
	det = sw * sbb - sb * sb;
	if (fixed == 1) {
		l.t1 = sby / sbb;
	} else if (fixed == 2) {
		l.t0 = sy / sw;
	} else {
		l.t1 = (sw * sby - sb * sy) / det;
		l.t0 = (sy - l.t1 * sb) / sw;
	}
	return l;
}

static double residual(const struct bty_samples *s, const double *y, struct line l, uint32_t i)
{
	return y[i] - l.t0 - l.t1 * s->b[i];
}

/* sigma: how exact each median is. work: 2 * nb. */
static struct line robust(const struct bty_samples *s, const double *y, const double *sigma, int fixed, double *work)
{
	double *w = work, *r = work + s->nb, scale;
	struct line l, was;
	uint32_t i;
	int n;

	for (i = 0; i < s->nb; i++)
		w[i] = 1 / (sigma[i] * sigma[i]);
	l = solve(s, y, w, fixed);
	for (n = 0; n < ITERATIONS; n++) {
		for (i = 0; i < s->nb; i++)
			r[i] = fabs(residual(s, y, l, i)) / sigma[i];
		scale = MAD_SIGMA * bty_median(r, s->nb);
		if (scale <= 0)
			break;
		for (i = 0; i < s->nb; i++) {
			double z = fabs(residual(s, y, l, i)) / sigma[i] / scale;

			w[i] = (z > HUBER_K ? HUBER_K / z : 1) / (sigma[i] * sigma[i]);
		}
		was = l;
		l = solve(s, y, w, fixed);
		if (fabs(l.t0 - was.t0) < 1e-6 * fabs(l.t0) && fabs(l.t1 - was.t1) < 1e-6 * fabs(l.t1))
			break;
	}
	return l;
}

/* No element takes less than nothing: what noise puts below 0 is 0, and the other is fitted again. */
static struct line nonnegative(const struct bty_samples *s, const double *y, const double *sigma, double *work,
			       int *clamped)
{
	struct line l = robust(s, y, sigma, 0, work);

	*clamped = l.t0 < 0 || l.t1 < 0;
	if (l.t0 < 0)
		l = robust(s, y, sigma, 1, work);
	else if (l.t1 < 0)
		l = robust(s, y, sigma, 2, work);
	l.t0 = fmax(l.t0, 0);
	l.t1 = fmax(l.t1, 0);
	return l;
}

/* Intervals by the residuals, each size's weight as before. t: about Student's for 95 %. */
static void by_residuals(const struct bty_samples *s, const double *y, const double *sigma, struct line l,
			 struct bty_cost_fit *fit)
{
	double sw = 0, sb = 0, sbb = 0, chi = 0, w, r, det, t = s->nb > 4 ? 2 + 3.0 / (s->nb - 2) : 4.3;
	uint32_t i;

	for (i = 0; i < s->nb; i++) {
		w = 1 / (sigma[i] * sigma[i]);
		r = residual(s, y, l, i);
		sw += w;
		sb += w * s->b[i];
		sbb += w * s->b[i] * s->b[i];
		chi += w * r * r;
	}
	det = sw * sbb - sb * sb;
	chi = s->nb > 2 ? chi / (s->nb - 2) : chi;
	fit->t0_err_ns = t * sqrt(chi * sbb / det);
	fit->t1_err_ns = t * sqrt(chi * sw / det);
}

static double half_width(double *v, uint32_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return (v[n * 975 / 1000] - v[n * 25 / 1000]) / 2;
}

/* Rounds drawn again and again: what other rounds would have given. */
static void by_bootstrap(const struct bty_samples *s, const double *sigma, double *y, double *work,
			 struct bty_cost_fit *fit)
{
	double t0[BOOTSTRAPS], t1[BOOTSTRAPS], err;
	uint32_t pick[BTY_FIT_MAX_ROUNDS], i, r;
	uint64_t seed = 0x9e3779b97f4a7c15ULL;
	struct line l;
	int n, clamped;

	for (n = 0; n < BOOTSTRAPS; n++) {
		for (r = 0; r < s->rounds; r++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			pick[r] = (seed >> 33) % s->rounds;
		}
		for (i = 0; i < s->nb; i++)
			y[i] = median_of(s, i, pick);
		l = nonnegative(s, y, sigma, work, &clamped);
		t0[n] = l.t0;
		t1[n] = l.t1;
	}
	err = half_width(t0, BOOTSTRAPS);
	fit->t0_err_ns = fmax(fit->t0_err_ns, err);
	err = half_width(t1, BOOTSTRAPS);
	fit->t1_err_ns = fmax(fit->t1_err_ns, err);
}

static double drift(const struct bty_samples *s, const double *y, double *work)
{
	double least = INFINITY, most = 0, m;
	uint32_t r, i, n;

	for (r = 0; r < s->rounds; r++) {
		for (i = 0, n = 0; i < s->nb; i++)
			if (y[i] > 0)
				work[n++] = s->ns[r * s->nb + i] / y[i];
		m = n ? bty_median(work, n) : 1;
		least = fmin(least, m);
		most = fmax(most, m);
	}
	return least > 0 ? most / least - 1 : 0;
}

static int check(const struct bty_samples *s)
{
	uint32_t i;

	if (s->nb < 2 || !s->rounds || s->rounds > BTY_FIT_MAX_ROUNDS)
		return -EINVAL;
	for (i = 0; i < s->nb * s->rounds; i++)
		if (!isfinite(s->ns[i]))
			return -EINVAL;
	return 0;
}

int bty_fit(struct bty_samples *s, struct bty_fitted *out, double *median)
{
	uint32_t i, n = s->nb * s->rounds + 2 * s->nb;
	double *mem, *y, *sigma, *work, usual;
	struct line l;

	if (check(s))
		return -EINVAL;
	mem = malloc((n + 2 * s->nb) * sizeof(*mem));
	if (!mem)
		return -ENOMEM;
	y = mem;
	sigma = y + s->nb;
	work = sigma + s->nb;
	memset(s->left, 0, s->nb * s->rounds);
	for (i = 0; i < s->nb; i++)
		y[i] = median_of(s, i, NULL);
	usual = usual_deviation(s, y, work);
	out->left_out = leave_out(s, y, usual);
	for (i = 0; i < s->nb; i++) {
		y[i] = median_of(s, i, NULL);
		sigma[i] = fmax(fmax(usual, REL_MIN) * fabs(y[i]), ABS_MIN_NS);
		if (median)
			median[i] = y[i];
	}
	out->drift = drift(s, y, work);
	l = nonnegative(s, y, sigma, work, &out->clamped);
	out->fit = (struct bty_cost_fit){ .t0_ns = l.t0, .t1_ns = l.t1, .rounds = s->rounds };
	for (i = 0; i < s->nb; i++)
		work[i] = fabs(residual(s, y, l, i));
	out->fit.resid_ns = bty_median(work, s->nb);
	by_residuals(s, y, sigma, l, &out->fit);
	by_bootstrap(s, sigma, y, work, &out->fit);
	free(mem);
	return 0;
}
