// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The decision between spinning and sleeping (user/run/spin.h) on numbers alone: every edge of it, and what it costs over
 * simulated arrivals against always sleeping and always spinning.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "user/run/spin.h"

#define NEVER BTY_SPIN_NEVER
#define US    1000ULL
#define MS    1000000ULL

static uint64_t rng_state = 0x243f6a8885a308d3ULL;

static double uniform(void)
{
	rng_state = rng_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return ((double)(rng_state >> 11) + 1) * 0x1p-53;
}

static uint64_t expect(double pps, uint64_t backlog, uint64_t trigger, uint64_t left, uint64_t deadline)
{
	return bty_expect_ns(&(struct bty_outlook){
		.rate_pps = pps, .backlog = backlog, .trigger = trigger, .left_ns = left, .deadline_ns = deadline });
}

static void the_next_release(void **state)
{
	/* nothing waits: the trigger, or the first packet and its deadline */
	assert_int_equal(expect(100e3, 0, 1, 0, MS), 10 * US);
	assert_int_equal(expect(100e3, 0, 32, 0, MS), 320 * US);
	assert_int_equal(expect(100e3, 0, 32, 0, 50 * US), 60 * US);
	/* some do: what is missing, or what is left of the oldest one's time */
	assert_int_equal(expect(100e3, 31, 32, MS, MS), 10 * US);
	assert_int_equal(expect(100e3, 2, 32, MS, MS), 300 * US);
	assert_int_equal(expect(100e3, 2, 32, 5 * US, MS), 5 * US);
	assert_int_equal(expect(0, 2, 32, 5 * US, MS), 5 * US);
	/* now */
	assert_int_equal(expect(100e3, 32, 32, MS, MS), 0);
	assert_int_equal(expect(0, 40, 32, MS, MS), 0);
	assert_int_equal(expect(100e3, 1, 32, 0, MS), 0);
	/* a deadline of none, and no trigger yet */
	assert_int_equal(expect(1e6, 0, 32, 0, 0), US);
	assert_int_equal(expect(1e6, 0, 0, 0, MS), US);
}

static void rates_that_make_no_sense(void **state)
{
	const double none[] = { 0, -1, -INFINITY, NAN, 1e-320 };
	size_t i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_int_equal(expect(none[i], 0, 1, 0, MS), NEVER);
		assert_int_equal(expect(none[i], 0, UINT32_MAX, 0, UINT64_MAX), NEVER);
		assert_int_equal(expect(none[i], 3, 32, MS, MS), MS);
		assert_int_equal(expect(none[i], 3, 32, UINT64_MAX, UINT64_MAX), NEVER);
	}
	assert_int_equal(expect(INFINITY, 0, 32, 0, MS), 0);
	assert_int_equal(expect(1e300, 0, UINT32_MAX, 0, UINT64_MAX), 0);
	assert_int_equal(expect(1e-9, 0, 1, 0, 0), NEVER);
}

static uint64_t spin(uint64_t expected, uint64_t known, uint64_t cost, uint64_t max, uint64_t limit)
{
	return bty_spin_ns(&(struct bty_spin_case){
		.expected_ns = expected, .known_ns = known, .cost_ns = cost, .max_ns = max, .limit_ns = limit });
}

