// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Arguments of an element: split at commas outside quotes and parentheses, comments and line ends blanked (so that
 * text and file stay aligned), variables replaced after the split, so that a value never makes two arguments.
 * Called by the parser on text whose quotes, comments and parentheses the lexer has found closed.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "argsplit.h"

#define MAX_TOTAL (2 * BTY_AST_MAX_TEXT)

/* One argument being read. */
struct reader {
	struct bty_splitter *s;
	struct bty_cursor c; /* c.len ends before the closing parenthesis */
	size_t n;	     /* bytes in s->text */
	size_t trimmed;	     /* the same without trailing blanks */
	long src;
	struct bty_pos pos;
};

static int put(struct reader *rd, const char *bytes, size_t n, struct bty_err *err)
{
	struct bty_splitter *s = rd->s;
	size_t i;

	if (n > MAX_TOTAL - s->total)
		return bty_fail_at(err, -E2BIG, s->ast->file, rd->c.pos, "arguments are longer than %d bytes in all",
				   MAX_TOTAL);
	s->total += n;
	for (i = 0; i < n; i++) {
		if (bty_vec_grow((void **)&s->text, &s->text_cap, rd->n, 1))
			return bty_fail(err, -ENOMEM, "%s: out of memory", s->ast->file);
		s->text[rd->n++] = bytes[i];
	}
	return 0;
}

/* Bytes up to `end`, as written; a blank for each when `blank`. */
static int copy_to(struct reader *rd, size_t end, int blank, struct bty_err *err)
{
	int r = 0;

	for (; rd->c.at < end && !r; bty_cursor_skip(&rd->c, 1))
		r = put(rd, blank ? " " : rd->c.src + rd->c.at, 1, err);
	if (!blank)
		rd->trimmed = rd->n;
	return r;
}

static const char *find(const struct bty_set *set, int n, const char *name, size_t len)
{
	while (n--)
		if (strlen(set[n].name) == len && !memcmp(set[n].name, name, len))
			return set[n].value;
	return NULL;
}

const char *bty_vars_find(const struct bty_vars *v, const char *name, size_t len)
{
	const char *value = find(v->set, v->nset, name, len);
	int i;

	for (i = 0; value && v->used && i < v->nset; i++)
		v->used[i] |= strlen(v->set[i].name) == len && !memcmp(v->set[i].name, name, len);
	return value;
}

/* The command line's value comes before the file's. */
static const char *lookup(const struct bty_splitter *s, const char *name, size_t len)
{
	const char *value = bty_vars_find(s->vars, name, len);

	if (!value && len == 5 && !memcmp(name, "IFACE", 5))
		value = s->vars->iface;
	return value ? value : find(s->deflt, s->ndeflt, name, len);
}

/* $NAME or ${NAME} at the cursor; a '$' before anything else stands for itself. */
static int replace_variable(struct reader *rd, struct bty_err *err)
{
	const char *file = rd->s->ast->file, *name, *value;
	int brace = bty_cursor_peek(&rd->c, 1) == '{', shown;
	size_t len = 0;
	int r;

	name = rd->c.src + rd->c.at + 1 + brace;
	if (bty_is_word_start(bty_cursor_peek(&rd->c, 1 + brace)))
		while (isalnum(bty_cursor_peek(&rd->c, 1 + brace + len)) ||
		       bty_cursor_peek(&rd->c, 1 + brace + len) == '_')
			len++;
	if (brace && (!len || bty_cursor_peek(&rd->c, 2 + len) != '}'))
		return bty_fail_at(err, -EINVAL, file, rd->c.pos, "expected a variable as ${NAME}");
	if (!len)
		return copy_to(rd, rd->c.at + 1, 0, err);
	if (rd->s->defining && !rd->trimmed)
		return copy_to(rd, rd->c.at + 1 + 2 * brace + len, 0, err);
	value = lookup(rd->s, name, len);
	shown = len > 40 ? 40 : len;
	if (!value && len == 5 && !memcmp(name, "IFACE", 5))
		return bty_fail_at(err, -EINVAL, file, rd->c.pos,
				   "$IFACE has no value: no interface is given; expected --set IFACE=NAME");
	if (!value)
		return bty_fail_at(err, -EINVAL, file, rd->c.pos, "$%.*s has no value: expected --set %.*s=VALUE",
				   shown, name, shown, name);
	r = put(rd, value, strlen(value), err);
	bty_cursor_skip(&rd->c, 1 + 2 * brace + len);
	rd->trimmed = rd->n;
	rd->src = -1;
	return r;
}

/* The string at the cursor, with its quotes; variables are replaced in it. */
static int read_string(struct reader *rd, struct bty_err *err)
{
	struct bty_cursor end = rd->c;
	int r;

	r = bty_cursor_skip_string(&end, rd->s->ast->file, err);
	while (!r && rd->c.at < end.at) {
		if (bty_cursor_peek(&rd->c, 0) == '$')
			r = replace_variable(rd, err);
		else
			r = copy_to(rd, rd->c.at + (bty_cursor_peek(&rd->c, 0) == '\\' ? 2 : 1), 0, err);
	}
	return r;
}

