/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places of entries in the hash tables of batchy/probe.h. Called by the plan() of elements that have one. */
#ifndef USER_ELEMENT_PROBE_H
#define USER_ELEMENT_PROBE_H

#include <stddef.h>
#include <stdint.h>
#include "../lib/err.h"

/*
 * Gives each of n entries, by their hashes, a row of *nrows, as few as will do but twice n at least. Returns 0 and *row, to be
 * freed, or -errno with err set.
 */
int bty_probe_place(const uint32_t *hash, size_t n, uint32_t **row, uint32_t *nrows, struct bty_err *err);

/*
 * How many rows, a power of two, a table must have that no more than ways of n hashes meet in one; 0: no number of rows would
 * do. What hash[] holds is lost.
 */
uint64_t bty_rows_needed(uint32_t *hash, size_t n, unsigned int ways);

/*
 * Says with bty_rows_needed() how many rows n entries, nouns, need where max are possible. hash: theirs, freed; NULL: there was no
 * memory for them. Returns -E2BIG, or -ENOMEM, with err set.
 */
int bty_rows_fail(uint32_t *hash, size_t n, unsigned int ways, const char *noun, unsigned int max, struct bty_err *err);

#endif
