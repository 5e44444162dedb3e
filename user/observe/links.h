/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections of a graph inside workers, laid out to be gone through at every look. Private to user/observe. */
#ifndef USER_OBSERVE_LINKS_H
#define USER_OBSERVE_LINKS_H

#include <stdint.h>
#include "../cost/cost.h"
#include "../graph/graph.h"

/* A counter: all, and what counts of it now. */
struct bty_counted {
	uint64_t total;
	double recent, n;
};

struct bty_link_node {
	int runs;	   /* in a worker */
	int first, nlinks; /* links that leave it */
	int nfrom;	   /* links that lead to it */
	int mixed;	   /* links that lead to elements with other predecessors as well */
	struct bty_counted in, batches, out, out_batches, puts;
	double left, sum;	   /* while fitting */
	double t0_ns, t1_ns;	   /* what it costs */
	double share, batch_share; /* of what leaves the queue at hand */
	int profiled;		   /* the next two are known */
	double fit_t0_ns, fit_t1_ns;
};

/* From one element to another, over all of its outputs that lead there. */
struct bty_link {
	int from, to;
	int only; /* nothing else leads there */
	double packets, batches;
};

/* Elements from a queue to the next ones. */
struct bty_reach {
	int *el; /* without queues; each after those that lead to it */
	int nel;
	int next[BTY_MAX_QUEUES]; /* queue numbers */
	int nnext;
};

struct bty_links {
	struct bty_link_node *node;
	int nnodes;
	struct bty_link *link;
	int nlinks;
	int *mixed; /* links that are not the only one */
	int nmixed;
	int ambiguous;		 /* some element has several of these */
	struct bty_reach *reach; /* of each queue */
	int nqueues;
	int *path[BTY_MAX_FLOWS]; /* of each flow: elements in workers from its first to its last one, without queues */
	int npath[BTY_MAX_FLOWS];
	struct bty_counted entered;	      /* turns of workers that found packets */
	const void *costs;		      /* what profiled was looked up in */
	struct bty_cost_fit io[BTY_COST_NIO]; /* zero where not profiled */
};

/* Returns 0 and *out, or -ENOMEM. */
int bty_links_make(const struct bty_graph *g, struct bty_links **out);
void bty_links_free(struct bty_links *s); /* NULL is harmless */

#endif
