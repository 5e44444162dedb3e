// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The native build of an element, compiled once per class with EL and EL_HEADER: the loop over a batch around its
 * per-packet function, and its description for the registry. Called by workers through struct bty_class.
 */
#define BTY_DESCRIBE
#include <batchy/element.h>

#define CAT_(a, b) a##b
#define CAT(a, b)  CAT_(a, b)
#define ARGS	   struct CAT(EL, _args)

#include EL_HEADER

#if !CAT(EL, _FRAMEWORK)
_Static_assert(sizeof(ARGS) <= BTY_ARGS_SIZE, "arguments must fit in .rodata's slot");

static void process(struct bty_batch *b, const void *args, struct bty_env *env)
{
	const ARGS *a = args;

#if CAT(EL, _HAS_PROCESS)
	CAT(EL, _process)(b, a, env);
#else
#if CAT(EL, _HAS_BATCH)
	CAT(EL, _batch)(a, env, b->n);
#endif
#if CAT(EL, _HAS_VECTOR)
	CAT(EL, _vector)(b, a, env);
#else
	uint32_t i;

#if CAT(EL, _HAS_PREFETCH)
	for (i = 0; i < b->n; i++)
		CAT(EL, _prefetch)(&b->pkt[i], a, env);
#endif
	for (i = 0; i < b->n; i++)
		b->verdict[i] = CAT(EL, _push)(&b->pkt[i], a, env);
#endif
#endif
}
#endif
