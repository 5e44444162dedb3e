// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cuckoo hashing with four keys to a row: a key that finds both its rows full takes the place of another, which goes to its
 * other row. Called when tables are planned.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "match.h"

#ifndef MAX_ROWS /* a test's is smaller */
#define MAX_ROWS (1u << 26)
#endif
#define MAX_KICKS 500
#define FILL	  3 /* of BTY_MATCH_WAYS slots, at first */

static __u64 *slot_of(const struct bty_match *m, __u32 row, unsigned int way, __u32 nwords)
{
	return m->rows + (size_t)row * (m->row_size / 8) + way * (1 + nwords);
}

/* Puts slot, a value and its key, into a free place of row. Returns 0 when there is none. */
static int put(const struct bty_match *m, __u32 row, const __u64 *slot, __u32 nwords)
{
	unsigned int way;
	__u64 *s;

	for (way = 0; way < BTY_MATCH_WAYS; way++) {
		s = slot_of(m, row, way, nwords);
		if (*s)
			continue;
		memcpy(s, slot, (1 + nwords) * sizeof(*s));
		return 1;
	}
	return 0;
}

static __u32 row_of(const struct bty_match *m, const __u64 *slot, __u32 nwords, int second)
{
	struct bty_key key = { 0 };

	memcpy(key.word, slot + 1, nwords * sizeof(*slot));
	return bty_match_row(bty_match_hash(&key, nwords, BTY_MATCH_TABLE(*slot)), second, m->nrows - 1);
}

static int insert(const struct bty_match *m, const struct bty_match_item *item, __u32 nwords, __u64 *seed)
{
	__u64 slot[1 + BTY_KEY_WORDS] = { item->value }, was[1 + BTY_KEY_WORDS], *victim;
	__u32 row, first, second;
	int kick;

	memcpy(slot + 1, item->key.word, sizeof(item->key.word));
	row = row_of(m, slot, nwords, 0);
	for (kick = 0; kick < MAX_KICKS; kick++) {
		first = row_of(m, slot, nwords, 0);
		second = row_of(m, slot, nwords, 1);
		if (put(m, first, slot, nwords) || put(m, second, slot, nwords))
			return 1;
		*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
		row = row == first ? second : first;
		victim = slot_of(m, row, *seed >> 60 & (BTY_MATCH_WAYS - 1), nwords);
		memcpy(was, victim, (1 + nwords) * sizeof(*was));
		memcpy(victim, slot, (1 + nwords) * sizeof(*was));
		memcpy(slot, was, (1 + nwords) * sizeof(*was));
	}
	return 0;
}

static int try_make(const struct bty_match_item *item, size_t n, __u32 nwords, struct bty_match *m)
{
	__u64 seed = 1;
	size_t i;

	free(m->rows);
	m->rows = calloc(m->nrows, m->row_size);
	if (!m->rows)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		if (!insert(m, &item[i], nwords, &seed))
			return -EAGAIN;
	return 0;
}

int bty_match_make(const struct bty_match_item *item, size_t n, __u32 nwords, struct bty_match *m, struct bty_err *err)
{
	int ret = -EAGAIN;

	m->rows = NULL;
	m->row_size = BTY_MATCH_WAYS * (1 + nwords) * sizeof(__u64);
	for (m->nrows = 1; m->nrows < MAX_ROWS && (size_t)m->nrows * FILL < n; m->nrows *= 2)
		;
	for (; ret == -EAGAIN && m->nrows <= MAX_ROWS; m->nrows *= 2) {
		ret = try_make(item, n, nwords, m);
		if (!ret)
			return 0;
	}
	free(m->rows);
	m->rows = NULL;
	if (ret == -ENOMEM)
		return bty_fail(err, ret, "no memory for %zu rules", n);
	return bty_fail(err, -E2BIG, "%zu rules need %u rows of %u bytes or more; at most %u are possible", n, m->nrows,
			m->row_size, MAX_ROWS);
}