static int read_blank(struct reader *rd, struct bty_err *err)
{
	struct bty_cursor end = rd->c;
	int r = 0;

	if (bty_cursor_comment(&rd->c))
		r = bty_cursor_skip_comment(&end, rd->s->ast->file, err);
	else
		bty_cursor_skip(&end, 1);
	return r ? r : copy_to(rd, end.at, 1, err);
}

/* One argument, up to a comma or the end. */
static int read_arg(struct reader *rd, struct bty_err *err)
{
	int depth = 0, r = 0;
	unsigned char b;

	rd->n = rd->trimmed = 0;
	rd->pos = rd->c.pos;
	rd->src = rd->c.at;
	while (!r && rd->c.at < rd->c.len) {
		b = bty_cursor_peek(&rd->c, 0);
		if (b == ',' && !depth)
			break;
		if (isspace(b) || bty_cursor_comment(&rd->c)) {
			r = read_blank(rd, err);
			if (!rd->trimmed) { /* leading blanks are no part of it */
				rd->n = 0;
				rd->pos = rd->c.pos;
				rd->src = rd->c.at;
			}
			continue;
		}
		if (b == '"') {
			r = read_string(rd, err);
		} else if (b == '$') {
			r = replace_variable(rd, err);
		} else {
			depth += (b == '(') - (b == ')');
			r = copy_to(rd, rd->c.at + 1, 0, err);
		}
	}
	return r;
}

static int add_arg(struct reader *rd, size_t n, struct bty_err *err)
{
	struct bty_splitter *s = rd->s;
	const char *text = bty_arena_strndup(&s->ast->arena, rd->trimmed ? s->text : "", rd->trimmed);

	if (!text || bty_vec_grow((void **)&s->arg, &s->arg_cap, n, sizeof(*s->arg)) ||
	    bty_vec_grow((void **)&s->src, &s->src_cap, n, sizeof(*s->src)))
		return bty_fail(err, -ENOMEM, "%s: out of memory", s->ast->file);
	s->arg[n] = (struct bty_confarg){ .text = text, .pos = rd->pos };
	s->src[n] = rd->src;
	return 0;
}

int bty_split_args(struct bty_splitter *s, const struct bty_token *tok, struct bty_ast_args *out, struct bty_err *err)
{
	struct reader rd = { .s = s, .c = tok->start };
	struct bty_confarg *arg;
	size_t n = 0;
	long *src;
	int r;

	rd.c.len = tok->end - 1;
	do {
		bty_cursor_skip(&rd.c, 1); /* '(' or ',' */
		r = read_arg(&rd, err);
		/* nothing between the parentheses is no argument, not an empty one */
		if (!r && (n || rd.trimmed || rd.c.at < rd.c.len))
			r = add_arg(&rd, n++, err);
		if (r)
			return r;
	} while (rd.c.at < rd.c.len);
	arg = bty_arena_alloc(&s->ast->arena, n * sizeof(*arg));
	src = bty_arena_alloc(&s->ast->arena, n * sizeof(*src));
	if (!arg || !src)
		return bty_fail(err, -ENOMEM, "%s: out of memory", s->ast->file);
	if (n) {
		memcpy(arg, s->arg, n * sizeof(*arg));
		memcpy(src, s->src, n * sizeof(*src));
	}
	*out = (struct bty_ast_args){ .n = n, .arg = arg, .src = src };
	return 0;
}

/* One `$NAME value` or `${NAME} value`, as split. */
static int add_default(struct bty_splitter *s, const struct bty_confarg *arg, struct bty_err *err)
{
	const char *file = s->ast->file, *name = arg->text, *value;
	int brace = !strncmp(name, "${", 2);
	struct bty_set *d;
	size_t len;

	name += brace ? 2 : name[0] == '$';
	len = strcspn(name, brace ? "}" : " \t\r\n\f\v");
	value = name + len + (brace && name[len]);
	value += strspn(value, " \t\r\n\f\v");
	if (arg->text[0] != '$' || !len || !*value)
		return bty_fail_at(err, -EINVAL, file, arg->pos,
				   "'%.40s': expected a variable and its value, as in $NAME value", arg->text);
	if (find(s->deflt, s->ndeflt, name, len))
		return bty_fail_at(err, -EINVAL, file, arg->pos, "$%.*s is defined twice", len > 40 ? 40 : (int)len,
				   name);
	name = bty_arena_strndup(&s->ast->arena, name, len);
	if (!name || bty_vec_grow((void **)&s->deflt, &s->deflt_cap, s->ndeflt, sizeof(*s->deflt)))
		return bty_fail(err, -ENOMEM, "%s: out of memory", file);
	d = &s->deflt[s->ndeflt++];
	*d = (struct bty_set){ .name = name, .value = value };
	return 0;
}

int bty_split_define(struct bty_splitter *s, const struct bty_token *tok, struct bty_err *err)
{
	struct bty_ast_args args;
	int i, r;

	s->defining = 1;
	r = bty_split_args(s, tok, &args, err);
	s->defining = 0;
	if (!r && !args.n)
		r = bty_fail_at(err, -EINVAL, s->ast->file, tok->start.pos,
				"expected a variable and its value, as in define($NAME value)");
	for (i = 0; !r && i < args.n; i++)
		r = add_default(s, &args.arg[i], err);
	return r;
}

void bty_splitter_free(struct bty_splitter *s)
{
	free(s->deflt);
	free(s->text);
	free(s->arg);
	free(s->src);
}
