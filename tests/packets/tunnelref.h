/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tunnels, put together and taken apart byte by byte as the RFCs and TS 29.281 draw them, with none of the code under test.
 * Included by unit/test_el_tunnel.c and answerref.h.
 */
#ifndef TESTS_PACKETS_TUNNELREF_H
#define TESTS_PACKETS_TUNNELREF_H

#include <batchy/drop.h>

#include "gen.h"
#include "ref.h"

#define DROP(reason) (-(int)BTY_DROP_##reason)

enum kind { GRE, GTPU, VXLAN };

/* An encapsulating element, and what it should write. */
struct tunnel {
	const char *name, *class_name;
	const char *args[8];
	enum kind kind;
	int v6, ttl, dscp, port; /* ttl 0: the default */
	uint32_t id;
	int has_key, qfi, uplink; /* qfi -1: none */
};

#define V4 "192.0.2.1", "192.0.2.2"
#define V6 "2001:db8::1", "2001:db8::2"

static const struct tunnel tunnels[] = {
	{ .name = "gre", .class_name = "GREEncap", .args = { V4 }, .kind = GRE, .qfi = -1 },
	{ .name = "gre, key",
	  .class_name = "GREEncap",
	  .args = { V4, "KEY 0xfedcba98", "TTL 1" },
	  .kind = GRE,
	  .ttl = 1,
	  .id = 0xfedcba98,
	  .has_key = 1,
	  .qfi = -1 },
	{ .name = "gre over ipv6",
	  .class_name = "GREEncap",
	  .args = { V6, "DSCP 46" },
	  .kind = GRE,
	  .v6 = 1,
	  .dscp = 46,
	  .qfi = -1 },
	{ .name = "gtpu",
	  .class_name = "GTPUEncap",
	  .args = { "0x89abcdef", V4, "DSCP 63" },
	  .kind = GTPU,
	  .dscp = 63,
	  .port = 2152,
	  .id = 0x89abcdef,
	  .qfi = -1 },
	{ .name = "gtpu, downlink",
	  .class_name = "GTPUEncap",
	  .args = { "7", V4, "QFI 0" },
	  .kind = GTPU,
	  .port = 2152,
	  .id = 7 },
	{ .name = "gtpu, uplink",
	  .class_name = "GTPUEncap",
	  .args = { "7", V4, "QFI 63", "UPLINK yes", "PORT 1" },
	  .kind = GTPU,
	  .port = 1,
	  .id = 7,
	  .qfi = 63,
	  .uplink = 1 },
	{ .name = "gtpu over ipv6",
	  .class_name = "GTPUEncap",
	  .args = { "7", V6, "QFI 9" },
	  .kind = GTPU,
	  .v6 = 1,
	  .port = 2152,
	  .id = 7,
	  .qfi = 9 },
	{ .name = "vxlan",
	  .class_name = "VXLANEncap",
	  .args = { "0xabcdef", V4 },
	  .kind = VXLAN,
	  .port = 4789,
	  .id = 0xabcdef },
	{ .name = "vxlan over ipv6",
	  .class_name = "VXLANEncap",
	  .args = { "1", V6, "TTL 255", "PORT 8472" },
	  .kind = VXLAN,
	  .v6 = 1,
	  .ttl = 255,
	  .port = 8472,
	  .id = 1 },
};

#define NTUNNELS (sizeof(tunnels) / sizeof(tunnels[0]))

static inline void be32(uint8_t *p, uint32_t v)
{
	gen_be16(p, v >> 16);
	gen_be16(p + 2, v);
}

/* The outer IP header of payload bytes at p. Returns its length. */
static inline unsigned int naive_ip(const struct tunnel *t, uint8_t *p, int proto, unsigned int payload)
{
	static const uint8_t src4[] = { 192, 0, 2, 1 }, dst4[] = { 192, 0, 2, 2 };

	memset(p, 0, 40);
	if (t->v6) {
		be32(p, 0x60000000 | t->dscp << 22);
		gen_be16(p + 4, payload);
		p[6] = proto;
		p[7] = t->ttl ? t->ttl : 64;
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
	p[8] = t->ttl ? t->ttl : 64;
	p[9] = proto;
	memcpy(p + 12, src4, 4);
	memcpy(p + 16, dst4, 4);
	gen_be16(p + 10, gen_checksum(p, 20));
	return 20;
}

/* The tunnel's own header for an inner packet of len bytes and type. Returns its length. */
static inline unsigned int naive_shim(const struct tunnel *t, uint8_t *p, int type, unsigned int len)
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
static inline int naive_end(const uint8_t *f, unsigned int len)
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
 * What t should make of a frame, in want; sport: the source port, which is the element's own choice. Returns its length, or minus a drop reason. *inner:
 * where the frame goes on in it, *off: from which byte.
 */
static inline int naive_encap(const struct tunnel *t, const uint8_t *f, unsigned int len, unsigned int sport,
			      uint8_t *want, unsigned int *inner, unsigned int *off)
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

/* Skips a GTP-U header at f[at]. Returns where the payload begins, or -1. */
static inline int naive_gtpu(const uint8_t *f, unsigned int at, unsigned int len)
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
static inline int naive_decap(enum kind kind, const uint8_t *f, unsigned int len, unsigned int *end, uint32_t *id)
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

#endif
