// SPDX-License-Identifier: GPL-2.0-or-later
/* Departure times; called by the sender, ahead of the frames they are for. */
#include <math.h>

#include "schedule.h"

#define NS_PER_S 1000000000ULL

/* SplitMix64 (Steele, Lea, Flood 2014): any seed will do, 0 too. */
static uint64_t rng_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

void gen_schedule_init(struct gen_schedule *s, enum gen_arrivals arrivals, uint64_t rate_pps, uint32_t burst,
		       uint64_t seed)
{
	*s = (struct gen_schedule){ .arrivals = arrivals, .burst = burst, .rate_pps = rate_pps, .rng = seed };
}

/* k intervals of 1/rate, rounded once: a sum of rounded gaps would drift. */
static uint64_t fixed_time(const struct gen_schedule *s, uint64_t k)
{
	return (unsigned __int128)k * NS_PER_S / s->rate_pps;
}

uint64_t gen_schedule_next(struct gen_schedule *s)
{
	uint64_t k = s->n++;
	double u, gap;

	if (s->arrivals == GEN_FIXED)
		return fixed_time(s, k);
	if (s->arrivals == GEN_BURST)
		return fixed_time(s, k - k % s->burst);
	/* the gaps of a Poisson process are exponential; u in (0, 1], so that log is finite */
	u = ((rng_next(&s->rng) >> 11) + 1) * 0x1p-53;
	gap = -log(u) * (double)NS_PER_S / (double)s->rate_pps + s->frac_ns;
	s->frac_ns = gap - floor(gap);
	s->at_ns += (uint64_t)gap;
	return s->at_ns;
}
