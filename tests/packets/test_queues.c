// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Queues between XDP and a real worker when things go wrong or change: starved of frames, at their limit, stopped with
 * packets in them, retuned while packets wait. A packet may be dropped, by a named reason, but is never stranded and never
 * unaccounted for. On a veth pair in a network namespace of its own; the frames come from a packet socket at the peer.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "user/apply/apply.h"
#include "user/control/agent.h"
#include "user/element/registry.h"
#include "user/observe/observe.h"
#include "user/placement/placement.h"
#include "user/run/internal.h"

#define FRAME_TYPE 0x88b5 /* for experiments, IEEE 802 */
#define MS	   1000000ULL

static struct bty_graph *graph;
static struct bty_datapath *datapath;
static struct bty_run *run;
static struct bty_observer *observer;
static int peer_fd;

static void sh(const char *command)
{
	if (system(command))
		fail_msg("%s", command);
}

/* The pipeline, with sockets and attached; threads start with launch(). */
static void open_pipeline(const char *text)
{
	const struct bty_load_opts load = { 0 };
	const struct bty_run_opts opts = { 0 };
	struct bty_err err = { 0 };

	if (bty_place_text(text, strlen(text), "test.click", "bt0", NULL, 0, &graph, &err) ||
	    bty_load(graph, &load, &datapath, &err) || bty_run_open(datapath, &opts, &run, &err))
		fail_msg("%s", err.msg);
	observer = calloc(1, sizeof(*observer));
	assert_non_null(observer);
	assert_int_equal(bty_observer_init(observer, datapath, run, 0), 0);
	if (bty_attach(datapath, BTY_MODE_NATIVE, 0, &err))
		fail_msg("%s", err.msg);
}

static void launch(void)
{
	struct bty_err err = { 0 };

	if (bty_run_launch(run, &err))
		fail_msg("%s", err.msg);
}

static int close_pipeline(void **state)
{
	if (observer)
		bty_observer_free(observer);
	free(observer);
	if (datapath)
		bty_detach(datapath);
	bty_run_stop(run);
	bty_unload(datapath);
	bty_graph_free(graph);
	observer = NULL;
	run = NULL;
	datapath = NULL;
	graph = NULL;
	return 0;
}

static void send_frames(int n)
{
	uint8_t frame[60] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, FRAME_TYPE >> 8, FRAME_TYPE & 0xff };

	for (; n; n--)
		assert_int_equal(send(peer_fd, frame, sizeof(frame), 0), sizeof(frame));
}

/* Frames of ours that came back to the peer since the last time. */
static int frames_back(void)
{
	struct sockaddr_ll from;
	socklen_t len = sizeof(from);
	uint8_t frame[256];
	int n = 0;

	while (recvfrom(peer_fd, frame, sizeof(frame), MSG_DONTWAIT, (struct sockaddr *)&from, &len) > 0)
		n += from.sll_pkttype != PACKET_OUTGOING;
	return n;
}

static uint64_t count(int reason, uint64_t *rx, uint64_t *rest)
{
	struct bty_snapshot s = { 0 };
	uint64_t n;

	assert_int_equal(bty_observe_snapshot(observer, &s), 0);
	n = s.drops[reason];
	if (rx)
		*rx = s.rx;
	if (rest)
		*rest = s.tx + s.pass + s.drop + s.queued;
	bty_snapshot_free(&s);
	return n;
}

/* Waits until so many packets were dropped for that reason; says after how long, in ms. */
static unsigned int wait_for(int reason, uint64_t n)
{
	uint64_t start = bty_clock_ns();

	while (count(reason, NULL, NULL) < n) {
		if (bty_clock_ns() - start > 5000 * MS)
			fail_msg("%s: %llu after 5 s, expected %llu", bty_drop_name(reason),
				 (unsigned long long)count(reason, NULL, NULL), (unsigned long long)n);
		usleep(500);
	}
	assert_int_equal(count(reason, NULL, NULL), n);
	return (bty_clock_ns() - start) / MS;
}

