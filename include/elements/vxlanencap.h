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

#include <batchy/vxlan.h>

struct vxlanencap_args {
	struct bty_outer outer;
	__u32 vni;
};

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