static void how_long(void **state)
{
	/* sooner than the cost: for the cost; not sooner: not at all */
	assert_int_equal(spin(9 * US, NEVER, 10 * US, MS, MS), 10 * US);
	assert_int_equal(spin(0, NEVER, 10 * US, MS, MS), 10 * US);
	assert_int_equal(spin(10 * US, NEVER, 10 * US, MS, MS), 0);
	assert_int_equal(spin(NEVER, NEVER, 10 * US, MS, MS), 0);
	/* never longer than --spin-max, nor for what is beyond it */
	assert_int_equal(spin(3 * US, NEVER, 10 * US, 4 * US, MS), 4 * US);
	assert_int_equal(spin(5 * US, NEVER, 10 * US, 4 * US, MS), 0);
	/* nor than was learnt to be of use */
	assert_int_equal(spin(3 * US, NEVER, 10 * US, MS, 2 * US), 2 * US);
	assert_int_equal(spin(3 * US, NEVER, 10 * US, MS, 0), 0);
	/* a deadline comes for certain: until then */
	assert_int_equal(spin(7 * US, 7 * US, 10 * US, MS, 0), 7 * US);
	assert_int_equal(spin(7 * US, 10 * US, 10 * US, MS, 0), 10 * US);
	assert_int_equal(spin(11 * US, 11 * US, 10 * US, MS, MS), 0);
	assert_int_equal(spin(NEVER, 5 * US, 10 * US, 4 * US, MS), 0);
	/* --spin-max 0 always sleeps, and so does what costs nothing */
	assert_int_equal(spin(0, 0, 10 * US, 0, MS), 0);
	assert_int_equal(spin(1, 1, 10 * US, 0, MS), 0);
	assert_int_equal(spin(1, 1, 0, MS, MS), 0);
}

static uint64_t any_time(void)
{
	static const uint64_t edges[] = { 0, 1, 10 * US, 80 * US, MS, NEVER - 1, NEVER };
	double u = uniform();

	return u < 0.5 ? edges[(int)(u * 14)] : (uint64_t)(uniform() * 200e3);
}

static void never_beyond_its_bounds(void **state)
{
	int i;

	for (i = 0; i < 200000; i++) {
		uint64_t cost = any_time(), max = any_time(), limit = any_time(), idle = any_time(), next;
		uint64_t bound = cost < max ? cost : max, ns = spin(any_time(), any_time(), cost, max, limit);

		assert_true(ns <= bound);
		limit = limit < bound ? limit : bound;
		next = bty_spin_learn(limit, bound, idle);
		assert_true(next <= bound);
		if (idle > bound)
			assert_true(next <= limit);
		else
			assert_true(next >= limit);
	}
}

/* From nothing to the bound and back, as long as rests stay short or long. */
static void grows_and_shrinks(void **state)
{
	uint64_t limit = 0;
	int i;

	for (i = 0; i < 3; i++)
		limit = bty_spin_learn(limit, 80 * US, 70 * US);
	assert_int_equal(limit, 80 * US);
	assert_int_equal(bty_spin_learn(limit, 80 * US, 80 * US), 80 * US);
	for (i = 0; i < 4; i++)
		limit = bty_spin_learn(limit, 80 * US, MS);
	assert_int_equal(limit, 0);
	assert_int_equal(bty_spin_learn(0, 80 * US, MS), 0);
	/* --spin-max 0 */
	assert_int_equal(bty_spin_learn(0, 0, 0), 0);
	assert_int_equal(bty_spin_learn(0, 0, MS), 0);
}

static void the_rate_is_followed(void **state)
{
	struct bty_watch w = { 0 };
	uint64_t now = 1000 * MS, i;
	double before;
	int n;

	bty_watch_look(&w, 0, now);
	assert_true(w.rate_pps == 0);
	for (i = 1; i <= 4000; i++)
		bty_watch_look(&w, i, now += 10 * US);
	assert_in_range((uint64_t)w.rate_pps, 99000, 101000);
	/* time stands still, or the clock is that of another look */
	before = w.rate_pps;
	bty_watch_look(&w, i + 1000, now);
	bty_watch_look(&w, i + 1000, now - MS);
	assert_true(w.rate_pps == before);
	/* XDP takes back what did not fit */
	i -= 3000;
	bty_watch_look(&w, i, now += 10 * US);
	assert_true(w.rate_pps >= 0 && w.rate_pps <= before);
	/* silence: one look */
	bty_watch_look(&w, i, now += 1000 * MS);
	assert_true(w.rate_pps < 1000);
	/* and traffic that begins again: a millisecond of 20 kpps, but not a few packets */
	for (n = 0; n < 4; n++)
		bty_watch_look(&w, ++i, now += US);
	assert_true(w.rate_pps < 10000);
	for (n = 0; n < 20; n++)
		bty_watch_look(&w, ++i, now += 50 * US);
	assert_true(w.rate_pps > 12500);
	/* a packet after a day is no traffic */
	bty_watch_look(&w, i + 1, now += 86400000 * MS);
	assert_true(w.rate_pps < 1);
}

