/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A decision graph: tests of (value & mask), each leading to a later test or to an output port. What Classifier and
 * IPClassifier compile their patterns to (user/element/decision.c) and evaluate per packet, in two steps that fused programs
 * (user/load/fuse.c) unroll: foo_look() reads what tests need, foo_test() evaluates a node. A test leads only forward, so
 * an evaluation ends after BTY_DECISION_MAX steps at most, and the BPF verifier, which sees the graph as constants in
 * .rodata, looks at each test once per state that reaches it.
 */
#ifndef BATCHY_DECISION_H
#define BATCHY_DECISION_H

#include <batchy/element.h>

#define BTY_DECISION_MAX  128
#define BTY_DECISION_LEAF 0x80 /* a label from here on is an output port ... */
#define BTY_DECISION_NONE 0xff /* ... or no match */
_Static_assert(BTY_DECISION_LEAF + BTY_MAX_OUT <= BTY_DECISION_NONE, "a label for each output");

/* True when lo <= (value & mask) <= lo + span; where says which value, in its user's terms. */
struct bty_decision_node {
	__u64 mask;
	__u64 lo;
	__u16 span;
	__u16 where;
	__u8 yes, no; /* labels: the index of a later node, or a leaf */
	__u16 pad;
};
_Static_assert(sizeof(struct bty_decision_node) == 24, "no holes: it is copied into .rodata");

struct bty_decision {
	__u32 start; /* label */
	__u32 n;     /* nodes in use */
	struct bty_decision_node node[BTY_DECISION_MAX];
};

static __always_inline int bty_decision_test(const struct bty_decision_node *node, __u64 value)
{
	return (value & node->mask) - node->lo <= node->span;
}

/* The label that a test leads to. */
static __always_inline __u32 bty_decision_next(const struct bty_decision_node *node, int holds)
{
	return holds ? node->yes : node->no;
}

/* What an element returns at a leaf. */
static __always_inline int bty_decision_verdict(__u32 label)
{
	return label == BTY_DECISION_NONE ? bty_drop(NO_MATCH) : (int)(label & (BTY_MAX_OUT - 1));
}

#endif
