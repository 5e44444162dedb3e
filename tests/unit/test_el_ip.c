// SPDX-License-Identifier: GPL-2.0-or-later
/* CheckIPHeader, DecIPTTL, EtherRewrite, Counter and Discard on fixtures, every truncation and generated frames. */
#include <elements/etherrewrite.h>

#include "el.h"
#include "tests/packets/diff.h"

#define MACS "020000000002 020000000001"
#define UDP  "1388 0035 0008 0000"
#define V6   MACS "86dd 60000000 0008 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002"

#define DROP(reason) (-(int)BTY_DROP_##reason)
#define FRAMES	     diff_packets(300000)

static const struct fixture {
	const char *name, *frame;
	int verdict;
} fixtures[] = {
	{ "good", MACS "0800 4500001c 00004000 4011 26cf 0a000001 0a000002" UDP, 0 },
	{ "good, in two vlans", MACS "88a8 0001 8100 0002 0800 4500001c 00004000 4011 26cf 0a000001 0a000002" UDP, 0 },
	{ "good, with Ethernet padding", MACS "0800 45000014 00004000 4011 26d7 0a000001 0a000002" UDP UDP, 0 },
	{ "good, header only", MACS "0800 45000014 00004000 4011 26d7 0a000001 0a000002", 0 },
	{ "good, with options", MACS "0800 46000020 00004000 4011 91c6 0a000001 0a000002 94040000" UDP, 0 },
	{ "checksum leaves the options out", MACS "0800 46000020 00004000 4011 25cb 0a000001 0a000002 94040000" UDP,
	  DROP(BAD_CHECKSUM) },
	{ "checksum off by one", MACS "0800 4500001c 00004000 4011 26d0 0a000001 0a000002" UDP, DROP(BAD_CHECKSUM) },
	{ "checksum zero", MACS "0800 4500001c 00004000 4011 0000 0a000001 0a000002" UDP, DROP(BAD_CHECKSUM) },
	{ "version 5", MACS "0800 5500001c 00004000 4011 16cf 0a000001 0a000002" UDP, DROP(BAD_IP_HEADER) },
	{ "header length 16", MACS "0800 4400001c 00004000 4011 27cf 0a000001 0a000002" UDP, DROP(BAD_IP_HEADER) },
	{ "total length below header length", MACS "0800 45000013 00004000 4011 26d8 0a000001 0a000002" UDP,
	  DROP(BAD_IP_HEADER) },
	{ "total length beyond the frame", MACS "0800 4500001d 00004000 4011 26ce 0a000001 0a000002" UDP, DROP(RUNT) },
	{ "a byte short of a header", MACS "0800 4500001c 00004000 4011 26cf 0a000001 0a0000", DROP(RUNT) },
	{ "ends in its tag", MACS "8100 00", DROP(RUNT) },
	{ "ends in the link header", MACS "08", DROP(RUNT) },
	{ "arp", MACS "0806 0001 0800 0604 0001", DROP(NOT_IP) },
	{ "three tags", MACS "8100 0001 8100 0001 8100 0001 0800 4500", DROP(NOT_IP) },
	{ "good ipv6", V6 UDP, 0 },
	{ "ipv6 payload a byte short", V6 "1388 0035 0008 00", DROP(RUNT) },
	{ "ipv6 with padding", V6 UDP UDP, 0 },
	{ "version 4 in an ipv6 frame",
	  MACS "86dd 40000000 0008 11 40 20010db8000000000000000000000001"
	       "20010db8000000000000000000000002" UDP,
	  DROP(BAD_IP_HEADER) },
	{ "a byte short of an ipv6 header",
	  MACS "86dd 60000000 0000 3b 40 20010db8000000000000000000000001"
	       "20010db80000000000000000000000",
	  DROP(RUNT) },
};

#define NFIXTURES (sizeof(fixtures) / sizeof(fixtures[0]))

