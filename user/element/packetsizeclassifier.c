// SPDX-License-Identifier: GPL-2.0-or-later
/* PacketSizeClassifier's bounds. Called when a pipeline is read. */
#include <elements/packetsizeclassifier.h>

#include "../lib/units.h"
#include "user/config/conf.h"

#define MAX_BOUND 65535

int bty_packetsizeclassifier_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	struct packetsizeclassifier_args *a = args;
	uint64_t bound, last = 0;
	int i;

	if (conf->n > BTY_MAX_OUT - 1)
		return bty_conf_fail(conf, BTY_MAX_OUT - 1, err, "%d bounds; an element has at most %d outputs",
				     conf->n, BTY_MAX_OUT);
	for (i = 0; i < BTY_MAX_OUT; i++)
		a->below[i] = UINT32_MAX;
	for (i = 0; i < conf->n; i++) {
		if (bty_parse_u64(conf->arg[i].text, &bound) || bound <= last || bound > MAX_BOUND)
			return bty_conf_fail(conf, i, err, "'%.40s': expected a length from %u to %u bytes",
					     conf->arg[i].text, (unsigned int)last + 1, MAX_BOUND);
		a->below[i] = last = bound;
	}
	if (!conf->n) {
		a->below[0] = 128;
		a->below[1] = 512;
	}
	*nout = conf->n ? conf->n + 1 : 3;
	return 0;
}
