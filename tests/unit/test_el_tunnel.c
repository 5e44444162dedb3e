// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tunnels on generated frames, against headers put together byte by byte as the RFCs and TS 29.281 draw them, and a decapsulation
 * that reads bytes with none of the code under test; what is put in comes out again; limits and arguments.
 */
#include "el.h"

#define DROP(reason) (-(int)BTY_DROP_##reason)
#define FRAMES	     100000

enum kind { GRE, GTPU, VXLAN };

/* An encapsulating element, and what it should write. */
struct tunnel {
	const char *name, *class_name;
	const char *args[8];
	enum kind kind;
	int v6, ttl, dscp, port;
	uint32_t id;
	int has_key, qfi, uplink; /* qfi -1: none */
};

static const struct tunnel tunnels[] = {
	{ "gre", "GREEncap", { "192.0.2.1", "192.0.2.2" }, GRE, 0, 64, 0, 0, 0, 0, -1, 0 },
	{ "gre, key",
	  "GREEncap",
	  { "192.0.2.1", "192.0.2.2", "KEY 0xfedcba98", "TTL 1" },
	  GRE,
	  0,
	  1,
	  0,
	  0,
	  0xfedcba98,
	  1,
	  -1,
	  0 },
	{ "gre over ipv6", "GREEncap", { "2001:db8::1", "2001:db8::2", "DSCP 46" }, GRE, 1, 64, 46, 0, 0, 0, -1, 0 },
	{ "gtpu",
	  "GTPUEncap",
	  { "0x89abcdef", "192.0.2.1", "192.0.2.2", "DSCP 63" },
	  GTPU,
	  0,
	  64,
	  63,
	  2152,
	  0x89abcdef,
	  0,
	  -1,
	  0 },
	{ "gtpu, downlink", "GTPUEncap", { "7", "192.0.2.1", "192.0.2.2", "QFI 0" }, GTPU, 0, 64, 0, 2152, 7, 0, 0, 0 },
	{ "gtpu, uplink",
	  "GTPUEncap",
	  { "7", "192.0.2.1", "192.0.2.2", "QFI 63", "UPLINK yes", "PORT 1" },
	  GTPU,
	  0,
	  64,
	  0,
	  1,
	  7,
	  0,
	  63,
	  1 },
	{ "gtpu over ipv6",
	  "GTPUEncap",
	  { "7", "2001:db8::1", "2001:db8::2", "QFI 9" },
	  GTPU,
	  1,
	  64,
	  0,
	  2152,
	  7,
	  0,
	  9,
	  0 },
	{ "vxlan", "VXLANEncap", { "0xabcdef", "192.0.2.1", "192.0.2.2" }, VXLAN, 0, 64, 0, 4789, 0xabcdef, 0, -1, 0 },
	{ "vxlan over ipv6",
	  "VXLANEncap",
	  { "1", "2001:db8::1", "2001:db8::2", "TTL 255", "PORT 8472" },
	  VXLAN,
	  1,
	  255,
	  0,
	  8472,
	  1,
	  0,
	  -1,
	  0 },
};

#define NTUNNELS (sizeof(tunnels) / sizeof(tunnels[0]))

static uint8_t frame[GEN_MAX + 2048], before[GEN_MAX + 2048], want[GEN_MAX + 4096];

static void be32(uint8_t *p, uint32_t v)
{
	gen_be16(p, v >> 16);
	gen_be16(p + 2, v);
}

/* The outer IP header of payload bytes at p. Returns its length. */
static unsigned int naive_ip(const struct tunnel *t, uint8_t *p, int proto, unsigned int payload)
{
	static const uint8_t src4[] = { 192, 0, 2, 1 }, dst4[] = { 192, 0, 2, 2 };

	memset(p, 0, 40);
	if (t->v6) {
		be32(p, 0x60000000 | t->dscp << 22);
		gen_be16(p + 4, payload);
		p[6] = proto;
		p[7] = t->ttl;
		memcpy(p + 8, "\x20\x01\x0d\xb8", 4);
		p[23] = 1;
		memcpy(p + 24, "\x20\x01\x0d\xb8", 4);
		p[39] = 2;
		return 40;
	}
	p[0] = 0x45;
	p[1] = t->dscp << 2;
	gen_be16(p + 2, 20 + payload);
	p[6] = 0x40;
	p[8] = t->ttl;
	p[9] = proto;
	memcpy(p + 12, src4, 4);
	memcpy(p + 16, dst4, 4);
	gen_be16(p + 10, gen_checksum(p, 20));
	return 20;
}

