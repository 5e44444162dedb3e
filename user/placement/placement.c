// SPDX-License-Identifier: GPL-2.0-or-later
/* Where each element runs, and the numbers of queues and devices; called on a graph that passed its checks. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <elements/fromdevice.h>
#include <elements/todevice.h>

#include "marks.h"
#include "placement.h"

#define BOTH (BTY_PLACE_XDP | BTY_PLACE_WORKER)

static int number_queues(struct bty_graph *g, struct bty_err *err)
{
	int i;

	g->nqueues = 0;
	for (i = 0; i < g->nel; i++) {
		g->el[i].queue = -1;
		if (g->el[i].cls->kind != BTY_KIND_QUEUE)
			continue;
		if (g->nqueues == BTY_MAX_QUEUES)
			return bty_fail_at(err, -EINVAL, g->file, g->el[i].pos, "'%s': expected %d queues at most",
					   g->el[i].name, BTY_MAX_QUEUES);
		g->queue_el[g->nqueues] = i;
		g->el[i].queue = g->nqueues++;
	}
	return 0;
}

static int find_device(const struct bty_graph *g, const char *name)
{
	int d;

	for (d = 0; d < g->ndev; d++)
		if (!strcmp(g->dev[d].name, name))
			break;
	return d;
}

static int number_devices(struct bty_graph *g, struct bty_err *err)
{
	const char *name;
	int i, d;

	g->ndev = 0;
	memset(g->dev, 0, sizeof(g->dev));
	for (i = 0; i < g->nel; i++) {
		g->el[i].device = -1;
		if (g->el[i].cls->kind == BTY_KIND_FROMDEVICE)
			name = ((const struct fromdevice_args *)g->el[i].args)->device;
		else if (g->el[i].cls->kind == BTY_KIND_TODEVICE)
			name = ((const struct todevice_args *)g->el[i].args)->device;
		else
			continue;
		d = find_device(g, name);
		if (d == BTY_MAX_DEVICES)
			return bty_fail_at(err, -EINVAL, g->file, g->el[i].pos, "'%s': expected %d devices at most",
					   g->el[i].name, BTY_MAX_DEVICES);
		if (d == g->ndev)
			snprintf(g->dev[g->ndev++].name, sizeof(g->dev[0].name), "%.15s", name);
		g->el[i].device = d;
		g->dev[d].receives |= g->el[i].cls->kind == BTY_KIND_FROMDEVICE;
	}
	return 0;
}

/* Elements that choose a device learn their numbers. */
static int tell_devices(struct bty_graph *g, struct bty_err *err)
{
	struct bty_device_info info = { .ndev = g->ndev };
	struct bty_err why;
	int i, port, ret;

	for (i = 0; i < g->nel; i++) {
		if (!g->el[i].cls->devices)
			continue;
		info.nout = g->el[i].nout;
		for (port = 0; port < info.nout; port++)
			info.out_dev[port] = g->el[i].out[port] < 0 ? -1 : g->el[g->el[i].out[port]].device;
		ret = g->el[i].cls->devices(g->el[i].args, &info, &why);
		if (ret)
			return bty_fail_at(err, ret, g->file, g->el[i].pos, "'%s': %s", g->el[i].name, why.msg);
	}
	return 0;
}

/* The tiers that packets are in when they leave el; fed: the tiers they arrive in. */
static unsigned int leaves(const struct bty_graph *g, const unsigned int *fed, int el)
{
	if (g->el[el].cls->kind == BTY_KIND_QUEUE)
		return fed[el] ? BTY_PLACE_WORKER : 0;
	return fed[el];
}

/* Where the packets of el begin their way; 0 unless it is a source of any kind. */
static unsigned int begins(const struct bty_element *el)
{
	if (el->stand_in || bty_is_source(el->cls))
		return BTY_PLACE_WORKER;
	return el->cls->kind == BTY_KIND_FROMDEVICE ? BTY_PLACE_XDP : 0;
}

/* Repeats until nothing changes: each element gains at most two bits, so it ends. */
static void spread(const struct bty_graph *g, unsigned int *fed)
{
	unsigned int out, before;
	int i, port, to, changed;

	for (i = 0; i < g->nel; i++)
		fed[i] = begins(&g->el[i]);
	do {
		changed = 0;
		for (i = 0; i < g->nel; i++) {
			out = leaves(g, fed, i);
			for (port = 0; port < g->el[i].nout; port++) {
				to = g->el[i].out[port];
				if (to < 0)
					continue;
				before = fed[to];
				fed[to] |= out;
				changed |= fed[to] != before;
			}
		}
	} while (changed);
}

/* The first element that hands packets to el in this tier. */
static const char *feeder(const struct bty_graph *g, const unsigned int *fed, int el, unsigned int tier)
{
	int i, port;

	for (i = 0; i < g->nel; i++)
		for (port = 0; port < g->el[i].nout; port++)
			if (g->el[i].out[port] == el && leaves(g, fed, i) & tier)
				return g->el[i].name;
	return "?";
}

