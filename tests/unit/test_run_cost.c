// SPDX-License-Identifier: GPL-2.0-or-later
/* user/run/cost: what an element costs, learned from timed batches while it runs. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "user/run/worker.h"

static double noise(void)
{
	return 0.98 + 0.04 * rand() / RAND_MAX;
}

static void feed(struct bty_cost *c, int n, double t0, double t1)
{
	int b;

	while (n--) {
		b = 1 + rand() % 64;
		bty_cost_sample(c, b, (t0 + t1 * b) * noise());
	}
}

static void is_about(const struct bty_cost *c, double t0, double t1)
{
	double a, b;

	assert_int_equal(bty_cost_line(c, 0, &a, &b), 0);
	if (fabs(a - t0) > 0.2 * t0 + 20 || fabs(b - t1) > 0.1 * t1)
		fail_msg("t0 %g, t1 %g: expected %g and %g", a, b, t0, t1);
}

static void learns(void **state)
{
	struct bty_cost c = { 0 };
	double t0, t1;

	feed(&c, 200, 400, 40);
	is_about(&c, 400, 40);
	assert_int_equal(bty_cost_line(&c, 25, &t0, &t1), 0);
	assert_true(t0 > 300 && t0 < 450);
	assert_int_equal(c.ignored, 0);
}

/* The past is forgotten. */
static void follows(void **state)
{
	struct bty_cost c = { 0 };

	feed(&c, 500, 400, 40);
	feed(&c, 500, 100, 80);
	is_about(&c, 100, 80);
}

static void ignores_interruptions(void **state)
{
	struct bty_cost c = { 0 };
	int i;

	feed(&c, 100, 400, 40);
	for (i = 0; i < 50; i++) {
		bty_cost_sample(&c, 1 + rand() % 64, 4e6);
		feed(&c, 10, 400, 40);
	}
	assert_int_equal(c.ignored, 50);
	is_about(&c, 400, 40);
}

/* What stays is no interruption: other tables, and it costs a hundred times as much. */
static void believes_in_the_end(void **state)
{
	struct bty_cost c = { 0 };

	feed(&c, 100, 400, 40);
	feed(&c, 200, 40000, 4000);
	is_about(&c, 40000, 4000);
	assert_true(c.ignored < 20);
}

static void cannot_tell(void **state)
{
	struct bty_cost c = { 0 };
	double t0, t1;
	int i;

	assert_int_equal(bty_cost_line(&c, 0, &t0, &t1), -ENODATA);
	feed(&c, 5, 400, 40);
	assert_int_equal(bty_cost_line(&c, 0, &t0, &t1), -ENODATA);
	/* all of one size, or nearly */
	c = (struct bty_cost){ 0 };
	for (i = 0; i < 500; i++)
		bty_cost_sample(&c, 32, 1680 * noise());
	assert_int_equal(bty_cost_line(&c, 0, &t0, &t1), -ENODATA);
	for (i = 0; i < 500; i++)
		bty_cost_sample(&c, 32 + i % 2, 1680 * noise());
	assert_int_equal(bty_cost_line(&c, 0, &t0, &t1), -ENODATA);
}

static void no_numbers(void **state)
{
	const double bad[] = { NAN, INFINITY, -INFINITY };
	struct bty_cost c;
	double t0, t1;
	int i;

	for (i = 0; i < 3; i++) {
		c = (struct bty_cost){ 0 };
		feed(&c, 100, 400, 40);
		c.t = bad[i];
		assert_int_equal(bty_cost_line(&c, 0, &t0, &t1), -ERANGE);
		c.n = bad[i];
		assert_int_equal(bty_cost_line(&c, 0, &t0, &t1), -ERANGE);
	}
	assert_true(bty_clock_cost_ns() >= 0 && bty_clock_cost_ns() < 1e6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(learns),
		cmocka_unit_test(follows),
		cmocka_unit_test(ignores_interruptions),
		cmocka_unit_test(believes_in_the_end),
		cmocka_unit_test(cannot_tell),
		cmocka_unit_test(no_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
