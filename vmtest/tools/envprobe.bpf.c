// SPDX-License-Identifier: GPL-2.0-only
/* Programs that ask a kernel what it allows; loaded by envprobe.c. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int fentry_hits;

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} xsks SEC(".maps");

/* a system call, so never inlined */
SEC("fentry/__x64_sys_getpgid")
int on_fentry(void *ctx)
{
	fentry_hits++;
	return 0;
}

SEC("xdp")
int to_socket(struct xdp_md *ctx)
{
	return bpf_redirect_map(&xsks, ctx->rx_queue_index, XDP_PASS);
}

/* what freplace replaces: global, and opaque to the compiler */
__attribute__((noinline)) int verdict(struct xdp_md *ctx)
{
	volatile int ret = XDP_DROP;

	return ret;
}

SEC("xdp")
int replaceable(struct xdp_md *ctx)
{
	return verdict(ctx);
}

SEC("freplace/verdict")
int replacement(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
