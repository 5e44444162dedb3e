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

static const struct bty_decision *decision_of(const struct bty_element *el)
{
	return el->cls->decision ? (const void *)((const char *)el->args + el->cls->decision - 1) : NULL;
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
static void write_args(FILE *f, const struct bty_element *el, int i)
{
	size_t words = (el->cls->args_size + 7) / 8, n, last = 0;
	uint64_t w[BTY_ARGS_SIZE / 8] = { 0 };

	memcpy(w, el->args, el->cls->args_size);
	for (n = 0; n < words; n++)
		if (w[n])
			last = n + 1;
	fprintf(f, "static const union { unsigned long long w[%zu]; struct %s_args a; } a%d = { .w = {",
		words ? words : 1, el->cls->symbol, i);
	for (n = 0; n < last; n++)
		fprintf(f, "%s0x%llxULL", n ? ", " : "", (unsigned long long)w[n]);
	fprintf(f, "%s} };\n", last ? "" : "0");
}

static void write_table(FILE *f, int i, int n)
{
	fprintf(f,
		"struct { int (*type)[%d]; int (*map_flags)[%d]; int (*max_entries)[1]; int (*key_size)[4];"
		" int (*value_size)[8]; } bty_table%d_%d __attribute__((section(\".maps\"), used));\n",
		BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE, n, i);
}

static void write_globals(FILE *f, const struct bty_graph *g, const uint8_t *reached)
{
	int i, n;

	for (i = 0; i < g->nel; i++) {
		if (!reached[i] || !is_inline(&g->el[i]))
			continue;
		write_args(f, &g->el[i], i);
		for (n = 0; n < g->el[i].cls->ntables; n++)
			write_table(f, i, n);
	}
}

static void write_locals(FILE *f, const struct bty_graph *g, const uint8_t *reached)
{
	int i, n;

	for (i = 0; i < g->nel; i++) {
		if (!reached[i] || !is_inline(&g->el[i]))
			continue;
		if (decision_of(&g->el[i])) {
			fprintf(f, "\tstruct %s_view v%d;\n", g->el[i].cls->symbol, i);
			continue;
		}
		fprintf(f, "\tstruct bty_env env%d = { .table = {", i);
		for (n = 0; n < g->el[i].cls->ntables; n++)
			fprintf(f, " &bty_table%d_%d,", n, i);
		fprintf(f, " } };\n");
	}
}

static void write_jump(FILE *f, int i, unsigned int label)
{
	if (label < BTY_DECISION_LEAF)
		fprintf(f, "goto n%d_%u;", i, label);
	else if (label == BTY_DECISION_NONE)
		fprintf(f, "{ verdict = %d; goto d%d; }", bty_drop(NO_MATCH), i);
	else
		fprintf(f, "goto o%d_%u;", i, label & (BTY_MAX_OUT - 1));
}

static void write_decision(FILE *f, const struct bty_element *el, int i)
{
	const struct bty_decision *d = decision_of(el);
	const struct bty_decision_node *n;
	uint32_t k;

	fprintf(f, "\t%s_look(&v%d, &p, &a%d.a);\n\t", el->cls->symbol, i, i);
	write_jump(f, i, d->start);
	fprintf(f, "\n");
	for (k = 0; k < d->n; k++) {
		n = &d->node[k];
		fprintf(f,
			"n%d_%u:\tif (%s_test(&v%d, &p, &(const struct bty_decision_node){ .mask = 0x%llxULL, "
			".lo = 0x%llxULL, .span = %u, .where = %u })) ",
			i, k, el->cls->symbol, i, (unsigned long long)n->mask, (unsigned long long)n->lo, n->span,
			n->where);
		write_jump(f, i, n->yes);
		fprintf(f, "\n\t");
		write_jump(f, i, n->no);
		fprintf(f, "\n");
	}
}

static void write_flow_ends(FILE *f, const struct bty_graph *g, int i)
{
	int n;

	for (n = 0; n < g->nflows; n++)
		if (g->flow[n].path[g->flow[n].npath - 1] == i)
			fprintf(f, "\tbty_fused_flow(&p, %d, 0x%xU);\n", n, g->flow[n].marks);
}

static void write_output(FILE *f, const struct bty_graph *g, const uint8_t *reached, int i, int port)
{
	int to = g->el[i].out[port];

	fprintf(f, "o%d_%d:;\n", i, port);
	write_flow_ends(f, g, i);
	if (to < 0)
		fprintf(f, "\treturn bty_fused_pass(%d);\n", i);
	else if (reached[to])
		fprintf(f, "\tgoto e%d;\n", to);
	else
		fprintf(f, "\treturn bty_fused_next(&p, %d, %d);\n", i, to);
}

static void write_inline(FILE *f, const struct bty_graph *g, const uint8_t *reached, int i)
{
	const struct bty_element *el = &g->el[i];
	int port;

	if (decision_of(el)) {
		write_decision(f, el, i);
	} else {
		fprintf(f, "\tverdict = %s_run(&p, &a%d.a, &env%d);\n", el->cls->symbol, i, i);
		fprintf(f, "\tswitch (verdict) {\n");
		for (port = 0; port < el->nout; port++)
			fprintf(f, "\tcase %d: goto o%d_%d;\n", port, i, port);
		fprintf(f, "\t}\n\tif (verdict < 0) goto d%d;\n\treturn bty_fused_pass(%d);\n", i, i);
	}
	for (port = 0; port < el->nout; port++)
		write_output(f, g, reached, i, port);
	fprintf(f, "d%d:\treturn bty_fused_drop(%d, verdict);\n", i, i);
}

static void write_element(FILE *f, const struct bty_datapath *dp, const uint8_t *reached, int i)
{
	const struct bty_graph *g = dp->graph;
	const struct bty_element *el = &g->el[i];

	fprintf(f, "e%d:\t/* %s */\n\tbty_fused_count(hot, &p, %d);\n", i, el->cls->name, i);
	if (el->mark)
		fprintf(f, "\tp.meta->marks |= 0x%xU;\n", el->mark);
	switch (el->cls->kind) {
	case BTY_KIND_QUEUE:
		fprintf(f, "\treturn bty_fused_queue(&p, %d, %d, %d);\n", i, el->queue, dp->nports);
		break;
	case BTY_KIND_TODEVICE:
		write_flow_ends(f, g, i);
		fprintf(f, "\treturn bty_fused_device(%d, %d);\n", i, el->device);
		break;
	case BTY_KIND_TOHOST:
		write_flow_ends(f, g, i);
		fprintf(f, "\treturn bty_fused_pass(%d);\n", i);
		break;
	default:
		write_inline(f, g, reached, i);
	}
}

static void write_program(FILE *f, const struct bty_datapath *dp, int entry, const uint8_t *reached)
{
	const struct bty_graph *g = dp->graph;
	int p, base = 0, nrxq = 0, i;

	for (p = dp->nports - 1; p >= 0; p--)
		if (dp->port[p].dev == g->el[entry].device) {
			base = p;
			nrxq++;
		}
	fprintf(f, "__attribute__((section(\"xdp\"), used))\nint bty_fused(struct xdp_md *ctx)\n{\n"
		   "\tstruct bty_hot *hot = bty_fused_hot();\n\tstruct bty_pkt p;\n\tint verdict;\n");
	write_locals(f, g, reached);
	fprintf(f,
		"\tif (!hot) return %d;\n"
		"\tif (bty_fused_begin(ctx, &p, hot, %d, %d, %d, 0x%xU)) return bty_fused_pass(%d);\n",
		XDP_PASS, entry, base, nrxq, g->el[entry].mark, entry);
	write_output(f, g, reached, entry, 0);
	for (i = 0; i < g->nel; i++)
		if (reached[i] && i != entry)
			write_element(f, dp, reached, i);
	fprintf(f, "}\n");
}

int bty_fuse_text(const struct bty_datapath *dp, int entry, char **text, size_t *len)
{
	const struct bty_blob *prelude = bty_blob_find("fused");
	uint8_t reached[BTY_MAX_ELEMENTS] = { 0 };
	FILE *f = open_memstream(text, len);
	int failed;

	if (!f)
		return -ENOMEM;
	reach(dp->graph, entry, reached);
	fwrite(prelude->start, 1, prelude->end - prelude->start, f);
	write_globals(f, dp->graph, reached);
	write_program(f, dp, entry, reached);
	failed = ferror(f);
	if (fclose(f) || failed) {
		free(*text);
		return -ENOMEM;
	}
	return 0;
}
