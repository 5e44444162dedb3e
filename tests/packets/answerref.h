/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ARPResponder, NDPResponder, ICMPError and StaticNAT should make of a frame, byte by byte as the RFCs say, with none of the
 * code under test. Included by unit/test_reference.c.
 */
#ifndef TESTS_PACKETS_ANSWERREF_H
#define TESTS_PACKETS_ANSWERREF_H

#include "tunnelref.h"

/* What becomes of one frame: bytes[0..len-1] is the frame itself until a model changes it. */
struct expected {
	uint8_t bytes[GEN_MAX + 4096];
	unsigned int len;
};

/* An address of n bytes, of which len bits count, and what belongs to it. */
struct known {
	uint8_t addr[16];
	int len;
	uint8_t value[6];
};

static inline int same_bits(const uint8_t *a, const uint8_t *b, int n)
{
	for (; n >= 8; n -= 8)
		if (*a++ != *b++)
			return 0;
	return !n || !((*a ^ *b) >> (8 - n));
}

/* The entry with the most bits in common; NULL for none. */
static inline const struct known *longest(const struct known *k, int n, const uint8_t *addr)
{
	const struct known *best = NULL;

	for (; n--; k++)
		if (same_bits(k->addr, addr, k->len) && (!best || k->len > best->len))
			best = k;
	return best;
}

/* Checksum of ICMPv6 message p[0..n-1] with the addresses at ip + 8: RFC 8200 8.1. 0 when it is right. */
static inline uint16_t ref_icmp6_sum(const uint8_t *ip, const uint8_t *p, unsigned int n)
{
	static uint8_t all[GEN_MAX + 4096];

	memset(all, 0, 40);
	memcpy(all, ip + 8, 32);
	gen_be16(all + 34, n);
	all[39] = 58;
	memcpy(all + 40, p, n);
	return gen_checksum(all, 40 + n);
}

/* RFC 826 and RFC 5227: a reply by output 0, or output 1. */
static inline int ref_arp(const struct known *k, int n, const uint8_t *f, unsigned int len, struct expected *e)
{
	struct ref r = ref_parse(f, len);
	const uint8_t *arp = f + r.l3;
	const struct known *mine;
	uint8_t *out = e->bytes + r.l3;

	if (r.type != 0x0806 || r.l3 + 28 > len || memcmp(arp, "\0\1\x08\0\6\4\0\1", 8) || arp[8] & 1 ||
	    !memcmp(arp + 14, arp + 24, 4))
		return 1;
	mine = longest(k, n, arp + 24);
	if (!mine)
		return 1;
	out[7] = 2;
	memcpy(out + 8, mine->value, 6);
	memcpy(out + 14, arp + 24, 4);
	memcpy(out + 18, arp + 8, 10);
	memcpy(e->bytes, arp + 8, 6);
	memcpy(e->bytes + 6, mine->value, 6);
	return 0;
}

/* RFC 4861 7.1.1, RFC 2464 6: whether a message of n bytes at ip + 40 is a solicitation that may be answered. */
static inline int ref_is_solicitation(const uint8_t *ip, unsigned int n)
{
	static const uint8_t none[16], node[] = { 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff };
	const uint8_t *m = ip + 40;
	unsigned int at, source_given = 0;

	if (ip[7] != 255 || m[0] != 135 || m[1] || m[8] == 0xff || ip[8] == 0xff || ref_icmp6_sum(ip, m, n))
		return 0;
	for (at = 24; at < n; at += 8 * m[at + 1]) {
		if (at + 2 > n || !m[at + 1] || at + 8 * m[at + 1] > n || (m[at] == 1 && m[at + 1] != 1))
			return 0;
		source_given |= m[at] == 1;
	}
	return memcmp(ip + 8, none, 16) || (!source_given && !memcmp(ip + 24, node, 13));
}

