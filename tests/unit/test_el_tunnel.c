// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tunnels on generated frames, against tests/packets/tunnelref.h; what is put in comes out again; limits and arguments.
 */
#include "el.h"
#include "tests/packets/diff.h"
#include "tests/packets/tunnelref.h"

#define FRAMES diff_packets(100000)

static uint8_t frame[GEN_MAX + 2048], before[GEN_MAX + 2048], want[GEN_MAX + 4096];

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
		n = naive_encap(t, before, len, sport, want, &inner, &off);
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
