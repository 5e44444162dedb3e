/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VLANSplit(VLANS, ...): sends a packet to the output of the first argument that names the VLAN of its outermost tag: ID,
 * FIRST-LAST, `untagged`, or `-` (every packet). ID 0 is a tag that carries a priority only.
 * Ports: 1 in; out i: packets of argument i, at most 64. Drops: no_match.
 * Source: IEEE 802.1Q.
 */
#ifndef ELEMENTS_VLANSPLIT_H
#define ELEMENTS_VLANSPLIT_H

#include <batchy/element.h>

#define VLANSPLIT_UNTAGGED 4096 /* after all VLANs there are */

/* first > last where an output is not in use */
struct vlansplit_args {
	struct {
		__u16 first, last;
	} out[BTY_MAX_OUT];
};

static __always_inline int vlansplit_push(struct bty_pkt *p, const struct vlansplit_args *a, struct bty_env *env)
{
	__u32 vlan = p->meta->flags & BTY_F_VLAN ? p->meta->vlan_tci & 0xfff : VLANSPLIT_UNTAGGED;
	int i;

	for (i = 0; i < BTY_MAX_OUT; i++)
		if (vlan >= a->out[i].first && vlan <= a->out[i].last)
			return i;
	return bty_drop(NO_MATCH);
}

#ifdef BTY_DESCRIBE
/* user/element/vlansplit.c */
int bty_vlansplit_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);

BTY_ELEMENT(vlansplit, .name = "VLANSplit", .summary = "Sends packets on by VLAN.", .source = "IEEE 802.1Q",
	    .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1,
	    .nout_max = BTY_MAX_OUT, .ports = "i: packets of the VLANs that argument i is the first to name",
	    .usage = "VLANS, ...: ID, FIRST-LAST, `untagged', or `-' for every packet, as in 10, 20-29, -",
	    .args_size = sizeof(struct vlansplit_args), .configure = bty_vlansplit_configure);
#endif
#endif