/* RFC 4861 7.2.4: the advertisement, from a router. */
static inline void ref_advertise(const uint8_t *f, unsigned int l3, const uint8_t *mac, struct expected *e)
{
	static const uint8_t none[16];
	const uint8_t *ip = f + l3;
	int unspecified = !memcmp(ip + 8, none, 16);
	uint8_t *out = e->bytes + l3;

	memcpy(e->bytes, unspecified ? (const uint8_t *)"\x33\x33\0\0\0\1" : f + 6, 6);
	memcpy(e->bytes + 6, mac, 6);
	memcpy(out, "\x60\0\0\0\0\x20\x3a\xff", 8);
	memcpy(out + 8, ip + 48, 16);
	memcpy(out + 24, unspecified ? (const uint8_t *)"\xff\2\0\0\0\0\0\0\0\0\0\0\0\0\0\1" : ip + 8, 16);
	memset(out + 40, 0, 8);
	out[40] = 136;
	out[44] = 0xa0 | (unspecified ? 0 : 0x40);
	memcpy(out + 48, ip + 48, 16);
	out[64] = 2;
	out[65] = 1;
	memcpy(out + 66, mac, 6);
	gen_be16(out + 42, ref_icmp6_sum(out, out + 40, 32));
	e->len = l3 + 72;
}

static inline int ref_nd(const struct known *k, int n, const uint8_t *f, unsigned int len, struct expected *e)
{
	struct ref r = ref_parse(f, len);
	const uint8_t *ip = f + r.l3;
	const struct known *mine;
	unsigned int size;

	if (r.version != 6 || ip[6] != 58 || r.l3 + 64 > len || f[6] & 1)
		return 1;
	size = ref_be16(ip + 4);
	if (size < 24 || size % 8 || size > 40 || r.l3 + 40 + size > len || !ref_is_solicitation(ip, size))
		return 1;
	mine = longest(k, n, ip + 48);
	if (!mine)
		return 1;
	ref_advertise(f, r.l3, mine->value, e);
	return 0;
}

/* RFC 1812 4.3.2.7, RFC 1122 3.2.2. */
static inline int ref_answerable4(const uint8_t *f, const struct ref *r)
{
	static const uint8_t errors[] = { 3, 4, 5, 11, 12 };
	const uint8_t *ip = f + r->l3;

	if (f[0] & 1 || !ip[12] || ip[12] == 127 || ip[12] >= 224 || ip[16] >= 224)
		return 0;
	return ip[9] != 1 || (r->l4 >= 0 && !memchr(errors, f[r->l4], sizeof(errors)));
}

/* RFC 4443 2.4 (e). */
static inline int ref_answerable6(const uint8_t *f, const struct ref *r)
{
	static const uint8_t zero[16];
	const uint8_t *ip = f + r->l3;

	if (f[0] & 1 || ip[8] == 0xff || ip[24] == 0xff || r->proto <= 0 || (!memcmp(ip + 8, zero, 15) && ip[23] <= 1))
		return 0;
	return r->proto != 58 || (r->l4 >= 0 && f[r->l4] >= 128 && f[r->l4] != 137);
}

/* Both families' time exceeded from 192.0.2.1 and 2001:db8::1, TTL 64; minus a drop reason. */
static inline int ref_time_exceeded(const uint8_t *f, unsigned int len, struct expected *e)
{
	struct ref r = ref_parse(f, len);
	int end = naive_end(f, len), v6 = r.version == 6;
	uint8_t *ip = e->bytes + r.l3, *icmp = ip + (v6 ? 40 : 20);
	const struct tunnel from = { .v6 = v6 };
	unsigned int quoted, most = v6 ? 1280 - 48 : 576 - 28;

	if (end < 0)
		return end;
	if (r.tail || !(v6 ? ref_answerable6(f, &r) : ref_answerable4(f, &r)))
		return DROP(TTL_EXPIRED);
	quoted = end - r.l3 < most ? end - r.l3 : most;
	memcpy(e->bytes, f + 6, 6);
	memcpy(e->bytes + 6, f, 6);
	naive_ip(&from, ip, v6 ? 58 : 1, 8 + quoted);
	memcpy(ip + (v6 ? 24 : 16), f + r.l3 + (v6 ? 8 : 12), v6 ? 16 : 4);
	if (!v6) {
		ip[1] = 0xc0 | (f[r.l3 + 1] & 0x1c);
		memset(ip + 10, 0, 2);
		gen_be16(ip + 10, gen_checksum(ip, 20));
	}
	memset(icmp, 0, 8);
	icmp[0] = v6 ? 3 : 11;
	memcpy(icmp + 8, f + r.l3, quoted);
	gen_be16(icmp + 2, v6 ? ref_icmp6_sum(ip, icmp, 8 + quoted) : gen_checksum(icmp, 8 + quoted));
	e->len = icmp + 8 + quoted - e->bytes;
	return 0;
}

