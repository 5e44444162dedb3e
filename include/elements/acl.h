/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACL([ACTION a,] [UNMATCHED a,] FILE rules.txt) or with rules as arguments, or both: the first rule that matches an IPv4 packet
 * says what becomes of it. A rule is a line of a ClassBench file, with one column more than those have:
 *	@SRC/LEN DST/LEN SPORT : SPORT DPORT : DPORT PROTO/MASK [FLAGS/MASK] [allow|deny|PORT]
 * `deny` drops, `allow` is output 0, a number that output. A line without the last column, as ClassBench writes it, gets ACTION (deny
 * when not given); packets that no rule matches get UNMATCHED (allow). FLAGS is matched by rules for TCP (0x06/0xff), with the flags
 * in its upper byte, as in ClassBench's files: 0x0200 is SYN, 0x1000 ACK, up to 0x2000 (URG); other rules carry it along. Rules are
 * tried in their order, the FILE's first; a rule given twice keeps its first place and takes the later action. `batchy-agent table set` adds
 * at the end. Ports of TCP, UDP and SCTP; packets that have none, later fragments too, match only rules for all ports.
 * Ports: 1 in; out i: packets of rules for it, at most 64. Drops: acl_denied; not_ip (what is not IPv4), runt.
 * Limits: 2^24 rules; 32 that no field tells apart; 64 MiB. Beyond, a rule set is refused.
 * Source: ClassBench (INFOCOM 2005) for rules; decision trees as HiCuts (Hot Interconnects 1999), wildcards apart as in EffiCuts
 * (SIGCOMM 2010), but a node branches on any run of bits of one field.
 */
#ifndef ELEMENTS_ACL_H
#define ELEMENTS_ACL_H

#include <batchy/element.h>
#include <batchy/flowhash.h>

#define acl_TABLES	2
#define acl_HAS_PROCESS 1 /* in workers */

/*
 * Table 0: nodes, in words. The first ACL_TREES are the trees' roots, the next ACL_TREES the number of the first rule in each, in rising
 * order. A node has 2^BITS children in a row from BASE on, told apart by the bits from SHIFT on of word WORD of the packet's
 * key. A leaf has COUNT rules from BASE on in table 1, by rising number.
 */
#define ACL_TREES	4
#define ACL_FIRST	ACL_TREES /* row */
#define ACL_NODES	(2 * ACL_TREES)
#define ACL_BASE(e)	((__u32)(e))
#define ACL_SHIFT(e)	((e) >> 32 & 63)
#define ACL_BITS(e)	((e) >> 38 & 15)
#define ACL_COUNT(e)	((e) >> 38 & 63) /* of a leaf, in place of BITS */
#define ACL_WORD	(1ULL << 44)
#define ACL_LEAF	(1ULL << 45)
#define ACL_MAX_DEPTH	24
#define ACL_MAX_IN_LEAF 32
#define ACL_AT_ONCE	4
#define ACL_MAX_RULES	(1 << 24)

#define ACL_DENY      0xff
#define ACL_HAS_PORTS 0x100 /* in a key, with the protocol */
#define ACL_FLAGS_SH  9	    /* the same, flags of TCP from FIN up to URG */
#define ACL_FLAGS     0x3f
#define ACL_NONE      0xffffffffU

/* Table 1. Ranges: from lo, span more. verdict: the rule's number, and its output or ACL_DENY in the last 8 bits. */
struct acl_rule {
	__u64 addr, addr_mask;
	__u16 sport_lo, sport_span, dport_lo, dport_span;
	__u16 proto, proto_mask; /* with ACL_HAS_PORTS where a rule is not for all ports, and flags */
	__u32 verdict;
};
_Static_assert(sizeof(struct acl_rule) == 32, "two in a cache line");

/* One rule, as an argument or a line of FILE says it; host order. */
struct acl_entry {
	__u32 src, dst;
	__u16 sport[2], dport[2];
	__u8 src_len, dst_len, proto, proto_mask;
	__u8 flags, flags_mask; /* of TCP */
	__u8 action;		/* what comes before it is the key */
	__u8 pad;
};

/* action, unmatched: an output or ACL_DENY */
struct acl_args {
	__u8 action, unmatched;
	__u8 pad[2];
	__u32 nrules;
};

/* addr: source, destination; l4: source port, destination port, protocol; each from its highest bit down */
struct acl_key {
	__u64 addr, l4;
};

