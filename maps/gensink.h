/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What batchy-gen's frames and the XDP program of its sink agree on. Included by user/gen and bpf/gensink.bpf.c. */
#ifndef MAPS_GENSINK_H
#define MAPS_GENSINK_H

#include <linux/types.h>

#define BTY_GEN_MAGIC  0xba7c /* first two bytes of the UDP payload */
#define BTY_GEN_QUEUES 16     /* receive queues a sink reads at most */

/* In front of each frame the program redirects. */
struct bty_gen_stamp {
	__u64 arrival_ns; /* CLOCK_MONOTONIC */
};

_Static_assert(sizeof(struct bty_gen_stamp) == 8, "metadata comes in words of four bytes");

#endif
