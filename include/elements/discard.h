/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Discard: ends every packet, counted as dropped by `discard`.
 * Ports: 1 in, no output. Source: Click's Discard.
 */
#ifndef ELEMENTS_DISCARD_H
#define ELEMENTS_DISCARD_H

#include <batchy/element.h>

struct discard_args {
	__u32 unused;
};

static __always_inline int discard_push(struct bty_pkt *p, const struct discard_args *a, struct bty_env *env)
{
	return bty_drop(DISCARD);
}

#ifdef BTY_DESCRIBE
BTY_ELEMENT(discard, .name = "Discard", .summary = "Drops every packet, counted.", .source = "Click",
	    .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 0, .nout_max = 0,
	    .ports = "none", .args_size = sizeof(struct discard_args));
#endif
#endif