/* The tunnel's own header for an inner packet of len bytes and type. Returns its length. */
static unsigned int naive_shim(const struct tunnel *t, uint8_t *p, int type, unsigned int len)
{
	memset(p, 0, 16);
	switch (t->kind) {
	case GRE:
		p[0] = t->has_key ? 0x20 : 0;
		gen_be16(p + 2, type);
		be32(p + 4, t->id);
		return t->has_key ? 8 : 4;
	case GTPU:
		p[0] = t->qfi >= 0 ? 0x34 : 0x30;
		p[1] = 255;
		gen_be16(p + 2, len + (t->qfi >= 0 ? 8 : 0));
		be32(p + 4, t->id);
		if (t->qfi < 0)
			return 8;
		p[11] = 0x85;
		p[12] = 1;
		p[13] = t->uplink ? 0x10 : 0;
		p[14] = t->qfi;
		return 16;
	case VXLAN:
		p[0] = 8;
		be32(p + 4, t->id << 8);
		break;
	}
	return 8;
}

/* Where the IP datagram of a frame ends, or the reason that there is none to encapsulate. */
static int naive_end(const uint8_t *f, unsigned int len)
{
	struct ref r = ref_parse(f, len);
	unsigned int total;

	if (!r.version)
		return DROP(NOT_IP);
	total = r.version == 4 ? ref_be16(f + r.l3 + 2) : ref_be16(f + r.l3 + 4) + 40;
	if (r.version == 4 && total < f[r.l3] % 16 * 4U)
		return DROP(BAD_IP_HEADER);
	return r.l3 + total > len ? DROP(RUNT) : (int)(r.l3 + total);
}

/*
 * What t should make of a frame, in want; the source port is the element's. Returns its length, or minus a drop reason. *inner:
 * where the frame goes on in it, *off: from which byte.
 */
static int naive_encap(const struct tunnel *t, const uint8_t *f, unsigned int len, unsigned int sport,
		       unsigned int *inner, unsigned int *off)
{
	struct ref r = ref_parse(f, len);
	int end = t->kind == VXLAN ? (int)len : naive_end(f, len);
	unsigned int link, n, shim, at, ip;
	uint8_t own[16];

	if (t->kind == VXLAN && len < 14)
		return DROP(RUNT);
	if (end < 0)
		return end;
	*off = t->kind == VXLAN ? 0 : r.l3;
	link = t->kind == VXLAN ? 14 : r.l3;
	memcpy(want, f, link);
	gen_be16(want + link - 2, t->v6 ? 0x86dd : 0x0800);
	shim = naive_shim(t, own, r.type, end - *off);
	n = shim + end - *off;
	ip = naive_ip(t, want + link, t->kind == GRE ? 47 : 17, n + (t->kind == GRE ? 0 : 8));
	at = link + ip;
	if (t->kind != GRE) {
		gen_be16(want + at, sport);
		gen_be16(want + at + 2, t->port);
		gen_be16(want + at + 4, n + 8);
		gen_be16(want + at + 6, 0);
		at += 8;
	}
	memcpy(want + at, own, shim);
	*inner = at + shim;
	memcpy(want + *inner, f + *off, end - *off);
	return *inner + end - *off;
}

/* The metadata is what the parser finds in the packet. */
static void check_parsed(const struct el *el, uint32_t anno)
{
	static _Alignas(64) uint8_t memory[FRAME_SIZE];
	static uint8_t copy[FRAME_SIZE];
	struct bty_pkt p;

	memcpy(copy, el->out, el->len);
	frame_place(memory, &p, copy, el->len);
	bty_parse(&p);
	p.meta->anno = anno;
	assert_memory_equal(&el->meta, p.meta, sizeof(el->meta));
}

