/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MACSwap: exchanges source and destination MAC address, so that a packet can go back where it came from.
 * Ports: 1 in, 1 out. Drops: runt. Source: Click's EtherMirror; testpmd's macswap.
 */
#ifndef ELEMENTS_MACSWAP_H
#define ELEMENTS_MACSWAP_H

#include <batchy/element.h>

struct macswap_args {
	__u32 unused;
};

static __always_inline int macswap_push(struct bty_pkt *p, const struct macswap_args *a, struct bty_env *env)
{
	__u8 *q = bty_at(p, 0, BTY_LEN_MIN);
	__u32 dst, src;
	__u16 dst_end, src_end;

	if (!q)
		return bty_drop(RUNT);
	dst = bty_ld32(q);
	dst_end = bty_ld16(q + 4);
	src = bty_ld32(q + 6);
	src_end = bty_ld16(q + 10);
	bty_st32(q, src);
	bty_st16(q + 4, src_end);
	bty_st32(q + 6, dst);
	bty_st16(q + 10, dst_end);
	return 0;
}

#ifdef BTY_DESCRIBE
BTY_ELEMENT(macswap, .name = "MACSwap", .summary = "Exchanges source and destination MAC address.",
	    .source = "Click; testpmd", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1,
	    .nout_min = 1, .nout_max = 1, .ports = "0: every packet", .args_size = sizeof(struct macswap_args));
#endif
#endif
