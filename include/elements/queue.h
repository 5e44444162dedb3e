/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queue(TRIGGER n, DEADLINE time, CAPACITY n): packets wait here until TRIGGER of them are there or the oldest has
 * waited DEADLINE, whichever is first. The first Queue on a path is an AF_XDP ring between XDP and a worker (backend
 * xsk), a later one lives inside the worker (backend worker). TRIGGER and DEADLINE that are not given are the
 * controller's to set.
 * Ports: 1 in, 1 out. Units: packets; time with ns, us, ms, s.
 * Drops: queue_full beyond CAPACITY (default 1024), rx_lost when the kernel finds no frame.
 * Source: Batchy (NSDI 2020), with a deadline, so that no packet is ever stranded.
 */
#ifndef ELEMENTS_QUEUE_H
#define ELEMENTS_QUEUE_H

#include <batchy/element.h>

#define queue_FRAMEWORK 1

struct queue_args {
	__u64 deadline_ns;
	__u32 trigger;
	__u32 capacity;
	__u8 trigger_given;
	__u8 deadline_given;
	__u8 pad[6];
};

#ifdef BTY_DESCRIBE
static const struct bty_arg queue_arg[] = {
	{ .keyword = "TRIGGER",
	  .what = "packets that release the batch",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .offset = offsetof(struct queue_args, trigger),
	  .given_offset = offsetof(struct queue_args, trigger_given),
	  .min = 1,
	  .max = 65536,
	  .deflt = "1" },
	{ .keyword = "DEADLINE",
	  .what = "longest wait of a packet",
	  .type = BTY_ARG_TIME_NS,
	  .positional = 2,
	  .offset = offsetof(struct queue_args, deadline_ns),
	  .given_offset = offsetof(struct queue_args, deadline_given),
	  .min = 1000,
	  .max = 60000000000ULL,
	  .deflt = "1ms" },
	{ .keyword = "CAPACITY",
	  .what = "packets it may hold; a power of two",
	  .type = BTY_ARG_U32,
	  .positional = 3,
	  .offset = offsetof(struct queue_args, capacity),
	  .min = 64,
	  .max = 65536,
	  .deflt = "1024" },
	BTY_ARGS_END,
};

BTY_FRAMEWORK(queue, .name = "Queue",
	      .summary = "Holds packets until a batch is worth processing or a deadline is due.",
	      .source = "Batchy (NSDI 2020)", .kind = BTY_KIND_QUEUE, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	      .nin = 1, .nout_min = 1, .nout_max = 1, .ports = "0: the batch", .args_size = sizeof(struct queue_args),
	      .args = queue_arg);
#endif
#endif
