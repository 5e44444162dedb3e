// SPDX-License-Identifier: GPL-2.0-only
/*
 * FromDevice: the XDP program attached to a device. Makes room for the metadata, parses once, and tail-calls the first
 * element. Whatever goes wrong here passes the packet to the host stack, counted.
 */
#include "common.bpf.h"
#include <batchy/parse.h>

static __always_inline void clear(struct bty_meta *m)
{
	__u64 *w = (__u64 *)m;

	w[0] = 0;
	w[1] = 0;
	w[2] = 0;
	w[3] = 0;
}

SEC("xdp")
int bty_entry(struct xdp_md *ctx)
{
	const struct bty_entry_args *args = (const void *)bty_cfg()->args;
	struct bty_el_stats *s = bty_el_stats();
	__u32 rxq = ctx->rx_queue_index;
	struct bty_pkt p;

	if (!s)
		return XDP_PASS;
	s->packets_in++;
	s->bytes_in += ctx->data_end - ctx->data;
	if (rxq >= args->nrxq || bpf_xdp_adjust_meta(ctx, -(int)sizeof(struct bty_meta))) {
		s->pass++;
		return XDP_PASS;
	}
	if (bty_pkt_init(&p, ctx))
		return bty_pass(ctx, s);
	clear(p.meta);
	p.meta->port = args->port_base + rxq;
	p.meta->in = args->device;
	p.meta->marks = bty_cfg()->mark;
	bty_parse(&p);
	bty_flow_ends(&p);
	bty_next(ctx, 0);
	return bty_pass(ctx, s);
}

char LICENSE[] SEC("license") = "GPL";
