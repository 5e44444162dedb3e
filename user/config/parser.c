// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The grammar of a pipeline file, a subset of the Click language (E. Kohler, The Click Modular Router, 2000):
 *
 *	file      := { [ define | names | chain ] ';' }
 *	define    := 'define' args
 *	names     := word ',' word { ',' word } '::' word [ args ]
 *	chain     := { '->' between } node
 *	node      := [ '[' number ']' ] element [ '[' number ']' ]
 *	element   := word [ '::' word ] [ args ]
 *
 * Called by user/graph. There is no recursion: nesting exists in arguments alone, where it is counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <batchy/abi.h>

#include "argsplit.h"
#include "ast.h"
#include "lexer.h"

#define MAX_NODES (3 * BTY_MAX_ELEMENTS * BTY_MAX_OUT)

struct parser {
	struct bty_ast *ast;
	struct bty_splitter split;
	struct bty_cursor c;
	struct bty_token tok;
	size_t node_cap, conn_cap;
	int nelements;
	struct bty_err *err;
};

static int advance(struct parser *p)
{
	return bty_lex(&p->c, &p->tok, p->ast->file, p->err);
}

/* Whether a list of names begins here: the one place where a token is not enough. */
static int at_names(const struct parser *p)
{
	struct bty_cursor c = p->c;
	struct bty_token next;

	return p->tok.type == BTY_TOK_WORD && !bty_lex(&c, &next, p->ast->file, NULL) && next.type == BTY_TOK_COMMA;
}

/* Whether default values of variables begin here. */
static int at_define(const struct parser *p)
{
	struct bty_cursor c = p->c;
	struct bty_token next;

	return p->tok.type == BTY_TOK_WORD && p->tok.end - p->tok.start.at == 6 &&
	       !memcmp(p->tok.start.src + p->tok.start.at, "define", 6) && !bty_lex(&c, &next, p->ast->file, NULL) &&
	       next.type == BTY_TOK_ARGS;
}

static int fail_expected(struct parser *p, const char *what)
{
	char found[64];

	return bty_fail_at(p->err, -EINVAL, p->ast->file, p->tok.start.pos, "expected %s, found %s", what,
			   bty_token_describe(&p->tok, found, sizeof(found)));
}

static int fail_memory(struct parser *p)
{
	return bty_fail(p->err, -ENOMEM, "%s: out of memory", p->ast->file);
}

static const char *token_text(struct parser *p)
{
	return bty_arena_strndup(&p->ast->arena, p->tok.start.src + p->tok.start.at, p->tok.end - p->tok.start.at);
}

/* A name that a declaration gives. */
static int check_name(struct parser *p, const char *name, struct bty_pos pos)
{
	if (strchr(name, '@'))
		return bty_fail_at(p->err, -EINVAL, p->ast->file, pos,
				   "'%.40s': expected a name without '@', which is for anonymous elements", name);
	if (strlen(name) >= BTY_NAME_LEN)
		return bty_fail_at(p->err, -EINVAL, p->ast->file, pos,
				   "'%.40s...': expected a name of %d characters at most", name, BTY_NAME_LEN - 1);
	return 0;
}

/* Adds a mention; *index: its number. */
static int add_node(struct parser *p, const struct bty_ast_node *node, int *index)
{
	struct bty_ast *ast = p->ast;

	if (node->kind != BTY_NODE_WORD && ++p->nelements > BTY_MAX_ELEMENTS)
		return bty_fail_at(p->err, -EINVAL, ast->file, node->pos, "expected %d elements at most",
				   BTY_MAX_ELEMENTS);
	if (ast->nnodes == MAX_NODES)
		return bty_fail_at(p->err, -EINVAL, ast->file, node->pos, "expected %d mentions of elements at most",
				   MAX_NODES);
	if (bty_vec_grow((void **)&ast->node, &p->node_cap, ast->nnodes, sizeof(*node)))
		return fail_memory(p);
	*index = ast->nnodes;
	ast->node[ast->nnodes++] = *node;
	return 0;
}

