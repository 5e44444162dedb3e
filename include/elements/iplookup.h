/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPLookup(FILE routes.txt) or IPLookup(PREFIX/LEN [GATEWAY] PORT, ...): longest prefix match on the destination address,
 * IPv4 and IPv6. The packet leaves by the port of its route, and bty_meta.anno says to whom it goes next: see
 * batchy/gateway.h; a route without a gateway leaves 0. FILE and routes may be combined; a file has a route per line,
 * `#` begins a comment. When a prefix is given twice the last one counts, and the FILE's come first. Updated live:
 * `batchy-agent table set NAME 'PREFIX/LEN [GATEWAY] PORT'`, `table del NAME PREFIX/LEN`, `table load NAME FILE`.
 * Ports: 1 in; out i: packets of routes to port i, at most 64. As many routes as memory holds: 1 M IPv4 routes take 35 to 120
 * MB by how many /24 networks hold longer prefixes, 1 M IPv6 routes 100 to 500 MB.
 * Drops: no_route, not_ip, runt.
 * Source: IPv4: DIR-24-8 of Gupta, Lin and McKeown, "Routing lookups in hardware at memory access speeds", INFOCOM 1998.
 * IPv6: a multibit trie with leaf pushing (Srinivasan and Varghese, "Fast address lookups using controlled prefix expansion",
 * SIGMETRICS 1998) whose thin paths are compressed as in Nilsson and Karlsson's LC-trie (JSAC 1999). Click's IPRouteTable for the
 * arguments.
 */
#ifndef ELEMENTS_IPLOOKUP_H
#define ELEMENTS_IPLOOKUP_H

#include <batchy/element.h>

#define iplookup_TABLES	    5
#define iplookup_HAS_VECTOR 1

/*
 * Tables. HOPS: next hops by number from 1. DIR: 2^24 IPv4 entries by the first 24 bits of the address, 256 to a row. GROUPS: what
 * IPv4 entries lead to, in rows of a cache line: the last 8 bits as ranges, for each /24 network with longer prefixes in it, then
 * nodes of 16 rows for networks with too many ranges. DIR6: 2^16 or 2^24 IPv6 entries by the first bits of the address, 16 to a
 * row. TRIE: what IPv6 entries lead to, in rows of a cache line: nodes of 16 rows, and buckets of one row. A node is 256 entries by
 * the next byte of the address.
 *
 * An entry is the number of a next hop, 0 for none, or IPLOOKUP_MORE and the number of a row in GROUPS or TRIE. Entries of DIR
 * have 16 bits as long as that will do, then IPLOOKUP_MORE is bit 15; all others 32.
 */
#define IPLOOKUP_HOPS	0
#define IPLOOKUP_DIR	1
#define IPLOOKUP_GROUPS 2
#define IPLOOKUP_DIR6	3
#define IPLOOKUP_TRIE	4

#define IPLOOKUP_MORE	   0x80000000U
#define IPLOOKUP_MORE16	   0x8000U
#define IPLOOKUP_BUCKET	   0x40000000U /* with IPLOOKUP_MORE, IPv6: a bucket, not a node */
#define IPLOOKUP_NUMBER	   0x3fffffffU
#define IPLOOKUP_LINE	   64
#define IPLOOKUP_NODE_ROWS 16
#define IPLOOKUP_RANGES	   12
#define IPLOOKUP_ITEMS	   2
#define IPLOOKUP_STEPS	   16 /* rows an IPv6 lookup passes at most: a byte of the address each, and a last bucket */

struct iplookup_hop {
	__u32 anno;
	__u32 port;
};

/* Last bytes from start[i] on, up to the next one's, have hop[i]; start[0] is 0, and the last one is repeated. */
struct iplookup_ranges {
	__u32 hop[IPLOOKUP_RANGES];
	__u8 start[IPLOOKUP_RANGES];
	__u32 node; /* the first row of a node that says it instead; 0: none */
};
_Static_assert(sizeof(struct iplookup_ranges) == IPLOOKUP_LINE, "one row");

