// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IPLookup's tables. IPv4 routes are filled in by ascending prefix length, so that each overwrites the shorter ones it lies in;
 * IPv6 routes are iptrie.c's. Called through bty_iplookup_tables when a pipeline is read, loaded and updated.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <elements/iplookup.h>

#include "entries.h"
#include "gateways.h"
#include "iptrie.h"
#include "routes.h"

#define LENGTHS	      33
#define FIRST_HOPS    64
#define NUMBERS16     IPLOOKUP_MORE16 /* what the number in an entry of 16 bits stays below */
#define DIR6_LARGE    32768	      /* IPv6 routes from which on 64 MiB for the first table pay */
#define ROW_ENTRIES   256
#define DIR_ROWS      (1 << 16)
#define MAX_IN_RANGES ((IPLOOKUP_RANGES - 1) / 2) /* routes: each parts a range in three */
#define DIR6_ENTRIES  16			  /* in a row */

struct hop {
	uint8_t gateway[16];
	uint8_t v6, via, port, pad[5];
};

/* An IPv4 route longer than /24. */
struct lengthy {
	uint32_t addr, len, hop;
};

struct lookup {
	const struct iplookup_route **r4; /* by ascending length */
	uint32_t *hop4;			  /* next hop of each */
	size_t n4, n6;
	struct iptrie_prefix *p6; /* sorted */
	struct lengthy *lengthy;  /* by network, then length */
	size_t nlengthy, ngroups, nnodes;
	uint64_t nrows6;
	/* next hops by number, and by their hash: number 0 is none */
	struct hop *hop;
	uint32_t nhops, hop_size, *slot;
};

static void release(void *priv)
{
	struct lookup *l = priv;

	if (!l)
		return;
	free(l->r4);
	free(l->hop4);
	free(l->lengthy);
	free(l->p6);
	free(l->hop);
	free(l->slot);
	free(l);
}

static uint32_t hash_hop(const struct hop *h)
{
	uint64_t w[3], x;

	_Static_assert(sizeof(w) == sizeof(*h), "three words");
	memcpy(w, h, sizeof(w));
	x = (w[0] * 0x9e3779b97f4a7c15ULL ^ w[1]) * 0xbf58476d1ce4e5b9ULL ^ w[2] * 0x94d049bb133111ebULL;
	return x >> 32 ^ x;
}

static uint32_t *find_slot(const struct lookup *l, const struct hop *h)
{
	uint32_t i = hash_hop(h);

	for (;; i++) {
		i &= 2 * l->hop_size - 1;
		if (!l->slot[i] || !memcmp(&l->hop[l->slot[i]], h, sizeof(*h)))
			return &l->slot[i];
	}
}

static int grow_hops(struct lookup *l)
{
	uint32_t size = l->hop_size ? 2 * l->hop_size : FIRST_HOPS, i;
	struct hop *hop = realloc(l->hop, size * sizeof(*hop));

	if (!hop)
		return -ENOMEM;
	l->hop = hop;
	l->hop_size = size;
	free(l->slot);
	l->slot = calloc(2 * (size_t)size, sizeof(*l->slot));
	if (!l->slot)
		return -ENOMEM;
	for (i = 1; i < l->nhops; i++)
		*find_slot(l, &l->hop[i]) = i;
	return 0;
}

/* The number of a route's next hop, or 0 without memory. */
static uint32_t hop_number(struct lookup *l, const struct iplookup_route *r)
{
	struct hop h = { .v6 = r->v6, .via = r->via, .port = r->port };
	uint32_t *slot;

	memcpy(h.gateway, r->gateway, sizeof(h.gateway));
	if (l->nhops == l->hop_size && grow_hops(l))
		return 0;
	slot = find_slot(l, &h);
	if (!*slot) {
		l->hop[l->nhops] = h;
		*slot = l->nhops++;
	}
	return *slot;
}

static uint32_t ipv4(const struct iplookup_route *r)
{
	uint32_t addr;

	memcpy(&addr, r->addr, sizeof(addr));
	return ntohl(addr);
}

static int allocate(struct lookup *l, const struct bty_entries *e)
{
	const struct iplookup_route *r;
	size_t i;

	for (i = 0; i < e->n; i++) {
		r = bty_entry(e, i);
		l->n6 += r->v6;
	}
	l->n4 = e->n - l->n6;
	l->nhops = 1;
	l->r4 = malloc((l->n4 + 1) * sizeof(struct iplookup_route *));
	l->hop4 = malloc((l->n4 + 1) * sizeof(*l->hop4));
	l->p6 = malloc((l->n6 + 1) * sizeof(*l->p6));
	return l->r4 && l->hop4 && l->p6 && !grow_hops(l) ? 0 : -ENOMEM;
}

