// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ARPQuerier: when it asks, how often, what waits and for how long, in which order it goes; two workers with one table. What it
 * believes: test_el_arplearn. With Linux for a neighbour: net/test_neighbours.
 */
#include <unistd.h>

#include "arp.h"

static void asks_and_learns(void **state)
{
	uint8_t want[60] = { 0 };

	OPEN_DEFAULT();
	assert_int_equal(send_one(2, 5), 1);
	el_hex("ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002", want);
	assert_int_equal(own->out[0].port, 0);
	assert_int_equal(own->out[0].len, 60);
	assert_memory_equal(own->out[0].data, want, 60);
	assert_int_equal(own->out[0].meta.ethertype, BTY_ETH_ARP);
	assert_state("10.0.0.2", "incomplete");
	assert_int_equal(reply(2, mac_of(2)), 2);
	assert_int_equal(left_by(-BTY_DROP_SINK), 1);
	assert_string_equal(numbers(), "5");
	assert_memory_equal(own->out[1].data, mac_of(2), 6);
	assert_memory_equal(own->out[1].data + 6, OWN_MAC, 6);
	assert_int_equal(own->nused, 0);
	assert_state("10.0.0.2", "reachable");
	assert_true(goes_to(2, mac_of(2)));
	assert_int_equal(own_wait(30 * S_NS), 0);
	own_close();
}

/* A packet each 10 ms: a query a second; the first wait ends after three, and the packets in it are dropped. */
static void queries_are_limited(void **state)
{
	unsigned int i, asked = 0, dropped = 0, sent = 0;

	OPEN("02:00:00:00:00:01", "HOLD 500", "HOLD_ALL 500");
	for (i = 0; i < 299; i++) {
		send_one(2, i);
		asked += queries();
		own_wait(10 * MS_NS);
		asked += queries();
		assert_int_equal(left_by(-BTY_DROP_NO_NEIGHBOUR), 0);
	}
	assert_int_equal(asked, 3);
	own_wait(40 * MS_NS);
	assert_int_equal(left_by(-BTY_DROP_NO_NEIGHBOUR), 299);
	assert_int_equal(own->nused, 0);
	/* nobody asks for whom nobody wants */
	assert_int_equal(own_wait(60 * S_NS), 0);
	assert_state("10.0.0.2", "failed");
	for (asked = i = 0; i < 6000; i++) {
		send_one(2, i);
		sent++;
		asked += queries();
		own_wait(10 * MS_NS);
		asked += queries();
		dropped += left_by(-BTY_DROP_NO_NEIGHBOUR);
	}
	assert_in_range(asked, 55, 61);
	assert_int_equal(sent - dropped, own->nused);
	assert_state("10.0.0.2", "failed");
	/* it is there after all */
	reply(2, mac_of(2));
	assert_true(left_by(0) > 0);
	assert_int_equal(own->nused, 0);
	own_close();
}

static void one_packet_is_asked_for_three_times(void **state)
{
	uint64_t begin;
	unsigned int i, at[4] = { 0 }, asked = 0;

	OPEN("02:00:00:00:00:01", "RETRY 100ms", "QUERIES 4");
	begin = own->now_ns;
	send_one(2, 1);
	for (i = 0; i < 500; i++) {
		own_wait(1 * MS_NS);
		if (queries()) {
			assert_in_range(asked, 0, 2);
			at[asked++] = (own->now_ns - begin) / MS_NS;
		}
		if (left_by(-BTY_DROP_NO_NEIGHBOUR))
			break;
	}
	assert_int_equal(asked, 3); /* and the first, before */
	assert_in_range(at[0], 100, 121);
	assert_in_range(at[1], 200, 242);
	assert_in_range(at[2], 300, 363);
	assert_in_range(i, 399, 421);
	own_close();
}

static void order_is_kept(void **state)
{
	unsigned int i;

	OPEN_DEFAULT();
	meet(3, mac_of(3));
	for (i = 0; i < 4; i++)
		send_one(2, i);
	/* in one batch: more for the same, an answer, more still, and packets for another neighbour among them */
	add_packet(2, 4);
	add_packet(3, 100);
	add_arp(2, 2, mac_of(2), 1, OWN_MAC);
	add_packet(2, 5);
	add_packet(3, 101);
	add_packet(2, 6);
	own_run();
	assert_string_equal(numbers(), "100 0 1 2 3 4 5 101 6");
	add_packet(2, 7);
	add_packet(2, 8);
	own_run();
	assert_string_equal(numbers(), "7 8");
	own_close();
}

