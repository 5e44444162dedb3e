// SPDX-License-Identifier: GPL-2.0-only
/* Queue in XDP as a program of its own, at the end of a chain of tail calls. */
#include "common.bpf.h"
#include "queue.bpf.h"

SEC("xdp")
int bty_queue(struct xdp_md *ctx)
{
	const struct bty_queue_args *args = (const void *)bty_cfg()->args;
	struct bty_el_stats *s;
	struct bty_pkt p;
	int verdict;

	if (bty_pkt_init(&p, ctx))
		return bty_pass(ctx, bty_el_stats());
	s = bty_enter(&p);
	if (!s)
		return XDP_PASS;
	verdict = bty_queue_put(p.meta, args->queue, args->nports);
	if (verdict == XDP_PASS)
		return bty_pass(ctx, s);
	if (verdict == XDP_DROP)
		s->drops[BTY_DROP_QUEUE_FULL]++;
	return verdict;
}

char LICENSE[] SEC("license") = "GPL";
