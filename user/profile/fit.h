/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line through measured service times, T(b) = t0 + t1 * b: robust, weighted, with a confidence interval. Used by user/profile; pure
 * functions, any thread.
 */
#ifndef USER_PROFILE_FIT_H
#define USER_PROFILE_FIT_H

#include <stdint.h>
#include "../cost/cost.h"

#define BTY_FIT_MAX_ROUNDS 64

/* One time for each size of batch and round. */
struct bty_samples {
	uint32_t nb, rounds;
	const double *b; /* nb sizes, in packets; more than one, all different */
	double *ns;	 /* [round * nb + i] */
	uint8_t *left;	 /* the same: 1 when it is left out; set by bty_fit() */
};

struct bty_fitted {
	struct bty_cost_fit fit;
	uint32_t left_out; /* samples that are far from those of other rounds: the machine was interrupted */
	double drift;	   /* the slowest round's median over the fastest one's, less 1 */
	int clamped;	   /* t0 or t1 came out below 0, and is 0 */
};

/*
 * Per size the median over rounds, without those left out; through these a line by iteratively reweighted least squares with
 * Huber's weights (Huber, Robust Statistics, 1981), each size weighted by how exact it is: what a reading may be wrong by grows
 * with it. The interval is the larger of a bootstrap over rounds (Efron 1979) and what the residuals say. median: nb of them,
 * or NULL. Returns 0, -EINVAL for samples that are no numbers, -ENOMEM.
 */
int bty_fit(struct bty_samples *s, struct bty_fitted *out, double *median);

/* Of n values, which are sorted; n > 0. */
double bty_median(double *v, uint32_t n);

#endif
