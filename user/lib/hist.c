// SPDX-License-Identifier: GPL-2.0-or-later
/* Histograms of delays; filled by workers, read by user/observe. */
#include "hist.h"

static uint64_t upper_edge(unsigned int i)
{
	unsigned int log2;

	if (i < BTY_HIST_SUB)
		return i;
	log2 = i / BTY_HIST_SUB + 3;
	return (1ULL << log2) + ((uint64_t)(i % BTY_HIST_SUB + 1) << (log2 - 4)) - 1;
}

uint64_t bty_hist_quantile(const struct bty_hist *h, double q)
{
	uint64_t seen = 0, want, total = 0;
	unsigned int i;

	/* the writer may be ahead of count: add the buckets up */
	for (i = 0; i < BTY_HIST_BUCKETS; i++)
		total += h->bucket[i];
	if (!total)
		return 0;
	want = (uint64_t)(q * (double)total);
	if (want >= total)
		want = total - 1;
	for (i = 0; i < BTY_HIST_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen > want)
			break;
	}
	return upper_edge(i) < h->max_ns ? upper_edge(i) : h->max_ns;
}

uint64_t bty_hist_quantile_since(const struct bty_hist *now, const struct bty_hist *before, double q)
{
	uint64_t total = now->count - before->count, below = (uint64_t)(q * (double)total), above = 0;
	unsigned int i = bty_hist_index(now->max_ns);

	if (!total)
		return 0;
	if (below >= total)
		below = total - 1;
	for (;; i--) {
		above += now->bucket[i] - before->bucket[i];
		if (above >= total - below || !i)
			break;
	}
	return upper_edge(i) < now->max_ns ? upper_edge(i) : now->max_ns;
}

void bty_hist_merge(struct bty_hist *dst, const struct bty_hist *src)
{
	unsigned int i;

	for (i = 0; i < BTY_HIST_BUCKETS; i++)
		dst->bucket[i] += src->bucket[i];
	dst->count += src->count;
	dst->sum_ns += src->sum_ns;
	if (src->max_ns > dst->max_ns)
		dst->max_ns = src->max_ns;
}

void bty_hist_diff(struct bty_hist *dst, const struct bty_hist *now, const struct bty_hist *before)
{
	unsigned int i;

	dst->max_ns = 0;
	for (i = 0; i < BTY_HIST_BUCKETS; i++) {
		dst->bucket[i] = now->bucket[i] - before->bucket[i];
		if (dst->bucket[i])
			dst->max_ns = upper_edge(i);
	}
	dst->count = now->count - before->count;
	dst->sum_ns = now->sum_ns - before->sum_ns;
	if (dst->max_ns > now->max_ns)
		dst->max_ns = now->max_ns;
}
