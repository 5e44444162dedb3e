/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VLANPop: takes the outermost VLAN tag off.
 * Ports: 1 in; out 0: packets without it, out 1 (optional): those that had no tag, unchanged, which leave by 0 otherwise.
 * Drops: runt (less than an Ethernet header would stay).
 * Source: IEEE 802.1Q; Click's VLANDecap.
 */
#ifndef ELEMENTS_VLANPOP_H
#define ELEMENTS_VLANPOP_H

#include <batchy/element.h>
#include <batchy/parse.h>

struct vlanpop_args {
	__u32 has_untagged_port;
};

static __always_inline int vlanpop_push(struct bty_pkt *p, const struct vlanpop_args *a, struct bty_env *env)
{
	__u8 *q;
	__u64 mac;

	if (!(p->meta->flags & BTY_F_VLAN))
		return a->has_untagged_port;
	q = bty_at(p, 0, BTY_LEN_MIN + sizeof(struct bty_vlan));
	if (!q)
		return bty_drop(RUNT);
	mac = bty_ld64(q);
	bty_st32(q + 12, bty_ld32(q + 8));
	bty_st64(q + 4, mac);
	if (bty_trim_front(p, sizeof(struct bty_vlan)))
		return bty_drop(RUNT);
	bty_reparse(p);
	return 0;
}

#ifdef BTY_DESCRIBE
static int vlanpop_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct vlanpop_args *)args)->has_untagged_port = nconnected > 1;
	return 0;
}

BTY_ELEMENT(vlanpop, .name = "VLANPop", .summary = "Takes the outermost VLAN tag off.", .source = "IEEE 802.1Q; Click",
	    .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 2,
	    .ports = "0: untagged now; 1: was untagged", .args_size = sizeof(struct vlanpop_args),
	    .finish = vlanpop_finish);
#endif
#endif