static unsigned int source_port(const struct tunnel *t, const struct el *el)
{
	unsigned int link = t->kind == VXLAN ? 14 : ref_parse(el->out, el->len).l3;

	return t->kind == GRE ? 0 : ref_be16(el->out + link + (t->v6 ? 40 : 20));
}

static void headers_are_as_drawn(void **state)
{
	const struct tunnel *t = *state;
	struct gen g = { .seed = 0x31415926, .mutate_percent = 20 };
	unsigned int i, len, sport, inner, off, done = 0;
	struct el el;
	int verdict, n;

	if (el_configure(&el, t->class_name, 1, t->args))
		fail_msg("%s", el.err.msg);
	for (i = 0; i < FRAMES; i++) {
		len = gen_frame(&g, frame);
		memcpy(before, frame, len);
		verdict = el_push(&el, frame, len);
		sport = verdict ? 0 : source_port(t, &el);
		n = naive_encap(t, before, len, sport, &inner, &off);
		assert_int_equal(verdict, n < 0 ? n : 0);
		if (n < 0)
			continue;
		assert_int_equal(el.len, n);
		assert_memory_equal(el.out, want, n);
		assert_true(t->kind == GRE || sport >= 49152);
		check_parsed(&el, 0);
		done++;
	}
	assert_in_range(done, FRAMES / 2, FRAMES);
}

static const char *decap_name(const struct tunnel *t)
{
	return t->kind == GRE ? "GREDecap" : t->kind == GTPU ? "GTPUDecap" : "VXLANDecap";
}

/* Configures the element that undoes t. */
static void configure_decap(struct el *el, const struct tunnel *t, uint32_t id)
{
	char key[32], port[16];
	const char *args[] = { key, port, NULL };

	snprintf(key, sizeof(key), "%u", id);
	snprintf(port, sizeof(port), "PORT %d", t->port);
	if (t->kind == GRE)
		args[t->has_key] = NULL;
	if (el_configure(el, decap_name(t), 2, args))
		fail_msg("%s", el->err.msg);
}

static void what_goes_in_comes_out(void **state)
{
	const struct tunnel *t = *state;
	struct gen g = { .seed = 0x27182818, .mutate_percent = 20 };
	struct el encap, decap, other;
	unsigned int i, len, end;

	assert_int_equal(el_configure(&encap, t->class_name, 1, t->args), 0);
	configure_decap(&decap, t, t->id);
	configure_decap(&other, t, t->id ^ 1);
	for (i = 0; i < FRAMES; i++) {
		len = gen_frame(&g, frame);
		memcpy(before, frame, len);
		if (el_push(&encap, frame, len))
			continue;
		end = t->kind == VXLAN ? len : (unsigned int)naive_end(before, len);
		len = encap.len;
		memcpy(frame, encap.out, len);
		memcpy(want, encap.out, len);
		if (t->kind != GRE || t->has_key) {
			assert_int_equal(el_push(&other, frame, len), 1);
			assert_memory_equal(frame, want, len);
		}
		/* what is behind the outer datagram is not of it */
		memset(frame + len, 0xee, i % 7);
		assert_int_equal(el_push(&decap, frame, len + i % 7), 0);
		assert_int_equal(decap.len, end);
		assert_memory_equal(decap.out, before, end);
		check_parsed(&decap, t->id);
	}
}

/* Skips a GTP-U header at f[at]. Returns where the payload begins, or -1. */
static int naive_gtpu(const uint8_t *f, unsigned int at, unsigned int len)
{
	unsigned int n, next;

	if (f[at] / 16 != 3 || f[at + 1] != 255)
		return -1;
	next = f[at] & 4;
	n = at + 8;
	if (!(f[at] % 8))
		return n > 255 ? -1 : (int)n;
	if (n + 4 > len)
		return -1;
	next = next ? f[n + 3] : 0;
	n += 4;
	for (at = 0; next; at++) {
		if (at == 4 || n >= len || n > 255 || !f[n] || n + f[n] * 4 > len || n + f[n] * 4 > 255)
			return -1;
		n += f[n] * 4;
		next = f[n - 1];
	}
	/* headers that begin later are out of reach */
	return n > 255 ? -1 : (int)n;
}

