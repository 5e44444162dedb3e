/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queue in XDP, backend xsk: redirects to the AF_XDP ring of this queue and receive port, counts the backlog, and wakes
 * the worker once when the trigger is reached. A timer covers the deadline of the oldest packet; it runs only while
 * packets wait, and looks again instead of being restarted for each batch. Included by queue.bpf.c and fused.bpf.h.
 */
#ifndef BPF_QUEUE_BPF_H
#define BPF_QUEUE_BPF_H

#include <batchy/element.h>
#include <maps/maps.bpf.h>

#define CLOCK_MONOTONIC 1
#define TIMER_FLOOR_NS	20000ULL /* a timer is never due sooner: it would only burn CPU */

static __always_inline __u64 bty_queue_load(const __u64 *p)
{
	return *(const volatile __u64 *)p;
}

static __always_inline __u32 bty_queue_load32(const __u32 *p)
{
	return *(const volatile __u32 *)p;
}

/* What was taken is read first: other CPUs may add and the worker may take meanwhile, and less than none is a large number. */
static __always_inline __u64 bty_queue_backlog(const struct bty_queue *q)
{
	__u64 taken = bty_queue_load(&q->deq) + bty_queue_load(&q->lost);
	__u64 enq = bty_queue_load(&q->enq);

	return enq > taken ? enq - taken : 0;
}

/* Wakes the worker if it sleeps. Whoever swaps armed to 0 is the one that wakes. Returns 1 then. */
static __always_inline int bty_queue_wake(const struct bty_queue *q, __u64 now_ns)
{
	__u32 worker = q->worker;
	struct bty_worker *w = bpf_map_lookup_elem(&bty_workers, &worker);
	void *ring;

	if (!w || !*(volatile __u32 *)&w->armed || __sync_val_compare_and_swap(&w->armed, 1, 0) != 1)
		return 0;
	w->woken_ns = now_ns ? now_ns : bpf_ktime_get_ns();
	ring = bpf_map_lookup_elem(&bty_wakeups, &worker);
	if (ring)
		/* when the ring is full the worker has unread wake-ups and will not sleep: nothing is lost */
		bpf_ringbuf_output(ring, &now_ns, sizeof(now_ns), BPF_RB_FORCE_WAKEUP);
	return 1;
}

static __always_inline void bty_queue_set_timer(struct bty_queue *q, struct bty_timer *t, __u64 now, __u64 after_ns)
{
	if (after_ns < TIMER_FLOOR_NS)
		after_ns = TIMER_FLOOR_NS;
	q->timer_due_ns = now + after_ns;
	bpf_timer_start(&t->timer, after_ns, 0);
}

static int bty_queue_deadline_timer(void *map, __u32 *lane, struct bty_timer *t)
{
	struct bty_queue *q = bpf_map_lookup_elem(&bty_queues, lane);
	__u64 now, due, deadline, next;

	if (!q)
		return 0;
	if (!bty_queue_backlog(q)) {
		/* off first, then look again: a packet that came in between saw it on and did not start it */
		__sync_lock_test_and_set(&q->timer_on, 0);
		if (!bty_queue_backlog(q) || __sync_lock_test_and_set(&q->timer_on, 1))
			return 0;
	}
	now = bpf_ktime_get_ns();
	due = bty_queue_load(&q->oldest_ns) > bty_queue_load(&q->drained_ns) ? bty_queue_load(&q->oldest_ns)
									     : bty_queue_load(&q->drained_ns);
	deadline = bty_queue_load(&q->deadline_ns);
	due += deadline;
	next = deadline;
	if (due <= now)
		q->wakes_deadline += bty_queue_wake(q, now);
	else
		next = due - now;
	bty_queue_set_timer(q, t, now, next);
	/* shortened meanwhile: a packet that knows may have set the timer right before we put it off again */
	if (bty_queue_load(&q->deadline_ns) < deadline)
		bty_queue_set_timer(q, t, now, bty_queue_load(&q->deadline_ns));
	return 0;
}

/* For the first packet of a batch: the timer runs, and is due no later than the packet, also after a longer deadline. */
static __always_inline void bty_queue_cover_deadline(__u32 lane, struct bty_queue *q, __u64 now)
{
	__u64 deadline = bty_queue_load(&q->deadline_ns);
	int on = bty_queue_load32(&q->timer_on) || __sync_lock_test_and_set(&q->timer_on, 1);
	struct bty_timer *t;

	if (on && bty_queue_load(&q->timer_due_ns) <= now + deadline + TIMER_FLOOR_NS)
		return;
	t = bpf_map_lookup_elem(&bty_timers, &lane);
	if (!t)
		return;
	/* -EBUSY once it has been initialised */
	bpf_timer_init(&t->timer, &bty_timers, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&t->timer, bty_queue_deadline_timer);
	bty_queue_set_timer(q, t, now, deadline);
}

/* One packet in 1 << shift, spread evenly and not in step with any batch size (Weyl sequence). */
static __always_inline int bty_queue_sampled(__u64 seq, __u32 shift)
{
	return !shift || ((__u32)seq * 2654435769U) >> (32 - (shift & 31)) == 0;
}

/*
 * A packet with its metadata in front, into the queue's ring for its receive port. Returns XDP_REDIRECT, XDP_DROP when the
 * queue is full, or XDP_PASS when it has no socket: the agent is gone or not ready, and the host stack gets the packet. The
 * caller counts the last two.
 */
static __always_inline int bty_queue_put(struct bty_meta *meta, __u32 queue, __u32 nports)
{
	__u32 lane = queue * nports + meta->port, trigger;
	struct bty_queue *q = bpf_map_lookup_elem(&bty_queues, &lane);
	__u64 seq, ahead, now = 0;

	if (!q || bpf_redirect_map(&bty_xsks, lane, XDP_PASS) != XDP_REDIRECT)
		return XDP_PASS;
	/* counted before anything is read: the line is the worker's too, and would have to be fetched twice */
	seq = __sync_fetch_and_add(&q->enq, 1);
	ahead = seq - bty_queue_load(&q->deq) - bty_queue_load(&q->lost);
	/* less than none when other CPUs have added, and the worker taken, meanwhile */
	if ((__s64)ahead >= q->limit) {
		__sync_fetch_and_sub(&q->enq, 1);
		/* in generic mode several CPUs may be here at once */
		__sync_fetch_and_add(&q->full_drops, 1);
		bty_queue_wake(q, 0);
		return XDP_DROP;
	}
	/* once, and after the packet is counted: either we see a setting that changes now, or the agent sees the packet */
	trigger = bty_queue_load32(&q->trigger);
	if (!ahead || bty_queue_sampled(seq, q->sample_shift)) {
		now = bpf_ktime_get_ns();
		meta->ts_ns = now;
		if (bty_queue_sampled(seq, q->sample_shift))
			meta->flags |= BTY_F_SAMPLED;
	}
	if (!ahead) {
		q->oldest_ns = now;
		if (trigger > 1)
			bty_queue_cover_deadline(lane, q, now);
	}
	if (ahead + 1 >= trigger)
		q->wakes_trigger += bty_queue_wake(q, now);
	return XDP_REDIRECT;
}

#endif
