/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few definitions that let one header build for BPF and natively: attributes, byte order, helpers' stand-ins.
 * Included by packet.h and so by every element.
 */
#ifndef BATCHY_COMPILER_H
#define BATCHY_COMPILER_H

#include <linux/types.h>
#include <stddef.h>

#ifdef __bpf__
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#else
#include <stdint.h>
#include <string.h>
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#endif

#define bty_likely(x)	__builtin_expect(!!(x), 1)
#define bty_unlikely(x) __builtin_expect(!!(x), 0)

/* Both targets are little endian or big endian as the build machine is. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define bty_ntohs(x)  ((__u16)__builtin_bswap16(x))
#define bty_ntohl(x)  ((__u32)__builtin_bswap32(x))
#define bty_ntohll(x) ((__u64)__builtin_bswap64(x))
#else
#define bty_ntohs(x)  ((__u16)(x))
#define bty_ntohl(x)  ((__u32)(x))
#define bty_ntohll(x) ((__u64)(x))
#endif
#define bty_htons(x)  bty_ntohs(x)
#define bty_htonl(x)  bty_ntohl(x)
#define bty_htonll(x) bty_ntohll(x)

/*
 * Of a struct that lies at any address. BPF programs may load unaligned words where the kernel allows it, which x86-64 and
 * arm64 do; told that a word is unaligned, the compiler would load it byte by byte.
 */
#ifdef __bpf__
#define BTY_UNALIGNED
#else
#define BTY_UNALIGNED __attribute__((packed))
#endif

/* One load of what others write. */
#define bty_once(x) (*(const volatile __typeof__(x) *)&(x))

/* Keeps the compiler from folding loads through p: .rodata of a BPF object is filled in after compilation. */
#define bty_opaque(p)                     \
	({                                \
		__auto_type _bty_p = (p); \
		asm("" : "+r"(_bty_p));   \
		_bty_p;                   \
	})

#endif
