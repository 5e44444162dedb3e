// SPDX-License-Identifier: GPL-2.0-or-later
/* MACTable's arguments, stations as text, and its tables. Called when a pipeline is read, loaded and updated. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elements/mactable.h>

#include "entries.h"
#include "probe.h"
#include "user/config/argtable.h"
#include "user/config/conf.h"

#define MAX_KEYWORDS 8
#define MAX_ROWS     (1 << 22)

static const struct bty_arg keyword[] = {
	{ .keyword = "LEARN",
	  .what = "learn stations from sources",
	  .type = BTY_ARG_BOOL,
	  .offset = offsetof(struct mactable_args, learn),
	  .deflt = "false" },
	{ .keyword = "AGE",
	  .what = "time that a station is remembered",
	  .type = BTY_ARG_TIME_NS,
	  .offset = offsetof(struct mactable_args, age_ns),
	  .min = 1000000,
	  .max = 86400000000000,
	  .deflt = "300s" },
	{ .keyword = "CAPACITY",
	  .what = "stations that may be learned",
	  .type = BTY_ARG_U32,
	  .offset = offsetof(struct mactable_args, capacity),
	  .min = 1,
	  .max = 1 << 22,
	  .deflt = "1024" },
	{ .keyword = "FLOOD",
	  .what = "output for unknown stations and groups",
	  .type = BTY_ARG_U32,
	  .offset = offsetof(struct mactable_args, flood),
	  .given_offset = offsetof(struct mactable_args, flood_given),
	  .max = MACTABLE_PORTS - 1 },
	BTY_ARGS_END,
};

static int is_keyword(const char *text)
{
	int k;

	for (k = 0; keyword[k].what; k++)
		if (!strncmp(text, keyword[k].keyword, strlen(keyword[k].keyword)))
			return 1;
	return 0;
}

int bty_mactable_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	struct mactable_args *a = args;
	struct bty_confarg arg[MAX_KEYWORDS];
	struct bty_conf sub = *conf;
	int i, ret, entries = 0;

	sub.n = 0;
	sub.arg = arg;
	for (i = 0; i < conf->n; i++) {
		if (!is_keyword(conf->arg[i].text))
			entries++;
		else if (sub.n == MAX_KEYWORDS)
			return bty_conf_fail(conf, i, err, "a keyword given twice");
		else
			arg[sub.n++] = conf->arg[i];
	}
	ret = bty_argtable_compile(&sub, keyword, args, err);
	if (ret)
		return ret;
	if (!a->learn && !entries)
		return bty_conf_fail(conf, -1, err, "no stations: expected MAC PORT, FILE or LEARN true");
	while ((a->age_ns >> a->tick_sh) / MACTABLE_TICKS > 1)
		a->tick_sh++;
	a->age = (a->age_ns + (1ULL << a->tick_sh) - 1) >> a->tick_sh;
	return 0;
}

int bty_mactable_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	struct mactable_args *a = args;

	if (a->flood_given && a->flood >= (unsigned int)nconnected)
		return bty_conf_fail(conf, -1, err, "FLOOD %u is not connected", a->flood);
	if (!a->flood_given)
		a->flood = nconnected - 1;
	a->nout = nconnected;
	return 0;
}

static int parse(const void *args, const char *s, int key_only, void *entry, struct bty_err *why)
{
	struct mactable_entry *e = entry;
	unsigned int b[6], port = 0;
	int n = 0, end = 0, i;

	if (sscanf(s, " %2x:%2x:%2x:%2x:%2x:%2x %n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &n) < 6 || !n)
		return bty_fail(why, -EINVAL, "expected MAC PORT, as 02:00:00:00:00:01 3");
	for (i = 0; i < 6; i++)
		e->mac[i] = b[i];
	if (e->mac[0] & 1 || !mactable_address(e->mac))
		return bty_fail(why, -EINVAL, "expected the address of one station");
	if (key_only && !s[n])
		return 0;
	if (sscanf(s + n, "%2u %n", &port, &end) < 1 || !end || s[n + end] || port >= MACTABLE_PORTS)
		return bty_fail(why, -EINVAL, "expected an output from 0 to %d after the address", MACTABLE_PORTS - 1);
	e->port = port;
	return 0;
}

static void print(const void *args, const void *entry, char *buf, size_t size)
{
	const struct mactable_entry *e = entry;

	snprintf(buf, size, "%02x:%02x:%02x:%02x:%02x:%02x %u", e->mac[0], e->mac[1], e->mac[2], e->mac[3], e->mac[4],
		 e->mac[5], e->port);
}

static int port(const void *entry)
{
	return ((const struct mactable_entry *)entry)->port;
}

/* Returns whether all stations find a place in mask + 1 rows. */
static int put_all(const struct bty_entries *e, struct mactable_set *rows, uint32_t mask)
{
	const struct mactable_entry *m;
	struct mactable_set *s;
	uint64_t address;
	size_t i;
	int k;

	for (i = 0; i < e->n; i++) {
		m = bty_entry(e, i);
		address = mactable_address(m->mac);
		s = &rows[(uint32_t)bty_mix(address) & mask];
		for (k = 0; k < MACTABLE_WAYS && s->word[k]; k++)
			;
		if (k == MACTABLE_WAYS)
			return 0;
		s->word[k] = address << 16 | (uint64_t)m->port << 12 | 1;
	}
	return 1;
}

