// SPDX-License-Identifier: GPL-2.0-only
/* Somebody else's XDP program on an interface: counts and passes. Attached through libxdp by `envprobe share`. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int packets SEC(".data.share") = 0;

SEC("xdp")
int other(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&packets, 1);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
