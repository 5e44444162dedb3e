// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What went over each connection, from what elements count: where an element has one predecessor, all it got; where it has several
 * and these have other successors as well, the table of what each got from each is fitted to its sums (iterative proportional
 * fitting, Deming and Stephan 1940). Called by observe.c on the main thread.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "links.h"
#include "spread.h"

#define ROUNDS	 5    /* of fitting */
#define LIFETIME 1e-9 /* weight of what was counted since the start: it decides where nothing passes any more */

static void count(struct bty_counted *c, uint64_t total, double keep)
{
	c->recent = c->recent * keep + (double)(total - c->total);
	c->total = total;
	c->n = c->recent + LIFETIME * (double)total;
}

/* Packets that an element sent on. */
static uint64_t sent(const struct bty_run *run, int el)
{
	struct bty_el_stats s = { 0 };
	uint64_t gone = 0, in;
	int d;

	bty_run_element_stats(run, el, &s);
	for (d = 0; d < BTY_DROP_MAX; d++)
		gone += s.drops[d];
	gone += s.tx + s.pass + s.held;
	in = s.packets_in + s.made;
	return in > gone ? in - gone : 0;
}

static void read_queue(const struct bty_observer *o, struct bty_link_node *n, int queue, double keep)
{
	const struct bty_datapath *dp = o->dp;
	uint64_t packets = 0, batches = 0;
	const struct bty_queue *q;
	int p;

	for (p = 0; p < dp->nlanes; p++) {
		q = bty_lane(dp, queue, p);
		packets += __atomic_load_n(&q->deq, __ATOMIC_RELAXED);
		batches += __atomic_load_n(&q->batches, __ATOMIC_RELAXED);
	}
	count(&n->out, packets, keep);
	count(&n->out_batches, batches, keep);
	count(&n->puts, bty_run_queue_puts(o->run, queue), keep);
}

static void read_node(struct bty_observer *o, int i, double keep)
{
	struct bty_link_node *n = &o->links->node[i];
	uint64_t packets, batches;

	bty_run_element_counts(o->run, i, &packets, &batches);
	count(&n->in, packets, keep);
	count(&n->batches, batches, keep);
	if (o->dp->graph->el[i].queue >= 0)
		read_queue(o, n, o->dp->graph->el[i].queue, keep);
	else if (n->mixed)
		count(&n->out, sent(o->run, i), keep);
}

static double batches_out(const struct bty_observer *o, int i)
{
	const struct bty_link_node *n = &o->links->node[i];

	return o->dp->graph->el[i].queue >= 0 ? n->out_batches.n : n->batches.n;
}

/* What is left for connections to elements with other predecessors, in equal parts. */
static void guess(struct bty_observer *o, int i)
{
	struct bty_link_node *n = &o->links->node[i];
	struct bty_link *l = &o->links->link[n->first];
	double batches = batches_out(o, i);
	int k;

	n->left = n->out.n;
	for (k = 0; k < n->nlinks; k++)
		if (l[k].only)
			n->left -= l[k].packets;
	if (n->left < 0)
		n->left = 0;
	for (k = 0; k < n->nlinks; k++) {
		if (l[k].only)
			continue;
		l[k].packets = n->left / n->mixed;
		l[k].batches = n->nlinks == 1 || batches < l[k].packets ? batches : l[k].packets;
	}
}

/* Scales what goes into each element to what it got. */
static void fit_inputs(struct bty_links *s)
{
	struct bty_link *l;
	int k;

	for (k = 0; k < s->nmixed; k++)
		s->node[s->link[s->mixed[k]].to].sum = 0;
	for (k = 0; k < s->nmixed; k++)
		s->node[s->link[s->mixed[k]].to].sum += s->link[s->mixed[k]].packets;
	for (k = 0; k < s->nmixed; k++) {
		l = &s->link[s->mixed[k]];
		if (s->node[l->to].sum > 0)
			l->packets *= s->node[l->to].in.n / s->node[l->to].sum;
	}
}

/* And what leaves each to what it sent. */
static void fit_outputs(struct bty_links *s)
{
	struct bty_link *l;
	int k;

	for (k = 0; k < s->nmixed; k++)
		s->node[s->link[s->mixed[k]].from].sum = 0;
	for (k = 0; k < s->nmixed; k++)
		s->node[s->link[s->mixed[k]].from].sum += s->link[s->mixed[k]].packets;
	for (k = 0; k < s->nmixed; k++) {
		l = &s->link[s->mixed[k]];
		if (s->node[l->from].sum > 0)
			l->packets *= s->node[l->from].left / s->node[l->from].sum;
	}
}

static void fit_batches(struct bty_links *s)
{
	struct bty_link *l;
	int k;

	for (k = 0; k < s->nmixed; k++)
		s->node[s->link[s->mixed[k]].to].sum = 0;
	for (k = 0; k < s->nmixed; k++)
		s->node[s->link[s->mixed[k]].to].sum += s->link[s->mixed[k]].batches;
	for (k = 0; k < s->nmixed; k++) {
		l = &s->link[s->mixed[k]];
		if (s->node[l->to].sum > 0)
			l->batches *= s->node[l->to].batches.n / s->node[l->to].sum;
	}
}

void bty_spread_look(struct bty_observer *o, double keep)
{
	struct bty_links *s = o->links;
	struct bty_run_turns turns;
	uint64_t cpu_ns;
	struct bty_link *l;
	int i, round;

	bty_run_turns(o->run, &turns, &cpu_ns);
	count(&s->entered, turns.entered, keep);
	for (i = 0; i < s->nnodes; i++)
		if (s->node[i].runs)
			read_node(o, i, keep);
	for (i = 0; i < s->nlinks; i++) {
		l = &s->link[i];
		if (!l->only)
			continue;
		l->packets = s->node[l->to].in.n;
		l->batches = s->node[l->to].batches.n;
	}
	for (i = 0; i < s->nnodes; i++)
		if (s->node[i].mixed)
			guess(o, i);
	for (round = 0; s->ambiguous && round < ROUNDS; round++) {
		fit_inputs(s);
		fit_outputs(s);
	}
	fit_inputs(s);
	fit_batches(s);
}

int bty_spread_open(struct bty_observer *o)
{
	return bty_links_make(o->dp->graph, &o->links);
}

void bty_spread_close(struct bty_observer *o)
{
	bty_links_free(o->links);
	o->links = NULL;
}
