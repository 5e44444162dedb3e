// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What Measure reports, from packets that were stamped a known time ago: of all together, of each flow that has a histogram, and
 * how many had no stamp. Between stamp and look only the machine adds to a delay, so that what is expected lies between the two.
 */
#include <time.h>
#include <jansson.h>

#include "own.h"

#define MS	 1000000ULL
#define S	 1000000000ULL
#define MACHINE	 (5 * S) /* it may take, and still no delay below is taken for another */
#define NO_STAMP 0

static json_t *report;

/* UDP from 10.0.0.1:1000 to 10.0.0.9:dport. */
static uint32_t udp4(uint8_t *f, uint16_t dport)
{
	static const uint8_t head[42] = {
		2, 0, 0, 0, 0,	1,  2, 0, 0,  0, 0, 2, 8,  0, 0x45, 0, 0,	  28,
		0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0,    9, 1000 >> 8, 1000 & 255
	};

	memcpy(f, head, sizeof(head));
	gen_be16(f + 36, dport);
	gen_be16(f + 38, 8);
	return sizeof(head);
}

/* TCP from 2001:db8::1:80 to 2001:db8::2:443. */
static uint32_t tcp6(uint8_t *f)
{
	static const uint8_t addr[15] = { 0x20, 0x01, 0x0d, 0xb8 };

	memset(f, 0, 74);
	memcpy(f, "\2\0\0\0\0\1\2\0\0\0\0\2\x86\xdd\x60", 15);
	f[19] = 20;
	f[20] = 6;
	f[21] = 64;
	memcpy(f + 22, addr, sizeof(addr));
	f[37] = 1;
	memcpy(f + 38, addr, sizeof(addr));
	f[53] = 2;
	gen_be16(f + 54, 80);
	gen_be16(f + 56, 443);
	f[66] = 0x50;
	return 74;
}

/* What is not IP. */
static uint32_t other(uint8_t *f)
{
	memset(f, 0, 60);
	memcpy(f, "\2\0\0\0\0\1\2\0\0\0\0\2\x88\xb5", 14);
	return 60;
}

/* Goes through, having arrived so long ago. */
static void add(const uint8_t *f, uint32_t len, uint64_t age_ns)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	own_add(f, len)->meta->ts_ns = age_ns ? ts.tv_sec * S + ts.tv_nsec - age_ns : 0;
}

static int64_t number(const json_t *o, const char *key)
{
	assert_true(json_is_integer(json_object_get(o, key)));
	return json_integer_value(json_object_get(o, key));
}

static void is_about(const json_t *hist, const char *what, uint64_t age_ns)
{
	assert_in_range(number(hist, what), age_ns, age_ns + MACHINE);
}

static const json_t *flow(size_t i, const char *saddr, int sport, const char *daddr, int dport, int protocol)
{
	const json_t *f = json_array_get(json_object_get(report, "flows"), i);

	assert_string_equal(json_string_value(json_object_get(f, "saddr")), saddr);
	assert_int_equal(number(f, "sport"), sport);
	assert_string_equal(json_string_value(json_object_get(f, "daddr")), daddr);
	assert_int_equal(number(f, "dport"), dport);
	assert_int_equal(number(f, "protocol"), protocol);
	return json_object_get(f, "delay_ns");
}

static void run(const char *flows)
{
	const char *const args[] = { flows, NULL };
	uint8_t f[128];
	struct el el;
	int i;

	assert_int_equal(el_configure(&el, "Measure", 0, args), 0);
	own_open(&el);
	for (i = 0; i < 6; i++)
		add(f, udp4(f, 2000), i < 4 ? MS : 20 * S);
	assert_int_equal(own_run(), 6);
	for (i = 0; i < 3; i++)
		add(f, tcp6(f), 10 * S);
	add(f, udp4(f, 2000), NO_STAMP);
	add(f, udp4(f, 2001), 40 * S); /* a third flow */
	add(f, other(f), 40 * S);
	assert_int_equal(own_run(), 6);
	report = own->el.cls->report(own->el.args, &own->el.env.state, 1);
	assert_non_null(report);
}

static void done(void)
{
	json_decref(report);
	own_close();
}

static void each_flow(void **state)
{
	const json_t *h;

	run("FLOWS 2");
	assert_int_equal(json_array_size(json_object_get(report, "flows")), 2);
	h = flow(0, "10.0.0.1", 1000, "10.0.0.9", 2000, 17);
	assert_int_equal(number(h, "count"), 6);
	is_about(h, "p50", MS);
	is_about(h, "mean", (4 * MS + 2 * 20 * S) / 6);
	is_about(h, "p95", 20 * S);
	is_about(h, "max", 20 * S);
	h = flow(1, "2001:db8::1", 80, "2001:db8::2", 443, 6);
	assert_int_equal(number(h, "count"), 3);
	is_about(h, "p50", 10 * S);
	is_about(h, "max", 10 * S);
	h = json_object_get(report, "delay_ns");
	assert_int_equal(number(h, "count"), 11);
	is_about(h, "p50", 10 * S);
	is_about(h, "p99", 40 * S);
	assert_int_equal(number(report, "unstamped"), 1);
	done();
}

static void room_for_more(void **state)
{
	run("FLOWS 9");
	assert_int_equal(json_array_size(json_object_get(report, "flows")), 3);
	is_about(flow(2, "10.0.0.1", 1000, "10.0.0.9", 2001, 17), "p50", 40 * S);
	done();
	run("FLOWS 0");
	assert_int_equal(json_array_size(json_object_get(report, "flows")), 0);
	assert_int_equal(number(json_object_get(report, "delay_ns"), "count"), 11);
	done();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_flow),
		cmocka_unit_test(room_for_more),
	};

	return cmocka_run_group_tests_name("el_measure", tests, NULL, NULL);
}