/* Where the inner packet begins, and *end; or -1 when the frame is not of such a tunnel. */
static int naive_decap(enum kind kind, const uint8_t *f, unsigned int len, unsigned int *end, uint32_t *id)
{
	struct ref r = ref_parse(f, len);
	int dgram = naive_end(f, len), at;
	const uint8_t *h;

	if (dgram < 0 || r.frag)
		return -1;
	*end = dgram;
	if (kind == GRE) {
		if (f[r.l3 + (r.version == 4 ? 9 : 6)] != 47)
			return -1;
		at = r.l3 + (r.version == 4 ? f[r.l3] % 16 * 4 : 40);
		h = f + at;
		if (at + 4 > dgram || (h[0] & 0x4c) || (h[1] & 7))
			return -1;
		*id = 0;
		at += h[0] & 0x80 ? 8 : 4;
		if (h[0] & 0x20 && at + 4 <= (int)len)
			*id = (uint32_t)ref_be16(f + at) << 16 | ref_be16(f + at + 2);
		at += (h[0] & 0x20 ? 4 : 0) + (h[0] & 0x10 ? 4 : 0);
		return ref_be16(h + 2) != 0x0800 && ref_be16(h + 2) != 0x86dd ? -1 : at + 20 > dgram ? -1 : at;
	}
	if (r.l4 < 0 || r.proto != 17 || r.dport != (kind == GTPU ? 2152 : 4789))
		return -1;
	*end = r.l4 + ref_be16(f + r.l4 + 4);
	if ((int)*end > dgram || *end < r.l4 + 16u)
		return -1;
	at = r.l4 + 8;
	h = f + at;
	if (kind == VXLAN) {
		*id = h[4] << 16 | h[5] << 8 | h[6];
		return h[0] & 8 && *end >= r.l4 + 30u ? at + 8 : -1;
	}
	*id = (uint32_t)ref_be16(h + 4) << 16 | ref_be16(h + 6);
	if (at + 8u + ref_be16(h + 2) > *end)
		return -1;
	*end = at + 8 + ref_be16(h + 2);
	at = naive_gtpu(f, at, len);
	return at < 0 || at + 20 > (int)*end || (f[at] / 16 != 4 && f[at] / 16 != 6) ? -1 : at;
}

static void decap_generated(void **state)
{
	const struct tunnel *t = *state;
	struct gen g = { .seed = 0x16180339, .mutate_percent = 30, .prefer = GEN_GRE + t->kind };
	unsigned int i, len, end = 0, l3, done = 0;
	int verdict, at, type;
	uint32_t id = 0;
	struct el el;

	assert_int_equal(EL_CONFIGURE(&el, decap_name(t),
				      t->kind == GTPU	 ? "PORT 2152"
				      : t->kind == VXLAN ? "PORT 4789"
							 : NULL),
			 0);
	for (i = 0; i < 3 * FRAMES; i++) {
		len = gen_frame(&g, frame);
		memcpy(before, frame, len);
		verdict = el_push(&el, frame, len);
		at = naive_decap(t->kind, before, len, &end, &id);
		if (verdict != (at < 0))
			fail_msg("frame %u, %u bytes: %d, payload at %d", i, len, verdict, at);
		if (verdict) {
			assert_int_equal(el.len, len);
			assert_memory_equal(el.out, before, len);
			continue;
		}
		done++;
		l3 = t->kind == VXLAN ? 0 : ref_parse(before, len).l3;
		type = before[at] / 16 == 6 ? 0x86dd : 0x0800;
		if (t->kind == GRE)
			type = ref_be16(before + ref_parse(before, len).l3 +
					(ref_parse(before, len).version == 6 ? 40 : before[l3] % 16 * 4) + 2);
		memcpy(want, before, l3);
		if (l3)
			gen_be16(want + l3 - 2, type);
		memcpy(want + l3, before + at, end - at);
		assert_int_equal(el.len, l3 + end - at);
		assert_memory_equal(el.out, want, el.len);
		check_parsed(&el, id);
	}
	assert_in_range(done, FRAMES / 2, 3 * FRAMES);
}

