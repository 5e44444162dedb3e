/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one clock of batchy-gen, and sleeping on it. */
#ifndef USER_GEN_CLOCK_H
#define USER_GEN_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t gen_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static inline uint64_t gen_now(void)
{
	return gen_clock(CLOCK_MONOTONIC);
}

/* Returns early when a signal arrives. */
static inline void gen_sleep_until(uint64_t at_ns)
{
	struct timespec ts = { .tv_sec = at_ns / 1000000000, .tv_nsec = at_ns % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

#endif
