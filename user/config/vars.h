/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the $NAMEs of a pipeline file stand for. Given by attach and check, used by the parser. */
#ifndef USER_CONFIG_VARS_H
#define USER_CONFIG_VARS_H

#include <stddef.h>
#include <stdint.h>

struct bty_set { /* --set NAME=value */
	const char *name;
	const char *value;
};

/* The variables of a file. */
struct bty_vars {
	const char *iface; /* $IFACE unless set has it; NULL: none */
	const struct bty_set *set;
	int nset;
	uint8_t *used; /* nset of them: 1 once the file has asked for it; NULL: nobody wants to know */
};

/* The value that the command line gives a name of so many bytes, or NULL. Names that came last win. */
const char *bty_vars_find(const struct bty_vars *v, const char *name, size_t len);

#endif
