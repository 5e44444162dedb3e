/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The load model: departure times, computed ahead from a rate, a law and a seed, knowing nothing of frames or devices.
 * One schedule per sending thread; the same seed gives the same times.
 */
#ifndef USER_GEN_SCHEDULE_H
#define USER_GEN_SCHEDULE_H

#include <stdint.h>

enum gen_arrivals { GEN_FIXED, GEN_POISSON, GEN_BURST };

struct gen_schedule {
	enum gen_arrivals arrivals;
	uint32_t burst;	   /* frames that leave together (GEN_BURST) */
	uint64_t rate_pps; /* mean, of all frames */
	uint64_t n;	   /* departures handed out */
	uint64_t rng;
	uint64_t at_ns; /* GEN_POISSON: the last departure ... */
	double frac_ns; /* ... and its part below 1 ns, carried so that rounding does not change the rate */
};

/* rate_pps and burst at least 1. */
void gen_schedule_init(struct gen_schedule *s, enum gen_arrivals arrivals, uint64_t rate_pps, uint32_t burst,
		       uint64_t seed);

/* The next departure, ns after the start of the run; never smaller than the one before. */
uint64_t gen_schedule_next(struct gen_schedule *s);

#endif
