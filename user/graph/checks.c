// SPDX-License-Identifier: GPL-2.0-or-later
/* What must hold of a whole pipeline: packets come in, get everywhere, and never go round without a Queue. */
#include <stdio.h>
#include <string.h>
#include <elements/fromdevice.h>

#include "build.h"
#include "reach.h"

static int check_sources(struct bty_build *b)
{
	const char *seen[BTY_MAX_ELEMENTS];
	const struct bty_element *el;
	int i, k, n = 0, made = 0, source[BTY_MAX_ELEMENTS];

	for (i = 0; i < b->g->nel; i++) {
		el = &b->g->el[i];
		made |= bty_is_source(el->cls);
		if (el->cls->kind != BTY_KIND_FROMDEVICE)
			continue;
		seen[n] = ((const struct fromdevice_args *)el->args)->device;
		for (k = 0; k < n; k++)
			if (!strcmp(seen[k], seen[n]))
				return bty_build_fail(
					b, el->pos,
					"'%s' and '%s' both receive from %s: expected one FromDevice for each device",
					b->g->el[source[k]].name, el->name, seen[n]);
		source[n++] = i;
	}
	if (!n && !made)
		return bty_build_fail(b, (struct bty_pos){ 1, 1 },
				      "no FromDevice: expected one, as FromDevice($IFACE) -> ToHost;");
	return 0;
}

static int check_reached(struct bty_build *b)
{
	const struct bty_element *el;
	struct bty_elset seen;
	int i;

	bty_reach_from_sources(b->g, -1, &seen);
	for (i = 0; i < b->g->nel; i++) {
		el = &b->g->el[i];
		if (el->cls->kind == BTY_KIND_INFO || bty_elset_has(&seen, i))
			continue;
		if (!el->nin_edges)
			return bty_build_fail(b, el->pos, "nothing leads to '%s' (%s): expected a connection to it",
					      el->name, el->cls->name);
		return bty_build_fail(b, el->pos, "no FromDevice leads to '%s' (%s): expected a connection from one",
				      el->name, el->cls->name);
	}
	return 0;
}

/* Depth-first walk: path[] is the way from the start, port[] the output to try next at each of its elements. */
struct walk {
	int path[BTY_MAX_ELEMENTS], port[BTY_MAX_ELEMENTS], depth;
	struct bty_elset on_path, done;
};

static void enter(struct walk *w, int el)
{
	w->path[w->depth] = el;
	w->port[w->depth++] = 0;
	bty_elset_add(&w->on_path, el);
}

static int fail_cycle(struct bty_build *b, const struct walk *w, int el)
{
	char text[400] = "";
	size_t used = 0;
	int i = 0;

	while (w->path[i] != el)
		i++;
	for (; i < w->depth && used < sizeof(text) - 2 * BTY_NAME_LEN; i++)
		used += snprintf(text + used, sizeof(text) - used, "%s -> ", b->g->el[w->path[i]].name);
	return bty_build_fail(b, b->g->el[el].pos, "packets would go round %s%s%s: expected a Queue on the way", text,
			      i < w->depth ? "... -> " : "", b->g->el[el].name);
}

static int walk_from(struct bty_build *b, struct walk *w, int start)
{
	const struct bty_element *el;
	int to;

	for (enter(w, start); w->depth;) {
		el = &b->g->el[w->path[w->depth - 1]];
		if (w->port[w->depth - 1] == el->nout) {
			w->depth--;
			bty_elset_add(&w->done, w->path[w->depth]);
			w->on_path.w[w->path[w->depth] / 64] &= ~(1ULL << (w->path[w->depth] % 64));
			continue;
		}
		to = el->out[w->port[w->depth - 1]++];
		if (to < 0 || bty_elset_has(&w->done, to) || b->g->el[to].cls->kind == BTY_KIND_QUEUE)
			continue;
		if (bty_elset_has(&w->on_path, to))
			return fail_cycle(b, w, to);
		enter(w, to);
	}
	return 0;
}

static int check_cycles(struct bty_build *b)
{
	struct walk w = { .depth = 0 };
	int i, r = 0;

	for (i = 0; i < b->g->nel && !r; i++)
		if (!bty_elset_has(&w.done, i))
			r = walk_from(b, &w, i);
	return r;
}

int bty_build_checks(struct bty_build *b)
{
	int r;

	r = check_sources(b);
	if (!r)
		r = check_reached(b);
	return r ? r : check_cycles(b);
}
