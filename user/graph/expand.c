// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Elements that stand for several devices: a FromInput becomes a FromDevice for each of its devices, a ToOutput gets a
 * ToDevice behind each of its outputs. Called by graph.c once connections are known.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elements/fromdevice.h>
#include <elements/frominput.h>
#include <elements/todevice.h>
#include <elements/tooutput.h>

#include "../element/registry.h"
#include "build.h"

_Static_assert(sizeof(struct frominput_args) == sizeof(struct fromdevice_args), "one stands for the other");

struct names {
	char name[BTY_MAX_DEVICES][16];
	int n;
};

static int add_name(struct bty_build *b, const struct bty_element *el, struct names *l, const char *name, size_t len)
{
	int i;

	for (i = 0; i < l->n; i++)
		if (strlen(l->name[i]) == len && !memcmp(l->name[i], name, len))
			return 0;
	if (l->n == BTY_MAX_DEVICES)
		return bty_build_fail(b, el->pos, "'%s': expected %d devices at most", el->name, BTY_MAX_DEVICES);
	if (!len || len >= sizeof(l->name[0]))
		return bty_build_fail(b, el->pos, "'%s': '%.*s': expected the name of a network device", el->name,
				      (int)len, name);
	snprintf(l->name[l->n++], sizeof(l->name[0]), "%.*s", (int)len, name);
	return 0;
}

/* The interface given to attach, and the words of --set INPUTS. */
static int default_names(struct bty_build *b, const struct bty_element *el, struct names *l)
{
	const char *s = bty_vars_find(b->vars, "IFACE", 5);
	size_t len;
	int r = 0;

	if (!s)
		s = b->vars->iface;
	if (s)
		r = add_name(b, el, l, s, strlen(s));
	s = bty_vars_find(b->vars, "INPUTS", 6);
	for (s = s ? s + strspn(s, " ,") : ""; *s && !r; s += len + strspn(s + len, " ,")) {
		len = strcspn(s, " ,");
		r = add_name(b, el, l, s, len);
	}
	if (!r && !l->n)
		r = bty_build_fail(b, el->pos,
				   "'%s' (%s): no device: expected one as argument, or the interface of attach, or "
				   "--set INPUTS=\"DEVICE ...\"",
				   el->name, el->cls->name);
	return r;
}

static int written_names(struct bty_build *b, int i, struct names *l)
{
	const struct bty_conf *conf = &b->el[i].conf;
	int k, r = 0;

	for (k = 0; k < conf->n && !r; k++)
		r = add_name(b, &b->g->el[i], l, conf->arg[k].text, strlen(conf->arg[k].text));
	return r;
}

/* One more element, of class cls for a device, on behalf of element of. *index: its number. */
static int add(struct bty_build *b, int of, const char *cls, const char *device, int *index)
{
	struct bty_graph *g = b->g;
	struct bty_element *el = &g->el[g->nel];
	int i;

	if (g->nel == BTY_MAX_ELEMENTS)
		return bty_build_fail(b, g->el[of].pos, "expected %d elements at most", BTY_MAX_ELEMENTS);
	*index = g->nel++;
	el->cls = bty_class_find(cls);
	el->pos = g->el[of].pos;
	el->queue = el->device = -1;
	for (i = 0; i < BTY_MAX_OUT; i++)
		el->out[i] = -1;
	snprintf(el->name, sizeof(el->name), "%.15s@%.15s", g->el[of].name, device);
	b->el[*index].conf = b->el[of].conf;
	b->el[*index].conf.element = el->name;
	b->el[*index].nout = -1;
	el->config = strdup(device);
	el->args = calloc(1, el->cls->args_size);
	if (!el->args || !el->config)
		return bty_fail(b->err, -ENOMEM, "%s: out of memory", b->ast->file);
	/* FromDevice and ToDevice have no other argument */
	memcpy(el->args, device, strlen(device));
	return 0;
}

static int expand_input(struct bty_build *b, int i)
{
	struct bty_element *el = &b->g->el[i];
	struct names l = { .n = 0 };
	int k, at, r = written_names(b, i, &l);

	if (!r && !l.n)
		r = default_names(b, el, &l);
	if (r)
		return r;
	strcpy(((struct frominput_args *)el->args)->device, l.name[0]);
	for (k = 1; k < l.n && !r; k++) {
		r = add(b, i, "FromDevice", l.name[k], &at);
		if (r)
			return r;
		b->g->el[at].nout = 1;
		b->g->el[at].out[0] = el->out[0];
		b->g->el[el->out[0]].nin_edges++;
	}
	return r;
}

/* All that the pipeline receives from. */
static int receiving_names(struct bty_build *b, const struct bty_element *of, struct names *l)
{
	const struct bty_element *el;
	const char *device;
	int i, r = 0;

	for (i = 0; i < b->g->nel && !r; i++) {
		el = &b->g->el[i];
		if (el->cls->kind != BTY_KIND_FROMDEVICE)
			continue;
		device = ((const struct fromdevice_args *)el->args)->device;
		r = add_name(b, of, l, device, strlen(device));
	}
	return r;
}

static int expand_output(struct bty_build *b, int i)
{
	struct bty_element *el = &b->g->el[i];
	struct names l = { .n = 0 };
	int k, at, r = written_names(b, i, &l);

	if (!r && !l.n)
		r = receiving_names(b, el, &l);
	for (k = 0; k < l.n && !r; k++) {
		r = add(b, i, "ToDevice", l.name[k], &at);
		if (r)
			return r;
		el->out[el->nout++] = at;
		b->g->el[at].nin_edges++;
	}
	return r;
}

int bty_build_expand(struct bty_build *b)
{
	int i, n = b->g->nel, r = 0;

	for (i = 0; i < n && !r; i++)
		if (b->g->el[i].cls->expand == BTY_EXPAND_INPUTS)
			r = expand_input(b, i);
	for (i = 0; i < n && !r; i++)
		if (b->g->el[i].cls->expand == BTY_EXPAND_OUTPUTS)
			r = expand_output(b, i);
	return r;
}
