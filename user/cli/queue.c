// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent queue show | set: the places where packets wait for a batch to fill. */
#include <stdio.h>
#include <string.h>

#include "../lib/units.h"
#include "../run/run.h"
#include "cli.h"
#include "show.h"
#include "table.h"

static const char args[] = "show\nset NAME [trigger N|auto] [deadline TIME|auto] [worker N|home|auto]";
static const char doc[] =
	"Shows the queues, or sets what releases a batch: trigger, packets that are enough; "
	"deadline, the longest wait of the "
	"oldest packet; worker, the extra worker that serves it, or the one it belongs to (home), where it goes "
	"without a pause. What is set by hand the controller leaves alone until it is set to `auto'.\v"
	"EXAMPLES:\n"
	"  batchy-agent queue show\n"
	"  batchy-agent queue set q1 trigger 16 deadline 200us\n"
	"  batchy-agent queue set q1 trigger auto deadline auto\n"
	"  batchy-agent queue set q1 worker 1\n";

/* Where it is served, or that it stays where it is. */
static void add_server(struct table *t, const json_t *q)
{
	json_int_t n = json_integer_value(json_object_get(q, "worker"));
	char text[24];

	if (n)
		snprintf(text, sizeof(text), "%lld", n);
	table_add(t, n ? text : json_is_string(json_object_get(q, "stays")) ? "stays" : "home");
}

void show_queues(const json_t *queues, FILE *f)
{
	char head[] = "<queue <interface <backend <worker trigger deadline weight backlog packets avg filled due drops "
		      "wait-p50 "
		      "p95 max sleeps spins useful spun";
	const json_t *q, *wait;
	struct table t;
	size_t n;

	table_init(&t, head);
	json_array_foreach (json_object_get(queues, "queues"), n, q) {
		wait = json_object_get(q, "wait_ns");
		table_text(&t, json_object_get(q, "name"));
		table_text(&t, json_object_get(q, "interface"));
		table_text(&t, json_object_get(q, "backend"));
		add_server(&t, q);
		table_count(&t, json_object_get(q, "trigger"));
		table_time(&t, json_object_get(q, "deadline_ns"));
		/* it means something with weighted fair queueing only */
		if (!strcmp(json_string_value(json_object_get(q, "schedule")) ?: "", "wfq"))
			table_count(&t, json_object_get(q, "weight"));
		else
			table_add(&t, NULL);
		table_count(&t, json_object_get(q, "backlog"));
		table_count(&t, json_object_get(q, "packets"));
		table_real(&t, json_object_get(q, "batch_avg"), 1);
		table_count(&t, json_object_get(q, "released_trigger"));
		table_count(&t, json_object_get(q, "released_deadline"));
		table_count(&t, json_object_get(q, "drops"));
		table_time(&t, json_object_get(wait, "p50"));
		table_time(&t, json_object_get(wait, "p95"));
		table_time(&t, json_object_get(wait, "max"));
		table_count(&t, json_object_get(q, "sleeps"));
		table_count(&t, json_object_get(q, "spins"));
		table_count(&t, json_object_get(q, "spins_useful"));
		table_time(&t, json_object_get(q, "spun_ns"));
	}
	table_print(&t, f, 0);
}

static int show(void)
{
	json_t *queues;

	if (cli_ask("queue show", &queues))
		return CLI_FAILED;
	if (cli.json)
		return cli_print(queues);
	show_queues(queues, stdout);
	json_decref(queues);
	return cli_flush();
}

/* words: keyword value [keyword value], NULL at the end. */
static int set(const char *name, char **words)
{
	json_t *request = json_pack("{s:s, s:s}", "verb", "queue set", "name", name);
	uint64_t v;

	for (; words[0]; words += 2) {
		if (!words[1]) {
			json_decref(request);
			return cli_usage("queue set: a value must follow '%s'; see `batchy-agent queue --help'",
					 words[0]);
		}
		if (!strcmp(words[0], "trigger") && !strcmp(words[1], "auto")) {
			json_object_set_new(request, "trigger", json_integer(0));
		} else if (!strcmp(words[0], "deadline") && !strcmp(words[1], "auto")) {
			json_object_set_new(request, "deadline_ns", json_integer(0));
		} else if (!strcmp(words[0], "trigger") && !bty_parse_u64(words[1], &v) && v >= 1 && v <= UINT32_MAX) {
			json_object_set_new(request, "trigger", json_integer(v));
		} else if (!strcmp(words[0], "deadline") && !bty_parse_time_ns(words[1], &v) && v) {
			json_object_set_new(request, "deadline_ns", json_integer(v));
		} else if (!strcmp(words[0], "worker") && (!strcmp(words[1], "home") || !strcmp(words[1], "auto"))) {
			json_object_set_new(request, "worker", json_string(words[1]));
		} else if (!strcmp(words[0], "worker") && !bty_parse_u64(words[1], &v) && v >= 1 &&
			   v <= BTY_MAX_EXTRA) {
			json_object_set_new(request, "worker", json_integer((json_int_t)v));
		} else {
			json_decref(request);
			return cli_usage("queue set: '%s %s': expected trigger N|auto (N from 1), deadline TIME|auto "
					 "(as in 50us) or worker N|home|auto",
					 words[0], words[1]);
		}
	}
	return cli_tell(request);
}

int cli_queue(int argc, char **argv)
{
	char *w[9];
	int n = cli_words(args, doc, argc, argv, 8, w);

	w[8] = NULL;
	if (n == 1 && !strcmp(w[0], "show"))
		return show();
	if (n >= 4 && !strcmp(w[0], "set"))
		return set(w[1], w + 2);
	return cli_usage(
		"queue: expected `show' or `set NAME [trigger N|auto] [deadline TIME|auto] [worker N|home|auto]'; see "
		"`batchy-agent queue --help'");
}
