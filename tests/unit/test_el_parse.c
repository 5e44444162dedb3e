// SPDX-License-Identifier: GPL-2.0-or-later
/* include/batchy/parse.h: fixtures, every truncation of them, and generated frames against an independent parser. */
#include "el.h"

#define MACS	 "020000000002 020000000001"
#define V4(rest) MACS "0800 45000030 00004000 4011 0000 0a000001 0a000002" rest
#define UDP	 "1388 0035 001c 0000"
#define V6(next, rest) \
	MACS "86dd 60000000 0100" next "40 20010db8000000000000000000000001 20010db8000000000000000000000002" rest
#define TCP "0050 1f90 00000000 00000000 5002 ffff 0000 0000"

static const struct fixture {
	const char *name, *frame;
	struct bty_meta meta;
} fixtures[] = {
	{ "udp",
	  V4(UDP),
	  { .ethertype = 0x0800, .l3_off = 14, .l4_off = 34, .l4_proto = 17, .flags = BTY_F_IPV4 | BTY_F_L4 } },
	{ "udp in a vlan",
	  MACS "8100 6005 0800 45000030 00004000 4011 0000 0a000001 0a000002" UDP,
	  { .ethertype = 0x0800,
	    .vlan_tci = 0x6005,
	    .l3_off = 18,
	    .l4_off = 38,
	    .l4_proto = 17,
	    .flags = BTY_F_VLAN | BTY_F_IPV4 | BTY_F_L4 } },
	{ "udp in two vlans",
	  MACS "88a8 0007 8100 0005 0800 45000030 00004000 4011 0000 0a000001 0a000002" UDP,
	  { .ethertype = 0x0800,
	    .vlan_tci = 7,
	    .l3_off = 22,
	    .l4_off = 42,
	    .l4_proto = 17,
	    .flags = BTY_F_VLAN | BTY_F_IPV4 | BTY_F_L4 } },
	{ "a third tag is not read",
	  MACS "8100 0001 8100 0002 8100 0003 0800 45",
	  { .ethertype = 0x8100, .vlan_tci = 1, .l3_off = 22, .flags = BTY_F_VLAN } },
	{ "arp", MACS "0806 0001 0800 0604 0001", { .ethertype = 0x0806, .l3_off = 14 } },
	{ "ipv4 options",
	  MACS "0800 47000030 00004000 4006 0000 0a000001 0a000002 94040000 01010101" TCP,
	  { .ethertype = 0x0800, .l3_off = 14, .l4_off = 42, .l4_proto = 6, .flags = BTY_F_IPV4 | BTY_F_L4 } },
	{ "first fragment",
	  MACS "0800 45000030 00002000 4011 0000 0a000001 0a000002" UDP,
	  { .ethertype = 0x0800,
	    .l3_off = 14,
	    .l4_off = 34,
	    .l4_proto = 17,
	    .flags = BTY_F_IPV4 | BTY_F_L4 | BTY_F_FRAG } },
	{ "second fragment",
	  MACS "0800 45000030 00002010 4011 0000 0a000001 0a000002" UDP,
	  { .ethertype = 0x0800, .l3_off = 14, .l4_proto = 17, .flags = BTY_F_IPV4 | BTY_F_FRAG | BTY_F_FRAG_TAIL } },
	{ "last fragment",
	  MACS "0800 45000030 00000010 4011 0000 0a000001 0a000002" UDP,
	  { .ethertype = 0x0800, .l3_off = 14, .l4_proto = 17, .flags = BTY_F_IPV4 | BTY_F_FRAG | BTY_F_FRAG_TAIL } },
	{ "version 6 in an ipv4 frame",
	  MACS "0800 65000030 00004000 4011 0000 0a000001 0a000002" UDP,
	  { .ethertype = 0x0800, .l3_off = 14 } },
	{ "ipv4 header length 16",
	  MACS "0800 44000030 00004000 4011 0000 0a000001 0a000002" UDP,
	  { .ethertype = 0x0800, .l3_off = 14 } },
	{ "protocol without a known header",
	  MACS "0800 45000030 00004000 402f 0000 0a000001 0a000002 00000800",
	  { .ethertype = 0x0800, .l3_off = 14, .l4_proto = 47, .flags = BTY_F_IPV4 } },
	{ "tcp over ipv6",
	  V6("06", TCP),
	  { .ethertype = 0x86dd, .l3_off = 14, .l4_off = 54, .l4_proto = 6, .flags = BTY_F_IPV6 | BTY_F_L4 } },
	{ "icmpv6",
	  V6("3a", "8000 0000 0001 0001"),
	  { .ethertype = 0x86dd, .l3_off = 14, .l4_off = 54, .l4_proto = 58, .flags = BTY_F_IPV6 | BTY_F_L4 } },
	{ "hop-by-hop, routing of 24 bytes, udp",
	  V6("00", "2b00 0000 0000 0000 1102 0000 0000 0000 0000000000000000 0000000000000000" UDP),
	  { .ethertype = 0x86dd, .l3_off = 14, .l4_off = 86, .l4_proto = 17, .flags = BTY_F_IPV6 | BTY_F_L4 } },
	{ "first ipv6 fragment",
	  V6("2c", "1100 0001 00000001" UDP),
	  { .ethertype = 0x86dd,
	    .l3_off = 14,
	    .l4_off = 62,
	    .l4_proto = 17,
	    .flags = BTY_F_IPV6 | BTY_F_L4 | BTY_F_FRAG } },
	{ "later ipv6 fragment",
	  V6("2c", "1100 0008 00000001" UDP),
	  { .ethertype = 0x86dd, .l3_off = 14, .l4_proto = 17, .flags = BTY_F_IPV6 | BTY_F_FRAG | BTY_F_FRAG_TAIL } },
	{ "later ipv6 fragment of options: the bytes are not a header",
	  V6("2c", "3c00 0008 00000001 1100 0000 00000000" UDP),
	  { .ethertype = 0x86dd, .l3_off = 14, .l4_proto = 60, .flags = BTY_F_IPV6 | BTY_F_FRAG | BTY_F_FRAG_TAIL } },
	{ "atomic ipv6 fragment",
	  V6("2c", "1100 0000 00000001" UDP),
	  { .ethertype = 0x86dd, .l3_off = 14, .l4_off = 62, .l4_proto = 17, .flags = BTY_F_IPV6 | BTY_F_L4 } },
	{ "four extension headers",
	  V6("00", "3c00000000000000 3c00000000000000 3c00000000000000 1100000000000000" UDP),
	  { .ethertype = 0x86dd, .l3_off = 14, .l4_off = 86, .l4_proto = 17, .flags = BTY_F_IPV6 | BTY_F_L4 } },
	{ "a fifth extension header is not read",
	  V6("00", "3c00000000000000 3c00000000000000 3c00000000000000 3c00000000000000 1100000000000000" UDP),
	  { .ethertype = 0x86dd, .l3_off = 14, .flags = BTY_F_IPV6 } },
};

