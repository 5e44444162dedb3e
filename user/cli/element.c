// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent element show | list: counters of the running elements; the classes a pipeline file can use. */
#include <stdio.h>
#include <string.h>

#include "../config/near.h"
#include "../element/registry.h"
#include "cli.h"
#include "table.h"

static const char args[] = "show\nlist [CLASS]";
static const char doc[] = "Shows the counters of each element of the running pipelines, or lists the element classes "
			  "of the pipeline language with their arguments, outputs, places and sources (with a CLASS: "
			  "that one alone). `list' needs no agent.\v"
			  "EXAMPLES:\n"
			  "  batchy-agent element show\n"
			  "  batchy-agent element list | grep '^[A-Z]'     a line for each class\n"
			  "  batchy-agent element list Queue\n";

static int show(void)
{
	char head[] = "<element <class <placement in made out sent host drops held batches t0 t1 profile-t0 profile-t1 "
		      "profile";
	json_t *reply, *e;
	struct table t;
	size_t n;

	if (cli_ask("element show", &reply))
		return CLI_FAILED;
	if (cli.json)
		return cli_print(reply);
	table_init(&t, head);
	json_array_foreach (json_object_get(reply, "elements"), n, e) {
		table_text(&t, json_object_get(e, "name"));
		table_text(&t, json_object_get(e, "class"));
		table_text(&t, json_object_get(e, "placement"));
		table_count(&t, json_object_get(e, "packets_in"));
		table_count(&t, json_object_get(e, "made"));
		table_count(&t, json_object_get(e, "packets_out"));
		table_count(&t, json_object_get(e, "tx"));
		table_count(&t, json_object_get(e, "pass"));
		table_count(&t, json_object_get(e, "drops"));
		table_count(&t, json_object_get(e, "held"));
		table_count(&t, json_object_get(e, "batches"));
		table_time(&t, json_object_get(e, "t0_ns"));
		table_time(&t, json_object_get(e, "t1_ns"));
		table_time(&t, json_object_get(e, "profile_t0_ns"));
		table_time(&t, json_object_get(e, "profile_t1_ns"));
		table_text(&t, json_object_get(e, "profile_match"));
	}
	table_print(&t, stdout, 0);
	json_decref(reply);
	return cli_flush();
}

/* As in a usage line. */
static const char *type_name(uint8_t type)
{
	static const char *const names[] = {
		[BTY_ARG_U32] = "N",	    [BTY_ARG_TIME_NS] = "TIME", [BTY_ARG_RATE] = "RATE",
		[BTY_ARG_REAL] = "X",	    [BTY_ARG_BOOL] = "BOOL",	[BTY_ARG_MAC] = "MAC",
		[BTY_ARG_NAME] = "NAME",    [BTY_ARG_FILE] = "FILE",	[BTY_ARG_BITRATE] = "BITRATE",
		[BTY_ARG_ADDR] = "ADDRESS",
	};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : "VALUE";
}

static json_t *arg_json(const struct bty_arg *a)
{
	json_t *o =
		json_pack("{s:s?, s:s, s:s, s:b, s:b, s:s?}", "keyword", a->keyword, "type", type_name(a->type), "what",
			  a->what, "positional", a->positional != 0, "required", a->required, "default", a->deflt);

	if (a->max) {
		json_object_set_new(o, "min", json_integer(a->min));
		json_object_set_new(o, "max", json_integer(a->max));
	}
	return o;
}

static json_t *class_json(const struct bty_class *c)
{
	json_t *list = json_array();
	const struct bty_arg *a;

	for (a = c->args; a && a->what; a++)
		json_array_append_new(list, arg_json(a));
	return json_pack("{s:s, s:s?, s:s?, s:s, s:i, s:i, s:i, s:s?, s:s?, s:s?, s:o}", "name", c->name, "alias",
			 c->alias, "summary", c->summary, "places", cli_places(c->places), "inputs", c->nin,
			 "outputs_min", c->nout_min, "outputs_max", c->nout_max, "ports", c->ports, "source", c->source,
			 "usage", c->usage, "arguments", list);
}

static int list_json(const struct bty_class *only)
{
	json_t *all = json_array();
	int i;

	for (i = 0; bty_classes[i]; i++)
		if (!only || only == bty_classes[i])
			json_array_append_new(all, class_json(bty_classes[i]));
	return cli_print(json_pack("{s:o}", "classes", all));
}

/* One class; what belongs to it is set in, so that the lines before are an overview. */
static void print_class(const struct bty_class *c)
{
	const struct bty_arg *a;

	printf("%s: %s\n", c->name, c->summary ? c->summary : "");
	if (c->alias)
		printf("  also called: %s\n", c->alias);
	printf("  runs in: %s\n", cli_places(c->places));
	if (c->ports)
		printf("  outputs: %s\n", c->ports);
	if (c->source)
		printf("  from: %s\n", c->source);
	if (c->usage)
		printf("  arguments: %s\n", c->usage);
	for (a = c->args; a && a->what; a++) {
		printf("    %s%s%s: %s%s", a->keyword ? a->keyword : "", a->keyword ? " " : "", type_name(a->type),
		       a->what, a->required ? "; required" : "");
		if (a->max)
			printf("; %llu to %llu", (unsigned long long)a->min, (unsigned long long)a->max);
		if (a->deflt)
			printf("; default %s", a->deflt);
		putchar('\n');
	}
}

static int list_text(const struct bty_class *only)
{
	int i;

	for (i = 0; bty_classes[i]; i++)
		if (!only || only == bty_classes[i])
			print_class(bty_classes[i]);
	return cli_flush();
}

static int fail_class(const char *name)
{
	struct bty_near near;
	char hint[64];
	int i;

	bty_near_init(&near, name);
	for (i = 0; bty_classes[i]; i++)
		bty_near_try(&near, bty_classes[i]->name);
	return cli_fail("element list: %s: no such class%s", name,
			near.best ? bty_near_hint(&near, hint, sizeof(hint)) : "; see `batchy-agent element list'");
}

static int list(const char *name)
{
	const struct bty_class *c = name ? bty_class_find(name) : NULL;

	if (name && !c)
		return fail_class(name);
	if (cli.json)
		return list_json(c);
	return list_text(c);
}

int cli_element(int argc, char **argv)
{
	char *w[2];
	int n = cli_words(args, doc, argc, argv, 2, w);

	if (n == 1 && !strcmp(w[0], "show"))
		return show();
	if (n >= 1 && !strcmp(w[0], "list"))
		return list(w[1]);
	return cli_usage("element: expected `show' or `list [CLASS]'; see `batchy-agent element --help'");
}
