// SPDX-License-Identifier: GPL-2.0-or-later
/* user/gen: frames as an independent reader sees them, the laws of the schedule, the sink's books. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "user/gen/account.h"
#include "user/gen/frame.h"
#include "user/gen/schedule.h"

/* --- frames: checksums recomputed byte by byte, sharing nothing with the code under test */

static uint16_t be16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint16_t inet_sum(const uint8_t *p, unsigned int len, uint32_t sum)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? p[i] : p[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static struct gen_frame_conf frame_conf(int family, int vlan, unsigned int size)
{
	struct gen_frame_conf c = {
		.src_mac = { 2, 0, 0, 0, 0, 1 },
		.dst_mac = { 2, 0, 0, 0, 0, 2 },
		.family = family,
		.sport = 60000,
		.dport = 9000,
		.vlan = vlan,
		.size = size,
	};

	for (int i = 0; i < 16; i++) {
		c.src[i] = 0x20 + i;
		c.dst[i] = 0xf0 - i;
	}
	return c;
}

/* Walks the frame and checks every length and checksum; returns the offset of UDP. */
static unsigned int check_frame(const uint8_t *b, unsigned int len, int family, int vlan)
{
	unsigned int at = 12, udp_len;
	uint32_t pseudo;

	if (vlan != GEN_NO_VLAN) {
		assert_int_equal(be16(b + at), 0x8100);
		assert_int_equal(be16(b + at + 2), vlan);
		at += 4;
	}
	assert_int_equal(be16(b + at), family == AF_INET6 ? 0x86dd : 0x0800);
	at += 2;
	udp_len = len - at - (family == AF_INET6 ? 40 : 20);
	pseudo = 17 + udp_len;
	if (family == AF_INET6) {
		assert_int_equal(b[at] >> 4, 6);
		assert_int_equal(be16(b + at + 4), udp_len);
		assert_int_equal(b[at + 6], 17);
		pseudo += inet_sum(b + at + 8, 32, 0);
		at += 40;
	} else {
		assert_int_equal(b[at], 0x45);
		assert_int_equal(be16(b + at + 2), udp_len + 20);
		assert_int_equal(b[at + 9], 17);
		assert_int_equal(inet_sum(b + at, 20, 0), 0xffff);
		pseudo += inet_sum(b + at + 12, 8, 0);
		at += 20;
	}
	assert_int_equal(be16(b + at + 2), 9000);
	assert_int_equal(be16(b + at + 4), udp_len);
	assert_int_not_equal(be16(b + at + 6), 0);
	assert_int_equal(inet_sum(b + at, udp_len, pseudo), 0xffff);
	return at;
}

static void one_kind_of_frame(int family, int vlan, unsigned int size)
{
	struct gen_frame_conf c = frame_conf(family, vlan, size);
	struct gen_frame *f = malloc(sizeof(*f));
	uint16_t flows[] = { 0, 1, 5535, 5536, 65535 };
	struct gen_seen seen;
	unsigned int i, udp;

	assert_int_equal(gen_frame_init(f, &c, NULL), 0);
	assert_int_equal(f->len, size ? size : f->len);
	for (i = 0; i < 4096; i++) {
		uint16_t flow = flows[i % 5];

		gen_frame_stamp(f, f->bytes, flow, i * 999983u, 1ULL << (i % 60));
		udp = check_frame(f->bytes, f->len, family, vlan);
		assert_int_equal(be16(f->bytes + udp), 60000 + flow % 5536);
		assert_true(gen_frame_parse(f->bytes, f->len, &seen));
		assert_int_equal(seen.flow, flow);
		assert_int_equal(seen.dport, 9000);
		assert_int_equal(seen.seq, i * 999983u);
		assert_int_equal(seen.sent_ns, 1ULL << (i % 60));
		assert_false(seen.corrupt || seen.bad_ip || seen.bad_udp);
	}
	free(f);
}

static void frames_are_correct(void **state)
{
	int families[] = { AF_INET, AF_INET6 }, vlans[] = { GEN_NO_VLAN, 0, 7, 4094 };
	unsigned int sizes[] = { 0, 101, 128, 1514 };

	for (int f = 0; f < 2; f++)
		for (int v = 0; v < 4; v++)
			for (int s = 0; s < 4; s++)
				one_kind_of_frame(families[f], vlans[v], sizes[s]);
}

static void shortest_frame_is_60_bytes(void **state)
{
	struct gen_frame_conf c = frame_conf(AF_INET, GEN_NO_VLAN, 0);
	static struct gen_frame f;
	struct bty_err err;

	assert_int_equal(gen_frame_init(&f, &c, &err), 0);
	assert_int_equal(f.len, 60);
	c.size = 60;
	c.vlan = 1;
	assert_true(gen_frame_init(&f, &c, &err) < 0);
	assert_non_null(strstr(err.msg, "64"));
	c = frame_conf(AF_INET6, GEN_NO_VLAN, 0);
	assert_int_equal(gen_frame_init(&f, &c, &err), 0);
	assert_int_equal(f.len, 80);
}

static void flows_differ_on_the_wire(void **state)
{
	struct gen_frame_conf c = frame_conf(AF_INET, GEN_NO_VLAN, 0);
	static struct gen_frame f;
	static uint8_t used[12 * 65536 / 8 + 1];
	unsigned int i, key;

	assert_int_equal(gen_frame_init(&f, &c, NULL), 0);
	for (i = 0; i < GEN_FLOWS_MAX; i++) {
		gen_frame_stamp(&f, f.bytes, i, 0, 0);
		/* flows spread over 12 source addresses, 5536 ports each */
		key = (f.bytes[29] - c.src[3]) * 65536 + be16(f.bytes + 34);
		assert_in_range(key, 0, 12 * 65536 - 1);
		assert_false(used[key / 8] & 1 << key % 8);
		used[key / 8] |= 1 << key % 8;
	}
}

/* Every single bit of the payload, and every swap of neighbouring words, which the UDP checksum does not see. */
static void damage_is_seen(void **state)
{
	struct gen_frame_conf c = frame_conf(AF_INET, GEN_NO_VLAN, 128);
	static struct gen_frame f;
	struct gen_seen seen;
	unsigned int bit, at;
	uint8_t tmp[2];

	assert_int_equal(gen_frame_init(&f, &c, NULL), 0);
	gen_frame_stamp(&f, f.bytes, 3, 77, 123456789);
	for (bit = (f.payload + 2) * 8; bit < f.len * 8; bit++) {
		f.bytes[bit / 8] ^= 1 << bit % 8;
		assert_true(gen_frame_parse(f.bytes, f.len, &seen));
		assert_true(seen.corrupt);
		assert_true(seen.bad_udp);
		f.bytes[bit / 8] ^= 1 << bit % 8;
	}
	for (at = f.payload + 2; at + 4 <= f.len; at += 2) {
		if (!memcmp(f.bytes + at, f.bytes + at + 2, 2))
			continue;
		memcpy(tmp, f.bytes + at, 2);
		memcpy(f.bytes + at, f.bytes + at + 2, 2);
		memcpy(f.bytes + at + 2, tmp, 2);
		assert_true(gen_frame_parse(f.bytes, f.len, &seen));
		assert_true(seen.corrupt);
		memcpy(tmp, f.bytes + at, 2);
		memcpy(f.bytes + at, f.bytes + at + 2, 2);
		memcpy(f.bytes + at + 2, tmp, 2);
	}
	/* a header rewritten without its checksum */
	f.bytes[22]--;
	assert_true(gen_frame_parse(f.bytes, f.len, &seen));
	assert_true(seen.bad_ip);
	assert_false(seen.corrupt || seen.bad_udp);
}

/* Nothing is read behind the end of a frame (the sanitizer watches), and nothing cut short is taken for good. */
static void short_frames_are_safe(void **state)
{
	int families[] = { AF_INET, AF_INET6 };
	struct gen_frame_conf c;
	static struct gen_frame f;
	struct gen_seen seen;
	unsigned int i, len;
	uint8_t *exact;

	for (i = 0; i < 2; i++) {
		c = frame_conf(families[i], 5, 200);
		assert_int_equal(gen_frame_init(&f, &c, NULL), 0);
		gen_frame_stamp(&f, f.bytes, 1, 2, 3);
		for (len = 0; len < f.len; len++) {
			exact = malloc(len + !len);
			memcpy(exact, f.bytes, len);
			assert_true(!gen_frame_parse(exact, len, &seen) || seen.corrupt);
			free(exact);
		}
	}
}

/* --- schedule */

static void fixed_does_not_drift(void **state)
{
	struct gen_schedule s;
	uint64_t i, at;

	gen_schedule_init(&s, GEN_FIXED, 300000, 1, 0); /* 3333.3 ns */
	for (i = 0; i < 3000000; i++) {
		at = gen_schedule_next(&s);
		if (at != i * 10000 / 3)
			fail_msg("departure %llu at %llu", (unsigned long long)i, (unsigned long long)at);
	}
}

static void bursts_leave_together(void **state)
{
	struct gen_schedule s;
	unsigned int i;

	gen_schedule_init(&s, GEN_BURST, 1000, 8, 0);
	for (i = 0; i < 8000; i++)
		assert_int_equal(gen_schedule_next(&s), i / 8 * 8000000ULL);
}

/* Mean, variance, a quantile and the correlation of neighbours of exponential gaps, each within five deviations. */
static void poisson_gaps_are_exponential(void **state)
{
	const unsigned int n = 200000;
	const double mean = 20000;
	double sum = 0, sum2 = 0, cross = 0, gap, before = mean;
	unsigned int i, above = 0;
	uint64_t last = 0, at;
	struct gen_schedule s;

	gen_schedule_init(&s, GEN_POISSON, 50000, 1, 42);
	for (i = 0; i < n; i++) {
		at = gen_schedule_next(&s);
		assert_true(at >= last);
		gap = (double)(at - last);
		sum += gap;
		sum2 += (gap - mean) * (gap - mean);
		cross += (gap - mean) * (before - mean);
		above += gap > mean * M_LN2;
		before = gap;
		last = at;
	}
	assert_true(fabs(sum / n / mean - 1) < 5 / sqrt(n));
	assert_true(fabs(sum2 / n / (mean * mean) - 1) < 5 * sqrt(8.0 / n));
	assert_true(fabs(cross / n / (mean * mean)) < 5 / sqrt(n));
	assert_true(fabs((double)above / n - 0.5) < 5 * 0.5 / sqrt(n));
}

static void seed_decides(void **state)
{
	struct gen_schedule a, b, c;
	unsigned int i, differ = 0;
	uint64_t at;

	gen_schedule_init(&a, GEN_POISSON, 1000, 1, 7);
	gen_schedule_init(&b, GEN_POISSON, 1000, 1, 7);
	gen_schedule_init(&c, GEN_POISSON, 1000, 1, 8);
	for (i = 0; i < 1000; i++) {
		at = gen_schedule_next(&a);
		assert_int_equal(gen_schedule_next(&b), at);
		differ += gen_schedule_next(&c) != at;
	}
	assert_true(differ > 990);
}

/* --- the sink's books */

struct feed {
	struct gen_account a;
	struct gen_frame f;
};

static int feed_setup(void **state)
{
	struct gen_frame_conf c = frame_conf(AF_INET, GEN_NO_VLAN, 0);
	struct feed *d = calloc(1, sizeof(*d));

	*state = d;
	return gen_frame_init(&d->f, &c, NULL) || gen_account_init(&d->a, 4, NULL);
}

static int feed_teardown(void **state)
{
	struct feed *d = *state;

	gen_account_free(&d->a);
	free(d);
	return 0;
}

/* Frame seq of flow, sent at 1000 * seq + base, which takes 500 ns. */
static void arrive_at(struct feed *d, uint16_t flow, uint32_t seq, uint64_t base)
{
	gen_frame_stamp(&d->f, d->f.bytes, flow, seq, base + 1000ULL * seq);
	gen_account_frame(&d->a, d->f.bytes, d->f.len, base + 1000ULL * seq + 500);
}

static void arrive(struct feed *d, uint16_t flow, uint32_t seq)
{
	arrive_at(d, flow, seq, 0);
}

static uint64_t missing(const struct feed *d)
{
	struct gen_losses l;

	gen_account_losses(&d->a, &l);
	return l.missing;
}

static void all_arrive(void **state)
{
	struct feed *d = *state;
	unsigned int i;

	for (i = 0; i < 10000; i++)
		arrive(d, i % 4, i / 4);
	assert_int_equal(d->a.received, 10000);
	assert_int_equal(d->a.bytes, 600000);
	assert_int_equal(missing(d), 0);
	assert_int_equal(d->a.duplicates + d->a.reordered + d->a.corrupted + d->a.unexpected + d->a.restarts, 0);
	assert_int_equal(d->a.delay.max_ns, 500);
}

static void losses_are_counted(void **state)
{
	struct feed *d = *state;
	struct gen_losses l;
	unsigned int i;

	for (i = 3; i < 5000; i++)
		if (i % 100 != 50 && (i < 2000 || i >= 3000))
			arrive(d, 1, i);
	gen_account_losses(&d->a, &l);
	assert_int_equal(l.flows, 1);
	assert_int_equal(l.head, 3);
	assert_int_equal(l.missing, 3 + 40 + 1000);
	d->a.joined = true;
	gen_account_losses(&d->a, &l);
	assert_int_equal(l.head, 0);
	assert_int_equal(l.missing, 40 + 1000);
}

static void duplicates_are_no_reordering(void **state)
{
	struct feed *d = *state;

	arrive(d, 0, 0);
	arrive(d, 0, 0);
	arrive(d, 0, 1);
	arrive(d, 0, 2);
	arrive(d, 0, 1);
	assert_int_equal(d->a.received, 5);
	assert_int_equal(d->a.duplicates, 2);
	assert_int_equal(d->a.reordered, 0);
	assert_int_equal(missing(d), 0);
}

/* RFC 4737: a frame below the next expected is reordered, the ones it was overtaken by are not. */
static void reordering_is_counted_once_per_late_frame(void **state)
{
	static const uint32_t order[] = { 0, 1, 3, 4, 2, 5, 9, 8, 7, 6, 10 };
	struct feed *d = *state;
	unsigned int i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		arrive(d, 2, order[i]);
	assert_int_equal(d->a.reordered, 4);
	assert_int_equal(d->a.flow[2].reordered, 4);
	assert_int_equal(d->a.duplicates, 0);
	assert_int_equal(missing(d), 0);
}

static void very_late_frames_are_told_apart(void **state)
{
	struct feed *d = *state;
	unsigned int i;

	arrive(d, 0, 0);
	for (i = 2; i < GEN_WINDOW + 2; i++)
		arrive(d, 0, i);
	assert_int_equal(missing(d), 1);
	arrive(d, 0, 1);
	assert_int_equal(d->a.reordered, 1);
	assert_int_equal(d->a.beyond, 1);
	assert_int_equal(missing(d), 0);
}

static void damage_stays_missing(void **state)
{
	struct feed *d = *state;

	arrive(d, 0, 0);
	gen_frame_stamp(&d->f, d->f.bytes, 0, 1, 1000);
	d->f.bytes[d->f.payload + 10] ^= 4;
	gen_account_frame(&d->a, d->f.bytes, d->f.len, 2000);
	arrive(d, 0, 2);
	assert_int_equal(d->a.corrupted, 1);
	assert_int_equal(d->a.received, 2);
	assert_int_equal(missing(d), 1);
}

static void strangers_do_not_count(void **state)
{
	static const uint8_t arp[60] = { [12] = 8, [13] = 6 };
	struct feed *d = *state;

	gen_account_frame(&d->a, arp, sizeof(arp), 1);
	arrive(d, 4, 0); /* the table has four flows */
	d->a.dport = 9001;
	arrive(d, 0, 0);
	assert_int_equal(d->a.foreign, 1);
	assert_int_equal(d->a.unexpected, 2);
	assert_int_equal(d->a.received, 0);
}

static void numbers_wrap(void **state)
{
	struct feed *d = *state;
	uint64_t i;

	d->a.joined = true;
	for (i = UINT32_MAX - 100; i < UINT32_MAX + 100ULL; i++)
		if (i != UINT32_MAX + 5ULL)
			arrive_at(d, 0, i, i - (uint32_t)i);
	assert_int_equal(missing(d), 1);
	assert_int_equal(d->a.restarts, 0);
	assert_int_equal(d->a.reordered, 0);
}

static void a_new_run_of_the_sender_is_no_reordering(void **state)
{
	struct feed *d = *state;
	unsigned int i;

	for (i = 0; i < 100; i++)
		if (i != 50)
			arrive(d, 0, i);
	for (i = 0; i < 60; i++)
		if (i != 20)
			arrive_at(d, 0, i, 1000000000);
	assert_int_equal(d->a.restarts, 1);
	assert_int_equal(d->a.reordered + d->a.duplicates, 0);
	assert_int_equal(missing(d), 2);
}

#define FED(test) cmocka_unit_test_setup_teardown(test, feed_setup, feed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_correct),
		cmocka_unit_test(shortest_frame_is_60_bytes),
		cmocka_unit_test(flows_differ_on_the_wire),
		cmocka_unit_test(damage_is_seen),
		cmocka_unit_test(short_frames_are_safe),
		cmocka_unit_test(fixed_does_not_drift),
		cmocka_unit_test(bursts_leave_together),
		cmocka_unit_test(poisson_gaps_are_exponential),
		cmocka_unit_test(seed_decides),
		FED(all_arrive),
		FED(losses_are_counted),
		FED(duplicates_are_no_reordering),
		FED(reordering_is_counted_once_per_late_frame),
		FED(very_late_frames_are_told_apart),
		FED(damage_stays_missing),
		FED(strangers_do_not_count),
		FED(numbers_wrap),
		FED(a_new_run_of_the_sender_is_no_reordering),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
