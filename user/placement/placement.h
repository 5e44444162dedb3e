/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides where each element runs: from FromDevice in XDP up to the first Queue on each path (backend xsk), in the
 * worker after it, where further Queues get the backend worker. An element reached both ways runs in both. Called
 * by the agent and by `batchy-agent check`.
 */
#ifndef USER_PLACEMENT_PLACEMENT_H
#define USER_PLACEMENT_PLACEMENT_H

#include "../graph/graph.h"

/*
 * Fills place, backend, queue, device, mark of every element and marks, in_worker of every flow. Refuses (-EINVAL, err
 * with file:line:col): an element that cannot run where its place in the graph puts it, a Queue fed from both sides,
 * an XDP chain longer than BTY_MAX_XDP_CHAIN, more than BTY_MAX_MARKS marks, a PATH that no packet can take.
 */
int bty_place_graph(struct bty_graph *g, struct bty_err *err);

/* bty_graph_load() or bty_graph_parse(), and then bty_place_graph(). Returns 0 and *out, or -errno with err set. */
int bty_place_file(const char *file, const char *iface, const struct bty_set *sets, int nsets, struct bty_graph **out,
		   struct bty_err *err);
int bty_place_text(const char *text, size_t len, const char *file, const char *iface, const struct bty_set *sets,
		   int nsets, struct bty_graph **out, struct bty_err *err);

#endif
