/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GREDecap(KEY n): takes IPv4 and IPv6 datagrams out of a GRE tunnel over IPv4, or over IPv6 without extension headers. The
 * Ethernet header and its tags stay in front. The key, or 0 without one, is left in the packet's annotation (bty_meta.anno, host
 * order); with KEY, only packets that carry that one. Checksum and sequence number are skipped, not looked at, and so are the
 * outer header's addresses and checksum: those are for CheckIPHeader and IPClassifier before it.
 * Ports: 1 in; out 0: inner packets, out 1 (optional): what is no such packet, unchanged: other protocols, fragments, no key or
 * another one, source routes, payloads other than IP, lengths that do not fit.
 * Drops, when out 1 is not connected: not_tunnel, runt, bad_ip_header.
 * Source: RFC 2784, RFC 2890, RFC 7676.
 */
#ifndef ELEMENTS_GREDECAP_H
#define ELEMENTS_GREDECAP_H

#include <batchy/tunnel.h>

struct gredecap_args {
	__u32 key;
	__u8 has_key, has_other_port;
	__u8 pad[2];
};

/* What GREDecap finds out before it changes anything. */
struct gredecap_found {
	__u32 off, end, key;
	__u16 type;
};

/* Where the GRE header begins, right behind an IP header; or 0. */
static __always_inline __u32 gredecap_header(const struct bty_pkt *p)
{
	__u32 off = p->meta->l3_off;
	const struct bty_ipv4 *ip = bty_at(p, off, sizeof(*ip));
	const struct bty_ipv6 *ip6 = bty_at(p, off, sizeof(*ip6));

	if ((p->meta->flags & BTY_F_IPV4) && ip && ip->proto == BTY_PROTO_GRE)
		return off + (ip->ver_ihl & 0xf) * 4;
	if ((p->meta->flags & BTY_F_IPV6) && ip6 && ip6->next == BTY_PROTO_GRE)
		return off + sizeof(*ip6);
	return 0;
}

static __always_inline int gredecap_find(const struct bty_pkt *p, const struct gredecap_args *a,
					 struct gredecap_found *f)
{
	__u32 off = gredecap_header(p), flags;
	const struct bty_gre *gre = bty_at(p, off, sizeof(*gre));
	int end = bty_outer_end(p);
	const __u8 *q;

	if (end < 0)
		return end;
	if (!off)
		return bty_drop(NOT_TUNNEL);
	if (!gre || off + sizeof(*gre) > (__u32)end)
		return bty_drop(RUNT);
	flags = bty_ntohs(gre->flags);
	f->type = bty_ntohs(gre->proto);
	if ((flags & BTY_GRE_DISCARD) || (f->type != BTY_ETH_IPV4 && f->type != BTY_ETH_IPV6))
		return bty_drop(NOT_TUNNEL);
	off += sizeof(*gre) + (flags & BTY_GRE_CSUM ? 4 : 0);
	q = bty_at(p, off, 4);
	f->key = q && (flags & BTY_GRE_KEY) ? bty_ntohl(bty_ld32(q)) : 0;
	if (a->has_key && (!(flags & BTY_GRE_KEY) || f->key != a->key))
		return bty_drop(NOT_TUNNEL);
	f->off = off + (flags & BTY_GRE_KEY ? 4 : 0) + (flags & BTY_GRE_SEQ ? 4 : 0);
	f->end = end;
	return f->off + sizeof(struct bty_ipv4) > f->end ? bty_drop(RUNT) : 0;
}

static __always_inline int gredecap_push(struct bty_pkt *p, const struct gredecap_args *a, struct bty_env *env)
{
	struct gredecap_found f = {};
	int v = gredecap_find(p, a, &f);

	if (v)
		return a->has_other_port ? 1 : v;
	if (bty_decap_ip(p, f.off, f.end, f.type))
		return bty_drop(RUNT);
	p->meta->anno = f.key;
	return 0;
}

#ifdef BTY_DESCRIBE
static int gredecap_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct gredecap_args *)args)->has_other_port = nconnected > 1;
	return 0;
}

static const struct bty_arg gredecap_arg[] = {
	{ .keyword = "KEY",
	  .what = "key of the tunnel; any or none when it is not given",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .offset = offsetof(struct gredecap_args, key),
	  .given_offset = offsetof(struct gredecap_args, has_key) },
	BTY_ARGS_END,
};

BTY_ELEMENT(gredecap, .name = "GREDecap", .summary = "Takes IP packets out of a GRE tunnel.",
	    .source = "RFC 2784, RFC 2890, RFC 7676", .kind = BTY_KIND_PACKET,
	    .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 2,
	    .ports = "0: inner packets; 1: not of the tunnel", .args_size = sizeof(struct gredecap_args),
	    .args = gredecap_arg, .finish = gredecap_finish);
#endif
#endif
