/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EL in a fused program: what element.bpf.c does with it in a program of its own. Included once for each element by
 * a list the Makefile writes, after fused.bpf.h.
 */
#define EL_CAT_(a, b) a##b
#define EL_CAT(a, b)  EL_CAT_(a, b)

static __always_inline int EL_CAT(EL, _run)(struct bty_pkt *p, const struct EL_CAT(EL, _args) * a, struct bty_env *env)
{
#if EL_CAT(EL, _HAS_BATCH)
	EL_CAT(EL, _batch)(a, env, 1);
#endif
	return EL_CAT(EL, _push)(p, a, env);
}

#undef EL_CAT
#undef EL_CAT_