/* Both directions of a flow have the same source port, different flows different ones. */
static void source_port_follows_the_flow(void **state)
{
	unsigned int i, port[2], differ = 0, last = 0;
	struct el el;

	assert_int_equal(EL_CONFIGURE(&el, "GTPUEncap", "1", "192.0.2.1", "192.0.2.2"), 0);
	for (i = 0; i < 2000; i++) {
		unsigned int way;

		for (way = 0; way < 2; way++) {
			unsigned int len = el_hex("020000000002 020000000001 0800 4500001c 00004000 4011 0000"
						  "0a000001 0a000002 0000 0000 0008 0000",
						  frame);

			gen_be16(frame + 34 + 2 * way, 1000 + i);
			gen_be16(frame + 36 - 2 * way, 80);
			frame[29] += way;
			frame[33] -= way;
			assert_int_equal(el_push(&el, frame, len), 0);
			port[way] = ref_be16(el.out + 34);
		}
		assert_int_equal(port[0], port[1]);
		differ += port[0] != last;
		last = port[0];
	}
	assert_true(differ > 1990);
}

/* Into tunnels of tunnels, until the frame has no room in front. */
static void no_room(void **state)
{
	unsigned int len = el_hex("020000000002 020000000001 0800 4500001c 00004000 4011 0000 0a000001 0a000002"
				  "1388 0035 0008 0000",
				  before);
	static _Alignas(64) uint8_t memory[FRAME_SIZE];
	static struct bty_batch b;
	struct bty_pkt at;
	struct el el;
	int n;

	assert_int_equal(EL_CONFIGURE(&el, "VXLANEncap", "1", "192.0.2.1", "192.0.2.2"), 0);
	frame_place(memory, &b.pkt[0], before, len);
	bty_parse(&b.pkt[0]);
	b.n = 1;
	for (n = 0; n < 10; n++) {
		at = b.pkt[0];
		el.cls->process(&b, el.args, &el.env);
		if (b.verdict[0])
			break;
	}
	assert_int_equal(n, (FRAME_HEADROOM - FRAME_XDP - sizeof(struct bty_meta)) / 50);
	assert_int_equal(b.verdict[0], DROP(NO_ROOM));
	assert_memory_equal(&at, &b.pkt[0], sizeof(at));
}

/* A frame that an outer total length of 16 bits cannot say; longer than any that AF_XDP holds. */
static void too_big(void **state)
{
	static _Alignas(64) uint8_t memory[FRAME_HEADROOM + 70000];
	const unsigned int size[] = { 20 + 4, 20 + 16, 20 + 16 };
	const char *const args[][4] = { { "192.0.2.1", "192.0.2.2" },
					{ "1", "192.0.2.1", "192.0.2.2" },
					{ "1", "192.0.2.1", "192.0.2.2" } };
	const char *const names[] = { "GREEncap", "GTPUEncap", "VXLANEncap" };
	static struct bty_batch b;
	unsigned int k, len, most;
	struct bty_pkt *p = &b.pkt[0];
	struct el el;

	for (k = 0; k < 3; k++) {
		assert_int_equal(el_configure(&el, names[k], 1, args[k]), 0);
		most = 65535 - size[k] + (k == 2 ? 0 : 14);
		for (len = most - 1; len <= most + 1; len++) {
			memset(memory, 0, sizeof(memory));
			*p = (struct bty_pkt){ .data = memory + FRAME_HEADROOM,
					       .data_end = memory + FRAME_HEADROOM + len,
					       .headroom = 200 };
			p->meta = (struct bty_meta *)p->data - 1;
			el_hex("020000000002 020000000001 0800 45000000 00004000 4011 0000 0a000001 0a000002", p->data);
			gen_be16(p->data + 16, len - 14);
			bty_parse(p);
			b.n = 1;
			el.cls->process(&b, el.args, &el.env);
			assert_int_equal(b.verdict[0], len > most ? DROP(TOO_BIG) : 0);
		}
	}
}

