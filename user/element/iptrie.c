// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The IPv6 trie. A subtree of few prefixes is a bucket; one whose prefixes have a long way in common is a bucket that leads to
 * where they part, so that a thin path costs one row; any other is a node of 256 entries, in which each shorter prefix fills the
 * range it covers. The same walk counts the rows and fills them. Called by iplookup.c.
 */
#include <stdlib.h>
#include <string.h>

#include "iptrie.h"

struct builder {
	uint8_t *trie; /* NULL: only count */
	uint64_t nrows;
};

static int compare(const void *a, const void *b)
{
	const struct iptrie_prefix *p = a, *q = b;

	if (p->hi != q->hi)
		return p->hi < q->hi ? -1 : 1;
	if (p->lo != q->lo)
		return p->lo < q->lo ? -1 : 1;
	return p->len < q->len ? -1 : p->len > q->len;
}

void iptrie_sort(struct iptrie_prefix *p, size_t n)
{
	qsort(p, n, sizeof(*p), compare);
}

/* Bits that two prefixes begin with alike. */
static unsigned int common_bits(const struct iptrie_prefix *p, const struct iptrie_prefix *q)
{
	if (p->hi != q->hi)
		return __builtin_clzll(p->hi ^ q->hi);
	return p->lo != q->lo ? 64 + __builtin_clzll(p->lo ^ q->lo) : 128;
}

/* n bits of p from bit `at` on, n <= 24, all in one half. */
static unsigned int bits(const struct iptrie_prefix *p, unsigned int at, unsigned int n)
{
	return at < 64 ? p->hi << at >> (64 - n) : p->lo << (at - 64) >> (64 - n);
}

static void set_item(struct iplookup_item *item, const struct iptrie_prefix *p, unsigned int len, uint32_t entry)
{
	unsigned int n_hi = len < 64 ? len : 64, n_lo = len - n_hi;

	item->entry = entry;
	item->len = len;
	item->shift_hi = 64 - n_hi;
	item->shift_lo[0] = n_lo < 64;
	item->shift_lo[1] = 64 - n_lo - item->shift_lo[0];
	item->hi = p->hi;
	item->lo = p->lo;
}

static struct iplookup_bucket *add_rows(struct builder *b, unsigned int n, uint32_t *row)
{
	*row = b->nrows & IPLOOKUP_NUMBER;
	b->nrows += n;
	return b->trie ? (void *)(b->trie + (size_t)*row * IPLOOKUP_LINE) : NULL;
}

static uint32_t build(struct builder *b, const struct iptrie_prefix *p, size_t n, unsigned int depth, uint32_t hop);

/* n prefixes that are nested or apart: the longest first. */
static uint32_t build_bucket(struct builder *b, const struct iptrie_prefix *p, size_t n, uint32_t hop)
{
	struct iplookup_bucket *bucket;
	uint32_t row;
	size_t i;

	bucket = add_rows(b, 1, &row);
	if (bucket) {
		bucket->other = hop;
		/* in their order a prefix comes before those in it */
		for (i = 0; i < IPLOOKUP_ITEMS; i++) {
			bucket->item[i].entry = hop;
			if (i < n)
				set_item(&bucket->item[i], &p[n - 1 - i], p[n - 1 - i].len, p[n - 1 - i].hop);
		}
	}
	return IPLOOKUP_MORE | IPLOOKUP_BUCKET | row;
}

/* The prefixes go on together to bit `to`. */
static uint32_t build_skip(struct builder *b, const struct iptrie_prefix *p, size_t n, unsigned int to, uint32_t hop)
{
	struct iplookup_bucket *bucket;
	struct iptrie_prefix way = *p;
	uint32_t row, entry;
	int ends = p->len == to; /* the first is the way itself */

	bucket = add_rows(b, 1, &row);
	entry = build(b, p + ends, n - ends, to, ends ? p->hop : hop);
	if (bucket) {
		way.hi = to < 64 ? way.hi >> (64 - to) << (64 - to) : way.hi;
		way.lo = to <= 64 ? 0 : to < 128 ? way.lo >> (128 - to) << (128 - to) : way.lo;
		bucket->other = hop;
		set_item(&bucket->item[0], &way, to, entry);
		bucket->item[1].entry = hop;
	}
	return IPLOOKUP_MORE | IPLOOKUP_BUCKET | row;
}

/* The 2^stride entries of the subtree at depth: first what ends in it, each over the shorter ones, then what goes on. */
static void build_entries(struct builder *b, const struct iptrie_prefix *p, size_t n, unsigned int depth,
			  unsigned int stride, uint32_t *entry, uint32_t hop)
{
	unsigned int end = depth + stride, k;
	size_t i = 0, from;
	uint32_t child;

	for (k = 0; entry && k < 1u << stride; k++)
		entry[k] = hop;
	while (i < n) {
		if (p[i].len <= end) {
			k = bits(&p[i], depth, stride);
			for (from = 0; entry && from < 1u << (end - p[i].len); from++)
				entry[k + from] = p[i].hop;
			i++;
			continue;
		}
		/* those of the same entry follow each other, and what ends here has come before them */
		for (from = i; i < n && p[i].len > end && common_bits(&p[from], &p[i]) >= end; i++)
			;
		k = bits(&p[from], depth, stride);
		child = build(b, p + from, i - from, end, entry ? entry[k] : 0);
		if (entry)
			entry[k] = child;
	}
}

static uint32_t build_node(struct builder *b, const struct iptrie_prefix *p, size_t n, unsigned int depth, uint32_t hop)
{
	uint32_t row;
	void *rows = add_rows(b, IPLOOKUP_NODE_ROWS, &row);

	build_entries(b, p, n, depth, 8, rows, hop);
	return IPLOOKUP_MORE | row;
}

/* n prefixes longer than depth that begin with the same depth bits; hop: of what lies in none. Returns the entry. */
static uint32_t build(struct builder *b, const struct iptrie_prefix *p, size_t n, unsigned int depth, uint32_t hop)
{
	unsigned int together;

	if (!n)
		return hop;
	if (n <= IPLOOKUP_ITEMS)
		return build_bucket(b, p, n, hop);
	together = common_bits(&p[0], &p[n - 1]);
	/* when one is shorter than that, the shortest is the first, because it ends in zeros */
	if (p->len < together)
		together = p->len;
	together &= ~7u;
	if (together > depth)
		return build_skip(b, p, n, together, hop);
	return build_node(b, p, n, depth, hop);
}

uint64_t iptrie_rows(const struct iptrie_prefix *p, size_t n, unsigned int dir6_bits)
{
	struct builder b = { .trie = NULL };

	build_entries(&b, p, n, 0, dir6_bits, NULL, 0);
	return b.nrows;
}

void iptrie_fill(const struct iptrie_prefix *p, size_t n, unsigned int dir6_bits, uint32_t *dir, uint8_t *trie)
{
	struct builder b = { .trie = trie };

	build_entries(&b, p, n, 0, dir6_bits, dir, 0);
}