/* `Class(args)` of a declaration, or the `(args)` of an anonymous element; the arguments may be missing. */
static int parse_class(struct parser *p, struct bty_ast_node *node)
{
	int r = 0;

	if (node->kind == BTY_NODE_DECL) {
		if (p->tok.type != BTY_TOK_WORD)
			return fail_expected(p, "a class name after '::'");
		node->class_name = token_text(p);
		node->class_pos = p->tok.start.pos;
		if (!node->class_name)
			return fail_memory(p);
		r = advance(p);
	}
	if (!r && p->tok.type == BTY_TOK_ARGS) {
		r = bty_split_args(&p->split, &p->tok, &node->args, p->err);
		if (!r)
			r = advance(p);
	}
	return r;
}

static int parse_element(struct parser *p, int *index)
{
	struct bty_ast_node node = { .kind = BTY_NODE_WORD };
	int r;

	if (p->tok.type != BTY_TOK_WORD)
		return fail_expected(p, "an element");
	node.word = node.class_name = token_text(p);
	node.pos = node.class_pos = p->tok.start.pos;
	if (!node.word)
		return fail_memory(p);
	if (!strcmp(node.word, "elementclass"))
		return bty_fail_at(p->err, -EINVAL, p->ast->file, node.pos,
				   "compound elements (elementclass) are not part of this language");
	r = advance(p);
	if (r)
		return r;
	if (p->tok.type == BTY_TOK_COLONS) {
		node.kind = BTY_NODE_DECL;
		r = check_name(p, node.word, node.pos);
		if (!r)
			r = advance(p);
	} else if (p->tok.type == BTY_TOK_ARGS) {
		node.kind = BTY_NODE_ANON;
	}
	if (!r && node.kind != BTY_NODE_WORD)
		r = parse_class(p, &node);
	return r ? r : add_node(p, &node, index);
}

/* [N], if there is one; *given: whether. */
static int parse_port(struct parser *p, unsigned int *port, struct bty_pos *pos, int *given)
{
	const char *s;
	int r;

	*port = 0;
	*given = p->tok.type == BTY_TOK_OPEN;
	if (!*given)
		return 0;
	*pos = p->tok.start.pos;
	r = advance(p);
	if (r)
		return r;
	if (p->tok.type != BTY_TOK_NUMBER)
		return fail_expected(p, "a port number");
	for (s = p->tok.start.src + p->tok.start.at; s < p->tok.start.src + p->tok.end; s++) {
		if (*s < '0' || *s > '9')
			return fail_expected(p, "a port number");
		*port = *port * 10 + (*s - '0');
		if (*port >= BTY_MAX_OUT)
			return fail_expected(p, "a port number below " BTY_TEXT(BTY_MAX_OUT));
	}
	r = advance(p);
	if (r)
		return r;
	return p->tok.type == BTY_TOK_CLOSE ? advance(p) : fail_expected(p, "']' after the port number");
}

static int add_conn(struct parser *p, const struct bty_ast_conn *conn)
{
	struct bty_ast *ast = p->ast;

	if (bty_vec_grow((void **)&ast->conn, &p->conn_cap, ast->nconns, sizeof(*conn)))
		return fail_memory(p);
	ast->conn[ast->nconns++] = *conn;
	return 0;
}

static int parse_chain(struct parser *p)
{
	struct bty_ast_conn conn = { .from = -1 };
	int node = -1, given, out_given, r;

	for (;;) {
		conn.in_pos = p->tok.start.pos;
		r = parse_port(p, &conn.in, &conn.in_pos, &given);
		if (r)
			return r;
		if (given && conn.from < 0)
			return bty_fail_at(p->err, -EINVAL, p->ast->file, conn.in_pos,
					   "input port at the beginning of a chain: expected an element");
		r = parse_element(p, &node);
		if (r)
			return r;
		conn.to = node;
		if (conn.from >= 0)
			r = add_conn(p, &conn);
		if (r)
			return r;
		conn.out_pos = p->ast->node[node].pos;
		r = parse_port(p, &conn.out, &conn.out_pos, &out_given);
		if (r)
			return r;
		if (p->tok.type != BTY_TOK_ARROW)
			break;
		conn.from = node;
		r = advance(p);
		if (r)
			return r;
	}
	if (out_given)
		return fail_expected(p, "'->' after the output port");
	p->ast->node[node].alone = conn.from < 0;
	if (p->tok.type == BTY_TOK_SEMICOLON)
		return 0;
	if (p->ast->node[node].kind == BTY_NODE_WORD)
		return fail_expected(p, conn.from < 0 ? "'::', '->' or '('" : "'->' or ';'");
	return fail_expected(p, "'->' or ';'");
}

