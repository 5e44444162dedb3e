// SPDX-License-Identifier: GPL-2.0-or-later
/* Distributions of delays, made of uniform pieces; called by predict.c and model.c. */
#include <math.h>
#include <string.h>

#include "predict.h"

#define NARROWEST 0.01 /* of a delay: a piece that is narrower gets that width, about its middle */

/* From the bits of the number: exponent, and the first of the mantissa. */
static int bin_of(double ns)
{
	uint64_t bits;
	int bin;

	if (!(ns >= 1))
		return 0;
	memcpy(&bits, &ns, sizeof(bits));
	bin = (int)(bits >> (52 - BTY_DIST_LOG2)) - (1023 << BTY_DIST_LOG2);
	return bin < BTY_DIST_BINS ? bin : BTY_DIST_BINS - 1;
}

/* Where bin begins, and the one before it ends. */
static double edge(int bin)
{
	return bin ? ldexp(1 + (double)(bin % BTY_DIST_SUB) / BTY_DIST_SUB, bin / BTY_DIST_SUB) : 0;
}

static void bend(struct bty_dist *d, double at, double slope)
{
	int bin = bin_of(at);

	d->slope[bin] += slope;
	d->slope_at[bin] += slope * at;
}

void bty_dist_add(struct bty_dist *d, int block, double from, double to, double n)
{
	double middle = (from + to) / 2, width = NARROWEST * middle;

	if (from < 0)
		from = 0;
	d->sum[block] += n * middle;
	d->count[block] += n;
	if (to > d->longest)
		d->longest = to;
	if (to - from < width) {
		from = middle - width / 2;
		to = middle + width / 2;
	}
	if (to <= from)
		to = from + 1e-3;
	bend(d, from, n / (to - from));
	bend(d, to, -n / (to - from));
}

static void total(const struct bty_dist *d, int nblocks, double *sum, double *count)
{
	int i;

	*sum = *count = 0;
	for (i = 0; i < nblocks; i++) {
		*sum += d->sum[i];
		*count += d->count[i];
	}
}

double bty_dist_mean(const struct bty_dist *d, int nblocks)
{
	double sum, count;

	total(d, nblocks, &sum, &count);
	return count > 0 ? sum / count : 0;
}

/* Batch means, as the mean is a quotient of two sums: deviation of each block's sum from what its count would give. */
double bty_dist_error(const struct bty_dist *d, int nblocks)
{
	double sum, count, mean, off, squares = 0;
	int i;

	total(d, nblocks, &sum, &count);
	/* no delay at all is known well */
	if (count > 0 && sum <= 0)
		return 0;
	if (count <= 0 || nblocks < 2)
		return 1;
	mean = sum / count;
	for (i = 0; i < nblocks; i++) {
		off = d->sum[i] - mean * d->count[i];
		squares += off * off;
	}
	return 2 * sqrt(squares * nblocks / (nblocks - 1)) / sum;
}

double bty_dist_quantile(const struct bty_dist *d, int nblocks, double q)
{
	double sum, count, slope = 0, at = 0, below = 0, before, want;
	int bin;

	total(d, nblocks, &sum, &count);
	if (q >= 1)
		return d->longest;
	want = q * count;
	for (bin = 0; bin + 1 < BTY_DIST_BINS; bin++) {
		slope += d->slope[bin];
		at += d->slope_at[bin];
		before = below;
		below = slope * edge(bin + 1) - at;
		if (below < want)
			continue;
		if (below <= before)
			return edge(bin + 1);
		return edge(bin) + (edge(bin + 1) - edge(bin)) * (want - before) / (below - before);
	}
	return d->longest;
}
