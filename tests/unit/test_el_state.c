// SPDX-License-Identifier: GPL-2.0-or-later
/* Elements that packets teach: RateLimiter against a token bucket, Meter, MACTable; several threads on one bucket. */
#include <math.h>
#include <pthread.h>
#include <elements/mactable.h>
#include <elements/meter.h>
#include <elements/ratelimiter.h>

#include "el.h"
#include "tests/packets/diff.h"

#define SECOND 1000000000ULL

#define LOAD(el, class_name, connected, ...)                                                               \
	do {                                                                                               \
		if (el_configure(el, class_name, connected, (const char *const[]){ __VA_ARGS__, NULL }) || \
		    el_make_tables(el))                                                                    \
			fail_msg("%s", (el)->err.msg);                                                     \
		(el)->env.now_ns = 5 * SECOND;                                                             \
	} while (0)

/* A packet of len bytes from 10.0.0.0 + user. */
static int from(struct el *el, uint32_t user, unsigned int len)
{
	uint8_t f[1500] = { [12] = 8, [14] = 0x45, [26] = 10 };

	f[27] = user >> 16;
	gen_be16(f + 28, user);
	return el_push(el, f, len);
}

static unsigned int passed(struct el *el, uint32_t user, unsigned int n)
{
	unsigned int ok = 0;

	while (n--)
		ok += from(el, user, 60) == 0;
	return ok;
}

static void packets_per_second(void **state)
{
	struct el el;

	LOAD(&el, "RateLimiter", 1, "RATE 1000pps", "BURST 10");
	assert_int_equal(passed(&el, 1, 50), 10);
	assert_int_equal(from(&el, 1, 60), -(int)BTY_DROP_RATE_LIMITED);
	el.env.now_ns += 999999;
	assert_int_equal(passed(&el, 1, 5), 0);
	el.env.now_ns += 1;
	assert_int_equal(passed(&el, 1, 5), 1);
	assert_int_equal(passed(&el, 2, 50), 10); /* another user */
	el.env.now_ns += SECOND;
	assert_int_equal(passed(&el, 1, 50), 10);
	el_free_tables(&el);
}

/* One bucket of each kind, filled and emptied as such; times and costs are whole nanoseconds. */
static void like_a_token_bucket(void **state)
{
	int64_t pkts = 20 * 1000000LL, bytes = 4000 * 1000LL, dt;
	struct gen g = { .seed = 0xabcdef };
	unsigned int i, len, both[2] = { 0 };
	struct el el;
	int ok;

	LOAD(&el, "RateLimiter", 2, "RATE 1000pps", "BURST 20", "BITRATE 8Mbps", "BURST_BYTES 4000", "KEY all");
	for (i = 0; i < diff_packets(200000); i++) {
		dt = gen_chance(&g, 1) ? gen_below(&g, 30000000) : gen_below(&g, 600000);
		el.env.now_ns += dt;
		pkts = pkts + dt > 20 * 1000000LL ? 20 * 1000000LL : pkts + dt;
		bytes = bytes + dt > 4000 * 1000LL ? 4000 * 1000LL : bytes + dt;
		len = 60 + gen_below(&g, 1000);
		ok = pkts >= 1000000 && bytes >= len * 1000LL;
		if (ok) {
			pkts -= 1000000;
			bytes -= len * 1000LL;
		}
		both[ok]++;
		assert_int_equal(from(&el, i, len), !ok);
	}
	assert_true(both[0] > 10000 && both[1] > 10000);
	el_free_tables(&el);
}

static void users_have_buckets_of_their_own(void **state)
{
	unsigned int i, ok = 0;
	struct el el;

	LOAD(&el, "RateLimiter", 1, "RATE 10pps", "BURST 1", "USERS 5000");
	for (i = 0; i < 5000; i++)
		ok += passed(&el, i, 2);
	assert_in_range(ok, 4975, 5000);
	/* once these are idle, others have their buckets */
	el.env.now_ns += SECOND;
	for (ok = 0; i < 10000; i++)
		ok += passed(&el, i, 2);
	assert_in_range(ok, 4975, 5000);
	el_free_tables(&el);
}

