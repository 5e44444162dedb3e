// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * include/batchy/resize.h natively: ends move as asked, within the frame and no further, with metadata and bytes along; what
 * is no longer the packet's is poisoned. In the kernel: packets/test_bpf_native.
 */
#include "el.h"

#define LEN	 100
#define ROOM	 (FRAME_HEADROOM - FRAME_XDP - sizeof(struct bty_meta))
#define TAILROOM (FRAME_SIZE - FRAME_TAIL - FRAME_HEADROOM - LEN)

static _Alignas(64) uint8_t memory[FRAME_SIZE];
static uint8_t bytes[LEN];

static struct bty_pkt make(void)
{
	struct bty_pkt p;
	int i;

	for (i = 0; i < LEN; i++)
		bytes[i] = i + 1;
	frame_place(memory, &p, bytes, LEN);
	memset(p.meta, 0x5a, sizeof(*p.meta));
	return p;
}

/* The packet's bytes from its start are bytes[from..], its metadata is right before it and whole. */
static void check(const struct bty_pkt *p, unsigned int skip, unsigned int from, unsigned int n)
{
	uint8_t meta[sizeof(struct bty_meta)];

	memset(meta, 0x5a, sizeof(meta));
	assert_ptr_equal(p->meta + 1, p->data);
	assert_memory_equal(p->meta, meta, sizeof(meta));
	assert_memory_equal(p->data + skip, bytes + from, n);
	assert_int_equal((uint8_t *)p->meta - memory, FRAME_XDP + p->headroom);
	assert_int_equal(memory + FRAME_SIZE - FRAME_TAIL - p->data_end, p->tailroom);
	/* shadow memory knows 8 bytes at a time: the first of them may belong to the packet's neighbours */
	assert_true(__asan_address_is_poisoned((uint8_t *)p->meta - 8));
	assert_true(__asan_address_is_poisoned(p->data_end));
	assert_null(__asan_region_is_poisoned(p->meta, p->data_end - (uint8_t *)p->meta));
}

/* p is as it was. */
static void check_same(const struct bty_pkt *p, const struct bty_pkt *before)
{
	assert_memory_equal(p, before, sizeof(*p));
	check(p, 0, 0, LEN);
}

static void front_grows_as_far_as_there_is_room(void **state)
{
	unsigned int n;

	for (n = 0; n <= ROOM; n++) {
		struct bty_pkt p = make();

		assert_int_equal(bty_grow_front(&p, n), 0);
		assert_int_equal(bty_len(&p), LEN + n);
		memset(p.data, 0xee, n);
		check(&p, n, 0, LEN);
	}
	for (n = ROOM + 1; n < 70000; n += 97) {
		struct bty_pkt p = make(), before = p;

		assert_int_equal(bty_grow_front(&p, n), -1);
		check_same(&p, &before);
	}
}

static void front_is_trimmed_down_to_a_header(void **state)
{
	unsigned int n;

	for (n = 0; n <= LEN - BTY_LEN_MIN; n++) {
		struct bty_pkt p = make();

		assert_int_equal(bty_trim_front(&p, n), 0);
		assert_int_equal(bty_len(&p), LEN - n);
		check(&p, 0, n, LEN - n);
		assert_int_equal(bty_grow_front(&p, ROOM + n), 0);
		assert_int_equal(p.headroom, 0);
	}
	for (; n < 70000; n += 13) {
		struct bty_pkt p = make(), before = p;

		assert_int_equal(bty_trim_front(&p, n), -1);
		check_same(&p, &before);
	}
}

static void end_moves_both_ways(void **state)
{
	unsigned int n, i;

	for (n = 0; n < 70000; n++) {
		struct bty_pkt p = make(), before = p;

		if (n < BTY_LEN_MIN || n > LEN + TAILROOM) {
			assert_int_equal(bty_set_len(&p, n), -1);
			check_same(&p, &before);
			continue;
		}
		assert_int_equal(bty_set_len(&p, n), 0);
		assert_int_equal(bty_len(&p), n);
		check(&p, 0, 0, n < LEN ? n : LEN);
		for (i = LEN; i < n; i += 1 + i / 8)
			assert_int_equal(p.data[i], 0);
	}
}

/* A buffer that says nothing of its room, as in benchmarks. */
static void no_room_at_all(void **state)
{
	struct bty_pkt p = make();

	p.headroom = p.tailroom = 0;
	assert_int_equal(bty_grow_front(&p, 1), -1);
	assert_int_equal(bty_set_len(&p, LEN + 1), -1);
	assert_int_equal(bty_set_len(&p, LEN - 1), 0);
	assert_int_equal(bty_set_len(&p, LEN), 0);
	assert_int_equal(p.data[LEN - 1], 0);
}

static void reparsed_is_as_parsed(void **state)
{
	struct gen g = { .seed = 0x1234567, .mutate_percent = 30 };
	static uint8_t frame[GEN_MAX + 2048];
	struct bty_meta want;
	struct bty_pkt p;
	int i;

	for (i = 0; i < 100000; i++) {
		frame_place(memory, &p, frame, gen_frame(&g, frame));
		p.meta->marks = 5;
		p.meta->anno = 11;
		p.meta->port = 3;
		p.meta->paint = 7;
		bty_parse(&p);
		p.meta->flags |= BTY_F_SAMPLED;
		want = *p.meta;
		/* what was known of the packet before */
		p.meta->hash = gen_random(&g);
		p.meta->ethertype = gen_random(&g);
		p.meta->vlan_tci = gen_random(&g);
		p.meta->l3_off = gen_random(&g);
		p.meta->l4_off = gen_random(&g);
		p.meta->l4_proto = gen_random(&g);
		p.meta->flags = gen_random(&g) | BTY_F_SAMPLED;
		bty_reparse(&p);
		assert_memory_equal(p.meta, &want, sizeof(want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(front_grows_as_far_as_there_is_room),
		cmocka_unit_test(front_is_trimmed_down_to_a_header),
		cmocka_unit_test(end_moves_both_ways),
		cmocka_unit_test(no_room_at_all),
		cmocka_unit_test(reparsed_is_as_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
