/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tunnels have in common. Encapsulation: room behind the link header or in front of the frame, an outer IPv4 or IPv6
 * header, UDP with a source port by the inner flow; its values are a struct bty_outer and the tunnel's own identifier, from an
 * element's arguments or from a row of a table. Decapsulation: where the inner packet begins and ends, and taking what is
 * around it off.
 *
 * Outer IPv4 headers have no options, DF set and identification 0 (RFC 6864), outer UDP checksum 0 (RFC 6935 for IPv6), and the
 * DSCP of the tunnel with ECN not in use (compatibility mode of RFC 6040). Functions return 0 or more, or bty_drop(REASON).
 */
#ifndef BATCHY_TUNNEL_H
#define BATCHY_TUNNEL_H

#include <batchy/flowhash.h>
#include <batchy/ip.h>
#include <batchy/parse.h>

#define BTY_LINK_MAX 22 /* Ethernet header and the two tags that the parser looks behind */
#define BTY_IP_TOTAL 65535

struct bty_gre { /* RFC 2784 2; what the flags announce follows */
	__u16 flags;
	__u16 proto;
} BTY_UNALIGNED;

#define BTY_GRE_CSUM	0x8000
#define BTY_GRE_KEY	0x2000 /* RFC 2890 */
#define BTY_GRE_SEQ	0x1000
#define BTY_GRE_DISCARD 0x4c07 /* RFC 1701's routing, and versions other than 0: not to be accepted */

struct bty_gtpu { /* TS 29.281 5.1 */
	__u8 flags;
	__u8 type;
	__u16 len; /* of what follows these 8 bytes */
	__u32 teid;
} BTY_UNALIGNED;

#define BTY_GTPU_V1	  0x30 /* version 1, GTP and not GTP' */
#define BTY_GTPU_V_MASK	  0xf0
#define BTY_GTPU_OPTIONAL 0x07 /* any of these: 4 bytes more */
#define BTY_GTPU_EXT	  0x04 /* ... of which the last is the type of an extension header */
#define BTY_GTPU_GPDU	  255  /* message type: a packet of the user */
#define BTY_GTPU_PDU	  0x85 /* extension header: PDU session container */

struct bty_outer {
	struct bty_addr src, dst; /* of the same family */
	__u32 port;		  /* UDP destination; host order */
	__u32 ttl;
	__u32 dscp;
};

static __always_inline __u32 bty_outer_ip_len(const struct bty_outer *o)
{
	return o->dst.v6 ? sizeof(struct bty_ipv6) : sizeof(struct bty_ipv4);
}

/* The link header, 14, 18 or 22 bytes; the two do not overlap. */
static __always_inline void bty_copy_link(__u8 *to, const __u8 *from, __u32 len)
{
	bty_st64(to, bty_ld64(from));
	bty_st64(to + 6, bty_ld64(from + 6));
	if (len > 14)
		bty_st32(to + 14, bty_ld32(from + 14));
	if (len > 18)
		bty_st32(to + 18, bty_ld32(from + 18));
}

static __always_inline int bty_outer_ipv4(const struct bty_pkt *p, __u32 off, const struct bty_outer *o, __u8 proto,
					  __u32 payload)
{
	struct bty_ipv4 *ip = bty_at(p, off, sizeof(*ip));
	__u32 first, second, third;
	__u64 sum;

	if (!ip)
		return bty_drop(NO_ROOM);
	/* whole words, so that nothing has to be read back for the checksum */
	first = bty_htonl(0x45000000 | o->dscp << 18 | (__u32)(sizeof(*ip) + payload));
	second = bty_htonl(BTY_IP_DF);
	third = bty_htonl(o->ttl << 24 | (__u32)proto << 16);
	sum = (__u64)first + second + third + o->src.word[0] + o->dst.word[0];
	bty_st32(&ip->ver_ihl, first);
	bty_st32((__u8 *)ip + 4, second);
	bty_st32(&ip->ttl, third);
	ip->csum = ~bty_fold(sum);
	ip->src = o->src.word[0];
	ip->dst = o->dst.word[0];
	return 0;
}

