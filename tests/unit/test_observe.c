// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What controllers get to know, from counters that the test writes itself: a worker on plain memory whose thread is never
 * started, looked at on simulated time.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "user/observe/links.h"
#include "user/observe/observe.h"
#include "user/placement/placement.h"
#include "user/run/internal.h"

#define PERIOD_NS 100000000ULL

static struct bty_graph *g;
static struct bty_datapath *dp;
static struct bty_run *run;
static struct bty_observer o;
static struct bty_err err;
static uint64_t now_ns;

static void near(double have, double want, int line)
{
	if (!(fabs(have - want) <= 1e-6 * fabs(want) + 1e-9))
		fail_msg("line %d: %.9g, expected %.9g", line, have, want);
}

#define NEAR(have, want) near(have, want, __LINE__)

static void open_pipeline(const char *text)
{
	const struct bty_load_opts lo = { .plain = 1 };
	const struct bty_run_opts ro = { .vec_pkts = 64 };

	if (bty_place_text(text, strlen(text), "f.click", "eth0", NULL, 0, &g, &err) || bty_load(g, &lo, &dp, &err) ||
	    bty_run_open(dp, &ro, &run, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(bty_observer_init(&o, dp, run, 0), 0);
	now_ns = 1000000000;
	bty_observe(&o, now_ns);
}

static void close_pipeline(void)
{
	bty_observer_free(&o);
	bty_run_stop(run);
	bty_unload(dp);
	bty_graph_free(g);
}

static int find(const char *name)
{
	int i = bty_graph_find(g, name);

	assert_true(i >= 0);
	return i;
}

static struct bty_obs_queue *queue(const char *name)
{
	return &o.queue[g->el[find(name)].queue];
}

/* Measured T(b) = t0 + t1 b, exactly. */
static void costs(const char *name, double t0, double t1)
{
	struct bty_cost *c = &run->wk[0].node[find(name)].cost;
	int b;

	memset(c, 0, sizeof(*c));
	/* what is timed has the clock's own time too */
	t0 += bty_clock_cost_ns();
	for (b = 1; b <= 16; b++) {
		c->n++;
		c->b += b;
		c->bb += b * b;
		c->t += t0 + t1 * b;
		c->bt += b * (t0 + t1 * b);
	}
}

/* So many packets came to an element, in so many batches. */
static void passed(const char *name, uint64_t packets, uint64_t batches)
{
	struct bty_el_stats *s = &run->wk[0].node[find(name)].stats;

	s->packets_in += packets;
	s->batches += batches;
}

static void left(const char *name, uint64_t packets, uint64_t batches)
{
	struct bty_queue *q = bty_lane(dp, g->el[find(name)].queue, 0);

	q->enq += packets;
	q->deq += packets;
	q->batches += batches;
}

static void put(const char *name, uint64_t packets, uint64_t puts)
{
	passed(name, packets, puts);
	run->wk[0].wqueue[run->wk[0].node[find(name)].wqueue].puts += puts;
}

static void look(void)
{
	now_ns += PERIOD_NS;
	bty_observe(&o, now_ns);
}

#define SPLIT                                                                                                    \
	"InfiniteSource -> q :: Queue -> c :: Counter -> s :: RandomSplit(3, 1); s[0] -> a :: Counter -> d1 :: " \
	"Discard;"                                                                                               \
	"s[1] -> b :: Counter -> n :: Queue -> e :: Counter -> d2 :: Discard; Flow(f, PATH q a, DELAY_SLO 1ms);"

static void split_once(void)
{
	put("q", 4000, 500);
	left("q", 4000, 100);
	passed("c", 4000, 100);
	passed("s", 4000, 100);
	passed("a", 3000, 100);
	passed("d1", 3000, 100);
	passed("b", 1000, 50);
	put("n", 1000, 50);
	left("n", 960, 15);
	passed("e", 960, 15);
	passed("d2", 960, 15);
	look();
}

static void split_costs(void)
{
	costs("c", 100, 10);
	costs("s", 50, 5);
	costs("a", 1000, 20);
	costs("b", 2000, 40);
	costs("e", 7, 3);
}

static void a_batch_by_the_shares_of_branches(void **state)
{
	open_pipeline(SPLIT);
	split_costs();
	split_once();
	/* b gets half of the batches, a quarter of the packets; what is behind n is not q's */
	NEAR(queue("q")->t0_ns, 100 + 50 + 1000 + 2000 * 0.5);
	NEAR(queue("q")->t1_ns, 10 + 5 + 20 * 0.75 + 40 * 0.25);
	NEAR(queue("n")->t0_ns, 7);
	NEAR(queue("n")->t1_ns, 3);
	NEAR(queue("q")->batch_pkts, 40);
	NEAR(queue("q")->burst_pkts, 8);
	NEAR(queue("n")->batch_pkts, 64);
	NEAR(queue("n")->burst_pkts, 20);
	close_pipeline();
}

/* The original's sums grew by themselves at every round. */
static void sums_do_not_grow(void **state)
{
	double t0, t1, elements;
	int i;

	open_pipeline(SPLIT);
	split_costs();
	split_once();
	t0 = queue("q")->t0_ns;
	t1 = queue("q")->t1_ns;
	run->wk[0].turns.sum.entered += 100;
	split_once();
	elements = o.worker.elements_ns;
	for (i = 0; i < 20; i++) {
		run->wk[0].turns.sum.entered += 100;
		split_once();
		NEAR(queue("q")->t0_ns, t0);
		NEAR(queue("q")->t1_ns, t1);
		assert_true(o.worker.elements_ns <= elements);
	}
	NEAR(o.flow[0].t0_ns, 100 + 50 + 1000);
	assert_int_equal(queue("q")->nnext, 1);
	assert_int_equal(queue("n")->nfrom, 1);
	/* nor do they vanish when nothing passes */
	for (i = 0; i < 20; i++)
		look();
	NEAR(queue("q")->t0_ns, t0);
	NEAR(queue("q")->batch_pkts, 40);
	close_pipeline();
}

static void next_queues_and_their_shares(void **state)
{
	open_pipeline(SPLIT);
	split_once();
	assert_int_equal(queue("q")->nnext, 1);
	assert_int_equal(queue("q")->next[0], g->el[find("n")].queue);
	NEAR(queue("q")->next_share[0], 0.25);
	assert_int_equal(queue("q")->nfrom, 0);
	assert_int_equal(queue("n")->nfrom, 1);
	assert_int_equal(queue("n")->nnext, 0);
	close_pipeline();
}

/* Two queues into one element: each has its own packets there, and its own batches. */
static void where_queues_meet(void **state)
{
	open_pipeline(
		"s :: InfiniteSource -> t :: RandomSplit(1, 1); t[0] -> q1 :: Queue -> a :: Counter -> m :: Counter;"
		"t[1] -> q2 :: Queue -> b :: Counter -> m; m -> r :: RandomSplit(1, 1); r[0] -> d :: Discard; "
		"r[1] -> n :: Queue -> e :: Discard;");
	costs("m", 1000, 10);
	costs("r", 100, 0);
	left("q1", 6400, 100);
	passed("a", 6400, 100);
	left("q2", 1600, 1600);
	passed("b", 1600, 1600);
	passed("m", 8000, 1700);
	passed("r", 8000, 1700);
	passed("d", 4000, 900);
	put("n", 4000, 800);
	look();
	NEAR(queue("q1")->t0_ns, 1100);
	NEAR(queue("q2")->t0_ns, 1100);
	NEAR(queue("q1")->t1_ns, 10);
	NEAR(queue("q2")->t1_ns, 10);
	NEAR(queue("q1")->next_share[0], 0.5);
	NEAR(queue("q2")->next_share[0], 0.5);
	assert_int_equal(queue("n")->nfrom, 2);
	close_pipeline();
}

/* Two splits into the same two elements: the sums of rows and columns say all but one number, and that is the likeliest. */
static void where_branches_cross(void **state)
{
	open_pipeline(
		"InfiniteSource -> q1 :: Queue -> s1 :: RandomSplit(1, 1); InfiniteSource -> q2 :: Queue -> s2 :: "
		"RandomSplit(1, 1); s1[0] -> a :: Counter; s1[1] -> b :: Counter; s2[0] -> a; s2[1] -> b;"
		"a -> n1 :: Queue -> Discard; b -> n2 :: Queue -> Discard;");
	left("q1", 3000, 100);
	passed("s1", 3000, 100);
	left("q2", 1000, 50);
	passed("s2", 1000, 50);
	passed("a", 1600, 100);
	passed("b", 2400, 120);
	put("n1", 1600, 100);
	put("n2", 2400, 120);
	look();
	assert_true(fabs(queue("q1")->next_share[0] - 0.4) < 1e-3);
	assert_true(fabs(queue("q2")->next_share[0] - 0.4) < 1e-3);
	assert_true(fabs(queue("q1")->next_share[1] - 0.6) < 1e-3);
	close_pipeline();
}

/* Three into three, not all of them connected: what each element sent and what each got hold together. */
static void where_more_branches_cross(void **state)
{
	static const char *const names[] = { "q1", "q2", "q3" };
	double sum;
	int i, k;

	open_pipeline(
		"InfiniteSource -> q1 :: Queue -> s1 :: RandomSplit(1, 1); InfiniteSource -> q2 :: Queue -> s2 :: "
		"RandomSplit(1, 1, 1); InfiniteSource -> q3 :: Queue -> s3 :: RandomSplit(1, 1);"
		"s1[0] -> a :: Counter; s1[1] -> b :: Counter; s2[0] -> a; s2[1] -> b; s2[2] -> c :: Counter; s3[0] -> "
		"b; "
		"s3[1] -> c; a -> n1 :: Queue -> Discard; b -> n2 :: Queue -> Discard; c -> n3 :: Queue -> Discard;");
	left("q1", 3000, 100);
	passed("s1", 3000, 100);
	left("q2", 1000, 50);
	passed("s2", 1000, 50);
	left("q3", 900, 50);
	passed("s3", 900, 50);
	passed("a", 1500, 100);
	passed("b", 2400, 120);
	passed("c", 1000, 80);
	put("n1", 1500, 100);
	put("n2", 2400, 120);
	put("n3", 1000, 80);
	look();
	for (i = 0; i < 3; i++) {
		for (k = 0, sum = 0; k < queue(names[i])->nnext; k++)
			sum += queue(names[i])->next_share[k];
		assert_true(fabs(sum - 1) < 0.02);
	}
	sum = 3000 * queue("q1")->next_share[0] + 1000 * queue("q2")->next_share[0];
	assert_true(fabs(sum - 1500) < 1);
	close_pipeline();
}

/* Shares follow what passes now, and stay when nothing does. */
static void shares_follow(void **state)
{
	int i;

	open_pipeline(SPLIT);
	for (i = 0; i < 20; i++)
		split_once();
	for (i = 0; i < 10; i++) {
		left("q", 2000, 100);
		passed("c", 2000, 100);
		passed("s", 2000, 100);
		passed("a", 1000, 50);
		passed("b", 1000, 50);
		put("n", 1000, 50);
		look();
	}
	assert_true(fabs(queue("q")->next_share[0] - 0.5) < 0.001);
	for (i = 0; i < 50; i++)
		look();
	assert_true(fabs(queue("q")->next_share[0] - 0.5) < 0.001);
	close_pipeline();
}

static void flows_cost_their_way(void **state)
{
	open_pipeline(SPLIT);
	split_costs();
	split_once();
	NEAR(o.flow[0].t0_ns, 100 + 50 + 1000);
	NEAR(o.flow[0].t1_ns, 10 + 5 + 20);
	assert_int_equal(o.flow[0].nqueues, 1);
	close_pipeline();
}

static void absurd_estimates(void **state)
{
	static const double bad[] = { NAN, INFINITY, -INFINITY, 1e12, -1e6 };
	uint64_t counted = 0;
	size_t i;

	open_pipeline("InfiniteSource -> q :: Queue -> a :: Counter -> d :: Discard; Flow(f, PATH q a);");
	left("q", 100, 10);
	passed("a", 100, 10);
	passed("d", 100, 10);
	costs("a", 300, 4);
	look();
	assert_int_equal(o.bad_estimates, 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		costs("a", 300, 4);
		run->wk[0].node[find("a")].cost.t = bad[i];
		look();
		assert_int_equal(o.bad_estimates, ++counted);
		assert_true(queue("q")->t0_ns >= 0 && queue("q")->t0_ns <= 10e6);
		assert_true(queue("q")->t1_ns >= 0 && queue("q")->t1_ns <= 1e6);
		assert_true(o.flow[0].t0_ns >= 0 && o.flow[0].t0_ns <= 10e6);
	}
	costs("a", 300, 4);
	look();
	NEAR(queue("q")->t0_ns, 300);
	/* a cheap element's noise is no reason to worry */
	costs("a", -5, 4);
	look();
	NEAR(queue("q")->t0_ns, 0);
	assert_int_equal(o.bad_estimates, counted);
	close_pipeline();
}

static void before_anything_passed(void **state)
{
	open_pipeline(SPLIT);
	split_costs();
	look();
	NEAR(queue("q")->t0_ns, 100 + 50 + 500 + 1000);
	NEAR(queue("q")->next_share[0], 0.5);
	NEAR(queue("q")->batch_pkts, 1);
	assert_true(queue("q")->total_pps == 0 && queue("q")->batches_ps == 0);
	close_pipeline();
}

static void what_workers_do(void **state)
{
	struct bty_run_turns *t;
	int i;

	open_pipeline(SPLIT);
	t = &run->wk[0].turns.sum;
	for (i = 0; i < 50; i++) {
		t->busy_ns += PERIOD_NS / 4;
		t->entered += 1000;
		t->packets += 32000;
		t->ticks += 1000;
		t->eager += 1000;
		look();
	}
	NEAR(o.worker.busy, 0.25);
	NEAR(o.worker.turnaround_ns, PERIOD_NS / 1000.0);
	NEAR(o.worker.turn_pkts, 32);
	NEAR(o.worker.pps, 320000);
	assert_int_equal(o.worker.greedy, 1);
	/* busy on the clock, without having run */
	assert_int_equal(o.worker.stalled_ns, PERIOD_NS / 4);
	t->ticks += 1000;
	look();
	assert_int_equal(o.worker.greedy, 0);
	assert_int_equal(o.worker.stalled_ns, 0);
	t->paused_ns += 5000000;
	look();
	assert_int_equal(o.worker.stalled_ns, 5000000);
	close_pipeline();
}

/* Each look judges when asked to; a percentile of fewer than 20 samples is none. */
static void windows_as_long_as_asked_for(void **state)
{
	struct bty_hist *delay;
	int i;

	open_pipeline(SPLIT);
	o.judge_ns = 0;
	delay = run->wk[0].flow[0].delay;
	for (i = 0; i < 19; i++)
		bty_hist_add(delay, 500000);
	look();
	assert_int_equal(o.flow[0].windows, 0);
	for (i = 0; i < 81; i++)
		bty_hist_add(delay, 2000000);
	look();
	assert_int_equal(o.flow[0].windows, 1);
	assert_int_equal(o.flow[0].violations, 1);
	assert_in_range(o.flow[0].measured_ns, 2000000, 2125000);
	for (i = 0; i < 100; i++)
		bty_hist_add(delay, i < 96 ? 100000 : 2000000);
	now_ns -= PERIOD_NS - 10000000;
	look();
	assert_int_equal(o.flow[0].windows, 2);
	assert_int_equal(o.flow[0].violations, 1);
	assert_in_range(o.flow[0].measured_ns, 100000, 106250);
	close_pipeline();
}

/* As profiled, where packets come from a device and go to one; what has no device does not have it. */
static void devices_and_wake_ups(void **state)
{
	static const struct bty_cost_fit fit[] = {
		[BTY_COST_WAKEUP] = { .t0_ns = 4000 },
		[BTY_COST_RECEIVE] = { .t0_ns = 60, .t1_ns = 11 },
		[BTY_COST_TRANSMIT] = { .t0_ns = 2000, .t1_ns = 270 },
	};
	const struct bty_cost_how how = { 0 };
	struct bty_costs *known = bty_costs_new();
	int i;

	open_pipeline("InfiniteSource -> q :: Queue -> c :: Counter -> s :: RandomSplit(1, 1); s[0] -> ToDevice(eth1); "
		      "s[1] -> Discard;");
	for (i = 0; i < BTY_COST_NIO; i++)
		assert_int_equal(bty_costs_put_io(known, i, &fit[i], &how), 0);
	o.costs = known;
	costs("c", 100, 10);
	look();
	NEAR(queue("q")->t0_ns, 100);
	NEAR(queue("q")->wake_ns, 0);
	g->el[find("q")].backend = BTY_BACKEND_XSK;
	dp->plain = 0;
	look();
	NEAR(queue("q")->t0_ns, 100 + 60 + 2000 / 2.0);
	NEAR(queue("q")->t1_ns, 10 + 11 + 270 / 2.0);
	NEAR(queue("q")->wake_ns, 4000);
	/* not profiled, what the worker found at its start */
	o.costs = NULL;
	run->wk[0].wakeup_ns = 7000;
	look();
	NEAR(queue("q")->t0_ns, 100);
	NEAR(queue("q")->wake_ns, 7000);
	dp->plain = 1;
	close_pipeline();
	bty_costs_free(known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_by_the_shares_of_branches),
		cmocka_unit_test(sums_do_not_grow),
		cmocka_unit_test(next_queues_and_their_shares),
		cmocka_unit_test(where_queues_meet),
		cmocka_unit_test(where_branches_cross),
		cmocka_unit_test(where_more_branches_cross),
		cmocka_unit_test(shares_follow),
		cmocka_unit_test(flows_cost_their_way),
		cmocka_unit_test(absurd_estimates),
		cmocka_unit_test(before_anything_passed),
		cmocka_unit_test(what_workers_do),
		cmocka_unit_test(windows_as_long_as_asked_for),
		cmocka_unit_test(devices_and_wake_ups),
	};

	return cmocka_run_group_tests_name("observe", tests, NULL, NULL);
}
