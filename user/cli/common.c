// SPDX-License-Identifier: GPL-2.0-or-later
/* Errors, requests and output; called by every verb. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../control/client.h"
#include "../control/paths.h"
#include "cli.h"

#define ANSWER_MS 30000 /* an agent that is just attaching answers late */

static int say(int status, const char *fmt, va_list ap)
{
	fflush(stdout);
	fputs("batchy-agent: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	return status;
}

int cli_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(CLI_FAILED, fmt, ap);
	va_end(ap);
	return CLI_FAILED;
}

int cli_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(CLI_USAGE, fmt, ap);
	va_end(ap);
	return CLI_USAGE;
}

struct words {
	char **word;
	int n, max;
};

static error_t parse_words(int key, char *arg, struct argp_state *state)
{
	struct words *w = state->input;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (w->n == w->max)
		argp_error(state, "too many arguments, from '%s'; one with blanks needs quotes", arg);
	w->word[w->n++] = arg;
	return 0;
}

int cli_words(const char *args, const char *doc, int argc, char **argv, int max, char **words)
{
	const struct argp argp = { NULL, parse_words, args, doc, cli_globals };
	struct words w = { words, 0, max };

	if (max)
		memset(words, 0, max * sizeof(*words));
	if (argp_parse(&argp, argc, argv, 0, NULL, &w))
		exit(CLI_USAGE);
	return w.n;
}

int cli_request(json_t *request, json_t **reply)
{
	char path[PATH_MAX];
	struct bty_err err;
	int r;

	if (!request)
		return cli_fail("out of memory");
	r = bty_run_path(".sock", path, sizeof(path));
	if (r)
		bty_fail(&err, r, "/proc/self/ns/net: %s; mount /proc", strerror(-r));
	else
		r = bty_client_call(path, request, ANSWER_MS, reply, &err);
	if (r)
		cli_fail("%s: %s", json_string_value(json_object_get(request, "verb")), err.msg);
	json_decref(request);
	return r ? CLI_FAILED : CLI_OK;
}

int cli_ask(const char *verb, json_t **reply)
{
	return cli_request(json_pack("{s:s}", "verb", verb), reply);
}

int cli_tell(json_t *request)
{
	json_t *reply = NULL;
	int status;

	status = cli_request(request, &reply);
	json_decref(reply);
	return status;
}

int cli_flush(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return CLI_OK;
	return cli_fail("cannot write to standard output: %s", strerror(errno));
}

int cli_print(json_t *doc)
{
	int r = doc ? json_dumpf(doc, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : -1;

	json_decref(doc);
	if (r && !ferror(stdout))
		return cli_fail("out of memory");
	putchar('\n');
	return cli_flush();
}

void cli_set(char *text, struct bty_set *sets, int *nsets, const struct argp_state *state)
{
	char *eq = strchr(text, '=');

	if (!eq || eq == text)
		argp_error(state, "--set %s: expected NAME=VALUE", text);
	if (*nsets == CLI_MAX_SETS)
		argp_error(state, "--set %s: at most %d times", text, CLI_MAX_SETS);
	*eq = 0;
	sets[*nsets].name = text;
	sets[(*nsets)++].value = eq + 1;
}

const char *cli_places(unsigned int places)
{
	static const char *const names[] = { "none", "xdp",    "worker",    "xdp+worker",
					     "tc",   "xdp+tc", "worker+tc", "xdp+worker+tc" };

	return names[places & (BTY_PLACE_XDP | BTY_PLACE_WORKER | BTY_PLACE_TC)];
}
