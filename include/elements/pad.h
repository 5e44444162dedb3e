/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pad(LENGTH 60): makes shorter frames LENGTH bytes long, with bytes of 0 at the end: 60 is what Ethernet wants at least, its check
 * sequence not counted, and what taking a header off may leave less of.
 * Ports: 1 in, 1 out. Drops: no_room. Source: IEEE 802.3; Click's Pad.
 */
#ifndef ELEMENTS_PAD_H
#define ELEMENTS_PAD_H

#include <batchy/element.h>

struct pad_args {
	__u32 length;
};

static __always_inline int pad_push(struct bty_pkt *p, const struct pad_args *a, struct bty_env *env)
{
	if (bty_len(p) < a->length && bty_set_len(p, a->length))
		return bty_drop(NO_ROOM);
	return 0;
}

#ifdef BTY_DESCRIBE
static const struct bty_arg pad_arg[] = {
	{ .keyword = "LENGTH",
	  .what = "bytes of a frame at least",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .offset = offsetof(struct pad_args, length),
	  .min = BTY_LEN_MIN,
	  .max = 4096,
	  .deflt = "60" },
	BTY_ARGS_END,
};

BTY_ELEMENT(pad, .name = "Pad", .summary = "Makes short frames longer.", .source = "IEEE 802.3; Click",
	    .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 1,
	    .ports = "0: every packet", .args_size = sizeof(struct pad_args), .args = pad_arg);
#endif
#endif
