// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a worker notes for controllers: which packets of a source count in delays, turns of its loop, pauses; and sources whose
 * rate changes while they run. In a worker without a kernel behind it (wk.h), on simulated time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <elements/infinitesource.h>

#include "tests/packets/wk.h"
#include "user/placement/placement.h"

#define FRAMES	  4096
#define START_NS  1000000000000ULL
#define SECOND_NS 1000000000ULL

static struct bty_graph *g;
static struct bty_datapath *dp;
static struct bty_err err;
static struct wk k;

static void open_worker(const char *text)
{
	const struct bty_load_opts lo = { .plain = 1 };

	if (bty_place_text(text, strlen(text), "f.click", "eth0", NULL, 0, &g, &err) || bty_load(g, &lo, &dp, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(wk_open(&k, g, dp, 64, FRAMES), 0);
	wk_now = &k;
	if (wk_own(&k, &err))
		fail_msg("%s", err.msg);
}

static void close_worker(void)
{
	wk_close(&k);
	bty_unload(dp);
	bty_graph_free(g);
}

static struct bty_node *node(const char *name)
{
	int i = bty_graph_find(g, name);

	assert_true(i >= 0);
	return &k.w.node[i];
}

/* 16 flows take turns in bursts of 64: each has the same place in every burst, and still its share of the samples. */
static void every_flow_is_sampled(void **state)
{
	uint64_t count;
	int i;

	open_worker(
		"InfiniteSource(BURST 64, FLOWS 16, LIMIT 256000) -> c :: IPClassifier(src port 1024, src port 1027, "
		"src port 1039, -);"
		"c[0] -> a :: Counter -> d :: Discard; c[1] -> b :: Counter -> d; c[2] -> e :: Counter -> d; c[3] -> d;"
		"Flow(f0, PATH a); Flow(f3, PATH b); Flow(f15, PATH e);");
	while (bty_tick(&k.w, bty_clock_ns() - 1000, 1))
		;
	for (i = 0; i < 3; i++) {
		assert_int_equal(k.w.flow[i].packets, 16000);
		count = k.w.flow[i].delay->count;
		/* 1000 are expected, with a standard deviation of some 30 */
		assert_in_range(count, 850, 1150);
	}
	close_worker();
}

/* However few there are in a burst, one of them counts. */
static void small_bursts_are_sampled(void **state)
{
	open_worker("InfiniteSource(BURST 3, LIMIT 3000) -> a :: Counter -> Discard; Flow(f, PATH a);");
	while (bty_tick(&k.w, bty_clock_ns() - 1000, 1))
		;
	assert_int_equal(k.w.flow[0].packets, 3000);
	assert_int_equal(k.w.flow[0].delay->count, 1000);
	close_worker();
}

static uint64_t made_in(uint64_t *now, uint64_t ns)
{
	uint64_t before = node("s")->stats.made, end = *now + ns;

	/* a tick each 10 us, as a worker that is busy otherwise */
	for (; *now < end; *now += 10000)
		bty_tick(&k.w, *now, 1);
	return node("s")->stats.made - before;
}

static void set_rate(uint64_t pps)
{
	((struct infinitesource_args *)g->el[bty_graph_find(g, "s")].args)->rate_pps = pps;
	k.w.renew = bty_graph_find(g, "s") + 1;
	bty_worker_renew(&k.w);
}

/* From one moment to the next, neither a burst nor a gap between them. */
static void a_rate_that_changes(void **state)
{
	uint64_t now, made;

	open_worker("s :: InfiniteSource(RATE 10kpps) -> Discard;");
	now = node("s")->env.wake_ns;
	assert_in_range(made_in(&now, SECOND_NS / 10), 999, 1001);
	set_rate(100000);
	assert_in_range(made_in(&now, SECOND_NS / 10), 9999, 10002);
	set_rate(1);
	assert_in_range(made_in(&now, SECOND_NS / 10), 1, 2);
	/* it does not wait for the second that it was going to sleep */
	set_rate(10000);
	assert_in_range(made_in(&now, SECOND_NS / 10), 999, 1002);
	set_rate(0);
	made = node("s")->stats.made;
	assert_int_equal(bty_tick(&k.w, now, 1), 1);
	assert_int_equal(bty_tick(&k.w, now, 1), 1);
	assert_int_equal(node("s")->stats.made - made, 128);
	close_worker();
}

/* One that has come to its end stays there. */
static void a_limit_holds(void **state)
{
	uint64_t now;

	open_worker("s :: InfiniteSource(RATE 10kpps, LIMIT 50) -> Discard;");
	now = node("s")->env.wake_ns;
	assert_int_equal(made_in(&now, SECOND_NS / 10), 50);
	set_rate(100000);
	assert_int_equal(made_in(&now, SECOND_NS / 10), 0);
	close_worker();
}

/* --- turns, of length ns; served: they did something */

static uint64_t clock_ns;

static void turn(uint64_t ns, uint64_t packets, int served)
{
	bty_turn_begin(&k.w, clock_ns);
	k.w.turns.sum.packets += packets;
	bty_turn_end(&k.w, served);
	clock_ns += ns;
}

static void turns_are_added_up(void **state)
{
	struct bty_run_turns *t = &k.w.turns.sum;
	int i;

	open_worker("InfiniteSource -> Discard;");
	clock_ns = START_NS;
	for (i = 0; i < 100; i++) {
		turn(10000, 32, 1);
		turn(5000, 0, 1);
		turn(1000000, 0, 0);
	}
	turn(0, 0, 0);
	assert_int_equal(t->busy_ns, 100 * 15000);
	assert_int_equal(t->entered, 100);
	assert_int_equal(t->packets, 3200);
	assert_int_equal(t->paused_ns, 0);
	close_worker();
}

/* What is rare and long is the machine's doing; what is long now and then is the pipeline's. */
static void pauses_are_told_from_long_turns(void **state)
{
	struct bty_run_turns *t = &k.w.turns.sum;
	uint64_t before;
	int i;

	open_worker("InfiniteSource -> Discard;");
	clock_ns = START_NS;
	for (i = 0; i < 20000; i++)
		turn(i % 64 ? 5000 : 300000, 64, 1);
	before = t->paused_ns;
	for (i = 0; i < 20000; i++)
		turn(i % 64 ? 5000 : 300000, 64, 1);
	assert_int_equal(t->paused_ns, before);
	turn(3000000, 64, 1);
	turn(5000, 64, 1);
	assert_in_range(t->paused_ns - before, 2000000, 3000000);
	/* a rest is none */
	before = t->paused_ns;
	turn(50000000, 0, 0);
	turn(5000, 64, 1);
	assert_int_equal(t->paused_ns, before);
	close_worker();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_flow_is_sampled), cmocka_unit_test(small_bursts_are_sampled),
		cmocka_unit_test(a_rate_that_changes),	 cmocka_unit_test(a_limit_holds),
		cmocka_unit_test(turns_are_added_up),	 cmocka_unit_test(pauses_are_told_from_long_turns),
	};

	return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
