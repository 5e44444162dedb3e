/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an element with tables gives: its entries (routes, rules ...) as text and as it keeps them, and the rows it makes of
 * them. Tables are BPF array maps that user space maps, so XDP and workers read the same bytes; user/load makes the maps.
 * An update never changes rows that packets see: new ones are filled aside and swapped in, see user/load/load.h.
 */
#ifndef USER_ELEMENT_TABLE_H
#define USER_ELEMENT_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <batchy/abi.h>
#include "../lib/err.h"

struct bty_table;    /* batchy/element.h */
struct bty_gateways; /* user/element/gateways.h */
struct bty_entries;  /* user/element/entries.h */

#define BTY_ENTRY_MAX 512 /* bytes of a parsed entry */

/* What packets have taught a table: one thing of it, as text that parse() reads. */
struct bty_learned {
	char text[80];
	const char *state; /* a word */
	uint64_t age_ns;   /* since it was last heard of */
};

struct bty_table_spec {
	uint32_t nrows;	   /* 0 is taken as 1 */
	uint32_t row_size; /* bytes, a multiple of 8 */
	/*
	 * What packets write into these rows (addresses learned, tokens left) survives an update: the rows are handed on as
	 * they are, and an update that calls for another size is refused.
	 */
	uint8_t kept;
};

struct bty_table_ops {
	const char *noun;     /* what an entry is: "route" */
	const char *keywords; /* arguments that are not entries, " FIELDS DEFAULT "; FILE never is; NULL: none */
	/*
	 * A parsed entry has no padding that is not zero. Its first key_size bytes tell which entry it is: of two with the
	 * same, the later one replaces the earlier.
	 */
	size_t entry_size, key_size;
	int words;		  /* an argument of one word is not an entry either */
	const char *default_file; /* read when there is no argument at all, beside the pipeline; NULL: none */
	int can_be_empty; /* a pipeline may leave it without entries; without this that is taken for a mistake */

	/*
	 * Reads one entry into *entry, which is zero; key_only: what comes after the key may be missing. Returns 0, or
	 * -EINVAL with what is wrong in why, to stand after the place where it was found. NULL: no entries, its tables hold
	 * what packets write.
	 */
	int (*parse)(const void *args, const char *text, int key_only, void *entry, struct bty_err *why);
	/* The same as text that parse() reads; at most size bytes, cut when there are more. */
	void (*print)(const void *args, const void *entry, char *buf, size_t size);
	/* The output port an entry sends packets to; NULL when entries name none. */
	int (*port)(const void *entry);
	int more_outputs; /* there may be others than those that entries name, as packets teach it; they must be connected */

	/*
	 * Says how large each table must be, and sets what in args depends on that. *priv: what fill() needs, freed by
	 * release(); may be left alone. Returns 0, or -errno with err set: when the entries do not fit, how large it would
	 * have to be.
	 */
	int (*plan)(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		    struct bty_err *err);
	/*
	 * Fills the rows, which are zero; NULL for a kept table that has its rows already. gateways: the pipeline's, see
	 * bty_gateway_number().
	 */
	int (*fill)(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		    struct bty_gateways *gateways, struct bty_err *err);
	void (*release)(void *priv); /* NULL when there is never any */
	/*
	 * What was learned, for people: the next of it from *at on, which is 0 at first and moves along. Packets are passing
	 * meanwhile. Returns 1, or 0 at the end. NULL when nothing is learned.
	 */
	int (*learned)(const void *args, const struct bty_table *table, uint64_t now_ns, uint64_t *at,
		       struct bty_learned *out);
};

#endif
