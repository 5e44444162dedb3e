/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What several elements want of IPv4 and IPv6 headers: checksum, whether a router may trust one, where the datagram ends.
 * Functions return 0 or more, or bty_drop(REASON) with the packet unchanged.
 */
#ifndef BATCHY_IP_H
#define BATCHY_IP_H

#include <batchy/element.h>

#define BTY_IPV4_MAX 60 /* header with all the options it can have */

/* The 16-bit ones' complement sum of a sum of 32-bit words (RFC 1071: any byte order does). */
static __always_inline __u32 bty_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* Ones' complement sum of a header of ihl bytes at off, folded; 0xffff when its checksum is right. 0 on a short frame. */
static __always_inline __u32 bty_ipv4_sum(const struct bty_pkt *p, __u32 off, const struct bty_ipv4 *ip, __u32 ihl)
{
	const __u8 *q = (const __u8 *)ip;
	__u64 sum;
	__u32 i;

	sum = (__u64)bty_ld32(q) + bty_ld32(q + 4) + bty_ld32(q + 8) + bty_ld32(q + 12) + bty_ld32(q + 16);
	for (i = sizeof(*ip); i < BTY_IPV4_MAX; i += 4) {
		if (i >= ihl)
			break;
		q = bty_at(p, off + i, 4);
		if (!q)
			return 0;
		sum += bty_ld32(q);
	}
	return bty_fold(sum);
}

/* RFC 1812 5.2.2, of a packet whose ethertype is IPv4. Returns the datagram's length. */
static __always_inline int bty_check_ipv4(const struct bty_pkt *p)
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
	if (bty_ipv4_sum(p, off, ip, ihl) != 0xffff)
		return bty_drop(BAD_CHECKSUM);
	return total;
}

/* RFC 8200 3, of a packet whose ethertype is IPv6. Returns the datagram's length. */
static __always_inline int bty_check_ipv6(const struct bty_pkt *p)
{
	__u32 off = p->meta->l3_off, len = bty_len(p) - off;
	struct bty_ipv6 *ip = bty_at(p, off, sizeof(*ip));

	if (!ip)
		return bty_drop(RUNT);
	if (*(__u8 *)ip >> 4 != 6)
		return bty_drop(BAD_IP_HEADER);
	if (bty_ntohs(ip->payload_len) > len - sizeof(*ip))
		return bty_drop(RUNT);
	return sizeof(*ip) + bty_ntohs(ip->payload_len);
}

/* The length of an IPv4 or IPv6 datagram, header included, which the frame holds. No checksum is looked at. */
static __always_inline int bty_datagram_len(const struct bty_pkt *p)
{
	__u32 off = p->meta->l3_off, total;
	struct bty_ipv4 *ip;
	struct bty_ipv6 *ip6;

	if (p->meta->flags & BTY_F_IPV4) {
		ip = bty_at(p, off, sizeof(*ip));
		if (!ip)
			return bty_drop(RUNT);
		total = bty_ntohs(ip->tot_len);
		if (total < (ip->ver_ihl & 0xfU) * 4)
			return bty_drop(BAD_IP_HEADER);
	} else if (p->meta->flags & BTY_F_IPV6) {
		ip6 = bty_at(p, off, sizeof(*ip6));
		if (!ip6)
			return bty_drop(RUNT);
		total = sizeof(*ip6) + bty_ntohs(ip6->payload_len);
	} else {
		return bty_drop(NOT_IP);
	}
	return total > bty_len(p) - off ? bty_drop(RUNT) : (int)total;
}

#endif