static void few_wait(void **state)
{
	unsigned int i;

	OPEN("02:00:00:00:00:01", "HOLD 4", "HOLD_ALL 10");
	for (i = 0; i < 10; i++) {
		send_one(2, i);
		/* the oldest goes */
		assert_int_equal(left_by(-BTY_DROP_NO_NEIGHBOUR), i >= 4);
		if (i >= 4)
			assert_int_equal(own->out[own->nout - 1].data[NUMBER + 1], i - 4);
	}
	for (i = 0; i < 6; i++)
		send_one(3 + i, 20 + i);
	assert_int_equal(own->nused, 10);
	/* no room: the new one goes, but it is asked for, and the first in line makes room for one of its own */
	send_one(20, 30);
	assert_int_equal(left_by(-BTY_DROP_NO_NEIGHBOUR), 1);
	assert_int_equal(queries(), 1);
	send_one(3, 31);
	assert_int_equal(left_by(-BTY_DROP_NO_NEIGHBOUR), 1);
	assert_int_equal(own->out[own->nout - 1].data[NUMBER + 1], 20);
	reply(20, mac_of(20));
	assert_true(goes_to(20, mac_of(20)));
	reply(2, mac_of(2));
	assert_string_equal(numbers(), "6 7 8 9");
	reply(3, mac_of(3));
	assert_string_equal(numbers(), "31");
	own_close();
}

static void no_frame_for_a_query(void **state)
{
	OPEN_DEFAULT();
	own->limit = 1;
	assert_int_equal(send_one(2, 1), 0);
	own->limit = OWN_FRAMES;
	own_wait(1100 * MS_NS);
	assert_int_equal(queries(), 1);
	reply(2, mac_of(2));
	assert_string_equal(numbers(), "1");
	own_close();
}

/* Used after POLL_TIMEOUT: asked by unicast, and packets go on meanwhile. */
static void asked_again_before_it_is_too_old(void **state)
{
	OPEN_DEFAULT();
	meet(2, mac_of(2));
	own_wait(59 * S_NS);
	assert_true(goes_to(2, mac_of(2)));
	assert_int_equal(queries(), 0);
	own_wait(1 * S_NS);
	assert_state("10.0.0.2", "stale");
	send_one(2, 7);
	assert_string_equal(numbers(), "7");
	assert_int_equal(queries(), 1);
	assert_memory_equal(own->out[1].data, mac_of(2), 6);
	assert_state("10.0.0.2", "probed");
	own_wait(500 * MS_NS);
	assert_true(goes_to(2, mac_of(2)));
	assert_int_equal(queries(), 0);
	reply(2, mac_of(2));
	assert_state("10.0.0.2", "reachable");
	own_wait(59 * S_NS);
	assert_true(goes_to(2, mac_of(2)));
	assert_int_equal(queries(), 0);
	own_close();
}

static void no_answer_any_more(void **state)
{
	unsigned int i;

	OPEN_DEFAULT();
	meet(2, mac_of(2));
	own_wait(60 * S_NS);
	for (i = 0; i < 3; i++) {
		send_one(2, 7);
		assert_string_equal(numbers(), "7");
		assert_int_equal(queries(), 1);
		own_wait(1 * S_NS);
	}
	/* its address is forgotten, and it is looked for anew */
	send_one(2, 8);
	assert_string_equal(numbers(), "");
	assert_int_equal(queries(), 1);
	assert_memory_equal(own->out[0].data, ALL_MACS, 6);
	assert_state("10.0.0.2", "incomplete");
	own_wait(3100 * MS_NS);
	assert_int_equal(left_by(-BTY_DROP_NO_NEIGHBOUR), 1);
	own_close();
}

static void gateways_and_groups(void **state)
{
	static const struct {
		uint8_t dst[4], mac[6];
	} group[] = {
		{ { 224, 0, 0, 5 }, { 1, 0, 0x5e, 0, 0, 5 } },
		{ { 239, 129, 2, 3 }, { 1, 0, 0x5e, 1, 2, 3 } },
		{ { 255, 255, 255, 255 }, { 255, 255, 255, 255, 255, 255 } },
	};
	struct bty_pkt *p;
	size_t i;

	OPEN_DEFAULT();
	p = add_packet(77, 5);
	p->meta->anno = inet_addr("10.0.0.2");
	own_run();
	assert_state("10.0.0.2", "incomplete");
	assert_state("10.0.0.77", "");
	reply(2, mac_of(2));
	assert_string_equal(numbers(), "5");
	for (i = 0; i < sizeof(group) / sizeof(group[0]); i++) {
		p = add_packet(0, 6);
		memcpy(p->data + 30, group[i].dst, 4);
		assert_int_equal(own_run(), 1);
		assert_int_equal(own->out[0].port, 0);
		assert_memory_equal(own->out[0].data, group[i].mac, 6);
	}
	own_close();
}

