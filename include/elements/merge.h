/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Merge: one output for packets from several elements. Any number of connections may lead to any element's input; this one
 * gives the place where they meet a name, and counters.
 * Ports: 1 in, 1 out. Drops: none. Source: BESS's Merge; NBA's None.
 */
#ifndef ELEMENTS_MERGE_H
#define ELEMENTS_MERGE_H

#include <batchy/element.h>

struct merge_args {
	__u32 unused;
};

static __always_inline int merge_push(struct bty_pkt *p, const struct merge_args *a, struct bty_env *env)
{
	return 0;
}

#ifdef BTY_DESCRIBE
BTY_ELEMENT(merge, .name = "Merge", .alias = "None CPUOnly", .summary = "Passes on packets from several elements.",
	    .source = "BESS; NBA (EuroSys 2015)", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .nin = 1, .nout_min = 1, .nout_max = 1, .ports = "0: every packet", .args_size = sizeof(struct merge_args));
#endif
#endif
