// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entries of the tables of tunnels (GTPUEncapTable, GTPUDecapTable, VXLANEncapTable, VXLANDecapTable), from text and to text, and as rows
 * of a hash table. Called through their table_ops when a pipeline is read, loaded and updated.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elements/gtpudecaptable.h>
#include <elements/gtpuencaptable.h>
#include <elements/vxlandecaptable.h>
#include <elements/vxlanencaptable.h>

#include "entries.h"
#include "probe.h"
#include "user/config/argvalue.h"
#include "user/config/conf.h"

_Static_assert(!offsetof(struct gtpuencaptable_args, tunnels) && !offsetof(struct vxlanencaptable_args, tunnels) &&
		       !offsetof(struct gtpudecaptable_args, ids) && !offsetof(struct vxlandecaptable_args, ids),
	       "what the functions here take args for");

/* A tunnel, as an argument or a line of FILE says it: as its row, but that the key is a struct of its own. */
struct tunnel {
	uint32_t addr[4];
	uint32_t v6; /* what comes after it is not of the key */
	uint32_t id;
	uint32_t peer[4];
	uint32_t has_qfi, qfi;
};

/* How identifiers are written. */
struct format {
	const char *id, *what, *print;
	uint32_t max;
	int qfi; /* a tunnel may have one */
};

static const struct format gtpu = { "TEID", "a TEID, a number of 32 bits", "0x%x", 0xffffffff, 1 };
static const struct format vxlan = { "VNI", "a VNI, a number of 24 bits", "%u", 0xffffff, 0 };

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

static int parse_tunnel(const struct format *f, const struct bty_tunnels *t, const char *text, int key_only,
			struct tunnel *u, struct bty_err *why)
{
	char addr[48], id[24], peer[48], qfi[8], extra[2];
	int n = sscanf(text, "%47s %23s %47s %7s %1s", addr, id, peer, qfi, extra), v6;

	if (n < (key_only ? 1 : 3) || n > 3 + f->qfi)
		return bty_fail(why, -EINVAL, "expected ADDRESS %s PEER%s", f->id, f->qfi ? " [QFI]" : "");
	v6 = read_address(addr, u->addr);
	if (v6 < 0)
		return bty_fail(why, -EINVAL, "'%s': expected an IP address", addr);
	u->v6 = v6;
	if (n > 1 && read_number(id, f->max, &u->id))
		return bty_fail(why, -EINVAL, "'%s': expected %s", id, f->what);
	if (n > 2 && read_address(peer, u->peer) != (int)t->src.v6)
		return bty_fail(why, -EINVAL, "'%s': expected the peer's IPv%d address, as SRC is one", peer,
				t->src.v6 ? 6 : 4);
	u->has_qfi = n > 3;
	if (n > 3 && read_number(qfi, 63, &u->qfi))
		return bty_fail(why, -EINVAL, "'%s': expected a QFI from 0 to 63", qfi);
	return 0;
}

static void print_tunnel(const struct format *f, const struct bty_tunnels *t, const struct tunnel *u, char *buf,
			 size_t size)
{
	char addr[INET6_ADDRSTRLEN], peer[INET6_ADDRSTRLEN], id[16], qfi[8] = "";

	inet_ntop(u->v6 ? AF_INET6 : AF_INET, u->addr, addr, sizeof(addr));
	inet_ntop(t->src.v6 ? AF_INET6 : AF_INET, u->peer, peer, sizeof(peer));
	snprintf(id, sizeof(id), f->print, u->id);
	if (u->has_qfi)
		snprintf(qfi, sizeof(qfi), " %u", u->qfi);
	snprintf(buf, size, "%s %s %s%s", addr, id, peer, qfi);
}

static int parse_id(const struct format *f, const char *text, struct bty_tunnel_id *t, struct bty_err *why)
{
	char id[24], color[8], extra[2];
	int n = sscanf(text, "%23s %7s %1s", id, color, extra);
	uint32_t v = 0;

	if (n < 1 || n > 2)
		return bty_fail(why, -EINVAL, "expected %s [COLOR]", f->id);
	if (read_number(id, f->max, &t->id))
		return bty_fail(why, -EINVAL, "'%s': expected %s", id, f->what);
	if (n > 1 && read_number(color, 255, &v))
		return bty_fail(why, -EINVAL, "'%s': expected a color from 0 to 255", color);
	t->used = 1;
	t->has_color = n > 1;
	t->color = v;
	return 0;
}

