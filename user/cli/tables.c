// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent table show | set | del | load: the entries of elements that have some, changed while packets pass. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "table.h"

static const char args[] = "show [NAME]\nset NAME ENTRY\ndel NAME ENTRY\nload NAME FILE";
static const char doc[] =
	"Shows the tables of the running pipelines, or the entries of one, each as `set' and a file take it, and as "
	"comments what packets have taught it, with state and age; sets one "
	"entry, which replaces the one for the same; deletes one; or replaces the entries that came from a file by "
	"those "
	"of FILE. NAME is the element's. A packet sees the table as it was or as it will be, never anything between. "
	"When "
	"something is wrong nothing changes. The pipeline file stays as it is.\v"
	"EXAMPLES:\n"
	"  batchy-agent table show\n"
	"  batchy-agent table show rt > routes.txt\n"
	"  batchy-agent table set rt '10.1.0.0/16 192.0.2.1 2'\n"
	"  batchy-agent table del rt 10.1.0.0/16\n"
	"  batchy-agent table load rt routes.txt\n";

static int show_tables(void)
{
	char head[] = "<table <class <interface entries bytes changes <file";
	json_t *reply, *e;
	struct table t;
	size_t n;

	if (cli_ask("table show", &reply))
		return CLI_FAILED;
	if (cli.json)
		return cli_print(reply);
	table_init(&t, head);
	json_array_foreach (json_object_get(reply, "tables"), n, e) {
		table_text(&t, json_object_get(e, "name"));
		table_text(&t, json_object_get(e, "class"));
		table_text(&t, json_object_get(e, "interface"));
		table_count(&t, json_object_get(e, "entries_total"));
		table_count(&t, json_object_get(e, "bytes"));
		table_count(&t, json_object_get(e, "version"));
		table_text(&t, json_object_get(e, "file"));
	}
	table_print(&t, stdout, 0);
	json_decref(reply);
	return cli_flush();
}

/* Whether there is more of the table than this. */
static int is_part(const json_t *whole)
{
	return json_array_size(json_object_get(whole, "entries")) <
		       (size_t)json_integer_value(json_object_get(whole, "entries_total")) ||
	       json_integer_value(json_object_get(whole, "learned_next"));
}

/* The entries of the index-th table of that name, in as many answers as it takes. */
static int get_entries(const char *name, int index, json_t **whole)
{
	json_t *page;
	json_int_t version;

	*whole = NULL;
	do {
		size_t from = *whole ? json_array_size(json_object_get(*whole, "entries")) : 0;

		if (cli_request(json_pack("{s:s, s:s, s:i, s:I, s:I}", "verb", "table show", "name", name, "index",
					  index, "from", (json_int_t)from, "learned_at",
					  json_integer_value(json_object_get(*whole, "learned_next"))),
				&page)) {
			json_decref(*whole);
			return CLI_FAILED;
		}
		version = json_integer_value(json_object_get(page, "version"));
		if (!*whole) {
			*whole = page;
			continue;
		}
		if (version != json_integer_value(json_object_get(*whole, "version"))) {
			json_decref(page);
			json_decref(*whole);
			return cli_fail("table show %s: it was changed meanwhile; ask again", name);
		}
		json_array_extend(json_object_get(*whole, "entries"), json_object_get(page, "entries"));
		json_array_extend(json_object_get(*whole, "learned"), json_object_get(page, "learned"));
		json_object_set_new(*whole, "learned_next",
				    json_integer(json_integer_value(json_object_get(page, "learned_next"))));
		json_decref(page);
	} while (is_part(*whole));
	json_object_del(*whole, "learned_next");
	return CLI_OK;
}

/* How many pipelines have a table of that name; 0 when the agent shall say that there is none. */
static int count_tables(const char *name, int *count)
{
	json_t *reply, *e;
	size_t n;

	if (cli_ask("table show", &reply))
		return CLI_FAILED;
	*count = 0;
	json_array_foreach (json_object_get(reply, "tables"), n, e)
		*count += !strcmp(json_string_value(json_object_get(e, "name")), name);
	json_decref(reply);
	return CLI_OK;
}

static void print_entries(const json_t *table, int several)
{
	const json_t *e;
	char age[24];
	size_t n;

	if (several)
		printf("# %s\n", json_string_value(json_object_get(table, "interface")));
	json_array_foreach (json_object_get(table, "entries"), n, e)
		puts(json_string_value(e));
	/* as comments: the output is a file for `table load` */
	json_array_foreach (json_object_get(table, "learned"), n, e)
		printf("# %s %s %s\n", json_string_value(json_object_get(e, "entry")),
		       json_string_value(json_object_get(e, "state")),
		       format_ns(json_number_value(json_object_get(e, "age_ns")), age));
}

static int show_entries(const char *name)
{
	json_t *all = json_array(), *table;
	int i, count;

	if (count_tables(name, &count)) {
		json_decref(all);
		return CLI_FAILED;
	}
	for (i = 0; i < count || !i; i++) {
		if (get_entries(name, i, &table)) {
			json_decref(all);
			return CLI_FAILED;
		}
		if (cli.json) {
			json_array_append_new(all, table);
			continue;
		}
		print_entries(table, count > 1);
		json_decref(table);
	}
	if (cli.json)
		return cli_print(json_pack("{s:o}", "tables", all));
	json_decref(all);
	return cli_flush();
}

static int change(const char *verb, const char *name, const char *key, const char *text)
{
	json_t *reply, *request = json_pack("{s:s, s:s, s:s}", "verb", verb, "name", name, key, text);

	if (!request)
		return cli_usage("%s: what is given is not UTF-8", verb);
	if (cli_request(request, &reply))
		return CLI_FAILED;
	if (cli.json)
		return cli_print(reply);
	json_decref(reply);
	return CLI_OK;
}

/* The agent does not know where we are. */
static int load(const char *name, const char *file)
{
	char path[PATH_MAX];

	if (!realpath(file, path))
		return cli_fail("table load: %s: %s", file, strerror(errno));
	return change("table load", name, "file", path);
}

int cli_tables(int argc, char **argv)
{
	char *w[3];
	int n = cli_words(args, doc, argc, argv, 3, w);

	if (n == 1 && !strcmp(w[0], "show"))
		return show_tables();
	if (n == 2 && !strcmp(w[0], "show"))
		return show_entries(w[1]);
	if (n == 3 && !strcmp(w[0], "set"))
		return change("table set", w[1], "entry", w[2]);
	if (n == 3 && !strcmp(w[0], "del"))
		return change("table del", w[1], "entry", w[2]);
	if (n == 3 && !strcmp(w[0], "load"))
		return load(w[1], w[2]);
	return cli_usage(
		"table: expected `show [NAME]', `set NAME ENTRY', `del NAME ENTRY' or `load NAME FILE' (an entry with "
		"blanks in quotes); see `batchy-agent table --help'");
}
