// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Weighted fair queueing among the tasks of a worker: shares of time, backpressure, and that nothing is lost. In a worker without
 * a kernel behind it (wk.h) on a clock that the elements themselves move on, so that the machine has no say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/packets/wk.h"
#include "user/placement/placement.h"
#include "user/run/wfq.h"

#define FRAMES 16384

static struct bty_graph *g;
static struct bty_datapath *dp;
static struct bty_err err;
static struct wk k;

/* --- time: a batch takes 1000 units, and each packet 100 or, in elements named dear, 1000 */

static uint64_t units;

static uint64_t read_units(void)
{
	return units;
}

static void cheap_process(struct bty_batch *b, const void *args, struct bty_env *env)
{
	uint32_t i;

	for (i = 0; i < b->n; i++)
		b->verdict[i] = 0;
	units += 1000 + 100 * b->n;
}

static void dear_process(struct bty_batch *b, const void *args, struct bty_env *env)
{
	cheap_process(b, args, env);
	units += 900 * b->n;
}

static struct bty_class cheap, dear;

static void open_worker(const char *text)
{
	const struct bty_load_opts lo = { .plain = 1 };
	int i;

	if (bty_place_text(text, strlen(text), "f.click", "eth0", NULL, 0, &g, &err))
		fail_msg("%s", err.msg);
	cheap = dear = *bty_class_find("Counter");
	cheap.process = cheap_process;
	dear.process = dear_process;
	for (i = 0; i < g->nel; i++) {
		if (!strncmp(g->el[i].name, "cheap", 5))
			g->el[i].cls = &cheap;
		if (!strncmp(g->el[i].name, "dear", 4))
			g->el[i].cls = &dear;
	}
	if (bty_load(g, &lo, &dp, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(wk_open(&k, g, dp, 64, FRAMES), 0);
	wk_now = &k;
	if (wk_own(&k, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(bty_wfq_open(&k.w), 0);
	k.w.wfq->clock = read_units;
	units = 0;
}

static void close_worker(void)
{
	bty_wfq_close(&k.w);
	wk_close(&k);
	bty_unload(dp);
	bty_graph_free(g);
}

static struct bty_task *task(const char *queue)
{
	int i = bty_graph_find(g, queue);

	assert_true(i >= 0);
	return &k.w.wfq->task[k.w.nlanes + k.w.node[i].wqueue];
}

/* Every packet is in a queue, or has ended for a reason; every frame is free or in use by one of them. */
static void adds_up(void)
{
	uint64_t made = 0, gone = 0, backlog = wk_backlog(&k);
	int i, d;

	for (i = 0; i < g->nel; i++) {
		made += k.w.node[i].stats.made;
		gone += k.w.node[i].stats.tx + k.w.node[i].stats.pass;
		for (d = 0; d < BTY_DROP_MAX; d++)
			gone += k.w.node[i].stats.drops[d];
	}
	assert_int_equal(made, gone + backlog);
	assert_int_equal(k.w.umem.nfree + backlog, k.w.umem.nframes);
	assert_int_equal(k.w.inflight, 0);
}

static uint64_t dropped_full(void)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < g->nel; i++)
		sum += k.w.node[i].stats.drops[BTY_DROP_QUEUE_FULL];
	return sum;
}

/* At most n turns; returns how many there were to do. */
static int turns(int n, int sources)
{
	int i;

	for (i = 0; i < n && bty_wfq_turn(&k.w, bty_clock_ns(), sources); i++)
		if (i % 64 == 0)
			adds_up();
	adds_up();
	return i;
}

/* Until all sources have come to an end and all queues are empty. */
static void run_dry(void)
{
	assert_in_range(turns(1000000, 1), 1, 999999);
	assert_int_equal(wk_backlog(&k), 0);
}

/* --- shares */

#define TWO                                                                                                     \
	"InfiniteSource(BURST 64) -> s :: RandomSplit(1, 1); s[0] -> q1 :: Queue -> cheap1 :: Counter -> d :: " \
	"Discard;"                                                                                              \
	"s[1] -> q2 :: Queue -> dear2 :: Counter -> d;"

static void time_by_weight(void **state)
{
	static const uint32_t weight[][2] = { { 1, 1 }, { 1, 3 }, { 5, 1 }, { 0, 10 } };
	uint64_t had1, had2;
	double want, share;
	size_t i;
	int n;

	for (i = 0; i < sizeof(weight) / sizeof(weight[0]); i++) {
		open_worker(TWO);
		task("q1")->q->weight = weight[i][0];
		task("q2")->q->weight = weight[i][1];
		/* both are kept full: by hand, since sources have their share too */
		for (n = 0; n < 20000; n++) {
			while (bty_backlog(task("q1")->q) < 128 || bty_backlog(task("q2")->q) < 128)
				bty_tick_sources(&k.w, bty_clock_ns());
			assert_int_equal(bty_wfq_turn(&k.w, bty_clock_ns(), 0), 1);
		}
		adds_up();
		had1 = task("q1")->used;
		had2 = task("q2")->used;
		want = (weight[i][1] ? weight[i][1] : 1.0) / ((weight[i][0] ? weight[i][0] : 1) + weight[i][1]);
		share = (double)had2 / (double)(had1 + had2);
		if (share < want * 0.99 || share > want * 1.01)
			fail_msg("weights %u and %u: the second had %.3f of the time, expected %.3f", weight[i][0],
				 weight[i][1], share, want);
		close_worker();
	}
}

/* Sources are a task of weight 1: with queues of weight 1 each of three has a third, as long as all have work. */
static void sources_are_a_task(void **state)
{
	struct bty_task *sources;

	open_worker("InfiniteSource(BURST 64) -> cheap0 :: Counter -> s :: RandomSplit(1, 1); s[0] -> q1 :: "
		    "Queue(CAPACITY 65536) ->"
		    "dear1 :: Counter -> d :: Discard; s[1] -> q2 :: Queue(CAPACITY 65536) -> dear2 :: Counter -> d;");
	sources = &k.w.wfq->task[k.w.wfq->ntasks - 1];
	turns(600, 1);
	assert_true(sources->used > 0);
	assert_true(task("q1")->used > sources->used * 9 / 10 - 70000 &&
		    task("q1")->used < sources->used * 11 / 10 + 70000);
	close_worker();
}

/* Who had nothing to do does not catch up afterwards. */
static void no_credit_for_idling(void **state)
{
	uint64_t before1, before2;
	int n;

	open_worker("a :: InfiniteSource(BURST 64) -> q1 :: Queue -> cheap1 :: Counter -> d :: Discard;"
		    "b :: InfiniteSource(BURST 64) -> q2 :: Queue -> cheap2 :: Counter -> d;");
	k.w.node[bty_graph_find(g, "b")].env.wake_ns = 0;
	for (n = 0; n < 1000; n++) {
		bty_tick_sources(&k.w, bty_clock_ns());
		while (bty_wfq_turn(&k.w, bty_clock_ns(), 0))
			;
	}
	assert_int_equal(task("q2")->used, 0);
	before1 = task("q1")->used;
	k.w.node[bty_graph_find(g, "b")].env.wake_ns = 1;
	for (n = 0; n < 100; n++) {
		while (bty_backlog(task("q1")->q) < 128 || bty_backlog(task("q2")->q) < 128)
			bty_tick_sources(&k.w, bty_clock_ns());
		bty_wfq_turn(&k.w, bty_clock_ns(), 0);
	}
	before1 = task("q1")->used - before1;
	before2 = task("q2")->used;
	assert_in_range(before1, before2 * 9 / 10, before2 * 11 / 10);
	close_worker();
}

/* --- backpressure */

static void who_feeds_a_full_queue_waits(void **state)
{
	uint64_t most = 0, was = 0, have, lowest = UINT64_MAX;
	int n, held = 0;

	open_worker("InfiniteSource(BURST 64) -> q1 :: Queue(CAPACITY 1024) -> cheap1 :: Counter -> q2 :: "
		    "Queue(CAPACITY 256) ->"
		    "dear2 :: Counter -> d :: Discard;");
	task("q2")->q->weight = 1;
	task("q1")->q->weight = 1000;
	for (n = 0; n < 5000; n++) {
		assert_int_equal(bty_wfq_turn(&k.w, bty_clock_ns(), 1), 1);
		have = bty_backlog(task("q2")->q);
		if (have > most)
			most = have;
		/* above 3/4 it only shrinks, until it is below a half */
		if (was >= 192)
			held = 1;
		if (held && have > was)
			fail_msg("%lu packets, then %lu, without having been below a half", was, have);
		if (held && have < 128)
			held = 0;
		if (n > 100 && have < lowest)
			lowest = have;
		was = have;
	}
	assert_in_range(most, 192, 256);
	assert_in_range(lowest, 1, 128);
	assert_int_equal(dropped_full(), 0);
	adds_up();
	close_worker();
}

static const char *const pipelines[] = {
	/* a chain whose last element is the slowest */
	"InfiniteSource(LIMIT 20000, BURST 64) -> Queue(CAPACITY 64) -> cheap1 :: Counter -> Queue(CAPACITY 64) -> "
	"cheap2 :: Counter"
	"-> Queue(CAPACITY 128) -> dear3 :: Counter -> Discard;",
	/* a diamond */
	"InfiniteSource(LIMIT 20000, BURST 31) -> Queue(CAPACITY 128) -> s :: RandomSplit(1, 5); s[0] -> "
	"Queue(CAPACITY 64) ->"
	"dear1 :: Counter -> j :: Queue(CAPACITY 64); s[1] -> Queue(CAPACITY 256) -> cheap1 :: Counter -> j; j -> "
	"cheap2 :: Counter"
	"-> Discard;",
	/* two sources, one of them much faster; a copy goes another way */
	"InfiniteSource(LIMIT 9000, BURST 64) -> t :: Tee(2); t[0] -> Queue(CAPACITY 256) -> cheap1 :: Counter -> "
	"Discard;"
	"t[1] -> q :: Queue(CAPACITY 1024) -> dear1 :: Counter -> Discard; InfiniteSource(LIMIT 1000, BURST 1) -> q;",
	/* wide */
	"InfiniteSource(LIMIT 20000) -> s :: RandomSplit(1, 1, 1, 1, 1, 1, 1, 1);"
	"s[0] -> Queue(CAPACITY 128) -> dear :: Counter; s[1] -> Queue(CAPACITY 128) -> dear; s[2] -> Queue(CAPACITY "
	"128) -> dear;"
	"s[3] -> Queue(CAPACITY 128) -> dear; s[4] -> Queue(CAPACITY 128) -> dear; s[5] -> Queue(CAPACITY 128) -> dear;"
	"s[6] -> Queue(CAPACITY 128) -> dear; s[7] -> Queue(CAPACITY 128) -> dear; dear -> Discard;",
};

static void nothing_is_lost_or_left(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(pipelines) / sizeof(pipelines[0]); i++) {
		open_worker(pipelines[i]);
		run_dry();
		assert_int_equal(dropped_full(), 0);
		close_worker();
	}
}

/* Packets that go round may fill their queues: those do not wait for each other. */
static void circles_do_not_stop(void **state)
{
	/* the source takes no time: it fills q1 whenever it may */
	open_worker("InfiniteSource(LIMIT 20000, BURST 16) -> q1 :: Queue(CAPACITY 64) -> cheap1 :: Counter -> q2 :: "
		    "Queue(CAPACITY 64) ->"
		    "dear2 :: Counter -> s :: RandomSplit(1, 1); s[0] -> q1; s[1] -> Discard;");
	run_dry();
	close_worker();
	open_worker("InfiniteSource(LIMIT 5000, BURST 16) -> q :: Queue(CAPACITY 64) -> dear1 :: Counter -> s :: "
		    "RandomSplit(1, 1);"
		    "s[0] -> q; s[1] -> Discard;");
	run_dry();
	close_worker();
}

/* However long it runs, and from wherever its virtual time begins. */
static void virtual_time_wraps_around(void **state)
{
	uint64_t first;
	int n;

	open_worker(TWO);
	k.w.wfq->now = task("q1")->vtime = task("q2")->vtime = UINT64_MAX - 1000000;
	for (n = 0; n < 2000; n++) {
		while (bty_backlog(task("q1")->q) < 128 || bty_backlog(task("q2")->q) < 128)
			bty_tick_sources(&k.w, bty_clock_ns());
		bty_wfq_turn(&k.w, bty_clock_ns(), 0);
	}
	first = task("q1")->used;
	assert_in_range(first, task("q2")->used * 95 / 100, task("q2")->used * 105 / 100);
	close_worker();
}

/* --- in the worker's own thread */

static void a_thread_of_its_own(void **state)
{
	const struct bty_load_opts lo = { .plain = 1 };
	const struct bty_run_opts ro = { .vec_pkts = 32, .schedule = BTY_WFQ };
	struct bty_run *run;
	size_t i;
	int n;

	for (i = 0; i < sizeof(pipelines) / sizeof(pipelines[0]); i++) {
		if (bty_place_text(pipelines[i], strlen(pipelines[i]), "f.click", "eth0", NULL, 0, &g, &err) ||
		    bty_load(g, &lo, &dp, &err) || bty_run_start(dp, &ro, &run, &err))
			fail_msg("%s", err.msg);
		bty_run_sources(run);
		for (n = 0; n < 10000 && !bty_run_idle(run); n++)
			usleep(1000);
		assert_true(bty_run_idle(run));
		for (n = 0; n < g->nqueues; n++) {
			assert_int_equal(bty_lane(dp, n, 0)->enq, bty_lane(dp, n, 0)->deq);
			assert_int_equal(bty_lane(dp, n, 0)->full_drops, 0);
		}
		assert_int_equal(bty_run_inflight(run), 0);
		bty_run_stop(run);
		bty_unload(dp);
		bty_graph_free(g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_by_weight),
		cmocka_unit_test(sources_are_a_task),
		cmocka_unit_test(no_credit_for_idling),
		cmocka_unit_test(who_feeds_a_full_queue_waits),
		cmocka_unit_test(nothing_is_lost_or_left),
		cmocka_unit_test(circles_do_not_stop),
		cmocka_unit_test(virtual_time_wraps_around),
		cmocka_unit_test(a_thread_of_its_own),
	};

	return cmocka_run_group_tests_name("wfq", tests, NULL, NULL);
}
