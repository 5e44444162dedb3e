/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fills struct bty_meta from a frame: up to two VLAN tags, IPv4 or IPv6 with up to four extension headers, and where
 * the transport header begins. Called once per packet with zeroed metadata, by the entry program, or by tests natively, and
 * by elements that put another packet in its place.
 * Never drops: what does not parse has its flags clear, and elements decide.
 */
#ifndef BATCHY_PARSE_H
#define BATCHY_PARSE_H

#include <batchy/packet.h>

#ifdef __clang__
#define BTY_UNROLL _Pragma("unroll")
#else
#define BTY_UNROLL _Pragma("GCC unroll 5")
#endif

static __always_inline __u32 bty_l4_min(__u8 proto)
{
	switch (proto) {
	case BTY_PROTO_TCP:
		return 20;
	case BTY_PROTO_UDP:
	case BTY_PROTO_ICMP:
	case BTY_PROTO_ICMPV6:
		return 8;
	case BTY_PROTO_SCTP:
		return 12;
	}
	return 0;
}

static __always_inline void bty_parse_l4(const struct bty_pkt *p, __u32 off, __u8 proto)
{
	__u32 min = bty_l4_min(proto);

	p->meta->l4_proto = proto;
	if (!min || (p->meta->flags & BTY_F_FRAG_TAIL))
		return;
	if (bty_at(p, off, min)) {
		p->meta->l4_off = off;
		p->meta->flags |= BTY_F_L4;
	}
}

static __always_inline void bty_parse_ipv4(const struct bty_pkt *p, __u32 off)
{
	struct bty_ipv4 *ip = bty_at(p, off, sizeof(*ip));
	__u32 ihl, frag;

	if (!ip)
		return;
	ihl = (ip->ver_ihl & 0xf) * 4;
	if ((ip->ver_ihl >> 4) != 4 || ihl < sizeof(*ip))
		return;
	p->meta->flags |= BTY_F_IPV4;
	frag = bty_ntohs(ip->frag_off);
	if (frag & (BTY_IP_OFFMASK | BTY_IP_MF))
		p->meta->flags |= BTY_F_FRAG;
	if (frag & BTY_IP_OFFMASK)
		p->meta->flags |= BTY_F_FRAG_TAIL;
	bty_parse_l4(p, off + ihl, ip->proto);
}

#define BTY_EXT_HOPOPTS 0
#define BTY_EXT_ROUTING 43
#define BTY_EXT_FRAG	44
#define BTY_EXT_DSTOPTS 60
#define BTY_EXT_MAX	4

static __always_inline int bty_is_ext(__u8 next)
{
	return next == BTY_EXT_HOPOPTS || next == BTY_EXT_ROUTING || next == BTY_EXT_FRAG || next == BTY_EXT_DSTOPTS;
}

static __always_inline void bty_parse_ipv6(const struct bty_pkt *p, __u32 off)
{
	struct bty_ipv6 *ip = bty_at(p, off, sizeof(*ip));
	__u8 next, *ext;
	__u32 frag;
	int i;

	if (!ip || *(__u8 *)ip >> 4 != 6)
		return;
	p->meta->flags |= BTY_F_IPV6;
	next = ip->next;
	off += sizeof(*ip);
	BTY_UNROLL
	for (i = 0; i <= BTY_EXT_MAX; i++) {
		/* an offset past 255 would wrap in bty_at */
		if (off > 255 - 8)
			return;
		/* what follows the header of a later fragment is not a header */
		if (!bty_is_ext(next) || (p->meta->flags & BTY_F_FRAG_TAIL)) {
			bty_parse_l4(p, off, next);
			return;
		}
		ext = i < BTY_EXT_MAX ? bty_at(p, off, 8) : NULL;
		if (!ext)
			return;
		off += 8;
		if (next == BTY_EXT_FRAG) {
			/* neither an offset nor more to come: an atomic fragment (RFC 6946), whole */
			frag = ext[2] << 8 | ext[3];
			if (frag & 0xfff9)
				p->meta->flags |= BTY_F_FRAG;
			if (frag & 0xfff8)
				p->meta->flags |= BTY_F_FRAG_TAIL;
		} else {
			off += ext[1] * 8;
		}
		next = ext[0];
	}
}

static __always_inline void bty_parse(const struct bty_pkt *p)
{
	struct bty_meta *m = p->meta;
	struct bty_eth *eth = bty_at(p, 0, sizeof(*eth));
	struct bty_vlan *vlan;
	__u32 off = sizeof(*eth);
	__u16 type;
	int i;

	if (!eth)
		return;
	type = bty_ntohs(eth->type);
	BTY_UNROLL
	for (i = 0; i < 2; i++) {
		if (type != BTY_ETH_VLAN && type != BTY_ETH_QINQ)
			break;
		vlan = bty_at(p, off, sizeof(*vlan));
		if (!vlan)
			return;
		if (!i)
			m->vlan_tci = bty_ntohs(vlan->tci);
		m->flags |= BTY_F_VLAN;
		type = bty_ntohs(vlan->type);
		off += sizeof(*vlan);
	}
	m->ethertype = type;
	m->l3_off = off;
	if (type == BTY_ETH_IPV4)
		bty_parse_ipv4(p, off);
	else if (type == BTY_ETH_IPV6)
		bty_parse_ipv6(p, off);
}

/* After an element has put another packet in its place, as one that was in a tunnel: all that the parser found, anew. */
static __always_inline void bty_reparse(const struct bty_pkt *p)
{
	struct bty_meta *m = p->meta;

	m->hash = 0;
	m->ethertype = 0;
	m->vlan_tci = 0;
	m->l3_off = 0;
	m->l4_off = 0;
	m->l4_proto = 0;
	m->flags &= BTY_F_SAMPLED;
	bty_parse(p);
#ifdef __bpf__
	/* as in fused.bpf.h: what follows reads it from memory, or each way through the parser would be followed on */
	asm volatile("" ::: "memory");
#endif
}

#endif
