/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One argument's value, checked and stored by its type. Used by argtable.c. */
#ifndef USER_CONFIG_ARGVALUE_H
#define USER_CONFIG_ARGVALUE_H

#include <batchy/class.h>
#include "conf.h"

/* Stores value, which argument i of conf says (-1: a default). Returns 0, or -EINVAL with err set. */
int bty_argvalue_set(const struct bty_conf *conf, int i, const struct bty_arg *arg, const char *value, void *args,
		     struct bty_err *err);

#endif
