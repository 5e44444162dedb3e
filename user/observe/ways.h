/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elements on the way of a flow. Private to user/observe. */
#ifndef USER_OBSERVE_WAYS_H
#define USER_OBSERVE_WAYS_H

#include "../graph/graph.h"

/* Elements in the order a packet meets them, each once. */
struct bty_way {
	const struct bty_graph *g;
	int *el;
	int n;
	uint8_t *seen; /* in this search */
	uint8_t *on;   /* the way */
};

/* Returns 0 or -ENOMEM; to be closed in either case. */
int bty_way_open(struct bty_way *w, const struct bty_graph *g);
void bty_way_close(struct bty_way *w);

/* From its first element to its last, by way of the others that PATH names. */
void bty_way_of_flow(struct bty_way *w, const struct bty_flow *flow);

#endif
