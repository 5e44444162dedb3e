/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which elements packets can get to, along connections. Used by user/graph and user/placement. */
#ifndef USER_GRAPH_REACH_H
#define USER_GRAPH_REACH_H

#include "graph.h"

struct bty_elset {
	uint64_t w[BTY_MAX_ELEMENTS / 64];
};

static inline int bty_elset_has(const struct bty_elset *s, int el)
{
	return s->w[el / 64] >> (el % 64) & 1;
}

static inline void bty_elset_add(struct bty_elset *s, int el)
{
	s->w[el / 64] |= 1ULL << (el % 64);
}

/* Where packets come into a pipeline. */
static inline int bty_makes_packets(const struct bty_class *cls)
{
	return cls->kind == BTY_KIND_FROMDEVICE || bty_is_source(cls);
}

/* Every FromDevice and every source, and what they reach, in a graph without element `without` (-1: with all). */
void bty_reach_from_sources(const struct bty_graph *g, int without, struct bty_elset *seen);

/* What el reaches by one connection or more. */
void bty_reach_after(const struct bty_graph *g, int el, struct bty_elset *seen);

#endif
