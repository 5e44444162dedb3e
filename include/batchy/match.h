/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields of a packet as one key, and hash tables of keys in shared rows: what ExactMatch and WildcardMatch have in common
 * (user/element/fields.c, match.c fill it). A key is its fields' bytes one after the other as in a packet, after a byte that has a
 * bit for each field the packet has: a field it lacks is zero.
 *
 * The table is a cuckoo hash table (Pagh and Rodler, "Cuckoo hashing", Journal of Algorithms 2004) of buckets: a key is in one of two
 * rows, so that a lookup looks at two rows at most.
 */
#ifndef BATCHY_MATCH_H
#define BATCHY_MATCH_H

#include <batchy/element.h>

#define BTY_KEY_WORDS  4
#define BTY_KEY_SIZE   (8 * BTY_KEY_WORDS)
#define BTY_FIELDS_MAX 8
#define BTY_CHUNKS_MAX 16
#define BTY_MATCH_WAYS 4    /* keys in a row */
#define BTY_MATCH_DROP 0xff /* DEFAULT, not given */

enum bty_chunk_base {
	BTY_BASE_FRAME,
	BTY_BASE_IPV4, /* its header */
	BTY_BASE_IPV6,
	BTY_BASE_PORTS, /* TCP, UDP or SCTP */
	BTY_BASE_TYPE,	/* ethertype after VLAN tags */
	BTY_BASE_VLAN,	/* identifier in the outer tag */
	BTY_BASE_PROTO, /* bty_meta.l4_proto */
};

/* 1, 2, 4 or 8 bytes of a field, and where they are in the key. */
struct bty_chunk {
	__u8 base; /* enum bty_chunk_base */
	__u8 size;
	__u16 off;
	__u8 word;  /* of the key */
	__u8 shift; /* in it */
	__u8 field; /* number: the bit in the first byte */
	__u8 pad;
};

struct bty_fields {
	__u32 nchunks;
	__u32 nwords; /* of the key, in use */
	struct bty_chunk chunk[BTY_CHUNKS_MAX];
};

/* How values are written, for user space. */
struct bty_field_names {
	__u8 n;
	__u8 kind[BTY_FIELDS_MAX]; /* user/element/fields.h */
	__u8 size[BTY_FIELDS_MAX];
	__u8 pad[7];
};

/* Where byte `at` of a key is in its word. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BTY_KEY_SHIFT(at, size) (8 * ((at) % 8))
#else
#define BTY_KEY_SHIFT(at, size) (8 * (8 - (size) - (at) % 8))
#endif

struct bty_key {
	__u64 word[BTY_KEY_WORDS];
};

/* The bytes at q as a number whose bytes in memory are those. */
static __always_inline __u64 bty_chunk_load(const __u8 *q, __u32 size)
{
	__u64 v = 0;

	if (size == 1)
		return *q;
	if (size == 4)
		return bty_ld32(q);
	if (size == 8)
		return bty_ld64(q);
#ifdef __bpf__
	v = *(const __u16 *)q;
#else
	memcpy(&v, q, 2);
#endif
	return v;
}

/* A chunk of a number of 16 bits, which may be one byte of it. */
static __always_inline __u64 bty_chunk_of16(const struct bty_chunk *c, __u16 v)
{
	return c->size == 2 ? bty_htons(v) : c->off ? v & 0xff : v >> 8;
}

/* The first byte of the header a chunk lies in, or NULL when the packet has none. */
static __always_inline const __u8 *bty_chunk_base(const struct bty_pkt *p, const struct bty_chunk *c)
{
	const struct bty_meta *m = p->meta;

	if (c->base == BTY_BASE_FRAME)
		return p->data;
	if (c->base == BTY_BASE_PORTS) {
		if (!(m->flags & BTY_F_L4) ||
		    (m->l4_proto != BTY_PROTO_TCP && m->l4_proto != BTY_PROTO_UDP && m->l4_proto != BTY_PROTO_SCTP))
			return NULL;
		return p->data + m->l4_off;
	}
	if (!(m->flags & (c->base == BTY_BASE_IPV4 ? BTY_F_IPV4 : BTY_F_IPV6)))
		return NULL;
	return p->data + m->l3_off;
}

