/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long packets wait for a batch to fill: bounds that a controller can afford every period. Pure functions; called by
 * user/decide. The derivation is in docs/controller.md.
 */
#ifndef USER_MODEL_WAIT_H
#define USER_MODEL_WAIT_H

#include <stdint.h>

#define BTY_BURST_PART 0.1 /* of a burst: as much may be missing, since their length is an average */

/* What a percentile asks of a bound; without units. */
struct bty_spread {
	double share; /* of the batch: this share of its packets waits for no more than as many others */
	double z;     /* standard deviations of the time these take */
	double skew;  /* and the arrivals that a sum of few exponential times takes beyond those */
};

/* For percentile 50 to 100; 100 is the longest wait of all. What is no number counts as 95. */
struct bty_spread bty_wait_spread(double percentile);

/*
 * The wait, in ns, that the percentile's share of packets stays below in a queue of trigger q (packets), when bursts of
 * burst_pkts (1 or more, on average) come at rate_pps packets/s as a Poisson process. Deadlines left out. 0 when one
 * burst is enough; INFINITY when nothing comes.
 */
double bty_wait_bound_ns(uint32_t q, double rate_pps, double burst_pkts, const struct bty_spread *s);

#endif
