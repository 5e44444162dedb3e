/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WildcardMatch(FIELDS field ..., [DEFAULT port,] [FILE entries.txt,] VALUE ... PRIORITY PORT, ...): a packet leaves by the
 * port of the entry with the highest PRIORITY (0 to 65535) of those it matches, by DEFAULT when it matches none. Fields are those
 * of ExactMatch. An entry has for each field a value, of which only some bits may count (ADDRESS/LEN, NUMBER%MASK,
 * HEX%HEXMASK), or `*`, which also holds when the packet lacks the field. Of several that match with the same PRIORITY, the one
 * of which more bits count has the packet; of those, the one whose bits come first in the order of the fields. Of two entries with
 * the same values and masks the later one counts, whatever its PRIORITY. Updated live: `batchy-agent table set NAME 'VALUE ... PRIORITY
 * PORT'`, `table del NAME 'VALUE ...'`.
 * Ports: 1 in; out i: packets of entries to port i, at most 64. Entries: as many as memory holds, with 32 different masks.
 * Drops: no_match without DEFAULT.
 * Source: BESS's WildcardMatch; tuple space search (Srinivasan, Suri and Varghese, "Packet classification using tuple space
 * search", SIGCOMM 1999), highest priority first as in Open vSwitch (NSDI 2015).
 */
#ifndef ELEMENTS_WILDCARDMATCH_H
#define ELEMENTS_WILDCARDMATCH_H

#include <batchy/match.h>

#define wildcardmatch_TABLES	   1
#define wildcardmatch_HAS_PREFETCH 1
#define WILDCARDMATCH_TUPLES	   32
#define WILDCARDMATCH_PREFETCHED   4 /* tuples: more would push each other out */

/* Entries of one mask. */
struct wildcardmatch_tuple {
	struct bty_key mask;
	__u32 score; /* of the best entry; tuples come by it, highest first */
	__u32 pad;
};

struct wildcardmatch_args {
	struct bty_fields fields;
	__u32 mask; /* rows less 1 */
	__u32 deflt;
	struct bty_field_names names;
	__u32 ntuples;
	__u32 pad;
	struct wildcardmatch_tuple tuple[WILDCARDMATCH_TUPLES];
};

static __always_inline void wildcardmatch_mask(const struct bty_key *key, const struct wildcardmatch_tuple *t,
					       struct bty_key *masked)
{
	int k;

	for (k = 0; k < BTY_KEY_WORDS; k++)
		masked->word[k] = key->word[k] & t->mask.word[k];
}

static __always_inline int wildcardmatch_push(struct bty_pkt *p, const struct wildcardmatch_args *a,
					      struct bty_env *env)
{
	struct bty_key key = {}, masked;
	__u64 best = 0, value;
	__u32 i;

	bty_fields_get(p, &a->fields, &key);
	for (i = 0; i < WILDCARDMATCH_TUPLES && i < a->ntuples; i++) {
		if (BTY_MATCH_SCORE(best) >= a->tuple[i].score)
			break;
		wildcardmatch_mask(&key, &a->tuple[i], &masked);
		value = bty_match_find(env, &masked, a->fields.nwords, a->mask, i);
		if (BTY_MATCH_SCORE(value) > BTY_MATCH_SCORE(best))
			best = value;
	}
	if (best)
		return BTY_MATCH_PORT(best) & (BTY_MAX_OUT - 1);
	return a->deflt == BTY_MATCH_DROP ? bty_drop(NO_MATCH) : (int)(a->deflt & (BTY_MAX_OUT - 1));
}

#ifndef __bpf__
static __always_inline void wildcardmatch_prefetch(const struct bty_pkt *p, const struct wildcardmatch_args *a,
						   struct bty_env *env)
{
	struct bty_key key = {}, masked;
	__u32 i;

	bty_fields_get(p, &a->fields, &key);
	for (i = 0; i < WILDCARDMATCH_PREFETCHED && i < a->ntuples; i++) {
		wildcardmatch_mask(&key, &a->tuple[i], &masked);
		bty_match_prefetch(env, &masked, a->fields.nwords, a->mask, i);
	}
}
#endif

#ifdef BTY_DESCRIBE
/* user/element/wildcardmatch.c */
int bty_wildcardmatch_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
extern const struct bty_table_ops bty_wildcardmatch_tables;

BTY_ELEMENT(
	wildcardmatch, .name = "WildcardMatch",
	.summary = "Sends packets on by rules with masks and priorities over their fields.",
	.source = "BESS; tuple space search (SIGCOMM 1999)", .kind = BTY_KIND_PACKET,
	.places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = BTY_MAX_OUT,
	.ports = "i: packets of entries to port i, or DEFAULT",
	.usage = "FIELDS field ..., [DEFAULT port,] VALUE ... PRIORITY PORT, ... or FILE entries.txt, or both: as in "
		 "FIELDS ip.dst l4.dport, 10.0.0.0/8 * 1 0",
	.args_size = sizeof(struct wildcardmatch_args), .configure = bty_wildcardmatch_configure,
	.ntables = wildcardmatch_TABLES, .table_ops = &bty_wildcardmatch_tables);
#endif
#endif
