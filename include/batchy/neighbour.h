/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ARP and IPv6 neighbour discovery: layouts, what a request must be to be believed, what an answer looks like. Included by elements
 * that answer for addresses and by those that ask. Source: RFC 826, RFC 5227, RFC 4861.
 */
#ifndef BATCHY_NEIGHBOUR_H
#define BATCHY_NEIGHBOUR_H

#include <batchy/icmp.h>
#include <batchy/parse.h>

struct bty_arp { /* RFC 826, of IPv4 over Ethernet; addresses in bytes, because words of it are not aligned */
	__u16 htype;
	__u16 ptype;
	__u8 hlen;
	__u8 plen;
	__u16 op;
	__u8 sha[6];
	__u8 spa[4];
	__u8 tha[6];
	__u8 tpa[4];
} BTY_UNALIGNED;

#define BTY_ARP_REQUEST 1
#define BTY_ARP_REPLY	2

struct bty_nd { /* neighbour solicitation and advertisement, RFC 4861 4.3 and 4.4; options follow */
	__u8 type;
	__u8 code;
	__u16 csum;
	__u32 flags;
	__u32 target[4];
} BTY_UNALIGNED;

struct bty_nd_lladdr { /* source or target link-layer address option, RFC 4861 4.6.1 */
	__u8 type;
	__u8 len; /* in 8 bytes */
	__u8 mac[6];
} BTY_UNALIGNED;

#define BTY_ND_ROUTER	 0x80000000U
#define BTY_ND_SOLICITED 0x40000000U
#define BTY_ND_OVERRIDE	 0x20000000U
#define BTY_ND_SLLA	 1
#define BTY_ND_TLLA	 2
#define BTY_ND_HOPS	 255

/* Bytes of messages that are looked at: longer ones are taken for others. In BPF: with two short options. */
#define BTY_ND_LEN_BPF	  40
#define BTY_ND_LEN_WORKER 128

/* Of an address or a prefix: the Ethernet address that stands for it. Those with longer masks come first. */
struct bty_answer {
	__u32 addr[4], mask[4]; /* as in a packet; IPv4: the first word, and masks of 0 */
	__u8 mac[6];
	__u16 pad;
};

#define BTY_ANSWERS 256

/* A table's one row */
struct bty_answers {
	__u32 n;
	__u32 pad;
	struct bty_answer of[BTY_ANSWERS];
};

/* Finds addr, v4 or v6 as the table is. Returns 0 and mac, or -1. */
static __always_inline int bty_answer_find(const struct bty_answers *t, const __u32 addr[4], __u8 mac[6])
{
	const struct bty_answer *a;
	__u32 i;

	for (i = 0; i < BTY_ANSWERS; i++) {
		if (i >= t->n)
			break;
		a = &t->of[i];
		if (((addr[0] ^ a->addr[0]) & a->mask[0]) | ((addr[1] ^ a->addr[1]) & a->mask[1]) |
		    ((addr[2] ^ a->addr[2]) & a->mask[2]) | ((addr[3] ^ a->addr[3]) & a->mask[3]))
			continue;
		bty_st32(mac, bty_ld32(a->mac));
		bty_st16(mac + 4, bty_ld16(a->mac + 4));
		return 0;
	}
	return -1;
}

static __always_inline void bty_copy_mac(__u8 *to, const __u8 *from)
{
	__u32 first = bty_ld32(from);
	__u16 last = bty_ld16(from + 4);

	bty_st32(to, first);
	bty_st16(to + 4, last);
}

/* An ARP packet of IPv4 over Ethernet, or NULL. */
static __always_inline struct bty_arp *bty_arp_at(const struct bty_pkt *p)
{
	struct bty_arp *arp = bty_at(p, p->meta->l3_off, sizeof(*arp));

	if (p->meta->ethertype != BTY_ETH_ARP || !arp)
		return NULL;
	if (arp->htype != bty_htons(1) || arp->ptype != bty_htons(BTY_ETH_IPV4) || arp->hlen != 6 || arp->plen != 4)
		return NULL;
	return arp;
}

/* Sum of the ICMPv6 message at off, len bytes, a multiple of 8 up to most. 0 when the frame ends before. */
static __always_inline __u64 bty_nd_sum(const struct bty_pkt *p, __u32 off, __u32 len, __u32 most)
{
	const __u8 *q;
	__u64 sum = 0;
	__u32 i;

	bty_written();
	for (i = 0; i < most; i += 8) {
		if (i >= len)
			break;
		q = bty_at(p, off + i, 8);
		if (!q)
			return 0;
		sum += (__u64)bty_ld32(q) + bty_ld32(q + 4);
	}
	return sum;
}

/* Looks through the options from off on, rest bytes of a message of most. Returns the offset of the one of this type, 0 for none, -1: malformed. */
static __always_inline int bty_nd_option(const struct bty_pkt *p, __u32 off, __u32 rest, __u8 type, __u32 most)
{
	const struct bty_nd_lladdr *opt;
	__u32 i, found = 0;

	for (i = 0; i < (most - sizeof(struct bty_nd)) / 8; i++) {
		if (!rest)
			break;
		opt = bty_at(p, off, sizeof(*opt));
		if (!opt || !opt->len || opt->len * 8U > rest)
			return -1;
		/* RFC 2464 6: of Ethernet's addresses it is 1; another is not to be taken for none */
		if (opt->type == type && opt->len != 1)
			return -1;
		if (opt->type == type)
			found = off;
		rest -= opt->len * 8U;
		off += opt->len * 8U;
	}
	return found;
}

/*
 * RFC 4861 7.1.1 and 7.1.2: a solicitation or advertisement (type) that may be believed. Returns the length of the ICMPv6 message at
 * l3_off + 40, or -1.
 */
static __always_inline int bty_nd_check(const struct bty_pkt *p, __u8 type, __u32 most)
{
	__u32 off = p->meta->l3_off, at = off + sizeof(struct bty_ipv6), len;
	const struct bty_ipv6 *ip = bty_at(p, off, sizeof(*ip));
	const struct bty_nd *nd = bty_at(p, at, sizeof(*nd));

	if (!ip || !nd || !(p->meta->flags & BTY_F_L4) || p->meta->l4_proto != BTY_PROTO_ICMPV6 ||
	    p->meta->l4_off != at)
		return -1;
	len = bty_ntohs(ip->payload_len);
	if (ip->hop_limit != BTY_ND_HOPS || nd->type != type || nd->code || len < sizeof(*nd) || len % 8 ||
	    len > most || *(const __u8 *)nd->target == 0xff)
		return -1;
	if (bty_fold(bty_nd_sum(p, at, len, most) + bty_icmp6_pseudo(ip, len)) != 0xffff)
		return -1;
	return len;
}

static __always_inline int bty_is_unspecified(const void *addr)
{
	return !(bty_ld64(addr) | bty_ld64((const __u8 *)addr + 8));
}

/* ff02::1:ff00:0/104, RFC 4291 2.7.1 */
static __always_inline int bty_is_solicited_node(const void *addr)
{
	const __u8 *q = addr;

	return bty_ld32(q) == bty_htonl(0xff020000) && !bty_ld32(q + 4) && bty_ld32(q + 8) == bty_htonl(1) &&
	       q[12] == 0xff;
}

#endif
