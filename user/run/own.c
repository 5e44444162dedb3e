// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What elements in a worker have beyond verdicts: packets they make and keep, a time at which they are called, state. Called
 * by make.c and run.c to set up, by worker.c and rest.c and by elements, through struct bty_env_ops, on the worker's thread.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static struct bty_node *node_of(struct bty_env *env)
{
	return (struct bty_node *)((char *)env - offsetof(struct bty_node, env));
}

static uint32_t room(const struct bty_umem *u)
{
	return u->frame_size - BTY_FRAME_HEADROOM;
}

/* What cannot be made counts as made and dropped, so that the sums hold. */
static int make(struct bty_env *env, __u32 len, struct bty_pkt *p)
{
	struct bty_node *n = node_of(env);
	struct bty_wk *w = env->worker;
	uint64_t frame;
	uint8_t *data;

	n->stats.made++;
	if (len > room(&w->umem)) {
		n->stats.drops[BTY_DROP_TOO_BIG]++;
		return -EMSGSIZE;
	}
	if (!w->umem.nfree) {
		n->stats.drops[BTY_DROP_NO_MEMORY]++;
		return -ENOMEM;
	}
	frame = w->umem.free[--w->umem.nfree];
	data = w->umem.area + frame + BTY_FRAME_HEADROOM;
	bty_frame_place(&w->umem, p, frame, data, len);
	memset(p->meta, 0, sizeof(*p->meta));
	p->meta->port = env->port;
	p->meta->in = w->dp->nports ? w->dp->port[env->port].dev : 0;
	n->stats.held++;
	w->inflight++;
	return 0;
}

static void discard(struct bty_env *env, const struct bty_pkt *p, int reason)
{
	struct bty_node *n = node_of(env);
	struct bty_wk *w = env->worker;

	n->stats.drops[reason & (BTY_DROP_MAX - 1)]++;
	n->stats.held--;
	bty_frame_free(&w->umem, p->frame);
	w->inflight--;
}

static void emit(struct bty_env *env, int port, const struct bty_pkt *p)
{
	struct bty_node *n = node_of(env);
	struct bty_wk *w = env->worker;

	if (port < 0 || port >= BTY_MAX_OUT || n->out[port] < 0) {
		discard(env, p, BTY_DROP_BAD_STATE);
	} else if (w->nmade == w->made_max) {
		discard(env, p, BTY_DROP_NO_MEMORY);
	} else {
		w->made[w->nmade].port = port;
		w->made[w->nmade++].pkt = *p;
		n->stats.held--;
	}
}

static const struct bty_env_ops ops = { .make = make, .emit = emit, .discard = discard };

static int first_port(const struct bty_datapath *dp, int dev)
{
	int p;

	for (p = 0; p < dp->nports; p++)
		if (dp->port[p].dev == dev)
			return p;
	return -1;
}

static int port_of(const struct bty_open *o, const char *device)
{
	const struct bty_datapath *dp = o->ctx;
	int d;

	for (d = 0; d < dp->graph->ndev; d++)
		if (!strcmp(dp->graph->dev[d].name, device))
			return first_port(dp, d);
	return -1;
}

uint32_t bty_own_init(struct bty_wk *w, int i)
{
	const struct bty_element *el = &w->dp->graph->el[i];
	struct bty_node *n = &w->node[i];
	int port;

	n->env.worker = w;
	n->env.ops = &ops;
	if (!(el->place & BTY_PLACE_WORKER))
		return 0;
	if (w->extra)
		return 0;
	/* a source runs in one worker only */
	if (n->cls->tick && (n->cls->nin || !w->id))
		w->ticker[w->ntickers++] = i;
	port = el->stand_in ? first_port(w->dp, el->device) : 0;
	n->env.port = port < 0 ? 0 : port;
	return n->cls->frames && (n->cls->nin || !w->id) ? n->cls->frames(n->args, w->vec) : 0;
}

