// SPDX-License-Identifier: GPL-2.0-only
/*
 * Never attached: loaded to learn whether this kernel lets a program replace a function of another (freplace), which the
 * libxdp dispatcher is made of, and whether that dispatcher takes one that changes packets. Used by user/load/freplace.c.
 */
#include <batchy/compiler.h>

__attribute__((noinline)) int bty_replaceable(struct xdp_md *ctx)
{
	volatile int ret = XDP_PASS;

	/* a context that is not used may be optimised away, and then there is nothing to replace */
	return ctx ? ret : XDP_ABORTED;
}

SEC("xdp")
int bty_probe(struct xdp_md *ctx)
{
	return bty_replaceable(ctx);
}

SEC("?freplace/bty_replaceable")
int bty_replacement(struct xdp_md *ctx)
{
	return XDP_PASS;
}

/* as the entry program does: kernels since 6.12 let it replace only what does so too */
SEC("?freplace/prog0")
int bty_changing(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_meta(ctx, -8) ? XDP_ABORTED : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
