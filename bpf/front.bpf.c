// SPDX-License-Identifier: GPL-2.0-only
/*
 * FromDevice of a fused pipeline: the XDP program attached to a device, which goes on to the fused one in the program array,
 * where another can take its place while packets come in. Passes packets to the host stack when there is none: its agent
 * has ended.
 */
#include "common.bpf.h"

SEC("xdp")
int bty_entry(struct xdp_md *ctx)
{
	struct bty_el_stats *s;

	bty_tail_call(ctx, bty_cfg()->id);
	s = bty_el_stats();
	if (!s)
		return XDP_PASS;
	s->packets_in++;
	s->bytes_in += ctx->data_end - ctx->data;
	s->pass++;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
