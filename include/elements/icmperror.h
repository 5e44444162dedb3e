/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ICMPError(SRC address, TYPE what, CODE code, SRC6 address, MTU bytes, RATE 1kpps, BURST 50, TTL 64): turns a packet into an ICMP or ICMPv6 error about
 * it, from this router (SRC, an IPv4 address, SRC6, an IPv6 one; one of them will do) to the packet's source. TYPE:
 *	time-exceeded	  IPv4 11/0, IPv6 3/0
 *	net-unreachable	  IPv4 3/0, IPv6 1/0
 *	host-unreachable  IPv4 3/1, IPv6 1/3
 *	port-unreachable  IPv4 3/3, IPv6 1/4
 *	prohibited	  IPv4 3/13, IPv6 1/1
 *	too-big		  IPv4 3/4, IPv6 2/0, with MTU
 * or as Click has them, unreachable (3, CODE 0 to 15) or timeexceeded (11, CODE 0 or 1), with CODE a number or Click's name for
 * it, 0 when not given; IPv6 errors are those that RFC 7915 4.2 translates them to. Click's redirect and parameterproblem need
 * what no element here tells them, a gateway and a place in the packet, and are refused.
 * As much of the packet as lets the error fit in 576 bytes (IPv4) or 1280 (IPv6) is quoted. Ethernet addresses are exchanged, tags
 * stay, bty_meta.out is the device it came from, the next hop is its destination.
 * RATE and BURST: a token bucket for all errors of the element, in XDP and in workers together; RATE 0: no limit.
 * Ports: 1 in, out 0: errors. Drops: icmp_limited beyond RATE; what must not be answered (ICMP errors and redirects, fragments but the
 * first, broadcast, multicast but IPv6 too-big, sources that are no host's, a family without SRC) by the reason that TYPE stands
 * for: ttl_expired, no_route, no_match, too_big; not_ip, runt, bad_ip_header, no_room.
 * Source: Click; RFC 792, RFC 1191, RFC 1812 4.3.2, RFC 4443; the bucket: GCRA, ITU-T I.371.
 */
#ifndef ELEMENTS_ICMPERROR_H
#define ELEMENTS_ICMPERROR_H

#include <batchy/icmp.h>
#include <batchy/tunnel.h>

#define icmperror_TABLES 1

#define ICMPERROR_TRIES 8

/* Table 0, kept: one row, of all workers and CPUs */
struct icmperror_bucket {
	__u64 full_ns; /* when the bucket will be full again: GCRA's theoretical arrival time */
};

struct icmperror_args {
	struct bty_addr src, src6;
	__u64 rate_pps, token_ns, bucket_ns;
	__u32 burst, mtu, ttl;
	__u32 rest6; /* of ICMPv6's header: MTU, or pointer */
	char name[BTY_NAME_LEN], code_name[BTY_NAME_LEN];
	__u8 type, code, type6, code6;
	__u8 has_v4, has_src6, has_mtu, reason;
	__u8 has_code, pad[7];
};

/* RFC 1812 4.3.2.7 and 5.3.7: addresses in host order */
static __always_inline int icmperror_host4(__u32 src)
{
	return src >> 24 && src >> 24 != 127 && src < 0xe0000000;
}

static __always_inline int icmperror_may4(const struct bty_pkt *p, const struct icmperror_args *a)
{
	const struct bty_ipv4 *ip = bty_at(p, p->meta->l3_off, sizeof(*ip));
	const struct bty_icmp *icmp;

	if (!ip || !a->has_v4 || !icmperror_host4(bty_ntohl(ip->src)) || bty_ntohl(ip->dst) >= 0xe0000000)
		return 0;
	if (ip->proto != BTY_PROTO_ICMP)
		return 1;
	icmp = bty_at(p, p->meta->l4_off, 1);
	if (!icmp || !(p->meta->flags & BTY_F_L4))
		return 0;
	return icmp->type != BTY_ICMP_UNREACH && icmp->type != BTY_ICMP_QUENCH && icmp->type != BTY_ICMP_REDIRECT &&
	       icmp->type != BTY_ICMP_TIME && icmp->type != BTY_ICMP_PARAM;
}

/* RFC 4443 2.4 (e); what hides its upper layer behind too many headers may be an error. */
static __always_inline int icmperror_may6(const struct bty_pkt *p, const struct icmperror_args *a)
{
	const struct bty_ipv6 *ip = bty_at(p, p->meta->l3_off, sizeof(*ip));
	const struct bty_icmp *icmp;

	if (!ip || !a->has_src6 || *(const __u8 *)ip->src == 0xff || !p->meta->l4_proto)
		return 0;
	/* :: and ::1 */
	if (!(ip->src[0] | ip->src[1] | ip->src[2]) && bty_ntohl(ip->src[3]) <= 1)
		return 0;
	if (*(const __u8 *)ip->dst == 0xff && a->type6 != BTY_ICMP6_TOO_BIG)
		return 0;
	if (p->meta->l4_proto != BTY_PROTO_ICMPV6)
		return 1;
	icmp = bty_at(p, p->meta->l4_off, 1);
	if (!icmp || !(p->meta->flags & BTY_F_L4))
		return 0;
	return icmp->type >= BTY_ICMP6_INFO && icmp->type != BTY_ICMP6_REDIRECT;
}

static __always_inline int icmperror_may(const struct bty_pkt *p, const struct icmperror_args *a)
{
	const struct bty_eth *eth = bty_at(p, 0, sizeof(struct bty_eth));
	int v6 = p->meta->flags & BTY_F_IPV6;

	if (!eth || (p->meta->flags & BTY_F_FRAG_TAIL))
		return 0;
	if ((eth->dst[0] & 1) && !(v6 && a->type6 == BTY_ICMP6_TOO_BIG))
		return 0;
	return v6 ? icmperror_may6(p, a) : icmperror_may4(p, a);
}

/* Takes a token: 1, or 0 when there is none. */
static __always_inline int icmperror_token(const struct icmperror_args *a, struct bty_env *env)
{
	struct icmperror_bucket *b = (struct icmperror_bucket *)bty_table_row(env, 0, 0);
	__u64 now, full, next;
	int i;

	if (!a->rate_pps)
		return 1;
	if (!b)
		return 0;
	now = bty_now_ns(env);
	for (i = 0; i < ICMPERROR_TRIES; i++) {
		full = *(volatile __u64 *)&b->full_ns;
		next = (full > now ? full : now) + a->token_ns;
		if (next > now + a->bucket_ns)
			return 0;
		if (__sync_val_compare_and_swap(&b->full_ns, full, next) == full)
			return 1;
	}
	return 0;
}

/* Exchanges the Ethernet addresses; a group's is nobody's source, so then the answer comes from the address it is for. */
static __always_inline int icmperror_turn(const struct bty_pkt *p)
{
	__u8 *q = bty_at(p, 0, BTY_LEN_MIN);
	__u32 dst;
	__u16 dst_end;

	if (!q)
		return bty_drop(RUNT);
	dst = bty_ld32(q);
	dst_end = bty_ld16(q + 4);
	bty_st32(q, bty_ld32(q + 6));
	bty_st16(q + 4, bty_ld16(q + 10));
	if (*(const __u8 *)&dst & 1)
		return 0;
	bty_st32(q + 6, dst);
	bty_st16(q + 10, dst_end);
	return 0;
}

/* The message's header, of which the rest follows in the frame, and its checksum. */
static __always_inline int icmperror_message(struct bty_pkt *p, __u32 l3, __u32 l4, const struct icmperror_args *a,
					     int v6)
{
	struct bty_icmp *icmp = bty_at(p, l4, sizeof(*icmp));
	const struct bty_ipv6 *ip;
	__u64 sum;

	if (!icmp)
		return bty_drop(NO_ROOM);
	icmp->type = v6 ? a->type6 : a->type;
	icmp->code = v6 ? a->code6 : a->code;
	icmp->csum = 0;
	icmp->rest = bty_htonl(v6 ? a->rest6 : a->mtu);
	sum = bty_sum_rest(p, l4);
	icmp = bty_at(p, l4, sizeof(*icmp));
	ip = bty_at(p, l3, sizeof(*ip));
	if (!icmp || !ip)
		return bty_drop(NO_ROOM);
	if (v6)
		sum += bty_icmp6_pseudo(ip, bty_len(p) - l4);
	icmp->csum = ~bty_fold(sum);
	return 0;
}

/*
 * Whom the error is from and to. IPv4: the TOS of the packet with precedence 6 (RFC 1812 4.3.2.5); IPv6: as the kernel has it, 0.
 * Returns how much of the packet may be quoted, or bty_drop().
 */
static __always_inline int icmperror_outer(const struct bty_pkt *p, const struct icmperror_args *a, struct bty_outer *o)
{
	const struct bty_ipv6 *ip6;
	const struct bty_ipv4 *ip;
	int i;

	o->ttl = a->ttl;
	if (p->meta->flags & BTY_F_IPV6) {
		ip6 = bty_at(p, p->meta->l3_off, sizeof(*ip6));
		if (!ip6)
			return bty_drop(RUNT);
		o->src = a->src6;
		for (i = 0; i < 4; i++)
			o->dst.word[i] = ip6->src[i];
		o->dst.v6 = 1;
		return 1280 - sizeof(struct bty_ipv6) - sizeof(struct bty_icmp);
	}
	ip = bty_at(p, p->meta->l3_off, sizeof(*ip));
	if (!ip)
		return bty_drop(RUNT);
	o->src = a->src;
	o->dst.word[0] = ip->src;
	o->dscp = 0x30 | ((ip->tos & 0x1c) >> 2);
	return 576 - sizeof(struct bty_ipv4) - sizeof(struct bty_icmp);
}

static __always_inline int icmperror_build(struct bty_pkt *p, const struct icmperror_args *a)
{
	__u32 off = p->meta->l3_off, l4;
	struct bty_outer o = {};
	int most = icmperror_outer(p, a, &o), len = bty_datagram_len(p), v;

	if (len < 0 || most < 0)
		return len < 0 ? len : most;
	if (len > most)
		len = most;
	l4 = bty_outer_ip_len(&o);
	v = bty_make_room(p, len, l4 + sizeof(struct bty_icmp));
	if (v)
		return v;
	v = bty_outer_ip(p, off, &o, o.dst.v6 ? BTY_PROTO_ICMPV6 : BTY_PROTO_ICMP, 1, sizeof(struct bty_icmp) + len);
	if (v)
		return v;
	p->meta->anno = 0;
	p->meta->out = p->meta->in + 1;
	return icmperror_message(p, off, off + l4, a, o.dst.v6);
}

static __always_inline int icmperror_push(struct bty_pkt *p, const struct icmperror_args *a, struct bty_env *env)
{
	int v = bty_datagram_len(p);

	if (v < 0)
		return v;
	if (!icmperror_may(p, a))
		return -(int)(a->reason & (BTY_DROP_MAX - 1));
	if (!icmperror_token(a, env))
		return bty_drop(ICMP_LIMITED);
	v = icmperror_turn(p);
	return v ? v : icmperror_build(p, a);
}

#ifdef BTY_DESCRIBE
/* user/element/icmperror.c */
int bty_icmperror_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);
extern const struct bty_table_ops bty_icmperror_tables;

