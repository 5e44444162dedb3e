// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent controller show | set: what decides the triggers of the queues. */
#include <stdio.h>
#include <string.h>

#include "../decide/decide.h"
#include "cli.h"

static const char args[] = "show\nset NAME";
static const char doc[] =
	"Shows or changes the controller that sets triggers and deadlines. Without a known NAME the error "
	"lists those there are.\v"
	"EXAMPLES:\n"
	"  batchy-agent controller show\n"
	"  batchy-agent controller set slo\n";

static int show(void)
{
	json_t *reply;

	if (cli_ask("controller show", &reply))
		return CLI_FAILED;
	if (cli.json)
		return cli_print(reply);
	puts(json_string_value(json_object_get(reply, "controller")) ?: "unknown");
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
