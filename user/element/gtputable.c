// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Users and tunnel endpoints of GTPUEncapTable and GTPUDecapTable, from text and to text, and as rows of a hash table. Called
 * through their table_ops when a pipeline is read, loaded and updated.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elements/gtpudecaptable.h>
#include <elements/gtpuencaptable.h>

#include "entries.h"
#include "probe.h"
#include "user/config/argvalue.h"
#include "user/config/conf.h"

/* Entries are rows, but that the key of a user is a struct of its own. */
struct user {
	uint32_t addr[4];
	uint32_t v6; /* what comes after it is not of the key */
	uint32_t teid;
	uint32_t peer[4];
	uint32_t has_qfi, qfi;
};

static int read_number(const char *s, unsigned long max, uint32_t *v)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(s, &end, 0);
	*v = n;
	return *s < '0' || *s > '9' || *end || errno || n > max ? -EINVAL : 0;
}

/* IPv4 or IPv6. Returns 1 for the latter, 0, or -EINVAL. */
static int read_address(const char *s, uint32_t addr[4])
{
	int v6 = strchr(s, ':') != NULL;

	return inet_pton(v6 ? AF_INET6 : AF_INET, s, addr) == 1 ? v6 : -EINVAL;
}

static int parse_user(const void *args, const char *text, int key_only, void *entry, struct bty_err *why)
{
	const struct gtpuencaptable_args *a = args;
	char addr[48], teid[24], peer[48], qfi[8], extra[2];
	int n = sscanf(text, "%47s %23s %47s %7s %1s", addr, teid, peer, qfi, extra), v6;
	struct user *u = entry;

	if (n < (key_only ? 1 : 3) || n > 4)
		return bty_fail(why, -EINVAL, "expected ADDRESS TEID PEER [QFI]");
	v6 = read_address(addr, u->addr);
	if (v6 < 0)
		return bty_fail(why, -EINVAL, "'%s': expected an IP address", addr);
	u->v6 = v6;
	if (n > 1 && read_number(teid, 0xffffffff, &u->teid))
		return bty_fail(why, -EINVAL, "'%s': expected a TEID, a number of 32 bits", teid);
	if (n > 2 && read_address(peer, u->peer) != (int)a->src.v6)
		return bty_fail(why, -EINVAL, "'%s': expected the peer's IPv%d address, as SRC is one", peer,
				a->src.v6 ? 6 : 4);
	u->has_qfi = n > 3;
	if (n > 3 && read_number(qfi, 63, &u->qfi))
		return bty_fail(why, -EINVAL, "'%s': expected a QFI from 0 to 63", qfi);
	return 0;
}

static void print_user(const void *args, const void *entry, char *buf, size_t size)
{
	const struct gtpuencaptable_args *a = args;
	const struct user *u = entry;
	char addr[INET6_ADDRSTRLEN], peer[INET6_ADDRSTRLEN], qfi[8] = "";

	inet_ntop(u->v6 ? AF_INET6 : AF_INET, u->addr, addr, sizeof(addr));
	inet_ntop(a->src.v6 ? AF_INET6 : AF_INET, u->peer, peer, sizeof(peer));
	if (u->has_qfi)
		snprintf(qfi, sizeof(qfi), " %u", u->qfi);
	snprintf(buf, size, "%s 0x%x %s%s", addr, u->teid, peer, qfi);
}

static int parse_teid(const void *args, const char *text, int key_only, void *entry, struct bty_err *why)
{
	char teid[24], color[8], extra[2];
	int n = sscanf(text, "%23s %7s %1s", teid, color, extra);
	struct gtpudecaptable_teid *t = entry;
	uint32_t v = 0;

	if (n < 1 || n > 2)
		return bty_fail(why, -EINVAL, "expected TEID [COLOR]");
	if (read_number(teid, 0xffffffff, &t->teid))
		return bty_fail(why, -EINVAL, "'%s': expected a TEID, a number of 32 bits", teid);
	if (n > 1 && read_number(color, 255, &v))
		return bty_fail(why, -EINVAL, "'%s': expected a color from 0 to 255", color);
	t->used = 1;
	t->has_color = n > 1;
	t->color = v;
	return 0;
}

static void print_teid(const void *args, const void *entry, char *buf, size_t size)
{
	const struct gtpudecaptable_teid *t = entry;

	if (t->has_color)
		snprintf(buf, size, "0x%x %u", t->teid, t->color);
	else
		snprintf(buf, size, "0x%x", t->teid);
}

static int place(const struct bty_entries *e, uint32_t (*hash_of)(const void *entry), uint32_t *nrows, void **priv,
		 struct bty_err *err)
{
	uint32_t *hash = malloc((e->n + 1) * sizeof(*hash)), *row = NULL;
	size_t i;
	int ret;

	if (!hash)
		return bty_fail(err, -ENOMEM, "no memory for %zu entries", e->n);
	for (i = 0; i < e->n; i++)
		hash[i] = hash_of(bty_entry(e, i));
	ret = bty_probe_place(hash, e->n, &row, nrows, err);
	free(hash);
	*priv = row;
	return ret;
}

static uint32_t hash_user(const void *entry)
{
	return gtpuencaptable_hash(((const struct user *)entry)->addr);
}

