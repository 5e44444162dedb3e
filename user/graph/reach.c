// SPDX-License-Identifier: GPL-2.0-or-later
/* Reachability; called by the checks and by placement. */
#include <string.h>

#include "reach.h"

/* Adds what the n elements of todo[] (room for all elements) lead to. Elements in seen are not visited again. */
static void spread(const struct bty_graph *g, int *todo, int n, int without, struct bty_elset *seen)
{
	int el, port, to;

	while (n) {
		el = todo[--n];
		for (port = 0; port < g->el[el].nout; port++) {
			to = g->el[el].out[port];
			if (to < 0 || to == without || bty_elset_has(seen, to))
				continue;
			bty_elset_add(seen, to);
			todo[n++] = to;
		}
	}
}

void bty_reach_from_sources(const struct bty_graph *g, int without, struct bty_elset *seen)
{
	int todo[BTY_MAX_ELEMENTS], n = 0, i;

	memset(seen, 0, sizeof(*seen));
	for (i = 0; i < g->nel; i++) {
		if (!bty_makes_packets(g->el[i].cls) || i == without)
			continue;
		bty_elset_add(seen, i);
		todo[n++] = i;
	}
	spread(g, todo, n, without, seen);
}

void bty_reach_after(const struct bty_graph *g, int el, struct bty_elset *seen)
{
	int todo[BTY_MAX_ELEMENTS + 1] = { el };

	memset(seen, 0, sizeof(*seen));
	spread(g, todo, 1, -1, seen);
}
