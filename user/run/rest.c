// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a worker waits until somebody completes a batch or a deadline comes; called by worker.c.
 *
 * No wake-up is lost: before it sleeps a worker arms itself (with a full barrier) and looks at its queues once more;
 * whoever completes a batch after that swaps armed to 0 and wakes it. No packet is stranded: it never sleeps past
 * the deadline of a packet it knows of, and a timer in the kernel covers those that come while it sleeps.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include <bpf/libbpf.h>

#include "worker.h"

#define SPIN_NS	    10000ULL /* what a sleep and the wake-up cost the two CPUs, about */
#define SPIN_MIN_NS 4000ULL
#define SPIN_SHARE  4 /* and at most one in so many ns of what was worked since the last rest */
#define PAUSES	    64

/* When the next queue is due, or 0 when all are empty. */
static uint64_t next_due(const struct bty_wk *w, uint64_t now)
{
	uint64_t due, first = 0;
	int i;

	for (i = 0; i < w->nlanes + w->nwqueues; i++) {
		const struct bty_queue *q = i < w->nlanes ? w->lane[i].q : w->wqueue[i - w->nlanes].q;

		if (!bty_backlog(q))
			continue;
		due = bty_due_ns(q);
		if (i < w->nlanes && w->lane[i].not_before > now &&
		    (due < w->lane[i].not_before || bty_release(q, now) != BTY_NOT_DUE))
			due = w->lane[i].not_before;
		if (!first || due < first)
			first = due;
	}
	for (i = 0; i < w->npools; i++)
		if (w->pool[i].kick && (!first || first > w->pool[i].retry_ns))
			first = w->pool[i].retry_ns;
	due = bty_tick_due_ns(w, __atomic_load_n(&w->sources, __ATOMIC_ACQUIRE));
	return due && (!first || due < first) ? due : first;
}

static int due_now(const struct bty_wk *w, uint64_t now)
{
	uint64_t tick = bty_tick_due_ns(w, __atomic_load_n(&w->sources, __ATOMIC_ACQUIRE));
	int i;

	if (tick && tick <= now)
		return 1;
	for (i = 0; i < w->nlanes; i++)
		if (bty_lane_release(&w->lane[i], now) != BTY_NOT_DUE)
			return 1;
	for (i = 0; i < w->nwqueues; i++)
		if (bty_release(w->wqueue[i].q, now) != BTY_NOT_DUE)
			return 1;
	return 0;
}

static void wait_events(struct bty_wk *w, uint64_t now)
{
	uint64_t due = next_due(w, now), left = due > now ? due - now : 0, one;
	struct timespec ts = { .tv_sec = left / 1000000000, .tv_nsec = left % 1000000000 };
	struct epoll_event ev[2];

	if (epoll_pwait2(w->epoll_fd, ev, 2, due ? &ts : NULL, NULL) <= 0)
		return;
	if (w->wakeups)
		ring_buffer__consume(w->wakeups);
	if (read(w->kick_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		fprintf(stderr, "batchy-agent: worker %d: eventfd: %s\n", w->id, strerror(errno));
}

void bty_pause(void)
{
	int i;

	for (i = 0; i < PAUSES; i++)
#if defined(__x86_64__)
		__builtin_ia32_pause();
#elif defined(__aarch64__)
		__asm__ volatile("yield");
#else
		;
#endif
}

/*
 * Looks again for a moment before it sleeps, when packets came soon after it last rested: sleeping and being woken costs
 * both sides more than that. Only after much work: with small batches, those that come while a worker is being woken
 * are served with the first, which saves more.
 */
static int spin(const struct bty_wk *w)
{
	uint64_t now = bty_clock_ns(), most = (now - w->rested_ns) / SPIN_SHARE, end;

	if (most < SPIN_MIN_NS)
		return 0;
	end = now + (most < SPIN_NS ? most : SPIN_NS);
	for (; now < end; now = bty_clock_ns()) {
		if (due_now(w, now) || __atomic_load_n(&w->stop, __ATOMIC_ACQUIRE))
			return 1;
		bty_pause();
	}
	return 0;
}

/* How long it was before a packet was due: until the waker's time when there was one, since waking up takes time itself. */
static uint64_t slept_ns(const struct bty_wk *w, uint64_t from)
{
	uint64_t now = bty_clock_ns(), woken = bty_load64(&w->ctl->woken_ns);

	return (woken > from && woken < now ? woken : now) - from;
}

static void sleep_armed(struct bty_wk *w)
{
	uint64_t now;
	int i;

	__atomic_exchange_n(&w->ctl->armed, 1, __ATOMIC_SEQ_CST);
	now = bty_clock_ns();
	if (!due_now(w, now) && !__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
		wait_events(w, now);
		w->nwakeups++;
		w->spins = slept_ns(w, now) < SPIN_NS;
		for (i = 0; i < w->npools; i++)
			if (w->pool[i].kick)
				bty_kick(w, &w->pool[i], bty_clock_ns());
	}
	__atomic_exchange_n(&w->ctl->armed, 0, __ATOMIC_SEQ_CST);
}

void bty_rest(struct bty_wk *w)
{
	if (!w->spins || !spin(w))
		sleep_armed(w);
	w->rested_ns = bty_clock_ns();
}
