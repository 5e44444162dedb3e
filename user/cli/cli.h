/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the verbs of batchy-agent share: one file per noun, each with a run function that returns the exit status (0
 * done, 1 failure, 2 usage). Only included in user/cli.
 */
#ifndef USER_CLI_CLI_H
#define USER_CLI_CLI_H

#include <argp.h>
#include <jansson.h>
#include "../graph/graph.h"
#include "../lib/err.h"

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct cli_options {
	int json;    /* -j: one JSON document on stdout */
	int verbose; /* -v, how often */
};

/* Set while options are parsed, before any verb acts. */
extern struct cli_options cli;

struct cli_verb {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv); /* argv[0] is "batchy-agent NAME" */
};

int cli_attach(int argc, char **argv);
int cli_detach(int argc, char **argv);
int cli_status(int argc, char **argv);
int cli_top(int argc, char **argv);
int cli_queue(int argc, char **argv);
int cli_element(int argc, char **argv);
int cli_flow(int argc, char **argv);
int cli_tables(int argc, char **argv);
int cli_controller(int argc, char **argv);
int cli_tcp(int argc, char **argv);
int cli_check(int argc, char **argv);
int cli_bench(int argc, char **argv);
int cli_profile(int argc, char **argv);
int cli_model(int argc, char **argv);
int cli_doctor(int argc, char **argv);

/* -j, -v, --version, --help: a child of every verb's argp. */
extern const struct argp_child cli_globals[];

/*
 * Parses a verb without options of its own: words[0..max-1] get its arguments, the rest NULL. args and doc are argp's
 * args_doc and doc. Ends the process with 2 when there are more than max. Returns how many there are.
 */
int cli_words(const char *args, const char *doc, int argc, char **argv, int max, char **words);

/* Print "batchy-agent: text" and return CLI_FAILED or CLI_USAGE. */
int cli_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int cli_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Sends {"verb": verb} to the agent; 0 and *reply, or CLI_FAILED after telling why. */
int cli_ask(const char *verb, json_t **reply);

/* The same with any request, whose reference is taken. */
int cli_request(json_t *request, json_t **reply);

/* Sends a request (its reference is taken) with an answer that nobody needs. Returns an exit status, told why. */
int cli_tell(json_t *request);

/* One document and a newline to stdout; takes the reference. Returns an exit status. */
int cli_print(json_t *doc);

/* Flushes stdout: CLI_FAILED when what was printed did not get there. */
int cli_flush(void);

/* enum bty_place bits as people and --json read them: "xdp+worker"; "none" for 0. */
const char *cli_places(unsigned int places);

/* "NAME=value" of --set appended to sets (room for CLI_MAX_SETS), which keep pointing into text. Ends with 2 when it is not like this. */
#define CLI_MAX_SETS 64
void cli_set(char *text, struct bty_set *sets, int *nsets, const struct argp_state *state);

#endif
