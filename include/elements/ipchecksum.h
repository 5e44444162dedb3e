/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPChecksum: sets the IPv4 header checksum, whatever it was. IPv6 has none and passes unchanged.
 * Ports: 1 in, 1 out. Drops: runt (the frame ends within the options), not_ip.
 * Source: RFC 791, RFC 1071; Click's SetIPChecksum.
 */
#ifndef ELEMENTS_IPCHECKSUM_H
#define ELEMENTS_IPCHECKSUM_H

#include <batchy/ip.h>

struct ipchecksum_args {
	__u32 unused;
};

static __always_inline int ipchecksum_push(struct bty_pkt *p, const struct ipchecksum_args *a, struct bty_env *env)
{
	struct bty_ipv4 *ip;
	__u32 sum;

	if (p->meta->flags & BTY_F_IPV6)
		return 0;
	if (!(p->meta->flags & BTY_F_IPV4))
		return bty_drop(NOT_IP);
	ip = bty_at(p, p->meta->l3_off, sizeof(*ip));
	if (!ip || !bty_at(p, p->meta->l3_off + (ip->ver_ihl & 0xf) * 4 - 1, 1))
		return bty_drop(RUNT);
	sum = bty_ipv4_sum(p, p->meta->l3_off, ip, (ip->ver_ihl & 0xf) * 4);
	/* less the checksum that was there */
	ip->csum = ~bty_fold(sum + (0xffffU ^ ip->csum));
	return 0;
}

#ifdef BTY_DESCRIBE
BTY_ELEMENT(ipchecksum, .name = "IPChecksum", .summary = "Sets the IPv4 header checksum.",
	    .source = "RFC 791, RFC 1071; Click", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .nin = 1, .nout_min = 1, .nout_max = 1, .ports = "0: every packet",
	    .args_size = sizeof(struct ipchecksum_args));
#endif
#endif
