// SPDX-License-Identifier: GPL-2.0-or-later
/* Shared tables: BPF arrays mapped by the agent and filled by their element; called by load.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "../element/table.h"
#include "internal.h"

static size_t map_size(const struct bty_table *t)
{
	size_t page = sysconf(_SC_PAGESIZE);

	return ((size_t)t->nrows * t->row_size + page - 1) & ~(page - 1);
}

static int create(struct bty_datapath *dp, int i, int n, const struct bty_table_spec *spec, struct bty_err *err)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	struct bty_table *t = &dp->table[i][n];
	const char *name = dp->graph->el[i].name;
	void *rows;
	int fd;

	t->nrows = spec->nrows ? spec->nrows : 1;
	t->row_size = spec->row_size;
	if (dp->plain) {
		rows = mmap(NULL, map_size(t), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (rows == MAP_FAILED)
			return bty_fail(err, -ENOMEM, "%s: no memory for its table", name);
		t->rows = rows;
		return 0;
	}
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, n ? "bty_table1" : "bty_table0", 4, t->row_size, t->nrows, &opts);
	if (fd < 0)
		return bty_fail(err, fd, "%s: table of %u rows of %u bytes: %s", name, t->nrows, t->row_size,
				strerror(-fd));
	dp->table_fd[i][n] = fd;
	rows = mmap(NULL, map_size(t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (rows == MAP_FAILED)
		return bty_fail(err, -errno, "%s: cannot map its table: %s", name, strerror(errno));
	t->rows = rows;
	return 0;
}

static int fill(struct bty_datapath *dp, int i, struct bty_err *err)
{
	const struct bty_element *el = &dp->graph->el[i];
	const struct bty_table_ops *ops = el->cls->table_ops;
	struct bty_table_spec spec[BTY_MAX_TABLES] = { 0 };
	uint8_t *rows[BTY_MAX_TABLES] = { 0 };
	void *priv = NULL;
	int n, ret;

	ret = ops->plan(el->args, spec, &priv, err);
	for (n = 0; !ret && n < el->cls->ntables; n++) {
		ret = create(dp, i, n, &spec[n], err);
		rows[n] = (uint8_t *)dp->table[i][n].rows;
	}
	if (!ret)
		ret = ops->fill(el->args, priv, rows, err);
	ops->release(priv);
	return ret;
}

int bty_tables_create(struct bty_datapath *dp, struct bty_err *err)
{
	int i, ret;

	for (i = 0; i < dp->graph->nel; i++) {
		if (!dp->graph->el[i].cls->ntables)
			continue;
		ret = fill(dp, i, err);
		if (ret)
			return ret;
	}
	return 0;
}

void bty_tables_destroy(struct bty_datapath *dp)
{
	int i, n;

	for (i = 0; i < BTY_MAX_ELEMENTS; i++)
		for (n = 0; n < BTY_MAX_TABLES; n++) {
			if (dp->table[i][n].rows)
				munmap((void *)dp->table[i][n].rows, map_size(&dp->table[i][n]));
			if (dp->table_fd[i][n] >= 0)
				close(dp->table_fd[i][n]);
		}
}
