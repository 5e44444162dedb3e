/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log-linear histogram of nanoseconds: 16 linear steps per power of two, so a bucket is at most 6.25 % wide; from 0 to
 * 2^36 ns (68 s), larger values count in the last bucket. One writer; readers on other threads may see a count one
 * sample old.
 */
#ifndef USER_LIB_HIST_H
#define USER_LIB_HIST_H

#include <stdint.h>

#define BTY_HIST_SUB	 16
#define BTY_HIST_BUCKETS ((36 - 3) * BTY_HIST_SUB)

struct bty_hist {
	uint64_t count;
	uint64_t sum_ns;
	uint64_t max_ns;
	uint32_t bucket[BTY_HIST_BUCKETS];
};

static inline unsigned int bty_hist_index(uint64_t ns)
{
	unsigned int log2;

	if (ns < BTY_HIST_SUB)
		return ns;
	if (ns >= 1ULL << 36)
		return BTY_HIST_BUCKETS - 1;
	log2 = 63 - __builtin_clzll(ns);
	return (log2 - 3) * BTY_HIST_SUB + ((ns >> (log2 - 4)) & (BTY_HIST_SUB - 1));
}

static inline void bty_hist_add(struct bty_hist *h, uint64_t ns)
{
	h->bucket[bty_hist_index(ns)]++;
	h->count++;
	h->sum_ns += ns;
	if (ns > h->max_ns)
		h->max_ns = ns;
}

/* Upper edge of the bucket that holds quantile q (0..1) of the samples, at most max_ns; 0 when empty. */
uint64_t bty_hist_quantile(const struct bty_hist *h, double q);

/* The same of the samples that came since `before`; from the top, so that high quantiles look at little. */
uint64_t bty_hist_quantile_since(const struct bty_hist *now, const struct bty_hist *before, double q);

/* dst += src. */
void bty_hist_merge(struct bty_hist *dst, const struct bty_hist *src);

/* dst = now - before, bucket by bucket (a window); max_ns becomes the upper edge of the highest bucket in it. */
void bty_hist_diff(struct bty_hist *dst, const struct bty_hist *now, const struct bty_hist *before);

#endif
