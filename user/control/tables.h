/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of the running pipelines: what is in them, and changes while packets pass. Called by the control socket on the
 * agent's main thread.
 */
#ifndef USER_CONTROL_TABLES_H
#define USER_CONTROL_TABLES_H

#include <jansson.h>
#include "../element/entries.h"
#include "agent.h"

#define BTY_TABLE_PAGE 10000 /* entries in one answer */

/* {"tables": [...]}, one for each element with entries. NULL with err set without memory. */
json_t *bty_tables_list(const struct bty_agent *a, struct bty_err *err);

/*
 * Entries of the index-th element called name, from number `from` on, BTY_TABLE_PAGE at most; "version" grows with each
 * change. Where packets teach the table something, as much of that from learned_at on, and in "learned_next" where to go on, 0
 * at the end. NULL with err set.
 */
json_t *bty_tables_page(const struct bty_agent *a, const char *name, uint64_t index, uint64_t from, uint64_t learned_at,
			struct bty_err *err);

/*
 * Changes the table of element name, in every pipeline that has one, as BTY_TABLE_* says; once it has returned no packet is
 * looked up in the table as it was. Returns 0 and how many entries there are, or -errno with err set and nothing
 * changed.
 */
int bty_tables_change(struct bty_agent *a, const char *name, enum bty_change what, const char *text, uint64_t *entries,
		      struct bty_err *err);

#endif