static void conserved(uint64_t want_rx)
{
	uint64_t rx, rest;

	count(0, &rx, &rest);
	assert_int_equal(rx, want_rx);
	assert_int_equal(rest, want_rx);
}

static uint64_t backlog(int queue)
{
	return bty_backlog(bty_lane(datapath, queue, 0));
}

static void wait_backlog(int queue, uint64_t n)
{
	int i;

	for (i = 0; i < 20000 && backlog(queue) != n; i++)
		usleep(500);
	assert_int_equal(backlog(queue), n);
}

/* As the agent does it. */
static void set_queue(int queue, uint32_t trigger, uint64_t deadline_ns)
{
	struct bty_decision d = { 0 };
	int i;

	for (i = 0; i < graph->nqueues; i++) {
		d.queue[i].trigger = bty_lane(datapath, i, 0)->trigger;
		d.queue[i].deadline_ns = bty_lane(datapath, i, 0)->deadline_ns;
	}
	d.queue[queue].trigger = trigger;
	d.queue[queue].deadline_ns = deadline_ns;
	if (bty_apply(datapath, &d, graph->nqueues))
		bty_run_kick(run);
}

/* More packets than the ring has slots: the rest is rx_lost, and the queue goes on as if nothing had been. */
static void full_ring(void **state)
{
	open_pipeline("FromDevice($IFACE) -> Queue(TRIGGER 64, DEADLINE 2ms, CAPACITY 64) -> Discard;");
	bty_lane(datapath, 0, 0)->limit = 1000;
	send_frames(200);
	wait_backlog(0, 200);
	launch();
	wait_for(BTY_DROP_RX_LOST, 136);
	wait_for(BTY_DROP_DISCARD, 64);
	wait_backlog(0, 0);
	conserved(200);
	send_frames(50);
	assert_in_range(wait_for(BTY_DROP_DISCARD, 114), 0, 1000);
	assert_int_equal(count(BTY_DROP_RX_LOST, NULL, NULL), 136);
	conserved(250);
}

/* Frames are all in use further on, so that the kernel has none for new packets; once they come back it goes on. */
static void starved(void **state)
{
	uint32_t frames, sent;

	open_pipeline(
		"FromDevice($IFACE) -> Queue(TRIGGER 1, CAPACITY 64) -> Queue(TRIGGER 1000, DEADLINE 60s) -> Discard;");
	frames = run->wk[0].pool[0].fill_max;
	run->wk[0].umem.nfree = 0; /* those in the fill ring are left */
	launch();
	for (sent = 0; sent < frames + 100; sent += 4) {
		send_frames(4);
		wait_backlog(0, 0);
	}
	assert_int_equal(backlog(1), frames);
	wait_for(BTY_DROP_RX_LOST, sent - frames);
	conserved(sent);
	set_queue(1, 1, 1 * MS);
	wait_for(BTY_DROP_DISCARD, frames);
	send_frames(50);
	assert_in_range(wait_for(BTY_DROP_DISCARD, frames + 50), 0, 1000);
	conserved(sent + 50);
}

static uint32_t fill_ring_holds(const struct bty_pool *p)
{
	return __atomic_load_n(p->fill.producer, __ATOMIC_ACQUIRE) -
	       __atomic_load_n(p->fill.consumer, __ATOMIC_ACQUIRE);
}

/* Capacities that fill the ring to its last slot: frames go round several times, and none is put in twice or lost. */
static void full_fill_ring(void **state)
{
	struct bty_wk *w;
	uint32_t sent;

	open_pipeline("FromDevice($IFACE) -> cl :: Classifier(12/88b5 14/01, 12/88b5 14/02, -);"
		      "cl[0] -> Queue(TRIGGER 1, CAPACITY 512) -> d :: Discard; cl[1] -> Queue(1, CAPACITY 128) -> d;"
		      "cl[2] -> Queue(TRIGGER 8, DEADLINE 1ms, CAPACITY 64) -> d;");
	w = &run->wk[0];
	assert_int_equal(w->pool[0].fill_max, w->pool[0].fill.size);
	assert_int_equal(fill_ring_holds(&w->pool[0]), w->pool[0].fill.size);
	bty_pool_refill(&w->pool[0], &w->umem);
	assert_int_equal(fill_ring_holds(&w->pool[0]), w->pool[0].fill.size);
	launch();
	for (sent = 0; sent < 4 * w->pool[0].fill.size + 96; sent += 32) {
		send_frames(32);
		wait_backlog(2, 0);
	}
	wait_for(BTY_DROP_DISCARD, sent);
	bty_detach(datapath);
	bty_run_halt(run);
	conserved(sent);
	assert_int_equal(fill_ring_holds(&w->pool[0]), w->pool[0].fill.size);
	assert_int_equal(w->umem.nfree + w->pool[0].fill.size, w->umem.nframes);
}

