/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a frame is, read byte by byte with none of the code under test: a second opinion for unit tests.
 */
#ifndef TESTS_PACKETS_REF_H
#define TESTS_PACKETS_REF_H

#include <stdint.h>
#include <string.h>

struct ref {
	int type;	  /* ethertype after tags; -1: the frame ends before */
	int tags;	  /* counted: at most two */
	int tci;	  /* of the outer tag */
	unsigned int l3;  /* offset */
	int version;	  /* 4 or 6 when the fixed header is there and says so, else 0 */
	int frag, tail;	  /* any fragment; one that is not the first */
	int proto;	  /* -1: not known */
	int l4;		  /* offset of a whole transport header that we know; -1: none */
	int sport, dport; /* -1: none */
};

static inline int ref_be16(const uint8_t *p)
{
	return p[0] * 256 + p[1];
}

static inline void ref_l4(struct ref *r, const uint8_t *f, unsigned int len, unsigned int at)
{
	unsigned int need = 0;

	if (r->proto == 6)
		need = 20;
	else if (r->proto == 132)
		need = 12;
	else if (r->proto == 17 || r->proto == 1 || r->proto == 58)
		need = 8;
	/* headers that begin beyond 247 are out of the parser's reach */
	if (!need || r->tail || at + need > len || at > 247)
		return;
	r->l4 = at;
	if (need == 8 && r->proto != 17)
		return;
	r->sport = ref_be16(f + at);
	r->dport = ref_be16(f + at + 2);
}

static inline void ref_ipv4(struct ref *r, const uint8_t *f, unsigned int len)
{
	const uint8_t *ip = f + r->l3;

	if (len < r->l3 + 20 || ip[0] / 16 != 4 || ip[0] % 16 < 5)
		return;
	r->version = 4;
	r->tail = (ref_be16(ip + 6) % 8192) != 0;
	r->frag = r->tail || (ip[6] & 0x20);
	r->proto = ip[9];
	ref_l4(r, f, len, r->l3 + 4 * (ip[0] % 16));
}

static inline void ref_ipv6(struct ref *r, const uint8_t *f, unsigned int len)
{
	unsigned int at = r->l3 + 40, size;
	int next, n;

	if (len < at || f[r->l3] / 16 != 6)
		return;
	r->version = 6;
	next = f[r->l3 + 6];
	for (n = 0; !r->tail && (next == 0 || next == 43 || next == 44 || next == 60); n++) {
		if (n == 4 || at + 8 > len || at > 247)
			return;
		size = 8 * (1 + f[at + 1]);
		if (next == 44) {
			size = 8;
			r->tail = ref_be16(f + at + 2) / 8 != 0;
			r->frag |= r->tail || f[at + 3] % 2;
		}
		next = f[at];
		at += size;
	}
	if (at > 247)
		return;
	r->proto = next;
	ref_l4(r, f, len, at);
}

static inline struct ref ref_parse(const uint8_t *f, unsigned int len)
{
	struct ref r = { .type = -1, .proto = -1, .l4 = -1, .sport = -1, .dport = -1 };
	unsigned int at = 12;

	if (len < 14)
		return r;
	while (r.tags < 2 && (ref_be16(f + at) == 0x8100 || ref_be16(f + at) == 0x88a8)) {
		if (len < at + 6)
			return r;
		if (!r.tags++)
			r.tci = ref_be16(f + at + 2);
		at += 4;
	}
	r.type = ref_be16(f + at);
	r.l3 = at + 2;
	if (r.type == 0x0800)
		ref_ipv4(&r, f, len);
	if (r.type == 0x86dd)
		ref_ipv6(&r, f, len);
	return r;
}

#endif
