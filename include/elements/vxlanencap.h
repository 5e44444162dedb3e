/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VXLANEncap(VNI, SRC, DST, PORT 4789, TTL 64, DSCP 0): puts the frame, tags included, into a VXLAN tunnel: outer Ethernet, IPv4
 * or IPv6 as SRC and DST are, UDP from a port that follows the flow inside, VXLAN. The outer MAC addresses are those of the
 * frame: EtherRewrite behind it sets others. See batchy/tunnel.h for what the outer headers are.
 * Ports: 1 in, 1 out. Drops: runt, no_room, too_big (more than an IP datagram may hold).
 * Source: RFC 7348.
 */
#ifndef ELEMENTS_VXLANENCAP_H
#define ELEMENTS_VXLANENCAP_H

#include <batchy/tunnel.h>

struct vxlanencap_args {
	struct bty_outer outer;
	__u32 vni;
};

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

static __always_inline int vxlanencap_push(struct bty_pkt *p, const struct vxlanencap_args *a, struct bty_env *env)
{
	return vxlanencap(p, &a->outer, a->vni);
}

#ifdef BTY_DESCRIBE
/* user/element/tunnel.c */
int bty_vxlanencap_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);

static const struct bty_arg vxlanencap_arg[] = {
	{ .keyword = "VNI",
	  .what = "VXLAN network identifier",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .required = 1,
	  .offset = offsetof(struct vxlanencap_args, vni),
	  .max = 0xffffff },
	BTY_OUTER_ARGS(offsetof(struct vxlanencap_args, outer), 2),
	BTY_OUTER_PORT(offsetof(struct vxlanencap_args, outer), "4789"),
	BTY_ARGS_END,
};

BTY_ELEMENT(vxlanencap, .name = "VXLANEncap", .summary = "Puts frames into a VXLAN tunnel.", .source = "RFC 7348",
	    .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 1,
	    .ports = "0: every packet", .args_size = sizeof(struct vxlanencap_args), .args = vxlanencap_arg,
	    .finish = bty_vxlanencap_finish);
#endif
#endif
