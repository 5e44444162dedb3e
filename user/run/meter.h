/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a worker's time goes, for `bench`: some turns of its loop, chosen at random, are divided among elements, parsing and
 * the rest, by one reading of the clock at each boundary. As many others are timed as a whole: by what they are shorter, a
 * reading costs. Filled on the worker's thread, read once that has ended.
 */
#ifndef USER_RUN_METER_H
#define USER_RUN_METER_H

#include <stdint.h>
#include <time.h>

#define BTY_METER_MARKS 1024 /* boundaries in one turn; a turn with more is not counted */

struct bty_metered {
	uint64_t units;	   /* of the clock read */
	uint64_t readings; /* each of which costs time itself */
	uint64_t packets;
};

struct bty_meter_mark {
	struct bty_metered *slot;
	uint64_t at;
	uint32_t packets;
};

/* Timed turns of one kind. */
struct bty_meter_turns {
	uint64_t units, n;
	uint64_t readings;
	uint64_t interrupted; /* that took unusually long, and are not counted */
	uint32_t seen;
	double usual; /* length */
};

struct bty_meter {
	int on;	       /* this turn is divided */
	int timed;     /* or timed as a whole */
	uint32_t wait; /* turns until the next one that is timed */
	uint64_t random;
	uint64_t begin; /* of this turn */
	uint32_t nmarks;
	struct bty_meter_mark mark[BTY_METER_MARKS];
	struct bty_meter_turns divided, whole;
	double reading; /* units that one reading adds to a turn */
	double ns_per_unit;
	uint64_t start_units, start_ns;
	uint64_t cpu_ns; /* of the thread, over the whole run */
	struct bty_metered parse, rest;
	struct bty_metered node[]; /* as many as elements */
};

static inline uint64_t bty_meter_read(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t v;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(v));
	return v;
#else
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
#endif
}

/* What was done since the last boundary belongs to slot, and was done for so many packets. m may be NULL. */
static inline void bty_meter_mark(struct bty_meter *m, struct bty_metered *slot, uint32_t packets)
{
	struct bty_meter_mark *k;

	if (!m || !m->on)
		return;
	if (m->nmarks == BTY_METER_MARKS)
		return;
	k = &m->mark[m->nmarks++];
	k->slot = slot;
	k->packets = packets;
	k->at = bty_meter_read();
}

/* At the thread's begin and end: the unit of the clock, the CPU time, what a reading cost. */
void bty_meter_start(struct bty_meter *m);
void bty_meter_stop(struct bty_meter *m);

/* Around one turn of the loop. */
void bty_meter_turn(struct bty_meter *m);
void bty_meter_turned(struct bty_meter *m);

#endif