/* An IPv6 prefix: an address lies in it when (its halves ^ hi, lo), shifted right, are both 0. Halves are in host order. */
struct iplookup_item {
	__u64 hi, lo;
	__u32 entry;
	__u8 shift_hi;	  /* 0 to 63: a prefix in a bucket has more than 0 bits */
	__u8 shift_lo[2]; /* one after the other, because 64 at once cannot be */
	__u8 len;	  /* bits: where an entry that leads on goes on */
};

/* The first item that the address lies in counts; unused ones have entry == other. */
struct iplookup_bucket {
	struct iplookup_item item[IPLOOKUP_ITEMS];
	__u32 other; /* the next hop of addresses that lie in none */
	__u32 pad[3];
};
_Static_assert(sizeof(struct iplookup_bucket) == IPLOOKUP_LINE, "one row");

/* One route, as an argument or a line of FILE says it. */
struct iplookup_route {
	__u8 addr[16]; /* IPv4: the first 4 */
	__u8 v6;
	__u8 len;
	__u8 port;	  /* what comes before it is the key */
	__u8 via;	  /* it has a gateway, of its own family */
	__u8 gateway[16]; /* IPv4: the first 4 */
};

struct iplookup_args {
	__u32 wide;	 /* IPv4 entries have 32 bits */
	__u32 dir6_bits; /* 16 or 24 */
};

/* A lookup under way. */
struct iplookup_state {
	__u64 hi, lo; /* IPv6 destination, in host order */
	__u32 entry;
	__u32 at; /* the next byte of the destination */
};

/* Entry i of a row of DIR. */
static __always_inline __u32 iplookup_entry(const void *row, __u32 i, __u32 wide)
{
	__u32 e;

	if (wide)
		return ((const __u32 *)row)[i];
	e = ((const __u16 *)row)[i];
	return (e & ~IPLOOKUP_MORE16) | (e & IPLOOKUP_MORE16) << 16;
}

/*
 * n below 16, in a way that the verifier cannot follow with a number of which it knows nothing: else it would tell states apart
 * by how far a lookup has come, and look at what follows many times.
 */
static __always_inline __u32 iplookup_hide(__u32 n, __u32 unknown)
{
#ifdef __bpf__
	n += unknown;
	asm("" : "+r"(n));
	n -= unknown;
#endif
	return n & 15;
}

/* The next hop of an address with this last byte. */
static __always_inline __u32 iplookup_group(const struct iplookup_ranges *r, __u32 byte, struct bty_env *env)
{
	const __u32 *node;
	__u32 i, less, n = IPLOOKUP_RANGES - 1;

	if (bty_unlikely(r->node)) {
		node = bty_table_row(env, IPLOOKUP_GROUPS, r->node + byte / 16);
		return node ? node[byte % 16] : IPLOOKUP_MORE;
	}
	/* those that start behind it, without a branch: the verifier would follow every sequence of them */
	for (i = 1; i < IPLOOKUP_RANGES; i++) {
		less = byte - r->start[i];
#ifdef __bpf__
		asm("" : "+r"(less));
#endif
		n -= less >> 31;
	}
	return r->hop[iplookup_hide(n, byte)];
}

static __always_inline int iplookup_in(const struct iplookup_item *item, const struct iplookup_state *s)
{
	return !((s->hi ^ item->hi) >> (item->shift_hi & 63) |
		 (s->lo ^ item->lo) >> (item->shift_lo[0] & 63) >> (item->shift_lo[1] & 63));
}

/* The byte of the address that a lookup goes by next. */
static __always_inline __u32 iplookup_byte(const struct iplookup_state *s)
{
	return (s->at < 8 ? s->hi >> (56 - 8 * (s->at & 7)) : s->lo >> (56 - 8 * (s->at & 7))) & 0xff;
}

