// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IPLookup's tables: routes are filled in by ascending prefix length, so that each overwrites the shorter ones it lies in.
 * Called through bty_iplookup_tables when a pipeline is read, loaded and updated.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <elements/iplookup.h>

#include "entries.h"
#include "routes.h"

#define HOP_HASH (2 * IPLOOKUP_MAX_HOPS)
#define LENGTHS	 129

struct lookup {
	const struct iplookup_route **r; /* by ascending length */
	size_t n;
	uint16_t *hop_of;   /* next hop of each */
	unsigned int nhops; /* with number 0, which means none */
	struct iplookup_hop hop[IPLOOKUP_MAX_HOPS];
	uint16_t hash[HOP_HASH];
	unsigned int ngroups, nv6;
};

static int hop_number(struct lookup *l, const struct iplookup_route *r, struct bty_err *err)
{
	struct iplookup_hop h = { .gateway = r->gateway, .port = r->port };
	unsigned int i = ((h.gateway ^ h.port << 28) * 2654435769u) >> 20;

	for (;; i++) {
		i %= HOP_HASH;
		if (!l->hash[i])
			break;
		if (!memcmp(&l->hop[l->hash[i]], &h, sizeof(h)))
			return l->hash[i];
	}
	if (l->nhops == IPLOOKUP_MAX_HOPS)
		return bty_fail(err, -E2BIG, "more than %d distinct pairs of gateway and port", IPLOOKUP_MAX_HOPS - 1);
	l->hash[i] = l->nhops;
	l->hop[l->nhops] = h;
	return l->nhops++;
}

static uint32_t ipv4(const struct iplookup_route *r)
{
	uint32_t addr;

	memcpy(&addr, r->addr, sizeof(addr));
	return ntohl(addr);
}

static void sort_by_length(struct lookup *l, const struct bty_entries *e)
{
	const struct iplookup_route *r;
	size_t at[LENGTHS + 1] = { 0 }, i;

	for (i = 0; i < e->n; i++) {
		r = bty_entry(e, i);
		at[r->len + 1]++;
	}
	for (i = 1; i < LENGTHS; i++)
		at[i] += at[i - 1];
	for (i = 0; i < e->n; i++) {
		r = bty_entry(e, i);
		l->r[at[r->len]++] = r;
	}
	l->n = e->n;
}

/* Counts what the limits are about and numbers the next hops. */
static int count_routes(struct lookup *l, struct bty_err *err)
{
	uint8_t *seen = calloc(1 << 24, 1); /* /24 networks that need a group */
	const struct iplookup_route *r;
	int hop = 0;
	size_t i;

	if (!seen)
		return bty_fail(err, -ENOMEM, "no memory for %zu routes", l->n);
	l->nhops = 1;
	for (i = 0; i < l->n && hop >= 0; i++) {
		r = l->r[i];
		hop = hop_number(l, r, err);
		l->hop_of[i] = hop;
		if (r->v6) {
			l->nv6++;
		} else if (r->len > 24) {
			l->ngroups += !seen[ipv4(r) >> 8];
			seen[ipv4(r) >> 8] = 1;
		}
	}
	free(seen);
	if (hop < 0)
		return hop;
	if (l->nv6 > IPLOOKUP_MAX_V6)
		return bty_fail(err, -E2BIG, "%u IPv6 routes; at most %d are possible", l->nv6, IPLOOKUP_MAX_V6);
	if (l->ngroups > IPLOOKUP_MAX_GROUPS)
		return bty_fail(err, -E2BIG, "%u /24 networks hold longer prefixes; at most %d may", l->ngroups,
				IPLOOKUP_MAX_GROUPS);
	return 0;
}

static void release(void *priv)
{
	struct lookup *l = priv;

	if (!l)
		return;
	free(l->r);
	free(l->hop_of);
	free(l);
}

static int plan(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		struct bty_err *err)
{
	struct iplookup_args *a = args;
	struct lookup *l = calloc(1, sizeof(*l));
	int ret;

	*priv = l;
	if (!l)
		return bty_fail(err, -ENOMEM, "no memory for a routing table");
	l->r = calloc(e->n + 1, sizeof(struct iplookup_route *));
	l->hop_of = calloc(e->n + 1, sizeof(*l->hop_of));
	if (!l->r || !l->hop_of)
		return bty_fail(err, -ENOMEM, "no memory for %zu routes", e->n);
	sort_by_length(l, e);
	ret = count_routes(l, err);
	if (ret)
		return ret;
	a->nroutes = e->n;
	spec[0] = (struct bty_table_spec){ .nrows = 1 << 16, .row_size = IPLOOKUP_ROW_SIZE };
	spec[1] = (struct bty_table_spec){ .nrows = IPLOOKUP_FIRST_GROUP + l->ngroups, .row_size = IPLOOKUP_ROW_SIZE };
	return 0;
}

static void set_entries(uint16_t *e, size_t n, uint16_t value)
{
	while (n--)
		*e++ = value;
}

static void fill_ipv4(const struct lookup *l, uint16_t *dir, uint16_t *groups)
{
	const struct iplookup_route *r;
	uint16_t *e, ngroups = 0;
	uint32_t addr;
	size_t i;

	for (i = 0; i < l->n; i++) {
		r = l->r[i];
		if (r->v6)
			continue;
		addr = ipv4(r);
		e = &dir[addr >> 8];
		if (r->len <= 24) {
			set_entries(e, 1u << (24 - r->len), l->hop_of[i]);
			continue;
		}
		if (!(*e & IPLOOKUP_LONG)) {
			set_entries(groups + 256 * ngroups, 256, *e);
			*e = IPLOOKUP_LONG | ngroups++;
		}
		set_entries(groups + 256 * (*e & ~IPLOOKUP_LONG) + (addr & 0xff), 1u << (32 - r->len), l->hop_of[i]);
	}
}

/* Longest first. */
static void fill_ipv6(const struct lookup *l, struct iplookup_v6 *v6)
{
	const struct iplookup_route *r;
	uint8_t mask[16];
	size_t i;
	int k;

	for (i = l->n; i-- > 0;) {
		r = l->r[i];
		if (!r->v6)
			continue;
		for (k = 0; k < 16; k++)
			mask[k] = r->len >= 8 * (k + 1) ? 0xff : r->len > 8 * k ? 0xff << (8 * (k + 1) - r->len) : 0;
		memcpy(v6->mask, mask, sizeof(mask));
		memcpy(v6->addr, r->addr, sizeof(v6->addr));
		v6->hop = l->hop_of[i];
		v6++;
	}
}

static int fill(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		struct bty_err *err)
{
	const struct lookup *l = priv;

	memcpy(rows[1], l->hop, sizeof(l->hop));
	fill_ipv4(l, (uint16_t *)rows[0], (uint16_t *)(rows[1] + IPLOOKUP_FIRST_GROUP * IPLOOKUP_ROW_SIZE));
	fill_ipv6(l, (struct iplookup_v6 *)(rows[1] + IPLOOKUP_FIRST_V6 * IPLOOKUP_ROW_SIZE));
	return 0;
}

static int port(const void *entry)
{
	return ((const struct iplookup_route *)entry)->port;
}

const struct bty_table_ops bty_iplookup_tables = {
	.noun = "route",
	.entry_size = sizeof(struct iplookup_route),
	.key_size = offsetof(struct iplookup_route, port),
	.parse = bty_route_parse,
	.print = bty_route_print,
	.port = port,
	.plan = plan,
	.fill = fill,
	.release = release,
};