static int fail_rows(const struct bty_entries *e, struct bty_err *err)
{
	uint32_t *hash = malloc((e->n + 1) * sizeof(*hash));
	size_t i;

	for (i = 0; hash && i < e->n; i++)
		hash[i] = bty_mix(mactable_address(((const struct mactable_entry *)bty_entry(e, i))->mac));
	return bty_rows_fail(hash, e->n, MACTABLE_WAYS, e->ops->noun, MAX_ROWS, err);
}

static int plan(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		struct bty_err *err)
{
	struct mactable_args *a = args;
	uint32_t given = 1, learned = 1;
	struct mactable_set *rows = NULL;

	for (; given <= MAX_ROWS; given *= 2) {
		free(rows);
		rows = calloc(given, sizeof(*rows));
		*priv = rows;
		if (!rows)
			return bty_fail(err, -ENOMEM, "no memory for %zu stations", e->n);
		if (put_all(e, rows, given - 1))
			break;
	}
	if (given > MAX_ROWS)
		return fail_rows(e, err);
	while (a->learn && learned * MACTABLE_WAYS < 2 * a->capacity)
		learned *= 2;
	a->given_mask = given - 1;
	a->learned_mask = learned - 1;
	spec[0] = (struct bty_table_spec){ .nrows = learned, .row_size = sizeof(*rows), .kept = 1 };
	spec[1] = (struct bty_table_spec){ .nrows = given, .row_size = sizeof(*rows) };
	return 0;
}

static int fill(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		struct bty_gateways *gateways, struct bty_err *err)
{
	const struct mactable_args *a = args;

	memcpy(rows[1], priv, (a->given_mask + 1) * sizeof(struct mactable_set));
	return 0;
}

static int learned(const void *args, const struct bty_table *table, uint64_t now_ns, uint64_t *at,
		   struct bty_learned *out)
{
	const struct mactable_set *rows = (const void *)table[0].rows;
	uint64_t end = (uint64_t)table[0].nrows * MACTABLE_WAYS, w;
	const struct mactable_args *a = args;
	uint32_t tick = (now_ns >> a->tick_sh) & MACTABLE_TICK_OF;

	while (*at < end) {
		w = bty_once(rows[*at / MACTABLE_WAYS].word[*at % MACTABLE_WAYS]);
		++*at;
		if (!w || mactable_is_old(a, w, tick))
			continue;
		snprintf(out->text, sizeof(out->text), "%02x:%02x:%02x:%02x:%02x:%02x %u", (uint32_t)(w >> 56),
			 (uint32_t)(w >> 48) & 255, (uint32_t)(w >> 40) & 255, (uint32_t)(w >> 32) & 255,
			 (uint32_t)(w >> 24) & 255, (uint32_t)(w >> 16) & 255, MACTABLE_PORT(w));
		out->state = "learned";
		out->age_ns = (uint64_t)((tick - (uint32_t)w) & MACTABLE_TICK_OF) << a->tick_sh;
		return 1;
	}
	return 0;
}

const struct bty_table_ops bty_mactable_tables = {
	.noun = "station",
	.keywords = " LEARN AGE CAPACITY FLOOD ",
	.entry_size = sizeof(struct mactable_entry),
	.key_size = offsetof(struct mactable_entry, port),
	.can_be_empty = 1,
	.parse = parse,
	.print = print,
	.port = port,
	.more_outputs = 1,
	.plan = plan,
	.fill = fill,
	.release = free,
	.learned = learned,
};
