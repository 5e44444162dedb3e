/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counter: counts packets and bytes (every element does; this one does nothing else) and passes them on.
 * Ports: 1 in, 1 out. Drops: none. Source: Click's Counter.
 */
#ifndef ELEMENTS_COUNTER_H
#define ELEMENTS_COUNTER_H

#include <batchy/element.h>

struct counter_args {
	__u32 unused;
};

static __always_inline int counter_push(struct bty_pkt *p, const struct counter_args *a, struct bty_env *env)
{
	return 0;
}

#ifdef BTY_DESCRIBE
BTY_ELEMENT(counter, .name = "Counter", .summary = "Counts packets and bytes.", .source = "Click",
	    .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 1,
	    .ports = "0: every packet", .args_size = sizeof(struct counter_args));
#endif
#endif
