/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Classifier(PATTERN, ...): sends a packet to the output of the first pattern that its bytes match. A pattern is `-` (every
 * packet) or clauses that must all hold, separated by spaces: OFFSET/HEX[%MASK], with the offset in bytes from the
 * start of the frame, `?` for a hexadecimal digit that may be anything, `!` before a clause that must not hold.
 * A clause that needs bytes past the end of the frame does not hold (so its negation does).
 * Ports: 1 in; out i: packets of pattern i, at most 64. Offsets at most 2047. Drops: no_match.
 * Source: Click's Classifier.
 */
#ifndef ELEMENTS_CLASSIFIER_H
#define ELEMENTS_CLASSIFIER_H

#include <batchy/decision.h>

#define CLASSIFIER_MAX_OFFSET 2047

/* node.where: offset of the 8 bytes that a test looks at, as they lie in memory */
struct classifier_args {
	struct bty_decision d;
};

/*
 * off, in a way that the verifier cannot follow with a number of which it knows nothing. With known offsets it would tell
 * states apart by how far into the packet they have looked, and a hundred tests would cost it a million instructions.
 */
static __always_inline __u32 classifier_hide(__u32 off, __u32 unknown)
{
#ifdef __bpf__
	off += unknown;
	asm("" : "+r"(off));
	off -= unknown;
#endif
	return off & CLASSIFIER_MAX_OFFSET;
}

struct classifier_view {
	__u32 len;
};

static __always_inline void classifier_look(struct classifier_view *v, const struct bty_pkt *p,
					    const struct classifier_args *a)
{
	v->len = bty_len(p);
}

static __always_inline int classifier_test(const struct classifier_view *v, const struct bty_pkt *p,
					   const struct bty_decision_node *node)
{
	__u8 *q = p->data + classifier_hide(node->where, v->len);

	return q + 8 <= p->data_end && bty_decision_test(node, bty_ld64(q));
}

static __always_inline int classifier_push(struct bty_pkt *p, const struct classifier_args *a, struct bty_env *env)
{
	struct classifier_view v;
	__u32 label = a->d.start;

	classifier_look(&v, p, a);
	while (label < BTY_DECISION_MAX)
		label = bty_decision_next(&a->d.node[label], classifier_test(&v, p, &a->d.node[label]));
	return bty_decision_verdict(label);
}

#ifdef BTY_DESCRIBE
/* user/element/classifier.c */
int bty_classifier_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);

BTY_ELEMENT(classifier, .name = "Classifier", .summary = "Sends packets on by patterns of bytes at given offsets.",
	    .source = "Click", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1,
	    .nout_min = 1, .nout_max = BTY_MAX_OUT, .ports = "i: packets that pattern i is the first to match",
	    .usage = "PATTERN, ...: `-', or clauses [!]OFFSET/HEX[%MASK] that must all hold, as in 12/0800 23/11",
	    .args_size = sizeof(struct classifier_args), .configure = bty_classifier_configure,
	    .decision = BTY_DECISION_AT(struct classifier_args, d));
#endif
#endif
