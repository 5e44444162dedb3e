// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a node of ACL's trees is cut: a run of bits of one field, anywhere in an address or the protocol and what goes with it, the
 * next ones of a port; a rule with wildcards there goes to several children. Of all runs that do not multiply rules too much the one
 * is taken that leaves the fewest where most rules are. Called by acltree.c.
 */
#include <string.h>

#include "aclcut.h"

#define SPREAD 2 /* times as many rules in the children of a node as in itself */

int acl_field_shift(enum acl_field f)
{
	return f == ACL_F_SRC || f == ACL_F_SPORT ? 32 : f == ACL_F_DPORT ? 16 : 0;
}

void acl_spread_rule(const struct bty_acl_rule *r, const struct acl_place *at, const struct acl_cut *c,
		     struct acl_spread *s)
{
	uint32_t all = (1U << c->bits) - 1, v, m;
	int k = c->field == ACL_F_DPORT, lo, hi;

	if (c->field == ACL_F_SPORT || c->field == ACL_F_DPORT) {
		lo = (k ? r->dport_lo : r->sport_lo) - at->lo[k];
		hi = lo + (k ? r->dport_span : r->sport_span);
		s->first = lo < 0 ? 0 : lo >> c->shift;
		s->last = hi >> c->shift > (int)all ? all : (uint32_t)hi >> c->shift;
		s->wild = 0;
		return;
	}
	v = c->field == ACL_F_PROTO ? r->proto : r->addr >> acl_field_shift(c->field);
	m = c->field == ACL_F_PROTO ? r->proto_mask : r->addr_mask >> acl_field_shift(c->field);
	s->first = s->last = v >> c->shift & all;
	s->wild = ~(m >> c->shift) & all;
}

/* Counts rules by child. Those for every child alike are counted apart. Returns 0 when there would be too many. */
static int try_cut(struct acl_cutter *b, const struct acl_list *l, const struct acl_place *at, struct acl_cut *c)
{
	uint32_t all = (1U << c->bits) - 1, everywhere = 0, i, k;
	size_t sum = 0, most = (size_t)SPREAD * l->n + 8;
	struct acl_spread s;
	double squares = 0;

	memset(b->count, 0, (all + 1) * sizeof(*b->count));
	for (i = 0; i < l->n; i++) {
		acl_spread_rule(&b->rule[l->id[i]], at, c, &s);
		if (s.wild == all || s.last - s.first == all) {
			everywhere++;
			continue;
		}
		sum += s.wild ? 1U << __builtin_popcount(s.wild) : s.last - s.first + 1;
		if (sum > most)
			return 0;
		for (k = s.wild; s.wild; k = (k - 1) & s.wild) {
			b->count[s.first | k]++;
			if (!k)
				break;
		}
		for (k = s.first; !s.wild && k <= s.last; k++)
			b->count[k]++;
	}
	/* children with nothing of their own are one */
	for (k = 0; k <= all; k++) {
		if (!b->count[k])
			continue;
		b->count[k] += everywhere;
		squares += (double)b->count[k] * b->count[k];
	}
	for (k = 0, i = 0; k <= all; k++)
		i += b->count[k] != 0;
	if (sum + (size_t)everywhere * (i ? i - 1 : 0) > most)
		return 0;
	sum += (size_t)everywhere * i;
	c->score = sum ? squares / sum : l->n;
	return 1;
}

static int bits_known(const struct acl_place *at, const struct acl_cut *c)
{
	uint32_t all = ((1U << c->bits) - 1) << c->shift;

	if (c->field == ACL_F_SPORT || c->field == ACL_F_DPORT)
		return c->bits > at->left[c->field == ACL_F_DPORT];
	return ((c->field == ACL_F_PROTO ? at->proto : at->addr >> acl_field_shift(c->field)) & all) == all;
}

/* Returns whether some cut leaves fewer than `worth` rules. */
static int choose_cut(struct acl_cutter *b, const struct acl_list *l, const struct acl_place *at, double worth,
		      struct acl_cut *best)
{
	static const uint8_t width[] = { 32, 32, 16, 16, ACL_PROTO_BITS };
	int bits, most = 32 - __builtin_clz(l->n), from, to;
	struct acl_cut c;

	best->score = worth;
	best->bits = 0;
	most = most > ACL_CUT_BITS ? ACL_CUT_BITS : most;
	for (bits = most; bits; bits = bits > 4 ? bits - 2 : bits - 1) {
		for (c.field = ACL_F_SRC; c.field < ACL_F_NFIELDS; c.field++) {
			from = 0;
			to = width[c.field] - bits;
			if (c.field == ACL_F_SPORT || c.field == ACL_F_DPORT)
				from = to = at->left[c.field == ACL_F_DPORT] - bits;
			for (; to >= from && to >= 0; to--) {
				c.shift = to;
				c.bits = bits;
				if (!bits_known(at, &c) && try_cut(b, l, at, &c) && c.score < best->score)
					*best = c;
			}
		}
		/* fewer bits cannot tell more apart, but cost less where rules are many times the same */
		if (best->bits && best->score <= ACL_BINTH)
			break;
	}
	return best->bits != 0;
}

/* How many of the unknown bits of a port are the same in all rules that do not take every port here; 0 when all such rules are alike. */
static int shared_bits(const struct acl_cutter *b, const struct acl_list *l, const struct acl_place *at, int k)
{
	uint32_t first = at->lo[k], last = first + (1U << at->left[k]) - 1, from = last, to = first, lo, hi, i;
	int bits = 0, differ = 0;

	for (i = 0; i < l->n; i++) {
		const struct bty_acl_rule *r = &b->rule[l->id[i]];

		lo = k ? r->dport_lo : r->sport_lo;
		hi = lo + (k ? r->dport_span : r->sport_span);
		lo = lo < first ? first : lo;
		hi = hi > last ? last : hi;
		if (lo == first && hi == last)
			continue;
		differ |= from <= to && (lo != from || hi != to);
		from = lo < from ? lo : from;
		to = hi > to ? hi : to;
	}
	while (differ && bits < at->left[k] && !((from ^ to) >> (at->left[k] - bits - 1)))
		bits++;
	return bits;
}

/*
 * A port is cut from its highest bit on, of which nearby ones share many: with so many rules that a cut must be made, those are
 * gone past, for the next cut to be where rules differ. Returns whether there are any.
 */
static int skip_shared(const struct acl_cutter *b, const struct acl_list *l, const struct acl_place *at,
		       struct acl_cut *c)
{
	int k, bits;

	for (k = 0; k < 2; k++) {
		bits = shared_bits(b, l, at, k);
		if (!bits)
			continue;
		c->field = k ? ACL_F_DPORT : ACL_F_SPORT;
		c->bits = bits > ACL_CUT_BITS ? ACL_CUT_BITS : bits;
		c->shift = at->left[k] - c->bits;
		return 1;
	}
	return 0;
}

int acl_find_cut(struct acl_cutter *b, const struct acl_list *l, const struct acl_place *at, struct acl_cut *c)
{
	if (choose_cut(b, l, at, l->n * 0.95, c))
		return 1;
	return l->n > ACL_MAX_IN_LEAF && (skip_shared(b, l, at, c) || choose_cut(b, l, at, l->n, c));
}
