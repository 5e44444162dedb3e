// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Queues served by extra workers, live: every packet is accounted for and flows stay in order, while queues are moved from worker to
 * worker under load, whenever it is stopped, and when a worker does not get done in time.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "user/load/load.h"
#include "user/placement/placement.h"
#include "user/run/run.h"

#define FLOWS	 8
#define CHECKS	 8
#define SEQ_AT	 42 /* behind Ethernet, IPv4 and UDP */
#define SPORT_AT 34

static struct bty_graph *g;
static struct bty_datapath *dp;
static struct bty_run *run;
static struct bty_err err;

/* Counters of these names are replaced by checks. */
static struct check {
	const char *name;
	int stays; /* it has to run in the queue's home */
	uint64_t next[FLOWS];
	uint64_t passed, late;
	pthread_t first;
	int strangers; /* batches that ran in another thread than the first one */
} checks[CHECKS];
static int nchecks;
static struct bty_class classes[CHECKS];

static void look(struct check *c, const struct bty_pkt *p)
{
	uint16_t sport;
	uint64_t seq;
	int flow;

	memcpy(&sport, p->data + SPORT_AT, 2);
	memcpy(&seq, p->data + SEQ_AT, 8);
	seq = __builtin_bswap64(seq);
	flow = (__builtin_bswap16(sport) - 1024) % FLOWS;
	c->late += seq < c->next[flow];
	c->next[flow] = seq + 1;
	c->passed++;
}

static void run_check(struct check *c, struct bty_batch *b)
{
	uint32_t i;

	if (!c->passed)
		c->first = pthread_self();
	c->strangers += !pthread_equal(c->first, pthread_self());
	for (i = 0; i < b->n; i++) {
		b->verdict[i] = 0;
		look(c, &b->pkt[i]);
	}
}

#define PROCESS(n)                                                                         \
	static void process##n(struct bty_batch *b, const void *args, struct bty_env *env) \
	{                                                                                  \
		run_check(&checks[n], b);                                                  \
	}
PROCESS(0)
PROCESS(1)
PROCESS(2)
PROCESS(3)
PROCESS(4)
PROCESS(5)

static void (*const process[])(struct bty_batch *b, const void *args, struct bty_env *env) = {
	process0, process1, process2, process3, process4, process5,
};

static uint32_t no_frames(const void *args, uint32_t vec)
{
	return 0;
}

static void check_at(const char *name, int stays)
{
	struct bty_element *el = &g->el[bty_graph_find(g, name)];
	struct check *c = &checks[nchecks];

	*c = (struct check){ .name = name, .stays = stays };
	classes[nchecks] = *el->cls;
	classes[nchecks].process = process[nchecks];
	classes[nchecks].frames = stays ? no_frames : NULL;
	el->cls = &classes[nchecks++];
}

static void start(const char *text, uint32_t vec, int extra, const char *checked)
{
	const struct bty_load_opts lo = { .plain = 1 };
	const struct bty_run_opts ro = {
		.vec_pkts = vec, .extra = extra, .spin_max_ns = BTY_SPIN_MAX_NS, .wakeup_cost_ns = 5000
	};
	static char names[128];
	char *name, *rest = names;

	if (bty_graph_parse(text, strlen(text), "test.click", NULL, NULL, 0, &g, &err) || bty_place_graph(g, &err))
		fail_msg("%s", err.msg);
	snprintf(names, sizeof(names), "%s", checked);
	for (nchecks = 0; (name = strsep(&rest, " "));)
		check_at(name + (*name == '!'), *name == '!');
	if (bty_load(g, &lo, &dp, &err) || bty_run_start(dp, &ro, &run, &err))
		fail_msg("%s", err.msg);
	bty_run_sources(run);
}

static void stop(void)
{
	bty_run_stop(run);
	bty_unload(dp);
	bty_graph_free(g);
}

static int queue(const char *name)
{
	return g->el[bty_graph_find(g, name)].queue;
}

static struct bty_el_stats stats(const char *name)
{
	struct bty_el_stats s = { 0 };

	bty_run_element_stats(run, bty_graph_find(g, name), &s);
	return s;
}

static void sleep_us(uint64_t us)
{
	const struct timespec ts = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	nanosleep(&ts, NULL);
}