/* --- over time: what rests cost, in ns of CPU time */

enum law { FIXED, POISSON, BURSTS };

struct sim {
	uint64_t cost, max, limit;
	struct bty_watch watch;
	double paid, sleeping, spinning; /* by the rule; by always sleeping; by always spinning */
};

static uint64_t gap_ns(enum law law, double pps, int i)
{
	switch (law) {
	case FIXED:
		return (uint64_t)(1e9 / pps);
	case POISSON:
		return (uint64_t)(-log(uniform()) * 1e9 / pps);
	default:
		return i % 32 ? 500 : (uint64_t)(32e9 / pps);
	}
}

/* The next packet comes gap after the last one was served. */
static void sim_rest(struct sim *s, uint64_t enq, uint64_t now, uint64_t gap)
{
	uint64_t bound = s->cost < s->max ? s->cost : s->max, ns;

	bty_watch_look(&s->watch, enq, now);
	ns = spin(expect(s->watch.rate_pps, 0, 1, 0, 20 * MS), NEVER, s->cost, s->max, s->limit);
	s->paid += gap <= ns ? (double)gap : (double)(ns + s->cost);
	s->sleeping += (double)s->cost;
	s->spinning += (double)gap;
	s->limit = bty_spin_learn(s->limit, bound, gap);
}

static void sim_run(struct sim *s, enum law law, double pps, uint64_t cost, int packets)
{
	uint64_t now = 1000 * MS, gap;
	int i;

	*s = (struct sim){ .cost = cost, .max = 1000 * US };
	for (i = 0; i < packets; i++) {
		gap = gap_ns(law, pps, i);
		sim_rest(s, i, now, gap);
		now += gap;
	}
}

/* Also for bursts, whose rate says nothing of the gap after them: what is learnt does. */
static void never_twice_the_better(void **state)
{
	const double rates[] = { 100, 1e3, 5e3, 10e3, 20e3, 50e3, 100e3, 200e3, 1e6 };
	const uint64_t costs[] = { 5 * US, 20 * US, 90 * US };
	struct sim s;
	size_t r, c;
	int law;

	for (law = FIXED; law <= BURSTS; law++)
		for (c = 0; c < 3; c++)
			for (r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
				sim_run(&s, law, rates[r], costs[c], 20000);
				if (s.paid > 2 * fmin(s.sleeping, s.spinning))
					fail_msg("law %d at %.0f pps, cost %llu ns: %.2f of sleeping, %.2f of spinning",
						 law, rates[r], (unsigned long long)costs[c], s.paid / s.sleeping,
						 s.paid / s.spinning);
			}
}

/* Where the gap is far from the cost it is as good as the better one, but for what the estimate takes at the start. */
static void as_the_better_far_from_the_cost(void **state)
{
	struct sim s;

	sim_run(&s, POISSON, 5e3, 50 * US, 20000);
	assert_true(s.paid < 1.1 * s.sleeping);
	sim_run(&s, FIXED, 9e3, 80 * US, 20000);
	assert_true(s.paid < 1.01 * s.sleeping);
	sim_run(&s, POISSON, 100e3, 80 * US, 20000);
	assert_true(s.paid < 1.1 * s.spinning);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_release),
		cmocka_unit_test(rates_that_make_no_sense),
		cmocka_unit_test(how_long),
		cmocka_unit_test(never_beyond_its_bounds),
		cmocka_unit_test(grows_and_shrinks),
		cmocka_unit_test(the_rate_is_followed),
		cmocka_unit_test(never_twice_the_better),
		cmocka_unit_test(as_the_better_far_from_the_cost),
	};

	return cmocka_run_group_tests_name("spin", tests, NULL, NULL);
}
