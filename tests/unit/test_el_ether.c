// SPDX-License-Identifier: GPL-2.0-or-later
/* MACSwap, DropBroadcasts, Pad, CheckIP6Header, DecIP6HLIM and IPChecksum on generated frames, against a reading of their bytes. */
#include "el.h"
#include "tests/packets/diff.h"

#define DROP(reason) (-(int)BTY_DROP_##reason)
#define FRAMES	     diff_packets(200000)

static uint8_t frame[GEN_MAX + 2048], want[GEN_MAX + 2048];

/* One frame through el, with its bytes before in want. Returns the verdict. */
static int push_generated(struct el *el, struct gen *g, unsigned int *len)
{
	*len = gen_frame(g, frame);
	memcpy(want, frame, *len);
	return el_push(el, frame, *len);
}

static void macswap(void **state)
{
	struct gen g = { .seed = 0x111, .mutate_percent = 30 };
	unsigned int i, len;
	struct el el;
	int verdict;

	assert_int_equal(el_configure(&el, "MACSwap", 1, NULL), 0);
	for (i = 0; i < FRAMES; i++) {
		verdict = push_generated(&el, &g, &len);
		assert_int_equal(verdict, len < 14 ? DROP(RUNT) : 0);
		if (len >= 14) {
			assert_memory_equal(frame, want + 6, 6);
			assert_memory_equal(frame + 6, want, 6);
			memcpy(want, frame, 12);
		}
		assert_memory_equal(frame, want, len);
	}
}

static void dropbroadcasts(void **state)
{
	static const struct {
		uint8_t dst[6];
		int verdict;
	} fixtures[] = {
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, DROP(BROADCAST) },
		{ { 0x01, 0x00, 0x5e, 0, 0, 1 }, DROP(BROADCAST) },
		{ { 0x33, 0x33, 0, 0, 0, 1 }, DROP(BROADCAST) },
		{ { 0x02, 0xff, 0xff, 0xff, 0xff, 0xff }, 0 },
		{ { 0, 0, 0, 0, 0, 0 }, 0 },
	};
	struct gen g = { .seed = 0x222, .mutate_percent = 30 };
	unsigned int i, len;
	struct el el;
	int verdict;

	assert_int_equal(el_configure(&el, "DropBroadcasts", 1, NULL), 0);
	for (i = 0; i < 5; i++) {
		memcpy(frame, fixtures[i].dst, 6);
		assert_int_equal(el_push(&el, frame, 14), fixtures[i].verdict);
	}
	for (i = 0; i < FRAMES; i++) {
		verdict = push_generated(&el, &g, &len);
		assert_int_equal(verdict, len < 14 ? DROP(RUNT) : want[0] % 2 ? DROP(BROADCAST) : 0);
		assert_memory_equal(frame, want, len);
	}
}

/* What RFC 8200 3 asks. */
static int naive_check6(const uint8_t *f, unsigned int len)
{
	struct ref r = ref_parse(f, len);

	if (r.type < 0)
		return DROP(RUNT);
	if (r.type != 0x86dd)
		return DROP(NOT_IP);
	if (len - r.l3 < 40)
		return DROP(RUNT);
	if (f[r.l3] / 16 != 6)
		return DROP(BAD_IP_HEADER);
	return ref_be16(f + r.l3 + 4) + 40u > len - r.l3 ? DROP(RUNT) : 0;
}

static void checkip6header(void **state)
{
	struct gen g = { .seed = 0x333, .mutate_percent = 60 };
	unsigned int i, len, good = 0;
	struct el el, port;
	int verdict;

	assert_int_equal(el_configure(&el, "CheckIP6Header", 1, NULL), 0);
	assert_int_equal(el_configure(&port, "CheckIP6Header", 2, NULL), 0);
	for (i = 0; i < FRAMES; i++) {
		verdict = push_generated(&el, &g, &len);
		assert_int_equal(verdict, naive_check6(want, len));
		assert_memory_equal(frame, want, len);
		assert_int_equal(el_push(&port, frame, len), verdict ? 1 : 0);
		good += !verdict;
	}
	assert_in_range(good, FRAMES / 6, FRAMES / 2);
}

