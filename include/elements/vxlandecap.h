/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VXLANDecap(VNI n, PORT 4789): takes frames out of a VXLAN tunnel; their network identifier is left in the packet's annotation
 * (bty_meta.anno, host order). With VNI, only frames of that one. The outer headers' addresses and checksums are not looked
 * at: that is for CheckIPHeader and IPClassifier before it.
 * Ports: 1 in; out 0: inner frames, out 1 (optional): what is no such packet, unchanged: other protocols and ports, fragments, no
 * VNI or another one, lengths that do not fit.
 * Drops, when out 1 is not connected: not_tunnel, runt, bad_ip_header.
 * Source: RFC 7348.
 */
#ifndef ELEMENTS_VXLANDECAP_H
#define ELEMENTS_VXLANDECAP_H

#include <batchy/vxlan.h>

struct vxlandecap_args {
	__u32 port, vni;
	__u8 has_vni, has_other_port;
	__u8 pad[2];
};

static __always_inline int vxlandecap_push(struct bty_pkt *p, const struct vxlandecap_args *a, struct bty_env *env)
{
	__u32 end = 0, vni = 0;
	int off = vxlandecap_find(p, a->port, &end, &vni);

	if (off >= 0 && a->has_vni && vni != a->vni)
		off = bty_drop(NOT_TUNNEL);
	if (off < 0)
		return a->has_other_port ? 1 : off;
	if (bty_decap(p, off, end))
		return bty_drop(RUNT);
	p->meta->anno = vni;
	return 0;
}

#ifdef BTY_DESCRIBE
static int vxlandecap_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct vxlandecap_args *)args)->has_other_port = nconnected > 1;
	return 0;
}

static const struct bty_arg vxlandecap_arg[] = {
	{ .keyword = "VNI",
	  .what = "VXLAN network identifier; all when it is not given",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .offset = offsetof(struct vxlandecap_args, vni),
	  .given_offset = offsetof(struct vxlandecap_args, has_vni),
	  .max = 0xffffff },
	{ .keyword = "PORT",
	  .what = "UDP port of this end",
	  .type = BTY_ARG_U32,
	  .offset = offsetof(struct vxlandecap_args, port),
	  .min = 1,
	  .max = 65535,
	  .deflt = "4789" },
	BTY_ARGS_END,
};

BTY_ELEMENT(vxlandecap, .name = "VXLANDecap", .summary = "Takes frames out of a VXLAN tunnel.", .source = "RFC 7348",
	    .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 2,
	    .ports = "0: inner frames; 1: not of the tunnel", .args_size = sizeof(struct vxlandecap_args),
	    .args = vxlandecap_arg, .finish = vxlandecap_finish);
#endif
#endif
