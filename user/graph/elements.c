// SPDX-License-Identifier: GPL-2.0-or-later
/* Mentions in a file to element instances with compiled arguments: names and classes are looked up here. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elements/fromdevice.h>
#include <elements/queue.h>
#include <elements/todevice.h>

#include "../config/argtable.h"
#include "../config/near.h"
#include "../element/registry.h"
#include "build.h"

/* Names declared in the file, before or after where they are mentioned. */
struct declared {
	int node[BTY_MAX_ELEMENTS];
	int n;
};

static int find_declared(const struct bty_build *b, const struct declared *d, const char *name)
{
	int i;

	for (i = 0; i < d->n; i++)
		if (!strcmp(b->ast->node[d->node[i]].word, name))
			return d->node[i];
	return -1;
}

static int collect_declared(struct bty_build *b, struct declared *d)
{
	const struct bty_ast_node *node;
	struct bty_pos first;
	int i, other;

	for (i = 0; i < b->ast->nnodes; i++) {
		node = &b->ast->node[i];
		if (node->kind != BTY_NODE_DECL)
			continue;
		other = find_declared(b, d, node->word);
		if (other >= 0) {
			first = b->ast->node[other].pos;
			return bty_build_fail(
				b, node->pos,
				"'%s' is declared twice: expected another name, this one is taken at %d:%d", node->word,
				first.line, first.col);
		}
		if (bty_class_find(node->word))
			return bty_build_fail(b, node->pos, "'%s' is a class: expected another name for an element",
					      node->word);
		d->node[d->n++] = i;
	}
	return 0;
}

static int fail_class(struct bty_build *b, const struct declared *d, const struct bty_ast_node *node)
{
	const char *what = node->kind == BTY_NODE_WORD ? "element or class" : "class";
	struct bty_near near;
	char hint[512];
	int i;

	if (node->kind == BTY_NODE_ANON && find_declared(b, d, node->word) >= 0)
		return bty_build_fail(b, node->pos, "'%s' is an element: expected its arguments in its declaration",
				      node->word);
	bty_near_init(&near, node->class_name);
	for (i = 0; node->kind == BTY_NODE_WORD && i < d->n; i++)
		bty_near_try(&near, b->ast->node[d->node[i]].word);
	for (i = 0; bty_classes[i]; i++)
		bty_near_try(&near, bty_classes[i]->name);
	if (near.best)
		bty_near_hint(&near, hint, sizeof(hint));
	else
		snprintf(hint, sizeof(hint), ": see batchy-agent element list for those there are");
	return bty_build_fail(b, node->class_pos, "unknown %s '%.40s'%s", what, node->class_name, hint);
}

/* The arguments on one line, for the graph's text form. */
static char *summarize(const struct bty_ast_args *args)
{
	size_t size = 1, n = 0;
	const char *s;
	char *out;
	int i, quoted;

	for (i = 0; i < args->n; i++)
		size += strlen(args->arg[i].text) + 2;
	out = malloc(size);
	if (!out)
		return NULL;
	for (i = 0; i < args->n; i++) {
		if (i)
			n += sprintf(out + n, ", ");
		for (s = args->arg[i].text, quoted = 0; *s; s++) {
			quoted ^= *s == '"';
			if (quoted || !isspace((unsigned char)*s))
				out[n++] = *s;
			else if (!isspace((unsigned char)s[1]))
				out[n++] = ' ';
		}
	}
	out[n] = '\0';
	return out;
}

static int add_element(struct bty_build *b, int node_index, const struct bty_class *cls)
{
	const struct bty_ast_node *node = &b->ast->node[node_index];
	struct bty_graph *g = b->g;
	struct bty_built *built;
	struct bty_element *el;
	int i;

	if (g->nel == BTY_MAX_ELEMENTS)
		return bty_build_fail(b, node->pos, "expected %d elements at most", BTY_MAX_ELEMENTS);
	el = &g->el[g->nel];
	built = &b->el[g->nel];
	b->node_el[node_index] = g->nel++;
	el->cls = cls;
	el->pos = node->pos;
	el->queue = el->device = -1;
	for (i = 0; i < BTY_MAX_OUT; i++)
		el->out[i] = -1;
	/* as in Click: the class and the element's place in the file */
	if (node->kind == BTY_NODE_DECL)
		snprintf(el->name, sizeof(el->name), "%s", node->word);
	else
		snprintf(el->name, sizeof(el->name), "%.24s@%d", cls->name, g->nel);
	built->args = &node->args;
	built->conf = (struct bty_conf){ b->ast->file, el->name, cls->name, node->pos, node->args.n, node->args.arg };
	el->args = calloc(1, cls->args_size ? cls->args_size : 1);
	el->config = summarize(&node->args);
	return el->args && el->config ? 0 : bty_fail(b->err, -ENOMEM, "%s: out of memory", b->ast->file);
}

