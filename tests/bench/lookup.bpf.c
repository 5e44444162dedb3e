// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lookups in a loop, as many in a run as LOOKUPS: in the kernel's LPM trie, in IPLookup's tables, and in none, for what the loop costs.
 * Loaded by tests/bench/lookup.c.
 */
#include <elements/iplookup.h>

#include "bpf/tables.bpf.h"

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

/* written before loading */
const volatile struct {
	struct iplookup_args args; /* as in .rodata of an element */
	__u32 v6;
} bench SEC(".rodata");

__u32 position; /* of the next address */
__u64 sum;	/* of what was found, so that nothing is left out */

static __always_inline const struct address *next(__u32 i)
{
	__u32 key = (position + i) & (ADDRESSES - 1);

	return bpf_map_lookup_elem(&addresses, &key);
}

/* Global, so that the verifier looks at it once and not in every turn of the loop. */
__noinline __u32 bench_find(__u64 hi, __u64 lo)
{
	const struct iplookup_args *args = bty_opaque((const struct iplookup_args *)&bench.args);
	struct iplookup_state s = { .hi = hi, .lo = lo };
	const struct iplookup_hop *hop;
	struct bty_env env = { .table = { &bty_table0, &bty_table1, &bty_table2, &bty_table3, &bty_table4 } };

	hop = bty_table_row(&env, IPLOOKUP_HOPS,
			    bench.v6 ? iplookup_find6(&s, args, &env) : iplookup_find4(lo, args, &env));
	return hop ? hop->port : 0;
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
		if (bench.v6) {
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
	const struct address *a;
	__u32 i;

	for (i = 0; i < LOOKUPS; i++) {
		a = next(i);
		if (a)
			sum += bench_find(a->hi, a->lo);
	}
	position += LOOKUPS;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
