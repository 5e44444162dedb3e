// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The problem that the controller slo solves, on random instances: the bound of the wait against simulated arrivals, the optimum
 * against its dual, computed here by search, and whole triggers against all there are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "user/decide/slo.h"

static uint64_t seed = 88172645463325252ULL;

static double uniform(double low, double high)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

static double log_uniform(double low, double high)
{
	return exp(uniform(log(low), log(high)));
}

static int compare(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

/* Batches of q packets that come in bursts: the given percentile of the packets' waits. Rate 1. */
static double simulated(uint32_t q, uint32_t burst, double percentile)
{
	static double wait[400000], came[512];
	uint32_t n = 0, i, k;
	double now;

	while (n + q + burst <= sizeof(wait) / sizeof(wait[0])) {
		for (i = 0, now = 0; i < q; now -= log(1 - uniform(0, 1)) * burst)
			for (k = 0; k < burst; k++)
				came[i++] = now;
		now = came[q - 1];
		for (k = 0; k < i; k++)
			wait[n++] = now - came[k];
	}
	qsort(wait, n, sizeof(wait[0]), compare);
	i = (uint32_t)(n * percentile / 100);
	return wait[i < n ? i : n - 1];
}

static void bound_holds_and_is_near(void **state)
{
	static const double percentile[] = { 50, 75, 90, 95, 99, 99.9 };
	static const uint32_t trigger[] = { 2, 3, 5, 8, 16, 32, 64, 128 }, bursts[] = { 1, 8 };
	struct bty_spread s;
	double is, bound;
	size_t p, t, b;

	for (p = 0; p < 6; p++)
		for (t = 0; t < 8; t++)
			for (b = 0; b < 2; b++) {
				s = bty_wait_spread(percentile[p]);
				is = simulated(trigger[t], bursts[b], percentile[p]);
				bound = bty_wait_bound_ns(trigger[t], 1e9, bursts[b], &s);
				if (bound < 0.95 * is)
					fail_msg("p%.1f q %u burst %u: %.3f, bound %.3f", percentile[p], trigger[t],
						 bursts[b], is, bound);
				if (trigger[t] >= 16 * bursts[b] && bound > 1.25 * is)
					fail_msg("p%.1f q %u burst %u: %.3f, bound %.3f is far", percentile[p],
						 trigger[t], bursts[b], is, bound);
			}
	s = bty_wait_spread(100);
	assert_true(bty_wait_bound_ns(64, 1e9, 1, &s) > 63);
	assert_true(bty_wait_bound_ns(64, 1e9, 1, &s) >= simulated(64, 1, 99.99));
	assert_true(isinf(bty_wait_bound_ns(2, 0, 1, &s)));
	assert_true(bty_wait_bound_ns(1, 0, 1, &s) == 0);
	s = bty_wait_spread(NAN);
	assert_true(s.share == 0.95);
}

/* --- the convex problem */

static void random_problem(struct bty_solve *s)
{
	struct bty_curve *c;
	struct bty_spread spread;
	uint64_t mask;
	double rate;
	int i, k;

	memset(s, 0, sizeof(*s));
	s->nqueues = 2 + (int)uniform(0, 7);
	s->goal = BTY_SOLVE_EXACT;
	s->most = 1000;
	for (i = 0; i < s->nqueues; i++) {
		c = &s->curve[i];
		spread = bty_wait_spread(uniform(0, 1) < 0.5 ? 95 : uniform(50, 100));
		rate = log_uniform(1e4, 1e7);
		c->low = uniform(0, 1) < 0.7 ? 1 : floor(uniform(1, 16));
		c->high = floor(uniform(c->low, 512));
		c->a = spread.share * 1e9 / rate + uniform(0, 200);
		c->s = spread.z * sqrt(spread.share * c->low) * 1e9 / rate;
		c->e = spread.skew * c->low * 1e9 / rate;
		c->cost = rate * log_uniform(10, 1e5);
		bty_curve_init(c, uniform(0, 1) < 0.5 ? INFINITY : log_uniform(1e3, 1e7));
	}
	/* paths that are the same are one row, and so they are here */
	for (k = 1 + (int)uniform(0, 10); k > 0; k--) {
		mask = (uint64_t)uniform(0, 1ULL << s->nqueues);
		for (i = 0; i < s->nrows && s->row[i].mask != mask; i++)
			;
		if (i < s->nrows || !(mask & (mask - 1)))
			continue;
		s->row[s->nrows].mask = mask;
		s->row[s->nrows++].room = log_uniform(1e3, 1e7);
	}
}

/* The least of work + price * wait, found by dividing the interval: the function is convex. */
static double least(const struct bty_curve *c, double price)
{
	double low = 0, high = c->most_u, a, b;
	int i;

	for (i = 0; i < 200; i++) {
		a = low + (high - low) * 0.382;
		b = low + (high - low) * 0.618;
		if (bty_curve_work(c, a) + price * a < bty_curve_work(c, b) + price * b)
			high = b;
		else
			low = a;
	}
	return fmin(bty_curve_work(c, low) + price * low, bty_curve_work(c, 0));
}

static double duality_gap(const struct bty_solve *s)
{
	double primal = 0, dual = 0, price, sum;
	int v, k;

	for (k = 0; k < s->nrows; k++) {
		sum = 0;
		for (v = 0; v < s->nqueues; v++)
			if (s->row[k].mask >> v & 1)
				sum += s->u[v];
		assert_true(sum <= s->row[k].room * (1 + 1e-12));
		assert_true(s->row[k].price >= 0);
		dual -= s->row[k].price * s->row[k].room;
	}
	for (v = 0; v < s->nqueues; v++) {
		assert_true(s->u[v] >= 0 && s->u[v] <= s->curve[v].most_u);
		price = 0;
		for (k = 0; k < s->nrows; k++)
			if (s->row[k].mask >> v & 1)
				price += s->row[k].price;
		primal += bty_curve_work(&s->curve[v], s->u[v]);
		dual += least(&s->curve[v], price);
	}
	return (primal - dual) / primal;
}

static void optimum_is_exact(void **state)
{
	struct bty_solve *s = calloc(1, sizeof(*s));
	double gap, worst = 0, residual = 0;
	int i, k, sweeps = 0, steps = 0;

	for (i = 0; i < 1000; i++) {
		random_problem(s);
		bty_solve(s);
		gap = duality_gap(s);
		worst = fmax(worst, gap);
		residual = fmax(residual, s->residual);
		sweeps += s->sweeps;
		steps += s->steps;
		if (gap > 1e-6 || gap < -1e-9 || s->residual > 1e-6)
			fail_msg("problem %d: gap %g, residual %g after %d steps and %d sweeps", i, gap, s->residual,
				 s->steps, s->sweeps);
		/* a little later: what was found is where it begins */
		for (k = 0; k < s->nrows; k++)
			s->row[k].room *= 1.02;
		bty_solve(s);
		assert_true(duality_gap(s) <= 1e-6);
	}
	print_message("1000 problems: largest gap %.1e, residual %.1e; %.1f steps, %.1f sweeps each\n", worst, residual,
		      steps / 1000.0, sweeps / 1000.0);
	free(s);
}

/* --- from period to period, by the controller: many flows, rates that drift, and steps */

/* Each of 64 flows through a common queue and its own, or through three of any. */
static void large_input(struct bty_input *in, int mesh)
{
	static int path[BTY_MAX_QUEUES][3];
	struct bty_in_flow *f;
	int i;

	memset(in, 0, sizeof(*in));
	in->nqueues = in->nflows = BTY_MAX_QUEUES;
	in->busy = 0.5;
	for (i = 0; i < in->nqueues; i++) {
		in->queue[i] = (struct bty_in_queue){ .t0_ns = uniform(100, 2000),
						      .t1_ns = uniform(10, 100),
						      .rate_pps = log_uniform(1e4, 1e6),
						      .burst_pkts = 1,
						      .trigger = 1,
						      .weight = 1,
						      .high = 512,
						      .capacity = 1024,
						      .covered = 1 };
		f = &in->flow[i];
		f->slo_ns = uniform(1e5, 1e6);
		f->percentile = 95;
		f->queue = path[i];
		f->nqueues = mesh ? 3 : 1 + !!i;
		path[i][0] = mesh ? i : 0;
		path[i][1] = mesh ? (int)uniform(0, 64) : i;
		path[i][2] = (int)uniform(0, 64);
		f->mask = 1ULL << path[i][0] | 1ULL << path[i][1] | (mesh ? 1ULL << path[i][2] : 0);
	}
}

/* As duality_gap(), with what bty_curve_at() says for the best wait at a price. */
static double gap_of(const struct bty_solve *s)
{
	double primal = 0, dual = 0, price, sum;
	struct bty_curve c;
	int v, k;

	for (k = 0; k < s->nrows; k++) {
		for (v = 0, sum = 0; v < s->nqueues; v++)
			sum += s->row[k].mask >> v & 1 ? s->u[v] : 0;
		assert_true(sum <= s->row[k].room * (1 + 1e-12));
		dual -= s->row[k].price * s->row[k].room;
	}
	for (v = 0; v < s->nqueues; v++) {
		for (k = 0, price = 0; k < s->nrows; k++)
			price += s->row[k].mask >> v & 1 ? s->row[k].price : 0;
		c = s->curve[v];
		bty_curve_at(&c, price);
		primal += bty_curve_work(&c, s->u[v]);
		dual += bty_curve_work(&c, c.u) + price * c.u;
	}
	return (primal - dual) / primal;
}

#define DRIFT 100

/* Goes on through a drift and a step of the load: the gap of each period. */
static void follow(struct bty_slo *s, struct bty_input *in, struct bty_decision *d, double step, double *gap)
{
	double load;
	int i, k;

	for (i = 0; i < DRIFT; i++) {
		load = i == DRIFT / 2 ? step : 1;
		for (k = 0; k < in->nqueues; k++) {
			in->queue[k].rate_pps *= load * uniform(0.99, 1.0101);
			in->queue[k].total_pps = in->queue[k].rate_pps;
		}
		bty_controller_slo.decide(in, s, d);
		gap[i] = gap_of(&s->solve);
		for (k = 0; k < in->nqueues; k++)
			in->queue[k].trigger = d->queue[k].trigger;
	}
}

/* Each period goes on from the last one, with a bound of its time: near the optimum, and soon there again after a step. */
static void drifts_are_followed(void **state)
{
	struct bty_slo *s = calloc(1, sizeof(*s));
	struct bty_input *in = calloc(1, sizeof(*in));
	struct bty_decision *d = calloc(1, sizeof(*d));
	static double gap[20 * DRIFT];
	int kind, i, far;

	for (kind = 0; kind < 20; kind++) {
		memset(s, 0, sizeof(*s));
		large_input(in, kind % 2);
		follow(s, in, d, kind % 4 < 2 ? 2 : 0.5, &gap[kind * DRIFT]);
		for (i = far = 0; i < DRIFT; i++) {
			far = gap[kind * DRIFT + i] > 0.01 ? far + 1 : 0;
			if (far > 5)
				fail_msg("graph %d, period %d: a gap of %g for %d periods", kind, i,
					 gap[kind * DRIFT + i], far);
		}
	}
	qsort(gap, 20 * DRIFT, sizeof(gap[0]), compare);
	print_message("20 graphs, 2000 periods: median gap %.1e, nine in ten %.1e, 99 in 100 %.1e\n", gap[10 * DRIFT],
		      gap[18 * DRIFT], gap[20 * DRIFT * 99 / 100]);
	assert_true(gap[18 * DRIFT] <= 1e-5);
	assert_true(gap[20 * DRIFT * 98 / 100] <= 0.01);
	free(s);
	free(in);
	free(d);
}

/* The curve meets the bound at whole batches, from two bursts on, and its price is its slope. */
static void curve_is_the_bound(void **state)
{
	static const double percentile[] = { 50, 95, 99.9, 100 };
	struct bty_spread s;
	struct bty_curve c;
	double u, d;
	uint32_t q;
	size_t p;

	for (p = 0; p < 4; p++) {
		s = bty_wait_spread(percentile[p]);
		c = (struct bty_curve){ .cost = 1e9, .low = 1, .high = 100, .a = 1000 * s.share, .e = 1000 * s.skew };
		c.s = 1000 * s.z * sqrt(s.share);
		bty_curve_init(&c, INFINITY);
		for (q = 4; q <= 100; q++) {
			u = bty_wait_bound_ns(q, 1e6, 1, &s);
			assert_true(fabs(bty_curve_pkts(&c, u) - q) < 1e-6 * q);
		}
		for (u = c.most_u / 1000; u < c.most_u; u += c.most_u / 333) {
			d = c.most_u * 1e-6;
			assert_true(fabs((bty_curve_work(&c, u - d) - bty_curve_work(&c, u + d)) / 2 / d /
						 bty_curve_price(&c, u) -
					 1) < 1e-4);
			bty_curve_at(&c, bty_curve_price(&c, u));
			assert_true(fabs(c.u / u - 1) < 1e-6);
		}
	}
}

/* --- whole triggers */

static void random_input(struct bty_input *in)
{
	static int path[BTY_MAX_FLOWS][3];
	double rate;
	int i, k;

	memset(in, 0, sizeof(*in));
	in->nqueues = 1 + (int)uniform(0, 3);
	in->nflows = 1 + (int)uniform(0, 3);
	for (i = 0; i < in->nqueues; i++) {
		rate = log_uniform(2e4, 5e6);
		in->queue[i] = (struct bty_in_queue){ .rate_pps = rate,
						      .total_pps = rate,
						      .burst_pkts = uniform(0, 1) < 0.7 ? 1 : uniform(2, 8),
						      .t0_ns = log_uniform(50, 5000),
						      .t1_ns = uniform(0, 50),
						      .trigger = 1,
						      .weight = 1,
						      .high = 64,
						      .capacity = 128,
						      .deadline_ns = 1000000 };
	}
	for (i = 0; i < in->nflows; i++) {
		in->flow[i].slo_ns = log_uniform(1e4, 1e6);
		in->flow[i].percentile = uniform(0, 1) < 0.5 ? 95 : uniform(50, 99.9);
		in->flow[i].queue = path[i];
		for (k = 0; k < in->nqueues; k++)
			if (in->flow[i].nqueues == 0 || uniform(0, 1) < 0.6) {
				path[i][in->flow[i].nqueues++] = k;
				in->flow[i].mask |= 1ULL << k;
				in->queue[k].covered = 1;
			}
	}
}

/* 1 when the waits of triggers q keep all bounds. */
static int keeps(const struct bty_slo *s, const double (*wait)[65], const uint32_t *q)
{
	const struct bty_solve_row *r;
	double sum;
	int v;

	for (v = 0; v < s->solve.nqueues; v++)
		if (q[v] > s->queue[v].low && wait[v][q[v]] > s->queue[v].limit * (1 + 1e-9))
			return 0;
	for (r = s->solve.row; r < s->solve.row + s->solve.nrows; r++) {
		sum = 0;
		for (v = 0; v < s->solve.nqueues; v++)
			if (r->mask >> v & 1)
				sum += wait[v][q[v]];
		if (sum > r->room * (1 + 1e-9))
			return 0;
	}
	return 1;
}

static double saved(const struct bty_slo *s, const uint32_t *q)
{
	double sum = 0;
	int v;

	for (v = 0; v < s->solve.nqueues; v++)
		sum += s->solve.curve[v].cost * (1.0 / s->queue[v].low - 1.0 / q[v]);
	return sum;
}

static void whole_triggers(void **state)
{
	struct bty_slo *s = calloc(1, sizeof(*s));
	struct bty_input *in = calloc(1, sizeof(*in));
	struct bty_decision *d = calloc(1, sizeof(*d));
	static double wait[BTY_MAX_QUEUES][65];
	double best, share, worst = 1, mean = 0;
	uint32_t q[3], mine[3];
	int i, v, n;

	for (i = 0; i < 150; i++) {
		random_input(in);
		memset(s, 0, sizeof(*s));
		bty_controller_slo.decide(in, s, d);
		for (v = 0; v < in->nqueues; v++) {
			mine[v] = s->queue[v].q;
			for (n = 1; n <= 64; n++)
				wait[v][n] = bty_slo_wait(&s->queue[v], &in->queue[v], n);
		}
		assert_true(keeps(s, wait, mine));
		best = 0;
		for (n = 0; n < 1 << (6 * in->nqueues); n++) {
			for (v = 0; v < in->nqueues; v++)
				q[v] = 1 + (n >> (6 * v) & 63);
			for (v = 0; v < in->nqueues && q[v] >= s->queue[v].low; v++)
				;
			if (v == in->nqueues && saved(s, q) > best && keeps(s, wait, q))
				best = saved(s, q);
		}
		share = best > 0 ? saved(s, mine) / best : 1;
		worst = fmin(worst, share);
		mean += share / 150;
		if (share < 0.95)
			fail_msg("problem %d: %.4f of what whole triggers can save", i, share);
	}
	print_message("150 problems: at least %.4f of the best, %.4f on average\n", worst, mean);
	free(s);
	free(in);
	free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bound_holds_and_is_near), cmocka_unit_test(curve_is_the_bound),
		cmocka_unit_test(optimum_is_exact),	   cmocka_unit_test(drifts_are_followed),
		cmocka_unit_test(whole_triggers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
