// SPDX-License-Identifier: GPL-2.0-or-later
/* From a pipeline file to a checked graph; called by user/placement, which completes it. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/file.h"
#include "../lib/log.h"
#include "build.h"

int bty_build_fail(struct bty_build *b, struct bty_pos pos, const char *fmt, ...)
{
	char msg[sizeof(b->err->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return bty_fail_at(b->err, -EINVAL, b->ast->file, pos, "%s", msg);
}

static int build(struct bty_build *b)
{
	int r;

	if (!b->ast->nnodes)
		return bty_build_fail(b, (struct bty_pos){ 1, 1 },
				      "nothing in it: expected a pipeline, as FromDevice($IFACE) -> ToHost;");
	b->node_el = calloc(b->ast->nnodes, sizeof(*b->node_el));
	b->g->el = calloc(BTY_MAX_ELEMENTS, sizeof(*b->g->el));
	if (!b->node_el || !b->g->el)
		return bty_fail(b->err, -ENOMEM, "%s: out of memory", b->ast->file);
	r = bty_build_elements(b);
	if (!r)
		r = bty_build_connections(b);
	if (!r)
		r = bty_build_expand(b);
	if (!r)
		r = bty_build_checks(b);
	if (!r)
		r = bty_build_flows(b);
	return r;
}

/* Whoever sets what the file does not ask for has mistaken it for another. */
static void warn_unused(const char *file, const struct bty_vars *vars)
{
	int i;

	for (i = 0; i < vars->nset; i++)
		if (!vars->used[i] && strcmp(vars->set[i].name, "IFACE"))
			bty_warn("%s: --set %s: nothing in the file asks for $%s; scripts/tables.py sets the sizes of "
				 "profiles",
				 file, vars->set[i].name, vars->set[i].name);
}

int bty_graph_parse(const char *text, size_t len, const char *file, const char *iface, const struct bty_set *sets,
		    int nsets, struct bty_graph **out, struct bty_err *err)
{
	const struct bty_vars vars = { iface, sets, nsets, calloc(nsets + 1, 1) };
	struct bty_ast ast = { .nnodes = 0 };
	struct bty_build *b = NULL;
	struct bty_graph *g;
	int r = -ENOMEM;

	g = calloc(1, sizeof(*g));
	b = calloc(1, sizeof(*b));
	if (!g || !b || !vars.used) {
		bty_fail(err, r, "%s: out of memory", file);
		goto out;
	}
	*b = (struct bty_build){ .ast = &ast, .vars = &vars, .g = g, .err = err };
	if (snprintf(g->file, sizeof(g->file), "%s", file) >= (int)sizeof(g->file)) {
		r = bty_fail(err, -EINVAL, "%s: expected a path of %zu characters at most", file, sizeof(g->file) - 1);
		goto out;
	}
	r = bty_ast_parse(text, len, g->file, &vars, &ast, err);
	if (!r)
		r = build(b);
	if (!r) {
		warn_unused(g->file, &vars);
		*out = g;
		g = NULL;
	}
out:
	free(vars.used);
	if (b)
		free(b->node_el);
	free(b);
	bty_ast_free(&ast);
	bty_graph_free(g);
	return r;
}

/* Reads the file, or the first bytes of one that is too large. */
static int read_file(const char *file, char *text, size_t size, size_t *len, struct bty_err *err)
{
	struct bty_err why;
	ssize_t n = 1;
	int fd, r = 0;

	*len = 0;
	fd = bty_file_open(file, &why);
	if (fd < 0)
		return bty_fail(err, fd, "%s: cannot be opened: %s; expected a pipeline file", file, why.msg);
	while (n > 0 && *len < size) {
		n = read(fd, text + *len, size - *len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			r = bty_fail(err, -errno, "%s: cannot be read: %s", file, strerror(errno));
		else
			*len += n;
	}
	close(fd);
	return r;
}

int bty_graph_load(const char *file, const char *iface, const struct bty_set *sets, int nsets, struct bty_graph **out,
		   struct bty_err *err)
{
	const size_t size = BTY_AST_MAX_TEXT + 1;
	char *text = malloc(size);
	size_t len;
	int r;

	if (!text)
		return bty_fail(err, -ENOMEM, "%s: out of memory", file);
	r = read_file(file, text, size, &len, err);
	if (!r)
		r = bty_graph_parse(text, len, file, iface, sets, nsets, out, err);
	free(text);
	return r;
}

void bty_graph_free(struct bty_graph *g)
{
	int i;

	if (!g)
		return;
	for (i = 0; i < g->nel; i++) {
		free(g->el[i].args);
		bty_entries_free(g->el[i].entries);
		free(g->el[i].stand_in_args);
		free(g->el[i].config);
	}
	free(g->el);
	free(g);
}

int bty_graph_find(const struct bty_graph *g, const char *name)
{
	int i;

	for (i = 0; i < g->nel; i++)
		if (!strcmp(g->el[i].name, name))
			return i;
	return -1;
}
