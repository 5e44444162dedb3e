// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the elements between those that a PATH names; called by observe.c and links.c when a pipeline starts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ways.h"

int bty_way_open(struct bty_way *w, const struct bty_graph *g)
{
	w->g = g;
	w->n = 0;
	w->el = calloc(g->nel + 1, sizeof(*w->el));
	w->seen = calloc(g->nel + 1, 1);
	w->on = calloc(g->nel + 1, 1);
	return w->el && w->seen && w->on ? 0 : -ENOMEM;
}

void bty_way_close(struct bty_way *w)
{
	free(w->el);
	free(w->seen);
	free(w->on);
}

/* Appends the first way found between two elements, both included. Returns 1 when there is one. */
static int find(struct bty_way *w, int from, int to)
{
	const struct bty_element *el = &w->g->el[from];
	int i, before = w->n, mine = !w->on[from];

	if (w->seen[from])
		return 0;
	w->seen[from] = 1;
	if (mine) {
		w->on[from] = 1;
		w->el[w->n++] = from;
	}
	if (from == to)
		return 1;
	for (i = 0; i < el->nout; i++)
		if (el->out[i] >= 0 && find(w, el->out[i], to))
			return 1;
	if (mine)
		w->on[from] = 0;
	w->n = before;
	return 0;
}

void bty_way_of_flow(struct bty_way *w, const struct bty_flow *flow)
{
	int i;

	w->n = 0;
	memset(w->on, 0, w->g->nel);
	for (i = 0; i < flow->npath; i++) {
		memset(w->seen, 0, w->g->nel);
		find(w, flow->path[i], flow->path[i + 1 < flow->npath ? i + 1 : i]);
	}
}
