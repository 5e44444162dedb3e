/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a fused program is made of: one XDP program for all elements of a pipeline that run in XDP, whose body
 * user/load/fuse.c writes when the pipeline is loaded. This header and those of all elements, preprocessed, travel inside
 * the agent as the beginning of that program. Metadata is kept apart from the packet, and put in front of it only when
 * it leaves for a worker or another program.
 */
#ifndef BPF_FUSED_BPF_H
#define BPF_FUSED_BPF_H

#include <batchy/element.h>
#include <batchy/parse.h>
#include <maps/maps.bpf.h>
#include "queue.bpf.h"
#include "tail.bpf.h"

/* Once per packet. Returns NULL never in practice. */
static __always_inline struct bty_hot *bty_fused_hot(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&bty_hot, &zero);
}

static __always_inline void bty_fused_count(struct bty_hot *hot, const struct bty_pkt *p, __u32 id)
{
	hot->in[id].packets++;
	hot->in[id].bytes += bty_len(p);
}

/*
 * The packet enters element id. To the compiler its ends are new: it would keep what an element before has found out about them,
 * in ways that the verifier cannot follow.
 */
static __always_inline void bty_fused_enter(struct bty_hot *hot, struct bty_pkt *p, __u32 id)
{
	bty_fused_count(hot, p, id);
	asm volatile("" : "+r"(p->data), "+r"(p->data_end));
}

static __always_inline int bty_fused_pass(__u32 id)
{
	struct bty_el_stats *s = bpf_map_lookup_elem(&bty_stats, &id);

	if (s)
		s->pass++;
	return XDP_PASS;
}

/* verdict: what bty_drop() gives */
static __always_inline int bty_fused_drop(__u32 id, int verdict)
{
	struct bty_el_stats *s = bpf_map_lookup_elem(&bty_stats, &id);

	if (s)
		s->drops[bty_drop_reason(verdict)]++;
	return XDP_DROP;
}

static __always_inline void bty_fused_data(struct bty_pkt *p)
{
	p->data = (void *)(long)p->ctx->data;
	p->data_end = (void *)(long)p->ctx->data_end;
}

/* FromDevice, number id. Returns -1 for a receive queue that the pipeline does not know. */
static __always_inline int bty_fused_begin(struct xdp_md *ctx, struct bty_pkt *p, struct bty_hot *hot, __u32 id,
					   __u32 port_base, __u32 nrxq, __u32 device, __u32 mark)
{
	__u64 *w = (__u64 *)&hot->meta;
	__u32 rxq = ctx->rx_queue_index;

	p->ctx = ctx;
	p->meta = &hot->meta;
	bty_fused_data(p);
	bty_fused_count(hot, p, id);
	if (rxq >= nrxq)
		return -1;
	w[0] = 0;
	w[1] = 0;
	w[2] = 0;
	w[3] = 0;
	p->meta->port = port_base + rxq;
	p->meta->in = device;
	p->meta->marks = mark;
	bty_parse(p);
	/* what follows reads it from memory: the verifier would follow each way through the parser to the end */
	asm volatile("" ::: "memory");
	return 0;
}

/* Puts the metadata in front of the packet. Returns -1 when the driver leaves no room for it. */
static __always_inline int bty_fused_leave(struct bty_pkt *p)
{
	const __u64 *from = (const __u64 *)p->meta;
	__u64 *to;

	if (bpf_xdp_adjust_meta(p->ctx, -(int)sizeof(struct bty_meta)))
		return -1;
	bty_fused_data(p);
	p->meta = (void *)(long)p->ctx->data_meta;
	if ((void *)(p->meta + 1) > (void *)p->data)
		return -1;
	to = (__u64 *)p->meta;
	to[0] = from[0];
	to[1] = from[1];
	to[2] = from[2];
	to[3] = from[3];
	return 0;
}

static __always_inline int bty_fused_strip(struct bty_pkt *p, __u32 id)
{
	bpf_xdp_adjust_meta(p->ctx, sizeof(struct bty_meta));
	return bty_fused_pass(id);
}

static __always_inline int bty_fused_queue(struct bty_pkt *p, __u32 id, __u32 queue, __u32 nports)
{
	int verdict;

	if (bty_fused_leave(p))
		return bty_fused_pass(id);
	verdict = bty_queue_put(p->meta, queue, nports);
	if (verdict == XDP_PASS)
		return bty_fused_strip(p, id);
	if (verdict == XDP_DROP)
		return bty_fused_drop(id, bty_drop(QUEUE_FULL));
	return verdict;
}

static __always_inline int bty_fused_device(__u32 id, __u32 device)
{
	struct bty_el_stats *s;

	if (bpf_redirect_map(&bty_devs, device, 0) != XDP_REDIRECT)
		return bty_fused_drop(id, bty_drop(TX_ERROR));
	s = bpf_map_lookup_elem(&bty_stats, &id);
	if (s)
		s->tx++;
	return XDP_REDIRECT;
}

/* To a program of its own, element next of the program array; from element id. */
static __always_inline int bty_fused_next(struct bty_pkt *p, __u32 id, __u32 next)
{
	if (bty_fused_leave(p))
		return bty_fused_pass(id);
	bty_tail_call(p->ctx, next);
	return bty_fused_strip(p, id);
}

/* A flow ends here for packets that carry all of marks. */
static __always_inline void bty_fused_flow(const struct bty_pkt *p, __u32 flow, __u32 marks)
{
	struct bty_flow_stats *f;

	if ((p->meta->marks & marks) != marks)
		return;
	f = bpf_map_lookup_elem(&bty_flows, &flow);
	if (f) {
		f->packets++;
		f->bytes += bty_len(p);
	}
}

char LICENSE[] SEC("license") = "GPL";

#endif
