// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent check FILE: parses, checks and places a pipeline without touching any interface. Needs no privilege. */
#include <stdio.h>
#include <string.h>

#include "../placement/placement.h"
#include "cli.h"

static const char doc[] =
	"Checks a pipeline file and prints where each element would run. $IFACE stands for itself unless set.\v"
	"EXAMPLES:\n"
	"  batchy-agent check gateway.click\n"
	"  batchy-agent check gateway.click --set IFACE=eth1 --set RATE=10kpps\n"
	"  batchy-agent check gateway.click --dot | dot -Tsvg -o gateway.svg\n";

struct args {
	const char *file;
	int dot;
	struct bty_set set[CLI_MAX_SETS];
	int nsets;
};

static const struct argp_option options[] = {
	{ "dot", 'd', NULL, 0, "Print the graph for graphviz" },
	{ "set", 's', "NAME=VALUE", 0, "Replace $NAME in the file" },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'd':
		a->dot = 1;
		return 0;
	case 's':
		cli_set(arg, a->set, &a->nsets, state);
		return 0;
	case ARGP_KEY_ARG:
		if (a->file)
			argp_error(state, "one file at a time");
		a->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->file)
			argp_error(state, "a pipeline file is missing");
		if (a->dot && cli.json)
			argp_error(state, "choose one of --dot and --json");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const char *backend(enum bty_backend b)
{
	return b == BTY_BACKEND_XSK ? "xsk" : b == BTY_BACKEND_WORKER ? "worker" : NULL;
}

static json_t *graph_json(const struct bty_graph *g)
{
	json_t *els = json_array(), *flows = json_array();
	int i;

	for (i = 0; i < g->nel; i++)
		json_array_append_new(els, json_pack("{s:s, s:s, s:s, s:s?, s:i}", "name", g->el[i].name, "class",
						     g->el[i].cls->name, "placement", cli_places(g->el[i].place),
						     "backend", backend(g->el[i].backend), "line", g->el[i].pos.line));
	for (i = 0; i < g->nflows; i++)
		json_array_append_new(flows, json_pack("{s:s, s:I, s:I, s:f}", "name", g->flow[i].name, "delay_slo_ns",
						       (json_int_t)g->flow[i].delay_slo_ns, "rate_slo_pps",
						       (json_int_t)g->flow[i].rate_slo_pps, "percentile",
						       g->flow[i].percentile));
	return json_pack("{s:s, s:o, s:o}", "file", g->file, "elements", els, "flows", flows);
}

int cli_check(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "FILE.click", doc, cli_globals };
	struct args a = { 0 };
	const char *iface = "IFACE";
	struct bty_graph *g;
	struct bty_err err;
	int i, status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return CLI_USAGE;
	for (i = 0; i < a.nsets; i++)
		if (!strcmp(a.set[i].name, "IFACE"))
			iface = NULL;
	if (bty_place_file(a.file, iface, a.set, a.nsets, &g, &err))
		return cli_fail("%s", err.msg);
	if (cli.json) {
		status = cli_print(graph_json(g));
	} else {
		if (a.dot)
			bty_graph_print_dot(g, stdout);
		else
			bty_graph_print(g, stdout);
		status = cli_flush();
	}
	bty_graph_free(g);
	return status;
}
