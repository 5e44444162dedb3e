// SPDX-License-Identifier: GPL-2.0-or-later
/* Aligned columns and readable numbers; called by the show verbs and top. */
#include <stdlib.h>
#include <string.h>

#include "table.h"

#define CELL 24

void table_init(struct table *t, char *head)
{
	char *save, *name;

	memset(t, 0, sizeof(*t));
	for (name = strtok_r(head, " ", &save); name && t->ncols < TABLE_COLS; name = strtok_r(NULL, " ", &save)) {
		t->left[t->ncols] = *name == '<';
		t->head[t->ncols++] = name + (*name == '<');
	}
}

void table_add(struct table *t, const char *text)
{
	char **more;

	if (t->ncells == t->size) {
		more = reallocarray(t->cell, t->size ? t->size * 2 : 64, sizeof(*t->cell));
		if (!more)
			abort();
		t->cell = more;
		t->size = t->size ? t->size * 2 : 64;
	}
	t->cell[t->ncells] = strdup(text ? text : "-");
	if (!t->cell[t->ncells++])
		abort();
}

static void put(FILE *f, const char *text, int left, int width, int last)
{
	if (left)
		fprintf(f, "%-*s", last ? 0 : width, text);
	else
		fprintf(f, "%*s", width, text);
	fputs(last ? "\n" : "  ", f);
}

void table_print(struct table *t, FILE *f, int max_rows)
{
	int width[TABLE_COLS] = { 0 }, rows = t->ncells / t->ncols, i, n, shown;

	shown = max_rows && rows > max_rows ? max_rows : rows;
	for (i = 0; i < t->ncols; i++)
		width[i] = strlen(t->head[i]);
	for (i = 0; i < shown * t->ncols; i++) {
		n = strlen(t->cell[i]);
		if (n > width[i % t->ncols])
			width[i % t->ncols] = n;
	}
	for (i = 0; i < t->ncols; i++)
		put(f, t->head[i], t->left[i], width[i], i == t->ncols - 1);
	for (i = 0; i < shown * t->ncols; i++)
		put(f, t->cell[i], t->left[i % t->ncols], width[i % t->ncols], i % t->ncols == t->ncols - 1);
	if (rows > shown)
		fprintf(f, "... and %d more\n", rows - shown);
	for (i = 0; i < t->ncells; i++)
		free(t->cell[i]);
	free(t->cell);
	t->cell = NULL;
	t->ncells = t->size = 0;
}

char *format_count(double n, char *buf)
{
	static const char unit[] = "kMGTPE";
	int i = -1;

	if (n < 100000) {
		snprintf(buf, CELL, "%.0f", n);
		return buf;
	}
	while (n >= 1000 && unit[i + 1]) {
		n /= 1000;
		i++;
	}
	snprintf(buf, CELL, "%.*f%c", n < 99.95 ? 1 : 0, n, unit[i]);
	return buf;
}

char *format_ns(double ns, char *buf)
{
	static const char *const unit[] = { "ns", "us", "ms", "s" };
	int i = 0;

	while (ns >= 1000 && i < 3) {
		ns /= 1000;
		i++;
	}
	if (ns == (long)ns)
		snprintf(buf, CELL, "%ld%s", (long)ns, unit[i]);
	else
		snprintf(buf, CELL, "%.*f%s", ns < 9.995 ? 2 : ns < 99.95 ? 1 : 0, ns, unit[i]);
	return buf;
}

void table_text(struct table *t, const json_t *v)
{
	const char *s = json_string_value(v);

	table_add(t, s && *s ? s : NULL);
}

void table_count(struct table *t, const json_t *v)
{
	char buf[CELL];

	table_add(t, json_is_number(v) ? format_count(json_number_value(v), buf) : NULL);
}

void table_time(struct table *t, const json_t *v)
{
	char buf[CELL];

	table_add(t, json_is_number(v) ? format_ns(json_number_value(v), buf) : NULL);
}

void table_real(struct table *t, const json_t *v, int decimals)
{
	char buf[64];

	snprintf(buf, sizeof(buf), "%.*f", decimals, json_number_value(v));
	table_add(t, json_is_number(v) ? buf : NULL);
}
