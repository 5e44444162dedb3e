// SPDX-License-Identifier: GPL-2.0-or-later
/* RateLimiter's arguments, in ticks, and how many buckets there are. Called when a pipeline is read and loaded. */
#include <math.h>
#include <string.h>
#include <elements/ratelimiter.h>

#include "table.h"
#include "user/config/conf.h"

static const char *const keys[] = { "src", "dst", "anno", "all" };

int bty_ratelimiter_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	struct ratelimiter_args *a = args;
	double ticks = 1e9 * RATELIMITER_PER_NS;
	uint32_t sets = 1;

	if (!a->rate_pps && !a->bitrate_bps)
		return bty_conf_fail(conf, -1, err,
				     "no rate: expected RATE, as RATE 10kpps, BITRATE, as BITRATE 10Mbps, or both");
	for (a->by = 0; strcmp(a->key, keys[a->by]); a->by++)
		if (a->by == RATELIMITER_ALL)
			return bty_conf_fail(conf, -1, err, "KEY '%s': expected src, dst, anno or all", a->key);
	if (a->rate_pps) {
		a->pkt_cost = llround(ticks / a->rate_pps);
		a->pkt_burst = a->pkt_cost * a->burst_pkts;
	}
	if (a->bitrate_bps) {
		a->byte_cost = llround(8 * ticks / a->bitrate_bps * (1 << RATELIMITER_COST_SH));
		a->byte_burst = llround(8 * ticks / a->bitrate_bps * a->burst_bytes);
	}
	while (a->by != RATELIMITER_ALL && sets * RATELIMITER_WAYS < 2 * a->users)
		sets *= 2;
	a->set_mask = sets - 1;
	a->has_excess_port = nconnected > 1;
	return 0;
}

static int plan(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		struct bty_err *err)
{
	const struct ratelimiter_args *a = args;

	spec[0] = (struct bty_table_spec){ .nrows = a->set_mask + 2,
					   .row_size = sizeof(struct ratelimiter_set),
					   .kept = 1 };
	return 0;
}

static int fill(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		struct bty_gateways *gateways, struct bty_err *err)
{
	return 0; /* full, and nobody's */
}

const struct bty_table_ops bty_ratelimiter_tables = { .plan = plan, .fill = fill };
