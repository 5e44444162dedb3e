/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control block of one queue on one receive port (a "lane"), in an mmapable array map. Three writers, one cache line
 * each: the controller (agent), the producer (XDP or a worker), the consumer (a worker).
 *
 * backlog = enq - deq - lost. The oldest packet arrived no earlier than max(oldest_ns, drained_ns): oldest_ns is
 * stamped when a packet finds the queue empty; drained_ns when the consumer has just taken all it could see.
 */
#ifndef MAPS_QUEUE_H
#define MAPS_QUEUE_H

#include <linux/types.h>

struct bty_queue {
	/* controller */
	__u32 trigger;	    /* packets that release the batch, >= 1 */
	__u32 limit;	    /* packets; more are dropped as queue_full */
	__u64 deadline_ns;  /* the oldest packet leaves by then */
	__u32 sample_shift; /* one packet in 1 << shift is stamped */
	__u32 worker;	    /* who consumes */
	__u32 weight;	    /* share of the worker's time, with weighted fair queueing; 0 counts as 1 */
	__u32 pad_weight;
	__u64 pad_controller[4];
	/* producer */
	__u64 enq; /* packets accepted */
	__u64 full_drops;
	__u64 oldest_ns;
	__u64 wakes_trigger;  /* wake-ups sent because the trigger was reached */
	__u64 wakes_deadline; /* ... because the deadline timer found a due packet */
	__u32 timer_on;
	__u32 pad32;
	__u64 timer_due_ns; /* with timer_on: when it is due */
	__u64 pad_producer[1];
	/* consumer */
	__u64 deq;
	__u64 lost; /* accepted by XDP, refused by the kernel on the way: dropped as rx_lost */
	__u64 drained_ns;
	__u64 batches;
	__u64 released_trigger;
	__u64 released_deadline;
	__u64 pad_consumer[2];
};
_Static_assert(sizeof(struct bty_queue) == 192, "three cache lines");

static inline __u32 bty_weight(const struct bty_queue *q)
{
	return q->weight ? q->weight : 1;
}

/*
 * One worker's sleep. armed: 1 while it sleeps or is about to; whoever completes a batch swaps it to 0 and wakes.
 */
struct bty_worker {
	__u32 armed;
	__u32 pad32;
	__u64 woken_ns; /* when it was last woken, by the waker */
	__u64 pad[6];
};
_Static_assert(sizeof(struct bty_worker) == 64, "one cache line");

#endif