/* Follows an entry that leads on, of IPv6. Returns 0, or -1 when the table is not what it should be. */
static __always_inline int iplookup_step(struct iplookup_state *s, struct bty_env *env)
{
	__u32 row = s->entry & IPLOOKUP_NUMBER, byte, i;
	const struct iplookup_bucket *b;
	const __u32 *node;

	if (s->entry & IPLOOKUP_BUCKET) {
		b = bty_table_row(env, IPLOOKUP_TRIE, row);
		if (!b)
			return -1;
		s->entry = b->other;
		i = iplookup_in(&b->item[0], s) ? 0 : 1;
		if (!i || iplookup_in(&b->item[1], s)) {
			s->entry = i ? b->item[1].entry : b->item[0].entry;
			s->at = iplookup_hide((i ? b->item[1].len : b->item[0].len) / 8, s->lo);
		}
		return 0;
	}
	byte = iplookup_byte(s);
	node = bty_table_row(env, IPLOOKUP_TRIE, row + byte / 16);
	if (!node)
		return -1;
	s->entry = node[byte % 16];
	s->at = iplookup_hide(s->at + 1, s->lo);
	return 0;
}

/* The row of DIR6 that an address begins with; *i: the entry in it. */
static __always_inline const __u32 *iplookup_dir6(const struct iplookup_state *s, const struct iplookup_args *a,
						  struct bty_env *env, __u32 *i)
{
	__u32 n = a->dir6_bits == 24 ? s->hi >> 40 : s->hi >> 48;

	*i = n & 15;
	return bty_table_row(env, IPLOOKUP_DIR6, n >> 4);
}

/* The next hop of an IPv4 address in host order: its number, 0 for none, IPLOOKUP_MORE when the table is not what it should be. */
static __always_inline __u32 iplookup_find4(__u32 dst, const struct iplookup_args *a, struct bty_env *env)
{
	const void *row;
	__u32 e;

	row = bty_table_row(env, IPLOOKUP_DIR, dst >> 16);
	if (!row)
		return 0; /* there are no IPv4 routes */
	e = iplookup_entry(row, (dst >> 8) & 0xff, a->wide);
	if (!(e & IPLOOKUP_MORE))
		return e;
	row = bty_table_row(env, IPLOOKUP_GROUPS, e & IPLOOKUP_NUMBER);
	return row ? iplookup_group(row, dst & 0xff, env) : IPLOOKUP_MORE;
}

/* The same of the IPv6 address in s. */
static __always_inline __u32 iplookup_find6(struct iplookup_state *s, const struct iplookup_args *a,
					    struct bty_env *env)
{
	const __u32 *row;
	__u32 i;

	row = iplookup_dir6(s, a, env, &i);
	if (!row)
		return 0;
	s->entry = row[i];
	s->at = iplookup_hide(a->dir6_bits / 8, s->lo);
	for (i = 0; i < IPLOOKUP_STEPS && s->entry & IPLOOKUP_MORE; i++)
		if (iplookup_step(s, env))
			break;
	return s->entry;
}

static __always_inline int iplookup_hop(struct bty_pkt *p, struct bty_env *env, __u32 hop)
{
	const struct iplookup_hop *h;

	if (!hop)
		return bty_drop(NO_ROUTE);
	if (hop & IPLOOKUP_MORE)
		return bty_drop(BAD_STATE);
	h = bty_table_row(env, IPLOOKUP_HOPS, hop);
	if (!h)
		return bty_drop(BAD_STATE);
	p->meta->anno = h->anno;
	return h->port & (BTY_MAX_OUT - 1);
}

static __always_inline int iplookup_load6(const struct bty_pkt *p, struct iplookup_state *s)
{
	struct bty_ipv6 *ip = bty_at(p, p->meta->l3_off, sizeof(*ip));

	if (!ip)
		return -1;
	s->hi = bty_ntohll(bty_ld64(&ip->dst[0]));
	s->lo = bty_ntohll(bty_ld64(&ip->dst[2]));
	return 0;
}

