// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sink of batchy-gen: gives its frames to an AF_XDP socket with the time of arrival in front, and leaves all others
 * to the host stack. Loaded by user/gen/rx_xdp.c; no part of a pipeline.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <maps/gensink.h>

#define TAGS_MAX 2

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, BTY_GEN_QUEUES);
	__type(key, __u32);
	__type(value, __u32);
} bty_gen_xsks SEC(".maps");

struct tag {
	__be16 tci;
	__be16 type;
};

/* The start of the UDP header, or NULL. */
static __always_inline struct udphdr *find_udp(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct ipv6hdr *ip6;
	struct iphdr *ip;
	struct tag *tag;
	__be16 type;
	void *at;
	int i;

	if ((void *)(eth + 1) > end)
		return NULL;
	type = eth->h_proto;
	at = eth + 1;
	for (i = 0; i < TAGS_MAX; i++) {
		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		tag = at;
		if ((void *)(tag + 1) > end)
			return NULL;
		type = tag->type;
		at = tag + 1;
	}
	if (type == bpf_htons(ETH_P_IP)) {
		ip = at;
		if ((void *)(ip + 1) > end || ip->protocol != IPPROTO_UDP || ip->ihl < 5)
			return NULL;
		return at + ip->ihl * 4;
	}
	ip6 = at;
	if (type != bpf_htons(ETH_P_IPV6) || (void *)(ip6 + 1) > end || ip6->nexthdr != IPPROTO_UDP)
		return NULL;
	return (void *)(ip6 + 1);
}

SEC("xdp")
int bty_gen_sink(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct udphdr *udp = find_udp(data, end);
	struct bty_gen_stamp *stamp;
	__be16 *magic;

	magic = (__be16 *)(udp + 1);
	if (!udp || (void *)(magic + 1) > end || *magic != bpf_htons(BTY_GEN_MAGIC))
		return XDP_PASS;
	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*stamp)))
		return XDP_PASS;
	stamp = (void *)(long)ctx->data_meta;
	if ((void *)(stamp + 1) > (void *)(long)ctx->data)
		return XDP_PASS;
	stamp->arrival_ns = bpf_ktime_get_ns();
	return bpf_redirect_map(&bty_gen_xsks, ctx->rx_queue_index, XDP_PASS);
}

char LICENSE[] SEC("license") = "GPL";
