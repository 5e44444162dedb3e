// SPDX-License-Identifier: GPL-2.0-or-later
/* The projection of the controller projgrad: what it must be, on random constraints of few variables, some of which follow from others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "user/decide/project.h"

static uint64_t seed = 88172645463325252ULL;

static double uniform(double low, double high)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

/* Returns a row with up to `most` entries whose sizes are far from each other, as those of queues of all rates are. */
static int random_row(struct bty_project *p, int most)
{
	int row = bty_project_row(p), k, v;

	for (k = 0; k < most; k++) {
		v = (int)uniform(0, p->n);
		if (!(p->mask[row] >> v & 1))
			bty_project_set(p, row, v, exp(uniform(0, 9)));
	}
	return row;
}

/* The same row again, times 3. */
static void twin_row(struct bty_project *p, int of)
{
	int row = bty_project_row(p), v;

	for (v = 0; v < p->n; v++)
		if (p->mask[of] >> v & 1)
			bty_project_set(p, row, v, 3 * p->row[of][v]);
}

static double part(const struct bty_project *p, int row, int v)
{
	return p->mask[row] >> v & 1 ? p->row[row][v] : 0;
}

static void check(const struct bty_project *p, const double *gradient)
{
	double sum, length, size = 0, left;
	int v, row;

	for (v = 0; v < p->n; v++)
		size = fmax(size, fabs(gradient[v]));
	for (row = 0; row < p->nrows; row++) {
		for (v = 0, sum = length = 0; v < p->n; v++) {
			sum += part(p, row, v) * p->d[v];
			length += fabs(part(p, row, v));
		}
		if (fabs(sum) > 1e-7 * length * size)
			fail_msg("row %d: not orthogonal, %g of %g", row, sum, length * size);
	}
	/* together they are what the gradient was, compared with the largest of what is added up */
	for (row = 0, length = size; row < p->nrows; row++)
		for (v = 0; v < p->n; v++)
			length = fmax(length, fabs(p->multiplier[row] * part(p, row, v)));
	for (v = 0; v < p->n; v++) {
		for (row = 0, left = -gradient[v] - p->d[v]; row < p->nrows; row++)
			left -= p->multiplier[row] * part(p, row, v);
		if (fabs(left) > 1e-7 * length)
			fail_msg("variable %d of %d: %g of %g is left", v, p->n, left, length);
	}
}

static void projections(void **state)
{
	struct bty_project *p = calloc(1, sizeof(*p));
	double gradient[BTY_MAX_QUEUES];
	int i, k, v, rows, zero = 0, any;

	for (i = 0; i < 2000; i++) {
		p->n = 1 + (int)uniform(0, BTY_MAX_QUEUES);
		p->nrows = 0;
		rows = (int)uniform(0, 2 * p->n);
		for (k = 0; k < rows; k++) {
			v = random_row(p, uniform(0, 1) < 0.3 ? 1 : 3);
			if (uniform(0, 1) < 0.1)
				twin_row(p, v);
		}
		for (v = 0; v < p->n; v++)
			gradient[v] = -exp(uniform(-3, 3));
		any = bty_project(p, gradient);
		check(p, gradient);
		for (v = 0; !any && v < p->n; v++)
			assert_true(p->d[v] == 0);
		zero += !any;
		if (!p->nrows)
			continue;
		/* one that is let go says nothing any more */
		bty_project_drop(p, 0);
		bty_project(p, gradient);
		assert_true(p->multiplier[0] == 0);
		check(p, gradient);
	}
	/* nothing was left free in some, something in others */
	print_message("%d of 2000 gradients had nowhere to go\n", zero);
	assert_true(zero > 50 && zero < 1900);
	free(p);
}

/* The first of rows that say the same has the multiplier: the one whose sign decides. */
static void the_first_of_equals_counts(void **state)
{
	struct bty_project *p = calloc(1, sizeof(*p));
	const double gradient[2] = { -2, -1 };

	p->n = 2;
	bty_project_set(p, bty_project_row(p), 0, 1);
	bty_project_set(p, bty_project_row(p), 0, 4);
	bty_project_set(p, bty_project_row(p), 0, -1);
	assert_int_equal(bty_project(p, gradient), 1);
	assert_true(p->multiplier[0] == 2 && p->multiplier[1] == 0 && p->multiplier[2] == 0);
	assert_true(p->d[0] == 0 && p->d[1] == 1);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(projections),
		cmocka_unit_test(the_first_of_equals_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