/* 8 places for one user: the others share one bucket. */
static void more_users_than_buckets(void **state)
{
	unsigned int i, ok = 0;
	struct el el;

	LOAD(&el, "RateLimiter", 1, "RATE 10pps", "BURST 3", "USERS 1");
	for (i = 0; i < 8; i++)
		assert_int_equal(passed(&el, i, 10), 3);
	for (; i < 100; i++)
		ok += passed(&el, i, 10);
	assert_int_equal(ok, 3);
	el_free_tables(&el);
}

#define THREADS 4

static struct el shared;

static void *push_many(void *arg)
{
	const struct ratelimiter_args *a = (const void *)shared.args;
	struct bty_env env = shared.env;
	uint8_t f[60] = { [12] = 8, [14] = 0x45, [26] = 10 };
	struct bty_meta meta = { 0 };
	struct bty_pkt p = { .data = f, .data_end = f + sizeof(f), .meta = &meta, .frame = BTY_NO_FRAME };
	uintptr_t ok = 0;
	int i;

	bty_parse(&p);
	for (i = 0; i < 200000; i++)
		ok += ratelimiter_push(&p, a, &env) == 0;
	return (void *)ok;
}

static uintptr_t push_from_threads(void)
{
	pthread_t t[THREADS];
	uintptr_t sum = 0;
	void *ok;
	int i;

	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, push_many, NULL), 0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(t[i], &ok);
		sum += (uintptr_t)ok;
	}
	return sum;
}

/* No token is spent twice, and none is lost. */
static void several_threads(void **state)
{
	LOAD(&shared, "RateLimiter", 1, "RATE 1pps", "BURST 100000");
	assert_int_equal(push_from_threads(), 100000);
	el_free_tables(&shared);
	/* what the second limit refuses goes back to the first */
	LOAD(&shared, "RateLimiter", 1, "RATE 1pps", "BURST 100000", "BITRATE 1kbps", "BURST_BYTES 3000000");
	assert_int_equal(push_from_threads(), 50000);
	shared.env.now_ns += 3000000ULL * 8 * SECOND / 1000;
	assert_int_equal(push_from_threads(), 50000);
	el_free_tables(&shared);
}

static void limiter_arguments(void **state)
{
	EL_REFUSES("RateLimiter", "no rate", NULL);
	EL_REFUSES("RateLimiter", "KEY 'teid'", "10pps", "KEY teid");
	EL_REFUSES("RateLimiter", "BITRATE '10M': expected a rate with its unit", "BITRATE 10M");
	EL_REFUSES("RateLimiter", "BURST", "10pps", "BURST 0");
}

/* n packets, evenly, over a second; the output of the last. */
static int meter(struct el *el, unsigned int n)
{
	unsigned int i;
	int v = -1;

	for (i = 0; i < n; i++) {
		el->env.now_ns += SECOND / n;
		v = from(el, 0, 125);
	}
	return v;
}

static void rates_are_measured(void **state)
{
	const struct meter_state *s;
	struct el el;

	LOAD(&el, "Meter", 3, "9500pps", "10500pps");
	s = (const void *)el.env.table[0].rows;
	assert_int_equal(meter(&el, 10000), 1);
	assert_in_range((s->rate >> 16) * 1000000 / 65536 * 1000 / 1048576, 9900, 10100);
	assert_int_equal(meter(&el, 12000), 2);
	assert_int_equal(meter(&el, 5000), 0);
	assert_int_equal(meter(&el, 12000), 2);
	el.env.now_ns += 100 * SECOND;
	assert_int_equal(from(&el, 0, 60), 0);
	el_free_tables(&el);
	/* 125 bytes are 1000 bits */
	LOAD(&el, "Meter", 3, "9500kbps", "10500kbps", "TAU 50ms");
	assert_int_equal(meter(&el, 10000), 1);
	assert_int_equal(meter(&el, 11000), 2);
	el_free_tables(&el);
}

#define EPOCH_NS 1048576

