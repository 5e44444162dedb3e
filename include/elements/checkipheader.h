/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CheckIPHeader: lets through packets whose IPv4 or IPv6 header a router may trust. IPv4: a whole header, version 4,
 * header length of 20 bytes or more, a correct checksum over header and options, a total length that covers the header and
 * that the frame holds. IPv6: a whole header, version 6, a payload that the frame holds. Addresses are not judged (RFC
 * 1812 leaves martians, 5.3.7, to forwarding), and bytes after the datagram (Ethernet padding) stay.
 * Ports: 1 in; out 0: good packets, out 1 (optional): all others, unchanged.
 * Drops, when out 1 is not connected: runt (shorter than its headers say), bad_ip_header, bad_checksum, not_ip.
 * Source: RFC 1812 5.2.2, RFC 8200 3; Click's CheckIPHeader.
 */
#ifndef ELEMENTS_CHECKIPHEADER_H
#define ELEMENTS_CHECKIPHEADER_H

#include <batchy/ip.h>

struct checkipheader_args {
	__u32 has_bad_port;
};

static __always_inline int checkipheader_push(struct bty_pkt *p, const struct checkipheader_args *a,
					      struct bty_env *env)
{
	int v;

	if (p->meta->ethertype == BTY_ETH_IPV4)
		v = bty_check_ipv4(p);
	else if (p->meta->ethertype == BTY_ETH_IPV6)
		v = bty_check_ipv6(p);
	else
		/* the parser leaves l3_off at 0 when the frame ends within its link header */
		v = p->meta->l3_off ? bty_drop(NOT_IP) : bty_drop(RUNT);
	if (v > 0)
		return 0;
	return a->has_bad_port ? 1 : v;
}

#ifdef BTY_DESCRIBE
static int checkipheader_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct checkipheader_args *)args)->has_bad_port = nconnected > 1;
	return 0;
}

BTY_ELEMENT(checkipheader, .name = "CheckIPHeader", .summary = "Drops packets whose IPv4 or IPv6 header is malformed.",
	    .source = "RFC 1812, RFC 8200; Click", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .nin = 1, .nout_min = 1, .nout_max = 2, .ports = "0: good; 1: bad",
	    .args_size = sizeof(struct checkipheader_args), .finish = checkipheader_finish);
#endif
#endif
