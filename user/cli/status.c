// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent status: what the agent runs, on which interfaces, and where packets went. */
#include <stdio.h>

#include "cli.h"
#include "show.h"
#include "table.h"

static const char doc[] = "Shows the interfaces of the agent, how it is attached, and where all packets went.\v"
			  "EXAMPLES:\n"
			  "  batchy-agent status\n"
			  "  batchy-agent status --json | jq .totals\n";

static double number(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

static void show_extra(const json_t *extra, FILE *f)
{
	const json_t *x;
	char cpu[24];
	size_t n;

	json_array_foreach (extra, n, x)
		fprintf(f, "extra worker %lld of %s: busy %.0f %%, %s CPU\n",
			json_integer_value(json_object_get(x, "number")),
			json_string_value(json_object_get(x, "pipeline")), 100 * number(x, "busy"),
			format_ns(number(x, "cpu_ns"), cpu));
}

void show_head(const json_t *s, FILE *f)
{
	const json_t *t = json_object_get(s, "totals"), *w = json_object_get(s, "workers");
	char a[24], b[24], c[24], d[24], e[24];

	fprintf(f, "batchy-agent %s  pid %lld  up %s  controller %s  workers %s CPU, %s wake-ups\n",
		json_string_value(json_object_get(s, "version")), json_integer_value(json_object_get(s, "pid")),
		format_ns(number(s, "uptime_ns"), a), json_string_value(json_object_get(s, "controller")),
		format_ns(number(w, "cpu_ns"), b), format_count(number(w, "wakeups"), c));
	fprintf(f, "packets: received %s", format_count(number(t, "rx"), a));
	if (number(t, "made"))
		fprintf(f, "  made %s", format_count(number(t, "made"), a));
	fprintf(f, "  sent %s", format_count(number(t, "tx"), b));
	fprintf(f, "  to host %s  dropped %s  queued %s\n", format_count(number(t, "pass"), c),
		format_count(number(t, "drop"), d), format_count(number(t, "queued"), e));
	show_extra(json_object_get(w, "extra"), f);
}

void show_interfaces(const json_t *s, FILE *f)
{
	char head[] = "<interface index <mode <attached <af_xdp <programs <schedule <pipeline";
	const json_t *i;
	struct table t;
	size_t n;

	table_init(&t, head);
	json_array_foreach (json_object_get(s, "interfaces"), n, i) {
		table_text(&t, json_object_get(i, "name"));
		table_count(&t, json_object_get(i, "ifindex"));
		table_text(&t, json_object_get(i, "mode"));
		if (json_is_true(json_object_get(i, "gone")))
			table_add(&t, "removed");
		else
			table_text(&t, json_object_get(i, "attach"));
		table_text(&t, json_object_get(i, "xsk_mode"));
		table_text(&t, json_object_get(i, "programs"));
		table_text(&t, json_object_get(i, "schedule"));
		table_text(&t, json_object_get(i, "pipeline"));
	}
	table_print(&t, f, 0);
}

void show_drops(const json_t *drops, FILE *f)
{
	const char *reason;
	const json_t *n;
	char buf[24];
	int any = 0;

	json_object_foreach ((json_t *)drops, reason, n) {
		if (!json_integer_value(n))
			continue;
		fprintf(f, "%s%s %s", any ? ", " : "drops: ", reason, format_count(json_number_value(n), buf));
		any = 1;
	}
	if (any)
		fputc('\n', f);
}

int cli_status(int argc, char **argv)
{
	json_t *s;

	cli_words(NULL, doc, argc, argv, 0, NULL);
	if (cli_ask("status", &s))
		return CLI_FAILED;
	if (cli.json)
		return cli_print(s);
	show_head(s, stdout);
	show_drops(json_object_get(s, "drops"), stdout);
	putchar('\n');
	show_interfaces(s, stdout);
	json_decref(s);
	return cli_flush();
}
