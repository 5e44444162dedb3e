/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters of one element, per CPU in XDP and per worker natively. For each: in + made = drops + tx + pass + held + what went
 * on.
 */
#ifndef MAPS_STATS_H
#define MAPS_STATS_H

#include <linux/types.h>
#include <batchy/drop.h>

struct bty_el_stats {
	__u64 packets_in;
	__u64 bytes_in;
	__u64 tx;      /* handed to an output device */
	__u64 pass;    /* given to the host stack */
	__u64 batches; /* worker only: how often it ran */
	__u64 made;    /* worker only: packets it made */
	__u64 held;    /* worker only: packets that are its own at the moment */
	__u64 pad;
	__u64 drops[BTY_DROP_MAX];
};
_Static_assert(sizeof(struct bty_el_stats) == 320, "five cache lines");

/* A flow that ends in XDP; flows that end in a worker are counted there, with their delays. */
struct bty_flow_stats {
	__u64 packets;
	__u64 bytes;
};

#endif