/* a, b :: Class(args) */
static int parse_names(struct parser *p)
{
	struct bty_ast_node node = { .kind = BTY_NODE_DECL };
	int i, first = p->ast->nnodes, index, r;

	for (;;) {
		if (p->tok.type != BTY_TOK_WORD)
			return fail_expected(p, "a name");
		node.word = token_text(p);
		node.pos = p->tok.start.pos;
		if (!node.word)
			return fail_memory(p);
		r = check_name(p, node.word, node.pos);
		if (!r)
			r = add_node(p, &node, &index);
		if (!r)
			r = advance(p);
		if (r)
			return r;
		if (p->tok.type != BTY_TOK_COMMA)
			break;
		r = advance(p);
		if (r)
			return r;
	}
	if (p->tok.type != BTY_TOK_COLONS)
		return fail_expected(p, "',' or '::' after a list of names");
	r = advance(p);
	if (!r)
		r = parse_class(p, &node);
	if (r)
		return r;
	for (i = first; i < p->ast->nnodes; i++) {
		p->ast->node[i].class_name = node.class_name;
		p->ast->node[i].class_pos = node.class_pos;
		p->ast->node[i].args = node.args;
	}
	return p->tok.type == BTY_TOK_SEMICOLON ? 0 : fail_expected(p, "';' after the declaration");
}

static int parse_define(struct parser *p)
{
	int r = advance(p);

	if (!r)
		r = bty_split_define(&p->split, &p->tok, p->err);
	if (!r)
		r = advance(p);
	if (r || p->tok.type == BTY_TOK_SEMICOLON)
		return r;
	return fail_expected(p, "';' after define()");
}

static int parse_file(struct parser *p)
{
	int r;

	r = advance(p);
	while (!r && p->tok.type != BTY_TOK_END) {
		if (at_define(p))
			r = parse_define(p);
		else if (at_names(p))
			r = parse_names(p);
		else if (p->tok.type != BTY_TOK_SEMICOLON)
			r = parse_chain(p);
		if (!r)
			r = advance(p);
	}
	return r;
}

int bty_ast_parse(const char *text, size_t len, const char *file, const struct bty_vars *vars, struct bty_ast *ast,
		  struct bty_err *err)
{
	struct parser p = { .ast = ast, .split = { .ast = ast, .vars = vars }, .err = err };
	int r;

	*ast = (struct bty_ast){ .file = file, .src = text };
	if (len > BTY_AST_MAX_TEXT)
		return bty_fail(err, -E2BIG, "%s: longer than 1 MiB: expected a pipeline file", file);
	bty_cursor_init(&p.c, text, len);
	r = bty_lex_check_text(text, len, file, err);
	if (!r)
		r = parse_file(&p);
	bty_splitter_free(&p.split);
	return r;
}

void bty_ast_free(struct bty_ast *ast)
{
	free(ast->node);
	free(ast->conn);
	bty_arena_free(&ast->arena);
}

struct bty_pos bty_ast_arg_pos(const struct bty_ast *ast, const struct bty_ast_args *args, int i, size_t at)
{
	struct bty_cursor c = { .src = ast->src, .pos = args->arg[i].pos };

	if (args->src[i] < 0)
		return c.pos;
	c.at = args->src[i];
	c.len = c.at + at;
	bty_cursor_skip(&c, at);
	return c.pos;
}
