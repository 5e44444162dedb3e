/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The entries of one element's tables, as user space keeps them: read from the pipeline's arguments and its FILE, changed by
 * `batchy-agent table`. One entry for each key; the order is that in which keys were first given, a FILE's before the
 * arguments'. Made by user/graph, replaced as a whole by user/control on the main thread: those in use never change.
 */
#ifndef USER_ELEMENT_ENTRIES_H
#define USER_ELEMENT_ENTRIES_H

#include <batchy/class.h>
#include "table.h"

struct bty_entries {
	const struct bty_table_ops *ops;
	size_t n, size, stride;
	uint8_t *e;	  /* n entries, each followed by one byte: it came from the FILE */
	uint32_t *slot;	  /* by hash of the key: number + 1, 0 for none */
	size_t nslots;	  /* a power of two */
	uint64_t version; /* changes since the pipeline was read */
	char file[256];	  /* "" for none */
};

static inline const void *bty_entry(const struct bty_entries *e, size_t i)
{
	return e->e + i * e->stride;
}

enum bty_change {
	BTY_TABLE_SET,	/* text: an entry; adds it or replaces the one with its key */
	BTY_TABLE_DEL,	/* text: an entry, of which only the key counts */
	BTY_TABLE_LOAD, /* text: a file, whose entries replace those that came from a file */
};

/*
 * Reads the arguments of an element whose class has tables, but for FILE in their order, and checks that the tables can be
 * made of them. *nout: grows to the outputs they name. Returns 0 and *out, or -errno with err set.
 */
int bty_entries_configure(const struct bty_class *cls, const struct bty_conf *conf, void *args,
			  struct bty_entries **out, int *nout, struct bty_err *err);

/*
 * Once connections are known: that the outputs which entries name are among the nout there are, where configure() did not
 * settle their number. Returns 0, or -EINVAL with err set, at the argument.
 */
int bty_entries_connected(const struct bty_entries *e, const struct bty_conf *conf, const void *args, int nout,
			  struct bty_err *err);

/*
 * *out: a copy of old with one change. nout: outputs there are; an entry for another is refused. Returns 0 or -errno with
 * err set: "file:line: " in front of what is wrong with a file, -ENOENT when there is nothing to delete.
 */
int bty_entries_change(const struct bty_entries *old, const void *args, enum bty_change what, const char *text,
		       int nout, struct bty_entries **out, struct bty_err *err);

void bty_entries_free(struct bty_entries *e); /* NULL is harmless */

/* 1 when this argument of an element is an entry, and neither FILE nor a keyword of the class. */
int bty_entries_is_entry(const struct bty_table_ops *ops, const char *arg);

/* Bytes they take in user space. */
size_t bty_entries_bytes(const struct bty_entries *e);

#endif