/*
 * Packets are lost while others keep coming, so that the ring is hardly ever empty: they must not count as waiting for
 * good. (How long they do depends on when the worker gets a CPU, so that no bound is tested.)
 */
static void lost_under_load(void **state)
{
	uint64_t lost;

	open_pipeline("FromDevice($IFACE) -> Queue(TRIGGER 1, DEADLINE 2ms, CAPACITY 64) -> Discard;");
	bty_lane(datapath, 0, 0)->limit = 1000000;
	send_frames(200);
	wait_backlog(0, 200);
	launch();
	send_frames(50000);
	wait_backlog(0, 0);
	conserved(50200);
	lost = count(BTY_DROP_RX_LOST, NULL, NULL);
	assert_in_range(lost, 136, 50200);
	assert_int_equal(count(BTY_DROP_DISCARD, NULL, NULL), 50200 - lost);
}

static void limit(void **state)
{
	open_pipeline("FromDevice($IFACE) -> Queue(TRIGGER 64, DEADLINE 1s, CAPACITY 64) -> Discard;");
	send_frames(100);
	wait_for(BTY_DROP_QUEUE_FULL, 36);
	assert_int_equal(backlog(0), 64);
	launch();
	wait_for(BTY_DROP_DISCARD, 64);
	conserved(100);
}

/* What waits in both kinds of queue is sent before the worker ends. */
static void stopped_with_packets(void **state)
{
	open_pipeline("in :: FromDevice($IFACE) -> q1 :: Queue(TRIGGER 20, DEADLINE 60s) -> q2 :: Queue(TRIGGER 1000, "
		      "DEADLINE 60s) "
		      "-> ToDevice($IFACE);");
	launch();
	frames_back();
	send_frames(20);
	wait_backlog(1, 20);
	send_frames(7);
	wait_backlog(0, 7);
	conserved(27);
	bty_detach(datapath);
	bty_run_halt(run);
	conserved(27);
	assert_int_equal(backlog(0) + backlog(1), 0);
	assert_int_equal(frames_back(), 27);
}

/* What cannot be finished in the time there is counts as dropped, not as queued for ever. */
static void stopped_with_too_many(void **state)
{
	open_pipeline("in :: FromDevice($IFACE) -> q1 :: Queue(TRIGGER 1000, DEADLINE 60s) -> Bypass(10000000) -> q2 "
		      ":: Queue(1000, 60s) "
		      "-> Discard;");
	launch();
	send_frames(200);
	wait_backlog(0, 200);
	bty_detach(datapath);
	bty_run_halt(run);
	conserved(200);
	assert_int_equal(backlog(0) + backlog(1), 0);
	assert_in_range(count(BTY_DROP_SHUTDOWN, NULL, NULL), 1, 199);
}

/* A timer set for a far deadline must not make later packets wait for it, nor may what waits already. */
static void deadline_shortened(void **state)
{
	open_pipeline("FromDevice($IFACE) -> Queue(TRIGGER 1000, DEADLINE 60s) -> Discard;");
	launch();
	send_frames(3);
	wait_backlog(0, 3);
	set_queue(0, 1000, 5 * MS);
	assert_in_range(wait_for(BTY_DROP_DISCARD, 3), 0, 500);
	send_frames(1);
	assert_in_range(wait_for(BTY_DROP_DISCARD, 4), 0, 500);
	set_queue(0, 1000, 20 * MS);
	send_frames(1);
	assert_in_range(wait_for(BTY_DROP_DISCARD, 5), 15, 500);
	conserved(5);
}