static void print_id(const struct format *f, const struct bty_tunnel_id *t, char *buf, size_t size)
{
	char id[16], color[8] = "";

	snprintf(id, sizeof(id), f->print, t->id);
	if (t->has_color)
		snprintf(color, sizeof(color), " %u", t->color);
	snprintf(buf, size, "%s%s", id, color);
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

static uint32_t hash_tunnel(const void *entry)
{
	return bty_tunnel_hash(((const struct tunnel *)entry)->addr);
}

static uint32_t hash_id(const void *entry)
{
	return bty_tunnel_id_hash(((const struct bty_tunnel_id *)entry)->id);
}

static int plan_tunnels(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES],
			void **priv, struct bty_err *err)
{
	int ret = place(e, hash_tunnel, &spec[0].nrows, priv, err);

	spec[0].row_size = sizeof(struct bty_tunnel);
	((struct bty_tunnels *)args)->rows_mask = spec[0].nrows - 1;
	return ret;
}

static int plan_ids(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		    struct bty_err *err)
{
	int ret = place(e, hash_id, &spec[0].nrows, priv, err);

	spec[0].row_size = sizeof(struct bty_tunnel_id);
	((struct bty_tunnel_ids *)args)->rows_mask = spec[0].nrows - 1;
	return ret;
}

static int fill_tunnels(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
			struct bty_gateways *gateways, struct bty_err *err)
{
	const uint32_t *row = priv;
	const struct tunnel *u;
	struct bty_tunnel *to;
	size_t i;

	for (i = 0; i < e->n; i++) {
		u = bty_entry(e, i);
		to = (struct bty_tunnel *)rows[0] + row[i];
		memcpy(to->addr, u->addr, sizeof(to->addr));
		memcpy(to->peer, u->peer, sizeof(to->peer));
		to->id = u->id;
		to->used = 1;
		to->v6 = u->v6;
		to->has_qfi = u->has_qfi;
		to->qfi = u->qfi;
	}
	return 0;
}

static int fill_ids(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		    struct bty_gateways *gateways, struct bty_err *err)
{
	const uint32_t *row = priv;
	size_t i;

	for (i = 0; i < e->n; i++)
		memcpy((struct bty_tunnel_id *)rows[0] + row[i], bty_entry(e, i), sizeof(struct bty_tunnel_id));
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

#define TUNNEL_ARGS(number)                                       \
	{ .keyword = "SRC",                                       \
	  .what = "address of this end of the tunnels",           \
	  .type = BTY_ARG_ADDR,                                   \
	  .offset = offsetof(struct bty_tunnels, src) },          \
		{ .keyword = "PORT",                              \
		  .what = "UDP port of the other ends",           \
		  .type = BTY_ARG_U32,                            \
		  .offset = offsetof(struct bty_tunnels, port),   \
		  .min = 1,                                       \
		  .max = 65535,                                   \
		  .deflt = number },                              \
		{ .keyword = "TTL",                               \
		  .what = "TTL or hop limit of the outer header", \
		  .type = BTY_ARG_U32,                            \
		  .offset = offsetof(struct bty_tunnels, ttl),    \
		  .min = 1,                                       \
		  .max = 255,                                     \
		  .deflt = "64" },                                \
		{ .keyword = "DSCP",                              \
		  .what = "DSCP of the outer header",             \
		  .type = BTY_ARG_U32,                            \
		  .offset = offsetof(struct bty_tunnels, dscp),   \
		  .max = 63,                                      \
		  .deflt = "0" }

#define ID_ARGS(number)                                    \
	{ .keyword = "PORT",                               \
	  .what = "UDP port of this end",                  \
	  .type = BTY_ARG_U32,                             \
	  .offset = offsetof(struct bty_tunnel_ids, port), \
	  .min = 1,                                        \
	  .max = 65535,                                    \
	  .deflt = number }

static int configure_tunnels(const struct bty_conf *conf, const struct bty_arg *table, void *args, struct bty_err *err)
{
	const struct bty_tunnels *t = args;
	int ret = configure(conf, table, args, err);

	if (!ret && !t->src.word[0] && !t->src.v6)
		return bty_conf_fail(conf, -1, err, "argument missing: expected SRC (address of this end)");
	return ret;
}

int bty_gtpuencaptable_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	static const struct bty_arg table[] = {
		TUNNEL_ARGS("2152"),
		{ .keyword = "UPLINK",
		  .what = "direction",
		  .type = BTY_ARG_BOOL,
		  .offset = offsetof(struct gtpuencaptable_args, uplink) },
		BTY_ARGS_END,
	};

	return configure_tunnels(conf, table, args, err);
}

