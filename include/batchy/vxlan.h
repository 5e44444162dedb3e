/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VXLAN: what the elements with one tunnel and those with a table of tunnels have in common. Functions return 0 or more, or
 * bty_drop(REASON). Source: RFC 7348.
 */
#ifndef BATCHY_VXLAN_H
#define BATCHY_VXLAN_H

#include <batchy/tunnel.h>

struct bty_vxlan { /* RFC 7348 5 */
	__u32 flags;
	__u32 vni; /* in its upper 24 bits */
} BTY_UNALIGNED;

#define BTY_VXLAN_VNI 0x08000000U /* flag I: there is one */

static __always_inline int vxlanencap_ethernet(struct bty_pkt *p, __u32 n)
{
	__u8 *to = bty_at(p, 0, BTY_LEN_MIN), *from = bty_at(p, n, BTY_LEN_MIN);

	if (!to || !from)
		return bty_drop(NO_ROOM);
	bty_st64(to, bty_ld64(from));
	bty_st32(to + 8, bty_ld32(from + 8));
	p->meta->flags &= ~BTY_F_VLAN;
	p->meta->vlan_tci = 0;
	return 0;
}

/* outer and vni: from arguments or from a row of a table */
static __always_inline int vxlanencap(struct bty_pkt *p, const struct bty_outer *o, __u32 vni)
{
	__u32 ip_len = bty_outer_ip_len(o),
	      n = BTY_LEN_MIN + ip_len + sizeof(struct bty_udp) + sizeof(struct bty_vxlan);
	__u32 len = bty_len(p) + sizeof(struct bty_udp) + sizeof(struct bty_vxlan);
	__u16 sport = bty_tunnel_port(p);
	struct bty_vxlan *vx;
	int v;

	if (!bty_at(p, 0, BTY_LEN_MIN))
		return bty_drop(RUNT);
	if (len + ip_len > BTY_IP_TOTAL)
		return bty_drop(TOO_BIG);
	if (bty_grow_front(p, n))
		return bty_drop(NO_ROOM);
	v = vxlanencap_ethernet(p, n);
	if (!v)
		v = bty_outer_ip(p, BTY_LEN_MIN, o, BTY_PROTO_UDP, 1, len);
	if (!v)
		v = bty_outer_udp(p, BTY_LEN_MIN + ip_len, o, sport, len);
	vx = bty_at(p, BTY_LEN_MIN + ip_len + sizeof(struct bty_udp), sizeof(*vx));
	if (v || !vx)
		return bty_drop(NO_ROOM);
	vx->flags = bty_htonl(BTY_VXLAN_VNI);
	vx->vni = bty_htonl(vni << 8);
	return 0;
}

/* Where the inner frame begins, in *end where it ends, and in *vni whose it is; or bty_drop(). */
static __always_inline int vxlandecap_find(const struct bty_pkt *p, __u32 port, __u32 *end, __u32 *vni)
{
	__u32 off = p->meta->l4_off + sizeof(struct bty_udp);
	int udp_end = bty_outer_udp_end(p, port, sizeof(struct bty_vxlan) + BTY_LEN_MIN);
	const struct bty_vxlan *vx = bty_at(p, off, sizeof(*vx));

	if (udp_end < 0)
		return udp_end;
	if (!vx || !(vx->flags & bty_htonl(BTY_VXLAN_VNI)))
		return bty_drop(NOT_TUNNEL);
	*vni = bty_ntohl(vx->vni) >> 8;
	*end = udp_end;
	return off + sizeof(*vx);
}

#endif
