/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bypass(CYCLES_PER_PACKET n, CYCLES_PER_BATCH n): passes packets on after burning that many CPU cycles on each packet and,
 * before them, on each batch (in XDP a batch is one packet): a network function of known cost, for experiments. Both
 * builds run the same chain of dependent multiplications, whose cost in cycles of the time stamp counter is measured when
 * the pipeline is read (user/element/bypass.c).
 * Ports: 1 in, 1 out. Drops: none. Source: Batchy (NSDI 2020), BESS's Bypass.
 */
#ifndef ELEMENTS_BYPASS_H
#define ELEMENTS_BYPASS_H

#include <batchy/element.h>

#define bypass_HAS_BATCH 1

#define BYPASS_CHUNK 64 /* multiplications per call of bpf_loop(), so that the call costs little beside them */

struct bypass_args {
	__u32 cycles_per_packet;
	__u32 cycles_per_batch;
	__u32 packet_muls; /* multiplications that take as long */
	__u32 batch_muls;
};

/* The asm keeps the compiler from finding the product by other means. */
static __always_inline __u64 bypass_mul(__u64 x)
{
	x *= 0x2545f491;
	asm volatile("" : "+r"(x));
	return x;
}

/*
 * What follows waits for the product. Without, the CPU would work on the multiplications of several packets at once. Where
 * there is no instruction for it, an atomic operation on the product holds back the loads that follow.
 */
static __always_inline void bypass_wait(__u64 x)
{
#if defined(__x86_64__) && !defined(__bpf__)
	__builtin_ia32_lfence();
#else
	__u64 sink = 0;

	__sync_fetch_and_add(&sink, x);
	asm volatile("" : : "r"(&sink) : "memory");
#endif
}

#ifdef __bpf__
static long bypass_chunk(__u32 i, __u64 *x)
{
	__u64 v = *x;
	int j;

#pragma unroll
	for (j = 0; j < BYPASS_CHUNK; j++)
		v = bypass_mul(v);
	*x = v;
	return 0;
}

/* Without bpf_loop() the verifier would follow every turn of a long loop. */
static __always_inline void bypass_burn(__u32 n)
{
	__u64 x = bpf_get_smp_processor_id();
	__u32 i, rest = n & (BYPASS_CHUNK - 1);

#pragma nounroll
	for (i = 0; i < rest; i++)
		x = bypass_mul(x);
	if (n >= BYPASS_CHUNK)
		bpf_loop(n / BYPASS_CHUNK, bypass_chunk, &x, 0);
	bypass_wait(x);
}
#else
void bypass_burn(__u32 n); /* user/element/bypass.c */
#endif

static __always_inline void bypass_batch(const struct bypass_args *a, struct bty_env *env, __u32 n)
{
	if (a->batch_muls)
		bypass_burn(a->batch_muls);
}

static __always_inline int bypass_push(struct bty_pkt *p, const struct bypass_args *a, struct bty_env *env)
{
	if (a->packet_muls)
		bypass_burn(a->packet_muls);
	return 0;
}

#ifdef BTY_DESCRIBE
/* user/element/bypass.c */
int bty_bypass_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);

static const struct bty_arg bypass_arg[] = {
	{ .keyword = "CYCLES_PER_PACKET",
	  .what = "CPU cycles burnt on each packet",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .offset = offsetof(struct bypass_args, cycles_per_packet),
	  .max = 100000000,
	  .deflt = "0" },
	{ .keyword = "CYCLES_PER_BATCH",
	  .what = "CPU cycles burnt on each batch",
	  .type = BTY_ARG_U32,
	  .positional = 2,
	  .offset = offsetof(struct bypass_args, cycles_per_batch),
	  .max = 100000000,
	  .deflt = "0" },
	BTY_ARGS_END,
};

BTY_ELEMENT(bypass, .name = "Bypass", .summary = "Burns a known number of CPU cycles per packet and per batch.",
	    .source = "Batchy (NSDI 2020); BESS", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .nin = 1, .nout_min = 1, .nout_max = 1, .ports = "0: every packet", .args_size = sizeof(struct bypass_args),
	    .args = bypass_arg, .finish = bty_bypass_finish);
#endif
#endif
