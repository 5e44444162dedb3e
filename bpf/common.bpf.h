/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every XDP program of a pipeline does around its element: find the packet and its metadata, count, go on to the
 * next element. Included by each bpf/ program.
 */
#ifndef BPF_COMMON_BPF_H
#define BPF_COMMON_BPF_H

#include <batchy/element.h>
#include <maps/maps.bpf.h>
#include "tail.bpf.h"

/* In .rodata; read through bty_cfg() only, because its value is not the one the compiler sees. */
const volatile struct bty_el_cfg bty_config SEC(".rodata");

static __always_inline const struct bty_el_cfg *bty_cfg(void)
{
	return bty_opaque((const struct bty_el_cfg *)&bty_config);
}

static __always_inline struct bty_el_stats *bty_el_stats(void)
{
	__u32 id = bty_cfg()->id;

	return bpf_map_lookup_elem(&bty_stats, &id);
}

static __always_inline int bty_pkt_init(struct bty_pkt *p, struct xdp_md *ctx)
{
	p->ctx = ctx;
	return bty_reread(p);
}

/* The metadata is ours alone: left on, it would keep GRO from merging packets (skb_metadata_differs). */
static __always_inline void bty_strip_meta(struct xdp_md *ctx)
{
	bpf_xdp_adjust_meta(ctx, sizeof(struct bty_meta));
}

static __always_inline int bty_pass(struct xdp_md *ctx, struct bty_el_stats *s)
{
	if (s)
		s->pass++;
	bty_strip_meta(ctx);
	return XDP_PASS;
}

static __always_inline void bty_flow_ends(const struct bty_pkt *p)
{
	const struct bty_flow_end *end = bty_cfg()->flow_end;
	struct bty_flow_stats *f;
	__u32 flow;
	int i;

#pragma unroll
	for (i = 0; i < BTY_MAX_FLOW_ENDS; i++) {
		if (!end[i].flow_plus1 || (p->meta->marks & end[i].marks) != end[i].marks)
			continue;
		flow = end[i].flow_plus1 - 1;
		f = bpf_map_lookup_elem(&bty_flows, &flow);
		if (f) {
			f->packets++;
			f->bytes += bty_len(p);
		}
	}
}

/* Begins an element's program: counts the packet and sets its mark. Returns NULL never in practice: id is in range. */
static __always_inline struct bty_el_stats *bty_enter(const struct bty_pkt *p)
{
	struct bty_el_stats *s = bty_el_stats();
	__u32 mark = bty_cfg()->mark;

	if (mark)
		p->meta->marks |= mark;
	if (s) {
		s->packets_in++;
		s->bytes_in += bty_len(p);
	}
	return s;
}

static __always_inline void bty_next(struct xdp_md *ctx, int port)
{
	const struct bty_el_cfg *cfg = bty_cfg();
	int i;

#pragma unroll
	for (i = 0; i < BTY_MAX_OUT; i++)
		if (port == i && cfg->next[i] != BTY_NEXT_NONE)
			bty_tail_call(ctx, cfg->next[i]);
}

#endif
