// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes a fused program: elements in a row in one function, arguments as constants, outputs as jumps. Labels: e7 is where
 * packets enter element 7, o7_1 its output 1, d7 where it drops, n7_2 test 2 of its decision graph. Called by load.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/bpf.h>
#include <batchy/decision.h>

#include "blobs.h"
#include "fuse.h"
#include "internal.h"

/* What is being written. */
struct fuse {
	FILE *f;
	const struct bty_datapath *dp;
	const struct bty_graph *g;
	const struct bty_instance *with;
	uint8_t reached[BTY_MAX_ELEMENTS];
};

static const struct bty_decision *decision_of(const struct fuse *u, int i)
{
	size_t at = u->g->el[i].cls->decision;

	return at ? (const void *)((const char *)bty_args_of(u->dp, i, u->with) + at - 1) : NULL;
}

static int is_inline(const struct bty_element *el)
{
	return el->cls->kind == BTY_KIND_PACKET;
}

/* Elements that packets from entry can reach in XDP; a Queue ends XDP. */
static void reach(const struct bty_graph *g, int el, uint8_t *reached)
{
	int port;

	if (reached[el] || !(g->el[el].place & BTY_PLACE_XDP))
		return;
	reached[el] = 1;
	for (port = 0; port < g->el[el].nout && g->el[el].cls->kind != BTY_KIND_QUEUE; port++)
		if (g->el[el].out[port] >= 0)
			reach(g, g->el[el].out[port], reached);
}

/* The arguments in words, without zeros at the end. */
static void write_args(const struct fuse *u, int i)
{
	const struct bty_class *cls = u->g->el[i].cls;
	size_t words = (cls->args_size + 7) / 8, n, last = 0;
	uint64_t w[BTY_ARGS_SIZE / 8] = { 0 };

	memcpy(w, bty_args_of(u->dp, i, u->with), cls->args_size);
	for (n = 0; n < words; n++)
		if (w[n])
			last = n + 1;
	fprintf(u->f, "static const union { unsigned long long w[%zu]; struct %s_args a; } a%d = { .w = {",
		words ? words : 1, cls->symbol, i);
	for (n = 0; n < last; n++)
		fprintf(u->f, "%s0x%llxULL", n ? ", " : "", (unsigned long long)w[n]);
	fprintf(u->f, "%s} };\n", last ? "" : "0");
}

static void write_table(const struct fuse *u, int i, int n)
{
	fprintf(u->f,
		"struct { int (*type)[%d]; int (*map_flags)[%d]; int (*max_entries)[1]; int (*key_size)[4];"
		" int (*value_size)[8]; } bty_table%d_%d __attribute__((section(\".maps\"), used));\n",
		BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE, n, i);
}

static void write_globals(const struct fuse *u)
{
	int i, n;

	for (i = 0; i < u->g->nel; i++) {
		if (!u->reached[i] || !is_inline(&u->g->el[i]))
			continue;
		write_args(u, i);
		for (n = 0; n < u->g->el[i].cls->ntables; n++)
			write_table(u, i, n);
	}
}

static void write_locals(const struct fuse *u)
{
	int i, n;

	for (i = 0; i < u->g->nel; i++) {
		if (!u->reached[i] || !is_inline(&u->g->el[i]))
			continue;
		if (decision_of(u, i)) {
			fprintf(u->f, "\tstruct %s_view v%d;\n", u->g->el[i].cls->symbol, i);
			continue;
		}
		fprintf(u->f, "\tstruct bty_env env%d = { .table = {", i);
		for (n = 0; n < u->g->el[i].cls->ntables; n++)
			fprintf(u->f, " &bty_table%d_%d,", n, i);
		fprintf(u->f, " } };\n");
	}
}

static void write_jump(const struct fuse *u, int i, unsigned int label)
{
	if (label < BTY_DECISION_LEAF)
		fprintf(u->f, "goto n%d_%u;", i, label);
	else if (label == BTY_DECISION_NONE)
		fprintf(u->f, "{ verdict = %d; goto d%d; }", bty_drop(NO_MATCH), i);
	else
		fprintf(u->f, "goto o%d_%u;", i, label & (BTY_MAX_OUT - 1));
}

static void write_decision(const struct fuse *u, int i)
{
	const char *symbol = u->g->el[i].cls->symbol;
	const struct bty_decision *d = decision_of(u, i);
	const struct bty_decision_node *n;
	uint32_t k;

	fprintf(u->f, "\t%s_look(&v%d, &p, &a%d.a);\n\t", symbol, i, i);
	write_jump(u, i, d->start);
	fprintf(u->f, "\n");
	for (k = 0; k < d->n; k++) {
		n = &d->node[k];
		fprintf(u->f,
			"n%d_%u:\tif (%s_test(&v%d, &p, &(const struct bty_decision_node){ .mask = 0x%llxULL, "
			".lo = 0x%llxULL, .span = %u, .where = %u })) ",
			i, k, symbol, i, (unsigned long long)n->mask, (unsigned long long)n->lo, n->span, n->where);
		write_jump(u, i, n->yes);
		fprintf(u->f, "\n\t");
		write_jump(u, i, n->no);
		fprintf(u->f, "\n");
	}
}

