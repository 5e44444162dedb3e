/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DecIPTTL: takes one off the IPv4 TTL or the IPv6 hop limit, and mends the IPv4 checksum.
 * Ports: 1 in; out 0: forwarded packets, out 1 (optional): packets whose TTL is 1 or 0, unchanged.
 * Drops: ttl_expired when out 1 is not connected; not_ip.
 * Source: RFC 1812 5.3.1, RFC 8200 3, RFC 1624 (incremental checksum); Click's DecIPTTL.
 */
#ifndef ELEMENTS_DECIPTTL_H
#define ELEMENTS_DECIPTTL_H

#include <batchy/element.h>

struct decipttl_args {
	__u32 has_expired_port;
};

static __always_inline int decipttl_expired(const struct decipttl_args *a)
{
	return a->has_expired_port ? 1 : bty_drop(TTL_EXPIRED);
}

static __always_inline int decipttl_push(struct bty_pkt *p, const struct decipttl_args *a, struct bty_env *env)
{
	struct bty_ipv4 *ip;
	struct bty_ipv6 *ip6;
	__u32 sum;

	if (p->meta->flags & BTY_F_IPV4) {
		ip = bty_at(p, p->meta->l3_off, sizeof(*ip));
		if (!ip)
			return bty_drop(RUNT);
		if (ip->ttl <= 1)
			return decipttl_expired(a);
		ip->ttl--;
		/* RFC 1624 with m' = m - 0x0100: adding 0x0100 to the stored sum, end-around carry */
		sum = ip->csum + bty_htons(0x0100);
		ip->csum = sum + (sum >= 0xffff);
		return 0;
	}
	if (p->meta->flags & BTY_F_IPV6) {
		ip6 = bty_at(p, p->meta->l3_off, sizeof(*ip6));
		if (!ip6)
			return bty_drop(RUNT);
		if (ip6->hop_limit <= 1)
			return decipttl_expired(a);
		ip6->hop_limit--;
		return 0;
	}
	return bty_drop(NOT_IP);
}

#ifdef BTY_DESCRIBE
static int decipttl_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct decipttl_args *)args)->has_expired_port = nconnected > 1;
	return 0;
}

BTY_ELEMENT(decipttl, .name = "DecIPTTL", .summary = "Decrements the IPv4 TTL or the IPv6 hop limit.",
	    .source = "RFC 1812, RFC 8200, RFC 1624; Click", .kind = BTY_KIND_PACKET,
	    .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 2,
	    .ports = "0: forwarded; 1: expired", .args_size = sizeof(struct decipttl_args), .finish = decipttl_finish);
#endif
#endif