static __always_inline int bty_outer_ipv6(const struct bty_pkt *p, __u32 off, const struct bty_outer *o, __u8 proto,
					  __u32 payload)
{
	struct bty_ipv6 *ip = bty_at(p, off, sizeof(*ip));
	int i;

	if (!ip)
		return bty_drop(NO_ROOM);
	ip->ver_tc_flow = bty_htonl(6U << 28 | o->dscp << 22);
	ip->payload_len = bty_htons(payload);
	ip->next = proto;
	ip->hop_limit = o->ttl;
	for (i = 0; i < 4; i++) {
		ip->src[i] = o->src.word[i];
		ip->dst[i] = o->dst.word[i];
	}
	return 0;
}

/*
 * Writes the outer IP header at off, for payload bytes, behind the link header whose ethertype it sets too, and the metadata:
 * as the parser would find it. l4: the header that follows is one that the parser knows.
 */
static __always_inline int bty_outer_ip(struct bty_pkt *p, __u32 off, const struct bty_outer *o, __u8 proto, int l4,
					__u32 payload)
{
	__u16 type = o->dst.v6 ? BTY_ETH_IPV6 : BTY_ETH_IPV4;
	struct bty_meta *m = p->meta;
	__u8 *q = bty_at(p, off - 2, 2);
	int v;

	if (!q)
		return bty_drop(NO_ROOM);
	bty_st16(q, bty_htons(type));
	m->hash = 0;
	m->ethertype = type;
	m->l3_off = off;
	m->l4_proto = proto;
	m->l4_off = l4 ? off + bty_outer_ip_len(o) : 0;
	m->flags &= BTY_F_SAMPLED | BTY_F_VLAN;
	m->flags |= (o->dst.v6 ? BTY_F_IPV6 : BTY_F_IPV4) | (l4 ? BTY_F_L4 : 0);
	if (o->dst.v6)
		v = bty_outer_ipv6(p, off, o, proto, payload);
	else
		v = bty_outer_ipv4(p, off, o, proto, payload);
	return v;
}

/* The source port of a tunnel, of the ephemeral ones, by the flow inside (RFC 7348 5). Before anything is changed. */
static __always_inline __u16 bty_tunnel_port(const struct bty_pkt *p)
{
	return 49152 | bty_flow_hash(p) >> 18;
}

static __always_inline int bty_outer_udp(const struct bty_pkt *p, __u32 off, const struct bty_outer *o, __u16 sport,
					 __u32 len)
{
	struct bty_udp *udp = bty_at(p, off, sizeof(*udp));

	if (!udp)
		return bty_drop(NO_ROOM);
	udp->src = bty_htons(sport);
	udp->dst = bty_htons(o->port);
	udp->len = bty_htons(len);
	udp->csum = 0;
	return 0;
}

/* Cuts the datagram to len bytes, and makes room of n bytes between it and the link header. Returns 0 or a reason. */
static __always_inline int bty_make_room(struct bty_pkt *p, __u32 len, __u32 n)
{
	__u32 off = p->meta->l3_off;
	__u8 *to, *from;

	if (off + len < bty_len(p) && bty_set_len(p, off + len))
		return bty_drop(NO_ROOM);
	if (bty_grow_front(p, n))
		return bty_drop(NO_ROOM);
	to = bty_at(p, 0, BTY_LINK_MAX);
	from = bty_at(p, n, BTY_LINK_MAX);
	if (!to || !from)
		return bty_drop(NO_ROOM);
	bty_copy_link(to, from, off);
	return 0;
}

/* For tunnels that carry IP: the whole datagram, behind n bytes of room. Returns its length. */
static __always_inline int bty_encap_ip(struct bty_pkt *p, __u32 n)
{
	int len = bty_datagram_len(p), ret;

	if (len < 0)
		return len;
	if (len + n > BTY_IP_TOTAL)
		return bty_drop(TOO_BIG);
	ret = bty_make_room(p, len, n);
	return ret < 0 ? ret : len;
}

