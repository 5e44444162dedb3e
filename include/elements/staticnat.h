/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * StaticNAT(OUT|IN, INSIDE OUTSIDE, ... or FILE pairs.txt): one-to-one translation of IPv4 addresses. A pair is of addresses, or of
 * prefixes of one length, of which the rest of the address stays. OUT writes the source, from INSIDE to OUTSIDE; IN the destination, from
 * OUTSIDE to INSIDE. The longest prefix counts; of two pairs with one INSIDE the later; one OUTSIDE in two pairs is refused.
 * Checksums of IP, TCP and UDP (0 stays 0) are mended. In ICMP errors the packet that is quoted is translated too, in the
 * other direction, if it has a translation. Not mended: checksums over addresses of protocols other than TCP and UDP.
 * Ports: 1 in; out 0: translated, out 1 (optional): what has no translation, unchanged. Drops: no_translation when out 1
 * is not connected; not_ip (what is not IPv4), runt. Up to 8 lengths of prefixes.
 * Source: RFC 3022 (basic NAT), RFC 1624 (checksums), RFC 5508 (ICMP errors).
 */
#ifndef ELEMENTS_STATICNAT_H
#define ELEMENTS_STATICNAT_H

#include <batchy/flowhash.h>
#include <batchy/ip.h>

#define staticnat_TABLES 1

#define STATICNAT_LENGTHS 8
#define STATICNAT_WAYS	  4
#define STATICNAT_NONE	  0xff

/* Row 0 of table 0. */
struct staticnat_head {
	__u8 len[STATICNAT_LENGTHS]; /* of prefixes, longest first; STATICNAT_NONE after them */
	__u32 mask;		     /* of rows by hash, which begin with row 1 */
	__u32 pad[9];
};

/* The other rows: pairs by hash; host order. key: staticnat_key(), 0: free */
struct staticnat_row {
	__u64 key[STATICNAT_WAYS];
	__u32 to[STATICNAT_WAYS];
};
_Static_assert(sizeof(struct staticnat_head) == sizeof(struct staticnat_row), "rows are of one size");

/* One pair, as an argument or a line of FILE says it; host order. */
struct staticnat_pair {
	__u32 inside;
	__u32 len; /* what comes before the next is the key */
	__u32 outside;
};

struct staticnat_args {
	__u32 in;
	__u32 has_other_port;
};

/* Of a prefix; never 0. */
static __always_inline __u64 staticnat_key(__u32 prefix, __u32 len)
{
	return (__u64)prefix << 8 | (len + 1);
}

static __always_inline __u32 staticnat_hash(__u64 key)
{
	return key * 0x9e3779b97f4a7c15ULL >> 40;
}

static __always_inline __u32 staticnat_mask(__u32 len)
{
	return len ? 0xffffffffU << ((32 - len) & 31) : 0;
}

/* addr and *to as in a packet. Returns whether there is a translation. */
static __always_inline int staticnat_find(struct bty_env *env, __u32 addr, __u32 *to)
{
	const struct staticnat_head *head = bty_table_row(env, 0, 0);
	__u32 i, k, mask, len, same, found, rest;
	const struct staticnat_row *r;
	__u64 key;

	if (!head)
		return 0;
	addr = bty_ntohl(addr);
	for (i = 0; i < STATICNAT_LENGTHS; i++) {
		len = head->len[i];
		if (len == STATICNAT_NONE)
			return 0;
		mask = staticnat_mask(len);
		key = staticnat_key(addr & mask, len);
		r = bty_table_row(env, 0, 1 + (staticnat_hash(key) & head->mask));
		if (!r)
			return 0;
		found = rest = 0;
		for (k = 0; k < STATICNAT_WAYS; k++) {
			same = -bty_is_zero(r->key[k] ^ key);
			found |= same;
			rest |= same & r->to[k];
		}
		if (found) {
			*to = bty_htonl(rest | (addr & ~mask));
			return 1;
		}
	}
	return 0;
}

/* RFC 1624: what a checksum's complement grows by. */
static __always_inline __u64 staticnat_delta(__u32 from, __u32 to)
{
	return (__u64)(~from & 0xffff) + (~from >> 16) + (to & 0xffff) + (to >> 16);
}

static __always_inline __u16 staticnat_mend(__u16 csum, __u64 delta)
{
	return ~bty_fold((__u16)~csum + delta);
}

