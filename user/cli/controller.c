// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent controller show | set: what decides the triggers of the queues. */
#include <stdio.h>
#include <string.h>

#include "../decide/decide.h"
#include "../lib/units.h"
#include "cli.h"

static const char args[] = "show\nset NAME";
static const char doc[] =
	"Shows or changes the controller that sets triggers and deadlines. Without a known NAME the error "
	"lists those there are.\v"
	"EXAMPLES:\n"
	"  batchy-agent controller show\n"
	"  batchy-agent controller set slo\n";

/* Its name, alone on a line; then what its periods take. */
static void print(const json_t *reply)
{
	const json_t *d = json_object_get(reply, "deadtime_ns");
	char period[24];

	puts(json_string_value(json_object_get(reply, "controller")) ?: "unknown");
	if (!d)
		return;
	bty_format_time(json_integer_value(json_object_get(reply, "period_ns")), period, sizeof(period));
	printf("every %s; took %.1f us last, %.1f us on average, %.1f us at most\n", period,
	       (double)json_integer_value(json_object_get(d, "last")) / 1e3,
	       json_number_value(json_object_get(d, "mean")) / 1e3,
	       (double)json_integer_value(json_object_get(d, "max")) / 1e3);
}

static int show(void)
{
	json_t *reply;

	if (cli_ask("controller show", &reply))
		return CLI_FAILED;
	if (cli.json)
		return cli_print(reply);
	print(reply);
	json_decref(reply);
	return cli_flush();
}

static int set(const char *name)
{
	struct bty_controller_choice choice;
	struct bty_err err;

	if (bty_controller_find(name, &choice, &err))
		return cli_usage("%s", err.msg);
	return cli_tell(json_pack("{s:s, s:s}", "verb", "controller set", "name", name));
}

int cli_controller(int argc, char **argv)
{
	char *w[2];
	int n = cli_words(args, doc, argc, argv, 2, w);

	if (n == 1 && !strcmp(w[0], "show"))
		return show();
	if (n == 2 && !strcmp(w[0], "set"))
		return set(w[1]);
	return cli_usage("controller: expected `show' or `set NAME'; see `batchy-agent controller --help'");
}
