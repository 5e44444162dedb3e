/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an element is. One header in include/elements/ defines, for an element `foo`:
 *
 *	struct foo_args { ... };                  its compiled arguments, fixed-width, at most BTY_ARGS_SIZE bytes
 *	static __always_inline int foo_push(struct bty_pkt *p, const struct foo_args *a, struct bty_env *env);
 *
 * foo_push() returns the output port (>= 0) or bty_drop(REASON). It is compiled inline into an XDP program
 * (bpf/element.bpf.c) and into a loop over a batch (user/element/native.c). Optional, announced by a macro:
 *
 *	#define foo_HAS_BATCH 1     static __always_inline void foo_batch(const struct foo_args *a, struct bty_env *env, __u32 n);
 *	                            once per batch before its packets (in XDP a batch is one packet)
 *	#define foo_HAS_PREFETCH 1  static __always_inline void foo_prefetch(const struct bty_pkt *p, const struct foo_args *a,
 *	                            struct bty_env *env);   native only, for every packet before the first push
 *	#define foo_HAS_VECTOR 1    static __always_inline void foo_vector(struct bty_batch *b, const struct foo_args *a,
 *	                            struct bty_env *env);   native only, in place of prefetch and push: for elements that gain from
 *	                            doing a step for every packet before the next step. Must do what foo_push() does.
 *	#define foo_TABLES 2        how many shared tables it reads with bty_table_row(); for BPF, bpf/tables.bpf.h declares them
 *
 * and, inside #ifdef BTY_DESCRIBE, its description: BTY_ELEMENT(foo, ...), see batchy/class.h. The name is listed once in
 * include/batchy/elements.def. That is all it takes to add one. Elements that the framework carries out (Queue,
 * FromDevice ...) define foo_FRAMEWORK 1 and have a description only.
 */
#ifndef BATCHY_ELEMENT_H
#define BATCHY_ELEMENT_H

#include <batchy/abi.h>
#include <batchy/compiler.h>
#include <batchy/drop.h>
#include <batchy/packet.h>

#define bty_drop(reason) (-(int)BTY_DROP_##reason)

#ifdef __bpf__

struct bty_env {
	__u32 unused;
};

static __always_inline __u32 bty_random(struct bty_env *env)
{
	return bpf_get_prandom_u32();
}

static __always_inline __u64 bty_now_ns(struct bty_env *env)
{
	return bpf_ktime_get_ns();
}

/* Row `key` of shared table n of this element, or NULL past its end. n is a literal, or a macro that is one. */
#define bty_table_map_(n) bty_table##n
#define bty_table_row(env, n, key)                                                \
	({                                                                        \
		__u32 _bty_key = (key);                                           \
		(void)(env);                                                      \
		(const void *)bpf_map_lookup_elem(&bty_table_map_(n), &_bty_key); \
	})

#else

/* A table shared with BPF, as user space maps it: rows of row_size bytes. */
struct bty_table {
	const __u8 *rows;
	__u32 nrows;
	__u32 row_size; /* as in the array map: rounded up to 8 */
};

/* What an element may ask of the worker it runs in; one per element and worker, touched by that thread alone. */
struct bty_env {
	struct bty_table table[BTY_MAX_TABLES];
	const __u8 *gateways; /* see batchy/gateway.h */
	__u64 now_ns;	      /* CLOCK_MONOTONIC when the batch was taken */
	__u64 random_state;   /* never 0 */
};

/* xorshift64* (Vigna 2016), good enough to split traffic */
static __always_inline __u32 bty_random(struct bty_env *env)
{
	__u64 x = env->random_state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	env->random_state = x;
	return (x * 2685821657736338717ULL) >> 32;
}

static __always_inline __u64 bty_now_ns(struct bty_env *env)
{
	return env->now_ns;
}

static __always_inline const void *bty_table_row(struct bty_env *env, int n, __u32 key)
{
	const struct bty_table *t = &env->table[n];

	return key < t->nrows ? t->rows + (size_t)key * t->row_size : NULL;
}

#include <batchy/class.h>

#endif
#endif
