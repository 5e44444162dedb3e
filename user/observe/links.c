// SPDX-License-Identifier: GPL-2.0-or-later
/* Lays out the connections of a graph once; called by spread.c when a pipeline starts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "links.h"
#include "ways.h"

static int runs(const struct bty_element *el)
{
	return el->cls->kind != BTY_KIND_INFO && (el->place & BTY_PLACE_WORKER);
}

static void add_link(struct bty_links *s, int from, int to)
{
	struct bty_link_node *n = &s->node[from];
	int k;

	for (k = 0; k < n->nlinks; k++)
		if (s->link[n->first + k].to == to)
			return;
	s->link[s->nlinks++] = (struct bty_link){ .from = from, .to = to };
	n->nlinks++;
	s->node[to].nfrom++;
}

static int make_links(struct bty_links *s, const struct bty_graph *g)
{
	struct bty_link *l;
	int i, port, most = 1;

	for (i = 0; i < g->nel; i++)
		most += g->el[i].nout;
	s->link = calloc(most, sizeof(*s->link));
	s->mixed = calloc(most, sizeof(*s->mixed));
	if (!s->link || !s->mixed)
		return -ENOMEM;
	for (i = 0; i < g->nel; i++) {
		s->node[i].first = s->nlinks;
		s->node[i].runs = runs(&g->el[i]);
		for (port = 0; s->node[i].runs && port < g->el[i].nout; port++)
			if (g->el[i].out[port] >= 0)
				add_link(s, i, g->el[i].out[port]);
	}
	for (i = 0; i < s->nlinks; i++) {
		l = &s->link[i];
		l->only = s->node[l->to].nfrom == 1;
		if (l->only)
			continue;
		s->mixed[s->nmixed++] = i;
		s->ambiguous |= ++s->node[l->from].mixed > 1;
	}
	return 0;
}

/* Elements after which all that they lead to are in order already; queues are ends. Returns how many are in order. */
static int settle(const struct bty_links *s, const struct bty_graph *g, int i, uint8_t *seen, int *order, int n)
{
	const struct bty_link_node *node = &s->node[i];
	int k, to;

	seen[i] = 1;
	for (k = 0; k < node->nlinks; k++) {
		to = s->link[node->first + k].to;
		if (!seen[to] && g->el[to].queue < 0)
			n = settle(s, g, to, seen, order, n);
	}
	order[n] = i;
	return n + 1;
}

static void mark_next(const struct bty_links *s, int el, uint8_t *mark)
{
	const struct bty_link_node *node = &s->node[el];
	int k;

	for (k = 0; k < node->nlinks; k++)
		mark[s->link[node->first + k].to] = 1;
}

/* What a queue leads to. order: the reverse of what is wanted. */
static int reach(struct bty_links *s, const struct bty_graph *g, int queue, const int *order, int norder, uint8_t *mark)
{
	struct bty_reach *r = &s->reach[queue];
	int i;

	memset(mark, 0, g->nel);
	r->el = calloc(norder + 1, sizeof(*r->el));
	if (!r->el)
		return -ENOMEM;
	mark_next(s, g->queue_el[queue], mark);
	for (i = norder - 1; i >= 0; i--) {
		if (!mark[order[i]] || g->el[order[i]].queue >= 0)
			continue;
		r->el[r->nel++] = order[i];
		mark_next(s, order[i], mark);
	}
	for (i = 0; i < g->nqueues; i++)
		if (mark[g->queue_el[i]])
			r->next[r->nnext++] = i;
	return 0;
}

static int make_reach(struct bty_links *s, const struct bty_graph *g)
{
	uint8_t *seen = calloc(2, g->nel + 1);
	int *order = calloc(g->nel + 1, sizeof(*order));
	int i, n = 0, ret = 0;

	s->nqueues = g->nqueues;
	s->reach = calloc(g->nqueues + 1, sizeof(*s->reach));
	if (!seen || !order || !s->reach)
		ret = -ENOMEM;
	for (i = 0; !ret && i < g->nel; i++)
		if (s->node[i].runs && !seen[i])
			n = settle(s, g, i, seen, order, n);
	for (i = 0; !ret && i < g->nqueues; i++)
		ret = reach(s, g, i, order, n, seen + g->nel);
	free(seen);
	free(order);
	return ret;
}

static int make_paths(struct bty_links *s, const struct bty_graph *g)
{
	struct bty_way way;
	int f, k, el, ret = bty_way_open(&way, g);

	for (f = 0; !ret && f < g->nflows; f++) {
		bty_way_of_flow(&way, &g->flow[f]);
		s->path[f] = calloc(way.n + 1, sizeof(*s->path[f]));
		if (!s->path[f])
			ret = -ENOMEM;
		for (k = 0; !ret && k < way.n; k++) {
			el = way.el[k];
			if (s->node[el].runs && g->el[el].queue < 0)
				s->path[f][s->npath[f]++] = el;
		}
	}
	bty_way_close(&way);
	return ret;
}

int bty_links_make(const struct bty_graph *g, struct bty_links **out)
{
	struct bty_links *s = calloc(1, sizeof(*s));
	int ret;

	*out = s;
	if (!s)
		return -ENOMEM;
	s->nnodes = g->nel;
	s->node = calloc(g->nel + 1, sizeof(*s->node));
	ret = s->node ? make_links(s, g) : -ENOMEM;
	if (!ret)
		ret = make_reach(s, g);
	return ret ? ret : make_paths(s, g);
}

void bty_links_free(struct bty_links *s)
{
	int i;

	if (!s)
		return;
	for (i = 0; s->reach && i < s->nqueues; i++)
		free(s->reach[i].el);
	for (i = 0; i < BTY_MAX_FLOWS; i++)
		free(s->path[i]);
	free(s->reach);
	free(s->mixed);
	free(s->link);
	free(s->node);
	free(s);
}
