/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * EtherRewrite(SRC, DST): sets the source and destination MAC addresses (aa:bb:cc:dd:ee:ff).
 * Ports: 1 in, 1 out. Drops: runt. Source: Click's EtherRewrite.
 */
#ifndef ELEMENTS_ETHERREWRITE_H
#define ELEMENTS_ETHERREWRITE_H

#include <batchy/element.h>

/* as at the start of a frame */
struct etherrewrite_args {
	__u8 dst[6];
	__u8 src[6];
} __attribute__((aligned(4)));

static __always_inline int etherrewrite_push(struct bty_pkt *p, const struct etherrewrite_args *a, struct bty_env *env)
{
	struct bty_eth *eth = bty_at(p, 0, sizeof(*eth));

	if (!eth)
		return bty_drop(RUNT);
	bty_st32(eth->dst, bty_ld32(a->dst));
	bty_st32(eth->dst + 4, bty_ld32(a->dst + 4));
	bty_st32(eth->dst + 8, bty_ld32(a->dst + 8));
	return 0;
}

#ifdef BTY_DESCRIBE
static const struct bty_arg etherrewrite_arg[] = {
	{ .keyword = "SRC",
	  .what = "source MAC address to set",
	  .type = BTY_ARG_MAC,
	  .positional = 1,
	  .required = 1,
	  .offset = offsetof(struct etherrewrite_args, src) },
	{ .keyword = "DST",
	  .what = "destination MAC address to set",
	  .type = BTY_ARG_MAC,
	  .positional = 2,
	  .required = 1,
	  .offset = offsetof(struct etherrewrite_args, dst) },
	BTY_ARGS_END,
};

BTY_ELEMENT(etherrewrite, .name = "EtherRewrite", .summary = "Sets the source and destination MAC addresses.",
	    .source = "Click", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1,
	    .nout_min = 1, .nout_max = 1, .ports = "0: every packet", .args_size = sizeof(struct etherrewrite_args),
	    .args = etherrewrite_arg);
#endif
#endif
