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
	return bty_fail(err, *nrows > MAX_ROWS ? -E2BIG : -ENOMEM, "no room for %zu entries in a table of %u rows", n,
			*nrows > MAX_ROWS ? MAX_ROWS : *nrows);
}
