/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RateLimiter(RATE pps, BURST packets, BITRATE bps, BURST_BYTES n, KEY src|dst|anno|all, USERS n): a token bucket for each user, in
 * packets, in bits (of the frame as it is here, without FCS), or both. A packet passes if each of the limits given allows it,
 * and takes from both or from neither. KEY says what a user is: an IP source (the default) or destination, an annotation (the TEID that GTPUDecap
 * leaves), or `all` packets one. Buckets begin full: BURST packets, BURST_BYTES bytes; longer packets never pass.
 * Buckets are shared by XDP and workers, and survive updates. There are places for twice USERS. A user has a bucket from its first packet
 * until it is full again, when another may take it; one that finds none in the 16 places for it, which is rare below USERS users, shares
 * one bucket with all others like it. A bucket that changes hands while a packet is on its way may be charged for it.
 * Ports: 1 in; out 0: within the rate, out 1 (optional): beyond it. Drops: rate_limited when out 1 is not connected, and
 * when 16 others took from the bucket in that moment; not_ip (KEY src or dst), runt.
 * Source: virtual scheduling (GCRA) of ITU-T I.371 Annex A: one word for each limit, the time at which the bucket is full.
 */
#ifndef ELEMENTS_RATELIMITER_H
#define ELEMENTS_RATELIMITER_H

#include <batchy/element.h>
#include <batchy/flowhash.h>

#define ratelimiter_TABLES 1

#define RATELIMITER_WAYS    8
#define RATELIMITER_TRIES   16
#define RATELIMITER_PER_NS  64 /* ticks: 64 bits last for nine years after boot */
#define RATELIMITER_COST_SH 16 /* of byte_cost */

enum ratelimiter_by { RATELIMITER_SRC, RATELIMITER_DST, RATELIMITER_ANNO, RATELIMITER_ALL };

/* Table 0, kept: sets by hash of the user, and one more, whose first bucket is for users without. Times in ticks. */
struct ratelimiter_set {
	__u64 key[RATELIMITER_WAYS]; /* 0: never taken */
	__u64 pkts_full[RATELIMITER_WAYS], bytes_full[RATELIMITER_WAYS];
};

struct ratelimiter_args {
	__u64 rate_pps, bitrate_bps; /* 0: no such limit */
	__u64 pkt_cost, pkt_burst;   /* ticks that a packet costs, and that a bucket holds */
	__u64 byte_cost, byte_burst; /* the same of a byte; the cost << RATELIMITER_COST_SH */
	__u32 burst_pkts, burst_bytes, users;
	__u32 by; /* enum ratelimiter_by */
	__u32 set_mask;
	__u32 has_excess_port;
	char key[BTY_NAME_LEN];
};

/* Who a packet is from; never 0. Returns 0, or bty_drop(). */
static __always_inline int ratelimiter_user(const struct bty_pkt *p, const struct ratelimiter_args *a, __u64 *user)
{
	struct bty_ipv4 *ip = bty_at(p, p->meta->l3_off, sizeof(*ip));
	struct bty_ipv6 *ip6 = bty_at(p, p->meta->l3_off, sizeof(*ip6));
	int dst = a->by == RATELIMITER_DST;
	__u64 h;

	if (a->by == RATELIMITER_ANNO)
		h = bty_mix(p->meta->anno + (1ULL << 32));
	else if ((p->meta->flags & BTY_F_IPV4) && ip)
		h = bty_mix((dst ? ip->dst : ip->src) + (1ULL << 32));
	else if ((p->meta->flags & BTY_F_IPV6) && ip6)
		h = dst ? bty_mix_end(bty_ld64(&ip6->dst[0]), bty_ld64(&ip6->dst[2]), 0)
			: bty_mix_end(bty_ld64(&ip6->src[0]), bty_ld64(&ip6->src[2]), 0);
	else
		return p->meta->flags & (BTY_F_IPV4 | BTY_F_IPV6) ? bty_drop(RUNT) : bty_drop(NOT_IP);
	*user = h ? h : 1;
	return 0;
}

/* A user's bucket + 1; 0 when there is none. */
static __always_inline __u32 ratelimiter_find(const struct ratelimiter_set *s, __u64 user)
{
	__u32 found = 0, i;

	for (i = 0; i < RATELIMITER_WAYS; i++)
		found |= -bty_is_zero(bty_once(s->key[i]) ^ user) & (i + 1);
	return found & 15;
}

/*
 * Takes a bucket that is full: it says nothing of its user. Returns its number + 1; 0 when all are in use, or another user
 * was quicker.
 */
static __always_inline __u32 ratelimiter_take(struct ratelimiter_set *s, __u64 user, __u64 now)
{
	__u32 got = 0, i;
	__u64 old, seen;

	for (i = RATELIMITER_WAYS; i-- > 0;) {
		/* 0 or all ones: full */
		old = ((now - bty_once(s->pkts_full[i])) | (now - bty_once(s->bytes_full[i]))) >> 63;
		got = (got & -(__u32)old) | ((i + 1) & ((__u32)old - 1));
	}
	if (!got)
		return 0;
	i = (got - 1) & (RATELIMITER_WAYS - 1);
	old = bty_once(s->key[i]);
	seen = __sync_val_compare_and_swap(&s->key[i], old, user);
	return seen == old || seen == user ? i + 1 : 0;
}

