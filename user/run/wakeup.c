// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a sleep and a wake-up cost on this machine: two threads on two CPUs wake each other in turn, as XDP wakes a worker.
 * Called by run.c before workers start.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "spin.h"
#include "worker.h"

#define ROUNDS	    32
#define LEAST	    4
#define PATIENCE_NS 50000000ULL

struct side {
	int cpu, event_fd, epoll_fd, nrounds;
	uint64_t end_ns;
	uint64_t cpu_ns[ROUNDS];
	struct side *other;
	int first;
};

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int wake(const struct side *s)
{
	uint64_t one = 1;

	return write(s->event_fd, &one, sizeof(one)) == sizeof(one);
}

static int wait_woken(const struct side *s)
{
	uint64_t now = bty_clock_ns(), left = s->end_ns > now ? s->end_ns - now : 0, n;
	struct timespec ts = { .tv_nsec = left };
	struct epoll_event ev;

	return left && epoll_pwait2(s->epoll_fd, &ev, 1, &ts, NULL) == 1 && read(s->event_fd, &n, sizeof(n)) > 0;
}

static void *side_main(void *arg)
{
	struct side *s = arg;
	uint64_t before;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(s->cpu, &set);
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
	/* each waits for the other to be where it belongs */
	if (!s->first && !wait_woken(s))
		return NULL;
	for (; s->nrounds < ROUNDS; s->nrounds++) {
		before = cpu_ns();
		if (!wake(s->other) || !wait_woken(s))
			break;
		s->cpu_ns[s->nrounds] = cpu_ns() - before;
	}
	if (s->first)
		wake(s->other);
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t median(struct side *s)
{
	qsort(s->cpu_ns, s->nrounds, sizeof(s->cpu_ns[0]), by_value);
	return s->cpu_ns[s->nrounds / 2];
}

/* Another one that this process may use, or the same when there is none. */
static int other_cpu(int cpu)
{
	cpu_set_t set;
	int i;

	if (sched_getaffinity(0, sizeof(set), &set))
		return cpu;
	for (i = 0; i < CPU_SETSIZE; i++)
		if (i != cpu && CPU_ISSET(i, &set))
			return i;
	return cpu;
}

static int side_open(struct side *s)
{
	struct epoll_event ev = { .events = EPOLLIN };

	s->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return s->event_fd < 0 || s->epoll_fd < 0 || epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->event_fd, &ev);
}

static void side_close(struct side *s)
{
	if (s->event_fd >= 0)
		close(s->event_fd);
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
}

uint64_t bty_wakeup_measure(int cpu)
{
	uint64_t end = bty_clock_ns() + PATIENCE_NS, cost = BTY_WAKEUP_GUESS_NS;
	struct side s[2] = { { .cpu = cpu, .end_ns = end, .first = 1 }, { .cpu = other_cpu(cpu), .end_ns = end } };
	pthread_t thread[2];
	int i, n = 0;

	s[0].other = &s[1];
	s[1].other = &s[0];
	if (!(side_open(&s[0]) | side_open(&s[1])))
		while (n < 2 && !pthread_create(&thread[n], NULL, side_main, &s[n]))
			n++;
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	/* a round is a sleep and a wake-up of each, which are two */
	if (s[0].nrounds >= LEAST && s[1].nrounds >= LEAST)
		cost = (median(&s[0]) + median(&s[1])) / 2;
	side_close(&s[0]);
	side_close(&s[1]);
	return cost;
}
