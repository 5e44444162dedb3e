/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MACTable(MAC PORT, ... or FILE stations.txt, LEARN false, AGE 300s, CAPACITY 1024, FLOOD port): sends a frame to the output of the
 * station it is for: output i leads to device i, in the order the pipeline names devices. Stations are given, or with LEARN learned from sources
 * and the device they came in by, for AGE after their last frame (to a sixteenth of it). What is given counts more. Unknown destinations, broadcast
 * and multicast go to FLOOD, the last output when not given. CAPACITY: stations that may be learned; there are 8 places for
 * each, twice as many in all, and one that finds them taken is not learned. One table for XDP and workers, which survives updates; `table show` has what
 * was learned, too. Entries unused and not
 * asked for during 255 times AGE may count as new once more.
 * Ports: 1 in; out i: to device i, at most 16. Drops: same_port (the station is where the frame came from), runt.
 * Source: IEEE 802.1D, transparent bridging; Click's EtherSwitch.
 */
#ifndef ELEMENTS_MACTABLE_H
#define ELEMENTS_MACTABLE_H

#include <batchy/element.h>
#include <batchy/flowhash.h>

#define mactable_TABLES 2

#define MACTABLE_WAYS	 8
#define MACTABLE_PORTS	 BTY_MAX_DEVICES /* as many as four bits say */
#define MACTABLE_TICKS	 16		 /* to an AGE, at least */
#define MACTABLE_TICK_OF 0xfff

/*
 * A row of either table: stations by hash, in words: address (48 bits, the first byte highest), port (4), when it was last seen
 * (12, ticks). 0: free. Table 0, kept: those learned. Table 1: those given, with 1 for the tick.
 */
struct mactable_set {
	__u64 word[MACTABLE_WAYS];
};

#define MACTABLE_PORT(w) ((__u32)((w) >> 12) & (MACTABLE_PORTS - 1))

/* One station, as an argument or a line of FILE says it. */
struct mactable_entry {
	__u8 mac[6];
	__u8 pad[2];
	__u32 port; /* what comes before it is the key */
};

struct mactable_args {
	__u64 age_ns;
	__u32 capacity;
	__u32 flood;
	__u32 nout; /* 0: not yet known */
	__u32 age, tick_sh;
	__u32 learned_mask, given_mask; /* of rows by hash */
	__u8 learn, flood_given;
	__u8 pad[2];
};

static __always_inline __u64 mactable_address(const __u8 *mac)
{
	return (__u64)bty_ntohl(bty_ld32(mac)) << 16 | bty_ntohs(bty_ld16(mac + 4));
}

/* An address's word, or 0; *way: where it is. */
static __always_inline __u64 mactable_find(const struct mactable_set *s, __u64 address, __u32 *way)
{
	__u64 found = 0, w, same;
	__u32 i;

	for (i = 0; i < MACTABLE_WAYS; i++) {
		w = bty_once(s->word[i]);
		same = -(__u64)bty_is_zero(w >> 16 ^ address);
		found = (found & ~same) | (w & same);
		*way = (*way & ~(__u32)same) | (i & (__u32)same);
	}
	return found;
}

/* 1 or 0, without a branch */
static __always_inline __u32 mactable_is_old(const struct mactable_args *a, __u64 word, __u32 tick)
{
	return (a->age - ((tick - (__u32)word) & MACTABLE_TICK_OF)) >> 31;
}

/* The place of an entry that is no longer one; the last when there is none. */
static __always_inline __u32 mactable_place(const struct mactable_args *a, const struct mactable_set *s, __u32 tick)
{
	__u32 place = MACTABLE_WAYS - 1, i, free;
	__u64 w;

	for (i = MACTABLE_WAYS; i-- > 0;) {
		w = bty_once(s->word[i]);
		free = -(bty_is_zero(w) | mactable_is_old(a, w, tick));
		place = (place & ~free) | (i & free);
	}
	/* the mask is for the verifier; the compiler must not find it needless */
	asm("" : "+r"(place));
	return place & (MACTABLE_WAYS - 1);
}

