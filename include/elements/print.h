/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Print(LABEL, MAXLENGTH n, RATE rate): writes a line for each packet to standard error, or the agent's log: label, length, the
 * first MAXLENGTH bytes in hexadecimal. No more than RATE lines a second; how many were left out is said with the next.
 * Ports: 1 in, 1 out. Units: bytes, lines/s (for each worker). Drops: none. Source: Click's Print.
 */
#ifndef ELEMENTS_PRINT_H
#define ELEMENTS_PRINT_H

#include <batchy/element.h>

#define print_FRAMEWORK 1

struct print_args {
	__u64 rate_pps;
	__u32 maxlength;
	__u32 pad;
	char label[BTY_NAME_LEN];
};

#ifndef __bpf__
struct print_state {
	__u64 second_ns; /* when the second that is counted began */
	__u64 lines;	 /* in it */
	__u64 left_out;
};
#endif

#ifdef BTY_DESCRIBE
void bty_print_process(struct bty_batch *b, const void *args, struct bty_env *env); /* user/element/print.c */

static const struct bty_arg print_arg[] = {
	{ .keyword = "LABEL",
	  .what = "begins each line",
	  .type = BTY_ARG_NAME,
	  .positional = 1,
	  .offset = offsetof(struct print_args, label) },
	{ .keyword = "MAXLENGTH",
	  .what = "bytes of a packet that are shown",
	  .type = BTY_ARG_U32,
	  .positional = 2,
	  .offset = offsetof(struct print_args, maxlength),
	  .max = 512,
	  .deflt = "24" },
	{ .keyword = "RATE",
	  .what = "lines per second at most",
	  .type = BTY_ARG_RATE,
	  .offset = offsetof(struct print_args, rate_pps),
	  .min = 1,
	  .max = 1000000,
	  .deflt = "10" },
	BTY_ARGS_END,
};

BTY_FRAMEWORK(print, .name = "Print", .summary = "Writes a line for each packet to the log.", .source = "Click",
	      .kind = BTY_KIND_PACKET, .places = BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 1,
	      .ports = "0: every packet", .args_size = sizeof(struct print_args), .args = print_arg,
	      .process = bty_print_process, .state_size = sizeof(struct print_state));
#endif
#endif
