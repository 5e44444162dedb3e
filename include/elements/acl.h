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
 * key. A leaf has COUNT rows from BASE on in table 1, by rising number of their rules.
 */
#define ACL_TREES	4
#define ACL_FIRST	ACL_TREES /* row */
#define ACL_NODES	(2 * ACL_TREES)
#define ACL_BASE(e)	((__u32)(e))
#define ACL_SHIFT(e)	((e) >> 32 & 63)
#define ACL_MASK(e)	((e) >> 38 & 1023) /* 2^BITS - 1 */
#define ACL_COUNT(e)	((e) >> 38 & 63)   /* of a leaf, in place of MASK */
#define ACL_WORD	(1ULL << 48)
#define ACL_LEAF	(1ULL << 49)
#define ACL_MAX_DEPTH	24
#define ACL_MAX_IN_LEAF 32
#define ACL_AT_ONCE	4
#define ACL_MAX_RULES	(1 << 24)

#define ACL_DENY  0xff
#define ACL_FLAGS 0x3f /* of TCP, from FIN up to URG */
#define ACL_NONE  0xffffffffU

/* How the fourth field of a key is made: the protocol, whether there are ports, flags of TCP. */
#define ACL_PROTO_SH   7
#define ACL_PROTO_BITS 15
#define ACL_PORTS      0x40

/*
 * Table 1: from lo to hi in each field, which a prefix is too. verdict: the number of the rule, and its output or ACL_DENY in the
 * last 8 bits; in two halves, so that lo and hi are 8 fields of 16 bits alike.
 */
struct acl_row {
	__u32 src_lo, dst_lo;
	__u16 sport_lo, dport_lo, proto_lo, verdict_lo;
	__u32 src_hi, dst_hi;
	__u16 sport_hi, dport_hi, proto_hi, verdict_hi;
};
_Static_assert(sizeof(struct acl_row) == 32, "two in a cache line");

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

/* As one half of a row, from the lowest bit up: source and destination; ports, the protocol and what goes with it. */
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
	k->addr = (__u64)bty_ntohl(ip->dst) << 32 | bty_ntohl(ip->src);
	k->l4 = (__u64)m->l4_proto << (32 + ACL_PROTO_SH);
	if (!(m->flags & BTY_F_L4) || !bty_has_ports(m->l4_proto))
		return 0;
	l4 = bty_at(p, m->l4_off, sizeof(*l4));
	if (!l4)
		return bty_drop(RUNT);
	k->l4 |= (__u64)ACL_PORTS << 32 | (__u32)bty_ntohs(l4->dst) << 16 | bty_ntohs(l4->src);
	if (m->l4_proto != BTY_PROTO_TCP)
		return 0;
	flags = bty_at(p, m->l4_off + 13, 1);
	if (!flags)
		return bty_drop(RUNT);
	k->l4 |= (__u64)(*flags & ACL_FLAGS) << 32;
	return 0;
}

static __always_inline __u32 acl_child(__u64 e, const struct acl_key *k)
{
	__u64 word = e & ACL_WORD ? k->l4 : k->addr;

	return ACL_BASE(e) + (__u32)((word >> ACL_SHIFT(e)) & ACL_MASK(e));
}

static __always_inline __u32 acl_row_verdict(const struct acl_row *r)
{
	return (__u32)r->verdict_hi << 16 | r->verdict_lo;
}

/* In the highest bit: whether v is not from lo to hi. */
static __always_inline __u64 acl_outside(__u64 v, __u64 lo, __u64 hi)
{
	return (v - lo) | (hi - v);
}

/* 0 when they match. Without branches: natively they would be mispredicted, in BPF each would double what is verified. */
static __always_inline __u64 acl_differs(const struct acl_row *r, const struct acl_key *k)
{
	return (acl_outside((__u32)k->addr, r->src_lo, r->src_hi) | acl_outside(k->addr >> 32, r->dst_lo, r->dst_hi) |
		acl_outside((__u16)k->l4, r->sport_lo, r->sport_hi) |
		acl_outside((__u16)(k->l4 >> 16), r->dport_lo, r->dport_hi) |
		acl_outside((__u16)(k->l4 >> 32), r->proto_lo, r->proto_hi)) >>
	       63;
}