static uint32_t hash_teid(const void *entry)
{
	return gtpudecaptable_hash(((const struct gtpudecaptable_teid *)entry)->teid);
}

static int plan_users(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		      struct bty_err *err)
{
	int ret = place(e, hash_user, &spec[0].nrows, priv, err);

	spec[0].row_size = sizeof(struct gtpuencaptable_user);
	((struct gtpuencaptable_args *)args)->rows_mask = spec[0].nrows - 1;
	return ret;
}

static int plan_teids(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		      struct bty_err *err)
{
	int ret = place(e, hash_teid, &spec[0].nrows, priv, err);

	spec[0].row_size = sizeof(struct gtpudecaptable_teid);
	((struct gtpudecaptable_args *)args)->rows_mask = spec[0].nrows - 1;
	return ret;
}

static int fill_users(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		      struct bty_gateways *gateways, struct bty_err *err)
{
	struct gtpuencaptable_user *to;
	const uint32_t *row = priv;
	const struct user *u;
	size_t i;

	for (i = 0; i < e->n; i++) {
		u = bty_entry(e, i);
		to = (struct gtpuencaptable_user *)rows[0] + row[i];
		memcpy(to->addr, u->addr, sizeof(to->addr));
		memcpy(to->peer, u->peer, sizeof(to->peer));
		to->teid = u->teid;
		to->used = 1;
		to->v6 = u->v6;
		to->has_qfi = u->has_qfi;
		to->qfi = u->qfi;
	}
	return 0;
}

static int fill_teids(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		      struct bty_gateways *gateways, struct bty_err *err)
{
	const uint32_t *row = priv;
	size_t i;

	for (i = 0; i < e->n; i++)
		memcpy((struct gtpudecaptable_teid *)rows[0] + row[i], bty_entry(e, i),
		       sizeof(struct gtpudecaptable_teid));
	return 0;
}

/* Arguments that are not entries. */
static int configure(const struct bty_conf *conf, const struct bty_arg *table, void *args, struct bty_err *err)
{
	const struct bty_arg *t;
	size_t len;
	int i, ret = 0;

	for (t = table; !ret && t->what; t++)
		if (t->deflt)
			ret = bty_argvalue_set(conf, -1, t, t->deflt, args, err);
	for (i = 0; i < conf->n; i++)
		for (t = table; !ret && t->what; t++) {
			len = strlen(t->keyword);
			if (strncmp(conf->arg[i].text, t->keyword, len) || conf->arg[i].text[len] != ' ')
				continue;
			ret = bty_argvalue_set(conf, i, t, conf->arg[i].text + len + 1, args, err);
		}
	return ret;
}

int bty_gtpuencaptable_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	static const struct bty_arg table[] = {
		{ .keyword = "SRC",
		  .what = "address of this end of the tunnels",
		  .type = BTY_ARG_ADDR,
		  .offset = offsetof(struct gtpuencaptable_args, src) },
		{ .keyword = "UPLINK",
		  .what = "direction",
		  .type = BTY_ARG_BOOL,
		  .offset = offsetof(struct gtpuencaptable_args, uplink) },
		{ .keyword = "TTL",
		  .what = "TTL or hop limit of the outer header",
		  .type = BTY_ARG_U32,
		  .offset = offsetof(struct gtpuencaptable_args, ttl),
		  .min = 1,
		  .max = 255,
		  .deflt = "64" },
		{ .keyword = "DSCP",
		  .what = "DSCP of the outer header",
		  .type = BTY_ARG_U32,
		  .offset = offsetof(struct gtpuencaptable_args, dscp),
		  .max = 63,
		  .deflt = "0" },
		BTY_ARGS_END,
	};
	const struct gtpuencaptable_args *a = args;
	int ret = configure(conf, table, args, err);

	if (!ret && !a->src.word[0] && !a->src.v6)
		return bty_conf_fail(conf, -1, err, "argument missing: expected SRC (address of this end)");
	return ret;
}

int bty_gtpudecaptable_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	static const struct bty_arg table[] = {
		{ .keyword = "PORT",
		  .what = "UDP port of this end",
		  .type = BTY_ARG_U32,
		  .offset = offsetof(struct gtpudecaptable_args, port),
		  .min = 1,
		  .max = 65535,
		  .deflt = "2152" },
		BTY_ARGS_END,
	};

	return configure(conf, table, args, err);
}

const struct bty_table_ops bty_gtpuencaptable_tables = {
	.noun = "user",
	.keywords = " SRC UPLINK TTL DSCP ",
	.entry_size = sizeof(struct user),
	.key_size = offsetof(struct user, teid),
	.can_be_empty = 1,
	.parse = parse_user,
	.print = print_user,
	.plan = plan_users,
	.fill = fill_users,
	.release = free,
};

const struct bty_table_ops bty_gtpudecaptable_tables = {
	.noun = "TEID",
	.keywords = " PORT ",
	.entry_size = sizeof(struct gtpudecaptable_teid),
	.key_size = offsetof(struct gtpudecaptable_teid, used),
	.can_be_empty = 1,
	.parse = parse_teid,
	.print = print_teid,
	.plan = plan_teids,
	.fill = fill_teids,
	.release = free,
};
