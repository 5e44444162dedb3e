/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compiles the arguments of an element after its class's table. Used by user/graph. */
#ifndef USER_CONFIG_ARGTABLE_H
#define USER_CONFIG_ARGTABLE_H

#include <batchy/class.h>
#include "conf.h"

/* Beyond enum bty_arg_type: an int, the number of the argument, for one that has a grammar of its own (PATH). */
#define BTY_ARG_INDEX 255

/* Fills args from conf and the table's defaults. Returns 0, or -EINVAL with err set. */
int bty_argtable_compile(const struct bty_conf *conf, const struct bty_arg *table, void *args, struct bty_err *err);

#endif
