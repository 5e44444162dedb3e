// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every file of tests/pipelines/good and nba and every profile is taken and printed, and its elements run where lines
 * `// place NAME TIER BACKEND` say. A test for each file; run from the top of the tree.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "user/graph/show.h"
#include "user/placement/placement.h"

#define AT_LEAST 15

static const struct bty_set sets[] = {
	{ "PEER", "eth1" },
	{ "OUT", "eth1" },
	{ "SRC", "02:00:00:00:00:01" },
	{ "DST", "02:00:00:00:00:02" },
	{ "BACK_SRC", "02:00:00:00:00:03" },
	{ "BACK_DST", "02:00:00:00:00:04" },
	{ "ADDR", "192.0.2.1" },
	{ "PEER_ADDR", "198.51.100.1" },
	{ "INPUTS", "eth1" },
	{ "TRIGGER", "8" },
	{ "PATH", "in q" },
};

static struct bty_graph *load(const char *path)
{
	struct bty_graph *g = NULL;
	struct bty_err err;

	if (bty_place_file(path, "eth0", sets, sizeof(sets) / sizeof(sets[0]), &g, &err))
		fail_msg("%s", err.msg);
	return g;
}

static void check_places(const struct bty_graph *g, const char *path)
{
	char line[512], name[BTY_NAME_LEN], place[32], backend[32];
	FILE *f = fopen(path, "r");
	int i;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "// place %31s %31s %31s", name, place, backend) != 3)
			continue;
		i = bty_graph_find(g, name);
		if (i < 0)
			fail_msg("%s: no element '%s'", path, name);
		assert_string_equal(bty_show_place(g->el[i].place), place);
		assert_string_equal(bty_show_backend(g->el[i].backend), backend);
	}
	fclose(f);
}

static size_t print(const struct bty_graph *g, void (*fn)(const struct bty_graph *g, FILE *f), char **out)
{
	size_t size;
	FILE *f = open_memstream(out, &size);

	assert_non_null(f);
	fn(g, f);
	fclose(f);
	return size;
}

/* Two readings of a file say the same, a line for each element. */
static void check_prints(const struct bty_graph *g, const struct bty_graph *again)
{
	char *a, *b, *c;
	int lines = 0;

	print(g, bty_graph_print, &a);
	print(again, bty_graph_print, &b);
	assert_string_equal(a, b);
	for (c = a; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, g->nel);
	free(a);
	free(b);
	print(g, bty_graph_print_dot, &a);
	print(again, bty_graph_print_dot, &b);
	assert_string_equal(a, b);
	free(a);
	free(b);
}

static void is_taken(void **state)
{
	struct bty_graph *g = load(*state), *again = load(*state);

	check_places(g, *state);
	check_prints(g, again);
	bty_graph_free(again);
	bty_graph_free(g);
}

int main(void)
{
	struct CMUnitTest *tests;
	glob_t files;
	size_t i;
	int r;

	if (glob("tests/pipelines/good/*.click", 0, NULL, &files) || files.gl_pathc < AT_LEAST ||
	    glob("tests/pipelines/nba/*.click", GLOB_APPEND, NULL, &files) ||
	    glob("profiles/*.click", GLOB_APPEND, NULL, &files)) {
		fprintf(stderr, "pipelines: expected %d good ones, and profiles; run from the top of the tree\n",
			AT_LEAST);
		return 1;
	}
	tests = calloc(files.gl_pathc, sizeof(*tests));
	if (!tests)
		return 1;
	for (i = 0; i < files.gl_pathc; i++)
		tests[i] = (struct CMUnitTest){ .name = strrchr(files.gl_pathv[i], '/') + 1,
						.test_func = is_taken,
						.initial_state = files.gl_pathv[i] };
	r = _cmocka_run_group_tests("good_pipelines", tests, files.gl_pathc, NULL, NULL);
	free(tests);
	globfree(&files);
	return r;
}
