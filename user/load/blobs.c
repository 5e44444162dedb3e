// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds embedded BPF objects; called by the other files of user/load and by tests. */
#include <string.h>

#include "blobs.h"

const struct bty_blob *bty_blob_find(const char *name)
{
	int i;

	for (i = 0; bty_blobs[i].name; i++)
		if (!strcmp(bty_blobs[i].name, name))
			return &bty_blobs[i];
	return 0;
}