/* What RFC 1812 5.2.2 and RFC 8200 ask, one after the other. */
static int naive_check(const uint8_t *f, unsigned int len)
{
	struct ref r = ref_parse(f, len);
	const uint8_t *ip = f + r.l3;
	unsigned int left = len - r.l3;

	if (r.type < 0)
		return DROP(RUNT);
	if (r.type == 0x0800) {
		if (left < 20)
			return DROP(RUNT);
		if (ip[0] < 0x45 || ip[0] > 0x4f || ref_be16(ip + 2) < ip[0] % 16 * 4)
			return DROP(BAD_IP_HEADER);
		if ((unsigned int)ref_be16(ip + 2) > left)
			return DROP(RUNT);
		return gen_checksum(ip, ip[0] % 16 * 4) ? DROP(BAD_CHECKSUM) : 0;
	}
	if (r.type == 0x86dd) {
		if (left < 40)
			return DROP(RUNT);
		if (ip[0] / 16 != 6)
			return DROP(BAD_IP_HEADER);
		return ref_be16(ip + 4) + 40u > left ? DROP(RUNT) : 0;
	}
	return DROP(NOT_IP);
}

static void checkipheader_fixtures(void **state)
{
	struct el drops, port;
	uint8_t frame[256];
	unsigned int len;
	size_t i;

	assert_int_equal(el_configure(&drops, "CheckIPHeader", 1, NULL), 0);
	assert_int_equal(el_configure(&port, "CheckIPHeader", 2, NULL), 0);
	for (i = 0; i < NFIXTURES; i++) {
		len = el_hex(fixtures[i].frame, frame);
		if (el_push_copy(&drops, frame, len) != fixtures[i].verdict)
			fail_msg("%s: %d", fixtures[i].name, el_push_copy(&drops, frame, len));
		assert_int_equal(el_push_copy(&port, frame, len), fixtures[i].verdict ? 1 : 0);
		while (len-- > 0)
			if (el_push_copy(&drops, frame, len) != naive_check(frame, len))
				fail_msg("%s, %u bytes", fixtures[i].name, len);
	}
}

static void checkipheader_every_bit(void **state)
{
	uint8_t frame[256];
	unsigned int len = el_hex(fixtures[0].frame, frame), bit;
	struct el el;

	assert_int_equal(el_configure(&el, "CheckIPHeader", 1, NULL), 0);
	for (bit = 14 * 8; bit < 34 * 8; bit++) {
		frame[bit / 8] ^= 1 << bit % 8;
		assert_true(el_push_copy(&el, frame, len) < 0);
		frame[bit / 8] ^= 1 << bit % 8;
	}
}

static void checkipheader_generated(void **state)
{
	struct gen g = { .seed = 0xabcdef, .mutate_percent = 60 };
	static uint8_t frame[GEN_MAX + 2048];
	unsigned int i, len, good = 0;
	int verdict;
	struct el el;

	assert_int_equal(el_configure(&el, "CheckIPHeader", 1, NULL), 0);
	for (i = 0; i < FRAMES; i++) {
		len = gen_frame(&g, frame);
		verdict = el_push_copy(&el, frame, len);
		if (verdict != naive_check(frame, len))
			fail_msg("frame %u, %u bytes: %d", i, len, verdict);
		good += !verdict;
	}
	assert_in_range(good, FRAMES / 3, FRAMES * 5 / 6);
}

static int header_sum_is_right(const uint8_t *f, unsigned int len, const struct ref *r)
{
	unsigned int ihl = f[r->l3] % 16 * 4;

	return r->l3 + ihl <= len && !gen_checksum(f + r->l3, ihl);
}

