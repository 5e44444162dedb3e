// SPDX-License-Identifier: GPL-2.0-or-later
/* The packets an element is profiled with; called by measure.c. */
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <batchy/parse.h>

#include "internal.h"

#define FRAME_MIN  60
#define PORT_GTPU  2152
#define PORT_VXLAN 4789

enum kind { KIND_UDP, KIND_V6, KIND_VLAN, KIND_ARP, KIND_GRE, KIND_GTPU, KIND_VXLAN };

/* Classes for packets of another kind than UDP over IPv4. */
static const struct {
	const char *class_name;
	enum kind kind;
} kinds[] = {
	{ "ARPResponder", KIND_ARP }, { "CheckIP6Header", KIND_V6 }, { "DecIP6HLIM", KIND_V6 },
	{ "GREDecap", KIND_GRE },     { "GTPUDecap", KIND_GTPU },    { "GTPUDecapTable", KIND_GTPU },
	{ "NDPQuerier", KIND_V6 },    { "NDPResponder", KIND_V6 },   { "VLANPop", KIND_VLAN },
	{ "VLANSplit", KIND_VLAN },   { "VXLANDecap", KIND_VXLAN },  { "VXLANDecapTable", KIND_VXLAN },
};

static enum kind kind_of(const struct bty_class *cls)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].class_name, cls->name))
			return kinds[i].kind;
	return KIND_UDP;
}

static uint8_t *put8(uint8_t *p, unsigned int v)
{
	*p = v;
	return p + 1;
}

static uint8_t *put16(uint8_t *p, unsigned int v)
{
	return put8(put8(p, v >> 8), v);
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v);
}

static uint8_t *put_bytes(uint8_t *p, const void *q, size_t n)
{
	memcpy(p, q, n);
	return p + n;
}

static uint32_t sum(const uint8_t *p, size_t n, uint32_t s)
{
	for (; n > 1; n -= 2, p += 2)
		s += p[0] << 8 | p[1];
	return n ? s + (p[0] << 8) : s;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s;
}

static uint8_t *put_eth(uint8_t *p, unsigned int type)
{
	static const uint8_t macs[] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };

	return put16(put_bytes(p, macs, sizeof(macs)), type);
}

static uint8_t *put_ipv4(uint8_t *p, const uint8_t *src, const uint8_t *dst, unsigned int proto, unsigned int len)
{
	uint8_t *ip = p;

	p = put16(put8(put8(p, 0x45), 0), 20 + len);
	p = put16(put8(put8(put16(put16(p, 1), 0x4000), 64), proto), 0);
	p = put_bytes(put_bytes(p, src, 4), dst, 4);
	put16(ip + 10, fold(sum(ip, 20, 0)));
	return p;
}

static uint8_t *put_ipv6(uint8_t *p, const struct bty_header *h, unsigned int len)
{
	p = put8(put8(put16(put32(p, 6U << 28), len), h->proto), 64);
	return put_bytes(put_bytes(p, h->src, 16), h->dst, 16);
}

/* UDP, TCP or whatever the protocol is, with its checksum. Returns its length. */
static unsigned int put_l4(uint8_t *p, const struct bty_header *h)
{
	const unsigned int addr = h->v6 ? 16 : 4, at = h->proto == IPPROTO_UDP ? 6 : h->proto == IPPROTO_TCP ? 16 : 2;
	unsigned int len = h->proto == IPPROTO_TCP ? 20 : h->proto == IPPROTO_UDP ? 26 : 8;
	uint32_t s;

	memset(p, 0, len);
	if (h->proto == IPPROTO_UDP || h->proto == IPPROTO_TCP)
		put16(put16(p, h->sport), h->dport);
	if (h->proto == IPPROTO_UDP)
		put16(p + 4, len);
	if (h->proto == IPPROTO_TCP)
		put16(put8(put8(p + 12, 0x50), 0x10), 1024);
	if (h->proto == IPPROTO_ICMP)
		p[0] = 8; /* echo request */
	s = h->proto == IPPROTO_ICMP ? 0 : sum(h->dst, addr, sum(h->src, addr, h->proto + len));
	put16(p + at, fold(sum(p, len, s)));
	return len;
}

static uint8_t *put_ip(uint8_t *p, const struct bty_header *h)
{
	uint8_t l4[32];
	unsigned int len = put_l4(l4, h);

	p = h->v6 ? put_ipv6(p, h, len) : put_ipv4(p, h->src, h->dst, h->proto, len);
	return put_bytes(p, l4, len);
}

