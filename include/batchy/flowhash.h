/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash of the flow that a packet belongs to: addresses, transport protocol and ports, the same in both directions. IP
 * fragments hash by their addresses alone, all fragments of a datagram alike, the first too; what is not IP by its MAC addresses
 * and ethertype. Used by HashSwitch and by tunnels, for their source port.
 */
#ifndef BATCHY_FLOWHASH_H
#define BATCHY_FLOWHASH_H

#include <batchy/packet.h>

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of x moves every bit of the result. */
static __always_inline __u64 bty_mix(__u64 x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* 1 when x is 0, without a branch: in a loop each would double what the verifier has to follow. */
static __always_inline __u32 bty_is_zero(__u64 x)
{
	return ~(x | -x) >> 63;
}

/* One end of a flow. A tag apart from 0 keeps an address of zeros from hashing to 0. */
static __always_inline __u64 bty_mix_end(__u64 hi, __u64 lo, __u32 port)
{
	return bty_mix(bty_mix(hi + 0x9e3779b97f4a7c15ULL) + lo + ((__u64)port << 32));
}

static __always_inline int bty_has_ports(__u8 proto)
{
	return proto == BTY_PROTO_TCP || proto == BTY_PROTO_UDP || proto == BTY_PROTO_SCTP;
}

/* Never 0. */
static __always_inline __u32 bty_flow_hash(const struct bty_pkt *p)
{
	const struct bty_meta *m = p->meta;
	struct bty_l4_ports *l4 = NULL;
	__u32 sport = 0, dport = 0, kind = m->ethertype;
	struct bty_ipv4 *ip;
	struct bty_ipv6 *ip6;
	__u8 *mac;
	__u64 h;

	if (!(m->flags & BTY_F_FRAG)) {
		kind |= (__u32)m->l4_proto << 16;
		if ((m->flags & BTY_F_L4) && bty_has_ports(m->l4_proto))
			l4 = bty_at(p, m->l4_off, sizeof(*l4));
	}
	if (l4) {
		sport = l4->src;
		dport = l4->dst;
	}
	ip = bty_at(p, m->l3_off, sizeof(*ip));
	ip6 = bty_at(p, m->l3_off, sizeof(*ip6));
	mac = bty_at(p, 0, BTY_LEN_MIN);
	if ((m->flags & BTY_F_IPV4) && ip)
		h = bty_mix_end(0, ip->src, sport) + bty_mix_end(0, ip->dst, dport);
	else if ((m->flags & BTY_F_IPV6) && ip6)
		h = bty_mix_end(bty_ld64(&ip6->src[0]), bty_ld64(&ip6->src[2]), sport) +
		    bty_mix_end(bty_ld64(&ip6->dst[0]), bty_ld64(&ip6->dst[2]), dport);
	else if (mac)
		h = bty_mix_end(1, bty_ld32(mac), bty_ld16(mac + 4)) +
		    bty_mix_end(1, bty_ld32(mac + 6), bty_ld16(mac + 10));
	else
		h = 0;
	h = bty_mix(h + kind) >> 32;
	return h ? h : 1;
}

#endif
