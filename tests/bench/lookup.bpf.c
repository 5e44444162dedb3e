// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lookups in a loop, as many in a run as LOOKUPS: in the kernel's LPM trie, in IPLookup's tables, and in none, for what the loop costs.
 * Loaded by tests/bench/lookup.c.
 */
#include <elements/iplookup.h>

#define LOOKUPS	  64
#define ADDRESSES (1 << 20)

struct address {
	__u64 hi, lo; /* host order; IPv4 in lo */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, ADDRESSES);
	__type(key, __u32);
	__type(value, struct address);
} addresses SEC(".maps");

struct lpm_key {
	__u32 len;
	__u8 addr[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, ADDRESSES);
	__type(key, struct lpm_key);
	__type(value, __u32);
} lpm SEC(".maps");

/* as in .rodata of an element; written before loading */
const volatile struct iplookup_args bench_args SEC(".rodata");
const volatile __u32 bench_v6 SEC(".rodata");

__u32 position; /* of the next address */
__u64 sum;	/* of what was found, so that nothing is left out */

static __always_inline const struct address *next(__u32 i)
{
	__u32 key = (position + i) & (ADDRESSES - 1);

	return bpf_map_lookup_elem(&addresses, &key);
}

SEC("xdp")
int bench_none(struct xdp_md *ctx)
{
	const struct address *a;
	__u32 i;

	for (i = 0; i < LOOKUPS; i++) {
		a = next(i);
		sum += a ? a->lo : 0;
	}
	position += LOOKUPS;
	return 0;
}

SEC("xdp")
int bench_lpm(struct xdp_md *ctx)
{
	const struct address *a;
	struct lpm_key key = {};
	__u32 i, *value;
	__u64 half;

	for (i = 0; i < LOOKUPS; i++) {
		a = next(i);
		if (!a)
			continue;
		key.len = 128;
		if (bench_v6) {
			half = bty_htonll(a->hi);
			__builtin_memcpy(key.addr, &half, 8);
			half = bty_htonll(a->lo);
			__builtin_memcpy(key.addr + 8, &half, 8);
		} else {
			half = bty_htonl(a->lo);
			__builtin_memcpy(key.addr, &half, 4);
			key.len = 32;
		}
		value = bpf_map_lookup_elem(&lpm, &key);
		sum += value ? *value : 0;
	}
	position += LOOKUPS;
	return 0;
}

SEC("xdp")
int bench_iplookup(struct xdp_md *ctx)
{
	const struct iplookup_args *args = bty_opaque((const struct iplookup_args *)&bench_args);
	struct bty_env env = {};
	struct iplookup_state s;
	const struct iplookup_hop *hop;
	const struct address *a;
	__u32 i, n;

	for (i = 0; i < LOOKUPS; i++) {
		a = next(i);
		if (!a)
			continue;
		if (bench_v6) {
			s.hi = a->hi;
			s.lo = a->lo;
			n = iplookup_find6(&s, args, &env);
		} else {
			n = iplookup_find4(a->lo, args, &env);
		}
		hop = bty_table_row(&env, IPLOOKUP_HOPS, n);
		sum += hop ? hop->port : 0;
	}
	position += LOOKUPS;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
