// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent: finds the verb and hands over to its file. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <batchy/abi.h>

#include "../lib/log.h"
#include "cli.h"

struct cli_options cli;

static const struct cli_verb verbs[] = {
	{ "attach", "run a pipeline on an interface", cli_attach },
	{ "detach", "stop it", cli_detach },
	{ "status", "interfaces, totals and drops", cli_status },
	{ "top", "queues, flows, interfaces and connections, live", cli_top },
	{ "queue", "show queues, set trigger and deadline", cli_queue },
	{ "element", "show element counters, list element classes", cli_element },
	{ "flow", "show flows, set their delay objective", cli_flow },
	{ "table", "show and change routes, rules and other entries", cli_tables },
	{ "controller", "show or change what sets the triggers", cli_controller },
	{ "tcp", "TCP connections and what the kernel knows of them", cli_tcp },
	{ "check", "check a pipeline file, attach nothing", cli_check },
	{ "bench", "what a pipeline costs, run without any interface", cli_bench },
	{ "profile", "measure what elements cost, for the costs file of this CPU", cli_profile },
	{ "model", "what a pipeline will do at a given load, without running it", cli_model },
	{ "doctor", "what this kernel and interface can do, and why not", cli_doctor },
};

#define NVERBS (sizeof(verbs) / sizeof(verbs[0]))

static error_t parse_global(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'j':
		cli.json = 1;
		return 0;
	case 'v':
		cli.verbose++;
		bty_log_max = BTY_LOG_DEBUG;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option global_options[] = {
	{ "json", 'j', NULL, 0, "Print one JSON document", -2 },
	{ "verbose", 'v', NULL, 0, "Say more, on standard error", -2 },
	{ 0 },
};

static const struct argp global_argp = { global_options, parse_global };

const struct argp_child cli_globals[] = { { &global_argp, 0, "Global options:", -2 }, { 0 } };

static void print_version(FILE *f, struct argp_state *state)
{
	fprintf(f, "batchy-agent %s (ABI %d)\n", BTY_VERSION, BTY_ABI_VERSION);
}

/* Stops at the verb: what follows is parsed by its own file. */
static error_t parse_main(int key, char *arg, struct argp_state *state)
{
	int *verb = state->input;

	if (key == ARGP_KEY_NO_ARGS)
		argp_error(state, "a verb is missing");
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	*verb = state->next - 1;
	state->next = state->argc;
	return 0;
}

static char *list_verbs(int key, const char *text, void *input)
{
	char *list = NULL;
	size_t size, i;
	FILE *f;

	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	f = open_memstream(&list, &size);
	if (!f)
		return (char *)text;
	fputs("Verbs:\n", f);
	for (i = 0; i < NVERBS; i++)
		fprintf(f, "  %-12s %s\n", verbs[i].name, verbs[i].summary);
	fputs("\n`batchy-agent VERB --help' says more about each.\n\nEXAMPLES:\n"
	      "  batchy-agent doctor eth1\n"
	      "  batchy-agent attach eth1 --pipeline gateway.click --daemon\n"
	      "  batchy-agent top\n"
	      "  batchy-agent queue show --json\n"
	      "  batchy-agent detach eth1\n",
	      f);
	fclose(f);
	return list;
}

static int unknown_verb(const char *name)
{
	char list[256] = "";
	size_t i, n = 0;

	for (i = 0; i < NVERBS; i++)
		n += snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "", verbs[i].name);
	return cli_usage("%s: unknown verb; use %s", name, list);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		NULL,
		parse_main,
		"VERB [ARGUMENT...]",
		"Runs packet pipelines in the kernel and in batch workers beside it.\v",
		cli_globals,
		list_verbs,
	};
	static char name[64];
	int at = 0;
	size_t i;

	argp_err_exit_status = CLI_USAGE;
	/* messages name the program, not the path it was started by */
	argv[0] = "batchy-agent";
	argp_program_version_hook = print_version;
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &at))
		return CLI_USAGE;
	for (i = 0; i < NVERBS; i++) {
		if (strcmp(argv[at], verbs[i].name))
			continue;
		snprintf(name, sizeof(name), "batchy-agent %s", verbs[i].name);
		argv[at] = name;
		return verbs[i].run(argc - at, argv + at);
	}
	return unknown_verb(argv[at]);
}
