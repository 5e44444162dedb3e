/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames for tests, from a seed: valid ones (IPv4 and IPv6, VLAN and QinQ, TCP, UDP, ICMP, SCTP, options, extension headers,
 * fragments, GRE, GTP-U and VXLAN tunnels), and the same with a few bits, fields or bytes too many or too few. Addresses and ports come from small
 * pools, so that filters and routes match often. Included by unit and packet tests.
 */
#ifndef TESTS_PACKETS_GEN_H
#define TESTS_PACKETS_GEN_H

#include <stdint.h>
#include <string.h>

#define GEN_MAX 3400 /* longest frame: what one page leaves for an XDP packet */

enum gen_tunnel { GEN_ANY, GEN_GRE, GEN_GTPU, GEN_VXLAN, GEN_NEIGHBOUR };

struct gen {
	uint64_t seed;	  /* not 0 */
	unsigned int min; /* shortest frame */
	unsigned int max; /* longest, at most GEN_MAX; 0: GEN_MAX */
	unsigned int mutate_percent;
	enum gen_tunnel prefer; /* most IP packets are tunnels of this kind; GEN_NEIGHBOUR: most frames ARP and ND */
	unsigned int tunnels;	/* around what is generated now */
};

static inline uint32_t gen_random(struct gen *g)
{
	g->seed ^= g->seed << 13;
	g->seed ^= g->seed >> 7;
	g->seed ^= g->seed << 17;
	return g->seed >> 16;
}

static inline uint32_t gen_below(struct gen *g, uint32_t n)
{
	return gen_random(g) % n;
}

static inline int gen_chance(struct gen *g, unsigned int percent)
{
	return gen_below(g, 100) < percent;
}