static __always_inline int iplookup_push(struct bty_pkt *p, const struct iplookup_args *a, struct bty_env *env)
{
	struct iplookup_state s;
	struct bty_ipv4 *ip;

	if (p->meta->flags & BTY_F_IPV4) {
		ip = bty_at(p, p->meta->l3_off, sizeof(*ip));
		if (!ip)
			return bty_drop(RUNT);
		return iplookup_hop(p, env, iplookup_find4(bty_ntohl(ip->dst), a, env));
	}
	if (!(p->meta->flags & BTY_F_IPV6))
		return bty_drop(NOT_IP);
	if (iplookup_load6(p, &s))
		return bty_drop(RUNT);
	return iplookup_hop(p, env, iplookup_find6(&s, a, env));
}

#ifndef __bpf__
/* The packets of a batch by IP version: number in the batch, and how far the lookup has come. */
struct iplookup_batch {
	__u32 n4, n6;
	struct {
		__u32 dst, i;
	} p4[BTY_VEC_MAX];
	const struct iplookup_ranges *group[BTY_VEC_MAX];
	struct {
		struct iplookup_state s;
		const __u32 *entry;
		__u32 i;
	} p6[BTY_VEC_MAX];
};

/* DIR lies in one piece: rows end where the next begin. */
static __always_inline const __u8 *iplookup_dir(__u32 dst, __u32 wide, const struct bty_env *env)
{
	return env->table[IPLOOKUP_DIR].rows + (size_t)(dst >> 8) * (wide ? 4 : 2);
}

/* Notes packet i, of IPv4, and asks for its first entry. Returns 0, or what becomes of the packet. */
static __always_inline int iplookup_begin4(struct iplookup_batch *w, const struct bty_pkt *p, __u32 i, __u32 wide,
					   const struct bty_env *env)
{
	struct bty_ipv4 *ip = bty_at(p, p->meta->l3_off, sizeof(*ip));
	__u32 dst;

	if (bty_unlikely(!ip))
		return bty_drop(RUNT);
	dst = bty_ntohl(ip->dst);
	if (bty_unlikely(dst >> 16 >= env->table[IPLOOKUP_DIR].nrows))
		return bty_drop(NO_ROUTE);
	__builtin_prefetch(iplookup_dir(dst, wide, env));
	w->p4[w->n4].dst = dst;
	w->p4[w->n4++].i = i;
	return 0;
}

/* The same of any other packet. */
static __always_inline int iplookup_begin6(struct iplookup_batch *w, const struct bty_pkt *p, __u32 i,
					   const struct iplookup_args *a, struct bty_env *env)
{
	const __u32 *row;
	__u32 k;

	if (!(p->meta->flags & BTY_F_IPV6))
		return bty_drop(NOT_IP);
	if (iplookup_load6(p, &w->p6[w->n6].s))
		return bty_drop(RUNT);
	row = iplookup_dir6(&w->p6[w->n6].s, a, env, &k);
	if (!row)
		return bty_drop(NO_ROUTE);
	w->p6[w->n6].s.at = a->dir6_bits / 8;
	w->p6[w->n6].entry = row + k;
	w->p6[w->n6++].i = i;
	__builtin_prefetch(row + k);
	return 0;
}

/* Two accesses at most, the second for what lies in a group. */
static __always_inline void iplookup_batch4(struct iplookup_batch *w, struct bty_batch *b, __u32 wide,
					    struct bty_env *env)
{
	__u32 i, n, e, left = 0;

	for (i = 0; i < w->n4; i++) {
		n = w->p4[i].i;
		e = iplookup_entry(iplookup_dir(w->p4[i].dst, wide, env), 0, wide);
		if (bty_likely(!(e & IPLOOKUP_MORE))) {
			b->verdict[n] = iplookup_hop(&b->pkt[n], env, e);
			continue;
		}
		b->verdict[n] = bty_drop(BAD_STATE);
		w->group[left] = bty_table_row(env, IPLOOKUP_GROUPS, e & IPLOOKUP_NUMBER);
		if (!w->group[left])
			continue;
		__builtin_prefetch(w->group[left]);
		w->p4[left++] = w->p4[i];
	}
	for (i = 0; i < left; i++) {
		n = w->p4[i].i;
		e = iplookup_group(w->group[i], w->p4[i].dst & 0xff, env);
		b->verdict[n] = iplookup_hop(&b->pkt[n], env, e);
	}
}

