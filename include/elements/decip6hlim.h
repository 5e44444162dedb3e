/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DecIP6HLIM: takes one off the hop limit of IPv6 packets. DecIPTTL does so too, beside IPv4.
 * Ports: 1 in; out 0: forwarded packets, out 1 (optional): packets whose hop limit is 1 or 0, unchanged.
 * Drops: ttl_expired when out 1 is not connected; not_ip (IPv4 too).
 * Source: RFC 8200 3; NBA's and Click's DecIP6HLIM.
 */
#ifndef ELEMENTS_DECIP6HLIM_H
#define ELEMENTS_DECIP6HLIM_H

#include <batchy/element.h>

struct decip6hlim_args {
	__u32 has_expired_port;
};

static __always_inline int decip6hlim_push(struct bty_pkt *p, const struct decip6hlim_args *a, struct bty_env *env)
{
	struct bty_ipv6 *ip;

	if (!(p->meta->flags & BTY_F_IPV6))
		return bty_drop(NOT_IP);
	ip = bty_at(p, p->meta->l3_off, sizeof(*ip));
	if (!ip)
		return bty_drop(RUNT);
	if (ip->hop_limit <= 1)
		return a->has_expired_port ? 1 : bty_drop(TTL_EXPIRED);
	ip->hop_limit--;
	return 0;
}

#ifdef BTY_DESCRIBE
static int decip6hlim_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct decip6hlim_args *)args)->has_expired_port = nconnected > 1;
	return 0;
}

BTY_ELEMENT(decip6hlim, .name = "DecIP6HLIM", .summary = "Decrements the IPv6 hop limit.",
	    .source = "RFC 8200; NBA (EuroSys 2015); Click", .kind = BTY_KIND_PACKET,
	    .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 2,
	    .ports = "0: forwarded; 1: expired", .args_size = sizeof(struct decip6hlim_args),
	    .finish = decip6hlim_finish);
#endif
#endif
