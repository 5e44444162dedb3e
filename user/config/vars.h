/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the $NAMEs of a pipeline file stand for. Given by attach and check, used by the parser. */
#ifndef USER_CONFIG_VARS_H
#define USER_CONFIG_VARS_H

struct bty_set { /* --set NAME=value */
	const char *name;
	const char *value;
};

/* The variables of a file. */
struct bty_vars {
	const char *iface; /* $IFACE unless set has it; NULL: none */
	const struct bty_set *set;
	int nset;
};

#endif
