/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `batchy-agent profile` has measured, and how it shows it. Only included in user/cli. */
#ifndef USER_CLI_PROFILE_H
#define USER_CLI_PROFILE_H

#include <jansson.h>
#include "../profile/profile.h"

struct profile_row {
	char *class_name, *args; /* owned; or of bty_cost_io_name() */
	int io;
	uint64_t entries;
	struct bty_profiled p;
};

struct profile_rows {
	struct profile_row *row;
	int n, size;
	const char *file; /* that has them now */
};

/* A row for el; takes nothing over. Returns 0 or -ENOMEM. */
int profile_add(struct profile_rows *rows, const struct bty_element *el, const struct bty_profiled *p);
int profile_add_io(struct profile_rows *rows, enum bty_cost_io io, const struct bty_profiled *p);
void profile_free(struct profile_rows *rows);

/* "Class(args)", to be freed. */
char *profile_label(const struct profile_row *row);

void profile_print(const struct profile_rows *rows);
json_t *profile_json(const struct profile_rows *rows);

/* A line on standard error that is drawn over, when that is a terminal. done of all; name NULL: takes it away. */
void profile_progress(const char *name, uint32_t done, uint32_t all);

#endif