#define NFIXTURES (sizeof(fixtures) / sizeof(fixtures[0]))

static struct bty_meta parse(const uint8_t *frame, unsigned int len)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct bty_meta meta = { 0 };
	struct bty_pkt p = { .data = copy, .data_end = copy + len, .meta = &meta, .frame = BTY_NO_FRAME };

	assert_non_null(copy);
	memcpy(copy, frame, len);
	bty_parse(&p);
	free(copy);
	return meta;
}

static void print_meta(const char *what, const struct bty_meta *m)
{
	print_error("%s: type %04x tci %04x l3 %u l4 %u proto %u flags %02x\n", what, m->ethertype, m->vlan_tci,
		    m->l3_off, m->l4_off, m->l4_proto, m->flags);
}

static void fixtures_parse(void **state)
{
	uint8_t frame[256];
	struct bty_meta m;
	size_t i;

	for (i = 0; i < NFIXTURES; i++) {
		m = parse(frame, el_hex(fixtures[i].frame, frame));
		if (!memcmp(&m, &fixtures[i].meta, sizeof(m)))
			continue;
		print_meta(fixtures[i].name, &m);
		print_meta("expected", &fixtures[i].meta);
		fail();
	}
}

/* What the independent parser says, as metadata. */
static struct bty_meta expected(const uint8_t *frame, unsigned int len)
{
	struct ref r = ref_parse(frame, len);
	struct bty_meta m = { .ethertype = r.type < 0 ? 0 : r.type,
			      .vlan_tci = r.tci,
			      .l3_off = r.type < 0 ? 0 : r.l3 };

