/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PaintSwitch: sends a packet to the output whose number the last Paint has given it.
 * Ports: 1 in; out i: packets painted i, as many as are connected, at most 64. Drops: no_match (no such output).
 * Source: Click's PaintSwitch.
 */
#ifndef ELEMENTS_PAINTSWITCH_H
#define ELEMENTS_PAINTSWITCH_H

#include <batchy/element.h>

struct paintswitch_args {
	__u32 nout;
};

static __always_inline int paintswitch_push(struct bty_pkt *p, const struct paintswitch_args *a, struct bty_env *env)
{
	__u32 color = p->meta->paint;

	return color < a->nout ? (int)(color & (BTY_MAX_OUT - 1)) : bty_drop(NO_MATCH);
}

#ifdef BTY_DESCRIBE
static int paintswitch_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct paintswitch_args *)args)->nout = nconnected;
	return 0;
}

BTY_ELEMENT(paintswitch, .name = "PaintSwitch", .summary = "Sends packets on by the mark of a Paint.",
	    .source = "Click", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1,
	    .nout_min = 1, .nout_max = BTY_MAX_OUT, .ports = "i: packets painted i",
	    .args_size = sizeof(struct paintswitch_args), .finish = paintswitch_finish);
#endif
#endif
