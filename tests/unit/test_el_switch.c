// SPDX-License-Identifier: GPL-2.0-or-later
/* HashSwitch: flows stay together and are spread. Paint, PaintSwitch, PacketSizeClassifier, Merge, and RandomSplit's alias. */
#include "el.h"

#define DROP(reason) (-(int)BTY_DROP_##reason)
#define FLOWS	     200000

static uint8_t frame[GEN_MAX + 2048], back[GEN_MAX + 2048];

static void swap(uint8_t *a, uint8_t *b, unsigned int n)
{
	uint8_t tmp;

	while (n--) {
		tmp = *a;
		*a++ = *b;
		*b++ = tmp;
	}
}

/* The frame that answers: addresses and ports the other way round. */
static void turn_round(uint8_t *f, const struct ref *r)
{
	unsigned int at = r->l3 + (r->version == 4 ? 12 : 8), n = r->version == 4 ? 4 : 16;

	swap(f, f + 6, 6);
	if (r->version)
		swap(f + at, f + at + n, n);
	if (r->version && r->l4 >= 0 && r->sport >= 0)
		swap(f + r->l4, f + r->l4 + 2, 2);
}

static void both_directions_go_together(void **state)
{
	struct gen g = { .seed = 0x1357, .min = 14, .mutate_percent = 20 };
	unsigned int i, len;
	struct el el;
	struct ref r;
	uint32_t hash;
	int port;

	assert_int_equal(el_configure(&el, "HashSwitch", 7, NULL), 0);
	for (i = 0; i < FLOWS; i++) {
		len = gen_frame(&g, frame);
		r = ref_parse(frame, len);
		memcpy(back, frame, len);
		turn_round(back, &r);
		port = el_push(&el, frame, len);
		assert_in_range(port, 0, 6);
		hash = el.meta.hash;
		assert_int_not_equal(hash, 0);
		assert_int_equal(el_push(&el, back, len), port);
		assert_int_equal(el.meta.hash, hash);
	}
}

/* An IPv4 UDP frame: 14 bytes of Ethernet, 20 of IP. */
static unsigned int make_udp(uint32_t src, uint32_t dst, unsigned int sport, unsigned int dport, unsigned int frag)
{
	memset(frame, 0, 64);
	gen_be16(frame + 12, 0x0800);
	frame[14] = 0x45;
	gen_be16(frame + 16, 50);
	gen_be16(frame + 20, frag);
	frame[22] = 64;
	frame[23] = 17;
	gen_be16(frame + 26, src >> 16);
	gen_be16(frame + 28, src);
	gen_be16(frame + 30, dst >> 16);
	gen_be16(frame + 32, dst);
	gen_be16(frame + 34, sport);
	gen_be16(frame + 36, dport);
	return 64;
}

static uint32_t hash_udp(struct el *el, uint32_t src, uint32_t dst, unsigned int sport, unsigned int dport,
			 unsigned int frag)
{
	el_push(el, frame, make_udp(src, dst, sport, dport, frag));
	return el->meta.hash;
}

static void fragments_go_together(void **state)
{
	struct gen g = { .seed = 0x2468 };
	uint32_t src, dst, first;
	struct el el;
	int i;

	assert_int_equal(el_configure(&el, "HashSwitch", 16, NULL), 0);
	for (i = 0; i < 20000; i++) {
		src = gen_random(&g);
		dst = gen_random(&g);
		first = hash_udp(&el, src, dst, gen_random(&g), gen_random(&g), 0x2000);
		/* what stands where the ports would be is data */
		assert_int_equal(hash_udp(&el, src, dst, gen_random(&g), gen_random(&g), 0x2001), first);
		assert_int_equal(hash_udp(&el, src, dst, gen_random(&g), gen_random(&g), 0x0123), first);
		assert_int_equal(hash_udp(&el, dst, src, gen_random(&g), gen_random(&g), 0x0123), first);
	}
}

static void ipv6_fragments_go_together(void **state)
{
	static const char text[] = "020000000002 020000000001 86dd 60000000 0018 2c 40"
				   "20010db8000000000000000000000001 20010db8000000000000000000000002"
				   "11 00 0001 00000007 1388 0035 0010 0000 0102030405060708";
	uint32_t first;
	unsigned int len;
	struct el el;

	assert_int_equal(el_configure(&el, "HashSwitch", 16, NULL), 0);
	len = el_hex(text, frame);
	el_push(&el, frame, len);
	first = el.meta.hash;
	/* behind the fragment header of the first, destination options that later ones do not show */
	len = el_hex(text, frame);
	frame[54] = 60;
	frame[62] = 17;
	frame[63] = 0;
	el_push(&el, frame, len);
	assert_int_equal(el.meta.hash, first);
	len = el_hex(text, frame);
	frame[57] = 0x10;
	frame[70] = 0xff;
	el_push(&el, frame, len);
	assert_int_equal(el.meta.hash, first);
}

/* Any bit of a flow's description counts, and only those. */
static void what_makes_a_flow(void **state)
{
	uint32_t hash, same = 0;
	unsigned int bit, at;
	struct el el;

	assert_int_equal(el_configure(&el, "HashSwitch", 16, NULL), 0);
	hash = hash_udp(&el, 0x0a000001, 0x0a000002, 1000, 2000, 0);
	for (bit = 0; bit < 64 * 8; bit++) {
		make_udp(0x0a000001, 0x0a000002, 1000, 2000, 0);
		frame[bit / 8] ^= 1 << bit % 8;
		el_push(&el, frame, 64);
		at = bit / 8;
		if (at >= 26 && at < 38)
			assert_int_not_equal(el.meta.hash, hash);
		else if (at < 12 || at == 15 || at == 22 || at == 24 || at >= 38)
			assert_int_equal(el.meta.hash, hash);
		same += el.meta.hash == hash;
	}
	assert_true(same < 64 * 8 - 12 * 8);
}