/* An exponential average in floating point, of what came in each epoch; within 1 % of a threshold either side will do. */
static void like_an_average(void **state)
{
	static const double bound[] = { 5000, 10000, 20000, 40000 };
	unsigned int i, n = diff_packets(200000), gap = 100000, count = 0, seen[5] = { 0 };
	const double keep = exp(-EPOCH_NS / 5e6);
	struct gen g = { .seed = 0xfeed };
	uint64_t epoch = 0, now;
	double rate = 0;
	struct el el;
	int port, want, near;

	LOAD(&el, "Meter", 5, "5kpps", "10kpps", "20kpps", "40kpps", "TAU 5ms");
	for (i = 0; i < n; i++) {
		if (gen_chance(&g, 1) && gen_chance(&g, 10))
			gap = 15000 << gen_below(&g, 5);
		el.env.now_ns += gen_below(&g, 2 * gap);
		now = el.env.now_ns / EPOCH_NS;
		for (; epoch && epoch < now; epoch++, count = 0)
			rate = rate * keep + count * (1e9 / EPOCH_NS) * (1 - keep);
		epoch = now;
		count++;
		port = from(&el, 0, 60);
		for (want = 0; want < 4 && rate >= bound[want]; want++)
			;
		near = (want < 4 && rate > bound[want] * 0.99) || (want && rate < bound[want - 1] * 1.01);
		if (!near)
			assert_int_equal(port, want);
		seen[want]++;
	}
	for (i = 0; i < 5; i++)
		assert_true(seen[i] > n / 50);
	el_free_tables(&el);
}

static void meter_arguments(void **state)
{
	EL_REFUSES("Meter", "no rate", NULL);
	EL_REFUSES("Meter", "above the one before", "10kpps", "10kpps");
	EL_REFUSES("Meter", "all in bits", "10kpps", "10Mbps");
	EL_REFUSES("Meter", "TAU '1'", "10kpps", "TAU 1");
}

/* A frame between stations 1 to 255, 0 for broadcast, that came in by a device. */
static int between(struct el *el, uint8_t dst, uint8_t src, uint8_t in)
{
	uint8_t f[60] = { 2, 0, 0, 0, 0, dst, 2, 0, 0, 0, 0, src };
	struct bty_meta meta = { .in = in };
	struct bty_pkt p = { .data = f, .data_end = f + sizeof(f), .meta = &meta, .frame = BTY_NO_FRAME };

	if (!dst)
		memset(f, 0xff, 6);
	return mactable_push(&p, (const void *)el->args, &el->env);
}

static void stations_are_learned(void **state)
{
	struct el el;

	LOAD(&el, "MACTable", 4, "LEARN true", "AGE 10s", "02:00:00:00:00:09 0");
	assert_int_equal(between(&el, 2, 1, 1), 3);
	assert_int_equal(between(&el, 1, 2, 2), 1);
	assert_int_equal(between(&el, 2, 1, 1), 2);
	assert_int_equal(between(&el, 0, 1, 1), 3);
	/* behind the same device */
	assert_int_equal(between(&el, 2, 1, 2), -(int)BTY_DROP_SAME_PORT);
	/* it has moved */
	assert_int_equal(between(&el, 1, 2, 0), 2);
	assert_int_equal(between(&el, 2, 3, 1), 0);
	/* what is given is not learned anew */
	assert_int_equal(between(&el, 9, 3, 1), 0);
	assert_int_equal(between(&el, 3, 9, 2), 1);
	assert_int_equal(between(&el, 9, 3, 1), 0);
	el.env.now_ns += 9 * SECOND;
	assert_int_equal(between(&el, 3, 0x10, 0), 1);
	el.env.now_ns += 2 * SECOND;
	assert_int_equal(between(&el, 3, 0x10, 0), 3);
	assert_int_equal(between(&el, 0x10, 4, 1), 0);
	assert_int_equal(between(&el, 9, 4, 1), 0);
	el_free_tables(&el);
}

#define AGE	 SECOND
#define STATIONS 120

/*
 * Stations that speak now and then, and move, between three devices, against where each was heard last. An AGE is told to
 * a sixteenth.
 */