static void trigger_changed(void **state)
{
	open_pipeline("FromDevice($IFACE) -> Queue(TRIGGER 8, DEADLINE 100ms) -> Discard;");
	launch();
	send_frames(3);
	wait_backlog(0, 3);
	/* further away: the deadline still holds */
	set_queue(0, 500, 100 * MS);
	assert_in_range(wait_for(BTY_DROP_DISCARD, 3), 0, 500);
	set_queue(0, 500, 60000 * MS);
	send_frames(3);
	wait_backlog(0, 3);
	/* reached by those that wait */
	set_queue(0, 3, 60000 * MS);
	assert_in_range(wait_for(BTY_DROP_DISCARD, 6), 0, 500);
	conserved(6);
}

/* One way and the other as fast as it goes, while packets come one by one: none may be left behind. */
static void retuned_all_the_time(void **state)
{
	int i;

	open_pipeline("FromDevice($IFACE) -> Queue(TRIGGER 8, DEADLINE 1ms) -> Discard;");
	launch();
	for (i = 0; i < 3000; i++) {
		send_frames(1);
		set_queue(0, i % 3 ? 1 + i % 7 : 1000, i % 2 ? 60000 * MS : 1 * MS);
		if (i % 50 == 49) {
			set_queue(0, 1000, 1 * MS);
			assert_in_range(wait_for(BTY_DROP_DISCARD, i + 1), 0, 500);
		}
	}
	conserved(3000);
}

/* Packets that go round for ever keep neither other queues nor the end waiting. */
static void going_round(void **state)
{
	uint64_t start;

	open_pipeline("in :: FromDevice($IFACE) -> cl :: Classifier(12/88b5 14/01, -);"
		      "cl[0] -> q1 :: Queue(TRIGGER 1) -> c :: Counter -> again :: Queue(TRIGGER 1) -> c;"
		      "cl[1] -> q2 :: Queue(TRIGGER 1) -> Discard;");
	launch();
	/* of the first kind */
	assert_int_equal(
		send(peer_fd, "\2\0\0\0\0\1\2\0\0\0\0\2\x88\xb5\1                                             ", 60, 0),
		60);
	usleep(50000);
	send_frames(10);
	assert_in_range(wait_for(BTY_DROP_DISCARD, 10), 0, 500);
	bty_detach(datapath);
	start = bty_clock_ns();
	bty_run_halt(run);
	assert_in_range((bty_clock_ns() - start) / MS, 0, 1500);
	assert_int_equal(count(BTY_DROP_SHUTDOWN, NULL, NULL), 1);
	conserved(11);
}

static int open_world(void **state)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(FRAME_TYPE) };

	if (unshare(CLONE_NEWNET))
		return -1;
	/* nothing but our frames */
	sh("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
	sh("ip link add bt0 numrxqueues 1 numtxqueues 1 type veth peer name bt1 numrxqueues 1 numtxqueues 1");
	sh("ip link set bt0 up && ip link set bt1 up");
	peer_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(FRAME_TYPE));
	at.sll_ifindex = if_nametoindex("bt1");
	return peer_fd < 0 || bind(peer_fd, (struct sockaddr *)&at, sizeof(at));
}

#define QUEUE_TEST(f) cmocka_unit_test_teardown(f, close_pipeline)

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUEUE_TEST(full_ring),
		QUEUE_TEST(starved),
		QUEUE_TEST(full_fill_ring),
		QUEUE_TEST(lost_under_load),
		QUEUE_TEST(limit),
		QUEUE_TEST(stopped_with_packets),
		QUEUE_TEST(stopped_with_too_many),
		QUEUE_TEST(deadline_shortened),
		QUEUE_TEST(trigger_changed),
		QUEUE_TEST(retuned_all_the_time),
		QUEUE_TEST(going_round),
	};

	return cmocka_run_group_tests(tests, open_world, NULL);
}