/* Five standard deviations around the equal share. */
static void check_shares(const unsigned int *n, unsigned int nout, unsigned int total)
{
	unsigned int i, share = total / nout, sigma = 1;

	while (sigma * sigma < share)
		sigma++;
	for (i = 0; i < nout; i++)
		assert_in_range(n[i], share - 5 * sigma, share + 5 * sigma);
}

static void flows_are_spread(void **state)
{
	unsigned int nout, i, n[BTY_MAX_OUT], m[BTY_MAX_OUT];
	struct el el;

	for (nout = 1; nout <= BTY_MAX_OUT; nout++) {
		assert_int_equal(el_configure(&el, "HashSwitch", nout, NULL), 0);
		memset(n, 0, sizeof(n));
		memset(m, 0, sizeof(m));
		for (i = 0; i < 20000; i++) {
			/* one client's ports; one server's clients, one after the other */
			make_udp(0x0a000001, 0x0a000002, 1024 + i, 80, 0);
			n[el_push(&el, frame, 64)]++;
			make_udp(0x0a000000 + i, 0x0a800001, 5000, 5000, 0);
			m[el_push(&el, frame, 64)]++;
		}
		check_shares(n, nout, 20000);
		check_shares(m, nout, 20000);
	}
}

static void paint_and_paintswitch(void **state)
{
	struct el paint, el;
	uint8_t f[64] = { 0 };
	static struct bty_batch b;
	int color;

	assert_int_equal(EL_CONFIGURE(&paint, "Paint", "COLOR 200"), 0);
	assert_int_equal(el_push(&paint, f, sizeof(f)), 0);
	assert_int_equal(paint.meta.paint, 200);
	EL_REFUSES("Paint", "COLOR '256': expected 0 to 255", "256");
	assert_int_equal(el_configure(&el, "PaintSwitch", 5, NULL), 0);
	for (color = 0; color < 256; color++) {
		el.meta.paint = color;
		b.n = 1;
		b.pkt[0] = (struct bty_pkt){ .data = f, .data_end = f + sizeof(f), .meta = &el.meta };
		el.cls->process(&b, el.args, &el.env);
		assert_int_equal(b.verdict[0], color < 5 ? color : DROP(NO_MATCH));
	}
}

static void sizes(void **state)
{
	const char *bound[BTY_MAX_OUT + 1] = { 0 };
	uint8_t f[2048] = { 0 };
	char text[BTY_MAX_OUT][12];
	unsigned int len;
	struct el el;
	int i;

	assert_int_equal(el_configure(&el, "PacketSizeClassifier", 0, NULL), 0);
	assert_int_equal(el.nout, 3);
	for (len = 0; len <= 2047; len++)
		assert_int_equal(el_push(&el, f, len), len < 128 ? 0 : len < 512 ? 1 : 2);
	assert_int_equal(EL_CONFIGURE(&el, "PacketSizeClassifier", "64", "65", "1519"), 0);
	assert_int_equal(el.nout, 4);
	for (len = 0; len <= 2047; len++)
		assert_int_equal(el_push(&el, f, len), len < 64 ? 0 : len < 65 ? 1 : len < 1519 ? 2 : 3);
	EL_REFUSES("PacketSizeClassifier", "test.click:3:3: el: '64': expected a length from 65 to 65535", "64", "64");
	EL_REFUSES("PacketSizeClassifier", "expected a length from 1 to 65535", "0");
	EL_REFUSES("PacketSizeClassifier", "expected a length", "65536");
	EL_REFUSES("PacketSizeClassifier", "expected a length", "x");
	for (i = 0; i < BTY_MAX_OUT; i++) {
		snprintf(text[i], sizeof(text[i]), "%d", i + 1);
		bound[i] = text[i];
	}
	assert_int_equal(el_configure(&el, "PacketSizeClassifier", 0, bound), -EINVAL);
	assert_non_null(strstr(el.err.msg, "64 bounds; an element has at most 64 outputs"));
	bound[BTY_MAX_OUT - 1] = NULL;
	assert_int_equal(el_configure(&el, "PacketSizeClassifier", 0, bound), 0);
	assert_int_equal(el.nout, BTY_MAX_OUT);
	assert_int_equal(el_push(&el, f, 62), 62);
	assert_int_equal(el_push(&el, f, 63), 63);
	assert_int_equal(el_push(&el, f, 1500), 63);
}

static void other_names(void **state)
{
	const char *const half[] = { "0.5", "0.5", NULL };
	uint8_t f[64] = { 0 };
	struct el el;

	assert_int_equal(el_configure(&el, "RandomWeightedBranch", 0, half), 0);
	assert_string_equal(el.cls->name, "RandomSplit");
	assert_int_equal(el.nout, 2);
	assert_int_equal(el_configure(&el, "None", 1, NULL), 0);
	assert_string_equal(el.cls->name, "Merge");
	assert_int_equal(el_push(&el, f, sizeof(f)), 0);
	assert_null(bty_class_find("Nothing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_go_together),
		cmocka_unit_test(fragments_go_together),
		cmocka_unit_test(ipv6_fragments_go_together),
		cmocka_unit_test(what_makes_a_flow),
		cmocka_unit_test(flows_are_spread),
		cmocka_unit_test(paint_and_paintswitch),
		cmocka_unit_test(sizes),
		cmocka_unit_test(other_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