static void like_a_bridge(void **state)
{
	unsigned int i, n = diff_packets(200000), flooded = 0, told = 0, dst, src, in, flood;
	struct gen g = { .seed = 0x5eed };
	uint8_t device[STATIONS + 1] = { 0 };
	uint64_t heard[STATIONS + 1] = { 0 }, ago;
	struct el el;
	int port;

	LOAD(&el, "MACTable", 4, "LEARN true", "AGE 1s");
	for (i = 0; i < n; i++) {
		el.env.now_ns += gen_chance(&g, 1) ? gen_below(&g, AGE / 2) : gen_below(&g, AGE / 100);
		dst = gen_below(&g, STATIONS + 1);
		src = 1 + gen_below(&g, STATIONS);
		in = gen_chance(&g, 90) ? src % 3 : gen_below(&g, 3);
		heard[src] = el.env.now_ns;
		device[src] = in;
		port = between(&el, dst, src, in);
		ago = el.env.now_ns - heard[dst];
		flood = !dst || !heard[dst] || ago > AGE + AGE / 16;
		if (dst && port == 3 && ago >= AGE - AGE / 16)
			flood = 1;
		assert_int_equal(port, flood ? 3 : device[dst] == in ? -(int)BTY_DROP_SAME_PORT : device[dst]);
		flooded += flood;
		told += !flood;
	}
	assert_true(flooded > n / 50 && told > n / 50);
	el_free_tables(&el);
}

/* As `table show` tells it: not the given ones, nor those that are too old. */
static void learned_stations_are_shown(void **state)
{
	struct bty_learned l;
	uint64_t at = 0;
	struct el el;

	LOAD(&el, "MACTable", 4, "LEARN true", "AGE 16s", "02:00:00:00:00:09 0");
	between(&el, 0, 1, 1);
	between(&el, 0, 9, 1);
	el.env.now_ns += 10 * SECOND;
	between(&el, 0, 2, 2);
	el.env.now_ns += 8 * SECOND;
	assert_int_equal(el.cls->table_ops->learned(el.args, el.env.table, el.env.now_ns, &at, &l), 1);
	assert_string_equal(l.text, "02:00:00:00:00:02 2");
	assert_string_equal(l.state, "learned");
	assert_in_range(l.age_ns, 7 * SECOND, 9 * SECOND);
	assert_int_equal(el.cls->table_ops->learned(el.args, el.env.table, el.env.now_ns, &at, &l), 0);
	el_free_tables(&el);
}

static void stations_are_given(void **state)
{
	struct el el;

	LOAD(&el, "MACTable", 3, "02:00:00:00:00:01 1", "FLOOD 0", "02:00:00:00:00:01 2");
	assert_int_equal(between(&el, 1, 2, 0), 2);
	assert_int_equal(between(&el, 2, 1, 1), 0);
	assert_int_equal(between(&el, 2, 1, 1), 0);
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "02:00:00:00:00:02 1", 3), 0);
	assert_int_equal(between(&el, 2, 1, 2), 1);
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "02:00:00:00:00:02 3", 3), 0 - ERANGE);
	assert_non_null(strstr(el.err.msg, "a station to output 3, which is not connected: expected 0 to 2"));
	el_free_tables(&el);
}

/* One that finds no place is not learned; those that are stay. */
static void as_many_stations_as_fit(void **state)
{
	unsigned int i, known = 0;
	struct el el;

	LOAD(&el, "MACTable", 3, "LEARN true", "CAPACITY 1");
	for (i = 1; i < 200; i++)
		between(&el, 0, i, 1);
	for (i = 1; i < 200; i++)
		known += between(&el, i, 0xff, 0) == 1;
	assert_int_equal(known, 8);
	el_free_tables(&el);
}

static void mactable_arguments(void **state)
{
	EL_REFUSES("MACTable", "no stations", NULL);
	EL_REFUSES("MACTable", "expected MAC PORT", "02:00:00:00:01 1");
	EL_REFUSES("MACTable", "the address of one station", "03:00:00:00:00:01 1");
	EL_REFUSES("MACTable", "an output from 0 to 15", "02:00:00:00:00:01 16");
	EL_REFUSES("MACTable", "an output from 0 to 15", "02:00:00:00:00:01 1 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_per_second),
		cmocka_unit_test(like_a_token_bucket),
		cmocka_unit_test(like_a_bridge),
		cmocka_unit_test(like_an_average),
		cmocka_unit_test(users_have_buckets_of_their_own),
		cmocka_unit_test(more_users_than_buckets),
		cmocka_unit_test(several_threads),
		cmocka_unit_test(limiter_arguments),
		cmocka_unit_test(rates_are_measured),
		cmocka_unit_test(meter_arguments),
		cmocka_unit_test(stations_are_learned),
		cmocka_unit_test(stations_are_given),
		cmocka_unit_test(as_many_stations_as_fit),
		cmocka_unit_test(learned_stations_are_shown),
		cmocka_unit_test(mactable_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
