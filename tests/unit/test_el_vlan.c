// SPDX-License-Identifier: GPL-2.0-or-later
/* VLANPush, VLANPop, VLANSplit and EtherEncap: bytes and metadata of generated frames, arguments. */
#include "el.h"

#define DROP(reason) (-(int)BTY_DROP_##reason)
#define FRAMES	     200000

static uint8_t frame[GEN_MAX + 2048], before[GEN_MAX + 2048];

/* The metadata of the last packet is what the parser finds in it. */
static void check_parsed(const struct el *el)
{
	static _Alignas(64) uint8_t memory[FRAME_SIZE];
	static uint8_t copy[FRAME_SIZE];
	struct bty_pkt p;

	memcpy(copy, el->out, el->len);
	frame_place(memory, &p, copy, el->len);
	bty_parse(&p);
	assert_memory_equal(&el->meta, p.meta, sizeof(el->meta));
}

static void push_inserts_a_tag(void **state)
{
	static const struct {
		const char *args[4];
		uint8_t tag[4];
	} cases[] = {
		{ { "0" }, { 0x81, 0, 0, 0 } },
		{ { "4095", "7" }, { 0x81, 0, 0xef, 0xff } },
		{ { "291", "PCP 2", "TPID 0x88a8" }, { 0x88, 0xa8, 0x41, 0x23 } },
	};
	struct gen g = { .seed = 0x77777, .mutate_percent = 30 };
	unsigned int len, i, c;
	struct el el;

	for (c = 0; c < 3; c++) {
		assert_int_equal(el_configure(&el, "VLANPush", 1, cases[c].args), 0);
		for (i = 0; i < FRAMES / 3; i++) {
			len = gen_frame(&g, frame);
			memcpy(before, frame, len);
			assert_int_equal(el_push(&el, frame, len), len < 14 ? DROP(RUNT) : 0);
			if (len < 14)
				continue;
			assert_int_equal(el.len, len + 4);
			assert_memory_equal(el.out, before, 12);
			assert_memory_equal(el.out + 12, cases[c].tag, 4);
			assert_memory_equal(el.out + 16, before + 12, len - 12);
			check_parsed(&el);
		}
	}
}

static void pop_takes_the_outermost(void **state)
{
	struct gen g = { .seed = 0x88888, .mutate_percent = 30 };
	unsigned int len, i, popped = 0;
	struct el el, one;
	struct ref r;

	assert_int_equal(el_configure(&el, "VLANPop", 2, NULL), 0);
	assert_int_equal(el_configure(&one, "VLANPop", 1, NULL), 0);
	for (i = 0; i < FRAMES; i++) {
		len = gen_frame(&g, frame);
		memcpy(before, frame, len);
		r = ref_parse(frame, len);
		assert_int_equal(el_push(&el, frame, len), r.tags ? 0 : 1);
		check_parsed(&el);
		if (!r.tags) {
			assert_int_equal(el.len, len);
			assert_memory_equal(el.out, before, len);
			assert_int_equal(el_push(&one, frame, len), 0);
			assert_memory_equal(one.out, before, len);
			continue;
		}
		popped++;
		assert_int_equal(el.len, len - 4);
		assert_memory_equal(el.out, before, 12);
		assert_memory_equal(el.out + 12, before + 16, len - 16);
	}
	assert_in_range(popped, FRAMES / 4, FRAMES / 2);
}

/* Pushing is undone by popping, for any frame. */
static void pop_undoes_push(void **state)
{
	struct gen g = { .seed = 0x99999, .min = 14, .mutate_percent = 30 };
	struct el push, pop;
	unsigned int len, i;

	assert_int_equal(EL_CONFIGURE(&push, "VLANPush", "7"), 0);
	assert_int_equal(el_configure(&pop, "VLANPop", 2, NULL), 0);
	for (i = 0; i < 20000; i++) {
		len = gen_frame(&g, before);
		memcpy(frame, before, len);
		assert_int_equal(el_push(&push, frame, len), 0);
		memcpy(frame, push.out, push.len);
		assert_int_equal(el_push(&pop, frame, push.len), 0);
		assert_int_equal(pop.len, len);
		assert_memory_equal(pop.out, before, len);
	}
}