static __always_inline int acl_key(const struct bty_pkt *p, struct acl_key *k)
{
	const struct bty_meta *m = p->meta;
	struct bty_l4_ports *l4;
	struct bty_ipv4 *ip;
	const __u8 *flags;

	if (!(m->flags & BTY_F_IPV4))
		return bty_drop(NOT_IP);
	ip = bty_at(p, m->l3_off, sizeof(*ip));
	if (!ip)
		return bty_drop(RUNT);
	k->addr = (__u64)bty_ntohl(ip->src) << 32 | bty_ntohl(ip->dst);
	k->l4 = m->l4_proto;
	if (!(m->flags & BTY_F_L4) || !bty_has_ports(m->l4_proto))
		return 0;
	l4 = bty_at(p, m->l4_off, sizeof(*l4));
	if (!l4)
		return bty_drop(RUNT);
	k->l4 |= (__u64)bty_ntohs(l4->src) << 32 | (__u64)bty_ntohs(l4->dst) << 16 | ACL_HAS_PORTS;
	if (m->l4_proto != BTY_PROTO_TCP)
		return 0;
	flags = bty_at(p, m->l4_off + 13, 1);
	if (!flags)
		return bty_drop(RUNT);
	k->l4 |= (__u64)(*flags & ACL_FLAGS) << ACL_FLAGS_SH;
	return 0;
}

static __always_inline __u32 acl_child(__u64 e, const struct acl_key *k)
{
	__u64 word = e & ACL_WORD ? k->l4 : k->addr;

	return ACL_BASE(e) + (__u32)((word >> ACL_SHIFT(e)) & ((1U << ACL_BITS(e)) - 1));
}

/* 0 when they match. Without branches: natively they would be mispredicted, in BPF each would double what is verified. */
static __always_inline __u64 acl_differs(const struct acl_rule *r, const struct acl_key *k)
{
	__u32 sport = (__u16)((__u16)(k->l4 >> 32) - r->sport_lo), dport = (__u16)((__u16)(k->l4 >> 16) - r->dport_lo);

	return ((k->addr ^ r->addr) & r->addr_mask) | ((k->l4 ^ r->proto) & r->proto_mask) |
	       ((r->sport_span - sport) | (r->dport_span - dport)) >> 31;
}

/* The verdict word of the first rule in tree e; ACL_NONE for none. */
static __always_inline __u32 acl_tree(__u64 e, const struct acl_key *k, struct bty_env *env)
{
	const struct acl_rule *r;
	const __u64 *node;
	__u32 i;

	for (i = 0; i < ACL_MAX_DEPTH && !(e & ACL_LEAF); i++) {
		node = bty_table_row(env, 0, acl_child(e, k));
		if (!node)
			return ACL_NONE;
		e = *node;
	}
	if (!(e & ACL_LEAF))
		return ACL_NONE;
	for (i = 0; i < ACL_MAX_IN_LEAF && i < ACL_COUNT(e); i++) {
		r = bty_table_row(env, 1, ACL_BASE(e) + i);
		if (!r)
			return ACL_NONE;
		if (!acl_differs(r, k))
			return r->verdict;
	}
	return ACL_NONE;
}

static __always_inline int acl_verdict(__u32 found, const struct acl_args *a)
{
	__u32 action = found == ACL_NONE ? a->unmatched : found & 0xff;

	return action == ACL_DENY ? bty_drop(ACL_DENIED) : (int)(action & (BTY_MAX_OUT - 1));
}

static __always_inline int acl_push(struct bty_pkt *p, const struct acl_args *a, struct bty_env *env)
{
	__u32 t, found = ACL_NONE, other;
	const __u64 *root, *first;
	struct acl_key k;
	int ret = acl_key(p, &k);

	if (ret)
		return ret;
	for (t = 0; t < ACL_TREES; t++) {
		root = bty_table_row(env, 0, t);
		first = bty_table_row(env, 0, ACL_FIRST + t);
		if (!root || !first)
			return bty_drop(BAD_STATE);
		/* what else there is comes later */
		if (*first >= found >> 8)
			break;
		other = acl_tree(*root, &k, env);
		if (other < found)
			found = other;
	}
	return acl_verdict(found, a);
}

#ifndef __bpf__
/* All packets down the tree together, so that the memory each waits for comes while others are looked at. */
struct acl_walk {
	__u32 n;
	__u16 active[BTY_VEC_MAX];
	__u32 found[BTY_VEC_MAX];
	__u64 node[BTY_VEC_MAX];
	struct acl_key key[BTY_VEC_MAX];
};

