// SPDX-License-Identifier: GPL-2.0-or-later
/* A worker's memory: its batches, its copy of the graph, its queues. Called by run.c, and by tests that need no sockets. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <elements/queue.h>

#include "internal.h"

static int make_batches(struct bty_wk *w, int nemitters)
{
	/*
	 * Every live batch holds a packet, but for one per port while a branch fills them. While what an element emitted goes
	 * on, a vector at a time, what is left of the batch before it waits: as often as elements emit in a row. Sources
	 * begin when nothing waits.
	 */
	int n = w->vec * (1 + nemitters) + BTY_MAX_OUT + 2, i;

	w->batch_mem = calloc(n, sizeof(*w->batch_mem));
	w->free_batch = calloc(n, sizeof(struct bty_batch *));
	w->stack = calloc(n + nemitters + 1, sizeof(*w->stack));
	if (!w->batch_mem || !w->free_batch || !w->stack)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		bty_batch_put(w, &w->batch_mem[i]);
	return 0;
}

/* taps: where those of earlier nodes end. Returns where its own do. */
static struct bty_flow_tap *init_node(struct bty_wk *w, int i, struct bty_flow_tap *taps)
{
	const struct bty_graph *g = w->dp->graph;
	const struct bty_element *el = &g->el[i];
	struct bty_node *n = &w->node[i];
	int f;

	n->cls = el->stand_in ? el->stand_in : el->cls;
	n->args = el->stand_in ? el->stand_in_args : el->args;
	n->mark = el->mark;
	n->device = el->device;
	n->wqueue = -1;
	n->stays = bty_class_stays(n->cls) != NULL;
	n->nout = el->nout;
	memcpy(n->out, el->out, sizeof(n->out));
	n->env.random_state = 0x9e3779b97f4a7c15ULL * (w->id + 1) + i;
	n->env.gateways = w->dp->gateways.addr[0];
	memcpy(n->env.table, w->dp->table[i], sizeof(n->env.table));
	n->tap = taps;
	for (f = 0; f < g->nflows; f++)
		if (g->flow[f].path[g->flow[f].npath - 1] == i) {
			n->tap[n->ntaps].flow = f;
			n->tap[n->ntaps++].marks = g->flow[f].marks;
		}
	return taps + n->ntaps;
}

static int make_made(struct bty_wk *w, int *nemitters)
{
	uint32_t frames, sum = 0;
	int i;

	*nemitters = 0;
	for (i = 0; i < w->nnodes; i++) {
		frames = bty_own_init(w, i);
		*nemitters += frames && w->node[i].cls->nin;
		sum += frames;
		w->nframes += frames;
	}
	w->made = calloc(sum + 1, sizeof(*w->made));
	w->made_max = sum;
	return w->made ? 0 : -ENOMEM;
}

static int make_graph(struct bty_wk *w)
{
	const struct bty_graph *g = w->dp->graph;
	struct bty_flow_tap *taps;
	int i;

	w->nnodes = g->nel;
	w->node = calloc(g->nel, sizeof(*w->node));
	w->flow = calloc(g->nflows + 1, sizeof(*w->flow));
	w->taps = calloc(g->nflows + 1, sizeof(*w->taps));
	w->ticker = calloc(g->nel, sizeof(*w->ticker));
	if (!w->node || !w->flow || !w->taps || !w->ticker)
		return -ENOMEM;
	for (i = 0, taps = w->taps; i < g->nel; i++)
		taps = init_node(w, i, taps);
	for (i = 0; i < g->nflows; i++) {
		w->flow[i].delay = calloc(1, sizeof(*w->flow[i].delay));
		if (!w->flow[i].delay)
			return -ENOMEM;
	}
	return 0;
}

static int make_wqueue(struct bty_wk *w, int el)
{
	const struct bty_graph *g = w->dp->graph;
	const struct queue_args *args = g->el[el].args;
	struct bty_wqueue *wq = &w->wqueue[w->nwqueues];

	wq->q = bty_lane(w->dp, g->el[el].queue, w->id);
	wq->capacity = bty_pow2(args->capacity);
	wq->ring = calloc(wq->capacity, sizeof(*wq->ring));
	wq->since = calloc(wq->capacity, sizeof(*wq->since));
	wq->wait = calloc(1, sizeof(*wq->wait));
	w->nwqueues++;
	if (!wq->ring || !wq->since || !wq->wait)
		return -ENOMEM;
	wq->node = el;
	wq->next = g->el[el].out[0];
	w->node[el].wqueue = wq - w->wqueue;
	return 0;
}

static int make_wqueues(struct bty_wk *w)
{
	const struct bty_graph *g = w->dp->graph;
	int i, ret = 0;

	w->wqueue = calloc(g->nqueues + 1, sizeof(*w->wqueue));
	if (!w->wqueue)
		return -ENOMEM;
	for (i = 0; !ret && i < g->nel; i++)
		if (g->el[i].cls->kind == BTY_KIND_QUEUE && g->el[i].backend == BTY_BACKEND_WORKER)
			ret = make_wqueue(w, i);
	return ret;
}

int bty_worker_make(struct bty_wk *w)
{
	int nemitters, ret = make_graph(w);

	if (!ret)
		ret = make_made(w, &nemitters);
	if (!ret)
		ret = make_batches(w, nemitters);
	if (!ret && !w->extra)
		ret = make_wqueues(w);
	return ret;
}

void bty_worker_unmake(struct bty_wk *w)
{
	int i;

	for (i = 0; i < w->nwqueues; i++) {
		free(w->wqueue[i].ring);
		free(w->wqueue[i].since);
		free(w->wqueue[i].wait);
	}
	for (i = 0; w->flow && i < w->dp->graph->nflows; i++)
		free(w->flow[i].delay);
	free(w->wqueue);
	free(w->flow);
	free(w->taps);
	free(w->node);
	free(w->made);
	free(w->ticker);
	free(w->batch_mem);
	free(w->free_batch);
	free(w->stack);
}
