// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ARPQuerier's and NDPQuerier's arguments, neighbours as text, and their tables. Called when a pipeline is read, loaded, updated
 * and shown.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <batchy/element.h>
#include <batchy/resolver.h>

#include "entries.h"
#include "neighbours.h"
#include "probe.h"
#include "user/config/argtable.h"
#include "user/config/conf.h"

#define MAX_ARGS 16
#define MAX_ROWS (1 << 18)
#define DAY_NS	 86400000000000ULL
#define POLL_NS	 60000000000ULL
#define KEYWORDS " IP MAC TIMEOUT POLL_TIMEOUT RETRY QUERIES CAPACITY HOLD HOLD_ALL "

#define ARG(kw, place, says, kind, field, lo, hi, def)                  \
	.keyword = kw, .what = says, .type = kind, .positional = place, \
	.offset = offsetof(struct bty_resolver_args, field), .min = lo, .max = hi, .deflt = def

const struct bty_arg bty_querier_arg[] = {
	{ ARG("IP", 1, "the router's own address on that link", BTY_ARG_ADDR, src, 0, 0, NULL), .required = 1 },
	{ ARG("MAC", 2, "its Ethernet address there; when not given, that of the ToDevice behind output 0", BTY_ARG_MAC,
	      mac, 0, 0, NULL),
	  .given_offset = offsetof(struct bty_resolver_args, mac_given) },
	{ ARG("TIMEOUT", 0, "how long an answer counts at most", BTY_ARG_TIME_NS, timeout_ns, 10000000, DAY_NS,
	      "300s") },
	{ ARG("POLL_TIMEOUT", 0, "after which who is used is asked again; 60s, but at most half of TIMEOUT; 0s: never",
	      BTY_ARG_TIME_NS, poll_ns, 0, DAY_NS, NULL),
	  .given_offset = offsetof(struct bty_resolver_args, poll_given) },
	{ ARG("RETRY", 0, "between two queries for one neighbour", BTY_ARG_TIME_NS, retry_ns, 10000000, 60000000000,
	      "1s") },
	{ ARG("QUERIES", 0, "without an answer, and then it is not there", BTY_ARG_U32, queries, 1, 100, "3") },
	{ ARG("CAPACITY", 0, "neighbours that may be known", BTY_ARG_U32, capacity, 1, 1 << 20, "1024") },
	{ ARG("HOLD", 0, "packets that wait for one neighbour, at most", BTY_ARG_U32, hold, 1, 4096, "16") },
	{ ARG("HOLD_ALL", 0, "packets that wait in a worker, at most", BTY_ARG_U32, hold_all, 1, 16384, "256") },
	BTY_ARGS_END,
};

/* A neighbour that is given, as an argument or a line of FILE says it. */
struct given {
	uint32_t addr[4];
	uint8_t mac[6]; /* what comes before it is the key */
	uint8_t pad[2];
};

/* Arguments of several words without a keyword are neighbours, as is FILE: see bty_entries_configure(). */
static int is_neighbour(const char *text)
{
	char word[32];

	if (!strpbrk(text, " \t\r\n"))
		return 0;
	snprintf(word, sizeof(word), " %.*s ", (int)strcspn(text, " \t\r\n"), text);
	return !strcmp(word, " FILE ") || strpbrk(word, ".:") != NULL;
}

