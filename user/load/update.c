// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replaces one element while packets pass: everything is made aside, then its entry of the program array is exchanged.
 * Called by user/control when tables change, on the main thread.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "internal.h"

static struct bty_update *new_update(struct bty_datapath *dp, struct bty_graph *g, int el, struct bty_entries *entries)
{
	struct bty_update *u = calloc(1, sizeof(*u));
	int n;

	if (!u)
		return NULL;
	u->dp = dp;
	u->el = &g->el[el];
	u->index = el;
	u->entries = entries;
	u->prog_fd = -1;
	for (n = 0; n < BTY_MAX_TABLES; n++)
		u->table_fd[n] = -1;
	return u;
}

int bty_update_make(struct bty_datapath *dp, struct bty_graph *g, int el, struct bty_entries *entries,
		    struct bty_update **out, struct bty_err *err)
{
	struct bty_update *u = new_update(dp, g, el, entries);
	size_t size = g->el[el].cls->args_size;
	int ret = 0;

	if (!u) {
		bty_entries_free(entries);
		return bty_fail(err, -ENOMEM, "out of memory");
	}
	u->args = malloc(size ? size : 1);
	if (!u->args)
		ret = bty_fail(err, -ENOMEM, "out of memory");
	else
		memcpy(u->args, g->el[el].args, size);
	if (!ret)
		ret = bty_tables_make(dp, u->el, u->args, entries, dp->table[el], dp->table_fd[el], u->table,
				      u->table_fd, err);
	if (!ret && u->el->place & BTY_PLACE_XDP)
		ret = bty_program_load(dp, el, (struct bty_instance){ u->args, u->table_fd }, &u->obj, &u->prog_fd,
				       err);
	if (ret) {
		bty_update_free(u);
		return ret;
	}
	*out = u;
	return 0;
}

#define EXCHANGE(a, b)                  \
	do {                            \
		__auto_type _was = (a); \
		(a) = (b);              \
		(b) = _was;             \
	} while (0)

int bty_update_swap(struct bty_update *u, struct bty_err *err)
{
	struct bty_datapath *dp = u->dp;
	int i = u->index, n, ret;

	if (u->obj) {
		ret = bty_program_enter(dp, i, u->prog_fd, err);
		if (ret)
			return ret;
	}
	EXCHANGE(u->el->args, u->args);
	EXCHANGE(u->el->entries, u->entries);
	EXCHANGE(dp->obj[i], u->obj);
	EXCHANGE(dp->prog_fd[i], u->prog_fd);
	for (n = 0; n < BTY_MAX_TABLES; n++) {
		EXCHANGE(dp->table[i][n], u->table[n]);
		EXCHANGE(dp->table_fd[i][n], u->table_fd[n]);
	}
	return 0;
}

void bty_update_free(struct bty_update *u)
{
	if (!u)
		return;
	bpf_object__close(u->obj);
	bty_tables_free(u->table, u->table_fd);
	bty_entries_free(u->entries);
	free(u->args);
	free(u);
}
