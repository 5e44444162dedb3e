// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A packet at the exit of the last element of a PATH is of that flow if it has passed the others. Those that every
 * packet there must have passed (they dominate the last element) say nothing; each of the others gets a bit, which
 * flows share, that it sets in the packet's metadata. Called by placement.c.
 */
#include <errno.h>

#include "../graph/reach.h"
#include "marks.h"

static int check_order(const struct bty_graph *g, const struct bty_flow *flow, struct bty_err *err)
{
	struct bty_elset after;
	int i;

	for (i = 0; i + 1 < flow->npath; i++) {
		bty_reach_after(g, flow->path[i], &after);
		if (!bty_elset_has(&after, flow->path[i + 1]))
			return bty_fail_at(err, -EINVAL, g->file, flow->path_pos[i + 1],
					   "flow '%s': no packet gets from '%s' to '%s': expected elements in the "
					   "order packets pass them",
					   flow->name, g->el[flow->path[i]].name, g->el[flow->path[i + 1]].name);
	}
	return 0;
}

static int dominates(const struct bty_graph *g, int el, int last)
{
	struct bty_elset seen;

	if (el == last)
		return 1;
	bty_reach_from_sources(g, el, &seen);
	return !bty_elset_has(&seen, last);
}

static int place_flow(struct bty_graph *g, struct bty_flow *flow, int *nmarks, struct bty_err *err)
{
	int i, last = flow->path[flow->npath - 1], r;
	struct bty_element *el;

	r = check_order(g, flow, err);
	if (r)
		return r;
	flow->marks = 0;
	flow->in_worker = !!(g->el[last].place & BTY_PLACE_WORKER);
	for (i = 0; i < flow->npath; i++) {
		el = &g->el[flow->path[i]];
		if (dominates(g, flow->path[i], last))
			continue;
		if (!el->mark) {
			if (*nmarks == BTY_MAX_MARKS)
				return bty_fail_at(err, -EINVAL, g->file, flow->path_pos[i],
						   "flow '%s': '%s' is one too many to tell flows apart: expected %d "
						   "such elements at most",
						   flow->name, el->name, BTY_MAX_MARKS);
			el->mark = 1U << (*nmarks)++;
		}
		flow->marks |= el->mark;
	}
	return 0;
}

int bty_place_marks(struct bty_graph *g, struct bty_err *err)
{
	int i, r = 0, nmarks = 0;

	for (i = 0; i < g->nel; i++)
		g->el[i].mark = 0;
	for (i = 0; i < g->nflows && !r; i++)
		r = place_flow(g, &g->flow[i], &nmarks, err);
	return r;
}
