/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CheckIP6Header: lets through IPv6 packets with a whole header, version 6 and a payload that the frame holds.
 * Ports: 1 in; out 0: good packets, out 1 (optional): all others, unchanged.
 * Drops, when out 1 is not connected: runt (shorter than its header says), bad_ip_header, not_ip (IPv4 too).
 * Source: RFC 8200 3; NBA's and Click's CheckIP6Header.
 */
#ifndef ELEMENTS_CHECKIP6HEADER_H
#define ELEMENTS_CHECKIP6HEADER_H

#include <batchy/ip.h>

struct checkip6header_args {
	__u32 has_bad_port;
};

static __always_inline int checkip6header_push(struct bty_pkt *p, const struct checkip6header_args *a,
					       struct bty_env *env)
{
	int v;

	if (p->meta->ethertype == BTY_ETH_IPV6)
		v = bty_check_ipv6(p);
	else
		v = p->meta->l3_off ? bty_drop(NOT_IP) : bty_drop(RUNT);
	if (v > 0)
		return 0;
	return a->has_bad_port ? 1 : v;
}

#ifdef BTY_DESCRIBE
static int checkip6header_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct checkip6header_args *)args)->has_bad_port = nconnected > 1;
	return 0;
}

BTY_ELEMENT(checkip6header, .name = "CheckIP6Header", .summary = "Drops packets that are not well-formed IPv6.",
	    .source = "RFC 8200; NBA (EuroSys 2015); Click", .kind = BTY_KIND_PACKET,
	    .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 2,
	    .ports = "0: good; 1: bad", .args_size = sizeof(struct checkip6header_args),
	    .finish = checkip6header_finish);
#endif
#endif
