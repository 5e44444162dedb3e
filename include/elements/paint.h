/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paint(COLOR): marks a packet with a number, 0 to 255, for a PaintSwitch later on its way. Packets come in with 0.
 * Ports: 1 in, 1 out. Drops: none. Source: Click's Paint.
 */
#ifndef ELEMENTS_PAINT_H
#define ELEMENTS_PAINT_H

#include <batchy/element.h>

struct paint_args {
	__u32 color;
};

static __always_inline int paint_push(struct bty_pkt *p, const struct paint_args *a, struct bty_env *env)
{
	p->meta->paint = a->color;
	return 0;
}

#ifdef BTY_DESCRIBE
static const struct bty_arg paint_arg[] = {
	{ .keyword = "COLOR",
	  .what = "the packet's new mark",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .required = 1,
	  .offset = offsetof(struct paint_args, color),
	  .max = 255 },
	BTY_ARGS_END,
};

BTY_ELEMENT(paint, .name = "Paint", .summary = "Marks packets with a number.", .source = "Click",
	    .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 1,
	    .ports = "0: every packet", .args_size = sizeof(struct paint_args), .args = paint_arg);
#endif
#endif
