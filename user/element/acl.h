/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACL in user space: rules as text (aclrules.c), the trees made of them (acltree.c). Called through acl.c's table_ops. */
#ifndef USER_ELEMENT_ACL_H
#define USER_ELEMENT_ACL_H

#include <stddef.h>
#include <elements/acl.h>

#include "../lib/err.h"

/* What struct bty_table_ops asks for, and so the next; args: struct acl_args, for its action. */
int bty_acl_parse(const void *args, const char *s, int key_only, void *entry, struct bty_err *why);

void bty_acl_print(const void *args, const void *entry, char *buf, size_t size);

/* "allow", "deny" or an output's number. Returns it, ACL_DENY, or -EINVAL. */
int bty_acl_action(const char *s);

/* A rule while trees are made; host order. Ranges: from lo, span more. verdict as in struct acl_row. */
struct bty_acl_rule {
	__u64 addr, addr_mask; /* source, destination */
	uint16_t sport_lo, sport_span, dport_lo, dport_span;
	uint16_t proto, proto_mask; /* as in a key, of ACL_PROTO_BITS; the mask is a prefix */
	uint32_t verdict;
};

struct bty_acl_trees {
	__u64 *nodes; /* as in table 0 */
	struct acl_row *rows;
	uint32_t nnodes, nrows;
	uint32_t nodes_size, rows_size; /* room */
};

/* Of rules in their order. Returns 0 and *out, or -errno with err set; bty_acl_trees_free() in either case. */
int bty_acl_trees_make(const struct bty_acl_rule *rules, uint32_t n, struct bty_acl_trees **out, struct bty_err *err);

void bty_acl_trees_free(struct bty_acl_trees *t); /* NULL is harmless */

#endif
