// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every file of tests/pipelines/bad is refused at the line and column, and with the words, of its first line:
 * `// expect: LINE:COLUMN: TEXT`. A test for each file; run from the top of the tree.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "user/placement/placement.h"

#define AT_LEAST 100 /* files; a glob that finds none must not pass */

static const struct bty_set sets[] = {
	{ "SRC", "02:00:00:00:00:01" },
	{ "DST", "02:00:00:00:00:02" },
};

static void read_expectation(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_non_null(fgets(line, size, f));
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
}

static void is_refused(void **state)
{
	static const char prefix[] = "// expect: ";
	char line[512], expected[1024];
	const char *path = *state;
	struct bty_graph *g = NULL;
	struct bty_err err = { "" };

	read_expectation(path, line, sizeof(line));
	assert_memory_equal(line, prefix, strlen(prefix));
	assert_int_equal(bty_place_file(path, "eth0", sets, 2, &g, &err), -EINVAL);
	assert_null(g);
	snprintf(expected, sizeof(expected), "%s:%s", path, line + strlen(prefix));
	if (strncmp(err.msg, expected, strlen(expected)))
		fail_msg("\n  said     %s\n  expected %s", err.msg, expected);
}

int main(void)
{
	struct CMUnitTest *tests;
	glob_t files;
	size_t i;
	int r;

	if (glob("tests/pipelines/bad/*.click", 0, NULL, &files) || files.gl_pathc < AT_LEAST) {
		fprintf(stderr, "tests/pipelines/bad: expected %d files at least; run from the top of the tree\n",
			AT_LEAST);
		return 1;
	}
	tests = calloc(files.gl_pathc, sizeof(*tests));
	if (!tests)
		return 1;
	for (i = 0; i < files.gl_pathc; i++)
		tests[i] = (struct CMUnitTest){ .name = strrchr(files.gl_pathv[i], '/') + 1,
						.test_func = is_refused,
						.initial_state = files.gl_pathv[i] };
	r = _cmocka_run_group_tests("bad_pipelines", tests, files.gl_pathc, NULL, NULL);
	free(tests);
	globfree(&files);
	return r;
}
