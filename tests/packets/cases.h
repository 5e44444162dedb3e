/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which tests of a program BTY_CASES chooses; included by programs that have one test for each case or pipeline. */
#ifndef TESTS_PACKETS_CASES_H
#define TESTS_PACKETS_CASES_H

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* Runs those of the n tests whose name is like BTY_CASES, or all. Returns how many failed; 1 when no name is like it. */
static inline int run_cases(const char *group, const struct CMUnitTest *tests, size_t n)
{
	const char *like = getenv("BTY_CASES");
	size_t i;

	for (i = 0; like && i < n && fnmatch(like, tests[i].name, 0); i++)
		;
	if (i == n) {
		fprintf(stderr, "BTY_CASES='%s': no case of %s is called like this\n", like, group);
		return 1;
	}
	cmocka_set_test_filter(like);
	return _cmocka_run_group_tests(group, tests, n, NULL, NULL);
}

#endif