/* After halt: made, and where they are; what came in at each element and what became of it. */
static void assert_conserved(void)
{
	uint64_t made = 0, ended = 0, held = 0, drops;
	struct bty_el_stats s;
	int i, d;

	for (i = 0; i < g->nel; i++) {
		s = (struct bty_el_stats){ 0 };
		bty_run_element_stats(run, i, &s);
		for (d = 0, drops = 0; d < BTY_DROP_MAX; d++)
			drops += s.drops[d];
		made += s.made;
		held += s.held;
		ended += s.tx + s.pass + drops;
		assert_true(s.packets_in + s.made >= s.tx + s.pass + drops);
		if (g->el[i].queue >= 0)
			assert_int_equal(s.packets_in,
					 bty_lane(dp, g->el[i].queue, 0)->deq + s.drops[BTY_DROP_QUEUE_FULL]);
	}
	assert_int_equal(made, ended + held);
	assert_int_equal(bty_run_inflight(run), held);
	for (i = 0; i < nchecks; i++) {
		assert_int_equal(checks[i].late, 0);
		assert_int_equal(checks[i].passed, stats(checks[i].name).packets_in);
		if (checks[i].stays)
			assert_int_equal(checks[i].strangers, 0);
	}
}

/*
 * Flows 0 and 1 run through elements that may go anywhere, one that may not, and one that may; others through a second queue, of
 * which some are dropped where they are served.
 */
#define TWO_QUEUES                                                                                          \
	"in :: InfiniteSource(BURST 32, FLOWS 8" LIMITED ") -> c :: IPClassifier(src port 1024-1025, -);"   \
	"c[0] -> q0 :: Queue(CAPACITY 256) -> a :: Counter -> h :: Counter -> z :: Counter -> ToDevice(e);" \
	"c[1] -> q1 :: Queue(CAPACITY 256) -> b :: Counter -> s :: IPClassifier(src port 1026, -);"         \
	"s[0] -> k :: Sink; s[1] -> q2 :: Queue(CAPACITY 512) -> m :: Counter -> ToHost;"
#define LIMITED ""

static uint32_t draw(uint32_t below)
{
	static uint64_t x = 88172645463325252ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (x >> 16) % below;
}

static void moved_under_load(void **state)
{
	int i, settled, strangers = 0;

	start(TWO_QUEUES, 32, 2, "a !h z b m");
	for (i = 0; i < 1500; i++) {
		assert_int_equal(bty_run_move(run, queue("q0"), draw(3)), 0);
		assert_int_equal(bty_run_move(run, queue("q1"), draw(3)), 0);
		assert_int_equal(bty_run_move(run, queue("q2"), draw(3)), 0);
		sleep_us(draw(400));
	}
	/* wherever they are, all follow */
	assert_int_equal(bty_run_move(run, queue("q0"), 1), 0);
	assert_int_equal(bty_run_move(run, queue("q1"), 2), 0);
	for (i = 0; i < 20000 && (bty_run_server(run, queue("q0"), &settled) != 1 || !settled); i++)
		sleep_us(100);
	assert_int_equal(bty_run_server(run, queue("q0"), &settled), 1);
	assert_int_equal(settled, 1);
	bty_run_halt(run);
	assert_conserved();
	for (i = 0; i < nchecks; i++)
		strangers += checks[i].strangers;
	assert_in_range(strangers, 1000, INT32_MAX);
	assert_in_range(stats("z").packets_in, 10000, UINT32_MAX);
	stop();
}

static void halted_at_any_moment(void **state)
{
	int i;

	for (i = 0; i < 150; i++) {
		start(TWO_QUEUES, 1 + draw(64), 1 + i % 2, "a !h z b m");
		bty_run_move(run, queue("q0"), 1);
		sleep_us(draw(3000));
		bty_run_move(run, queue("q1"), 1);
		bty_run_move(run, queue("q0"), draw(2));
		sleep_us(draw(3000));
		bty_run_halt(run);
		assert_conserved();
		stop();
	}
}
#undef LIMITED

/* Nothing is left anywhere once the source has come to its end: no wake-up is lost. */
#define LIMITED ", LIMIT 20000, RATE 200kpps"
static void all_come_through(void **state)
{
	const struct timespec tick = { .tv_nsec = 1000000 };
	int i, k;

	for (i = 0; i < 3; i++) {
		start(TWO_QUEUES, 32, 1, "a !h z b m");
		for (k = 0; k < 3; k++)
			__atomic_store_n(&bty_lane(dp, k, 0)->deadline_ns, 100000, __ATOMIC_RELAXED);
		bty_run_move(run, queue("q0"), 1);
		bty_run_move(run, queue("q1"), i % 2);
		for (k = 0; k < 10000 && !(bty_run_idle(run) && stats("in").made == 20000); k++)
			nanosleep(&tick, NULL);
		/* a deadline later */
		sleep_us(20000);
		assert_int_equal(stats("in").made, 20000);
		assert_int_equal(bty_run_inflight(run), 0);
		assert_int_equal(stats("z").packets_in + stats("m").packets_in + stats("k").packets_in,
				 20000 - stats("q0").drops[BTY_DROP_QUEUE_FULL] -
					 stats("q1").drops[BTY_DROP_QUEUE_FULL] -
					 stats("q2").drops[BTY_DROP_QUEUE_FULL]);
		bty_run_halt(run);
		assert_conserved();
		for (k = 0; k < nchecks; k++)
			assert_true(checks[k].passed > 0);
		stop();
	}
}
#undef LIMITED

