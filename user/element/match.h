/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills the hash tables of include/batchy/match.h. Called by exactmatch.c and wildcardmatch.c. */
#ifndef USER_ELEMENT_MATCH_H
#define USER_ELEMENT_MATCH_H

#include <stddef.h>
#include <batchy/match.h>

#include "../lib/err.h"

struct bty_match_item {
	struct bty_key key;
	__u64 value; /* BTY_MATCH_VALUE(); its table is part of the key */
};

struct bty_match {
	__u64 *rows; /* malloc'd */
	__u32 nrows; /* a power of two */
	__u32 row_size;
};

/* A table of n distinct keys of nwords words. Returns 0 and *m, or -errno with err set. */
int bty_match_make(const struct bty_match_item *item, size_t n, __u32 nwords, struct bty_match *m, struct bty_err *err);

#endif