int bty_vxlanencaptable_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	static const struct bty_arg table[] = { TUNNEL_ARGS("4789"), BTY_ARGS_END };

	return configure_tunnels(conf, table, args, err);
}

int bty_gtpudecaptable_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	static const struct bty_arg table[] = { ID_ARGS("2152"), BTY_ARGS_END };

	return configure(conf, table, args, err);
}

int bty_vxlandecaptable_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	static const struct bty_arg table[] = { ID_ARGS("4789"), BTY_ARGS_END };

	return configure(conf, table, args, err);
}

int bty_tunnels_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct bty_tunnels *)args)->has_other_port = nconnected > 1;
	return 0;
}

int bty_tunnel_ids_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct bty_tunnel_ids *)args)->has_other_port = nconnected > 1;
	return 0;
}

static int parse_gtpu_tunnel(const void *args, const char *text, int key_only, void *entry, struct bty_err *why)
{
	return parse_tunnel(&gtpu, args, text, key_only, entry, why);
}

static void print_gtpu_tunnel(const void *args, const void *entry, char *buf, size_t size)
{
	print_tunnel(&gtpu, args, entry, buf, size);
}

static int parse_gtpu_id(const void *args, const char *text, int key_only, void *entry, struct bty_err *why)
{
	return parse_id(&gtpu, text, entry, why);
}

static void print_gtpu_id(const void *args, const void *entry, char *buf, size_t size)
{
	print_id(&gtpu, entry, buf, size);
}

static int parse_vxlan_tunnel(const void *args, const char *text, int key_only, void *entry, struct bty_err *why)
{
	return parse_tunnel(&vxlan, args, text, key_only, entry, why);
}

static void print_vxlan_tunnel(const void *args, const void *entry, char *buf, size_t size)
{
	print_tunnel(&vxlan, args, entry, buf, size);
}

static int parse_vxlan_id(const void *args, const char *text, int key_only, void *entry, struct bty_err *why)
{
	return parse_id(&vxlan, text, entry, why);
}

static void print_vxlan_id(const void *args, const void *entry, char *buf, size_t size)
{
	print_id(&vxlan, entry, buf, size);
}

const struct bty_table_ops bty_gtpuencaptable_tables = {
	.noun = "user",
	.keywords = " SRC PORT TTL DSCP UPLINK ",
	.entry_size = sizeof(struct tunnel),
	.key_size = offsetof(struct tunnel, id),
	.can_be_empty = 1,
	.parse = parse_gtpu_tunnel,
	.print = print_gtpu_tunnel,
	.plan = plan_tunnels,
	.fill = fill_tunnels,
	.release = free,
};

const struct bty_table_ops bty_gtpudecaptable_tables = {
	.noun = "TEID",
	.keywords = " PORT ",
	.entry_size = sizeof(struct bty_tunnel_id),
	.key_size = offsetof(struct bty_tunnel_id, used),
	.can_be_empty = 1,
	.parse = parse_gtpu_id,
	.print = print_gtpu_id,
	.plan = plan_ids,
	.fill = fill_ids,
	.release = free,
};

const struct bty_table_ops bty_vxlanencaptable_tables = {
	.noun = "subscriber",
	.keywords = " SRC PORT TTL DSCP ",
	.entry_size = sizeof(struct tunnel),
	.key_size = offsetof(struct tunnel, id),
	.can_be_empty = 1,
	.parse = parse_vxlan_tunnel,
	.print = print_vxlan_tunnel,
	.plan = plan_tunnels,
	.fill = fill_tunnels,
	.release = free,
};

const struct bty_table_ops bty_vxlandecaptable_tables = {
	.noun = "VNI",
	.keywords = " PORT ",
	.entry_size = sizeof(struct bty_tunnel_id),
	.key_size = offsetof(struct bty_tunnel_id, used),
	.can_be_empty = 1,
	.parse = parse_vxlan_id,
	.print = print_vxlan_id,
	.plan = plan_ids,
	.fill = fill_ids,
	.release = free,
};