	m.l4_proto = r.proto < 0 ? 0 : r.proto;
	m.l4_off = r.l4 < 0 ? 0 : r.l4;
	m.flags = (r.tags ? BTY_F_VLAN : 0) | (r.version == 4 ? BTY_F_IPV4 : 0) | (r.version == 6 ? BTY_F_IPV6 : 0) |
		  (r.frag ? BTY_F_FRAG : 0) | (r.tail ? BTY_F_FRAG_TAIL : 0) | (r.l4 >= 0 ? BTY_F_L4 : 0);
	return m;
}

static void check(const char *name, const uint8_t *frame, unsigned int len)
{
	struct bty_meta m = parse(frame, len), want = expected(frame, len);

	if (!memcmp(&m, &want, sizeof(m)))
		return;
	print_error("%s, %u bytes\n", name, len);
	print_meta("parsed", &m);
	print_meta("expected", &want);
	fail();
}

static void every_truncation(void **state)
{
	uint8_t frame[256];
	unsigned int len;
	size_t i;

	for (i = 0; i < NFIXTURES; i++)
		for (len = el_hex(fixtures[i].frame, frame) + 1; len-- > 0;)
			check(fixtures[i].name, frame, len);
}

static void generated_frames(void **state)
{
	struct gen g = { .seed = 0x1234567, .mutate_percent = 50 };
	static uint8_t frame[GEN_MAX + 2048];
	int i, l4 = 0;

	for (i = 0; i < 300000; i++) {
		check("generated", frame, gen_frame(&g, frame));
		l4 += ref_parse(frame, 200).l4 >= 0;
	}
	assert_true(l4 > 100000); /* the generator makes frames worth parsing */
}

/* Extension headers that add up to each offset around the parser's reach of 255 bytes. */
static void far_headers(void **state)
{
	static uint8_t frame[1024];
	int a, b, tags;

	for (tags = 0; tags < 3; tags++)
		for (a = 0; a < 32; a++)
			for (b = 0; b < 32; b++) {
				unsigned int at = 12;
				int t;

				memset(frame, 0x11, sizeof(frame));
				for (t = 0; t < tags; t++, at += 4)
					memcpy(frame + at, "\x81\x00\x00\x01", 4);
				memcpy(frame + at, "\x86\xdd\x60", 3);
				frame[at + 2 + 6] = 60;
				at += 42;
				frame[at] = 60;
				frame[at + 1] = a;
				frame[at + 8 + 8 * a] = 17;
				frame[at + 8 + 8 * a + 1] = b;
				check("far", frame, sizeof(frame));
				check("far", frame, at + 16 + 8 * (a + b) + 7);
			}
}

static void jumbo(void **state)
{
	static uint8_t frame[9014];
	struct bty_meta m;

	el_hex(V4(UDP), frame);
	m = parse(frame, sizeof(frame));
	assert_memory_equal(&m, &fixtures[0].meta, sizeof(m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixtures_parse),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(generated_frames),
		cmocka_unit_test(far_headers),
		cmocka_unit_test(jumbo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