static const struct bty_arg icmperror_arg[] = {
	{ .keyword = "SRC",
	  .what = "address of this router, IPv4, or IPv6 when SRC6 is not given",
	  .type = BTY_ARG_ADDR,
	  .positional = 1,
	  .required = 1,
	  .offset = offsetof(struct icmperror_args, src) },
	{ .keyword = "TYPE",
	  .what = "time-exceeded, net-unreachable, host-unreachable, port-unreachable, prohibited or too-big; or "
		  "unreachable or timeexceeded with a CODE",
	  .type = BTY_ARG_NAME,
	  .positional = 2,
	  .required = 1,
	  .offset = offsetof(struct icmperror_args, name) },
	{ .keyword = "CODE",
	  .what = "of unreachable, 0 to 15, and of timeexceeded, 0 or 1, or Click's names for them",
	  .type = BTY_ARG_NAME,
	  .positional = 3,
	  .offset = offsetof(struct icmperror_args, code_name),
	  .given_offset = offsetof(struct icmperror_args, has_code),
	  .deflt = "0" },
	{ .keyword = "SRC6",
	  .what = "IPv6 address of this router",
	  .type = BTY_ARG_ADDR,
	  .offset = offsetof(struct icmperror_args, src6),
	  .given_offset = offsetof(struct icmperror_args, has_src6) },
	{ .keyword = "MTU",
	  .what = "bytes, for too-big",
	  .type = BTY_ARG_U32,
	  .offset = offsetof(struct icmperror_args, mtu),
	  .given_offset = offsetof(struct icmperror_args, has_mtu),
	  .min = 68,
	  .max = 65535 },
	{ .keyword = "RATE",
	  .what = "errors; 0: no limit",
	  .type = BTY_ARG_RATE,
	  .offset = offsetof(struct icmperror_args, rate_pps),
	  .max = 1000000000,
	  .deflt = "1kpps" },
	{ .keyword = "BURST",
	  .what = "errors that may follow each other at once",
	  .type = BTY_ARG_U32,
	  .offset = offsetof(struct icmperror_args, burst),
	  .min = 1,
	  .max = 1000000,
	  .deflt = "50" },
	{ .keyword = "TTL",
	  .what = "TTL or hop limit of errors",
	  .type = BTY_ARG_U32,
	  .offset = offsetof(struct icmperror_args, ttl),
	  .min = 1,
	  .max = 255,
	  .deflt = "64" },
	BTY_ARGS_END,
};

BTY_ELEMENT(icmperror, .name = "ICMPError", .summary = "Turns packets into ICMP errors about them.",
	    .source = "RFC 792, RFC 1812, RFC 4443; Click", .kind = BTY_KIND_PACKET,
	    .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 1, .ports = "0: errors",
	    .args_size = sizeof(struct icmperror_args), .args = icmperror_arg, .finish = bty_icmperror_finish,
	    .ntables = icmperror_TABLES, .table_ops = &bty_icmperror_tables);
#endif
#endif
