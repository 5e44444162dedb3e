// SPDX-License-Identifier: GPL-2.0-or-later
/* The known name nearest to a mistyped one; called by user/graph and the command line while they word an error. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <batchy/abi.h>

#include "near.h"

/* Edit distance without case, a swap of neighbours counting one (Damerau 1964): the commonest slip of the hand. */
static int distance(const char *a, const char *b)
{
	int d[BTY_NAME_LEN + 1][BTY_NAME_LEN + 1], la = strnlen(a, BTY_NAME_LEN), lb = strnlen(b, BTY_NAME_LEN);
	int i, j, cost;

	for (i = 0; i <= la; i++)
		d[i][0] = i;
	for (j = 0; j <= lb; j++)
		d[0][j] = j;
	for (i = 1; i <= la; i++) {
		for (j = 1; j <= lb; j++) {
			cost = d[i - 1][j - 1] + !!strncasecmp(a + i - 1, b + j - 1, 1);
			if (d[i - 1][j] + 1 < cost)
				cost = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < cost)
				cost = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && !strncasecmp(a + i - 1, b + j - 2, 1) &&
			    !strncasecmp(a + i - 2, b + j - 1, 1) && d[i - 2][j - 2] + 1 < cost)
				cost = d[i - 2][j - 2] + 1;
			d[i][j] = cost;
		}
	}
	return d[la][lb];
}

void bty_near_init(struct bty_near *near, const char *word)
{
	int len = strnlen(word, BTY_NAME_LEN);

	near->word = word;
	near->best = NULL;
	/* a third of the letters may be wrong, but one or two of a short name */
	near->distance = (len < 3 ? 1 : len < 6 ? 2 : len / 3) + 1;
}

void bty_near_try(struct bty_near *near, const char *name)
{
	int d = distance(near->word, name);

	/* everything is near to a name of one letter, when all of it may change */
	if (d < near->distance && d < (int)strlen(name)) {
		near->distance = d;
		near->best = name;
	}
}

const char *bty_near_hint(const struct bty_near *near, char *buf, size_t size)
{
	if (near->best)
		snprintf(buf, size, "; did you mean '%s'?", near->best);
	else
		buf[0] = '\0';
	return buf;
}
