// SPDX-License-Identifier: GPL-2.0-or-later
/* user/lib/hist: bucket error, quantiles, windows. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "user/lib/hist.h"

static void error_is_below_a_sixteenth(void **state)
{
	struct bty_hist h;
	uint64_t v, q;

	for (v = 1; v < 1ULL << 35; v = v * 9 / 8 + 1) {
		memset(&h, 0, sizeof(h));
		bty_hist_add(&h, v);
		h.max_ns = UINT64_MAX; /* so that the edge itself is seen */
		q = bty_hist_quantile(&h, 0.5);
		assert_true(q >= v);
		assert_true(q - v <= v / 16);
	}
}

static void buckets_ascend(void **state)
{
	unsigned int last = 0, i;
	uint64_t v;

	for (v = 0; v < 1 << 20; v++) {
		i = bty_hist_index(v);
		assert_true(i == last || i == last + 1);
		last = i;
	}
	assert_int_equal(bty_hist_index(UINT64_MAX), BTY_HIST_BUCKETS - 1);
}

static void quantiles_of_a_ramp(void **state)
{
	static struct bty_hist h;
	uint64_t v;

	for (v = 1; v <= 10000; v++)
		bty_hist_add(&h, v);
	assert_in_range(bty_hist_quantile(&h, 0.50), 5000, 5313);
	assert_in_range(bty_hist_quantile(&h, 0.95), 9500, 10000);
	assert_int_equal(bty_hist_quantile(&h, 1.0), 10000);
}

static void diff_is_the_window(void **state)
{
	static struct bty_hist a, b, d;

	bty_hist_add(&a, 1000000);
	b = a;
	bty_hist_add(&b, 10);
	bty_hist_diff(&d, &b, &a);
	assert_int_equal(d.count, 1);
	assert_int_equal(bty_hist_quantile(&d, 0.99), 10);
}

/* From the top it finds what the difference has. */
static void quantiles_of_a_window(void **state)
{
	static const double q[] = { 0, 0.5, 0.9, 0.95, 0.999, 1 };
	static struct bty_hist now, before, d;
	uint64_t r = 1;
	size_t k;
	int i, n;

	assert_int_equal(bty_hist_quantile_since(&now, &before, 0.5), 0);
	for (n = 1; n < 400; n++) {
		for (i = 0; i < n; i++) {
			r = r * 6364136223846793005ULL + 1442695040888963407ULL;
			bty_hist_add(&now, (r >> 33) >> (r >> 28) % 24);
		}
		bty_hist_diff(&d, &now, &before);
		for (k = 0; k < sizeof(q) / sizeof(q[0]); k++)
			assert_int_equal(bty_hist_quantile_since(&now, &before, q[k]), bty_hist_quantile(&d, q[k]));
		before = now;
	}
}

static void empty_is_zero(void **state)
{
	static struct bty_hist h;

	assert_int_equal(bty_hist_quantile(&h, 0.5), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_is_below_a_sixteenth), cmocka_unit_test(buckets_ascend),
		cmocka_unit_test(quantiles_of_a_ramp),	      cmocka_unit_test(diff_is_the_window),
		cmocka_unit_test(quantiles_of_a_window),      cmocka_unit_test(empty_is_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
