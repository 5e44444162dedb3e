/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "did you mean": the known name nearest to a mistyped one. Used by user/graph for elements and keywords, and by `element list`. */
#ifndef USER_CONFIG_NEAR_H
#define USER_CONFIG_NEAR_H

#include <stddef.h>

struct bty_near {
	const char *word; /* as mistyped */
	const char *best; /* nearest so far; NULL: none is near */
	int distance;
};

void bty_near_init(struct bty_near *near, const char *word);

/* Considers one known name, which must outlive near. */
void bty_near_try(struct bty_near *near, const char *name);

/* "; did you mean 'X'?" or "". Returns buf. */
const char *bty_near_hint(const struct bty_near *near, char *buf, size_t size);

#endif
