// SPDX-License-Identifier: GPL-2.0-or-later
/* The arguments of an element in one form, however they were written; called by costs.c. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cost.h"

/* The arguments of element.config, which joins them by commas. */
struct pieces {
	char *text;
	char **piece;
	int n;
};

static int split(const char *config, struct pieces *p)
{
	size_t commas = 1, i;
	int depth = 0, quoted = 0;
	char *s;

	for (i = 0; config[i]; i++)
		commas += config[i] == ',';
	p->n = 0;
	p->text = strdup(config);
	p->piece = calloc(commas, sizeof(*p->piece));
	if (!p->text || !p->piece)
		return -1;
	if (!*config)
		return 0;
	p->piece[p->n++] = p->text;
	for (s = p->text; *s; s++) {
		if (quoted && *s == '\\' && s[1])
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (!quoted)
			depth += (*s == '(') - (*s == ')');
		if (*s != ',' || quoted || depth)
			continue;
		*s = 0;
		p->piece[p->n++] = s + 1 + (s[1] == ' ');
	}
	return 0;
}

static const char *value_of(const struct bty_arg *arg, const char *piece)
{
	size_t n = arg->keyword ? strlen(arg->keyword) : 0;

	return n && !strncmp(piece, arg->keyword, n) && piece[n] == ' ' ? piece + n + 1 : NULL;
}

static const char *find_keyword(const struct bty_arg *table, const char *piece, int *t)
{
	const char *v;

	for (*t = 0; table[*t].what; ++*t) {
		v = value_of(&table[*t], piece);
		if (v)
			return v;
	}
	return NULL;
}

static void put(FILE *f, const char *keyword, const char *value, int *any)
{
	fprintf(f, "%s%s%s%s", *any ? ", " : "", keyword ? keyword : "", keyword ? " " : "", value);
	*any = 1;
}

/* What piece says of table[t], or NULL: by its keyword, or by its place. */
static const char *said(const struct bty_arg *table, int t, const struct pieces *p)
{
	int i, k, at = 0;
	const char *v;

	for (i = 0; i < p->n; i++) {
		v = find_keyword(table, p->piece[i], &k);
		if (v && k == t)
			return v;
		if (!v && ++at == table[t].positional)
			return p->piece[i];
	}
	return NULL;
}

static void by_table(FILE *f, const struct bty_arg *table, const struct pieces *p)
{
	const char *v;
	int t, any = 0;

	for (t = 0; table[t].what; t++) {
		v = said(table, t, p);
		if (v && !(table[t].deflt && !strcmp(v, table[t].deflt)))
			put(f, table[t].keyword, v, &any);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Those that are no entries, in any order. */
static void without_entries(FILE *f, const struct bty_table_ops *ops, struct pieces *p)
{
	int i, any = 0;

	qsort(p->piece, p->n, sizeof(*p->piece), by_text);
	for (i = 0; i < p->n; i++)
		if (!bty_entries_is_entry(ops, p->piece[i]) && strncmp(p->piece[i], "FILE ", 5))
			put(f, NULL, p->piece[i], &any);
}

char *bty_cost_args(const struct bty_element *el)
{
	const struct bty_class *cls = el->cls;
	struct pieces p = { 0 };
	char *out = NULL, *s;
	size_t size;
	FILE *f;
	int i, any = 0, failed = split(el->config ? el->config : "", &p);

	f = failed ? NULL : open_memstream(&out, &size);
	if (f) {
		if (cls->table_ops && cls->table_ops->parse)
			without_entries(f, cls->table_ops, &p);
		else if (cls->args && !cls->configure)
			by_table(f, cls->args, &p);
		else
			for (i = 0; i < p.n; i++)
				put(f, NULL, p.piece[i], &any);
		if (fclose(f)) {
			free(out);
			out = NULL;
		}
		/* what is no UTF-8 cannot be kept as JSON */
		for (s = out; s && *s; s++)
			if ((unsigned char)*s >= 0x80)
				*s = '?';
	}
	free(p.piece);
	free(p.text);
	return out;
}
