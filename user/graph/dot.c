// SPDX-License-Identifier: GPL-2.0-or-later
/* A placed graph for graphviz, a cluster for each tier; called by `batchy-agent check --dot`. */
#include "../lib/units.h"
#include "graph.h"
#include "show.h"

/* Text inside a quoted string. */
static void put_escaped(const char *s, FILE *f)
{
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', f);
		fputc(*s, f);
	}
}

static void put_node(const struct bty_element *el, FILE *f)
{
	fprintf(f, "\t\t\"%s\" [label=\"%s\\n%s(", el->name, el->name, el->cls->name);
	put_escaped(el->config, f);
	fputs(")", f);
	if (el->backend != BTY_BACKEND_NONE)
		fprintf(f, "\\n%s", bty_show_backend(el->backend));
	fprintf(f, "\"%s];\n", el->cls->kind == BTY_KIND_QUEUE ? ", shape=cds" : "");
}

static void put_cluster(const struct bty_graph *g, unsigned int place, FILE *f)
{
	int i, n = 0;

	for (i = 0; i < g->nel; i++) {
		if (g->el[i].place != place || g->el[i].cls->kind == BTY_KIND_INFO)
			continue;
		if (!n++)
			fprintf(f, "\tsubgraph \"cluster_%s\" {\n\t\tlabel=\"%s\";\n", bty_show_place(place),
				bty_show_place(place));
		put_node(&g->el[i], f);
	}
	if (n)
		fputs("\t}\n", f);
}

static void put_edges(const struct bty_graph *g, FILE *f)
{
	const struct bty_element *el;
	int i, port;

	for (i = 0; i < g->nel; i++) {
		el = &g->el[i];
		for (port = 0; port < el->nout; port++) {
			if (el->out[port] < 0)
				continue;
			fprintf(f, "\t\"%s\" -> \"%s\"", el->name, g->el[el->out[port]].name);
			if (el->nout > 1)
				fprintf(f, " [taillabel=\"%d\"]", port);
			fputs(";\n", f);
		}
	}
}

static void put_flow(const struct bty_graph *g, const struct bty_flow *flow, FILE *f)
{
	char time[24];
	int i;

	fprintf(f, "flow %s:", flow->name);
	for (i = 0; i < flow->npath; i++)
		fprintf(f, " %s", g->el[flow->path[i]].name);
	if (flow->delay_slo_ns)
		fprintf(f, ", p%g <= %s", flow->percentile, bty_format_time(flow->delay_slo_ns, time, sizeof(time)));
	if (flow->rate_slo_pps)
		fprintf(f, ", >= %llu pps", (unsigned long long)flow->rate_slo_pps);
	fputs("\\l", f);
}

void bty_graph_print_dot(const struct bty_graph *g, FILE *f)
{
	static const unsigned int places[] = { BTY_PLACE_XDP, BTY_PLACE_XDP | BTY_PLACE_WORKER, BTY_PLACE_WORKER };
	unsigned int i;
	int k;

	fputs("digraph batchy {\n\trankdir=LR;\n\tnode [shape=box];\n", f);
	if (g->nflows) {
		fputs("\tlabel=\"", f);
		for (k = 0; k < g->nflows; k++)
			put_flow(g, &g->flow[k], f);
		fputs("\";\n", f);
	}
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		put_cluster(g, places[i], f);
	put_edges(g, f);
	fputs("}\n", f);
}
