// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections between instances and the ports they use; then the hooks that wait for them. */
#include <string.h>

#include "build.h"

static int fail_output(struct bty_build *b, const struct bty_element *el, const struct bty_ast_conn *conn, int most)
{
	if (!most)
		return bty_build_fail(b, conn->out_pos, "'%s' (%s) has no output: expected the chain to end there",
				      el->name, el->cls->name);
	if (most == 1)
		return bty_build_fail(b, conn->out_pos, "'%s' (%s) has no output %u: expected 0, the only one",
				      el->name, el->cls->name, conn->out);
	return bty_build_fail(b, conn->out_pos, "'%s' (%s) has no output %u: expected 0 to %d", el->name, el->cls->name,
			      conn->out, most - 1);
}

static int connect(struct bty_build *b, const struct bty_ast_conn *conn)
{
	int f = b->node_el[conn->from], t = b->node_el[conn->to], most;
	struct bty_element *from = &b->g->el[f], *to = &b->g->el[t];
	const struct bty_element *info = from->cls->kind == BTY_KIND_INFO ? from : to;

	if (info->cls->kind == BTY_KIND_INFO)
		return bty_build_fail(b, info == from ? conn->out_pos : conn->in_pos,
				      "'%s' (%s) is for information: expected it outside of chains", info->name,
				      info->cls->name);
	most = b->el[f].nout >= 0 ? b->el[f].nout : from->cls->nout_max;
	if (conn->out >= (unsigned int)most)
		return fail_output(b, from, conn, most);
	if (!to->cls->nin)
		return bty_build_fail(b, conn->in_pos,
				      "'%s' (%s) has no input: expected it at the beginning of a chain", to->name,
				      to->cls->name);
	if (conn->in >= (unsigned int)to->cls->nin)
		return bty_build_fail(b, conn->in_pos, "'%s' (%s) has no input %u: expected 0, the only one", to->name,
				      to->cls->name, conn->in);
	if (from->out[conn->out] >= 0)
		return bty_build_fail(
			b, conn->out_pos,
			"output %u of '%s' is connected twice: expected one connection, it leads to '%s' already",
			conn->out, from->name, b->g->el[from->out[conn->out]].name);
	from->out[conn->out] = t;
	to->nin_edges++;
	return 0;
}

/* Settles the number of outputs; *nconnected: the highest connected one + 1. */
static int count_outputs(struct bty_build *b, int i, int *nconnected)
{
	struct bty_element *el = &b->g->el[i];
	int need = b->el[i].nout >= 0 ? b->el[i].nout : el->cls->nout_min, port;

	*nconnected = 0;
	for (port = 0; port < BTY_MAX_OUT; port++)
		if (el->out[port] >= 0)
			*nconnected = port + 1;
	/* no gaps: packets may leave by any output up to the last */
	if (need < *nconnected)
		need = *nconnected;
	for (port = 0; port < need; port++)
		if (el->out[port] < 0)
			return bty_build_fail(
				b, el->pos,
				"output %d of '%s' (%s) is not connected: expected '->' to some element, as Discard",
				port, el->name, el->cls->name);
	el->nout = need;
	return 0;
}

int bty_build_connections(struct bty_build *b)
{
	const struct bty_element *el;
	int i, r = 0, nconnected;

	for (i = 0; i < b->ast->nconns && !r; i++)
		r = connect(b, &b->ast->conn[i]);
	for (i = 0; i < b->g->nel && !r; i++) {
		el = &b->g->el[i];
		r = count_outputs(b, i, &nconnected);
		if (!r && el->cls->finish)
			r = el->cls->finish(&b->el[i].conf, el->args, nconnected, b->err);
		if (!r && el->entries)
			r = bty_entries_connected(el->entries, &b->el[i].conf, el->args, el->nout, b->err);
	}
	return r;
}
