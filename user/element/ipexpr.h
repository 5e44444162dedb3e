/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPClassifier's expressions as trees; parsed by ipexpr.c, compiled by ipclassifier.c. */
#ifndef USER_ELEMENT_IPEXPR_H
#define USER_ELEMENT_IPEXPR_H

#include <batchy/decision.h>

#include "../config/conf.h"

#define BTY_IPEXPR_MAX 1024 /* nodes of all the expressions of one element */

enum bty_ipexpr_op { BTY_IPEXPR_ALL, BTY_IPEXPR_NONE, BTY_IPEXPR_TEST, BTY_IPEXPR_NOT, BTY_IPEXPR_AND, BTY_IPEXPR_OR };

struct bty_ipexpr {
	enum bty_ipexpr_op op;
	int left, right;	       /* NOT has left only */
	struct bty_decision_node test; /* where is an enum ipclassifier_field */
};

struct bty_ipexpr_pool {
	int n;
	struct bty_ipexpr e[BTY_IPEXPR_MAX];
};

/* Parses argument i. Returns the root's index in pool, or -errno with err set (place and what was expected). */
int bty_ipexpr_parse(const struct bty_conf *conf, int i, struct bty_ipexpr_pool *pool, struct bty_err *err);

#endif
