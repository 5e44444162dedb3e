// SPDX-License-Identifier: GPL-2.0-only
/*
 * The work of tests/bench/chain.click as one program, written by hand for this one pipeline: the same checks, lookup,
 * changes and counters, everything known at compile time, no metadata. Loaded by bench_chain to compare with; never
 * attached.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "bpf/tables.bpf.h"

#define STEPS 13

struct counters {
	__u64 packets[STEPS], bytes[STEPS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counters SEC(".maps");

static __always_inline void count(struct counters *c, int step, __u64 len)
{
	c->packets[step]++;
	c->bytes[step] += len;
}

struct hop {
	__u32 gateway, port;
};

/* The last 8 bits of an address: from start[i] on hop[i]. */
struct ranges {
	__u32 hop[12];
	__u8 start[12];
	__u32 node; /* not here: there are three routes */
};

/* DIR-24-8, as IPLookup lays it out: next hops, 2^24 entries, what they lead to */
static __always_inline int route(__be32 daddr, __u32 *gateway)
{
	__u32 dst = bpf_ntohl(daddr), key = dst >> 16, e, i;
	const __u16 *row = bpf_map_lookup_elem(&bty_table1, &key);
	const struct ranges *last;
	const struct hop *hop;

	if (!row)
		return -1;
	key = e = row[dst >> 8 & 0xff];
	if (e & 0x8000) {
		key = e & 0x7fff;
		last = bpf_map_lookup_elem(&bty_table2, &key);
		if (!last)
			return -1;
		for (i = 1, key = last->hop[0]; i < 12; i++)
			if ((dst & 0xff) >= last->start[i])
				key = last->hop[i];
	}
	if (!key)
		return -1;
	hop = bpf_map_lookup_elem(&bty_table0, &key);
	if (!hop)
		return -1;
	*gateway = hop->gateway;
	return hop->port;
}

static __always_inline int header_ok(const struct iphdr *ip, const void *end)
{
	const __u32 *w = (const void *)ip;
	__u64 sum;
	int i;

	/* options are left to the slow path */
	if (ip->version != 4 || ip->ihl != 5 || bpf_ntohs(ip->tot_len) < 20 ||
	    (const void *)ip + bpf_ntohs(ip->tot_len) > end)
		return 0;
	sum = 0;
	for (i = 0; i < 5; i++)
		sum += w[i];
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

SEC("xdp")
int by_hand(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u64 len = end - data;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	struct counters *c;
	__u32 zero = 0, gateway = 0, sum;

	c = bpf_map_lookup_elem(&counters, &zero);
	if (!c)
		return XDP_ABORTED;
	count(c, 0, len);
	count(c, 1, len);
	if ((void *)(udp + 1) > end)
		return XDP_DROP;
	count(c, 2, len);
	if (eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_DROP;
	count(c, 3, len);
	if (!header_ok(ip, end))
		return XDP_DROP;
	count(c, 4, len);
	count(c, 5, len);
	if (ip->protocol != 17 || (ip->frag_off & bpf_htons(0x1fff)) || udp->dest != bpf_htons(5000))
		return XDP_DROP;
	count(c, 6, len);
	count(c, 7, len);
	if (route(ip->daddr, &gateway))
		return XDP_DROP;
	count(c, 8, len);
	if (ip->ttl <= 1)
		return XDP_DROP;
	ip->ttl--;
	sum = ip->check + bpf_htons(0x0100);
	ip->check = sum + (sum >= 0xffff);
	count(c, 9, len);
	count(c, 10, len);
	__builtin_memcpy(eth->h_dest, "\x02\x00\x00\x00\x00\x02", 6);
	__builtin_memcpy(eth->h_source, "\x02\x00\x00\x00\x00\x01", 6);
	count(c, 11, len);
	if (__builtin_memcmp(eth->h_dest, "\x02\x00\x00\x00\x00\x02", 6))
		return XDP_DROP;
	count(c, 12, len);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
