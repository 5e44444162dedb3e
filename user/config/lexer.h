/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words and signs of a pipeline file, with their places. The arguments of an element are one token, from '(' to the
 * matching ')'. Used by user/config/parser.c and argsplit.c.
 */
#ifndef USER_CONFIG_LEXER_H
#define USER_CONFIG_LEXER_H

#include <stddef.h>
#include "../lib/err.h"

/* A place in the text that knows its line and column. */
struct bty_cursor {
	const char *src;
	size_t len, at;
	struct bty_pos pos;
};

enum bty_token_type {
	BTY_TOK_END,
	BTY_TOK_WORD,
	BTY_TOK_NUMBER,
	BTY_TOK_ARGS,
	BTY_TOK_ARROW,
	BTY_TOK_COLONS,
	BTY_TOK_COMMA,
	BTY_TOK_SEMICOLON,
	BTY_TOK_OPEN,  /* [ */
	BTY_TOK_CLOSE, /* ] */
};

struct bty_token {
	enum bty_token_type type;
	struct bty_cursor start; /* of the token */
	size_t end;		 /* offset after it */
};

void bty_cursor_init(struct bty_cursor *c, const char *src, size_t len);
void bty_cursor_skip(struct bty_cursor *c, size_t n);

/* The byte n further on, or 0 past the end. */
static inline unsigned char bty_cursor_peek(const struct bty_cursor *c, size_t n)
{
	return n < c->len - c->at ? c->src[c->at + n] : 0;
}

/* Whether a comment begins here. */
static inline int bty_cursor_comment(const struct bty_cursor *c)
{
	return bty_cursor_peek(c, 0) == '/' && (bty_cursor_peek(c, 1) == '/' || bty_cursor_peek(c, 1) == '*');
}

/* Past the comment or the "string" that begins here. Returns 0 or -EINVAL with err set. */
int bty_cursor_skip_comment(struct bty_cursor *c, const char *file, struct bty_err *err);
int bty_cursor_skip_string(struct bty_cursor *c, const char *file, struct bty_err *err);

/* Refuses bytes that no text file has. Returns 0 or -EINVAL with err set. */
int bty_lex_check_text(const char *src, size_t len, const char *file, struct bty_err *err);

/* The token at or after c, which moves past it. Returns 0 or -EINVAL with err set. */
int bty_lex(struct bty_cursor *c, struct bty_token *tok, const char *file, struct bty_err *err);

/* "'word'", "end of file": a token for messages. Returns buf. */
const char *bty_token_describe(const struct bty_token *tok, char *buf, size_t size);

int bty_is_word_start(unsigned char c);
int bty_is_word(unsigned char c);

#endif