/*
 * Rules ACL_AT_ONCE at a time and without a branch: where a leaf is shorter, its neighbour's rules are looked at too. They match
 * nothing that they should not, and of those that match the first counts. The table ends with as many that never match.
 */
static inline void acl_leaves(struct acl_walk *w, const __u16 *leaf, __u32 n, const struct bty_env *env)
{
	const struct acl_rule *rules = (const void *)env->table[1].rows, *r;
	__u32 i, j, k, verdict, best;
	int left;

	for (i = 0; i < n; i++) {
		k = leaf[i];
		r = rules + ACL_BASE(w->node[k]);
		left = ACL_COUNT(w->node[k]);
		best = w->found[k];
		do {
			for (j = 0; j < ACL_AT_ONCE; j++, r++) {
				verdict = acl_differs(r, &w->key[k]) ? ACL_NONE : r->verdict;
				best = verdict < best ? verdict : best;
			}
			left -= ACL_AT_ONCE;
		} while (bty_unlikely(left > 0));
		w->found[k] = best;
	}
}

/* One step down for those still on their way. Returns how many remain. */
static inline __u32 acl_step(struct acl_walk *w, __u16 *leaf, __u32 *nleaves, const struct bty_env *env)
{
	const struct acl_rule *rules = (const void *)env->table[1].rows;
	const __u64 *nodes = (const void *)env->table[0].rows;
	__u32 i, k, left = 0, is_leaf, n = *nleaves;
	const void *next, *rule;
	__u64 e;

	for (i = 0; i < w->n; i++) {
		k = w->active[i];
		e = nodes[acl_child(w->node[k], &w->key[k])];
		w->node[k] = e;
		is_leaf = (e & ACL_LEAF) != 0;
		leaf[n] = k;
		n += is_leaf;
		w->active[left] = k;
		left += !is_leaf;
		next = &nodes[acl_child(e, &w->key[k])];
		rule = &rules[ACL_BASE(e)];
		next = is_leaf ? rule : next;
		__builtin_prefetch(next);
		__builtin_prefetch((const char *)next + 64);
	}
	*nleaves = n;
	return left;
}

static inline void acl_process(struct bty_batch *b, const struct acl_args *a, struct bty_env *env)
{
	const __u64 *nodes = (const void *)env->table[0].rows;
	__u16 leaf[BTY_VEC_MAX + 1]; /* one is written before it is known to be wanted */
	__u32 i, t, nleaves;
	struct acl_walk w;

	for (i = 0; i < b->n; i++) {
		b->verdict[i] = acl_key(&b->pkt[i], &w.key[i]);
		w.found[i] = ACL_NONE;
	}
	for (t = 0; t < ACL_TREES && nodes[ACL_FIRST + t] < ACL_NONE >> 8; t++) {
		w.n = 0;
		for (i = 0; i < b->n; i++) {
			w.node[i] = nodes[t];
			leaf[w.n] = w.active[w.n] = i;
			w.n += !b->verdict[i] && nodes[ACL_FIRST + t] < w.found[i] >> 8;
		}
		nleaves = nodes[t] & ACL_LEAF ? w.n : 0;
		w.n -= nleaves;
		while (w.n)
			w.n = acl_step(&w, leaf, &nleaves, env);
		acl_leaves(&w, leaf, nleaves, env);
	}
	for (i = 0; i < b->n; i++)
		if (!b->verdict[i])
			b->verdict[i] = acl_verdict(w.found[i], a);
}
#endif

#ifdef BTY_DESCRIBE
/* user/element/acl.c */
int bty_acl_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
extern const struct bty_table_ops bty_acl_tables;

BTY_ELEMENT(
	acl, .name = "ACL", .summary = "Lets packets pass, or not, by the first of many rules that matches.",
	.source = "ClassBench (INFOCOM 2005), HiCuts (1999), EffiCuts (SIGCOMM 2010)", .kind = BTY_KIND_PACKET,
	.places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = BTY_MAX_OUT,
	.ports = "0: allowed; i: packets of rules for output i",
	.usage =
		"@SRC/LEN DST/LEN SPORT : SPORT DPORT : DPORT PROTO/MASK [FLAGS/MASK] [allow|deny|PORT], ... or FILE "
		"rules.txt, with one rule in each line, or both; ACTION allow|deny|PORT of rules that say none (deny), "
		"UNMATCHED allow|deny|PORT (allow)",
	.args_size = sizeof(struct acl_args), .configure = bty_acl_configure, .ntables = acl_TABLES,
	.table_ops = &bty_acl_tables);
#endif
#endif