static void reasons(void **state)
{
	static const char *const names[] = { "GREDecap", "GTPUDecap", "VXLANDecap" };
	unsigned int len, k;
	struct el el;

	for (k = 0; k < 3; k++) {
		assert_int_equal(el_configure(&el, names[k], 1, NULL), 0);
		len = el_hex("020000000002 020000000001 0806 0001 0800 0604 0001", frame);
		assert_int_equal(el_push(&el, frame, len), DROP(NOT_TUNNEL));
		len = el_hex("020000000002 020000000001 0800 45000014 00004000 4006 0000 0a000001 0a000002", frame);
		assert_int_equal(el_push(&el, frame, len), DROP(NOT_TUNNEL));
		frame[17] = 21;
		assert_int_equal(el_push(&el, frame, len), DROP(RUNT));
		frame[17] = 19;
		assert_int_equal(el_push(&el, frame, len), DROP(BAD_IP_HEADER));
	}
}

static void arguments(void **state)
{
	EL_REFUSES("VXLANEncap", "SRC is an IPv4 address, DST an IPv6 one: expected the same family", "1", "192.0.2.1",
		   "2001:db8::1");
	EL_REFUSES("VXLANEncap", "VNI '16777216': expected 0 to 16777215", "16777216", "192.0.2.1", "192.0.2.2");
	EL_REFUSES("VXLANEncap", "test.click:3:3: el: SRC '192.0.2': expected an IP address", "1", "192.0.2",
		   "192.0.2.2");
	EL_REFUSES("VXLANEncap", "argument missing: expected DST", "1", "192.0.2.1");
	EL_REFUSES("GREEncap", "TTL '0': expected 1 to 255", "192.0.2.1", "192.0.2.2", "TTL 0");
	EL_REFUSES("GREEncap", "DSCP '64': expected 0 to 63", "192.0.2.1", "192.0.2.2", "DSCP 64");
	EL_REFUSES("GREEncap", "unknown argument 'PORT'", "192.0.2.1", "192.0.2.2", "PORT 5");
	EL_REFUSES("GTPUEncap", "QFI '64': expected 0 to 63", "1", "192.0.2.1", "192.0.2.2", "QFI 64");
	EL_REFUSES("GTPUEncap", "UPLINK without QFI", "1", "192.0.2.1", "192.0.2.2", "UPLINK true");
	EL_REFUSES("GTPUDecap", "TEID '4294967296': expected", "4294967296");
	EL_REFUSES("VXLANDecap", "PORT '0': expected 1 to 65535", "PORT 0");
}

#define NFIXED 5

int main(void)
{
	static const CMUnitTestFunction each[] = { headers_are_as_drawn, what_goes_in_comes_out };
	static const char *const what[] = { "headers_are_as_drawn", "what_goes_in_comes_out" };
	struct CMUnitTest tests[2 * NTUNNELS + 3 + NFIXED] = {
		cmocka_unit_test(source_port_follows_the_flow),
		cmocka_unit_test(no_room),
		cmocka_unit_test(too_big),
		cmocka_unit_test(reasons),
		cmocka_unit_test(arguments),
		{ .name = "decap_generated: gre", .test_func = decap_generated, .initial_state = (void *)&tunnels[0] },
		{ .name = "decap_generated: gtpu", .test_func = decap_generated, .initial_state = (void *)&tunnels[3] },
		{ .name = "decap_generated: vxlan",
		  .test_func = decap_generated,
		  .initial_state = (void *)&tunnels[7] },
	};
	static char names[2 * NTUNNELS][80];
	size_t i;

	for (i = 0; i < 2 * NTUNNELS; i++) {
		snprintf(names[i], sizeof(names[i]), "%s: %s", what[i % 2], tunnels[i / 2].name);
		tests[NFIXED + 3 + i] = (struct CMUnitTest){ .name = names[i],
							     .test_func = each[i % 2],
							     .initial_state = (void *)&tunnels[i / 2] };
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
