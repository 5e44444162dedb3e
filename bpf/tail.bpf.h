/* SPDX-License-Identifier: GPL-2.0-only */
/* The tail call from one element's program to the next; included by common.bpf.h and fused.bpf.h. */
#ifndef BPF_TAIL_BPF_H
#define BPF_TAIL_BPF_H

#include <maps/maps.bpf.h>

/*
 * One call site per port with an index that is constant in .rodata: the JIT then makes each a direct jump. In asm, so
 * that the compiler does not fold them into one call with a variable index.
 */
static __always_inline void bty_tail_call(struct xdp_md *ctx, __u32 index)
{
	asm volatile("r1 = %[ctx]\n\t"
		     "r2 = %[map] ll\n\t"
		     "r3 = %[index]\n\t"
		     "call 12"
		     :
		     : [ctx] "r"(ctx), [map] "i"(&bty_progs), [index] "r"(index)
		     : "r0", "r1", "r2", "r3", "r4", "r5", "memory");
}

#endif