/* A worker needs seconds for what it was handed: what it has not come to ends as shutdown, at the queue. */
static void not_done_in_time(void **state)
{
	start("InfiniteSource(BURST 32, FLOWS 8) -> q :: Queue(CAPACITY 1024) -> Bypass(CYCLES_PER_PACKET 6000000) ->"
	      "a :: Counter -> ToDevice(e);",
	      32, 1, "a");
	bty_run_move(run, queue("q"), 1);
	sleep_us(200000);
	bty_run_halt(run);
	assert_conserved();
	assert_in_range(stats("q").drops[BTY_DROP_SHUTDOWN], 1024 + 32, 1024 + 256);
	assert_true(checks[0].passed > 0);
	stop();
}

/* Without any packet too. */
static void moved_at_rest(void **state)
{
	int i, k, settled;

	start("InfiniteSource(LIMIT 32, BURST 32) -> q :: Queue -> a :: Counter -> ToDevice(e);", 32, 2, "a");
	for (i = 1; i < 6; i++) {
		assert_int_equal(bty_run_move(run, queue("q"), i % 3), 0);
		for (k = 0, settled = 0; k < 20000 && !settled; k++) {
			assert_int_equal(bty_run_server(run, queue("q"), &settled), i % 3);
			sleep_us(100);
		}
		assert_int_equal(settled, 1);
	}
	stop();
}

static void what_can_be_moved(void **state)
{
	int el;

	start("in :: InfiniteSource(RATE 1kpps) -> t :: Tee(5);"
	      "t[0] -> q0 :: Queue -> a :: Counter -> ToDevice(e); t[1] -> q1 :: Queue -> ToDevice(e);"
	      "t[2] -> q2 :: Queue -> q3 :: Queue -> Print -> ToHost; t[3] -> q4 :: Queue -> y :: Tee(2) -> Sink; y[1] "
	      "-> Sink;"
	      "t[4] -> ToHost;",
	      32, 1, "a");
	assert_null(bty_queue_stays(g, queue("q0"), &el));
	assert_int_equal(el, bty_graph_find(g, "a"));
	assert_string_equal(bty_queue_stays(g, queue("q1"), &el), "it sends");
	assert_string_equal(bty_queue_stays(g, queue("q2"), &el), "it is a queue");
	assert_string_equal(bty_queue_stays(g, queue("q3"), &el), "each worker has its own state of it");
	assert_string_equal(bty_queue_stays(g, queue("q4"), &el), "it makes or keeps packets");
	assert_int_equal(bty_run_move(run, queue("q1"), 1), -EPERM);
	assert_int_equal(bty_run_move(run, queue("q1"), 0), 0);
	assert_int_equal(bty_run_move(run, queue("q0"), 2), -EINVAL);
	assert_int_equal(bty_run_move(run, queue("q0"), -1), -EINVAL);
	assert_int_equal(bty_run_nextra(run), 1);
	stop();
}

static void refused(void **state)
{
	const struct bty_load_opts lo = { .plain = 1 };
	static const char text[] = "InfiniteSource -> Queue -> Counter -> ToDevice(e);";
	struct bty_run_opts ro = { .extra = 1, .schedule = BTY_WFQ };

	assert_int_equal(bty_graph_parse(text, strlen(text), "test.click", NULL, NULL, 0, &g, &err), 0);
	assert_int_equal(bty_place_graph(g, &err), 0);
	assert_int_equal(bty_load(g, &lo, &dp, &err), 0);
	assert_int_equal(bty_run_start(dp, &ro, &run, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "--schedule wfq"));
	ro = (struct bty_run_opts){ .extra = BTY_MAX_EXTRA + 1 };
	assert_int_equal(bty_run_start(dp, &ro, &run, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "at most"));
	bty_unload(dp);
	bty_graph_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moved_under_load), cmocka_unit_test(halted_at_any_moment),
		cmocka_unit_test(all_come_through), cmocka_unit_test(not_done_in_time),
		cmocka_unit_test(moved_at_rest),    cmocka_unit_test(what_can_be_moved),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
