/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPLookup(FILE routes.txt) or IPLookup(PREFIX/LEN [GATEWAY] PORT, ...): longest prefix match on the destination address.
 * The packet leaves by the port of its route; the route's gateway, or 0 for a route without one, is left in the
 * packet's annotation (bty_meta.anno, IPv4, as in a packet). FILE and routes may be combined; a file has a route per
 * line, `#` begins a comment. When a prefix is given twice the last one counts, and the FILE's come first. Updated live: `batchy-agent
 * table set NAME 'PREFIX/LEN [GATEWAY] PORT'`, `table del NAME PREFIX/LEN`, `table load NAME FILE`.
 * IPv6 prefixes, at most 64 and without a gateway, are searched one after the other.
 * Ports: 1 in; out i: packets of routes to port i, at most 16. Up to 2047 distinct (gateway, port) pairs, 32768 /24
 * networks with longer prefixes in them.
 * Drops: no_route, not_ip, runt.
 * Source: DIR-24-8 of Gupta, Lin and McKeown, "Routing lookups in hardware at memory access speeds", INFOCOM 1998; Click's
 * IPRouteTable for the arguments.
 */
#ifndef ELEMENTS_IPLOOKUP_H
#define ELEMENTS_IPLOOKUP_H

#include <batchy/element.h>

#define iplookup_TABLES	      2
#define iplookup_HAS_PREFETCH 1

/*
 * Table 0: 2^24 entries of 16 bits, by the first 24 bits of the address, 256 to a row. An entry is the number of a
 * next hop, 0 for none, or IPLOOKUP_LONG and the number of a group of 256 entries in table 1, by the last 8 bits.
 * Table 1, in rows of the same size: the next hops, the IPv6 routes with the longest first, the groups.
 */
#define IPLOOKUP_ROW_SIZE    512
#define IPLOOKUP_LONG	     0x8000
#define IPLOOKUP_MAX_HOPS    2048
#define IPLOOKUP_HOPS_ROW    64 /* struct iplookup_hop in a row */
#define IPLOOKUP_MAX_V6	     64
#define IPLOOKUP_V6_ROW	     8 /* struct iplookup_v6 in a row */
#define IPLOOKUP_FIRST_V6    (IPLOOKUP_MAX_HOPS / IPLOOKUP_HOPS_ROW)
#define IPLOOKUP_FIRST_GROUP (IPLOOKUP_FIRST_V6 + IPLOOKUP_MAX_V6 / IPLOOKUP_V6_ROW)
#define IPLOOKUP_MAX_GROUPS  32768

struct iplookup_hop {
	__u32 gateway;
	__u32 port;
};

struct iplookup_v6 {
	__u64 addr[2], mask[2]; /* as in a packet */
	__u32 hop;		/* 0: this and the following are unused */
	__u32 pad[7];
};
_Static_assert(sizeof(struct iplookup_v6) * IPLOOKUP_V6_ROW == IPLOOKUP_ROW_SIZE, "whole rows");

/* One route, as an argument or a line of FILE says it. */
struct iplookup_route {
	__u8 addr[16]; /* IPv4: the first 4 */
	__u8 v6;
	__u8 len;
	__u8 port; /* what comes before it is the key */
	__u8 pad;
	__u32 gateway;
};

/* Packets need only the tables. */
struct iplookup_args {
	__u32 nroutes;
	__u32 pad;
};

static __always_inline int iplookup_hop(struct bty_pkt *p, struct bty_env *env, __u32 hop)
{
	const struct iplookup_hop *h;

	if (!hop)
		return bty_drop(NO_ROUTE);
	h = bty_table_row(env, 1, (hop / IPLOOKUP_HOPS_ROW) & (IPLOOKUP_FIRST_V6 - 1));
	if (!h)
		return bty_drop(BAD_STATE);
	h += hop & (IPLOOKUP_HOPS_ROW - 1);
	p->meta->anno = h->gateway;
	return h->port & (BTY_MAX_OUT - 1);
}

static __always_inline int iplookup_ipv4(struct bty_pkt *p, struct bty_env *env)
{
	struct bty_ipv4 *ip = bty_at(p, p->meta->l3_off, sizeof(*ip));
	const __u16 *row;
	__u32 dst, e;

	if (!ip)
		return bty_drop(RUNT);
	dst = bty_ntohl(ip->dst);
	row = bty_table_row(env, 0, dst >> 16);
	if (!row)
		return bty_drop(BAD_STATE);
	e = row[(dst >> 8) & 0xff];
	if (e & IPLOOKUP_LONG) {
		row = bty_table_row(env, 1, IPLOOKUP_FIRST_GROUP + (e & ~IPLOOKUP_LONG));
		if (!row)
			return bty_drop(BAD_STATE);
		e = row[dst & 0xff];
	}
	return iplookup_hop(p, env, e);
}

static __always_inline int iplookup_ipv6(struct bty_pkt *p, struct bty_env *env)
{
	struct bty_ipv6 *ip = bty_at(p, p->meta->l3_off, sizeof(*ip));
	const struct iplookup_v6 *v6 = NULL;
	__u64 hi, lo;
	__u32 i;

	if (!ip)
		return bty_drop(RUNT);
	hi = bty_ld64(&ip->dst[0]);
	lo = bty_ld64(&ip->dst[2]);
	for (i = 0; i < IPLOOKUP_MAX_V6; i++) {
		if (i % IPLOOKUP_V6_ROW == 0)
			v6 = bty_table_row(env, 1, IPLOOKUP_FIRST_V6 + i / IPLOOKUP_V6_ROW);
		if (!v6)
			return bty_drop(BAD_STATE);
		if (!v6->hop)
			break;
		if ((hi & v6->mask[0]) == v6->addr[0] && (lo & v6->mask[1]) == v6->addr[1])
			return iplookup_hop(p, env, v6->hop);
		v6++;
	}
	return bty_drop(NO_ROUTE);
}

static __always_inline int iplookup_push(struct bty_pkt *p, const struct iplookup_args *a, struct bty_env *env)
{
	if (p->meta->flags & BTY_F_IPV4)
		return iplookup_ipv4(p, env);
	if (p->meta->flags & BTY_F_IPV6)
		return iplookup_ipv6(p, env);
	return bty_drop(NOT_IP);
}

#ifndef __bpf__
static __always_inline void iplookup_prefetch(const struct bty_pkt *p, const struct iplookup_args *a,
					      struct bty_env *env)
{
	struct bty_ipv4 *ip = bty_at(p, p->meta->l3_off, sizeof(*ip));
	const __u16 *row;
	__u32 dst;

	if (!(p->meta->flags & BTY_F_IPV4) || !ip)
		return;
	dst = bty_ntohl(ip->dst);
	row = bty_table_row(env, 0, dst >> 16);
	if (row)
		__builtin_prefetch(&row[(dst >> 8) & 0xff]);
}
#endif

#ifdef BTY_DESCRIBE
/* user/element/iplookup.c */
extern const struct bty_table_ops bty_iplookup_tables;

BTY_ELEMENT(iplookup, .name = "IPLookup", .summary = "Routes packets by longest prefix match on the destination.",
	    .source = "DIR-24-8 (INFOCOM 1998); Click", .kind = BTY_KIND_PACKET,
	    .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = BTY_MAX_OUT,
	    .ports = "i: packets of routes to port i",
	    .usage = "PREFIX/LEN [GATEWAY] PORT, ... or FILE routes.txt, with one route in each line, or both",
	    .args_size = sizeof(struct iplookup_args), .ntables = iplookup_TABLES, .table_ops = &bty_iplookup_tables);
#endif
#endif
