// SPDX-License-Identifier: GPL-2.0-or-later
/* RandomSplit's weights: from numbers to thresholds. Called when a pipeline is read. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <elements/randomsplit.h>

#include "user/config/conf.h"

static int read_weight(const struct bty_conf *conf, int i, double *w, struct bty_err *err)
{
	const char *s = conf->arg[i].text;
	char *end;

	*w = strtod(s, &end);
	if (!(isdigit((unsigned char)*s) || *s == '.') || *end || !isfinite(*w))
		return bty_conf_fail(conf, i, err, "'%s': expected a weight, a number of 0 or more", s);
	return 0;
}

int bty_randomsplit_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	struct randomsplit_args *a = args;
	double w[BTY_MAX_OUT] = { 0 }, sum = 0, below = 0;
	int i, last = 0, ret;

	if (!conf->n)
		return bty_conf_fail(conf, -1, err, "expected a weight for each output, such as 1, 3");
	if (conf->n > BTY_MAX_OUT)
		return bty_conf_fail(conf, BTY_MAX_OUT, err, "%d weights; an element has at most %d outputs", conf->n,
				     BTY_MAX_OUT);
	for (i = 0; i < conf->n; i++) {
		ret = read_weight(conf, i, &w[i], err);
		if (ret)
			return ret;
		if (w[i] > 0)
			last = i;
		sum += w[i];
	}
	if (!(sum > 0) || !isfinite(sum))
		return bty_conf_fail(conf, 0, err, "the sum of the weights must be positive and finite");
	for (i = 0; i < BTY_MAX_OUT; i++) {
		below += w[i] / sum;
		/* rounding must neither leave a gap at the end nor give packets to a weight of 0 after it */
		a->below[i] = i < last ? (uint64_t)(below * 4294967296.0) : 1ULL << 32;
	}
	*nout = conf->n;
	return 0;
}
