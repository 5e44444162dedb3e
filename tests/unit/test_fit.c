// SPDX-License-Identifier: GPL-2.0-or-later
/* user/profile/fit: lines through made-up samples, with noise, interruptions and numbers that are none. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "user/profile/fit.h"

#define NB     64
#define ROUNDS 5
#define SEEDS  100

static double b[NB], ns[ROUNDS * NB];
static uint8_t left[ROUNDS * NB];
static struct bty_samples s = { NB, ROUNDS, b, ns, left };
static uint64_t seed;

static double uniform(void)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (double)(seed >> 11) / (double)(1ULL << 53);
}

/* About normal, of standard deviation 1. */
static double normal(void)
{
	double sum = -6;
	int i;

	for (i = 0; i < 12; i++)
		sum += uniform();
	return sum;
}

/* interrupted: how many samples take up to 20 times as long. */
static void make(double t0, double t1, double noise, int interrupted)
{
	int i;

	for (i = 0; i < NB; i++)
		b[i] = i + 1;
	for (i = 0; i < NB * ROUNDS; i++)
		ns[i] = (t0 + t1 * b[i % NB]) * (1 + noise * normal());
	for (i = 0; i < interrupted; i++)
		ns[(int)(uniform() * NB * ROUNDS)] *= 1.5 + 20 * uniform();
}

static void exact(void **state)
{
	struct bty_fitted f;
	double median[NB];

	make(400, 40, 0, 0);
	assert_int_equal(bty_fit(&s, &f, median), 0);
	assert_true(fabs(f.fit.t0_ns - 400) < 1e-3 && fabs(f.fit.t1_ns - 40) < 1e-3);
	assert_true(f.fit.resid_ns < 1e-3 && fabs(median[9] - 800) < 1e-6);
	assert_int_equal(f.left_out, 0);
	assert_int_equal(f.fit.rounds, ROUNDS);
}

/* The interval holds the truth in about 95 of 100 cases, with samples that were interrupted too, and is not idle. */
static void covers(double t0, double t1, double noise, int interrupted)
{
	int good0 = 0, good1 = 0;
	struct bty_fitted f;

	for (seed = 1; seed <= SEEDS; seed++) {
		uint64_t was = seed;

		make(t0, t1, noise, interrupted);
		assert_int_equal(bty_fit(&s, &f, NULL), 0);
		good0 += fabs(f.fit.t0_ns - t0) <= f.fit.t0_err_ns;
		good1 += fabs(f.fit.t1_ns - t1) <= f.fit.t1_err_ns;
		assert_true(f.fit.t0_err_ns < 0.2 * t0 && f.fit.t1_err_ns < 0.2 * t1);
		if (interrupted)
			assert_in_range(f.left_out, interrupted / 2, 2 * interrupted);
		seed = was;
	}
	assert_true(good0 >= 88 && good1 >= 88);
}

static void confidence(void **state)
{
	covers(400, 40, 0.02, 0);
	covers(400, 40, 0.02, 20);
	covers(30, 10, 0.01, 10);
}

/* Least squares of means would be off by far. */
static void interruptions(void **state)
{
	struct bty_fitted f;

	seed = 7;
	make(100, 20, 0.01, 32);
	assert_int_equal(bty_fit(&s, &f, NULL), 0);
	assert_true(fabs(f.fit.t0_ns - 100) < 8 && fabs(f.fit.t1_ns - 20) < 0.8);
	assert_in_range(f.left_out, 20, 40);
}

/* One round that is slow as a whole moves nothing, and is told. */
static void slow_round(void **state)
{
	struct bty_fitted f;
	int i;

	seed = 3;
	make(100, 20, 0.01, 0);
	for (i = 0; i < NB; i++)
		ns[2 * NB + i] *= 1.5;
	assert_int_equal(bty_fit(&s, &f, NULL), 0);
	assert_true(fabs(f.fit.t0_ns - 100) < 8 && fabs(f.fit.t1_ns - 20) < 0.8);
	assert_true(f.drift > 0.4 && f.drift < 0.6);
	assert_in_range(f.left_out, 60, 68);
}

static void never_negative(void **state)
{
	struct bty_fitted f;
	int i;

	seed = 5;
	make(0, 20, 0, 0);
	for (i = 0; i < NB * ROUNDS; i++)
		ns[i] -= 15;
	assert_int_equal(bty_fit(&s, &f, NULL), 0);
	assert_true(f.fit.t0_ns == 0 && f.fit.t1_ns > 18 && f.fit.t1_ns < 20 && f.clamped);
	make(500, 0, 0.01, 0);
	for (i = 0; i < NB * ROUNDS; i++)
		ns[i] -= b[i % NB];
	assert_int_equal(bty_fit(&s, &f, NULL), 0);
	assert_true(f.fit.t1_ns == 0 && f.fit.t0_ns > 400 && f.clamped);
	/* an empty element: nothing but noise around nothing */
	for (i = 0; i < NB * ROUNDS; i++)
		ns[i] = 0.1 * normal();
	assert_int_equal(bty_fit(&s, &f, NULL), 0);
	assert_true(f.fit.t0_ns < 1 && f.fit.t1_ns < 0.1);
	assert_true(isfinite(f.fit.t0_err_ns) && isfinite(f.fit.t1_err_ns));
}

static void no_numbers(void **state)
{
	const double bad[] = { NAN, INFINITY, -INFINITY };
	struct bty_fitted f;
	int i;

	for (i = 0; i < 3; i++) {
		make(100, 20, 0, 0);
		ns[17] = bad[i];
		assert_int_equal(bty_fit(&s, &f, NULL), -EINVAL);
	}
	make(100, 20, 0, 0);
	s.nb = 1;
	assert_int_equal(bty_fit(&s, &f, NULL), -EINVAL);
	s.nb = NB;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact),      cmocka_unit_test(confidence),	cmocka_unit_test(interruptions),
		cmocka_unit_test(slow_round), cmocka_unit_test(never_negative), cmocka_unit_test(no_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