/* What the kernel takes as a device name (dev_valid_name() in net/core/dev.c). */
static int check_device(struct bty_build *b, const struct bty_conf *conf, const char *name)
{
	if (strlen(name) >= sizeof(b->g->dev[0].name))
		return bty_conf_fail(conf, 0, b->err, "'%s': expected a device name of 15 characters at most", name);
	if (!strcmp(name, ".") || !strcmp(name, "..") || strpbrk(name, "/: \t\f\v\r"))
		return bty_conf_fail(conf, 0, b->err, "'%s': expected the name of a network device", name);
	return 0;
}

/* What the table of Queue cannot say. */
static int check_queue(struct bty_build *b, const struct bty_conf *conf, const struct queue_args *args)
{
	if (args->capacity & (args->capacity - 1))
		return bty_conf_fail(conf, -1, b->err, "CAPACITY %u: expected a power of two", args->capacity);
	if (args->trigger > args->capacity)
		return bty_conf_fail(conf, -1, b->err, "TRIGGER %u: expected at most CAPACITY, %u packets",
				     args->trigger, args->capacity);
	return 0;
}

static int compile_args(struct bty_build *b, int i)
{
	struct bty_built *built = &b->el[i];
	struct bty_element *el = &b->g->el[i];
	const struct bty_class *cls = el->cls;
	const struct bty_conf *conf = &built->conf;
	int r = 0;

	built->nout = -1;
	if (cls->kind == BTY_KIND_INFO)
		return 0;
	if (cls->configure)
		r = cls->configure(conf, el->args, &built->nout, b->err);
	else if (cls->args)
		r = bty_argtable_compile(conf, cls->args, el->args, b->err);
	else if (conf->n && !cls->table_ops)
		return bty_conf_fail(conf, 0, b->err, "'%.40s': %s takes no arguments: expected '()' or nothing",
				     conf->arg[0].text, cls->name);
	if (!r && cls->table_ops)
		r = bty_entries_configure(cls, conf, el->args, &el->entries, &built->nout, b->err);
	if (r)
		return r;
	if (built->nout >= 0 && (built->nout < cls->nout_min || built->nout > cls->nout_max))
		return bty_conf_fail(conf, -1, b->err, "its arguments call for %d outputs: expected %d to %d",
				     built->nout, cls->nout_min, cls->nout_max);
	if (cls->kind == BTY_KIND_FROMDEVICE)
		return check_device(b, conf, ((struct fromdevice_args *)el->args)->device);
	if (cls->kind == BTY_KIND_TODEVICE)
		return check_device(b, conf, ((struct todevice_args *)el->args)->device);
	return cls->kind == BTY_KIND_QUEUE ? check_queue(b, conf, el->args) : 0;
}

/* Mention i: a new element, or -1 in node_el for one declared elsewhere. */
static int visit(struct bty_build *b, const struct declared *d, int i)
{
	const struct bty_ast_node *node = &b->ast->node[i];
	const struct bty_class *cls;

	b->node_el[i] = -1;
	if (node->kind == BTY_NODE_WORD && find_declared(b, d, node->word) >= 0) {
		if (node->alone)
			return bty_build_fail(b, node->pos, "'%s' alone does nothing: expected '->' or '::' after it",
					      node->word);
		return 0;
	}
	cls = bty_class_find(node->class_name);
	return cls ? add_element(b, i, cls) : fail_class(b, d, node);
}

int bty_build_elements(struct bty_build *b)
{
	struct declared d = { .n = 0 };
	int i, r;

	r = collect_declared(b, &d);
	for (i = 0; i < b->ast->nnodes && !r; i++)
		r = visit(b, &d, i);
	for (i = 0; i < b->ast->nnodes && !r; i++)
		if (b->node_el[i] < 0)
			b->node_el[i] = b->node_el[find_declared(b, &d, b->ast->node[i].word)];
	for (i = 0; i < b->g->nel && !r; i++)
		r = compile_args(b, i);
	return r;
}
