/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a node of ACL's trees is cut (aclcut.c). Used by acltree.c alone. */
#ifndef USER_ELEMENT_ACLCUT_H
#define USER_ELEMENT_ACLCUT_H

#include "acl.h"

#define ACL_BINTH    4	/* rules that make a leaf without further thought */
#define ACL_CUT_BITS 10 /* of a node, at most */

enum acl_field { ACL_F_SRC, ACL_F_DST, ACL_F_SPORT, ACL_F_DPORT, ACL_F_PROTO, ACL_F_NFIELDS };

/* What is known of packets that come to a node; bits of bty_acl_rule.addr_mask and proto_mask, ranges of ports. */
struct acl_place {
	__u64 addr;
	uint16_t proto; /* as in a key */
	uint16_t depth;
	uint8_t left[2]; /* bits of source and destination port not yet known */
	uint16_t lo[2];
};

struct acl_cut {
	enum acl_field field;
	uint8_t shift, bits; /* within the field */
	double score;
};

struct acl_list { /* of rules, by number */
	uint32_t *id;
	uint32_t n;
};

/* Children 0..2^bits-1 of a cut that a rule goes to: first, then on by step over those with bits of `wild`. */
struct acl_spread {
	uint32_t first, last; /* of a range of ports */
	uint32_t wild;	      /* of other fields: first with any of these bits */
};

struct acl_cutter {
	const struct bty_acl_rule *rule;
	uint32_t *count; /* 2^ACL_CUT_BITS, by child, of the cut that is tried */
};

/* Bits that a field is moved left within bty_acl_rule.addr, or struct acl_key's ports. */
int acl_field_shift(enum acl_field f);

/* Which children a rule goes to. */
void acl_spread_rule(const struct bty_acl_rule *r, const struct acl_place *at, const struct acl_cut *c,
		     struct acl_spread *s);

/* Returns whether there is a cut worth a step, or any at all where rules are too many for a leaf; then *c is it. */
int acl_find_cut(struct acl_cutter *b, const struct acl_list *l, const struct acl_place *at, struct acl_cut *c);

#endif
