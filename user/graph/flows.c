// SPDX-License-Identifier: GPL-2.0-or-later
/* Flow(NAME, PATH e1 e2 ..., DELAY_SLO t, RATE_SLO r, PERCENTILE p): information elements to objectives. */
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../config/argtable.h"
#include "../config/near.h"
#include "build.h"

struct flow_args {
	char name[BTY_NAME_LEN];
	uint64_t delay_slo_ns, rate_slo_pps;
	double percentile;
	int path;
};

static const struct bty_arg flow_table[] = {
	{ .keyword = "NAME",
	  .what = "name of the flow",
	  .type = BTY_ARG_NAME,
	  .positional = 1,
	  .offset = offsetof(struct flow_args, name) },
	{ .keyword = "PATH",
	  .what = "elements that its packets pass, in order",
	  .type = BTY_ARG_INDEX,
	  .required = 1,
	  .offset = offsetof(struct flow_args, path) },
	{ .keyword = "DELAY_SLO",
	  .what = "most delay",
	  .type = BTY_ARG_TIME_NS,
	  .offset = offsetof(struct flow_args, delay_slo_ns),
	  .min = 1,
	  .max = UINT64_MAX },
	{ .keyword = "RATE_SLO",
	  .what = "least rate",
	  .type = BTY_ARG_RATE,
	  .offset = offsetof(struct flow_args, rate_slo_pps),
	  .min = 1,
	  .max = UINT64_MAX },
	{ .keyword = "PERCENTILE",
	  .what = "share of packets",
	  .type = BTY_ARG_REAL,
	  .offset = offsetof(struct flow_args, percentile),
	  .deflt = "95" },
	BTY_ARGS_END,
};

static int fail_path(struct bty_build *b, const struct bty_conf *conf, struct bty_pos pos, const char *word)
{
	char hint[64 + BTY_NAME_LEN];
	struct bty_near near;
	int i;

	bty_near_init(&near, word);
	for (i = 0; i < b->g->nel; i++)
		bty_near_try(&near, b->g->el[i].name);
	return bty_build_fail(b, pos, "%s: PATH: unknown element '%s'%s", conf->element, word,
			      near.best ? bty_near_hint(&near, hint, sizeof(hint)) : ": expected a declared name");
}

static int add_to_path(struct bty_build *b, const struct bty_conf *conf, struct bty_flow *flow, struct bty_pos pos,
		       const char *word)
{
	int el = bty_graph_find(b->g, word);

	if (el < 0)
		return fail_path(b, conf, pos, word);
	if (b->g->el[el].cls->kind == BTY_KIND_INFO)
		return bty_build_fail(b, pos, "%s: PATH: no packet passes '%s' (%s): expected another element",
				      conf->element, word, b->g->el[el].cls->name);
	if (flow->npath == BTY_MAX_PATH)
		return bty_build_fail(b, pos, "%s: PATH: expected %d elements at most", conf->element, BTY_MAX_PATH);
	flow->path_pos[flow->npath] = pos;
	flow->path[flow->npath++] = el;
	return 0;
}

/* The words after PATH in argument i. */
static int parse_path(struct bty_build *b, int el, int i, struct bty_flow *flow)
{
	const struct bty_built *built = &b->el[el];
	const char *text = built->conf.arg[i].text;
	char word[2 * BTY_NAME_LEN];
	size_t at = strlen("PATH"), len;
	struct bty_pos pos;
	int r;

	for (;;) {
		at += strspn(text + at, " \t\n\v\f\r");
		len = strcspn(text + at, " \t\n\v\f\r");
		if (!len)
			return 0;
		snprintf(word, sizeof(word), "%.*s", (int)(len < sizeof(word) ? len : sizeof(word) - 1), text + at);
		pos = bty_ast_arg_pos(b->ast, built->args, i, at);
		r = add_to_path(b, &built->conf, flow, pos, word);
		if (r)
			return r;
		at += len;
	}
}

/* Where an argument is; the name may stand alone, and alone is one word or string. -1: nowhere. */
static int find_arg(const struct bty_conf *conf, const char *keyword, int may_stand_alone)
{
	size_t len = strlen(keyword);
	const char *text;
	int i;

	for (i = 0; i < conf->n; i++) {
		text = conf->arg[i].text;
		if (!strncmp(text, keyword, len) && isspace((unsigned char)text[len]))
			return i;
		if (may_stand_alone && (*text == '"' || !text[strcspn(text, " \t\n\v\f\r")]))
			return i;
	}
	return -1;
}

/* A flow declared as `name :: Flow(PATH ...)` needs no other name. */
static int name_flow(struct bty_build *b, int el, const struct bty_ast_node *node, const char *given,
		     struct bty_flow *flow)
{
	const struct bty_conf *conf = &b->el[el].conf;
	int i, at = find_arg(conf, "NAME", 1);
	const char *c;

	if (!*given && node->kind != BTY_NODE_DECL)
		return bty_conf_fail(conf, -1, b->err, "argument missing: expected NAME (name of the flow)");
	snprintf(flow->name, sizeof(flow->name), "%s", *given ? given : b->g->el[el].name);
	for (c = flow->name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_-.", *c))
			return bty_conf_fail(conf, at, b->err,
					     "'%s': expected a name of letters, digits, '_', '-' and '.'", flow->name);
	for (i = 0; i < b->g->nflows; i++)
		if (!strcmp(b->g->flow[i].name, flow->name))
			return bty_conf_fail(conf, at, b->err, "there is a flow '%s' already: expected another name",
					     flow->name);
	return 0;
}

static int add_flow(struct bty_build *b, const struct bty_ast_node *node, int el)
{
	const struct bty_conf *conf = &b->el[el].conf;
	struct flow_args args = { .path = -1 };
	struct bty_flow *flow;
	int r;

	if (b->g->nflows == BTY_MAX_FLOWS)
		return bty_conf_fail(conf, -1, b->err, "expected %d flows at most", BTY_MAX_FLOWS);
	flow = &b->g->flow[b->g->nflows];
	r = bty_argtable_compile(conf, flow_table, &args, b->err);
	if (!r)
		r = name_flow(b, el, node, args.name, flow);
	if (r)
		return r;
	if (args.percentile <= 0 || args.percentile >= 100)
		return bty_conf_fail(conf, find_arg(conf, "PERCENTILE", 0), b->err,
				     "PERCENTILE %g: expected more than 0 and less than 100", args.percentile);
	flow->delay_slo_ns = args.delay_slo_ns;
	flow->rate_slo_pps = args.rate_slo_pps;
	flow->percentile = args.percentile;
	r = parse_path(b, el, args.path, flow);
	if (!r)
		b->g->nflows++;
	return r;
}

int bty_build_flows(struct bty_build *b)
{
	int i, el, r = 0;

	for (i = 0; i < b->ast->nnodes && !r; i++) {
		el = b->node_el[i];
		if (b->g->el[el].cls->kind == BTY_KIND_INFO)
			r = add_flow(b, &b->ast->node[i], el);
	}
	return r;
}
