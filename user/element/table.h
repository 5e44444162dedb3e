/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared tables of an element (FIB, ACL ...): BPF array maps that user space maps, so XDP and workers read the same
 * bytes. The element says how large they must be and fills them; user/load makes the maps.
 */
#ifndef USER_ELEMENT_TABLE_H
#define USER_ELEMENT_TABLE_H

#include <stdint.h>
#include <batchy/abi.h>
#include "../lib/err.h"

struct bty_table_spec {
	uint32_t nrows;
	uint32_t row_size; /* bytes, a multiple of 8 */
};

struct bty_table_ops {
	/*
	 * Reads whatever the arguments name (a route file) and says how large each table must be. *priv: what fill()
	 * needs, freed by release(). Returns 0 or -errno with err set (file:line for a bad line).
	 */
	int (*plan)(const void *args, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv, struct bty_err *err);
	/* Fills the rows, which are zero. */
	int (*fill)(const void *args, void *priv, uint8_t *rows[BTY_MAX_TABLES], struct bty_err *err);
	void (*release)(void *priv);
};

#endif
