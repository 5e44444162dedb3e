// SPDX-License-Identifier: GPL-2.0-only
/*
 * The XDP build of an element, compiled once per class with EL and EL_HEADER. One loaded copy per instance, with its
 * arguments in .rodata; entered by tail call from the element before it.
 */
#include "common.bpf.h"

#define CAT_(a, b) a##b
#define CAT(a, b)  CAT_(a, b)

#include EL_HEADER
#if CAT(EL, _TABLES)
#include "tables.bpf.h"
/* those it does not have are never looked at: the agent leaves them out */
#define TABLES .table = { &bty_table0, &bty_table1, &bty_table2, &bty_table3, &bty_table4, &bty_table5 }
#else
#define TABLES
#endif

SEC("xdp")
int bty_element(struct xdp_md *ctx)
{
	const struct CAT(EL, _args) *args = (const void *)bty_cfg()->args;
	struct bty_env env = { TABLES };
	struct bty_el_stats *s;
	struct bty_pkt p;
	int port;

	if (bty_pkt_init(&p, ctx))
		return bty_pass(ctx, bty_el_stats());
	s = bty_enter(&p);
	if (!s)
		return XDP_PASS;
#if CAT(EL, _HAS_BATCH)
	CAT(EL, _batch)(args, &env, 1);
#endif
	port = CAT(EL, _push)(&p, args, &env);
	if (port < 0) {
		s->drops[bty_drop_reason(port)]++;
		return XDP_DROP;
	}
	bty_flow_ends(&p);
	bty_next(ctx, port);
	/* only when the program array misses an entry, which the loader rules out: fail open */
	return bty_pass(ctx, s);
}

char LICENSE[] SEC("license") = "GPL";