/* Asks for the row that an entry leads to. */
static __always_inline void iplookup_ask(const struct iplookup_state *s, struct bty_env *env)
{
	__u32 row = s->entry & IPLOOKUP_NUMBER;

	if (!(s->entry & IPLOOKUP_BUCKET))
		row += iplookup_byte(s) / 16;
	__builtin_prefetch(bty_table_row(env, IPLOOKUP_TRIE, row));
}

static __always_inline void iplookup_batch6(struct iplookup_batch *w, struct bty_batch *b, struct bty_env *env)
{
	__u32 i, n, left, step;

	for (i = 0; i < w->n6; i++) {
		w->p6[i].s.entry = *w->p6[i].entry;
		if (w->p6[i].s.entry & IPLOOKUP_MORE)
			iplookup_ask(&w->p6[i].s, env);
	}
	for (step = 0, left = w->n6; left && step <= IPLOOKUP_STEPS; step++) {
		for (i = 0, n = left, left = 0; i < n; i++) {
			if (!(w->p6[i].s.entry & IPLOOKUP_MORE) || iplookup_step(&w->p6[i].s, env)) {
				b->verdict[w->p6[i].i] = iplookup_hop(&b->pkt[w->p6[i].i], env, w->p6[i].s.entry);
				continue;
			}
			if (w->p6[i].s.entry & IPLOOKUP_MORE)
				iplookup_ask(&w->p6[i].s, env);
			w->p6[left++] = w->p6[i];
		}
	}
	for (i = 0; i < left; i++)
		b->verdict[w->p6[i].i] = bty_drop(BAD_STATE);
}

/*
 * The same for a batch, a memory access at a time for all of its packets: while one packet's cache line is on its way the
 * others' are asked for.
 */
static __always_inline void iplookup_run(struct bty_batch *b, const struct iplookup_args *a, __u32 wide,
					 struct bty_env *env)
{
	struct iplookup_batch w;
	__u32 i;
	int ret;

	w.n4 = w.n6 = 0;
	for (i = 0; i < b->n; i++) {
		if (b->pkt[i].meta->flags & BTY_F_IPV4)
			ret = iplookup_begin4(&w, &b->pkt[i], i, wide, env);
		else
			ret = iplookup_begin6(&w, &b->pkt[i], i, a, env);
		if (ret)
			b->verdict[i] = ret;
	}
	iplookup_batch4(&w, b, wide, env);
	iplookup_batch6(&w, b, env);
}

static __always_inline void iplookup_vector(struct bty_batch *b, const struct iplookup_args *a, struct bty_env *env)
{
	if (a->wide)
		iplookup_run(b, a, 1, env);
	else
		iplookup_run(b, a, 0, env);
}
#endif

#ifdef BTY_DESCRIBE
/* user/element/iplookup.c */
extern const struct bty_table_ops bty_iplookup_tables;

BTY_ELEMENT(iplookup, .name = "IPLookup", .summary = "Routes packets by longest prefix match on the destination.",
	    .source = "DIR-24-8 (INFOCOM 1998); multibit trie (SIGMETRICS 1998); Click", .kind = BTY_KIND_PACKET,
	    .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = BTY_MAX_OUT,
	    .ports = "i: packets of routes to port i",
	    .usage = "PREFIX/LEN [GATEWAY] PORT, ... or FILE routes.txt, with one route in each line, or both",
	    .args_size = sizeof(struct iplookup_args), .ntables = iplookup_TABLES, .table_ops = &bty_iplookup_tables);
#endif
#endif
