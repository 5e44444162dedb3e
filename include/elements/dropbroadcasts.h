/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DropBroadcasts: drops packets whose destination MAC address is not one station's: broadcast and multicast.
 * Ports: 1 in, 1 out. Drops: broadcast, runt. Source: NBA; Click's DropBroadcasts.
 */
#ifndef ELEMENTS_DROPBROADCASTS_H
#define ELEMENTS_DROPBROADCASTS_H

#include <batchy/element.h>

struct dropbroadcasts_args {
	__u32 unused;
};

static __always_inline int dropbroadcasts_push(struct bty_pkt *p, const struct dropbroadcasts_args *a,
					       struct bty_env *env)
{
	const struct bty_eth *eth = bty_at(p, 0, sizeof(*eth));

	if (!eth)
		return bty_drop(RUNT);
	return eth->dst[0] & 1 ? bty_drop(BROADCAST) : 0;
}

#ifdef BTY_DESCRIBE
BTY_ELEMENT(dropbroadcasts, .name = "DropBroadcasts", .summary = "Drops Ethernet broadcasts and multicasts.",
	    .source = "NBA (EuroSys 2015); Click", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .nin = 1, .nout_min = 1, .nout_max = 1, .ports = "0: packets to one station",
	    .args_size = sizeof(struct dropbroadcasts_args));
#endif
#endif