static __always_inline void mactable_learn(const struct mactable_args *a, struct mactable_set *s, __u64 address,
					   __u32 port, __u32 tick)
{
	__u64 new = address << 16 | port << 12 | tick, old;
	__u32 way = 0;

	old = mactable_find(s, address, &way);
	if (old == new)
		return;
	if (!old) {
		way = mactable_place(a, s, tick);
		old = bty_once(s->word[way]);
		if (old && !mactable_is_old(a, old, tick))
			return;
	}
	/* who loses against another learns from the next frame */
	__sync_val_compare_and_swap(&s->word[way & (MACTABLE_WAYS - 1)], old, new);
}

/* What is given for an address; 0 for nothing. */
static __always_inline __u64 mactable_given(const struct mactable_args *a, struct bty_env *env, __u64 address)
{
	const struct mactable_set *s = bty_table_row(env, 1, (__u32)bty_mix(address) & a->given_mask);
	__u32 way = 0;

	return s ? mactable_find(s, address, &way) : 0;
}

/* The word of a station that is not too old. */
static __always_inline __u64 mactable_learned(const struct mactable_args *a, struct bty_env *env, __u64 address,
					      __u32 tick)
{
	struct mactable_set *s =
		(struct mactable_set *)bty_table_row(env, 0, (__u32)bty_mix(address) & a->learned_mask);
	__u32 way = 0;
	__u64 w;

	if (!s)
		return 0;
	w = mactable_find(s, address, &way);
	if (!w || !mactable_is_old(a, w, tick))
		return w;
	__sync_val_compare_and_swap(&s->word[way & (MACTABLE_WAYS - 1)], w, 0);
	return 0;
}

static __always_inline int mactable_push(struct bty_pkt *p, const struct mactable_args *a, struct bty_env *env)
{
	struct bty_eth *eth = bty_at(p, 0, sizeof(*eth));
	__u32 in = p->meta->in & (MACTABLE_PORTS - 1), tick = 0;
	struct mactable_set *s;
	__u64 src, dst, w;

	if (!eth)
		return bty_drop(RUNT);
	dst = mactable_address(eth->dst);
	src = mactable_address(eth->src);
	if (a->learn) {
		tick = (bty_now_ns(env) >> a->tick_sh) & MACTABLE_TICK_OF;
		s = (struct mactable_set *)bty_table_row(env, 0, (__u32)bty_mix(src) & a->learned_mask);
		/* a group address is no station's; one of zeros would be a free place */
		if (s && src && !(eth->src[0] & 1) && !mactable_given(a, env, src))
			mactable_learn(a, s, src, in, tick);
	}
	if (eth->dst[0] & 1)
		return a->flood & (MACTABLE_PORTS - 1);
	w = mactable_given(a, env, dst);
	if (!w && a->learn && dst)
		w = mactable_learned(a, env, dst, tick);
	if (!w || MACTABLE_PORT(w) >= a->nout)
		return a->flood & (MACTABLE_PORTS - 1);
	return MACTABLE_PORT(w) == in ? bty_drop(SAME_PORT) : (int)MACTABLE_PORT(w);
}

#ifdef BTY_DESCRIBE
/* user/element/mactable.c */
int bty_mactable_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
int bty_mactable_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);
extern const struct bty_table_ops bty_mactable_tables;

BTY_ELEMENT(mactable, .name = "MACTable", .summary = "Sends frames to the device their destination is behind.",
	    .source = "IEEE 802.1D; Click's EtherSwitch", .kind = BTY_KIND_PACKET,
	    .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = MACTABLE_PORTS,
	    .ports = "i: to stations behind device i; FLOOD, or the last: to unknown ones and groups",
	    .usage =
		    "MAC PORT, ... or FILE stations.txt, with one in each line, or both; LEARN true|false (false), AGE "
		    "time (300s), CAPACITY stations learned (1024), FLOOD output (the last)",
	    .args_size = sizeof(struct mactable_args), .configure = bty_mactable_configure,
	    .finish = bty_mactable_finish, .ntables = mactable_TABLES, .table_ops = &bty_mactable_tables);
#endif
#endif
