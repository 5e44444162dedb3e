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
 *	#define foo_TABLES 2        how many shared tables it reads with bty_table_row()
 *
 * An element that one packet in, one packet out does not describe runs in workers only: BTY_EL_WORKER(foo) in elements.def, and
 * BTY_PLACE_WORKER in its description. In place of foo_push() it may have
 *
 *	#define foo_HAS_PROCESS 1   static void foo_process(struct bty_batch *b, const struct foo_args *a, struct bty_env *env);
 *	                            fills b->verdict[0..n-1]
 *
 * It may make packets (bty_new, bty_clone), which leave by bty_emit() after the batch and in that order; keep packets, with
 * the verdict BTY_HELD, to let them go by bty_emit() or bty_discard() later; ask to be called at a time (env->wake_ns, tick());
 * and have state. What a source makes is parsed, as what FromDevice receives.
 *
 * and, inside #ifdef BTY_DESCRIBE, its description: BTY_ELEMENT(foo, ...), see batchy/class.h. The name is listed once in
 * include/batchy/elements.def. That is all it takes to add one. Elements that the framework carries out (Queue,
 * FromDevice ...), and sources, which have a tick() and no input, define foo_FRAMEWORK 1 and have a description only.
 */
#ifndef BATCHY_ELEMENT_H
#define BATCHY_ELEMENT_H

#include <batchy/abi.h>
#include <batchy/compiler.h>
#include <batchy/drop.h>
#include <batchy/packet.h>
#include <batchy/resize.h>

#define bty_drop(reason) (-(int)BTY_DROP_##reason)

/*
 * The reason that bty_drop() made, below BTY_DROP_MAX. The mask is for the verifier, which knows nothing of a negated number on
 * 6.1; the compiler, which may know that it changes nothing, must not leave it out.
 */
static __always_inline __u32 bty_drop_reason(int verdict)
{
	__u32 reason = -verdict;

	asm("" : "+r"(reason));
	return reason & (BTY_DROP_MAX - 1);
}

#ifdef __bpf__

struct bty_env {
	void *table[BTY_MAX_TABLES]; /* maps; constants once everything is inlined */
};

static __always_inline __u32 bty_random(struct bty_env *env)
{
	return bpf_get_prandom_u32();
}

static __always_inline __u64 bty_now_ns(struct bty_env *env)
{
	return bpf_ktime_get_ns();
}

/* Row `key` of shared table n of this element, or NULL past its end. */
#define bty_table_row(env, n, key)                                             \
	({                                                                     \
		__u32 _bty_key = (key);                                        \
		(const void *)bpf_map_lookup_elem((env)->table[n], &_bty_key); \
	})

#else

#include <errno.h>

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
	/* elements in workers only */
	void *state;   /* see state_size in batchy/class.h */
	__u64 wake_ns; /* set by the element: when tick() is to be called; 0: not */
	__u32 port;    /* receive port of the packets it makes */
	const struct bty_env_ops *ops;
	void *worker; /* theirs */
};

/* What a worker does for its elements; NULL in tests without one. */
struct bty_env_ops {
	int (*make)(struct bty_env *env, __u32 len, struct bty_pkt *p);
	void (*emit)(struct bty_env *env, int port, const struct bty_pkt *p);
	void (*discard)(struct bty_env *env, const struct bty_pkt *p, int reason);
};

/*
 * A packet of len bytes, neither the bytes nor what they mean set; its metadata is zero but for the receive port. It is the
 * element's until it is emitted or discarded. Returns 0, or -ENOMEM or -EMSGSIZE: made and dropped, as no_memory or too_big.
 */
static __always_inline int bty_new(struct bty_env *env, __u32 len, struct bty_pkt *p)
{
	return env->ops ? env->ops->make(env, len, p) : -ENOMEM;
}

/* The same, a copy of src and of what is known of it. */
static __always_inline int bty_clone(struct bty_env *env, const struct bty_pkt *src, struct bty_pkt *p)
{
	__u32 len = src->data_end - src->data;
	int ret = bty_new(env, len, p);

	if (!ret) {
		memcpy(p->data, src->data, len);
		*p->meta = *src->meta;
	}
	return ret;
}

/* A packet that was made or held leaves by this port, after the batch at hand. */
static __always_inline void bty_emit(struct bty_env *env, int port, const struct bty_pkt *p)
{
	env->ops->emit(env, port, p);
}

/* It ends here, for this reason. */
static __always_inline void bty_discard(struct bty_env *env, const struct bty_pkt *p, int reason)
{
	env->ops->discard(env, p, reason);
}

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
