// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a worker rests (user/run/rest.c), with real threads: one rests and serves, the test counts packets into a queue and wakes
 * as XDP does. No wake-up may be lost, whether the worker spins, sleeps or is about to. And whole workers on plain memory.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "user/placement/placement.h"
#include "user/run/worker.h"

#define MS	    1000000ULL
#define FAR_NS	    3600000000000ULL /* a deadline that no test lives to see */
#define PATIENCE_NS 20000000000ULL

/* --- one worker with one queue, and what XDP is to it */

static struct bty_wk w;
static struct bty_worker ctl;
static struct bty_queue q;
static struct bty_lane_rx lane;
static int ended;

static void *serve(void *arg)
{
	uint64_t now;

	while (!__atomic_load_n(&w.stop, __ATOMIC_ACQUIRE) && !__atomic_load_n(&w.renew, __ATOMIC_ACQUIRE)) {
		now = bty_clock_ns();
		if (bty_lane_release(&w, &lane, now) == BTY_NOT_DUE) {
			bty_rest(&w);
			continue;
		}
		bty_store64(&q.drained_ns, now);
		bty_store64(&q.deq, __atomic_load_n(&q.enq, __ATOMIC_ACQUIRE));
	}
	__atomic_store_n(&ended, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void begin(uint32_t trigger, uint64_t cost_ns, uint64_t spin_max_ns)
{
	struct epoll_event ev = { .events = EPOLLIN };

	memset(&w, 0, sizeof(w));
	memset(&q, 0, sizeof(q));
	memset(&lane, 0, sizeof(lane));
	ctl.armed = 0;
	ended = 0;
	q.trigger = trigger;
	q.deadline_ns = FAR_NS;
	lane.q = &q;
	w.ctl = &ctl;
	w.lane = &lane;
	w.nlanes = 1;
	w.wakeup_ns = cost_ns;
	w.spin_max_ns = spin_max_ns;
	w.kick_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	w.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	assert_true(w.kick_fd >= 0 && w.epoll_fd >= 0);
	assert_int_equal(epoll_ctl(w.epoll_fd, EPOLL_CTL_ADD, w.kick_fd, &ev), 0);
	assert_int_equal(pthread_create(&w.thread, NULL, serve, NULL), 0);
}

static void kick(void)
{
	uint64_t one = 1;

	assert_int_equal(write(w.kick_fd, &one, sizeof(one)), sizeof(one));
}

static void end(void)
{
	__atomic_store_n(&w.stop, 1, __ATOMIC_RELEASE);
	kick();
	pthread_join(w.thread, NULL);
	close(w.kick_fd);
	close(w.epoll_fd);
}

static void packet(void)
{
	uint64_t enq = q.enq + 1, backlog;
	uint32_t armed = 1;

	__atomic_store_n(&q.enq, enq, __ATOMIC_SEQ_CST);
	backlog = enq - bty_load64(&q.deq);
	if (backlog == 1)
		bty_store64(&q.oldest_ns, bty_clock_ns());
	if (backlog >= q.trigger &&
	    __atomic_compare_exchange_n(&ctl.armed, &armed, 0, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		bty_store64(&ctl.woken_ns, bty_clock_ns());
		kick();
	}
}

static uint64_t left(void)
{
	return q.enq - __atomic_load_n(&q.deq, __ATOMIC_ACQUIRE);
}

/* Until fewer than a batch waits: nothing but a wake-up lets the worker see it. */
static void served(void)
{
	uint64_t give_up = bty_clock_ns() + PATIENCE_NS;

	while (left() >= q.trigger)
		if (bty_clock_ns() > give_up)
			fail_msg("%llu packets are stranded after %llu", (unsigned long long)left(),
				 (unsigned long long)q.enq);
}

static void pass_ns(uint64_t ns)
{
	uint64_t until = bty_clock_ns() + ns;

	while (bty_clock_ns() < until)
		;
}

/* Most gaps are short, so that packets come while the worker is about to sleep; every batch is waited for. */
static void no_wakeup_is_lost(uint32_t trigger, uint64_t cost_ns, uint64_t spin_max_ns)
{
	uint64_t until = bty_clock_ns() + 1000 * MS, gap = 0;
	uint32_t i;

	begin(trigger, cost_ns, spin_max_ns);
	while (bty_clock_ns() < until) {
		for (i = 0; i < trigger; i++)
			packet();
		served();
		gap = (gap * 1103515245 + 12345) & 0x7fffffff;
		pass_ns((gap >> 8) % ((gap >> 4) % 4 ? 1500 : 40000));
	}
	end();
	assert_int_equal(left(), 0);
	assert_true(w.rests.useful <= w.rests.spins);
	assert_int_equal(lane.watch.stats.spins, w.rests.spins);
	/* a rest begins before anything is expected, and then the queue is all there is */
	assert_true(lane.watch.stats.sleeps <= w.rests.sleeps && lane.watch.stats.sleeps + 2 >= w.rests.sleeps);
}

static void no_wakeup_is_lost_asleep(void **state)
{
	no_wakeup_is_lost(1, 20000, 0);
	assert_int_equal(w.rests.spins, 0);
	assert_true(w.rests.sleeps > 0);
}

static void no_wakeup_is_lost_spinning(void **state)
{
	no_wakeup_is_lost(1, 1000 * MS, 1000 * MS);
	assert_true(w.rests.useful > 0);
}

/* It gives up spinning about when the next packet comes. */
static void no_wakeup_is_lost_between(void **state)
{
	no_wakeup_is_lost(1, 1000 * MS, 25000);
}

static void no_wakeup_is_lost_in_batches(void **state)
{
	no_wakeup_is_lost(8, 1000 * MS, 1000 * MS);
	assert_true(w.rests.useful > 0);
	no_wakeup_is_lost(8, 30000, 30000);
}

/* Packets keep it spinning; once they stop it sleeps, and uses no CPU. */
static void sleeps_when_packets_stop(void **state)
{
	struct timespec ts;
	clockid_t clock;
	uint64_t before;
	int i;

	begin(1, 50 * MS, 50 * MS);
	for (i = 0; i < 5000; i++) {
		packet();
		served();
		pass_ns(10000);
	}
	assert_true(w.rests.useful > 1000);
	for (i = 0; i < 2000 && !__atomic_load_n(&ctl.armed, __ATOMIC_ACQUIRE); i++)
		usleep(1000);
	assert_true(i < 2000);
	usleep(10000);
	assert_int_equal(pthread_getcpuclockid(w.thread, &clock), 0);
	clock_gettime(clock, &ts);
	before = ts.tv_sec * 1000 * MS + ts.tv_nsec;
	usleep(1000000);
	clock_gettime(clock, &ts);
	assert_true(ts.tv_sec * 1000 * MS + ts.tv_nsec - before < MS);
	assert_int_equal(__atomic_load_n(&ctl.armed, __ATOMIC_ACQUIRE), 1);
	/* and wakes again */
	packet();
	served();
	end();
}

/* What the main thread wants does not wait for the end of a spin: here a quarter of a minute or more. */
static void noticed_while_spinning(int *what)
{
	const uint64_t minute = 60000 * MS;
	uint64_t from;

	begin(1, minute, minute);
	while (!w.rests.useful) {
		packet();
		served();
	}
	usleep(50000);
	/* the next rest has begun, and it expects a packet within a minute */
	assert_int_equal(__atomic_load_n(&ctl.armed, __ATOMIC_ACQUIRE), 0);
	__atomic_store_n(what, 1, __ATOMIC_RELEASE);
	for (from = bty_clock_ns(); !__atomic_load_n(&ended, __ATOMIC_ACQUIRE);)
		assert_true(bty_clock_ns() - from < 5000 * MS);
	end();
}

static void stop_is_noticed(void **state)
{
	noticed_while_spinning(&w.stop);
}

static void renew_is_noticed(void **state)
{
	noticed_while_spinning(&w.renew);
}

static void a_wakeup_is_measured(void **state)
{
	uint64_t from = bty_clock_ns(), ns = bty_wakeup_measure(0);

	/* some system calls, and no more than a slow machine takes for them */
	assert_in_range(ns, 500, 5 * MS);
	assert_true(bty_clock_ns() - from < 2000 * MS);
	/* nowhere to measure it */
	assert_in_range(bty_wakeup_measure(1 << 20), 500, 5 * MS);
}

/* --- whole workers */

static struct bty_graph *g;
static struct bty_datapath *dp;
static struct bty_run *run;

static void start(const char *text, const struct bty_run_opts *ro)
{
	const struct bty_load_opts lo = { .plain = 1 };
	struct bty_err err;

	if (bty_place_text(text, strlen(text), "f.click", "eth0", NULL, 0, &g, &err) || bty_load(g, &lo, &dp, &err) ||
	    bty_run_start(dp, ro, &run, &err))
		fail_msg("%s", err.msg);
	bty_run_sources(run);
}

static struct bty_spin_stats finish(void)
{
	struct bty_spin_stats s = { 0 };
	uint64_t cost;

	bty_run_halt(run);
	bty_run_rests(run, &s, &cost);
	bty_run_stop(run);
	bty_unload(dp);
	bty_graph_free(g);
	return s;
}

static void an_idle_worker_uses_no_cpu(void **state)
{
	const struct bty_run_opts ro = { .spin_max_ns = BTY_SPIN_MOST_NS };
	uint64_t before;

	start("InfiniteSource(LIMIT 100) -> q :: Queue -> Discard;", &ro);
	usleep(100000);
	before = bty_run_cpu_ns(run);
	usleep(1000000);
	assert_true(bty_run_cpu_ns(run) - before < MS);
	assert_true(bty_run_idle(run));
	finish();
}

/* A packet each 20 us: for less than a sleep costs it spins, for more, or with --spin-max 0, it sleeps. */
static void a_known_time_is_spun_for(void **state)
{
	const char *text = "InfiniteSource(RATE 50kpps) -> Discard;";
	struct bty_spin_stats s;

	start(text, &(struct bty_run_opts){ .spin_max_ns = 200000, .wakeup_cost_ns = 200000 });
	usleep(100000);
	s = finish();
	assert_true(s.spins > 10);
	assert_true(s.useful * 10 > s.spins * 9);
	assert_true(s.spun_ns > 0);
	start(text, &(struct bty_run_opts){ .spin_max_ns = 200000, .wakeup_cost_ns = 100 });
	usleep(100000);
	s = finish();
	assert_true(s.sleeps > 10);
	assert_true(s.spins < s.sleeps);
	start(text, &(struct bty_run_opts){ .wakeup_cost_ns = 200000 });
	usleep(100000);
	s = finish();
	assert_true(s.sleeps > 10);
	assert_int_equal(s.spins, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_wakeup_is_lost_asleep),   cmocka_unit_test(no_wakeup_is_lost_spinning),
		cmocka_unit_test(no_wakeup_is_lost_between),  cmocka_unit_test(no_wakeup_is_lost_in_batches),
		cmocka_unit_test(sleeps_when_packets_stop),   cmocka_unit_test(stop_is_noticed),
		cmocka_unit_test(renew_is_noticed),	      cmocka_unit_test(a_wakeup_is_measured),
		cmocka_unit_test(an_idle_worker_uses_no_cpu), cmocka_unit_test(a_known_time_is_spun_for),
	};

	return cmocka_run_group_tests_name("rest", tests, NULL, NULL);
}
