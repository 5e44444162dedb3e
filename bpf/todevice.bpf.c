// SPDX-License-Identifier: GPL-2.0-only
/* ToDevice in XDP: redirect through the device map. */
#include "common.bpf.h"

SEC("xdp")
int bty_todevice(struct xdp_md *ctx)
{
	const struct bty_todevice_args *args = (const void *)bty_cfg()->args;
	struct bty_el_stats *s;
	struct bty_pkt p;

	if (bty_pkt_init(&p, ctx))
		return bty_pass(ctx, bty_el_stats());
	s = bty_enter(&p);
	if (!s)
		return XDP_PASS;
	bty_flow_ends(&p);
	bty_strip_meta(ctx);
	if (bpf_redirect_map(&bty_devs, args->device, 0) != XDP_REDIRECT) {
		s->drops[BTY_DROP_TX_ERROR]++;
		return XDP_DROP;
	}
	s->tx++;
	return XDP_REDIRECT;
}

char LICENSE[] SEC("license") = "GPL";
