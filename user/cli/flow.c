// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent flow show | set: the packets an objective is about, and how it is kept. */
#include <stdio.h>
#include <string.h>

#include "../lib/units.h"
#include "cli.h"
#include "show.h"
#include "table.h"

static const char args[] = "show\nset NAME slo TIME";
static const char doc[] = "Shows each flow's delay against its objective, or changes the objective.\v"
			  "EXAMPLES:\n"
			  "  batchy-agent flow show\n"
			  "  batchy-agent flow set control slo 50us\n";

/* NULL: nobody judges. */
static const char *admission(const json_t *a)
{
	return json_is_true(json_object_get(a, "met")) ? "met" : json_string_value(json_object_get(a, "reason"));
}

void show_flows(const json_t *flows, FILE *f)
{
	char head[] = "<flow objective pct rate packets bytes pps delay-p50 p95 p99 max violations <admission";
	const json_t *o, *delay;
	struct table t;
	size_t n;

	table_init(&t, head);
	json_array_foreach (json_object_get(flows, "flows"), n, o) {
		delay = json_object_get(o, "delay_ns");
		table_text(&t, json_object_get(o, "name"));
		if (json_integer_value(json_object_get(o, "delay_slo_ns")))
			table_time(&t, json_object_get(o, "delay_slo_ns"));
		else
			table_add(&t, NULL);
		table_real(&t, json_object_get(o, "percentile"), 0);
		if (json_integer_value(json_object_get(o, "rate_slo_pps")))
			table_count(&t, json_object_get(o, "rate_slo_pps"));
		else
			table_add(&t, NULL);
		table_count(&t, json_object_get(o, "packets"));
		table_count(&t, json_object_get(o, "bytes"));
		table_count(&t, json_object_get(o, "pps"));
		table_time(&t, json_object_get(delay, "p50"));
		table_time(&t, json_object_get(delay, "p95"));
		table_time(&t, json_object_get(delay, "p99"));
		table_time(&t, json_object_get(delay, "max"));
		table_count(&t, json_object_get(o, "violations"));
		table_add(&t, admission(json_object_get(o, "admission")));
	}
	table_print(&t, f, 0);
}

static int show(void)
{
	json_t *flows;

	if (cli_ask("flow show", &flows))
		return CLI_FAILED;
	if (cli.json)
		return cli_print(flows);
	show_flows(flows, stdout);
	json_decref(flows);
	return cli_flush();
}

int cli_flow(int argc, char **argv)
{
	uint64_t slo;
	char *w[4];
	int n = cli_words(args, doc, argc, argv, 4, w);

	if (n == 1 && !strcmp(w[0], "show"))
		return show();
	if (n != 4 || strcmp(w[0], "set") || strcmp(w[2], "slo"))
		return cli_usage("flow: expected `show' or `set NAME slo TIME'; see `batchy-agent flow --help'");
	if (bty_parse_time_ns(w[3], &slo))
		return cli_usage("flow set: '%s' is not a time; write it as in 50us, 1.5ms or 2s", w[3]);
	return cli_tell(json_pack("{s:s, s:s, s:I}", "verb", "flow set", "name", w[1], "slo_ns", (json_int_t)slo));
}