static void decip6hlim(void **state)
{
	struct gen g = { .seed = 0x444, .mutate_percent = 20 };
	unsigned int i, len, forwarded = 0;
	struct el el, port;
	struct ref r;
	int verdict;

	assert_int_equal(el_configure(&el, "DecIP6HLIM", 1, NULL), 0);
	assert_int_equal(el_configure(&port, "DecIP6HLIM", 2, NULL), 0);
	for (i = 0; i < FRAMES; i++) {
		verdict = push_generated(&el, &g, &len);
		r = ref_parse(want, len);
		assert_int_equal(verdict, r.version != 6 ? DROP(NOT_IP) : want[r.l3 + 7] <= 1 ? DROP(TTL_EXPIRED) : 0);
		if (verdict == DROP(TTL_EXPIRED))
			assert_int_equal(el_push(&port, frame, len), 1);
		want[r.l3 + 7] -= !verdict;
		assert_memory_equal(frame, want, len);
		forwarded += !verdict;
	}
	assert_true(forwarded > FRAMES / 6);
}

static void ipchecksum(void **state)
{
	struct gen g = { .seed = 0x555, .mutate_percent = 40 };
	unsigned int i, len, ihl, set = 0;
	struct el el;
	struct ref r;
	int verdict;

	assert_int_equal(el_configure(&el, "IPChecksum", 1, NULL), 0);
	for (i = 0; i < FRAMES; i++) {
		verdict = push_generated(&el, &g, &len);
		r = ref_parse(want, len);
		ihl = r.version == 4 ? want[r.l3] % 16 * 4 : 0;
		assert_int_equal(verdict, !r.version ? DROP(NOT_IP) : r.l3 + ihl > len ? DROP(RUNT) : 0);
		if (!verdict && r.version == 4) {
			gen_be16(want + r.l3 + 10, 0);
			gen_be16(want + r.l3 + 10, gen_checksum(want + r.l3, ihl));
			set++;
		}
		assert_memory_equal(frame, want, len);
	}
	assert_true(set > FRAMES / 3);
}

/* All values of two fields, so that all sums come up, the two zeros too. */
static void ipchecksum_every_sum(void **state)
{
	unsigned int id;
	struct el el;

	assert_int_equal(el_configure(&el, "IPChecksum", 1, NULL), 0);
	for (id = 0; id < 65536; id++) {
		el_hex("020000000002 020000000001 0800 45000014 00004000 4011 1234 0a000001 0a000002", frame);
		gen_be16(frame + 18, id);
		memcpy(want, frame, 34);
		gen_be16(want + 24, 0);
		assert_int_equal(el_push(&el, frame, 34), 0);
		gen_be16(want + 24, gen_checksum(want + 14, 20));
		assert_memory_equal(frame, want, 34);
	}
}

static void pad(void **state)
{
	struct gen g = { .seed = 0x666, .mutate_percent = 30 };
	unsigned int i, len, room = FRAME_SIZE - FRAME_TAIL - FRAME_HEADROOM;
	struct el el, most, more;

	assert_int_equal(EL_CONFIGURE(&el, "Pad", "LENGTH 100"), 0);
	for (i = 0; i < FRAMES; i++) {
		assert_int_equal(push_generated(&el, &g, &len), 0);
		assert_int_equal(el.len, len < 100 ? 100 : len);
		assert_memory_equal(el.out, want, len);
		for (; len < 100; len++)
			assert_int_equal(el.out[len], 0);
	}
	assert_int_equal(EL_CONFIGURE(&most, "Pad", "3520"), 0);
	assert_int_equal(EL_CONFIGURE(&more, "Pad", "3521"), 0);
	assert_int_equal(room, 3520);
	assert_int_equal(el_push(&most, frame, 60), 0);
	assert_int_equal(el_push(&more, frame, 60), DROP(NO_ROOM));
	assert_int_equal(more.len, 60);
	EL_REFUSES("Pad", "LENGTH '13': expected 14 to 4096", "13");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(macswap),    cmocka_unit_test(dropbroadcasts), cmocka_unit_test(checkip6header),
		cmocka_unit_test(decip6hlim), cmocka_unit_test(ipchecksum),	cmocka_unit_test(ipchecksum_every_sum),
		cmocka_unit_test(pad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
