/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps from a parsed file to a checked graph, in the order graph.c takes them. Private to user/graph. */
#ifndef USER_GRAPH_BUILD_H
#define USER_GRAPH_BUILD_H

#include "../config/ast.h"
#include "graph.h"

/* What is known of an element while the graph is made. */
struct bty_built {
	struct bty_conf conf;
	const struct bty_ast_args *args;
	int nout; /* outputs that its arguments call for; -1: as its class says */
};

struct bty_build {
	const struct bty_ast *ast;
	const struct bty_vars *vars;
	struct bty_graph *g;
	struct bty_err *err;
	int *node_el; /* mention -> element */
	struct bty_built el[BTY_MAX_ELEMENTS];
};

/* Each returns 0, or -errno with err set. */
int bty_build_elements(struct bty_build *b);
int bty_build_connections(struct bty_build *b);
int bty_build_expand(struct bty_build *b);
int bty_build_checks(struct bty_build *b);
int bty_build_flows(struct bty_build *b);

/* Sets err at pos of the file; returns -EINVAL. */
int bty_build_fail(struct bty_build *b, struct bty_pos pos, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
