/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arguments of one element as written in the pipeline file: split at top-level commas, comments and surrounding
 * white space removed, $NAMEs replaced. Made by the parser, read by argument tables and configure() hooks.
 */
#ifndef USER_CONFIG_CONF_H
#define USER_CONFIG_CONF_H

#include "../lib/err.h"

struct bty_confarg {
	const char *text; /* never NULL; "" when nothing stands between two commas */
	struct bty_pos pos;
};

struct bty_conf {
	const char *file;    /* for messages and for paths relative to it */
	const char *element; /* instance name */
	const char *class_name;
	struct bty_pos pos; /* of the declaration */
	int n;
	const struct bty_confarg *arg;
};

/* Sets err to "file:line:col: element: ..." at argument i (or the declaration when i < 0); returns -EINVAL. */
int bty_conf_fail(const struct bty_conf *conf, int i, struct bty_err *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
