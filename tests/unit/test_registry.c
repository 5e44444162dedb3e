// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of classes: names, descriptions, argument tables; each class is in the README and in a tested pipeline. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/bench/subjects.h"
#include "user/element/registry.h"

#define TEXT_MAX (1 << 20)

/* All files of a pattern, one after the other. */
static char *read_all(const char *pattern)
{
	char *text = calloc(1, TEXT_MAX);
	size_t n = 0, i;
	glob_t files;
	FILE *f;

	if (!text || glob(pattern, GLOB_BRACE, NULL, &files))
		fail_msg("%s: run from the top of the tree", pattern);
	for (i = 0; i < files.gl_pathc; i++) {
		f = fopen(files.gl_pathv[i], "r");
		assert_non_null(f);
		n += fread(text + n, 1, TEXT_MAX - 1 - n, f);
		fclose(f);
	}
	globfree(&files);
	return text;
}

/* Whether a word stands in a text, apart from letters and digits. */
static int has_word(const char *text, const char *word)
{
	size_t n = strlen(word);
	const char *s;

	for (s = strstr(text, word); s; s = strstr(s + 1, word))
		if ((s == text || !isalnum((unsigned char)s[-1])) && !isalnum((unsigned char)s[n]))
			return 1;
	return 0;
}

static void every_class_is_in(const char *path)
{
	char *text = read_all(path);
	int i;

	for (i = 0; bty_classes[i]; i++)
		if (!has_word(text, bty_classes[i]->name))
			fail_msg("%s does not mention %s", path, bty_classes[i]->name);
	free(text);
}

static void is_documented(void **state)
{
	every_class_is_in("README.md");
}

static void is_in_a_tested_pipeline(void **state)
{
	/* one names a capture, which test_pcap.sh makes */
	every_class_is_in("{tests/pipelines/[gn]*/*.click,tests/cli/test_pcap.sh}");
}

/* A packet element that runs in XDP is where the two builds are compared from end to end. */
static void runs_in_both_builds(void **state)
{
	char *text = read_all("tests/packets/pipelines/every-class-in-xdp.click");
	int i;

	for (i = 0; bty_classes[i]; i++)
		if (bty_classes[i]->kind == BTY_KIND_PACKET && (bty_classes[i]->places & BTY_PLACE_XDP) &&
		    !has_word(text, bty_classes[i]->name))
			fail_msg("every-class-in-xdp.click does not use %s", bty_classes[i]->name);
	free(text);
}

/* `make bench` has a line for it; and nothing that is no class. */
static void is_measured(void **state)
{
	size_t n;
	int i;

	for (i = 0; bty_classes[i]; i++) {
		for (n = 0; n < NSUBJECTS && bty_class_find(subjects[n].class_name) != bty_classes[i]; n++)
			;
		if (bty_classes[i]->kind == BTY_KIND_PACKET && n == NSUBJECTS)
			fail_msg("tests/bench/subjects.h does not have %s", bty_classes[i]->name);
	}
	for (n = 0; n < NSUBJECTS; n++)
		if (!bty_class_find(subjects[n].class_name))
			fail_msg("tests/bench/subjects.h: %s: no such class", subjects[n].class_name);
}

/* In XDP against natively, alone and not only in a pipeline. */
static void is_compared_alone(void **state)
{
	char *text = read_all("tests/packets/test_{bpf_native,state}.c"), name[64];
	int i;

	for (i = 0; bty_classes[i]; i++) {
		snprintf(name, sizeof(name), "\"%s\"", bty_classes[i]->name);
		if (bty_classes[i]->kind == BTY_KIND_PACKET && (bty_classes[i]->places & BTY_PLACE_XDP) &&
		    !strstr(text, name))
			fail_msg("neither test_bpf_native nor test_state has a case for %s", bty_classes[i]->name);
	}
	free(text);
}

/* What it is compared with, and where; the places are there. */
static void has_a_reference(void **state)
{
	char *text = read_all("tests/README.md"), *table = strstr(text, "<!-- references -->"), row[64], *at;
	char name[128], path[256];
	glob_t files;
	int i, n;

	assert_non_null(table);
	assert_non_null(strstr(table, "<!-- end of references -->"));
	*strstr(table, "<!-- end of references -->") = 0;
	for (i = 0; bty_classes[i]; i++) {
		snprintf(row, sizeof(row), "\n| %s | ", bty_classes[i]->name);
		if (!strstr(table, row))
			fail_msg("tests/README.md does not say what %s is compared with", bty_classes[i]->name);
	}
	for (at = strchr(table, '`'); at; at = strchr(at + n + 1, '`')) {
		n = 0;
		assert_int_equal(sscanf(at, "`%127[^`]`%n", name, &n), 1);
		snprintf(path, sizeof(path), "tests/%s.{c,sh}", name);
		if (glob(path, GLOB_BRACE, NULL, &files) || !files.gl_pathc)
			fail_msg("tests/README.md: %s: no such test", name);
		globfree(&files);
	}
	free(text);
}

static void names_are_unique(void **state)
{
	char aliases[256], *alias, *save;
	int i;

	for (i = 0; bty_classes[i]; i++) {
		assert_ptr_equal(bty_class_find(bty_classes[i]->name), bty_classes[i]);
		snprintf(aliases, sizeof(aliases), "%s", bty_classes[i]->alias ? bty_classes[i]->alias : "");
		for (alias = strtok_r(aliases, " ", &save); alias; alias = strtok_r(NULL, " ", &save))
			assert_ptr_equal(bty_class_find(alias), bty_classes[i]);
	}
	assert_null(bty_class_find(""));
	assert_null(bty_class_find("Nothing"));
}

static void descriptions_are_whole(void **state)
{
	const struct bty_class *c;
	const struct bty_arg *a;
	int i, place;

	for (i = 0; bty_classes[i]; i++) {
		c = bty_classes[i];
		assert_non_null(c->summary);
		assert_true(c->kind == BTY_KIND_INFO || c->source);
		assert_true(c->nout_min <= c->nout_max && c->nout_max <= BTY_MAX_OUT);
		assert_true(c->args_size <= BTY_ARGS_SIZE);
		assert_int_equal(!!c->process, c->kind == BTY_KIND_PACKET && !bty_is_source(c));
		assert_true(c->kind == BTY_KIND_INFO || c->ports);
		for (a = c->args, place = 0; a && a->what && c->kind != BTY_KIND_INFO; a++) {
			assert_true(a->offset < c->args_size && a->given_offset < c->args_size);
			assert_true(!a->positional || a->positional == place + 1);
			place += a->positional > 0;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_documented),	  cmocka_unit_test(is_in_a_tested_pipeline),
		cmocka_unit_test(runs_in_both_builds),	  cmocka_unit_test(names_are_unique),
		cmocka_unit_test(descriptions_are_whole), cmocka_unit_test(is_measured),
		cmocka_unit_test(is_compared_alone),	  cmocka_unit_test(has_a_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
