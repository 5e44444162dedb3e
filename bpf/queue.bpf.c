// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queue in XDP, backend xsk: redirects to the AF_XDP ring of this queue and receive port, counts the backlog, and wakes
 * the worker once when the trigger is reached. A timer covers the deadline of the oldest packet; it runs only while
 * packets wait, and looks again instead of being restarted for each batch.
 */
#include "common.bpf.h"

#define CLOCK_MONOTONIC 1
#define TIMER_FLOOR_NS	20000ULL /* a timer is never due sooner: it would only burn CPU */

static __always_inline __u64 load(const __u64 *p)
{
	return *(const volatile __u64 *)p;
}

static __always_inline __u32 load32(const __u32 *p)
{
	return *(const volatile __u32 *)p;
}

/* What was taken is read first: other CPUs may add and the worker may take meanwhile, and less than none is a large number. */
static __always_inline __u64 backlog(const struct bty_queue *q)
{
	__u64 taken = load(&q->deq) + load(&q->lost);
	__u64 enq = load(&q->enq);

	return enq > taken ? enq - taken : 0;
}

/* Wakes the worker if it sleeps. Whoever swaps armed to 0 is the one that wakes. Returns 1 then. */
static __always_inline int wake(const struct bty_queue *q, __u64 now_ns)
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

static __always_inline void set_timer(struct bty_queue *q, struct bty_timer *t, __u64 now, __u64 after_ns)
{
	if (after_ns < TIMER_FLOOR_NS)
		after_ns = TIMER_FLOOR_NS;
	q->timer_due_ns = now + after_ns;
	bpf_timer_start(&t->timer, after_ns, 0);
}

static int deadline_timer(void *map, __u32 *lane, struct bty_timer *t)
{
	struct bty_queue *q = bpf_map_lookup_elem(&bty_queues, lane);
	__u64 now, due, deadline, next;

	if (!q)
		return 0;
	if (!backlog(q)) {
		/* off first, then look again: a packet that came in between saw it on and did not start it */
		__sync_lock_test_and_set(&q->timer_on, 0);
		if (!backlog(q) || __sync_lock_test_and_set(&q->timer_on, 1))
			return 0;
	}
	now = bpf_ktime_get_ns();
	due = load(&q->oldest_ns) > load(&q->drained_ns) ? load(&q->oldest_ns) : load(&q->drained_ns);
	deadline = load(&q->deadline_ns);
	due += deadline;
	next = deadline;
	if (due <= now)
		q->wakes_deadline += wake(q, now);
	else
		next = due - now;
	set_timer(q, t, now, next);
	/* shortened meanwhile: a packet that knows may have set the timer right before we put it off again */
	if (load(&q->deadline_ns) < deadline)
		set_timer(q, t, now, load(&q->deadline_ns));
	return 0;
}

/* For the first packet of a batch: the timer runs, and is due no later than the packet, also after a longer deadline. */
static __always_inline void cover_deadline(__u32 lane, struct bty_queue *q, __u64 now)
{
	__u64 deadline = load(&q->deadline_ns);
	int on = load32(&q->timer_on) || __sync_lock_test_and_set(&q->timer_on, 1);
	struct bty_timer *t;

	if (on && load(&q->timer_due_ns) <= now + deadline + TIMER_FLOOR_NS)
		return;
	t = bpf_map_lookup_elem(&bty_timers, &lane);
	if (!t)
		return;
	/* -EBUSY once it has been initialised */
	bpf_timer_init(&t->timer, &bty_timers, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&t->timer, deadline_timer);
	set_timer(q, t, now, deadline);
}

/* One packet in 1 << shift, spread evenly and not in step with any batch size (Weyl sequence). */
static __always_inline int sampled(__u64 seq, __u32 shift)
{
	return !shift || ((__u32)seq * 2654435769U) >> (32 - (shift & 31)) == 0;
}

SEC("xdp")
int bty_queue(struct xdp_md *ctx)
{
	const struct bty_queue_args *args = (const void *)bty_cfg()->args;
	struct bty_el_stats *s;
	struct bty_queue *q;
	struct bty_pkt p;
	__u64 seq, ahead, now = 0;
	__u32 lane, trigger;

	if (bty_pkt_init(&p, ctx))
		return bty_pass(ctx, bty_el_stats());
	s = bty_enter(&p);
	if (!s)
		return XDP_PASS;
	lane = args->queue * args->nports + p.meta->port;
	q = bpf_map_lookup_elem(&bty_queues, &lane);
	/* no socket: the agent is gone or not ready, and the host stack gets the packet */
	if (!q || bpf_redirect_map(&bty_xsks, lane, XDP_PASS) != XDP_REDIRECT)
		return bty_pass(ctx, s);
	/* counted before anything is read: the line is the worker's too, and would have to be fetched twice */
	seq = __sync_fetch_and_add(&q->enq, 1);
	ahead = seq - load(&q->deq) - load(&q->lost);
	/* less than none when other CPUs have added, and the worker taken, meanwhile */
	if ((__s64)ahead >= q->limit) {
		__sync_fetch_and_sub(&q->enq, 1);
		/* in generic mode several CPUs may be here at once */
		__sync_fetch_and_add(&q->full_drops, 1);
		s->drops[BTY_DROP_QUEUE_FULL]++;
		wake(q, 0);
		return XDP_DROP;
	}
	/* once, and after the packet is counted: either we see a setting that changes now, or the agent sees the packet */
	trigger = load32(&q->trigger);
	if (!ahead || sampled(seq, q->sample_shift)) {
		now = bpf_ktime_get_ns();
		p.meta->ts_ns = now;
		if (sampled(seq, q->sample_shift))
			p.meta->flags |= BTY_F_SAMPLED;
	}
	if (!ahead) {
		q->oldest_ns = now;
		if (trigger > 1)
			cover_deadline(lane, q, now);
	}
	if (ahead + 1 >= trigger)
		q->wakes_trigger += wake(q, now);
	return XDP_REDIRECT;
}

char LICENSE[] SEC("license") = "GPL";
