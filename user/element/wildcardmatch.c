// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * WildcardMatch's arguments and entries: those of one mask are a tuple, and all tuples share one hash table. Called when a
 * pipeline is read, loaded and updated.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elements/wildcardmatch.h>

#include "entries.h"
#include "fields.h"
#include "match.h"

#define MAX_PRIORITY 65535

struct entry {
	__u8 mask[BTY_KEY_SIZE];
	__u8 key[BTY_KEY_SIZE];
	__u8 port; /* what comes before it is the key */
	__u8 pad;
	__u16 priority;
};

/* A mask, while its tuple is found. */
struct found {
	__u8 mask[BTY_KEY_SIZE];
	unsigned int bits;
	__u32 rank;	/* among all masks: more bits, then earlier ones */
	__u32 priority; /* highest */
};

struct plan {
	struct found mask[WILDCARDMATCH_TUPLES]; /* by score, highest first */
	unsigned int n;
	struct bty_match match;
};

int bty_wildcardmatch_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	struct wildcardmatch_args *a = args;

	return bty_fields_configure(conf, &a->fields, &a->names, &a->deflt, nout, err);
}

static int parse(const void *args, const char *text, int key_only, void *entry, struct bty_err *why)
{
	const struct wildcardmatch_args *a = args;
	unsigned int priority = 0, port = 0;
	struct entry *e = entry;
	int ret = bty_values_parse(&a->names, &text, e->key, e->mask, why);

	if (ret || (key_only && !*text))
		return ret;
	if (bty_number_parse(&text, "a priority after the values,", MAX_PRIORITY, &priority, why) ||
	    bty_number_parse(&text, "an output port after the priority,", BTY_MAX_OUT - 1, &port, why))
		return -EINVAL;
	e->priority = priority;
	e->port = port;
	return *text ? bty_fail(why, -EINVAL, "'%.40s': expected nothing after the port", text) : 0;
}

static void print(const void *args, const void *entry, char *buf, size_t size)
{
	const struct wildcardmatch_args *a = args;
	const struct entry *e = entry;
	size_t n = bty_values_print(&a->names, e->key, e->mask, buf, size);

	if (n < size)
		snprintf(buf + n, size - n, "%u %u", e->priority, e->port);
}

static int port(const void *entry)
{
	return ((const struct entry *)entry)->port;
}

static void release(void *priv)
{
	struct plan *p = priv;

	if (p)
		free(p->match.rows);
	free(p);
}

static struct found *find_mask(struct plan *p, const __u8 *mask)
{
	unsigned int i;

	for (i = 0; i < p->n; i++)
		if (!memcmp(p->mask[i].mask, mask, BTY_KEY_SIZE))
			return &p->mask[i];
	return NULL;
}

static unsigned int count_bits(const __u8 *mask)
{
	unsigned int i, n = 0;

	for (i = 1; i < BTY_KEY_SIZE; i++)
		n += __builtin_popcount(mask[i]);
	return n;
}

static int by_mask(const void *a, const void *b)
{
	return memcmp(*(const struct entry *const *)a, *(const struct entry *const *)b, BTY_KEY_SIZE);
}

static int fail_masks(const struct bty_entries *e, struct bty_err *err)
{
	const struct entry **sorted = malloc(e->n * sizeof(*sorted));
	size_t i, n = 0;

	for (i = 0; sorted && i < e->n; i++)
		sorted[i] = bty_entry(e, i);
	if (sorted)
		qsort(sorted, e->n, sizeof(*sorted), by_mask);
	for (i = 0; sorted && i < e->n; i++)
		n += !i || by_mask(&sorted[i - 1], &sorted[i]);
	free(sorted);
	return bty_fail(err, -E2BIG, "the rules have %zu different masks; at most %d are possible", n,
			WILDCARDMATCH_TUPLES);
}

static int find_masks(struct plan *p, const struct bty_entries *e, struct bty_err *err)
{
	const struct entry *entry;
	struct found *f;
	size_t i;

	for (i = 0; i < e->n; i++) {
		entry = bty_entry(e, i);
		f = find_mask(p, entry->mask);
		if (!f) {
			if (p->n == WILDCARDMATCH_TUPLES)
				return fail_masks(e, err);
			f = &p->mask[p->n++];
			memcpy(f->mask, entry->mask, BTY_KEY_SIZE);
			f->bits = count_bits(entry->mask);
		}
		if (entry->priority > f->priority)
			f->priority = entry->priority;
	}
	return 0;
}

static int by_rank(const void *a, const void *b)
{
	const struct found *f = a, *g = b;

	if (f->bits != g->bits)
		return f->bits < g->bits ? -1 : 1;
	return memcmp(f->mask + 1, g->mask + 1, BTY_KEY_SIZE - 1);
}

static __u32 score(unsigned int priority, __u32 rank)
{
	return priority * WILDCARDMATCH_TUPLES + rank + 1;
}

static int by_score(const void *a, const void *b)
{
	const struct found *f = a, *g = b;

	return score(f->priority, f->rank) > score(g->priority, g->rank) ? -1 : 1;
}

static int make_match(struct plan *p, const struct bty_entries *e, __u32 nwords, struct bty_err *err)
{
	struct bty_match_item *item = calloc(e->n + 1, sizeof(*item));
	const struct entry *entry;
	struct found *f;
	size_t i;
	int ret;

	if (!item)
		return bty_fail(err, -ENOMEM, "no memory for %zu rules", e->n);
	for (i = 0; i < e->n; i++) {
		entry = bty_entry(e, i);
		f = find_mask(p, entry->mask);
		memcpy(item[i].key.word, entry->key, sizeof(entry->key));
		item[i].value = BTY_MATCH_VALUE(f - p->mask, entry->port, score(entry->priority, f->rank));
	}
	ret = bty_match_make(item, e->n, nwords, &p->match, err);
	free(item);
	return ret;
}

static int plan(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		struct bty_err *err)
{
	struct wildcardmatch_args *a = args;
	struct plan *p = calloc(1, sizeof(*p));
	unsigned int i;
	int ret;

	*priv = p;
	if (!p)
		return bty_fail(err, -ENOMEM, "out of memory");
	ret = find_masks(p, e, err);
	if (ret)
		return ret;
	qsort(p->mask, p->n, sizeof(p->mask[0]), by_rank);
	for (i = 0; i < p->n; i++)
		p->mask[i].rank = i;
	qsort(p->mask, p->n, sizeof(p->mask[0]), by_score);
	ret = make_match(p, e, a->fields.nwords, err);
	if (ret)
		return ret;
	a->mask = p->match.nrows - 1;
	a->ntuples = p->n;
	for (i = 0; i < p->n; i++) {
		memcpy(a->tuple[i].mask.word, p->mask[i].mask, BTY_KEY_SIZE);
		a->tuple[i].score = score(p->mask[i].priority, p->mask[i].rank);
	}
	spec[0] = (struct bty_table_spec){ .nrows = p->match.nrows, .row_size = p->match.row_size };
	return 0;
}

static int fill(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		struct bty_gateways *gateways, struct bty_err *err)
{
	const struct plan *p = priv;

	memcpy(rows[0], p->match.rows, (size_t)p->match.nrows * p->match.row_size);
	return 0;
}

const struct bty_table_ops bty_wildcardmatch_tables = {
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