static void other_port(void **state)
{
	static const char *const texts[] = { "10.0.0.1", "02:00:00:00:00:01", NULL };
	struct el el;
	int k;

	for (k = 1; k <= 2; k++) {
		assert_int_equal(el_configure(&el, "ARPQuerier", k, texts), 0);
		assert_int_equal(el_make_tables(&el), 0);
		own_open(&el);
		send_one(2, 1);
		add_arp(2, 2, mac_of(2), 1, OWN_MAC);
		add_packet(0, 0)->meta->flags = 0; /* not IPv4 */
		own_run();
		assert_int_equal(own->out[0].port, k == 2 ? 1 : -BTY_DROP_SINK);
		assert_int_equal(own->out[1].port, k == 2 ? 1 : -BTY_DROP_NOT_IP);
		assert_string_equal(numbers(), "1");
		own_close();
	}
}

/* What one worker learns, another uses, and lets its packets go at its next look, 20 ms later at most. */
static void two_workers(void **state)
{
	struct own *first, *second;

	OPEN_DEFAULT();
	send_one(2, 1);
	assert_int_equal(queries(), 1);
	first = open_second();
	second = own;
	/* the question has been asked */
	send_one(2, 11);
	send_one(2, 12);
	assert_int_equal(queries(), 0);
	assert_int_equal(second->nused, 2);
	own = first;
	own->now_ns += 500 * MS_NS;
	reply(2, mac_of(2));
	assert_string_equal(numbers(), "1");
	own = second;
	own->now_ns += 499 * MS_NS; /* a little behind the other: nothing is too old for that */
	own->el.env.now_ns = own->now_ns;
	/* one more before it has looked: behind those that wait */
	send_one(2, 13);
	assert_string_equal(numbers(), "11 12 13");
	assert_true(goes_to(2, mac_of(2)));
	/* and without any: by itself */
	send_one(3, 31);
	own = first;
	own->now_ns = second->now_ns + 100 * MS_NS;
	reply(3, mac_of(3));
	own = second;
	own_wait(121 * MS_NS);
	assert_string_equal(numbers(), "31");
	assert_int_equal(own->nused, 0);
	close_second(first);
	own_close();
}

/* Frames of every kind, most of them ARP and ND: each ends once (own.h sees to that), and nothing is left. */
static void any_frames(void **state)
{
	struct gen g = { .seed = 0x1234567, .min = 14, .max = 1500, .mutate_percent = 30, .prefer = GEN_NEIGHBOUR };
	static uint8_t frame[GEN_MAX + 2048];
	unsigned int i, n;

	OPEN("02:00:00:00:00:01", "CAPACITY 16", "HOLD_ALL 64", "RETRY 20ms", "TIMEOUT 1s");
	for (i = 0; i < 3000; i++) {
		for (n = gen_below(&g, 32); n; n--)
			own_add(frame, gen_frame(&g, frame));
		own_run();
		if (gen_chance(&g, 30))
			own_wait(gen_below(&g, 100) * MS_NS);
	}
	own_wait(1 * S_NS);
	assert_int_equal(own->nused, 0);
	own_close();
}

/* Given ones at random: of 2^18 rows some get more of so many than the 8 they hold. */
static void too_many_given(void **state)
{
	char file[] = "/tmp/bty_neighbours_XXXXXX", arg[64];
	int fd = mkstemp(file), i;
	FILE *f;

	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	for (i = 0; i < 600000; i++)
		fprintf(f, "10.%d.%d.%d 02:00:00:00:00:01\n", i >> 16, i >> 8 & 255, i & 255);
	fclose(f);
	snprintf(arg, sizeof(arg), "FILE %s", file);
	EL_REFUSES("ARPQuerier", "600000 neighbours need ", "192.0.2.1", "02:00:00:00:00:02", arg);
	EL_REFUSES("ARPQuerier", " rows; at most 262144 are possible", "192.0.2.1", "02:00:00:00:00:02", arg);
	unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_and_learns),
		cmocka_unit_test(queries_are_limited),
		cmocka_unit_test(one_packet_is_asked_for_three_times),
		cmocka_unit_test(order_is_kept),
		cmocka_unit_test(few_wait),
		cmocka_unit_test(no_frame_for_a_query),
		cmocka_unit_test(asked_again_before_it_is_too_old),
		cmocka_unit_test(no_answer_any_more),
		cmocka_unit_test(gateways_and_groups),
		cmocka_unit_test(other_port),
		cmocka_unit_test(two_workers),
		cmocka_unit_test(any_frames),
		cmocka_unit_test(too_many_given),
	};

	return cmocka_run_group_tests_name("el_arpquerier", tests, NULL, NULL);
}