/* Returns 1 and *v, or 0 when the packet does not have it. */
static __always_inline int bty_chunk_get(const struct bty_pkt *p, const struct bty_chunk *c, __u64 *v)
{
	const struct bty_meta *m = p->meta;
	const __u8 *q;

	if (c->base == BTY_BASE_TYPE) {
		*v = bty_chunk_of16(c, m->ethertype);
		return m->ethertype != 0;
	}
	if (c->base == BTY_BASE_VLAN) {
		*v = bty_chunk_of16(c, m->vlan_tci & 0xfff);
		return (m->flags & BTY_F_VLAN) != 0;
	}
	if (c->base == BTY_BASE_PROTO) {
		*v = m->l4_proto;
		return (m->flags & (BTY_F_IPV4 | BTY_F_IPV6)) != 0;
	}
	q = bty_chunk_base(p, c);
	if (!q)
		return 0;
	q += c->off;
	if (q + c->size > p->data_end)
		return 0;
	*v = bty_chunk_load(q, c->size);
	return 1;
}

/* The key of a packet, into key, which is zero. What is there of a field that the frame cuts off does not count. */
static __always_inline void bty_fields_get(const struct bty_pkt *p, const struct bty_fields *f, struct bty_key *key)
{
	__u64 v, present = (1 << BTY_FIELDS_MAX) - 1;
	__u32 i;

	for (i = 0; i < BTY_CHUNKS_MAX && i < f->nchunks; i++) {
		v = 0;
		if (!bty_chunk_get(p, &f->chunk[i], &v))
			present &= ~(1ULL << (f->chunk[i].field & (BTY_FIELDS_MAX - 1)));
		else
			key->word[f->chunk[i].word & (BTY_KEY_WORDS - 1)] |= v << (f->chunk[i].shift & 63);
	}
	key->word[0] |= present << BTY_KEY_SHIFT(0, 1);
}

/*
 * What a row holds for a key: slots of a value, 0 for none, and the words of the key. The value says which of several tables the
 * key is for (0 when there is one), so that they can share the rows.
 */
#define BTY_MATCH_TABLE(value)		    ((value) & 0xff)
#define BTY_MATCH_PORT(value)		    ((value) >> 8 & 0xff)
#define BTY_MATCH_SCORE(value)		    ((value) >> 32) /* from 1 */
#define BTY_MATCH_VALUE(table, port, score) ((__u64)(score) << 32 | (__u64)(port) << 8 | (table))

static __always_inline __u64 bty_match_hash(const struct bty_key *key, __u32 nwords, __u32 table)
{
	__u64 h = table + 1;
	__u32 k;

	for (k = 0; k < BTY_KEY_WORDS; k++) {
		if (k >= nwords)
			break;
		h = (h ^ key->word[k]) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 32;
	}
	h *= 0xbf58476d1ce4e5b9ULL;
	return h ^ h >> 32;
}

/* The two rows of a key. mask: rows less 1, a power of two. */
static __always_inline __u32 bty_match_row(__u64 hash, int second, __u32 mask)
{
	return (second ? hash >> 32 ^ hash << 7 : hash) & mask;
}

/* The value of a key in a row, or 0. */
static __always_inline __u64 bty_match_in(const void *row, const struct bty_key *key, __u32 nwords, __u32 table)
{
	const __u64 *slot = row;
	__u64 differ;
	__u32 i, k;

	for (i = 0; i < BTY_MATCH_WAYS; i++) {
		differ = BTY_MATCH_TABLE(slot[0]) ^ table;
		for (k = 0; k < BTY_KEY_WORDS; k++)
			if (k < nwords)
				differ |= slot[1 + k] ^ key->word[k];
		if (!differ && slot[0])
			return slot[0];
		slot += 1 + nwords;
	}
	return 0;
}

/* The value of a key in table 0 of the element, or 0. */
static __always_inline __u64 bty_match_find(struct bty_env *env, const struct bty_key *key, __u32 nwords, __u32 mask,
					    __u32 table)
{
	__u64 hash = bty_match_hash(key, nwords, table), value = 0;
	const void *row = bty_table_row(env, 0, bty_match_row(hash, 0, mask));

	if (row)
		value = bty_match_in(row, key, nwords, table);
	if (value)
		return value;
	row = bty_table_row(env, 0, bty_match_row(hash, 1, mask));
	return row ? bty_match_in(row, key, nwords, table) : 0;
}

#ifndef __bpf__
static __always_inline void bty_match_prefetch(struct bty_env *env, const struct bty_key *key, __u32 nwords, __u32 mask,
					       __u32 table)
{
	__u64 hash = bty_match_hash(key, nwords, table);

	__builtin_prefetch(bty_table_row(env, 0, bty_match_row(hash, 0, mask)));
	__builtin_prefetch(bty_table_row(env, 0, bty_match_row(hash, 1, mask)));
}
#endif

#endif