static inline void gen_be16(uint8_t *p, uint32_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static inline void gen_fill(struct gen *g, uint8_t *p, size_t n)
{
	while (n--)
		*p++ = gen_random(g);
}

/* Ones' complement checksum, byte by byte as in RFC 1071. */
static inline uint16_t gen_checksum(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += i & 1 ? p[i] : p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static inline uint32_t gen_port(struct gen *g)
{
	static const uint16_t pool[] = { 0, 22, 53, 80, 443, 1023, 1024, 5000, 8080, 65535 };

	return gen_chance(g, 70) ? pool[gen_below(g, sizeof(pool) / sizeof(pool[0]))] : gen_below(g, 65536);
}

static inline void gen_ipv4_addr(struct gen *g, uint8_t *a)
{
	static const uint8_t pool[][3] = { { 10, 0, 0 }, { 10, 1, 2 }, { 192, 168, 1 }, { 172, 16, 5 }, { 224, 0, 0 } };

	gen_fill(g, a, 4);
	if (gen_chance(g, 70)) {
		memcpy(a, pool[gen_below(g, 5)], 3);
		a[3] = gen_below(g, 4);
	}
}

static inline void gen_ipv6_addr(struct gen *g, uint8_t *a)
{
	gen_fill(g, a, 16);
	if (gen_chance(g, 70)) {
		memset(a, 0, 16);
		memcpy(a, "\x20\x01\x0d\xb8", 4);
		a[5] = gen_below(g, 3);
		a[15] = gen_below(g, 4);
	}
}

static inline unsigned int gen_ip(struct gen *g, uint8_t *p, int v6, unsigned int payload);

/* An inner datagram in a tunnel. Returns its length. */
static inline unsigned int gen_inner(struct gen *g, uint8_t *p, int v6, unsigned int payload)
{
	unsigned int len;

	g->tunnels++;
	len = gen_ip(g, p, v6, payload % 64);
	g->tunnels--;
	return len;
}

/* RFC 2784: sometimes with checksum, key, sequence number, or bits that should not be there. */
static inline unsigned int gen_gre(struct gen *g, uint8_t *p, unsigned int payload)
{
	unsigned int len = 4, v6 = gen_chance(g, 40), bit;

	p[0] = gen_chance(g, 60) ? 0x20 : gen_chance(g, 90) ? gen_random(g) & 0xb0 : gen_random(g);
	p[1] = gen_chance(g, 90) ? 0 : gen_random(g);
	gen_be16(p + 2, gen_chance(g, 10) ? 0x6558 : v6 ? 0x86dd : 0x0800);
	for (bit = 0x80; bit >= 0x10; bit >>= 1) {
		if (!(p[0] & bit & 0xb0))
			continue;
		memset(p + len, 0, 4);
		p[len + 3] = gen_below(g, 9);
		len += 4;
	}
	return len + gen_inner(g, p + len, v6, payload);
}

/* TS 29.281: sometimes another message, sequence number, extension headers. */
static inline unsigned int gen_gtpu(struct gen *g, uint8_t *p, unsigned int payload)
{
	unsigned int len = 8, n, words;

	p[0] = 0x30 | (gen_chance(g, 50) ? gen_below(g, 8) : 0);
	p[1] = gen_chance(g, 85) ? 255 : gen_random(g);
	memset(p + 4, 0, 4);
	p[7] = gen_below(g, 4);
	if (p[0] & 7) {
		gen_fill(g, p + len, 4);
		p[len + 3] = p[0] & 4 && gen_chance(g, 80) ? 0x85 : p[0] & 4 ? 0 : gen_random(g);
		len += 4;
		for (n = p[0] & 4 ? p[len - 1] : 0; n; n = p[len - 1]) {
			words = gen_chance(g, 90) ? 1 + gen_below(g, 3) : gen_chance(g, 50) ? 0 : gen_below(g, 30);
			gen_fill(g, p + len, words * 4 + 4);
			p[len] = words;
			len += words ? words * 4 : 4;
			p[len - 1] = words && gen_chance(g, 40) ? 0xc0 : 0;
		}
	}
	len += gen_chance(g, 90) ? gen_inner(g, p + len, gen_chance(g, 40), payload) : 0;
	gen_be16(p + 2, len - 8);
	return len;
}

static inline unsigned int gen_vxlan(struct gen *g, uint8_t *p, unsigned int payload)
{
	unsigned int v6 = gen_chance(g, 40), len = 8 + 14;

	memset(p, 0, 8);
	p[0] = gen_chance(g, 90) ? 8 : gen_random(g);
	p[6] = gen_below(g, 4);
	gen_fill(g, p + 8, 12);
	if (gen_chance(g, 20)) {
		gen_be16(p + len - 2, 0x8100);
		gen_be16(p + len, gen_random(g));
		len += 4;
	}
	gen_be16(p + len - 2, gen_chance(g, 10) ? 0x0806 : v6 ? 0x86dd : 0x0800);
	return len + gen_inner(g, p + len, v6, payload);
}

/* Behind the ports of UDP at p. Returns the payload's length, or 0 for no tunnel. */
static inline unsigned int gen_udp_tunnel(struct gen *g, uint8_t *p, unsigned int payload)
{
	int gtpu = g->prefer == GEN_GTPU || (g->prefer != GEN_VXLAN && gen_chance(g, 60));

	if (g->tunnels || gen_chance(g, g->prefer ? 10 : 60))
		return 0;
	gen_be16(p + 2, gtpu ? 2152 : 4789);
	return gtpu ? gen_gtpu(g, p + 8, payload) : gen_vxlan(g, p + 8, payload);
}

/* Returns its length, header and payload. */
static inline unsigned int gen_l4(struct gen *g, uint8_t *p, uint8_t proto, unsigned int payload)
{
	unsigned int header = proto == 6 ? 20 : proto == 132 ? 12 : 8, inner;

	if (proto == 47 && !g->tunnels && gen_chance(g, 90))
		return gen_gre(g, p, payload);
	gen_fill(g, p, header + payload);
	if (proto != 6 && proto != 17 && proto != 132)
		return header + payload;
	gen_be16(p, gen_port(g));
	gen_be16(p + 2, gen_port(g));
	if (proto == 6)
		p[12] = 5 << 4;
	if (proto == 17) {
		inner = gen_udp_tunnel(g, p, payload);
		payload = inner ? inner : payload;
		gen_be16(p + 4, header + payload);
	}
	return header + payload;
}

static inline uint8_t gen_proto(struct gen *g, int v6)
{
	static const uint8_t pool[] = { 6, 6, 17, 17, 132, 47, 50 };

	if (g->prefer && !g->tunnels && gen_chance(g, 80))
		return g->prefer == GEN_GRE ? 47 : 17;
	return gen_chance(g, 15) ? (v6 ? 58 : 1) : gen_chance(g, 5) ? gen_below(g, 256) : pool[gen_below(g, 7)];
}

static inline uint8_t gen_ttl(struct gen *g)
{
	return gen_chance(g, 30) ? gen_below(g, 4) : gen_below(g, 256);
}

static inline unsigned int gen_ipv4(struct gen *g, uint8_t *p, unsigned int payload)
{
	unsigned int ihl = gen_chance(g, 25) ? 5 + gen_below(g, 11) : 5, len;

	memset(p, 0, 20);
	gen_fill(g, p + 20, ihl * 4 - 20);
	p[0] = 4 << 4 | ihl;
	p[1] = gen_random(g);
	gen_be16(p + 4, gen_random(g));
	if (gen_chance(g, 20))
		gen_be16(p + 6, gen_chance(g, 50) ? 0x2000 : gen_below(g, 0x4000));
	p[8] = gen_ttl(g);
	p[9] = gen_proto(g, 0);
	gen_ipv4_addr(g, p + 12);
	gen_ipv4_addr(g, p + 16);
	len = ihl * 4 + gen_l4(g, p + ihl * 4, p[9], payload);
	gen_be16(p + 2, len);
	gen_be16(p + 10, gen_checksum(p, ihl * 4));
	return len;
}

static inline unsigned int gen_ipv6(struct gen *g, uint8_t *p, unsigned int payload)
{
	static const uint8_t ext[] = { 0, 43, 44, 60 };
	unsigned int len = 40, n = gen_chance(g, 35) ? 1 + gen_below(g, 6) : 0;
	uint8_t *next = &p[6];

	gen_fill(g, p, 4);
	p[0] = 6 << 4 | (p[0] & 0xf);
	p[7] = gen_ttl(g);
	gen_ipv6_addr(g, p + 8);
	gen_ipv6_addr(g, p + 24);
	for (; n; n--) {
		*next = ext[gen_below(g, 4)];
		gen_fill(g, p + len, 8);
		if (*next == 44) {
			p[len + 1] = 0;
			gen_be16(p + len + 2, gen_chance(g, 60) ? gen_below(g, 2) : gen_below(g, 65536));
			next = &p[len];
			len += 8;
			continue;
		}
		p[len + 1] = gen_chance(g, 80) ? gen_below(g, 3) : gen_below(g, 32);
		gen_fill(g, p + len + 2, p[len + 1] * 8 + 6);
		next = &p[len];
		len += 8 + next[1] * 8;
	}
	*next = gen_proto(g, 1);
	len += gen_l4(g, p + len, *next, payload);
	gen_be16(p + 4, len - 40);
	return len;
}

static inline unsigned int gen_ip(struct gen *g, uint8_t *p, int v6, unsigned int payload)
{
	return v6 ? gen_ipv6(g, p, payload) : gen_ipv4(g, p, payload);
}

static inline unsigned int gen_arp(struct gen *g, uint8_t *p)
{
	memcpy(p, "\0\1\x08\0\6\4\0\1", 8);
	p[7] = 1 + gen_chance(g, 40);
	gen_fill(g, p + 8, 20);
	p[8] &= gen_chance(g, 95) ? 0xfe : 0xff;
	gen_ipv4_addr(g, p + 14);
	gen_ipv4_addr(g, p + 24);
	return 28;
}

/* RFC 4861: a solicitation or an advertisement, mostly valid, with none, one or two options. */
static inline unsigned int gen_nd(struct gen *g, uint8_t *p)
{
	unsigned int opts = gen_below(g, 3), len = 24 + 8 * opts, i;
	uint8_t pseudo[256];
	uint16_t sum;

	memset(p, 0, 40);
	p[0] = 0x60;
	gen_be16(p + 4, len);
	p[6] = 58;
	p[7] = gen_chance(g, 95) ? 255 : 64;
	if (gen_chance(g, 80))
		gen_ipv6_addr(g, p + 8);
	memcpy(p + 24, "\xff\2\0\0\0\0\0\0\0\0\0\1\xff\0\0\2", 16);
	if (gen_chance(g, 40))
		gen_ipv6_addr(g, p + 24);
	memset(p + 40, 0, len);
	p[40] = 135 + gen_chance(g, 40);
	p[44] = p[40] == 136 ? gen_random(g) & 0xe0 : 0;
	gen_ipv6_addr(g, p + 48);
	for (i = 0; i < opts; i++) {
		gen_fill(g, p + 64 + 8 * i, 8);
		p[64 + 8 * i] = 1 + gen_below(g, 3);
		p[65 + 8 * i] = gen_chance(g, 95) ? 1 : gen_below(g, 3);
		p[66 + 8 * i] &= 0xfe;
	}
	memset(pseudo, 0, 40);
	memcpy(pseudo, p + 8, 32);
	pseudo[35] = len;
	pseudo[39] = 58;
	memcpy(pseudo + 40, p + 40, len);
	sum = gen_checksum(pseudo, 40 + len);
	gen_be16(p + 42, gen_chance(g, 95) ? sum : gen_random(g));
	return 40 + len;
}

static inline void gen_mutate(struct gen *g, uint8_t *p, unsigned int *len)
{
	static const uint8_t edge[] = { 0, 1, 4, 5, 6, 0x0f, 0x45, 0x46, 0x60, 0x7f, 0x80, 0xff };
	unsigned int n = 1 + gen_below(g, 4), head;

	while (n--) {
		head = *len < 96 ? *len : 96;
		if (!head)
			return;
		switch (gen_below(g, 4)) {
		case 0:
			p[gen_below(g, head)] ^= 1 << gen_below(g, 8);
			break;
		case 1:
			p[gen_below(g, head)] = edge[gen_below(g, sizeof(edge))];
			break;
		case 2:
			p[gen_below(g, *len)] = gen_random(g);
			break;
		case 3:
			*len = gen_below(g, (gen_chance(g, 80) ? head : *len) + 1);
			break;
		}
	}
}

/* A frame in buf, which holds GEN_MAX + 2048 bytes. Returns its length. */
static inline unsigned int gen_frame(struct gen *g, uint8_t *buf)
{
	static const uint16_t tags[] = { 0x8100, 0x88a8, 0x8100, 0x9100 };
	unsigned int max = g->max ? g->max : GEN_MAX, len = 12, kind = gen_below(g, 100), n;
	unsigned int payload = gen_chance(g, 90) ? gen_below(g, 64) : gen_below(g, gen_chance(g, 80) ? 1500 : GEN_MAX);

	gen_fill(g, buf, 12);
	for (n = gen_chance(g, 40) ? 1 + gen_below(g, gen_chance(g, 90) ? 2 : 3) : 0; n; n--) {
		gen_be16(buf + len, tags[gen_below(g, gen_chance(g, 95) ? 3 : 4)]);
		gen_be16(buf + len + 2, gen_chance(g, 60) ? gen_below(g, 4) : gen_random(g));
		len += 4;
	}
	len += 2;
	gen_be16(buf + len - 2, kind < 55 ? 0x0800 : kind < 90 ? 0x86dd : kind < 95 ? 0x0806 : gen_below(g, 65536));
	if (g->prefer == GEN_NEIGHBOUR && gen_chance(g, 80)) {
		buf[6] &= 0xfe;
		gen_be16(buf + len - 2, kind & 1 ? 0x0806 : 0x86dd);
		len += kind & 1 ? gen_arp(g, buf + len) : gen_nd(g, buf + len);
	} else if (kind < 90) {
		len += gen_ip(g, buf + len, kind >= 55, payload);
	} else {
		gen_fill(g, buf + len, payload);
		len += payload;
	}
	for (; len < 60 && gen_chance(g, 50); len++)
		buf[len] = 0;
	if (gen_chance(g, g->mutate_percent))
		gen_mutate(g, buf, &len);
	for (; len < g->min; len++)
		buf[len] = gen_random(g);
	return len < max ? len : max;
}

#endif