/* Where the outer datagram of a packet that is no fragment ends. Reason not_tunnel for other packets. */
static __always_inline int bty_outer_end(const struct bty_pkt *p)
{
	int len;

	if (!(p->meta->flags & (BTY_F_IPV4 | BTY_F_IPV6)) || (p->meta->flags & BTY_F_FRAG))
		return bty_drop(NOT_TUNNEL);
	len = bty_datagram_len(p);
	return len < 0 ? len : (int)(p->meta->l3_off + len);
}

/* The same of UDP to port: where the UDP datagram ends, which has need bytes or more. */
static __always_inline int bty_outer_udp_end(const struct bty_pkt *p, __u32 port, __u32 need)
{
	__u32 off = p->meta->l4_off, len;
	int end = bty_outer_end(p);
	struct bty_udp *udp;

	if (end < 0)
		return end;
	udp = bty_at(p, off, sizeof(*udp));
	if (!(p->meta->flags & BTY_F_L4) || p->meta->l4_proto != BTY_PROTO_UDP || !udp || udp->dst != bty_htons(port))
		return bty_drop(NOT_TUNNEL);
	len = bty_ntohs(udp->len);
	if (len < sizeof(*udp) + need || off + len > (__u32)end)
		return bty_drop(RUNT);
	return off + len;
}

/* Leaves of the frame what lies from off to end, which a caller has found inside of it. */
static __always_inline int bty_decap(struct bty_pkt *p, __u32 off, __u32 end)
{
	if (end < bty_len(p) && bty_set_len(p, end))
		return bty_drop(RUNT);
	if (bty_trim_front(p, off))
		return bty_drop(RUNT);
	bty_reparse(p);
	return 0;
}

/*
 * The same for an IP datagram of ethertype type: the link header stays in front of it. It has 20 bytes or more, and off is at
 * least twice as far as the link header is long, but not beyond BTY_REACH.
 */
static __always_inline int bty_decap_ip(struct bty_pkt *p, __u32 off, __u32 end, __u16 type)
{
	__u32 l3 = p->meta->l3_off;
	__u8 *from = bty_at(p, 0, BTY_LINK_MAX), *to = bty_at(p, off - l3, BTY_LINK_MAX), *q = bty_at(p, off - 2, 2);

	if (!from || !to || !q)
		return bty_drop(RUNT);
	bty_copy_link(to, from, l3);
	bty_st16(q, bty_htons(type));
	return bty_decap(p, off - l3, end);
}

#ifdef BTY_DESCRIBE
/* SRC, DST, TTL and DSCP of the struct bty_outer at `at`; SRC is the place-th argument, DST follows. */
#define BTY_OUTER_ARGS(at, place)                                         \
	{ .keyword = "SRC",                                               \
	  .what = "address of this end of the tunnel",                    \
	  .type = BTY_ARG_ADDR,                                           \
	  .positional = (place),                                          \
	  .required = 1,                                                  \
	  .offset = (at) + offsetof(struct bty_outer, src) },             \
		{ .keyword = "DST",                                       \
		  .what = "address of its other end, of the same family", \
		  .type = BTY_ARG_ADDR,                                   \
		  .positional = (place) + 1,                              \
		  .required = 1,                                          \
		  .offset = (at) + offsetof(struct bty_outer, dst) },     \
		{ .keyword = "TTL",                                       \
		  .what = "TTL or hop limit of the outer header",         \
		  .type = BTY_ARG_U32,                                    \
		  .offset = (at) + offsetof(struct bty_outer, ttl),       \
		  .min = 1,                                               \
		  .max = 255,                                             \
		  .deflt = "64" },                                        \
		{ .keyword = "DSCP",                                      \
		  .what = "DSCP of the outer header",                     \
		  .type = BTY_ARG_U32,                                    \
		  .offset = (at) + offsetof(struct bty_outer, dscp),      \
		  .max = 63,                                              \
		  .deflt = "0" }

/* UDP destination port of the same. */
#define BTY_OUTER_PORT(at, number)                           \
	{ .keyword = "PORT",                                 \
	  .what = "UDP port of the other end",               \
	  .type = BTY_ARG_U32,                               \
	  .offset = (at) + offsetof(struct bty_outer, port), \
	  .min = 1,                                          \
	  .max = 65535,                                      \
	  .deflt = number }
#endif
#endif
