/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits and version of the binary interface between BPF programs and user space.
 * Included by everything. Bump BTY_ABI_VERSION with the first release after a shared struct or map changed. What --pin leaves
 * holds none that another version could read: the next attach puts its own programs and maps behind the pinned link.
 */
#ifndef BATCHY_ABI_H
#define BATCHY_ABI_H

#include <linux/types.h>

#define BTY_VERSION	"0.1.0"
#define BTY_ABI_VERSION 1

#define BTY_NAME_LEN 32 /* element, queue, flow names, with the NUL */
#define BTY_MAX_ELEMENTS \
	1024 /* per pipeline; struct bty_hot of all of them must fit in 32 KiB, what a per-CPU map holds */
#define BTY_MAX_OUT	  64 /* output ports of one element; a power of two, at most 64: see BTY_DECISION_LEAF */
#define BTY_MAX_QUEUES	  64 /* Queue elements per pipeline */
#define BTY_MAX_PORTS	  64 /* receive queues over all devices of a pipeline */
#define BTY_MAX_WORKERS	  64
#define BTY_MAX_DEVICES	  16
#define BTY_MAX_FLOWS	  256
#define BTY_MAX_PATH	  32   /* elements named by one PATH */
#define BTY_MAX_MARKS	  32   /* bits of bty_meta.marks */
#define BTY_MAX_XDP_CHAIN 32   /* tail calls the kernel allows (33) less the entry's own */
#define BTY_MAX_TABLES	  6    /* shared tables per element instance */
#define BTY_MAX_GATEWAYS  4096 /* IPv6 gateways of a pipeline, number 0 being none */
#define BTY_ARGS_SIZE	  4096 /* bytes of an element's compiled arguments, in .rodata */
#define BTY_VEC_DEFAULT	  64   /* packets a worker takes as one vector */
#define BTY_VEC_MAX	  256

/* A limit in a message */
#define BTY_TEXT_(limit) #limit
#define BTY_TEXT(limit)	 BTY_TEXT_(limit)

#endif