static int place_queue(struct bty_graph *g, const unsigned int *fed, int i, struct bty_err *err)
{
	struct bty_element *el = &g->el[i];

	if (fed[i] == BOTH)
		return bty_fail_at(
			err, -EINVAL, g->file, el->pos,
			"'%s' is fed from XDP by '%s' and from a worker by '%s': expected one Queue for each", el->name,
			feeder(g, fed, i, BTY_PLACE_XDP), feeder(g, fed, i, BTY_PLACE_WORKER));
	/* an AF_XDP ring has an end in each tier */
	el->backend = fed[i] == BTY_PLACE_XDP ? BTY_BACKEND_XSK : BTY_BACKEND_WORKER;
	el->place = fed[i] == BTY_PLACE_XDP ? BOTH : BTY_PLACE_WORKER;
	return 0;
}

static int place_element(struct bty_graph *g, const unsigned int *fed, int i, struct bty_err *err)
{
	struct bty_element *el = &g->el[i];
	unsigned int refused;

	el->backend = BTY_BACKEND_NONE;
	el->place = 0;
	if (el->cls->kind == BTY_KIND_INFO)
		return 0;
	if (el->cls->kind == BTY_KIND_QUEUE)
		return place_queue(g, fed, i, err);
	el->place = fed[i];
	refused = el->place & ~(el->stand_in ? el->stand_in : el->cls)->places;
	if (refused & BTY_PLACE_XDP)
		return bty_fail_at(err, -EINVAL, g->file, el->pos,
				   "'%s' (%s) cannot run in XDP, where '%s' leads to it: put a Queue before it",
				   el->name, el->cls->name, feeder(g, fed, i, BTY_PLACE_XDP));
	if (refused & BTY_PLACE_WORKER)
		return bty_fail_at(err, -EINVAL, g->file, el->pos,
				   "'%s' (%s) cannot run in a worker, where '%s' leads to it: put it before the Queue",
				   el->name, el->cls->name, feeder(g, fed, i, BTY_PLACE_WORKER));
	return 0;
}

/*
 * Programs in a row after the entry program, the Queue or other end included. Cycles pass a Queue, where XDP ends, so
 * lengths settle; the first that is too long is reported before anything could run on.
 */
static int check_chain(const struct bty_graph *g, const unsigned int *fed, struct bty_err *err)
{
	int len[BTY_MAX_ELEMENTS] = { 0 }, i, port, to, changed;

	do {
		changed = 0;
		for (i = 0; i < g->nel; i++) {
			if (!(leaves(g, fed, i) & BTY_PLACE_XDP))
				continue;
			for (port = 0; port < g->el[i].nout; port++) {
				to = g->el[i].out[port];
				if (to < 0 || len[to] > len[i])
					continue;
				len[to] = len[i] + 1;
				changed = 1;
				if (len[to] > BTY_MAX_XDP_CHAIN)
					return bty_fail_at(err, -EINVAL, g->file, g->el[to].pos,
							   "'%s' is number %d in a row in XDP: expected %d at most; "
							   "put a Queue before it, behind which there may be more",
							   g->el[to].name, len[to], BTY_MAX_XDP_CHAIN);
			}
		}
	} while (changed);
	return 0;
}

int bty_place_graph(struct bty_graph *g, struct bty_err *err)
{
	unsigned int fed[BTY_MAX_ELEMENTS];
	int i, r;

	r = number_queues(g, err);
	if (!r)
		r = number_devices(g, err);
	if (!r)
		r = tell_devices(g, err);
	if (r)
		return r;
	spread(g, fed);
	for (i = 0; i < g->nel && !r; i++)
		r = place_element(g, fed, i, err);
	if (!r)
		r = check_chain(g, fed, err);
	return r ? r : bty_place_marks(g, err);
}

/* r: what made g returned. */
static int place_made(int r, struct bty_graph *g, struct bty_graph **out, struct bty_err *err)
{
	if (!r)
		r = bty_place_graph(g, err);
	if (r)
		bty_graph_free(g);
	else
		*out = g;
	return r;
}

int bty_place_file(const char *file, const char *iface, const struct bty_set *sets, int nsets, struct bty_graph **out,
		   struct bty_err *err)
{
	struct bty_graph *g = NULL;
	int r = bty_graph_load(file, iface, sets, nsets, &g, err);

	return place_made(r, g, out, err);
}

int bty_place_text(const char *text, size_t len, const char *file, const char *iface, const struct bty_set *sets,
		   int nsets, struct bty_graph **out, struct bty_err *err)
{
	struct bty_graph *g = NULL;
	int r = bty_graph_parse(text, len, file, iface, sets, nsets, &g, err);

	return place_made(r, g, out, err);
}
