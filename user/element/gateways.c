// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers for IPv6 gateways; called when route tables are filled. */
#include <errno.h>
#include <string.h>

#include "gateways.h"

int bty_gateway_number(struct bty_gateways *g, const uint8_t addr[16], struct bty_err *err)
{
	uint32_t i;

	for (i = 1; i <= g->n; i++)
		if (!memcmp(g->addr[i], addr, 16))
			return i;
	if (i == BTY_MAX_GATEWAYS)
		return bty_fail(
			err, -E2BIG,
			"more than %d IPv6 gateways since the pipeline was attached: detach and attach to number them "
			"anew",
			BTY_MAX_GATEWAYS - 1);
	memcpy(g->addr[i], addr, 16);
	g->n = i;
	return i;
}