/* IPv4 routes by ascending length. */
static void sort4(struct lookup *l, const struct bty_entries *e)
{
	size_t at[LENGTHS + 1] = { 0 }, i;
	const struct iplookup_route *r;

	for (i = 0; i < e->n; i++) {
		r = bty_entry(e, i);
		if (!r->v6)
			at[r->len + 1]++;
	}
	for (i = 1; i < LENGTHS; i++)
		at[i] += at[i - 1];
	for (i = 0; i < e->n; i++) {
		r = bty_entry(e, i);
		if (!r->v6)
			l->r4[at[r->len]++] = r;
	}
}

static int number4(struct lookup *l)
{
	size_t i;

	for (i = 0; i < l->n4; i++) {
		l->hop4[i] = hop_number(l, l->r4[i]);
		if (!l->hop4[i])
			return -ENOMEM;
	}
	return 0;
}

static int sort6(struct lookup *l, const struct bty_entries *e)
{
	struct iptrie_prefix *p = l->p6;
	const struct iplookup_route *r;
	uint64_t half[2];
	size_t i;

	for (i = 0; i < e->n; i++) {
		r = bty_entry(e, i);
		if (!r->v6)
			continue;
		memcpy(half, r->addr, sizeof(half));
		*p = (struct iptrie_prefix){ be64toh(half[0]), be64toh(half[1]), r->len, hop_number(l, r) };
		if (!p->hop)
			return -ENOMEM;
		p++;
	}
	iptrie_sort(l->p6, l->n6);
	return 0;
}

static int by_network(const void *a, const void *b)
{
	const struct lengthy *p = a, *q = b;

	if (p->addr >> 8 != q->addr >> 8)
		return p->addr < q->addr ? -1 : 1;
	return (int)p->len - (int)q->len;
}

/* How many of the routes from r on lie in the same /24 network. */
static size_t in_network(const struct lookup *l, size_t from)
{
	size_t i;

	for (i = from; i < l->nlengthy && l->lengthy[i].addr >> 8 == l->lengthy[from].addr >> 8; i++)
		;
	return i - from;
}

/* /24 networks in which longer prefixes lie, and how many of these need a node. */
static int count_groups(struct lookup *l)
{
	size_t first = l->n4, i, n;

	while (first && l->r4[first - 1]->len > 24)
		first--;
	l->nlengthy = l->n4 - first;
	l->lengthy = malloc((l->nlengthy + 1) * sizeof(*l->lengthy));
	if (!l->lengthy)
		return -ENOMEM;
	for (i = 0; i < l->nlengthy; i++)
		l->lengthy[i] = (struct lengthy){ ipv4(l->r4[first + i]), l->r4[first + i]->len, l->hop4[first + i] };
	qsort(l->lengthy, l->nlengthy, sizeof(*l->lengthy), by_network);
	for (i = 0; i < l->nlengthy; i += n) {
		n = in_network(l, i);
		l->ngroups++;
		l->nnodes += n > MAX_IN_RANGES;
	}
	return 0;
}

static int count(struct lookup *l, const struct bty_entries *e, struct iplookup_args *a)
{
	int ret = allocate(l, e);

	if (ret)
		return ret;
	sort4(l, e);
	ret = number4(l);
	if (!ret)
		ret = sort6(l, e);
	if (!ret && l->n4)
		ret = count_groups(l);
	if (ret)
		return ret;
	a->wide = l->ngroups > NUMBERS16 || l->nhops > NUMBERS16;
	a->dir6_bits = l->n6 < DIR6_LARGE ? 16 : 24;
	l->nrows6 = l->n6 ? iptrie_rows(l->p6, l->n6, a->dir6_bits) : 0;
	return 0;
}

static int plan(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		struct bty_err *err)
{
	struct iplookup_args *a = args;
	struct lookup *l = calloc(1, sizeof(*l));
	uint32_t row4;

	*priv = l;
	if (!l || count(l, e, a))
		return bty_fail(err, -ENOMEM, "no memory for %zu routes", e->n);
	if (l->nrows6 > IPLOOKUP_NUMBER)
		return bty_fail(err, -E2BIG, "the IPv6 routes need %llu rows of %d bytes; at most %u are possible",
				(unsigned long long)l->nrows6, IPLOOKUP_LINE, IPLOOKUP_NUMBER);
	row4 = ROW_ENTRIES * (a->wide ? sizeof(uint32_t) : sizeof(uint16_t));
	spec[IPLOOKUP_HOPS] = (struct bty_table_spec){ l->nhops, sizeof(struct iplookup_hop) };
	spec[IPLOOKUP_DIR] = (struct bty_table_spec){ l->n4 ? DIR_ROWS : 0, row4 };
	spec[IPLOOKUP_GROUPS] = (struct bty_table_spec){ l->ngroups + l->nnodes * IPLOOKUP_NODE_ROWS, IPLOOKUP_LINE };
	spec[IPLOOKUP_DIR6] =
		(struct bty_table_spec){ l->n6 ? (1 << a->dir6_bits) / DIR6_ENTRIES : 0, DIR6_ENTRIES * 4 };
	spec[IPLOOKUP_TRIE] = (struct bty_table_spec){ l->nrows6, IPLOOKUP_LINE };
	return 0;
}