static int configure(const struct bty_conf *conf, struct bty_resolver_args *a, int v6, int *nout, struct bty_err *err)
{
	struct bty_confarg arg[MAX_ARGS];
	struct bty_conf sub = *conf;
	int i, ret;

	sub.n = 0;
	sub.arg = arg;
	for (i = 0; i < conf->n; i++) {
		if (is_neighbour(conf->arg[i].text))
			continue;
		if (sub.n == MAX_ARGS)
			return bty_conf_fail(conf, i, err, "more arguments than there are");
		arg[sub.n++] = conf->arg[i];
	}
	ret = bty_argtable_compile(&sub, bty_querier_arg, a, err);
	if (ret)
		return ret;
	a->v6 = v6;
	a->device = -1;
	if ((int)a->src.v6 != v6)
		return bty_conf_fail(conf, 0, err, "expected an IPv%d address", v6 ? 6 : 4);
	if (!a->poll_given)
		a->poll_ns = a->timeout_ns / 2 < POLL_NS ? a->timeout_ns / 2 : POLL_NS;
	if (a->poll_ns >= a->timeout_ns)
		return bty_conf_fail(conf, -1, err, "POLL_TIMEOUT: expected less than TIMEOUT");
	if (a->mac_given && (a->mac[0] & 1))
		return bty_conf_fail(conf, -1, err, "a group address is nobody's");
	if (getrandom(&a->seed, sizeof(a->seed), 0) != sizeof(a->seed))
		return bty_conf_fail(conf, -1, err, "no random numbers");
	return 0;
}

int bty_arpquerier_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	return configure(conf, args, 0, nout, err);
}

int bty_ndpquerier_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	return configure(conf, args, 1, nout, err);
}

int bty_querier_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct bty_resolver_args *)args)->has_other_port = nconnected > 1;
	return 0;
}

int bty_querier_devices(void *args, const struct bty_device_info *info, struct bty_err *why)
{
	struct bty_resolver_args *a = args;

	if (a->mac_given)
		return 0;
	if (!info->mac) {
		a->device = info->nout ? info->out_dev[0] : -1;
		return a->device < 0 ? bty_fail(why, -EINVAL,
						"output 0 does not lead to a ToDevice at once, so it needs a MAC "
						"argument, as %s, 02:00:00:00:00:01",
						a->v6 ? "2001:db8::1" : "192.0.2.1")
				     : 0;
	}
	if (a->device >= 0 && a->device < info->ndev)
		memcpy(a->mac, info->mac[a->device], 6);
	return 0;
}

static int parse(const char *text, int v6, int key_only, struct given *g, struct bty_err *why)
{
	char addr[64], mac[32], extra[2];
	int n = sscanf(text, "%63s %31s %1s", addr, mac, extra), used = 0;

	if (n != 2 && !(key_only && n == 1))
		return bty_fail(why, -EINVAL, "expected ADDRESS MAC");
	if (inet_pton(v6 ? AF_INET6 : AF_INET, addr, g->addr) != 1)
		return bty_fail(why, -EINVAL, "'%s': expected an IPv%d address", addr, v6 ? 6 : 4);
	if (n == 1)
		return 0;
	if (sscanf(mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &g->mac[0], &g->mac[1], &g->mac[2], &g->mac[3],
		   &g->mac[4], &g->mac[5], &used) != 6 ||
	    used != 17 || mac[used])
		return bty_fail(why, -EINVAL, "'%s': expected an Ethernet address, as 02:00:00:00:00:01", mac);
	return 0;
}

static int parse4(const void *args, const char *text, int key_only, void *entry, struct bty_err *why)
{
	return parse(text, 0, key_only, entry, why);
}

static int parse6(const void *args, const char *text, int key_only, void *entry, struct bty_err *why)
{
	return parse(text, 1, key_only, entry, why);
}

