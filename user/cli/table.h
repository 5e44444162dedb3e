/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Aligned columns and numbers that people read; used by the show verbs and top. */
#ifndef USER_CLI_TABLE_H
#define USER_CLI_TABLE_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#define TABLE_COLS 20

struct table {
	int ncols;
	const char *head[TABLE_COLS];
	int left[TABLE_COLS]; /* text; numbers go to the right */
	int ncells, size;
	char **cell;
};

/* head: names between blanks; a name that begins with '<' is a column of text. "<name packets" */
void table_init(struct table *t, char *head);

/* Appends the next cell, row by row; NULL is shown as "-". */
void table_add(struct table *t, const char *text);

/* Prints and frees what was added; at most max_rows rows (0: all), then how many were left out. */
void table_print(struct table *t, FILE *f, int max_rows);

/* Cells from JSON values: text as it is, a count (123456 -> 123k), a time in ns (12300 -> 12.3us), null as "-". */
void table_text(struct table *t, const json_t *v);
void table_count(struct table *t, const json_t *v);
void table_time(struct table *t, const json_t *v);
void table_real(struct table *t, const json_t *v, int decimals);

/* buf of at least 24 bytes; both return it. */
char *format_count(double n, char *buf);
char *format_ns(double ns, char *buf);

#endif