/* An IP packet, or a frame, in a tunnel from 192.0.2.1 to .2. */
static uint8_t *put_tunnel(uint8_t *p, enum kind kind, const struct bty_header *h)
{
	static const uint8_t src[] = { 192, 0, 2, 1 }, dst[] = { 192, 0, 2, 2 };
	uint8_t inner[BTY_MOULD_LEN], *q = inner;
	const unsigned int head = kind == KIND_GRE ? 4 : 16;
	unsigned int len;

	if (kind == KIND_VXLAN)
		q = put_eth(q, h->v6 ? ETH_P_IPV6 : ETH_P_IP);
	len = put_ip(q, h) - inner;
	p = put_ipv4(put_eth(p, ETH_P_IP), src, dst, kind == KIND_GRE ? IPPROTO_GRE : IPPROTO_UDP, head + len);
	if (kind == KIND_GRE) {
		p = put16(put16(p, 0), h->v6 ? ETH_P_IPV6 : ETH_P_IP);
	} else {
		p = put16(put16(p, h->sport), kind == KIND_GTPU ? PORT_GTPU : PORT_VXLAN);
		p = put16(put16(p, head + len), 0);
		p = kind == KIND_GTPU ? put32(put16(put8(put8(p, 0x30), 0xff), len), h->id)
				      : put32(put32(p, 1U << 27), h->id << 8);
	}
	return put_bytes(p, inner, len);
}

static uint8_t *put_arp(uint8_t *p, const struct bty_header *h)
{
	p = put16(put8(put8(put16(put16(put_eth(p, ETH_P_ARP), 1), ETH_P_IP), 6), 4), 1);
	p = put_bytes(put_bytes(p, "\2\0\0\0\0\1", 6), h->src, 4);
	return put_bytes(put_bytes(p, "\0\0\0\0\0\0", 6), h->dst, 4);
}

static void fill(struct bty_mould *m, enum kind kind, const struct bty_header *h)
{
	const unsigned int type = h->v6 ? ETH_P_IPV6 : ETH_P_IP;
	struct {
		struct bty_meta meta;
		uint8_t bytes[BTY_MOULD_LEN];
	} at = { 0 };
	struct bty_pkt p = { .data = at.bytes, .meta = &at.meta, .frame = BTY_NO_FRAME };
	uint8_t *end;

	if (kind == KIND_ARP)
		end = put_arp(at.bytes, h);
	else if (kind == KIND_VLAN)
		end = put_ip(put16(put16(put_eth(at.bytes, ETH_P_8021Q), h->id & 4095), type), h);
	else if (kind == KIND_UDP || kind == KIND_V6)
		end = put_ip(put_eth(at.bytes, type), h);
	else
		end = put_tunnel(at.bytes, kind, h);
	m->len = end - at.bytes < FRAME_MIN ? FRAME_MIN : end - at.bytes;
	p.data_end = p.data + m->len;
	bty_parse(&p);
	memcpy(m->bytes, at.bytes, m->len);
	m->meta = at.meta;
	m->meta.ts_ns = 1; /* for Measure */
	m->meta.out = 1;   /* for ToOutput */
}

/* Anything in 10.0.0.0/8 or 2001:db8::/32. */
static void any_header(struct bty_header *h, int v6, uint64_t *state)
{
	static const uint8_t net4[] = { 10 }, net6[] = { 0x20, 0x01, 0x0d, 0xb8 };
	uint64_t r[4] = { bty_draw(state), bty_draw(state), bty_draw(state), bty_draw(state) };
	size_t n = v6 ? sizeof(net6) : sizeof(net4);

	memcpy(h->src, &r[0], 16);
	memcpy(h->dst, &r[2], 16);
	memcpy(h->src, v6 ? net6 : net4, n);
	memcpy(h->dst, v6 ? net6 : net4, n);
	h->v6 = v6;
	h->proto = IPPROTO_UDP;
	h->sport = 1024 + bty_draw(state) % 60000;
	h->dport = 1024 + bty_draw(state) % 60000;
}

/* The tunnel or VLAN its arguments name; 1 when they name none. */
static uint32_t id_of(const char *args)
{
	static const char *const words[] = { "TEID ", "VNI ", "VLANS " };
	const char *at;
	uint32_t id = 1;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		at = strstr(args, words[i]);
		if (at)
			id = strtoul(at + strlen(words[i]), NULL, 0);
	}
	return id;
}

int bty_moulds_make(const struct bty_element *el, struct bty_mould *m, uint32_t n, uint64_t seed)
{
	const enum kind kind = kind_of(el->cls);
	char *args = bty_cost_args(el);
	uint64_t state = seed | 1;
	struct bty_header h;
	uint32_t i, id;

	if (!args)
		return -ENOMEM;
	id = id_of(args);
	for (i = 0; i < n; i++) {
		any_header(&h, kind == KIND_V6, &state);
		h.id = id;
		bty_header_match(el, args, bty_draw(&state), &h);
		fill(&m[i], kind, &h);
	}
	free(args);
	return 0;
}