/* RFC 1624 (3): the checksum at p, over n bytes that were `old` and are `now`. */
static inline void ref_mend(uint8_t *p, const uint8_t *old, const uint8_t *now, unsigned int n)
{
	uint32_t sum = (uint16_t)~ref_be16(p);
	unsigned int i;

	for (i = 0; i < n; i += 2)
		sum += (uint16_t)~ref_be16(old + i) + ref_be16(now + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	gen_be16(p, ~sum);
}

/* The checksum of TCP or UDP at p, which the frame holds up to end. */
static inline void ref_mend_l4(uint8_t *p, const uint8_t *end, int proto, const uint8_t *old, const uint8_t *now)
{
	uint8_t *sum = p + (proto == 6 ? 16 : 6);

	if ((proto != 6 && proto != 17) || sum + 2 > end || (proto == 17 && !ref_be16(sum)))
		return;
	ref_mend(sum, old, now, 4);
	if (proto == 17 && !ref_be16(sum))
		gen_be16(sum, 0xffff);
}

/* In place: what an ICMP error quotes went the other way (RFC 5508 4.2). */
static inline void ref_nat_quoted(const struct known *k, int n, uint8_t *icmp, const uint8_t *end)
{
	static const uint8_t errors[] = { 3, 4, 5, 11, 12 };
	uint8_t *ip = icmp + 8, *l4, before[GEN_MAX + 2048];
	const struct known *mine;

	if (!memchr(errors, icmp[0], sizeof(errors)) || ip + 20 > end || ip[0] / 16 != 4)
		return;
	mine = longest(k, n, ip + 16);
	if (!mine)
		return;
	l4 = ip + ip[0] % 16 * 4;
	memcpy(before, icmp, end - icmp);
	memcpy(ip + 16, mine->value, mine->len / 8);
	ref_mend(ip + 10, before + 24, ip + 16, 4);
	if (!(ref_be16(ip + 6) & 0x1fff))
		ref_mend_l4(l4, end, ip[9], before + 24, ip + 16);
	/* the error's own checksum is over all of that; an odd last byte has not changed */
	ref_mend(icmp + 2, before + 4, icmp + 4, (end - icmp - 4) & ~1U);
}

/* StaticNAT(OUT, ...): sources by longest prefix, whole bytes of which are written. */
static inline int ref_nat_out(const struct known *k, int n, const uint8_t *f, unsigned int len, struct expected *e)
{
	struct ref r = ref_parse(f, len);
	uint8_t *ip = e->bytes + r.l3;
	const struct known *mine;

	if (r.version != 4)
		return DROP(NOT_IP);
	mine = longest(k, n, f + r.l3 + 12);
	if (!mine)
		return 1;
	if (!r.tail && r.l4 < 0 && (r.proto == 6 || r.proto == 17))
		return DROP(RUNT);
	memcpy(ip + 12, mine->value, mine->len / 8);
	ref_mend(ip + 10, f + r.l3 + 12, ip + 12, 4);
	if (r.l4 < 0)
		return 0;
	ref_mend_l4(e->bytes + r.l4, e->bytes + len, r.proto, f + r.l3 + 12, ip + 12);
	if (r.proto == 1)
		ref_nat_quoted(k, n, e->bytes + r.l4, e->bytes + len);
	return 0;
}

#endif
