/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splits the text between an element's parentheses into arguments and replaces variables; define(). Used by the parser alone. */
#ifndef USER_CONFIG_ARGSPLIT_H
#define USER_CONFIG_ARGSPLIT_H

#include "ast.h"
#include "lexer.h"

struct bty_splitter {
	struct bty_ast *ast;
	const struct bty_vars *vars;
	size_t total;	       /* bytes of arguments so far: a variable must not grow a file without bound */
	int defining;	       /* a variable at the beginning of an argument is a name, not its value */
	struct bty_set *deflt; /* by define(), in the order of the file */
	size_t deflt_cap;
	int ndeflt;
	/* scratch, freed by the parser */
	char *text;
	size_t text_cap;
	struct bty_confarg *arg;
	size_t arg_cap;
	long *src;
	size_t src_cap;
};

/* tok: BTY_TOK_ARGS. Returns 0, or -errno with err set. */
int bty_split_args(struct bty_splitter *s, const struct bty_token *tok, struct bty_ast_args *out, struct bty_err *err);

/* tok: BTY_TOK_ARGS of a define(), `$NAME value, ...`: what stands for those that the command line does not give. */
int bty_split_define(struct bty_splitter *s, const struct bty_token *tok, struct bty_err *err);

void bty_splitter_free(struct bty_splitter *s);

#endif
