// SPDX-License-Identifier: GPL-2.0-or-later
/* Shared tables: BPF arrays mapped by the agent and filled by their element; called by load.c and update.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "../element/entries.h"
#include "internal.h"

static size_t map_size(const struct bty_table *t)
{
	size_t page = sysconf(_SC_PAGESIZE);

	return ((size_t)t->nrows * t->row_size + page - 1) & ~(page - 1);
}

static int map(const struct bty_element *el, struct bty_table *t, int fd, struct bty_err *err)
{
	void *rows = mmap(NULL, map_size(t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (rows == MAP_FAILED)
		return bty_fail(err, -errno, "%s: cannot map its table: %s", el->name, strerror(errno));
	t->rows = rows;
	return 0;
}

/* Where nothing is in the kernel. */
static int create_plain(const struct bty_element *el, struct bty_table *t, struct bty_err *err)
{
	void *rows = mmap(NULL, map_size(t), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (rows == MAP_FAILED)
		return bty_fail(err, -ENOMEM, "%s: no memory for its table", el->name);
	t->rows = rows;
	return 0;
}

static int create(const struct bty_datapath *dp, const struct bty_element *el, const struct bty_table_spec *spec,
		  struct bty_table *t, int *fd, struct bty_err *err)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);

	t->nrows = spec->nrows ? spec->nrows : 1;
	t->row_size = spec->row_size;
	if (dp->plain)
		return create_plain(el, t, err);
	*fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bty_table", 4, t->row_size, t->nrows, &opts);
	if (*fd < 0)
		return bty_fail(err, *fd, "%s: no memory for a table of %u rows of %u bytes (%zu KiB): %s", el->name,
				t->nrows, t->row_size, map_size(t) >> 10, strerror(-*fd));
	return map(el, t, *fd, err);
}

/* State that packets keep: the same rows under another descriptor. */
static int hand_on(const struct bty_element *el, const struct bty_table_spec *spec, const struct bty_table *was,
		   int was_fd, struct bty_table *t, int *fd, struct bty_err *err)
{
	if (spec->nrows != was->nrows || spec->row_size != was->row_size)
		return bty_fail(err, -E2BIG,
				"%s: what it has learned is kept in %u rows of %u bytes, and this would need %u of %u; "
				"detach and attach to begin anew",
				el->name, was->nrows, was->row_size, spec->nrows, spec->row_size);
	*fd = fcntl(was_fd, F_DUPFD_CLOEXEC, 0);
	if (*fd < 0)
		return bty_fail(err, -errno, "%s: cannot keep its table: %s", el->name, strerror(errno));
	t->nrows = was->nrows;
	t->row_size = was->row_size;
	return map(el, t, *fd, err);
}

int bty_tables_make(struct bty_datapath *dp, const struct bty_element *el, void *args,
		    const struct bty_entries *entries, const struct bty_table *was, const int *was_fd,
		    struct bty_table *table, int *fd, struct bty_err *err)
{
	const struct bty_table_ops *ops = el->cls->table_ops;
	struct bty_table_spec spec[BTY_MAX_TABLES] = { 0 };
	uint8_t *rows[BTY_MAX_TABLES] = { 0 };
	struct bty_err why;
	void *priv = NULL;
	int n, ret;

	ret = ops->plan(args, entries, spec, &priv, &why);
	if (ret)
		bty_fail(err, ret, "%s: %s", el->name, why.msg);
	for (n = 0; !ret && n < el->cls->ntables; n++) {
		if (was && spec[n].kept) {
			ret = hand_on(el, &spec[n], &was[n], was_fd[n], &table[n], &fd[n], err);
			continue;
		}
		ret = create(dp, el, &spec[n], &table[n], &fd[n], err);
		rows[n] = (uint8_t *)table[n].rows;
	}
	if (!ret) {
		ret = ops->fill(args, entries, priv, rows, &dp->gateways, &why);
		if (ret)
			bty_fail(err, ret, "%s: %s", el->name, why.msg);
	}
	if (ops->release)
		ops->release(priv);
	return ret;
}

void bty_tables_free(struct bty_table *table, int *fd)
{
	int n;

	for (n = 0; n < BTY_MAX_TABLES; n++) {
		if (table[n].rows)
			munmap((void *)table[n].rows, map_size(&table[n]));
		if (fd[n] >= 0)
			close(fd[n]);
	}
}
