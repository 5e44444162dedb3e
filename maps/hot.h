/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fused program touches for every packet, in one place: one entry of a per-CPU array, looked up once. To be added to
 * the counters in maps/stats.h. Written by bpf/fused.bpf.h, read by user/load/stats.c.
 */
#ifndef MAPS_HOT_H
#define MAPS_HOT_H

#include <linux/types.h>
#include <batchy/abi.h>
#include <batchy/meta.h>

struct bty_hot_count {
	__u64 packets;
	__u64 bytes;
};

struct bty_hot {
	struct bty_meta meta; /* of the packet at hand */
	__u64 pad[4];
	struct bty_hot_count in[BTY_MAX_ELEMENTS];
};
_Static_assert(sizeof(struct bty_hot) == 64 + 16 * BTY_MAX_ELEMENTS, "counters begin on a cache line of their own");

#endif
