// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The percentile that a flow asks for is the one that is measured, reported and planned with, from the pipeline file to the trigger.
 * In the original the setting for the 99th took the 95th.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "decide.h"
#include "user/decide/slo.h"
#include "user/observe/observe.h"
#include "user/placement/placement.h"
#include "user/run/internal.h"

static const char text[] =
	"InfiniteSource -> q :: Queue -> c :: Counter -> d :: Discard;"
	"Flow(f50, PATH q c, DELAY_SLO 5ms, PERCENTILE 50); Flow(f95, PATH q c, DELAY_SLO 5ms);"
	"Flow(f99, PATH q c, DELAY_SLO 5ms, PERCENTILE 99); Flow(f999, PATH q c, DELAY_SLO 5ms, PERCENTILE 99.9);";

/* 1000 delays: 900 of 0.1 ms, 70 of 1 ms, 25 of 10 ms and 5 of 100 ms. */
static void add_delays(struct bty_hist *h)
{
	int i;

	for (i = 0; i < 1000; i++)
		bty_hist_add(h, i < 900 ? 100000 : i < 970 ? 1000000 : i < 995 ? 10000000 : 100000000);
}

#define SECOND 1000000000ULL
/* a bucket is at most a sixteenth wide */
#define IS_ABOUT(have, want) assert_in_range(have, want, (want) * 17 / 16)

static void measured_and_reported(void **state)
{
	static const uint64_t want[] = { 100000, 1000000, 10000000, 100000000 };
	const struct bty_load_opts lo = { .plain = 1 };
	const struct bty_run_opts ro = { .vec_pkts = 64 };
	struct bty_snapshot s = { 0 };
	struct bty_observer o;
	struct bty_datapath *dp;
	struct bty_graph *g;
	struct bty_run *run;
	struct bty_err err;
	int i;

	if (bty_place_text(text, strlen(text), "f.click", "eth0", NULL, 0, &g, &err) || bty_load(g, &lo, &dp, &err) ||
	    bty_run_open(dp, &ro, &run, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(bty_observer_init(&o, dp, run, 0), 0);
	bty_observe(&o, SECOND);
	for (i = 0; i < 4; i++)
		add_delays(run->wk[0].flow[i].delay);
	bty_observe(&o, 2 * SECOND);
	assert_int_equal(bty_observe_snapshot(&o, &s), 0);
	assert_int_equal(s.nflows, 4);
	for (i = 0; i < 4; i++) {
		assert_int_equal(o.flow[i].windows, 1);
		IS_ABOUT(o.flow[i].measured_ns, want[i]);
		/* late by its own percentile, or not */
		assert_int_equal(o.flow[i].violations, want[i] > 5000000);
		assert_int_equal(s.flow[i].window_ns, o.flow[i].measured_ns);
		IS_ABOUT(s.flow[i].delay.p50_ns, want[0]);
		IS_ABOUT(s.flow[i].delay.p95_ns, want[1]);
		IS_ABOUT(s.flow[i].delay.p99_ns, want[2]);
	}
	bty_snapshot_free(&s);
	bty_observer_free(&o);
	bty_run_stop(run);
	bty_unload(dp);
	bty_graph_free(g);
}

/* The same flow but for its percentile: the more of its packets have to be in time, the smaller are its batches. */
static void planned_with(void **state)
{
	static const double percentile[] = { 50, 90, 95, 99, 99.9, 100 };
	struct bty_observer *o = calloc(1, sizeof(*o));
	struct bty_decision d;
	struct bty_spread s;
	struct bty_control *c;
	uint32_t last = UINT32_MAX;
	double bound, before = 0;
	size_t i;

	for (i = 0; i < sizeof(percentile) / sizeof(percentile[0]); i++) {
		s = bty_wait_spread(percentile[i]);
		bound = bty_wait_bound_ns(32, 1e6, 1, &s);
		assert_true(s.share == percentile[i] / 100 && bound > 1.02 * before);
		before = bound;
		fill(o, 1);
		o->flow[0].percentile = percentile[i];
		/* nothing is learned: what is compared is the plan */
		o->flow[0].measured_ns = 0;
		c = control_of("slo", o);
		again(c, o, &d);
		print_message("percentile %g: trigger %u\n", percentile[i], d.queue[0].trigger);
		assert_true(d.queue[0].trigger > 1 && d.queue[0].trigger < last);
		last = d.queue[0].trigger;
		/* the strictest of several counts */
		o->nflows = 2;
		o->flow[1] = o->flow[0];
		o->flow[1].percentile = 50;
		again(c, o, &d);
		assert_int_equal(d.queue[0].trigger, last);
		bty_control_free(c);
	}
	free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measured_and_reported),
		cmocka_unit_test(planned_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
