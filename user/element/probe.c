// SPDX-License-Identifier: GPL-2.0-or-later
/* Where entries of a hash table go, and how many rows that takes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <batchy/probe.h>

#include "probe.h"

#define MAX_ROWS (1U << 27)

static int place(const uint32_t *hash, size_t n, uint8_t *used, uint32_t *row, uint32_t nrows)
{
	uint32_t at, k;
	size_t i;

	for (i = 0; i < n; i++) {
		for (k = 0; k < BTY_PROBES; k++) {
			at = (hash[i] + k) & (nrows - 1);
			if (!used[at])
				break;
		}
		if (k == BTY_PROBES)
			return 0;
		used[at] = 1;
		row[i] = at;
	}
	return 1;
}

static uint32_t reversed(uint32_t h)
{
	h = (h >> 1 & 0x55555555) | (h & 0x55555555) << 1;
	h = (h >> 2 & 0x33333333) | (h & 0x33333333) << 2;
	h = (h >> 4 & 0x0f0f0f0f) | (h & 0x0f0f0f0f) << 4;
	return __builtin_bswap32(h);
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Hashes that share their last bits stand together once they are sorted back to front. */
uint64_t bty_rows_needed(uint32_t *hash, size_t n, unsigned int ways)
{
	int bits = 0, same;
	size_t i;

	for (i = 0; i < n; i++)
		hash[i] = reversed(hash[i]);
	qsort(hash, n, sizeof(*hash), by_value);
	for (i = ways; i < n; i++) {
		if (hash[i] == hash[i - ways])
			return 0;
		same = __builtin_clz(hash[i] ^ hash[i - ways]);
		bits = same + 1 > bits ? same + 1 : bits;
	}
	return 1ULL << bits;
}

int bty_rows_fail(uint32_t *hash, size_t n, unsigned int ways, const char *noun, unsigned int max, struct bty_err *err)
{
	unsigned long long rows;

	if (!hash)
		return bty_fail(err, -ENOMEM, "no memory for %zu %ss", n, noun);
	rows = bty_rows_needed(hash, n, ways);
	free(hash);
	if (!rows)
		return bty_fail(err, -E2BIG, "%zu %ss: more than %u have one hash, so that no number of rows would do",
				n, noun, ways);
	return bty_fail(err, -E2BIG, "%zu %ss need %llu rows; at most %u are possible", n, noun, rows, max);
}

int bty_probe_place(const uint32_t *hash, size_t n, uint32_t **row, uint32_t *nrows, struct bty_err *err)
{
	uint8_t *used = NULL;
	int done = 0;

	*row = malloc((n + 1) * sizeof(**row));
	for (*nrows = 2; *nrows < 2 * n; *nrows *= 2)
		;
	for (; *row && !done && *nrows <= MAX_ROWS; *nrows *= 2) {
		free(used);
		used = calloc(*nrows, 1);
		if (!used)
			break;
		done = place(hash, n, used, *row, *nrows);
		if (done)
			break;
	}
	free(used);
	if (done)
		return 0;
	free(*row);
	*row = NULL;
	if (*nrows <= MAX_ROWS)
		return bty_fail(err, -ENOMEM, "no memory for %zu entries in a table of %u rows", n, *nrows);
	return bty_fail(err, -E2BIG, "%zu entries need %u rows or more; at most %u are possible", n, *nrows, MAX_ROWS);
}
