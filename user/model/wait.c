// SPDX-License-Identifier: GPL-2.0-or-later
/* Bounds of the wait for a batch; called by user/decide every period. */
#include <math.h>

#include "wait.h"

#define Z_MAX 4.0 /* a sum of arrivals is later than that once in 10000 times; a deadline stands behind it */

static double normal_cdf(double z)
{
	return 0.5 * erfc(-z / sqrt(2));
}

/* The z that a normal variable stays below with probability p, 0.5 <= p < 1. */
static double normal_quantile(double p)
{
	double low = 0, high = Z_MAX, mid;
	int i;

	for (i = 0; i < 40; i++) {
		mid = (low + high) / 2;
		if (normal_cdf(mid) < p)
			low = mid;
		else
			high = mid;
	}
	return (low + high) / 2;
}

struct bty_spread bty_wait_spread(double percentile)
{
	struct bty_spread s;

	if (!isfinite(percentile))
		percentile = 95;
	percentile = fmin(fmax(percentile, 50), 100);
	s.share = percentile / 100;
	/* half of what may exceed it is left to early packets, half to slow arrivals */
	s.z = s.share > 0.75 ? normal_quantile(2 * s.share - 1) : 0;
	s.skew = s.z > 1 ? (s.z * s.z - 1) / 3 : 0;
	return s;
}

double bty_wait_bound_ns(uint32_t q, double rate_pps, double burst_pkts, const struct bty_spread *s)
{
	double bursts = ceil(q / burst_pkts - BTY_BURST_PART) - 1, ahead;

	if (bursts <= 0)
		return 0;
	if (rate_pps <= 0)
		return INFINITY;
	ahead = s->share * bursts;
	return (ahead + s->z * sqrt(ahead) + s->skew) * burst_pkts / rate_pps * 1e9;
}
