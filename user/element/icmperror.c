// SPDX-License-Identifier: GPL-2.0-or-later
/* ICMPError's arguments: what TYPE stands for in either protocol, and its token bucket. Called when a pipeline is read. */
#include <string.h>
#include <elements/icmperror.h>

#include "table.h"
#include "user/config/conf.h"

#define SECOND_NS 1000000000ULL

static const struct {
	const char *name;
	uint8_t type, code, type6, code6, reason;
} types[] = {
	{ "time-exceeded", BTY_ICMP_TIME, 0, BTY_ICMP6_TIME, 0, BTY_DROP_TTL_EXPIRED },
	{ "net-unreachable", BTY_ICMP_UNREACH, 0, BTY_ICMP6_UNREACH, 0, BTY_DROP_NO_ROUTE },
	{ "host-unreachable", BTY_ICMP_UNREACH, 1, BTY_ICMP6_UNREACH, 3, BTY_DROP_NO_ROUTE },
	{ "port-unreachable", BTY_ICMP_UNREACH, 3, BTY_ICMP6_UNREACH, 4, BTY_DROP_NO_MATCH },
	{ "prohibited", BTY_ICMP_UNREACH, 13, BTY_ICMP6_UNREACH, 1, BTY_DROP_NO_MATCH },
	{ "too-big", BTY_ICMP_UNREACH, 4, BTY_ICMP6_TOO_BIG, 0, BTY_DROP_TOO_BIG },
};

#define NTYPES (sizeof(types) / sizeof(types[0]))

static int check_type(const struct bty_conf *conf, struct icmperror_args *a, struct bty_err *err)
{
	size_t i;

	for (i = 0; i < NTYPES && strcmp(types[i].name, a->name); i++)
		;
	if (i == NTYPES)
		return bty_conf_fail(conf, -1, err,
				     "TYPE '%s': expected time-exceeded, net-unreachable, host-unreachable, "
				     "port-unreachable, prohibited or too-big",
				     a->name);
	a->type = types[i].type;
	a->code = types[i].code;
	a->type6 = types[i].type6;
	a->code6 = types[i].code6;
	a->reason = types[i].reason;
	if (a->has_mtu != (a->reason == BTY_DROP_TOO_BIG))
		return bty_conf_fail(conf, -1, err,
				     a->has_mtu ? "MTU goes with TYPE too-big only"
						: "TYPE too-big: expected MTU, as MTU 1500");
	return 0;
}

int bty_icmperror_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	struct icmperror_args *a = args;

	if (a->has_src6 && (a->src.v6 || !a->src6.v6))
		return bty_conf_fail(conf, -1, err, "with SRC6, SRC is an IPv4 address and SRC6 an IPv6 one");
	if (a->src.v6)
		a->src6 = a->src;
	a->has_v4 = !a->src.v6;
	a->has_src6 = a->src6.v6;
	if (a->rate_pps) {
		a->token_ns = SECOND_NS / a->rate_pps;
		a->bucket_ns = a->token_ns * a->burst;
	}
	return check_type(conf, a, err);
}

static int plan(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		struct bty_err *err)
{
	spec[0] = (struct bty_table_spec){ .nrows = 1, .row_size = sizeof(struct icmperror_bucket), .kept = 1 };
	return 0;
}

static int fill(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		struct bty_gateways *gateways, struct bty_err *err)
{
	return 0; /* begins full */
}

const struct bty_table_ops bty_icmperror_tables = { .plan = plan, .fill = fill };
