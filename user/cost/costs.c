// SPDX-License-Identifier: GPL-2.0-or-later
/* Costs of elements when nothing was profiled. Called by user/observe on the main thread. */
#include <errno.h>

#include "cost.h"

enum bty_cost_match bty_costs_find(const struct bty_costs *c, const struct bty_element *el, struct bty_cost_fit *fit)
{
	return BTY_COST_NONE;
}

int bty_costs_io(const struct bty_costs *c, enum bty_cost_io io, struct bty_cost_fit *fit)
{
	return -ENODATA;
}