/* Takes cost from a bucket. Returns whether there was as much. */
static __always_inline int ratelimiter_charge(__u64 *full, __u64 cost, __u64 burst, __u64 now)
{
	__u64 old, then;
	int i;

	for (i = 0; i < RATELIMITER_TRIES; i++) {
		old = bty_once(*full);
		then = (old > now ? old : now) + cost;
		if (then - now > burst)
			return 0;
		if (__sync_val_compare_and_swap(full, old, then) == old)
			return 1;
	}
	return 0;
}

static __always_inline int ratelimiter_conforms(const struct ratelimiter_args *a, struct ratelimiter_set *s, __u32 i,
						__u32 len, __u64 now)
{
	if (a->rate_pps && !ratelimiter_charge(&s->pkts_full[i], a->pkt_cost, a->pkt_burst, now))
		return 0;
	if (!a->bitrate_bps)
		return 1;
	if (ratelimiter_charge(&s->bytes_full[i], len * a->byte_cost >> RATELIMITER_COST_SH, a->byte_burst, now))
		return 1;
	if (a->rate_pps)
		__sync_fetch_and_add(&s->pkts_full[i], -a->pkt_cost);
	return 0;
}

/* The set of a packet's bucket, and its number; NULL never in practice. */
static __always_inline struct ratelimiter_set *ratelimiter_bucket(const struct ratelimiter_args *a, struct bty_env *env,
								  __u64 user, __u64 now, __u32 *bucket)
{
	struct ratelimiter_set *s = (struct ratelimiter_set *)bty_table_row(env, 0, user & a->set_mask);
	struct ratelimiter_set *other = (struct ratelimiter_set *)bty_table_row(env, 0, (user >> 32) & a->set_mask);
	__u32 i = 0;

	*bucket = 0;
	if (!s || !other)
		return NULL;
	if (a->by != RATELIMITER_ALL) {
		i = ratelimiter_find(s, user);
		if (!i) {
			i = ratelimiter_find(other, user);
			if (i)
				s = other;
		}
		if (!i)
			i = ratelimiter_take(s, user, now);
		if (!i) {
			s = other;
			i = ratelimiter_take(s, user, now);
		}
	}
	if (!i)
		return (struct ratelimiter_set *)bty_table_row(env, 0, a->set_mask + 1);
	*bucket = (i - 1) & (RATELIMITER_WAYS - 1);
	return s;
}

static __always_inline int ratelimiter_push(struct bty_pkt *p, const struct ratelimiter_args *a, struct bty_env *env)
{
	__u64 now = bty_now_ns(env) * RATELIMITER_PER_NS, user = 0;
	struct ratelimiter_set *s;
	__u32 bucket;
	int ret = 0;

	if (a->by != RATELIMITER_ALL)
		ret = ratelimiter_user(p, a, &user);
	if (ret)
		return ret;
	s = ratelimiter_bucket(a, env, user, now, &bucket);
	if (!s)
		return bty_drop(BAD_STATE);
	if (ratelimiter_conforms(a, s, bucket, bty_len(p), now))
		return 0;
	return a->has_excess_port ? 1 : bty_drop(RATE_LIMITED);
}

#ifdef BTY_DESCRIBE
/* user/element/ratelimiter.c */
int bty_ratelimiter_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);
extern const struct bty_table_ops bty_ratelimiter_tables;

#define RATELIMITER_ARG(kw, place, says, kind, field, lo, hi, def)      \
	.keyword = kw, .what = says, .type = kind, .positional = place, \
	.offset = offsetof(struct ratelimiter_args, field), .min = lo, .max = hi, .deflt = def

static const struct bty_arg ratelimiter_arg[] = {
	{ RATELIMITER_ARG("RATE", 1, "packets a second", BTY_ARG_RATE, rate_pps, 1, 1000000000, NULL) },
	{ RATELIMITER_ARG("BURST", 2, "packets a bucket holds", BTY_ARG_U32, burst_pkts, 1, 1 << 24, "32") },
	{ RATELIMITER_ARG("BITRATE", 0, "bits a second", BTY_ARG_BITRATE, bitrate_bps, 1000, 1000000000000, NULL) },
	{ RATELIMITER_ARG("BURST_BYTES", 0, "bytes a bucket holds", BTY_ARG_U32, burst_bytes, 64, 1 << 30, "16384") },
	{ RATELIMITER_ARG("KEY", 0, "what tells users apart: src, dst, anno or all", BTY_ARG_NAME, key, 0, 0, "src") },
	{ RATELIMITER_ARG("USERS", 0, "users with a bucket", BTY_ARG_U32, users, 1, 1 << 22, "1024") },
	BTY_ARGS_END,
};

BTY_ELEMENT(ratelimiter, .name = "RateLimiter", .summary = "Limits the packets or bits per second of each user.",
	    .source = "ITU-T I.371 (GCRA)", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .nin = 1, .nout_min = 1, .nout_max = 2, .ports = "0: within the rate; 1: beyond it",
	    .args_size = sizeof(struct ratelimiter_args), .args = ratelimiter_arg, .finish = bty_ratelimiter_finish,
	    .ntables = ratelimiter_TABLES, .table_ops = &bty_ratelimiter_tables);
#endif
#endif