static void set_entries(void *dir, size_t from, size_t n, uint32_t value, int wide)
{
	size_t i;

	for (i = from; wide && i < from + n; i++)
		((uint32_t *)dir)[i] = value;
	for (i = from; !wide && i < from + n; i++)
		((uint16_t *)dir)[i] = value >> 16 | value;
}

/* The last byte's next hops as ranges; there are few enough. */
static void set_ranges(struct iplookup_ranges *r, const uint32_t *hop)
{
	unsigned int i, n = 0;

	r->hop[0] = hop[0];
	for (i = 1; i < ROW_ENTRIES; i++) {
		if (hop[i] == hop[i - 1])
			continue;
		r->start[++n] = i;
		r->hop[n] = hop[i];
	}
	for (i = n + 1; i < IPLOOKUP_RANGES; i++) {
		r->start[i] = r->start[n];
		r->hop[i] = r->hop[n];
	}
}

/* One /24 network: n routes from r on, over the route it lies in. */
static void fill_group(const struct lengthy *r, size_t n, uint32_t outer, struct iplookup_ranges *row, uint32_t *node)
{
	uint32_t expanded[ROW_ENTRIES], *hop = node ? node : expanded;
	size_t i, k;

	for (k = 0; k < ROW_ENTRIES; k++)
		hop[k] = outer;
	for (i = 0; i < n; i++)
		for (k = 0; k < 1u << (32 - r[i].len); k++)
			hop[(r[i].addr & 0xff) + k] = r[i].hop;
	if (!node)
		set_ranges(row, hop);
}

static void fill4(const struct lookup *l, void *dir, uint8_t *groups, int wide)
{
	struct iplookup_ranges *row = (struct iplookup_ranges *)groups;
	uint32_t node = l->ngroups, net;
	size_t i, n;

	for (i = 0; i < l->n4 && l->r4[i]->len <= 24; i++)
		set_entries(dir, ipv4(l->r4[i]) >> 8, 1u << (24 - l->r4[i]->len), l->hop4[i], wide);
	for (i = 0; i < l->nlengthy; i += n, row++) {
		n = in_network(l, i);
		net = l->lengthy[i].addr >> 8;
		if (n > MAX_IN_RANGES) {
			row->node = node;
			node += IPLOOKUP_NODE_ROWS;
		}
		fill_group(&l->lengthy[i], n, iplookup_entry(dir, net, wide), row,
			   row->node ? (uint32_t *)(groups + (size_t)row->node * IPLOOKUP_LINE) : NULL);
		set_entries(dir, net, 1, IPLOOKUP_MORE | (row - (struct iplookup_ranges *)groups), wide);
	}
}

static int fill_hops(const struct lookup *l, struct iplookup_hop *hop, struct bty_gateways *gateways,
		     struct bty_err *err)
{
	uint32_t i;
	int number;

	for (i = 1; i < l->nhops; i++) {
		hop[i].port = l->hop[i].port;
		if (!l->hop[i].v6) {
			memcpy(&hop[i].anno, l->hop[i].gateway, sizeof(hop[i].anno));
		} else if (l->hop[i].via) {
			number = bty_gateway_number(gateways, l->hop[i].gateway, err);
			if (number < 0)
				return number;
			hop[i].anno = number;
		}
	}
	return 0;
}

static int fill(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		struct bty_gateways *gateways, struct bty_err *err)
{
	const struct iplookup_args *a = args;
	const struct lookup *l = priv;

	if (l->n4)
		fill4(l, rows[IPLOOKUP_DIR], rows[IPLOOKUP_GROUPS], a->wide);
	if (l->n6)
		iptrie_fill(l->p6, l->n6, a->dir6_bits, (uint32_t *)rows[IPLOOKUP_DIR6], rows[IPLOOKUP_TRIE]);
	return fill_hops(l, (struct iplookup_hop *)rows[IPLOOKUP_HOPS], gateways, err);
}

static int port(const void *entry)
{
	return ((const struct iplookup_route *)entry)->port;
}

#define ROUTES                                                                                                 \
	.noun = "route", .entry_size = sizeof(struct iplookup_route),                                          \
	.key_size = offsetof(struct iplookup_route, port), .parse = bty_route_parse, .print = bty_route_print, \
	.plan = plan, .fill = fill, .release = release

const struct bty_table_ops bty_iplookup_tables = { ROUTES, .port = port };
/* a route's port is a device here, not an output */
const struct bty_table_ops bty_nbalookup_tables = { ROUTES, .default_file = "routing_info.txt" };