/* The transport's checksum at off of the frame. Returns what that changes for a checksum over it. */
static __always_inline __u64 staticnat_transport(const struct bty_pkt *p, __u8 proto, __u32 off, __u64 delta)
{
	__u8 *q = bty_at(p, off + (proto == BTY_PROTO_TCP ? 16 : 6), 2);
	__u16 old, csum;

	if (!q || (proto != BTY_PROTO_TCP && proto != BTY_PROTO_UDP))
		return 0;
	old = bty_ld16(q);
	if (proto == BTY_PROTO_UDP && !old)
		return 0;
	csum = staticnat_mend(old, delta);
	if (proto == BTY_PROTO_UDP && !csum)
		csum = 0xffff;
	bty_st16(q, csum);
	return (__u64)(__u16)~old + csum;
}

/* One address of the IPv4 header, and its checksum. Returns what checksums over addresses grow by. */
static __always_inline __u64 staticnat_write(struct bty_ipv4 *ip, int dst, __u32 to)
{
	__u64 delta = staticnat_delta(dst ? ip->dst : ip->src, to);

	if (dst)
		ip->dst = to;
	else
		ip->src = to;
	ip->csum = staticnat_mend(ip->csum, delta);
	return delta;
}

/* The packet that an ICMP error quotes went the other way. */
static __always_inline void staticnat_quoted(const struct bty_pkt *p, const struct staticnat_args *a,
					     struct bty_env *env)
{
	__u32 off = p->meta->l4_off, inner = off + 8, to;
	__u8 *icmp = bty_at(p, off, 8);
	struct bty_ipv4 *ip = bty_at(p, inner, sizeof(*ip));
	__u64 delta, outer;
	__u16 csum;

	/* destination unreachable, source quench, redirect, time exceeded, parameter problem */
	if (!icmp || !ip || !(1U << (icmp[0] & 31) & 0x1838) || icmp[0] > 31 || ip->ver_ihl >> 4 != 4 ||
	    !staticnat_find(env, a->in ? ip->src : ip->dst, &to))
		return;
	csum = ip->csum;
	delta = staticnat_write(ip, !a->in, to);
	outer = delta + (__u16)~csum + ip->csum;
	if (!(ip->frag_off & bty_htons(BTY_IP_OFFMASK)))
		outer += staticnat_transport(p, ip->proto, inner + (ip->ver_ihl & 0xf) * 4, delta);
	bty_st16(icmp + 2, staticnat_mend(bty_ld16(icmp + 2), outer));
}

static __always_inline int staticnat_push(struct bty_pkt *p, const struct staticnat_args *a, struct bty_env *env)
{
	const struct bty_meta *m = p->meta;
	struct bty_ipv4 *ip = bty_at(p, m->l3_off, sizeof(*ip));
	__u64 delta;
	__u32 to;

	if (!(m->flags & BTY_F_IPV4))
		return bty_drop(NOT_IP);
	if (!ip)
		return bty_drop(RUNT);
	if (!staticnat_find(env, a->in ? ip->dst : ip->src, &to))
		return a->has_other_port ? 1 : bty_drop(NO_TRANSLATION);
	/* its checksum is not there to be mended */
	if (!(m->flags & (BTY_F_FRAG_TAIL | BTY_F_L4)) &&
	    (m->l4_proto == BTY_PROTO_TCP || m->l4_proto == BTY_PROTO_UDP))
		return bty_drop(RUNT);
	delta = staticnat_write(ip, a->in, to);
	p->meta->hash = 0;
	if (!(m->flags & BTY_F_L4))
		return 0;
	staticnat_transport(p, m->l4_proto, m->l4_off, delta);
	if (m->l4_proto == BTY_PROTO_ICMP)
		staticnat_quoted(p, a, env);
	return 0;
}

#ifdef BTY_DESCRIBE
/* user/element/staticnat.c */
int bty_staticnat_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
extern const struct bty_table_ops bty_staticnat_tables;

static int staticnat_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct staticnat_args *)args)->has_other_port = nconnected > 1;
	return 0;
}

BTY_ELEMENT(
	staticnat, .name = "StaticNAT", .summary = "Translates IPv4 addresses one to one.",
	.source = "RFC 3022, RFC 1624, RFC 5508", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	.nin = 1, .nout_min = 1, .nout_max = 2, .ports = "0: translated; 1: what has no translation",
	.usage =
		"OUT or IN, and INSIDE[/LEN] OUTSIDE[/LEN], ... or FILE pairs.txt, with one pair in each line, or both",
	.args_size = sizeof(struct staticnat_args), .configure = bty_staticnat_configure, .finish = staticnat_finish,
	.ntables = staticnat_TABLES, .table_ops = &bty_staticnat_tables);
#endif
#endif
