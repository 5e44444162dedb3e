// SPDX-License-Identifier: GPL-2.0-or-later
/* Decision graphs of the classifiers; called by their configure() hooks. */
#include <errno.h>
#include <string.h>

#include "decision.h"

/*
 * Where label leads a packet for which test came out as `outcome`: past tests of the same value whose outcome follows.
 */
static int follow(const struct bty_decision_builder *b, const struct bty_decision_node *test, int outcome, int label)
{
	const struct bty_decision_node *t;

	while (label < BTY_DECISION_LEAF) {
		t = &b->node[label];
		if (t->where != test->where || t->mask != test->mask)
			break;
		if (t->lo == test->lo && t->span == test->span)
			label = outcome ? t->yes : t->no;
		else if (outcome && (t->lo > test->lo + test->span || test->lo > t->lo + t->span))
			label = t->no;
		else
			break;
	}
	return label;
}

int bty_decision_add(struct bty_decision_builder *b, const struct bty_decision_node *test, int yes, int no)
{
	struct bty_decision_node node = *test;
	int i;

	yes = follow(b, test, 1, yes);
	no = follow(b, test, 0, no);
	if (yes == no)
		return yes;
	node.yes = yes;
	node.no = no;
	for (i = 0; i < b->n; i++)
		if (!memcmp(&b->node[i], &node, sizeof(node)))
			return i;
	if (b->n == BTY_DECISION_MAX)
		return -E2BIG;
	b->node[b->n] = node;
	return b->n++;
}

static int forward(const struct bty_decision_builder *b, int label)
{
	return label < BTY_DECISION_LEAF ? b->n - 1 - label : label;
}

void bty_decision_finish(struct bty_decision_builder *b, int start, struct bty_decision *d)
{
	int i;

	memset(d, 0, sizeof(*d));
	d->n = b->n;
	d->start = forward(b, start);
	for (i = 0; i < b->n; i++) {
		d->node[i] = b->node[b->n - 1 - i];
		d->node[i].yes = forward(b, d->node[i].yes);
		d->node[i].no = forward(b, d->node[i].no);
	}
}
