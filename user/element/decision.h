/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds a decision graph (batchy/decision.h) from the last test to the first: where a test leads is always known when it
 * is added. Called by the configure() hooks of the classifiers.
 */
#ifndef USER_ELEMENT_DECISION_H
#define USER_ELEMENT_DECISION_H

#include <batchy/decision.h>

struct bty_decision_builder {
	int n;
	struct bty_decision_node node[BTY_DECISION_MAX]; /* in reverse */
};

/* Output port -> label. */
static inline int bty_decision_leaf(int port)
{
	return BTY_DECISION_LEAF | port;
}

/*
 * Adds a test that leads to labels yes and no, both from this builder or leaves; an equal test that exists is used
 * again. Returns its label, or -E2BIG when there are BTY_DECISION_MAX tests.
 */
int bty_decision_add(struct bty_decision_builder *b, const struct bty_decision_node *test, int yes, int no);

/* Writes the graph that begins at label start. The builder is spent afterwards. */
void bty_decision_finish(struct bty_decision_builder *b, int start, struct bty_decision *d);

#endif
