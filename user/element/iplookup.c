// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IPLookup's arguments and its tables: routes are filled in by ascending prefix length, so that each overwrites the shorter
 * ones it lies in. configure() is called when a pipeline is read, the table functions when it is loaded.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <elements/iplookup.h>

#include "routes.h"
#include "table.h"
#include "user/config/argvalue.h"
#include "user/config/conf.h"

#define HOP_HASH (2 * IPLOOKUP_MAX_HOPS)

struct lookup {
	struct bty_routes routes; /* by ascending length */
	uint16_t *hop_of;	  /* next hop of each route */
	unsigned int nhops;	  /* with number 0, which means none */
	struct iplookup_hop hop[IPLOOKUP_MAX_HOPS];
	uint16_t hash[HOP_HASH];
	unsigned int ngroups, nv6, nout;
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

static unsigned int low_key(const struct iplookup_route *r)
{
	return ipv4(r) & 0xffff;
}

static unsigned int high_key(const struct iplookup_route *r)
{
	return ipv4(r) >> 16;
}

static unsigned int len_key(const struct iplookup_route *r)
{
	return r->len;
}

/* Routes of one key keep their order. */
static int sort_by(struct bty_routes *routes, unsigned int (*key)(const struct iplookup_route *r), struct bty_err *err)
{
	struct bty_routes sorted = { .n = routes->n, .size = routes->n };
	size_t *at = calloc(65537, sizeof(*at)), i;

	sorted.r = malloc(routes->n * sizeof(*sorted.r));
	if (!sorted.r || !at) {
		free(at);
		free(sorted.r);
		return bty_fail(err, -ENOMEM, "no memory for %zu routes", routes->n);
	}
	for (i = 0; i < routes->n; i++)
		at[key(&routes->r[i]) + 1]++;
	for (i = 1; i < 65537; i++)
		at[i] += at[i - 1];
	for (i = 0; i < routes->n; i++)
		sorted.r[at[key(&routes->r[i])]++] = routes->r[i];
	free(at);
	bty_routes_free(routes);
	*routes = sorted;
	return 0;
}

static int same_prefix(const struct iplookup_route *a, const struct iplookup_route *b)
{
	return a->v6 == b->v6 && a->len == b->len && !memcmp(a->addr, b->addr, sizeof(a->addr));
}

/*
 * Sorts by prefix length and leaves the last of equal IPv4 prefixes: so however many a file repeats, the tables are
 * filled once for each length at most.
 */
static int sort_routes(struct bty_routes *routes, struct bty_err *err)
{
	size_t i, n = 0;
	int ret = sort_by(routes, low_key, err);

	if (!ret)
		ret = sort_by(routes, high_key, err);
	if (!ret)
		ret = sort_by(routes, len_key, err);
	for (i = 0; !ret && i < routes->n; i++)
		if (i + 1 == routes->n || !same_prefix(&routes->r[i], &routes->r[i + 1]))
			routes->r[n++] = routes->r[i];
	routes->n = ret ? routes->n : n;
	return ret;
}

/* Counts what the limits are about and numbers the next hops. */
static int count_routes(struct lookup *l, struct bty_err *err)
{
	uint8_t *seen = calloc(1 << 24, 1); /* /24 networks that need a group */
	const struct iplookup_route *r;
	int hop = 0;
	size_t i;

	l->hop_of = calloc(l->routes.n, sizeof(*l->hop_of));
	if (!seen || !l->hop_of) {
		free(seen);
		return bty_fail(err, -ENOMEM, "no memory for %zu routes", l->routes.n);
	}
	l->nhops = 1;
	for (i = 0; i < l->routes.n && hop >= 0; i++) {
		r = &l->routes.r[i];
		hop = hop_number(l, r, err);
		l->hop_of[i] = hop;
		if (r->port >= l->nout)
			l->nout = r->port + 1;
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
	bty_routes_free(&l->routes);
	free(l->hop_of);
	free(l);
}

/* Reads what the arguments name. Returns 0 and *out, or -errno with err set. */
static int load(const struct iplookup_args *a, struct lookup **out, struct bty_err *err)
{
	struct lookup *l = calloc(1, sizeof(*l));
	uint32_t i;
	int ret = 0;

	*out = l;
	if (!l) {
		bty_fail(err, -ENOMEM, "no memory for a routing table");
		return -ENOMEM;
	}
	if (*a->file)
		ret = bty_routes_read(&l->routes, a->file, err);
	for (i = 0; !ret && i < a->nroutes; i++)
		ret = bty_routes_add(&l->routes, &a->route[i], err);
	if (!ret && !l->routes.n) {
		bty_fail(err, -EINVAL, "%s: no routes in it", a->file);
		ret = -EINVAL;
	}
	if (!ret)
		ret = sort_routes(&l->routes, err);
	if (!ret)
		ret = count_routes(l, err);
	if (ret)
		release(l);
	return ret;
}

static int read_arg(const struct bty_conf *conf, int i, struct iplookup_args *a, struct bty_err *err)
{
	static const struct bty_arg file = { .keyword = "FILE",
					     .what = "a file of routes",
					     .type = BTY_ARG_FILE,
					     .offset = offsetof(struct iplookup_args, file) };
	const char *s = conf->arg[i].text, *wrong;

	if (!strncmp(s, "FILE", 4) && (!s[4] || isspace((unsigned char)s[4]))) {
		if (*a->file)
			return bty_conf_fail(conf, i, err, "a second FILE; put all its routes in one");
		return bty_argvalue_set(conf, i, &file, s + 4 + strspn(s + 4, " \t\r\n"), a, err);
	}
	if (a->nroutes == IPLOOKUP_MAX_INLINE)
		return bty_conf_fail(conf, i, err, "more than %d routes; put them in a FILE", IPLOOKUP_MAX_INLINE);
	wrong = bty_route_parse(s, &a->route[a->nroutes++]);
	return wrong ? bty_conf_fail(conf, i, err, "'%s': %s, or FILE and a path", s, wrong) : 0;
}

int bty_iplookup_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	struct iplookup_args *a = args;
	struct bty_err why = { 0 };
	struct lookup *l;
	int i, ret;

	memset(a, 0, sizeof(*a));
	if (!conf->n)
		return bty_conf_fail(conf, -1, err,
				     "expected FILE and a path, or routes: PREFIX/LEN [GATEWAY] PORT, ...");
	for (i = 0; i < conf->n; i++) {
		ret = read_arg(conf, i, a, err);
		if (ret)
			return ret;
	}
	ret = load(a, &l, &why);
	if (ret)
		return bty_conf_fail(conf, -1, err, "%s", why.msg);
	*nout = a->nout = l->nout;
	release(l);
	return 0;
}

static int plan(const void *args, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv, struct bty_err *err)
{
	const struct iplookup_args *a = args;
	struct lookup *l;
	int ret = load(a, &l, err);

	if (ret)
		return ret;
	if (l->nout > a->nout) {
		ret = bty_fail(err, -EINVAL, "%s: has changed and now has routes to port %u; read the pipeline again",
			       a->file, l->nout - 1);
		release(l);
		return ret;
	}
	spec[0] = (struct bty_table_spec){ .nrows = 1 << 16, .row_size = IPLOOKUP_ROW_SIZE };
	spec[1] = (struct bty_table_spec){ .nrows = IPLOOKUP_FIRST_GROUP + l->ngroups, .row_size = IPLOOKUP_ROW_SIZE };
	*priv = l;
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

	for (i = 0; i < l->routes.n; i++) {
		r = &l->routes.r[i];
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

/* Longest first; of equal prefixes the last one given first. */
static void fill_ipv6(const struct lookup *l, struct iplookup_v6 *v6)
{
	const struct iplookup_route *r;
	uint8_t mask[16];
	size_t i;
	int k;

	for (i = l->routes.n; i-- > 0;) {
		r = &l->routes.r[i];
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

static int fill(const void *args, void *priv, uint8_t *rows[BTY_MAX_TABLES], struct bty_err *err)
{
	const struct lookup *l = priv;

	memcpy(rows[1], l->hop, sizeof(l->hop));
	fill_ipv4(l, (uint16_t *)rows[0], (uint16_t *)(rows[1] + IPLOOKUP_FIRST_GROUP * IPLOOKUP_ROW_SIZE));
	fill_ipv6(l, (struct iplookup_v6 *)(rows[1] + IPLOOKUP_FIRST_V6 * IPLOOKUP_ROW_SIZE));
	return 0;
}

const struct bty_table_ops bty_iplookup_tables = { .plan = plan, .fill = fill, .release = release };
