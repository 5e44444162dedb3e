// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of element classes; called by user/graph, user/load and the command line. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <batchy/drop.h>

#include "registry.h"

#define BTY_EL(sym) extern const struct bty_class bty_class_##sym;
#include <batchy/elements.def>
#undef BTY_EL

const struct bty_class *const bty_classes[] = {
#define BTY_EL(sym) &bty_class_##sym,
#include <batchy/elements.def>
#undef BTY_EL
	NULL,
};

const struct bty_class *bty_class_find(const char *name)
{
	int i;

	for (i = 0; bty_classes[i]; i++)
		if (!strcmp(bty_classes[i]->name, name))
			return bty_classes[i];
	return NULL;
}

/* Levenshtein distance without case, up to 31 characters. */
static int distance(const char *a, const char *b)
{
	int row[BTY_NAME_LEN + 1], la = strnlen(a, BTY_NAME_LEN), lb = strnlen(b, BTY_NAME_LEN);
	int i, j, diag, up;

	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		diag = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			up = row[j];
			row[j] = diag + !!strncasecmp(a + i - 1, b + j - 1, 1);
			if (up + 1 < row[j])
				row[j] = up + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			diag = up;
		}
	}
	return row[lb];
}

const struct bty_class *bty_class_nearest(const char *name)
{
	const struct bty_class *best = NULL;
	int i, d, best_d = 4;

	for (i = 0; bty_classes[i]; i++) {
		d = distance(name, bty_classes[i]->name);
		if (d < best_d) {
			best_d = d;
			best = bty_classes[i];
		}
	}
	return best;
}

const char *bty_drop_name(unsigned int reason)
{
	static const char *const names[] = {
#define X(id, name, what) name,
		BTY_DROP_REASONS(X)
#undef X
	};

	return reason < BTY_DROP_COUNT ? names[reason] : "unknown";
}
