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

#include <batchy/element.h>

struct checkipheader_args {
	__u32 has_bad_port;
};

/* Ones' complement sum of the header, folded (RFC 1071: any byte order does); 0xffff when right. 0 on a short frame. */
static __always_inline __u32 checkipheader_sum(const struct bty_pkt *p, __u32 off, const struct bty_ipv4 *ip, __u32 ihl)
{
	const __u8 *q = (const __u8 *)ip;
	__u64 sum;
	__u32 i;

	sum = (__u64)bty_ld32(q) + bty_ld32(q + 4) + bty_ld32(q + 8) + bty_ld32(q + 12) + bty_ld32(q + 16);
	for (i = sizeof(*ip); i < 60; i += 4) {
		if (i >= ihl)
			break;
		q = bty_at(p, off + i, 4);
		if (!q)
			return 0;
		sum += bty_ld32(q);
	}
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

static __always_inline int checkipheader_ipv4(const struct bty_pkt *p)
{
	__u32 off = p->meta->l3_off, len = bty_len(p) - off, ihl, total;
	struct bty_ipv4 *ip = bty_at(p, off, sizeof(*ip));

	if (!ip)
		return bty_drop(RUNT);
	ihl = (ip->ver_ihl & 0xf) * 4;
	total = bty_ntohs(ip->tot_len);
	if ((ip->ver_ihl >> 4) != 4 || ihl < sizeof(*ip) || total < ihl)
		return bty_drop(BAD_IP_HEADER);
	if (total > len)
		return bty_drop(RUNT);
	if (checkipheader_sum(p, off, ip, ihl) != 0xffff)
		return bty_drop(BAD_CHECKSUM);
	return 0;
}

static __always_inline int checkipheader_ipv6(const struct bty_pkt *p)
{
	__u32 off = p->meta->l3_off, len = bty_len(p) - off;
	struct bty_ipv6 *ip = bty_at(p, off, sizeof(*ip));

	if (!ip)
		return bty_drop(RUNT);
	if (*(__u8 *)ip >> 4 != 6)
		return bty_drop(BAD_IP_HEADER);
	if (bty_ntohs(ip->payload_len) > len - sizeof(*ip))
		return bty_drop(RUNT);
	return 0;
}

static __always_inline int checkipheader_push(struct bty_pkt *p, const struct checkipheader_args *a,
					      struct bty_env *env)
{
	int v;

	if (p->meta->ethertype == BTY_ETH_IPV4)
		v = checkipheader_ipv4(p);
	else if (p->meta->ethertype == BTY_ETH_IPV6)
		v = checkipheader_ipv6(p);
	else
		/* the parser leaves l3_off at 0 when the frame ends within its link header */
		v = p->meta->l3_off ? bty_drop(NOT_IP) : bty_drop(RUNT);
	return v && a->has_bad_port ? 1 : v;
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
