// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Of the tasks that have something to do, the one with the least virtual time runs: time used, divided by its weight (start-time
 * fair queueing, Goyal, Vin and Cheng 1996, applied to the CPU). Who was idle begins at the present virtual time. Who feeds a
 * queue that is nearly full waits until that has room again (backpressure as in NFVnice, SIGCOMM 2017). Called by worker.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "wfq.h"

#define SHARE_UNIT (1 << 16) /* of virtual time for one of time at weight 1 */

static uint32_t limit(const struct bty_wqueue *wq)
{
	return wq->q->limit < wq->capacity ? wq->q->limit : wq->capacity;
}

/* The queues that packets which leave el come to next, as bits. */
static uint64_t next_queues(const struct bty_wk *w, int el, uint8_t *seen)
{
	const struct bty_node *n = &w->node[el];
	uint64_t bits = 0;
	int i, to;

	seen[el] = 1;
	for (i = 0; i < n->nout; i++) {
		to = n->out[i];
		if (to < 0 || seen[to])
			continue;
		if (w->node[to].wqueue >= 0)
			bits |= 1ULL << w->node[to].wqueue;
		else
			bits |= next_queues(w, to, seen);
	}
	return bits;
}

/* Makes feeds of wqueues transitive for a moment, and takes away what leads back: who waits for himself waits for ever. */
static int cut_circles(struct bty_wfq *f, const struct bty_wk *w)
{
	uint64_t *reach = calloc(w->nwqueues + 1, sizeof(*reach));
	struct bty_task *t = &f->task[w->nlanes];
	int i, k;

	if (!reach)
		return -ENOMEM;
	for (i = 0; i < w->nwqueues; i++)
		reach[i] = t[i].feeds;
	for (k = 0; k < w->nwqueues; k++)
		for (i = 0; i < w->nwqueues; i++)
			if (reach[i] & 1ULL << k)
				reach[i] |= reach[k];
	for (i = 0; i < w->nwqueues; i++)
		for (k = 0; k < w->nwqueues; k++)
			if (reach[k] & 1ULL << i)
				t[i].feeds &= ~(1ULL << k);
	free(reach);
	return 0;
}

/* What sources make in one turn, and where it goes. */
static void init_sources(struct bty_wfq *f, struct bty_wk *w, uint8_t *seen)
{
	struct bty_task *t = &f->task[f->ntasks - 1];
	const struct bty_node *n;
	int i;

	for (i = 0; i < w->ntickers; i++) {
		n = &w->node[w->ticker[i]];
		if (n->cls->nin)
			continue;
		memset(seen, 0, w->nnodes);
		t->feeds |= next_queues(w, w->ticker[i], seen);
		t->most += n->cls->frames ? n->cls->frames(n->args, w->vec) : w->vec;
	}
}

static int init_tasks(struct bty_wfq *f, struct bty_wk *w)
{
	uint8_t *seen = calloc(w->nnodes + 1, 1);
	struct bty_task *t = f->task;
	int i;

	if (!seen)
		return -ENOMEM;
	for (i = 0; i < w->nlanes + w->nwqueues; i++, t++) {
		memset(seen, 0, w->nnodes);
		t->lane = i < w->nlanes ? &w->lane[i] : NULL;
		t->wq = i < w->nlanes ? NULL : &w->wqueue[i - w->nlanes];
		t->q = t->lane ? t->lane->q : t->wq->q;
		t->feeds = next_queues(w, t->lane ? t->lane->node : t->wq->node, seen);
		t->most = w->vec;
		/* whatever waits is due: triggers and deadlines mean nothing here, but wake us */
		t->q->trigger = 1;
	}
	init_sources(f, w, seen);
	free(seen);
	return cut_circles(f, w);
}

int bty_wfq_open(struct bty_wk *w)
{
	w->wfq = calloc(1, sizeof(*w->wfq));
	if (!w->wfq)
		return -ENOMEM;
	w->wfq->clock = bty_meter_read;
	w->wfq->ntasks = w->nlanes + w->nwqueues + 1;
	w->wfq->task = calloc(w->wfq->ntasks, sizeof(*w->wfq->task));
	return w->wfq->task ? init_tasks(w->wfq, w) : -ENOMEM;
}

void bty_wfq_close(struct bty_wk *w)
{
	if (w->wfq)
		free(w->wfq->task);
	free(w->wfq);
	w->wfq = NULL;
}

static void look_at_queues(struct bty_wk *w)
{
	uint64_t have, full = w->wfq->full;
	uint32_t most;
	int i;

	for (i = 0; i < w->nwqueues; i++) {
		have = bty_backlog(w->wqueue[i].q);
		most = limit(&w->wqueue[i]);
		if (have * 4 >= most * 3ULL)
			full |= 1ULL << i;
		else if (have * 2 < most)
			full &= ~(1ULL << i);
	}
	w->wfq->full = full;
}

/* Whether what it may add fits wherever it may go; into an empty queue in any case, or it would wait for ever. */
static int has_room(const struct bty_wk *w, const struct bty_task *t)
{
	uint64_t left, have, most = t->q && bty_backlog(t->q) < t->most ? bty_backlog(t->q) : t->most;
	int i;

	for (left = t->feeds; left; left &= left - 1) {
		i = __builtin_ctzll(left);
		have = bty_backlog(w->wqueue[i].q);
		if (have && have + most > limit(&w->wqueue[i]))
			return 0;
	}
	return 1;
}

static int has_work(const struct bty_wk *w, const struct bty_task *t, uint64_t now_ns, int sources)
{
	if (t->lane)
		return now_ns >= t->lane->not_before && bty_backlog(t->q);
	if (t->wq)
		return bty_backlog(t->q) != 0;
	return sources && bty_source_due(w, now_ns);
}

static int may_run(const struct bty_wk *w, const struct bty_task *t, uint64_t now_ns, int sources)
{
	return has_work(w, t, now_ns, sources) && !(t->feeds & w->wfq->full) && has_room(w, t);
}

/*
 * Who cannot run now saves nothing for later. Virtual times are compared by their difference, so that they may wrap around: no
 * task stays behind the others.
 */
static struct bty_task *choose(struct bty_wk *w, uint64_t now_ns, int sources)
{
	struct bty_wfq *f = w->wfq;
	struct bty_task *t, *best = NULL;
	int i;

	for (i = 0; i < f->ntasks; i++) {
		t = &f->task[i];
		if (!may_run(w, t, now_ns, sources)) {
			if ((int64_t)(f->now - t->vtime) > 0)
				t->vtime = f->now;
		} else if (!best || (int64_t)(t->vtime - best->vtime) < 0) {
			best = t;
		}
	}
	return best;
}

static int run(struct bty_wk *w, struct bty_task *t, uint64_t now_ns)
{
	if (t->lane)
		return bty_lane_serve_once(w, t->lane, now_ns) ? 1 : 2;
	if (t->wq)
		bty_wqueue_serve(w, t->wq, BTY_BY_TRIGGER);
	else
		bty_tick_sources(w, now_ns);
	return 1;
}

int bty_wfq_turn(struct bty_wk *w, uint64_t now_ns, int sources)
{
	struct bty_wfq *f = w->wfq;
	struct bty_task *t;
	uint64_t begin, used;
	int ran;

	look_at_queues(w);
	t = choose(w, now_ns, sources);
	if (!t)
		return 0;
	begin = f->clock();
	f->now = t->vtime;
	ran = run(w, t, now_ns);
	used = f->clock() - begin;
	t->used += used;
	t->vtime += used * SHARE_UNIT / (t->q ? bty_weight(t->q) : 1);
	return ran;
}
