// SPDX-License-Identifier: GPL-2.0-or-later
/* ICMPError's arguments: what TYPE and CODE stand for in either protocol, and its token bucket. Called when a pipeline is read. */
#include <stdio.h>
#include <string.h>
#include <elements/icmperror.h>

#include "table.h"
#include "user/config/conf.h"

#define SECOND_NS 1000000000ULL

/*
 * Codes of an ICMP type: Click's name for each, ours for type and code together where there is one, and what says the same in
 * ICMPv6 (RFC 7915 4.2, but a host that is unreachable is one, as the kernel has it; type6 0: nothing does).
 */
struct code {
	const char *name, *ours;
	uint8_t type6, code6, reason;
};

static const struct code unreachable[] = {
	{ "net", "net-unreachable", BTY_ICMP6_UNREACH, 0, BTY_DROP_NO_ROUTE },
	{ "host", "host-unreachable", BTY_ICMP6_UNREACH, 3, BTY_DROP_NO_ROUTE },
	{ "protocol", NULL, BTY_ICMP6_PARAM, 1, BTY_DROP_NO_MATCH },
	{ "port", "port-unreachable", BTY_ICMP6_UNREACH, 4, BTY_DROP_NO_MATCH },
	{ "needfrag", "too-big", BTY_ICMP6_TOO_BIG, 0, BTY_DROP_TOO_BIG },
	{ "srcroutefail", NULL, BTY_ICMP6_UNREACH, 0, BTY_DROP_NO_ROUTE },
	{ "netunknown", NULL, BTY_ICMP6_UNREACH, 0, BTY_DROP_NO_ROUTE },
	{ "hostunknown", NULL, BTY_ICMP6_UNREACH, 0, BTY_DROP_NO_ROUTE },
	{ "isolated", NULL, BTY_ICMP6_UNREACH, 0, BTY_DROP_NO_ROUTE },
	{ "netprohibited", NULL, BTY_ICMP6_UNREACH, 1, BTY_DROP_NO_MATCH },
	{ "hostprohibited", NULL, BTY_ICMP6_UNREACH, 1, BTY_DROP_NO_MATCH },
	{ "tosnet", NULL, BTY_ICMP6_UNREACH, 0, BTY_DROP_NO_ROUTE },
	{ "toshost", NULL, BTY_ICMP6_UNREACH, 0, BTY_DROP_NO_ROUTE },
	{ "filterprohibited", "prohibited", BTY_ICMP6_UNREACH, 1, BTY_DROP_NO_MATCH },
	{ "hostprecedence", NULL, 0, 0, BTY_DROP_NO_MATCH },
	{ "precedencecutoff", NULL, BTY_ICMP6_UNREACH, 1, BTY_DROP_NO_MATCH },
};

static const struct code timeexceeded[] = {
	{ "transit", "time-exceeded", BTY_ICMP6_TIME, 0, BTY_DROP_TTL_EXPIRED },
	{ "reassembly", NULL, BTY_ICMP6_TIME, 1, BTY_DROP_TTL_EXPIRED },
};

static const struct type {
	const char *name;
	uint8_t type, ncodes;
	const struct code *code;
} types[] = {
	{ "unreachable", BTY_ICMP_UNREACH, 16, unreachable },
	{ "timeexceeded", BTY_ICMP_TIME, 2, timeexceeded },
};

#define NTYPES (sizeof(types) / sizeof(types[0]))

/* A name or its number. */
static int is_called(const char *text, const char *name, unsigned int number)
{
	char digits[8];

	snprintf(digits, sizeof(digits), "%u", number);
	return !strcmp(text, name) || !strcmp(text, digits);
}

/* TYPE and CODE as Click has them; CODE is 0 when not given. Returns the code, or -1 for what is none of the type's. */
static int find_code(const struct type *t, const struct icmperror_args *a)
{
	int i;

	for (i = 0; a->has_code && i < t->ncodes; i++)
		if (is_called(a->code_name, t->code[i].name, i))
			return i;
	return a->has_code ? -1 : 0;
}

/* TYPE as we have it. Returns the code, or -1. */
static int find_ours(const struct type *t, const struct icmperror_args *a)
{
	int i;

	for (i = 0; i < t->ncodes; i++)
		if (t->code[i].ours && !strcmp(t->code[i].ours, a->name))
			return i;
	return -1;
}

/* Returns the type, with *code of it or -1; NULL for none. */
static const struct type *find_type(const struct icmperror_args *a, int *code)
{
	const struct type *t;

	for (t = types; t < types + NTYPES; t++) {
		*code = find_ours(t, a);
		if (*code >= 0)
			return t;
		*code = find_code(t, a);
		if (is_called(a->name, t->name, t->type))
			return t;
	}
	return NULL;
}

static int set_code(const struct bty_conf *conf, struct icmperror_args *a, uint8_t type, const struct code *c, int code,
		    struct bty_err *err)
{
	a->type = type;
	a->code = code;
	a->type6 = c->type6;
	a->code6 = c->code6;
	a->reason = c->reason;
	/* of what is unknown: the next header, in the fixed one */
	a->rest6 = c->type6 == BTY_ICMP6_PARAM ? offsetof(struct bty_ipv6, next) : a->mtu;
	if (a->has_src6 && !c->type6)
		return bty_conf_fail(conf, -1, err, "CODE %s: ICMPv6 has none that says it; leave the IPv6 address out",
				     a->code_name);
	if (a->has_mtu != (a->reason == BTY_DROP_TOO_BIG))
		return bty_conf_fail(conf, -1, err,
				     a->has_mtu ? "MTU goes with TYPE too-big only"
						: "TYPE too-big: expected MTU, as MTU 1500");
	return 0;
}

static int check_type(const struct bty_conf *conf, struct icmperror_args *a, struct bty_err *err)
{
	const struct type *t;
	int code;

	t = find_type(a, &code);
	if (!t)
		return bty_conf_fail(
			conf, -1, err,
			"TYPE '%s': expected time-exceeded, net-unreachable, host-unreachable, "
			"port-unreachable, prohibited or too-big; or unreachable or timeexceeded with a CODE",
			a->name);
	if (code < 0)
		return bty_conf_fail(conf, -1, err, "CODE '%s': expected 0 to %d, or a name, as %s", a->code_name,
				     t->ncodes - 1, t->code[t->ncodes - 1].name);
	if (a->has_code && find_ours(t, a) >= 0)
		return bty_conf_fail(conf, -1, err, "TYPE %s has its code; CODE goes with unreachable and timeexceeded",
				     a->name);
	return set_code(conf, a, t->type, &t->code[code], code, err);
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
