// SPDX-License-Identifier: GPL-2.0-or-later
/* Words and signs of a pipeline file; called by the parser. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lexer.h"

void bty_cursor_init(struct bty_cursor *c, const char *src, size_t len)
{
	*c = (struct bty_cursor){ .src = src, .len = len, .pos = { 1, 1 } };
}

void bty_cursor_skip(struct bty_cursor *c, size_t n)
{
	for (; n && c->at < c->len; n--, c->at++) {
		c->pos.col++;
		if (c->src[c->at] == '\n') {
			c->pos.line++;
			c->pos.col = 1;
		}
	}
}

int bty_is_word_start(unsigned char c)
{
	return isalpha(c) || c == '_';
}

/* '@' is for the names of anonymous elements, which a PATH may say */
int bty_is_word(unsigned char c)
{
	return isalnum(c) || c == '_' || c == '@';
}

int bty_cursor_skip_comment(struct bty_cursor *c, const char *file, struct bty_err *err)
{
	struct bty_pos start = c->pos;

	if (bty_cursor_peek(c, 1) == '/') {
		while (c->at < c->len && c->src[c->at] != '\n')
			bty_cursor_skip(c, 1);
		return 0;
	}
	for (bty_cursor_skip(c, 2); c->at < c->len; bty_cursor_skip(c, 1)) {
		if (c->src[c->at] == '*' && bty_cursor_peek(c, 1) == '/') {
			bty_cursor_skip(c, 2);
			return 0;
		}
	}
	return bty_fail_at(err, -EINVAL, file, start, "comment without end: expected '*/'");
}

int bty_cursor_skip_string(struct bty_cursor *c, const char *file, struct bty_err *err)
{
	struct bty_pos start = c->pos;

	for (bty_cursor_skip(c, 1); c->at < c->len && c->src[c->at] != '\n'; bty_cursor_skip(c, 1)) {
		if (c->src[c->at] == '"') {
			bty_cursor_skip(c, 1);
			return 0;
		}
		if (c->src[c->at] == '\\' && bty_cursor_peek(c, 1) != '\n')
			bty_cursor_skip(c, 1);
	}
	return bty_fail_at(err, -EINVAL, file, start, "string without end: expected '\"' on the same line");
}

int bty_lex_check_text(const char *src, size_t len, const char *file, struct bty_err *err)
{
	struct bty_cursor c;
	unsigned char b;

	for (bty_cursor_init(&c, src, len); c.at < c.len; bty_cursor_skip(&c, 1)) {
		b = src[c.at];
		if (iscntrl(b) && !isspace(b))
			return bty_fail_at(err, -EINVAL, file, c.pos, "byte 0x%02x: expected a text file", b);
	}
	return 0;
}

/* From '(' past the matching ')'. */
static int skip_args(struct bty_cursor *c, const char *file, struct bty_err *err)
{
	struct bty_pos start = c->pos;
	int depth = 0, r;

	while (c->at < c->len) {
		if (c->src[c->at] == '"') {
			r = bty_cursor_skip_string(c, file, err);
		} else if (bty_cursor_comment(c)) {
			r = bty_cursor_skip_comment(c, file, err);
		} else {
			depth += (c->src[c->at] == '(') - (c->src[c->at] == ')');
			bty_cursor_skip(c, 1);
			if (!depth)
				return 0;
			r = 0;
		}
		if (r)
			return r;
	}
	return bty_fail_at(err, -EINVAL, file, start, "'(' without end: expected ')'");
}

static int unexpected(const struct bty_cursor *c, const char *file, struct bty_err *err)
{
	unsigned char b = c->src[c->at];
	const char *hint = "";

	if (b == '$')
		hint = ": variables are replaced inside the arguments of an element only";
	else if (b == '-' && bty_is_word(bty_cursor_peek(c, 1)))
		hint = ": expected '->' between elements, '_' in a name";
	else if (b == '-')
		hint = ": expected '->'";
	else if (b == ':')
		hint = ": expected '::'";
	else if (b == '=')
		hint = ": expected '->' between elements, '::' in a declaration";
	else if (b == '{' || b == '}')
		hint = ": compound elements are not part of this language";
	else if (b == ')')
		hint = ": no '(' is open";
	else if (b == '"')
		hint = ": strings stand in the arguments of an element only";
	if (isprint(b))
		return bty_fail_at(err, -EINVAL, file, c->pos, "unexpected '%c'%s", b, hint);
	return bty_fail_at(err, -EINVAL, file, c->pos, "unexpected byte 0x%02x", b);
}

static int skip_blank(struct bty_cursor *c, const char *file, struct bty_err *err)
{
	int r;

	for (;;) {
		if (isspace(bty_cursor_peek(c, 0))) {
			bty_cursor_skip(c, 1);
		} else if (bty_cursor_comment(c)) {
			r = bty_cursor_skip_comment(c, file, err);
			if (r)
				return r;
		} else {
			return 0;
		}
	}
}

/* Tokens of fixed spelling. Returns its length, or 0. */
static size_t lex_sign(const struct bty_cursor *c, enum bty_token_type *type)
{
	static const struct {
		const char *text;
		enum bty_token_type type;
	} signs[] = {
		{ "->", BTY_TOK_ARROW },    { "::", BTY_TOK_COLONS }, { ",", BTY_TOK_COMMA },
		{ ";", BTY_TOK_SEMICOLON }, { "[", BTY_TOK_OPEN },    { "]", BTY_TOK_CLOSE },
	};
	size_t i, n;

	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		n = strlen(signs[i].text);
		if (c->len - c->at >= n && !memcmp(c->src + c->at, signs[i].text, n)) {
			*type = signs[i].type;
			return n;
		}
	}
	return 0;
}

int bty_lex(struct bty_cursor *c, struct bty_token *tok, const char *file, struct bty_err *err)
{
	unsigned char b;
	size_t n = 0;
	int r;

	r = skip_blank(c, file, err);
	if (r)
		return r;
	tok->start = *c;
	b = bty_cursor_peek(c, 0);
	if (c->at == c->len) {
		tok->type = BTY_TOK_END;
	} else if (b == '(') {
		tok->type = BTY_TOK_ARGS;
		r = skip_args(c, file, err);
		if (r)
			return r;
	} else if (bty_is_word_start(b)) {
		tok->type = BTY_TOK_WORD;
		while (bty_is_word(bty_cursor_peek(c, n)))
			n++;
	} else if (isdigit(b)) {
		tok->type = BTY_TOK_NUMBER;
		while (bty_is_word(bty_cursor_peek(c, n)))
			n++;
	} else {
		n = lex_sign(c, &tok->type);
		if (!n)
			return unexpected(c, file, err);
	}
	bty_cursor_skip(c, n);
	tok->end = c->at;
	return 0;
}

const char *bty_token_describe(const struct bty_token *tok, char *buf, size_t size)
{
	size_t n = tok->end - tok->start.at;

	if (tok->type == BTY_TOK_END)
		snprintf(buf, size, "end of file");
	else if (tok->type == BTY_TOK_ARGS)
		snprintf(buf, size, "'('");
	else
		snprintf(buf, size, "'%.*s'", n > 40 ? 40 : (int)n, tok->start.src + tok->start.at);
	return buf;
}