/* The verdict word of the first rule in tree e; ACL_NONE for none. */
static __always_inline __u32 acl_tree(__u64 e, const struct acl_key *k, struct bty_env *env)
{
	const struct acl_row *r;
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
			return acl_row_verdict(r);
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
#ifdef __SSE2__
#include <emmintrin.h>

/* What of one row, in 8 fields of 16 bits, is not 0 where it differs; in the last, the verdict's, anything. */
static __always_inline __m128i acl_fields(const struct acl_row *r, __m128i key)
{
	const __m128i *half = (const __m128i *)r;

	return _mm_or_si128(_mm_subs_epu16(_mm_loadu_si128(half), key), _mm_subs_epu16(key, _mm_loadu_si128(half + 1)));
}

/* The verdict of the first of ACL_AT_ONCE rows that matches, or ACL_NONE. */
static __always_inline __u32 acl_rows(const struct acl_row *r, const struct acl_key *k)
{
	const __m128i key = _mm_loadu_si128((const __m128i *)k), zero = _mm_setzero_si128();
	__m128i a = _mm_packs_epi16(acl_fields(r, key), acl_fields(r + 1, key));
	__m128i b = _mm_packs_epi16(acl_fields(r + 2, key), acl_fields(r + 3, key));
	__u32 same = (__u32)_mm_movemask_epi8(_mm_cmpeq_epi8(a, zero)) |
		     (__u32)_mm_movemask_epi8(_mm_cmpeq_epi8(b, zero)) << 16;
	/* a byte for each row: 0 when it matches; the lowest such byte sets its highest bit in `first` */
	__u32 differs = ~(same | 0x80808080), first = (differs - 0x01010101) & ~differs & 0x80808080;

	return first ? acl_row_verdict(r + __builtin_ctz(first) / 8) : ACL_NONE;
}
#else
static __always_inline __u32 acl_rows(const struct acl_row *r, const struct acl_key *k)
{
	__u32 found = ACL_NONE;
	int i;

	for (i = ACL_AT_ONCE - 1; i >= 0; i--)
		found = acl_differs(&r[i], k) ? found : acl_row_verdict(&r[i]);
	return found;
}
#endif

/* All packets down the tree together, so that the memory each waits for comes while others are looked at. */
struct acl_walk {
	__u32 n;
	__u16 active[BTY_VEC_MAX];
	__u32 found[BTY_VEC_MAX];
	__u32 next[BTY_VEC_MAX]; /* node, or of a leaf its first row */
	__u64 node[BTY_VEC_MAX];
	struct acl_key key[BTY_VEC_MAX];
};

/*
 * Rows ACL_AT_ONCE at a time: where a leaf is shorter, its neighbour's are looked at too. They match nothing that they should
 * not, and what is the leaf's own comes first. The table ends with as many that never match.
 */
static inline void acl_leaves(struct acl_walk *w, const __u16 *leaf, __u32 n, const struct bty_env *env)
{
	const struct acl_row *rows = (const void *)env->table[1].rows, *r;
	__u32 i, k, verdict;
	int left;

	for (i = 0; i < n; i++) {
		k = leaf[i];
		r = rows + w->next[k];
		verdict = acl_rows(r, &w->key[k]);
		for (left = ACL_COUNT(w->node[k]) - ACL_AT_ONCE; bty_unlikely(left > 0) && verdict == ACL_NONE;
		     left -= ACL_AT_ONCE) {
			r += ACL_AT_ONCE;
			verdict = acl_rows(r, &w->key[k]);
		}
		w->found[k] = verdict < w->found[k] ? verdict : w->found[k];
	}
}

/* One step down for those still on their way. Returns how many remain. */
static inline __u32 acl_step(struct acl_walk *w, __u16 *leaf, __u32 *nleaves, const struct bty_env *env)
{
	const struct acl_row *rows = (const void *)env->table[1].rows;
	const __u64 *nodes = (const void *)env->table[0].rows;
	__u32 i, k, left = 0, is_leaf, next, n = *nleaves;
	const void *node, *row;
	__u64 e;

	for (i = 0; i < w->n; i++) {
		k = w->active[i];
		e = nodes[w->next[k]];
		w->node[k] = e;
		is_leaf = (e & ACL_LEAF) != 0;
		leaf[n] = k;
		n += is_leaf;
		w->active[left] = k;
		left += !is_leaf;
		next = acl_child(e, &w->key[k]);
		node = &nodes[next];
		row = &rows[ACL_BASE(e)];
		node = is_leaf ? row : node;
		w->next[k] = is_leaf ? ACL_BASE(e) : next;
		__builtin_prefetch(node);
		__builtin_prefetch((const char *)node + 64);
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
			w.next[i] = nodes[t] & ACL_LEAF ? ACL_BASE(nodes[t]) : acl_child(nodes[t], &w.key[i]);
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