static void decipttl_generated(void **state)
{
	struct gen g = { .seed = 0x55aa, .mutate_percent = 20 };
	static uint8_t frame[GEN_MAX + 2048], want[GEN_MAX + 2048];
	unsigned int i, len, ttl, forwarded = 0;
	int verdict;
	struct ref r;
	struct el el;

	assert_int_equal(el_configure(&el, "DecIPTTL", 2, NULL), 0);
	for (i = 0; i < FRAMES; i++) {
		len = gen_frame(&g, frame);
		memcpy(want, frame, len);
		r = ref_parse(frame, len);
		ttl = r.l3 + (r.version == 4 ? 8 : 7);
		verdict = el_push(&el, frame, len);
		assert_int_equal(verdict, !r.version ? DROP(NOT_IP) : want[ttl] <= 1 ? 1 : 0);
		if (!verdict && r.version == 4) {
			if (header_sum_is_right(want, len, &r))
				assert_true(header_sum_is_right(frame, len, &r));
			memcpy(want + r.l3 + 10, frame + r.l3 + 10, 2);
		}
		want[ttl] -= !verdict;
		assert_memory_equal(frame, want, len);
		forwarded += !verdict;
	}
	assert_true(forwarded > FRAMES / 3);
}

/* All checksums there are, and all values of the field next to the TTL. */
static void decipttl_checksum(void **state)
{
	static uint8_t frame[34];
	unsigned int id, ttl, sum;
	struct el el;

	assert_int_equal(el_configure(&el, "DecIPTTL", 1, NULL), 0);
	for (id = 0; id < 65536; id++)
		for (ttl = 2; ttl < 256; ttl += 23) {
			el_hex(MACS "0800 45000014 00004000 4011 0000 0a000001 0a000002", frame);
			gen_be16(frame + 18, id);
			frame[22] = ttl;
			gen_be16(frame + 24, gen_checksum(frame + 14, 20));
			assert_int_equal(el_push(&el, frame, sizeof(frame)), 0);
			assert_int_equal(frame[22], ttl - 1);
			/* the very checksum that a sender would have computed, of the two zeros too */
			sum = ref_be16(frame + 24);
			gen_be16(frame + 24, 0);
			assert_int_equal(sum, gen_checksum(frame + 14, 20));
		}
}

static void decipttl_expired_is_unchanged(void **state)
{
	uint8_t frame[64], before[64];
	struct el drops;
	unsigned int len = el_hex(MACS "0800 45000014 00004000 0111 65d7 0a000001 0a000002", frame);

	memcpy(before, frame, len);
	assert_int_equal(el_configure(&drops, "DecIPTTL", 1, NULL), 0);
	assert_int_equal(el_push(&drops, frame, len), DROP(TTL_EXPIRED));
	assert_memory_equal(frame, before, len);
}

static void etherrewrite(void **state)
{
	uint8_t frame[64], want[64];
	struct etherrewrite_args *a;
	unsigned int len = el_hex(MACS "0800 45000014 00004000", frame);
	struct el el;

	assert_int_equal(el_configure(&el, "EtherRewrite", 1, NULL), 0);
	a = (void *)el.args;
	memcpy(a->src, "\x02\xaa\x01\x02\x03\x04", 6);
	memcpy(a->dst, "\x02\xbb\x05\x06\x07\x08", 6);
	el_hex("02bb05060708 02aa01020304 0800 45000014 00004000", want);
	assert_int_equal(el_push(&el, frame, len), 0);
	assert_memory_equal(frame, want, len);
	assert_int_equal(el_push_copy(&el, frame, 14), 0);
	assert_int_equal(el_push_copy(&el, frame, 13), DROP(RUNT));
}

static void counter_and_discard(void **state)
{
	uint8_t frame[64] = { 0 };
	struct el el;

	assert_int_equal(el_configure(&el, "Counter", 1, NULL), 0);
	assert_int_equal(el_push(&el, frame, sizeof(frame)), 0);
	assert_int_equal(el_configure(&el, "Discard", 1, NULL), 0);
	assert_int_equal(el_push(&el, frame, sizeof(frame)), DROP(DISCARD));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checkipheader_fixtures),
		cmocka_unit_test(checkipheader_every_bit),
		cmocka_unit_test(checkipheader_generated),
		cmocka_unit_test(decipttl_generated),
		cmocka_unit_test(decipttl_checksum),
		cmocka_unit_test(decipttl_expired_is_unchanged),
		cmocka_unit_test(etherrewrite),
		cmocka_unit_test(counter_and_discard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
