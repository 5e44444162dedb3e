/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of user/load only. */
#ifndef USER_LOAD_INTERNAL_H
#define USER_LOAD_INTERNAL_H

#include "load.h"

/* Plans, creates, maps and fills the tables of every element. Returns 0 or -errno with err set. */
int bty_tables_create(struct bty_datapath *dp, struct bty_err *err);
void bty_tables_destroy(struct bty_datapath *dp);

/* Loads the program of element i and puts it in the program array. */
int bty_program_load(struct bty_datapath *dp, int i, struct bty_err *err);

/* Explains -EPERM: which capability of those the agent needs is missing. Returns code. */
int bty_fail_privilege(struct bty_err *err, int code, const char *what);

#endif
