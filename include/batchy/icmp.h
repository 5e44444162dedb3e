/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ICMP and ICMPv6 messages: layouts, checksums over what is in the frame. Included by elements that answer packets.
 */
#ifndef BATCHY_ICMP_H
#define BATCHY_ICMP_H

#include <batchy/ip.h>

struct bty_icmp { /* RFC 792, RFC 4443 2.1 */
	__u8 type;
	__u8 code;
	__u16 csum;
	__u32 rest;
} BTY_UNALIGNED;

#define BTY_ICMP_UNREACH    3
#define BTY_ICMP_QUENCH	    4
#define BTY_ICMP_REDIRECT   5
#define BTY_ICMP_TIME	    11
#define BTY_ICMP_PARAM	    12
#define BTY_ICMP6_UNREACH   1
#define BTY_ICMP6_TOO_BIG   2
#define BTY_ICMP6_TIME	    3
#define BTY_ICMP6_PARAM	    4
#define BTY_ICMP6_INFO	    128 /* types below are errors */
#define BTY_ICMP6_NS	    135 /* RFC 4861 */
#define BTY_ICMP6_NA	    136
#define BTY_ICMP6_REDIRECT  137
#define BTY_ICMP_SUM_CHUNKS 40 /* of 32 bytes: what bty_sum_rest() looks at, at most */

/* What was written as fields is read as words next: the compiler must not take them for different things. */
#define bty_written() asm volatile("" ::: "memory")

/*
 * Sum of 32-bit words, for bty_fold(), from off (within reach) to the end of the frame, of which 1280 bytes count. An odd last
 * byte is followed by a zero one (RFC 1071). Pointers into the packet are stale afterwards: the verifier forgets, at which of the
 * many steps it has ended.
 */
static __always_inline __u64 bty_sum_rest(struct bty_pkt *p, __u32 off)
{
	const __u8 *q = p->data + (off & BTY_REACH), *end = p->data_end;
	__u64 sum = 0;
	int i;

	bty_written();
	for (i = 0; i < BTY_ICMP_SUM_CHUNKS; i++) {
		if (q + 32 > end)
			break;
		sum += (__u64)bty_ld32(q) + bty_ld32(q + 4) + bty_ld32(q + 8) + bty_ld32(q + 12);
		sum += (__u64)bty_ld32(q + 16) + bty_ld32(q + 20) + bty_ld32(q + 24) + bty_ld32(q + 28);
		q += 32;
	}
	for (i = 0; i < 15; i++) {
		if (q + 2 > end)
			break;
		sum += bty_ld16(q);
		q += 2;
	}
	if (q + 1 <= end)
		sum += bty_htons(*q << 8);
#ifdef __bpf__
	bty_reread(p);
	asm volatile("" : "+r"(sum)::"memory");
#endif
	return sum;
}

/* Sum of the IPv6 pseudo header of an ICMPv6 message of len bytes (RFC 8200 8.1). */
static __always_inline __u64 bty_icmp6_pseudo(const struct bty_ipv6 *ip, __u32 len)
{
	__u64 sum = (__u64)bty_htonl(len) + bty_htonl(BTY_PROTO_ICMPV6);
	int i;

	for (i = 0; i < 4; i++)
		sum += (__u64)ip->src[i] + ip->dst[i];
	return sum;
}

#endif
