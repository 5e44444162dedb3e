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

#define PAUSES 64

/* When the next queue is due, or 0 when all are empty. */
static uint64_t next_due(const struct bty_wk *w, uint64_t now)
{
	uint64_t due, first = 0;
	int i;

	for (i = 0; i < w->nlanes + w->nwqueues; i++) {
		const struct bty_queue *q = i < w->nlanes ? w->lane[i].q : w->wqueue[i - w->nlanes].q;

		/* what waits for another worker is due when that has done something, which wakes us */
		if (!bty_backlog(q) || !bty_hand_ready(bty_hand_at(w, i), w->vec))
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

	if ((tick && tick <= now) || bty_hand_due(w))
		return 1;
	for (i = 0; i < w->nlanes; i++)
		if (bty_lane_release(w, &w->lane[i], now) != BTY_NOT_DUE)
			return 1;
	for (i = 0; i < w->nwqueues; i++)
		if (bty_wqueue_release(w, &w->wqueue[i], now) != BTY_NOT_DUE)
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

/* One rest: what the worker can expect when it begins. */
struct rest {
	uint64_t from_ns;
	uint64_t expected_ns, known_ns; /* from then on; see struct bty_spin_case */
	struct bty_watch *watch;	/* of the queue that is expected first; NULL: none is */
};

static uint64_t left_ns(uint64_t due, uint64_t now)
{
	return due > now ? due - now : 0;
}

/*
 * Other workers come at any time, and sooner when this one is awake: after it had something from them it looks on for what it has
 * learned, which is nothing where that was in vain.
 */
static void look_at_hands(struct bty_wk *w, struct rest *r)
{
	if (w->hand_batches == w->hand_seen)
		return;
	w->hand_seen = w->hand_batches;
	r->expected_ns = 0;
}

static void look_ahead(struct bty_wk *w, struct rest *r)
{
	uint64_t due = next_due(w, r->from_ns), ns;
	int i;

	r->known_ns = due ? left_ns(due, r->from_ns) : BTY_SPIN_NEVER;
	r->expected_ns = r->known_ns;
	r->watch = NULL;
	look_at_hands(w, r);
	for (i = 0; i < w->nlanes + w->nwqueues; i++) {
		const int lane = i < w->nlanes;
		const struct bty_queue *q = lane ? w->lane[i].q : w->wqueue[i - w->nlanes].q;
		struct bty_watch *watch = lane ? &w->lane[i].watch : &w->wqueue[i - w->nlanes].watch;
		const uint64_t n = bty_backlog(q);

		bty_watch_look(watch, bty_load64(&q->enq), r->from_ns);
		if ((lane && w->lane[i].not_before > r->from_ns) || !bty_hand_ready(bty_hand_at(w, i), w->vec))
			continue;
		ns = bty_expect_ns(&(struct bty_outlook){
			.rate_pps = watch->rate_pps,
			.backlog = n,
			.trigger = __atomic_load_n(&q->trigger, __ATOMIC_RELAXED),
			.left_ns = n ? left_ns(bty_due_ns(q), r->from_ns) : 0,
			.deadline_ns = bty_load64(&q->deadline_ns),
		});
		if (ns == BTY_SPIN_NEVER || ns > r->expected_ns)
			continue;
		r->expected_ns = ns;
		r->watch = watch;
	}
}

static int is_wanted(const struct bty_wk *w)
{
	return __atomic_load_n(&w->stop, __ATOMIC_ACQUIRE) || __atomic_load_n(&w->renew, __ATOMIC_ACQUIRE);
}

static void count(struct bty_wk *w, const struct rest *r, const struct bty_spin_stats *more)
{
	struct bty_spin_stats *s[] = { &w->rests, r->watch ? &r->watch->stats : NULL };
	size_t i;

	for (i = 0; i < 2 && s[i]; i++) {
		s[i]->spins += more->spins;
		s[i]->useful += more->useful;
		s[i]->spun_ns += more->spun_ns;
		s[i]->sleeps += more->sleeps;
	}
}

/* Looks again and again for that long. Returns 1 once there is work, or the main thread wants something. */
static int spin(struct bty_wk *w, const struct rest *r, uint64_t ns)
{
	uint64_t now, end = r->from_ns + ns;
	int due, wanted;

	do {
		bty_pause();
		now = bty_clock_ns();
		due = due_now(w, now);
		wanted = is_wanted(w);
	} while (!due && !wanted && now < end);
	count(w, r, &(struct bty_spin_stats){ .spins = 1, .useful = due, .spun_ns = now - r->from_ns });
	return due || wanted;
}

/* How long it was before a packet was due: until the waker's time when there was one, since waking up takes time itself. */
static uint64_t idle_ns(const struct bty_wk *w, uint64_t from)
{
	uint64_t now = bty_clock_ns(), woken = bty_load64(&w->ctl->woken_ns);

	return (woken > from && woken < now ? woken : now) - from;
}

static void sleep_armed(struct bty_wk *w, const struct rest *r)
{
	uint64_t now;
	int i;

	__atomic_exchange_n(&w->ctl->armed, 1, __ATOMIC_SEQ_CST);
	now = bty_clock_ns();
	if (!due_now(w, now) && !__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
		wait_events(w, now);
		w->nwakeups++;
		count(w, r, &(struct bty_spin_stats){ .sleeps = 1 });
		for (i = 0; i < w->npools; i++)
			if (w->pool[i].kick)
				bty_kick(w, &w->pool[i], bty_clock_ns());
	}
	__atomic_store_n(&w->nrests, w->nrests + 1, __ATOMIC_RELAXED);
	__atomic_exchange_n(&w->ctl->armed, 0, __ATOMIC_SEQ_CST);
}

void bty_rest(struct bty_wk *w)
{
	const uint64_t bound = w->wakeup_ns < w->spin_max_ns ? w->wakeup_ns : w->spin_max_ns;
	struct rest r = { .from_ns = bty_clock_ns() };
	uint64_t ns;

	look_ahead(w, &r);
	ns = bty_spin_ns(&(struct bty_spin_case){
		.expected_ns = r.expected_ns,
		.known_ns = r.known_ns,
		.cost_ns = w->wakeup_ns,
		.max_ns = w->spin_max_ns,
		.limit_ns = w->spin_limit_ns,
	});
	if (!ns || !spin(w, &r, ns))
		sleep_armed(w, &r);
	w->spin_limit_ns = bty_spin_learn(w->spin_limit_ns, bound, idle_ns(w, r.from_ns));
}
