/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel dropped after a ToDevice in XDP had handed it over, by output device. Written by bpf/txloss.bpf.c, read
 * by user/load/txloss.c.
 */
#ifndef MAPS_TXLOSS_H
#define MAPS_TXLOSS_H

#include <linux/types.h>
#include <batchy/abi.h>

/* Per CPU, one for each device of the graph. */
struct bty_txloss {
	__u64 full;    /* the device's ring or queue had no room: tx_full */
	__u64 error;   /* it is down, gone, or cannot be redirected to: tx_error */
	__u64 too_big; /* longer than its MTU */
	__u64 pad;
};
_Static_assert(sizeof(struct bty_txloss) == 32, "no holes");

/* Which of the machine's redirects are this pipeline's; in .rodata. */
struct bty_txloss_cfg {
	__u64 netns_cookie;
	__u32 devmap_id; /* of bty_devs */
	__u32 ndev;
	__u32 ifindex[BTY_MAX_DEVICES];
	__u32 receives; /* bit i: device i has a FromDevice */
	__u32 pad;
};

#endif
