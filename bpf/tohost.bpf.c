// SPDX-License-Identifier: GPL-2.0-only
/* ToHost in XDP: the packet goes up the stack as it is. */
#include "common.bpf.h"

SEC("xdp")
int bty_tohost(struct xdp_md *ctx)
{
	struct bty_el_stats *s;
	struct bty_pkt p;

	if (bty_pkt_init(&p, ctx))
		return bty_pass(ctx, bty_el_stats());
	s = bty_enter(&p);
	bty_flow_ends(&p);
	return bty_pass(ctx, s);
}

char LICENSE[] SEC("license") = "GPL";
