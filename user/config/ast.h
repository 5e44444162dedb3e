/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pipeline file as written: mentions of elements in file order and connections between them, nothing looked up yet.
 * Made by the parser, read by user/graph, which knows classes and names.
 */
#ifndef USER_CONFIG_AST_H
#define USER_CONFIG_AST_H

#include <stddef.h>
#include "arena.h"
#include "conf.h"
#include "vars.h"

#define BTY_AST_MAX_TEXT (1 << 20)

struct bty_ast_args {
	int n;
	const struct bty_confarg *arg;
	/* offset in the file of the first byte of each text, which then is as written; -1: variables were replaced in
	 * it */
	const long *src;
};

enum bty_node_kind {
	BTY_NODE_DECL, /* name :: Class(args) */
	BTY_NODE_ANON, /* Class(args) */
	BTY_NODE_WORD, /* name, or Class without arguments */
};

/* One mention of an element. */
struct bty_ast_node {
	enum bty_node_kind kind;
	const char *word;	/* name, or class of ANON */
	const char *class_name; /* of DECL and ANON */
	struct bty_pos pos, class_pos;
	struct bty_ast_args args;
	int alone; /* the whole statement */
};

struct bty_ast_conn {
	int from, to; /* nodes */
	unsigned int out, in;
	struct bty_pos out_pos, in_pos; /* of the port, or of the element where none is written */
};

struct bty_ast {
	const char *file, *src;
	struct bty_arena arena;
	struct bty_ast_node *node;
	struct bty_ast_conn *conn;
	int nnodes, nconns;
};

/*
 * Parses len bytes of text, which must outlive the result. Returns 0, or -errno with err set; ast is to be freed
 * either way.
 */
int bty_ast_parse(const char *text, size_t len, const char *file, const struct bty_vars *vars, struct bty_ast *ast,
		  struct bty_err *err);

void bty_ast_free(struct bty_ast *ast);

/* Where byte `at` of argument i was written. */
struct bty_pos bty_ast_arg_pos(const struct bty_ast *ast, const struct bty_ast_args *args, int i, size_t at);

#endif
