// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of element classes; called by user/graph, user/load and the command line. */
#include <string.h>
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

/* One of the words in alias. */
static int is_alias(const char *alias, const char *name)
{
	size_t len = strlen(name), n;

	for (; alias && *alias; alias += n + strspn(alias + n, " ")) {
		n = strcspn(alias, " ");
		if (n == len && !memcmp(alias, name, n))
			return 1;
	}
	return 0;
}

const struct bty_class *bty_class_find(const char *name)
{
	int i;

	for (i = 0; bty_classes[i]; i++)
		if (!strcmp(bty_classes[i]->name, name) || is_alias(bty_classes[i]->alias, name))
			return bty_classes[i];
	return NULL;
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