static void write_flow_ends(const struct fuse *u, int i)
{
	const struct bty_flow *flow;
	int n;

	for (n = 0; n < u->g->nflows; n++) {
		flow = &u->g->flow[n];
		if (flow->path[flow->npath - 1] == i)
			fprintf(u->f, "\tbty_fused_flow(&p, %d, 0x%xU);\n", n, flow->marks);
	}
}

static void write_output(const struct fuse *u, int i, int port)
{
	int to = u->g->el[i].out[port];

	fprintf(u->f, "o%d_%d:;\n", i, port);
	write_flow_ends(u, i);
	if (to < 0)
		fprintf(u->f, "\treturn bty_fused_pass(%d);\n", i);
	else if (u->reached[to])
		fprintf(u->f, "\tgoto e%d;\n", to);
	else
		fprintf(u->f, "\treturn bty_fused_next(&p, %d, %d);\n", i, to);
}

static void write_inline(const struct fuse *u, int i)
{
	const struct bty_element *el = &u->g->el[i];
	int port;

	if (decision_of(u, i)) {
		write_decision(u, i);
	} else {
		fprintf(u->f, "\tverdict = %s_run(&p, &a%d.a, &env%d);\n\tswitch (verdict) {\n", el->cls->symbol, i, i);
		for (port = 0; port < el->nout; port++)
			fprintf(u->f, "\tcase %d: goto o%d_%d;\n", port, i, port);
		fprintf(u->f, "\t}\n\tif (verdict < 0) goto d%d;\n\treturn bty_fused_pass(%d);\n", i, i);
	}
	for (port = 0; port < el->nout; port++)
		write_output(u, i, port);
	fprintf(u->f, "d%d:\treturn bty_fused_drop(%d, verdict);\n", i, i);
}

static void write_element(const struct fuse *u, int i)
{
	const struct bty_element *el = &u->g->el[i];

	fprintf(u->f, "e%d:\t/* %s */\n\tbty_fused_enter(hot, &p, %d);\n", i, el->cls->name, i);
	if (el->mark)
		fprintf(u->f, "\tp.meta->marks |= 0x%xU;\n", el->mark);
	switch (el->cls->kind) {
	case BTY_KIND_QUEUE:
		fprintf(u->f, "\treturn bty_fused_queue(&p, %d, %d, %d);\n", i, el->queue, u->dp->nlanes);
		break;
	case BTY_KIND_TODEVICE:
		write_flow_ends(u, i);
		fprintf(u->f, "\treturn bty_fused_device(%d, %d);\n", i, el->device);
		break;
	case BTY_KIND_TOHOST:
		write_flow_ends(u, i);
		fprintf(u->f, "\treturn bty_fused_pass(%d);\n", i);
		break;
	default:
		write_inline(u, i);
	}
}

static void write_program(const struct fuse *u, int entry)
{
	int p, base = 0, nrxq = 0, i;

	for (p = u->dp->nports - 1; p >= 0; p--)
		if (u->dp->port[p].dev == u->g->el[entry].device) {
			base = p;
			nrxq++;
		}
	fprintf(u->f, "__attribute__((section(\"xdp\"), used))\nint bty_fused(struct xdp_md *ctx)\n{\n"
		      "\tstruct bty_hot *hot = bty_fused_hot();\n\tstruct bty_pkt p;\n\tint verdict;\n");
	write_locals(u);
	fprintf(u->f,
		"\tif (!hot) return %d;\n"
		"\tif (bty_fused_begin(ctx, &p, hot, %d, %d, %d, %d, 0x%xU)) return bty_fused_pass(%d);\n",
		XDP_PASS, entry, base, nrxq, u->g->el[entry].device, u->g->el[entry].mark, entry);
	write_output(u, entry, 0);
	for (i = 0; i < u->g->nel; i++)
		if (u->reached[i] && i != entry)
			write_element(u, i);
	fprintf(u->f, "}\n");
}

int bty_fuse_has(const struct bty_graph *g, int entry, int el)
{
	uint8_t reached[BTY_MAX_ELEMENTS] = { 0 };

	reach(g, entry, reached);
	return reached[el];
}

int bty_fuse_text(const struct bty_datapath *dp, int entry, const struct bty_instance *with, char **text, size_t *len)
{
	const struct bty_blob *prelude = bty_blob_find("fused");
	struct fuse u = { .f = open_memstream(text, len), .dp = dp, .g = dp->graph, .with = with };
	int failed;

	if (!u.f)
		return -ENOMEM;
	reach(dp->graph, entry, u.reached);
	fwrite(prelude->start, 1, prelude->end - prelude->start, u.f);
	write_globals(&u);
	write_program(&u, entry);
	failed = ferror(u.f);
	if (fclose(u.f) || failed) {
		free(*text);
		return -ENOMEM;
	}
	return 0;
}