static int open_one(struct bty_wk *w, struct bty_wk *first, int i, struct bty_err *err)
{
	const struct bty_element *el = &w->dp->graph->el[i];
	struct bty_node *n = &w->node[i];
	const struct bty_open o = {
		.file = w->dp->graph->file,
		.element = el->name,
		.vec = w->vec,
		.room = room(&w->umem),
		.port_of = port_of,
		.ctx = w->dp,
	};
	int ret = 0;

	if (!(el->place & BTY_PLACE_WORKER) || (!n->cls->nin && w != first) || (w->extra && n->stays))
		return 0;
	if (n->cls->state_shared && w != first) {
		n->env.state = first->node[i].env.state;
		return 0;
	}
	if (n->cls->state_size) {
		n->env.state = calloc(1, n->cls->state_size);
		if (!n->env.state)
			return bty_fail(err, -ENOMEM, "%s: out of memory", el->name);
	}
	n->env.now_ns = bty_clock_ns();
	if (n->cls->open)
		ret = n->cls->open(n->args, &n->env, &o, err);
	n->opened = !ret;
	if (ret) {
		free(n->env.state);
		n->env.state = NULL;
	}
	return ret;
}

int bty_own_open(struct bty_wk *w, struct bty_wk *first, struct bty_err *err)
{
	int i, ret = 0;

	for (i = 0; !ret && i < w->nnodes; i++)
		ret = open_one(w, first, i, err);
	return ret;
}

void bty_own_start(struct bty_wk *w)
{
	const struct bty_node *n;
	int i;

	for (i = 0; i < w->nnodes; i++) {
		n = &w->node[i];
		if (n->opened && n->cls->start)
			n->cls->start(n->args, n->env.state);
	}
}

void bty_own_close(struct bty_wk *w)
{
	struct bty_node *n;
	int i;

	for (i = 0; w->node && i < w->nnodes; i++) {
		n = &w->node[i];
		if (!n->opened)
			continue;
		if (n->cls->close)
			n->cls->close(n->args, n->env.state);
		free(n->env.state);
		n->opened = 0;
	}
}

uint64_t bty_tick_due_ns(const struct bty_wk *w, int sources)
{
	const struct bty_node *n;
	uint64_t due, first = 0;
	int i;

	for (i = 0; i < w->ntickers; i++) {
		n = &w->node[w->ticker[i]];
		due = sources || n->cls->nin ? n->env.wake_ns : 0;
		if (due && (!first || due < first))
			first = due;
	}
	return first;
}

static void tick(struct bty_wk *w, int i, uint64_t now_ns)
{
	struct bty_node *n = &w->node[i];
	uint32_t begin = w->nmade;

	w->now_ns = n->env.now_ns = now_ns;
	n->env.wake_ns = 0;
	n->cls->tick(n->args, &n->env);
	if (!n->cls->nin) {
		n->stats.batches++;
		w->turns.sum.packets += w->nmade - begin;
		w->turns.sum.ticks++;
		w->turns.sum.eager += n->env.wake_ns && n->env.wake_ns <= now_ns;
	}
	if (w->meter)
		bty_meter_mark(w->meter, &w->meter->node[i], n->cls->nin ? 0 : w->nmade - begin);
	bty_made_push(w, i, begin);
	bty_exec_all(w);
}

int bty_tick(struct bty_wk *w, uint64_t now_ns, int sources)
{
	const struct bty_node *n;
	int i, any = 0;

	for (i = 0; i < w->ntickers; i++) {
		n = &w->node[w->ticker[i]];
		if (!n->env.wake_ns || n->env.wake_ns > now_ns || (!sources && !n->cls->nin))
			continue;
		tick(w, w->ticker[i], now_ns);
		any = 1;
	}
	return any;
}

int bty_source_due(const struct bty_wk *w, uint64_t now_ns)
{
	const struct bty_node *n;
	int i;

	for (i = 0; i < w->ntickers; i++) {
		n = &w->node[w->ticker[i]];
		if (!n->cls->nin && n->env.wake_ns && n->env.wake_ns <= now_ns)
			return 1;
	}
	return 0;
}

void bty_tick_sources(struct bty_wk *w, uint64_t now_ns)
{
	const struct bty_node *n;
	int i;

	for (i = 0; i < w->ntickers; i++) {
		n = &w->node[w->ticker[i]];
		if (!n->cls->nin && n->env.wake_ns && n->env.wake_ns <= now_ns)
			tick(w, w->ticker[i], now_ns);
	}
}

uint64_t bty_held(const struct bty_wk *w)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < w->ntickers; i++)
		sum += w->node[w->ticker[i]].stats.held;
	return sum;
}