static void print_pair(const struct bty_resolver_args *a, const uint32_t addr[4], const uint8_t mac[6], char *buf,
		       size_t size)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(a->v6 ? AF_INET6 : AF_INET, addr, text, sizeof(text));
	snprintf(buf, size, "%s %02x:%02x:%02x:%02x:%02x:%02x", text, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void print(const void *args, const void *entry, char *buf, size_t size)
{
	const struct given *g = entry;

	print_pair(args, g->addr, g->mac, buf, size);
}

/* Returns whether all find a place in mask + 1 rows. */
static int put_all(const struct bty_resolver_args *a, const struct bty_entries *e, struct bty_neigh_set *rows,
		   uint32_t mask)
{
	struct bty_neigh_set *s;
	const struct given *g;
	uint32_t tag;
	size_t i;
	int k;

	for (i = 0; i < e->n; i++) {
		g = bty_entry(e, i);
		s = &rows[bty_neigh_row(a, g->addr, mask, &tag)];
		for (k = 0; k < BTY_NEIGH_WAYS && s->way[k].state; k++)
			;
		if (k == BTY_NEIGH_WAYS)
			return 0;
		s->tag[k] = tag;
		s->way[k].state = BTY_NEIGH_KNOWN;
		memcpy(s->way[k].addr, g->addr, 16);
		memcpy(s->way[k].mac, g->mac, 6);
	}
	return 1;
}

static int fail_rows(const struct bty_resolver_args *a, const struct bty_entries *e, struct bty_err *err)
{
	uint32_t *hash = malloc((e->n + 1) * sizeof(*hash)), tag;
	size_t i;

	for (i = 0; hash && i < e->n; i++)
		hash[i] = bty_neigh_row(a, ((const struct given *)bty_entry(e, i))->addr, UINT32_MAX, &tag);
	return bty_rows_fail(hash, e->n, BTY_NEIGH_WAYS, e->ops->noun, MAX_ROWS, err);
}

static int plan(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		struct bty_err *err)
{
	struct bty_resolver_args *a = args;
	uint32_t given = 1, learned = 1;
	struct bty_neigh_set *rows = NULL;

	for (; given <= MAX_ROWS; given *= 2) {
		free(rows);
		rows = calloc(given, sizeof(*rows));
		*priv = rows;
		if (!rows)
			return bty_fail(err, -ENOMEM, "no memory for %zu neighbours", e->n);
		if (put_all(a, e, rows, given - 1))
			break;
	}
	if (given > MAX_ROWS)
		return fail_rows(a, e, err);
	while (learned * BTY_NEIGH_WAYS < 2 * a->capacity)
		learned *= 2;
	a->given_mask = given - 1;
	a->learned_mask = learned - 1;
	a->ngiven = e->n;
	spec[0] = (struct bty_table_spec){ .nrows = learned, .row_size = sizeof(*rows), .kept = 1 };
	spec[1] = (struct bty_table_spec){ .nrows = given, .row_size = sizeof(*rows) };
	return 0;
}

static int fill(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		struct bty_gateways *gateways, struct bty_err *err)
{
	const struct bty_resolver_args *a = args;

	memcpy(rows[1], priv, (a->given_mask + 1) * sizeof(struct bty_neigh_set));
	return 0;
}

static int learned(const void *args, const struct bty_table *table, uint64_t now_ns, uint64_t *at,
		   struct bty_learned *out)
{
	const struct bty_neigh_set *rows = (const void *)table[0].rows;
	const struct bty_resolver_args *a = args;
	uint64_t end = (uint64_t)table[0].nrows * BTY_NEIGH_WAYS;
	struct bty_neigh n;

	while (*at < end) {
		bty_neigh_read(&rows[*at / BTY_NEIGH_WAYS], *at % BTY_NEIGH_WAYS, &n);
		++*at;
		out->state = bty_neigh_state(a, &n, now_ns);
		if (!out->state)
			continue;
		print_pair(a, n.addr, n.mac, out->text, sizeof(out->text));
		out->age_ns = now_ns > n.since_ns ? now_ns - n.since_ns : 0;
		return 1;
	}
	return 0;
}

#define TABLES(version)                                                                                             \
	.noun = "neighbour", .keywords = KEYWORDS, .entry_size = sizeof(struct given),                              \
	.key_size = offsetof(struct given, mac), .words = 1, .can_be_empty = 1, .parse = (version), .print = print, \
	.plan = plan, .fill = fill, .release = free, .learned = learned

const struct bty_table_ops bty_arpquerier_tables = { TABLES(parse4) };
const struct bty_table_ops bty_ndpquerier_tables = { TABLES(parse6) };
