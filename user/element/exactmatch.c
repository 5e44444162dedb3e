// SPDX-License-Identifier: GPL-2.0-or-later
/* ExactMatch's arguments and entries. Called when a pipeline is read, loaded and updated. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elements/exactmatch.h>

#include "entries.h"
#include "fields.h"
#include "match.h"

struct entry {
	__u8 key[BTY_KEY_SIZE];
	__u8 port;
};

int bty_exactmatch_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	struct exactmatch_args *a = args;

	return bty_fields_configure(conf, &a->fields, &a->names, &a->deflt, nout, err);
}

static int parse(const void *args, const char *text, int key_only, void *entry, struct bty_err *why)
{
	const struct exactmatch_args *a = args;
	struct entry *e = entry;
	unsigned int port = 0;
	int ret = bty_values_parse(&a->names, &text, e->key, NULL, why);

	if (ret || (key_only && !*text))
		return ret;
	if (bty_number_parse(&text, "an output port after the values,", BTY_MAX_OUT - 1, &port, why))
		return -EINVAL;
	e->port = port;
	return *text ? bty_fail(why, -EINVAL, "'%.40s': expected nothing after the port", text) : 0;
}

static void print(const void *args, const void *entry, char *buf, size_t size)
{
	const struct exactmatch_args *a = args;
	const struct entry *e = entry;
	size_t n = bty_values_print(&a->names, e->key, NULL, buf, size);

	if (n < size)
		snprintf(buf + n, size - n, "%u", e->port);
}

static int port(const void *entry)
{
	return ((const struct entry *)entry)->port;
}

static void release(void *priv)
{
	struct bty_match *m = priv;

	if (m)
		free(m->rows);
	free(m);
}

static int plan(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		struct bty_err *err)
{
	struct bty_match_item *item = calloc(e->n + 1, sizeof(*item));
	struct bty_match *m = calloc(1, sizeof(*m));
	struct exactmatch_args *a = args;
	const struct entry *entry;
	size_t i;
	int ret;

	*priv = m;
	if (!item || !m) {
		free(item);
		return bty_fail(err, -ENOMEM, "no memory for %zu rules", e->n);
	}
	for (i = 0; i < e->n; i++) {
		entry = bty_entry(e, i);
		memcpy(item[i].key.word, entry->key, sizeof(entry->key));
		item[i].value = BTY_MATCH_VALUE(0, entry->port, 1);
	}
	ret = bty_match_make(item, e->n, a->fields.nwords, m, err);
	free(item);
	if (ret)
		return ret;
	a->mask = m->nrows - 1;
	spec[0] = (struct bty_table_spec){ .nrows = m->nrows, .row_size = m->row_size };
	return 0;
}

static int fill(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		struct bty_gateways *gateways, struct bty_err *err)
{
	const struct bty_match *m = priv;

	memcpy(rows[0], m->rows, (size_t)m->nrows * m->row_size);
	return 0;
}

const struct bty_table_ops bty_exactmatch_tables = {
	.noun = "rule",
	.keywords = " FIELDS DEFAULT ",
	.entry_size = sizeof(struct entry),
	.key_size = offsetof(struct entry, port),
	.can_be_empty = 1,
	.parse = parse,
	.print = print,
	.port = port,
	.plan = plan,
	.fill = fill,
	.release = release,
};