static void split_by_id(void **state)
{
	uint8_t f[64] = { 0 };
	struct el el, none;
	int id, want;

	assert_int_equal(EL_CONFIGURE(&el, "VLANSplit", "5", "0", "10-19", "4095", "untagged", "15-30"), 0);
	assert_int_equal(el.nout, 6);
	f[12] = 0x81;
	for (id = 0; id < 4096; id++) {
		/* priority and drop eligibility do not count */
		gen_be16(f + 14, id | (id * 7919 & 0xf) << 12);
		want = id == 5		      ? 0
		       : !id		      ? 1
		       : id >= 10 && id <= 19 ? 2
		       : id >= 20 && id <= 30 ? 5
		       : id == 4095	      ? 3
					      : DROP(NO_MATCH);
		assert_int_equal(el_push_copy(&el, f, sizeof(f)), want);
	}
	f[12] = 0x08;
	assert_int_equal(el_push_copy(&el, f, sizeof(f)), 4);
	/* a tag that the frame cuts off is none */
	f[12] = 0x81;
	assert_int_equal(el_push_copy(&el, f, 17), 4);
	assert_int_equal(EL_CONFIGURE(&none, "VLANSplit", "1", "-"), 0);
	assert_int_equal(el_push_copy(&none, f, sizeof(f)), 1);
	assert_int_equal(el_push_copy(&none, f, 3), 1);
}

static void arguments(void **state)
{
	EL_REFUSES("VLANSplit", "expected VLANs for each output", NULL);
	EL_REFUSES("VLANSplit", "test.click:3:3: el: '4096': expected a VLAN from 0 to 4095", "1", "4096");
	EL_REFUSES("VLANSplit", "expected a VLAN", "20-10");
	EL_REFUSES("VLANSplit", "expected a VLAN", "10-");
	EL_REFUSES("VLANSplit", "expected a VLAN", "");
	EL_REFUSES("VLANSplit", "expected a VLAN", "1 2");
	EL_REFUSES("VLANSplit", "expected a VLAN", "99999999999999999999");
	el_refuses_many("VLANSplit", "65 arguments; an element has at most 64 outputs", "7");
	EL_REFUSES("VLANPush", "ID '4096': expected 0 to 4095", "4096");
	EL_REFUSES("VLANPush", "PCP '8': expected 0 to 7", "1", "8");
	EL_REFUSES("VLANPush", "TPID 0x9100: expected 0x8100 or 0x88a8", "1", "TPID 0x9100");
}

static void etherencap(void **state)
{
	static const uint8_t header[] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xe7 };
	struct gen g = { .seed = 0xaaaaa, .mutate_percent = 30 };
	unsigned int len, i;
	struct el el;

	assert_int_equal(EL_CONFIGURE(&el, "EtherEncap", "0x88e7", "02:00:00:00:00:01", "02:00:00:00:00:02"), 0);
	for (i = 0; i < 20000; i++) {
		len = gen_frame(&g, before);
		memcpy(frame, before, len);
		assert_int_equal(el_push(&el, frame, len), len < 14 ? DROP(RUNT) : 0);
		if (len < 14)
			continue;
		assert_int_equal(el.len, len + 14);
		assert_memory_equal(el.out, header, 14);
		assert_memory_equal(el.out + 14, before, len);
		check_parsed(&el);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(push_inserts_a_tag), cmocka_unit_test(pop_takes_the_outermost),
		cmocka_unit_test(pop_undoes_push),    cmocka_unit_test(split_by_id),
		cmocka_unit_test(arguments),	      cmocka_unit_test(etherencap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
