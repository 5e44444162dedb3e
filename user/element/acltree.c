// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes ACL's decision trees. A node's rules are shared out among its children as aclcut.c says. Where that multiplies rules too
 * much they get trees of their own, by which addresses are wildcards. Called by acl.c on the main thread.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "acl.h"
#include "aclcut.h"

#define MAX_BYTES  (64 << 20)  /* of nodes, and of rules */
#define SURVEYED   (256 << 20) /* the same, up to which it is found out how many there would be */
#define SPARE	   8  /* times as many rules in the leaves as there are, before wildcards get trees of their own */
#define WILD_BELOW 12 /* bits of an address that a rule tells, to be taken for a wildcard */
#define NONE	   UINT32_MAX
#define LEAVES	   (1 << 16)

struct build {
	struct acl_cutter cutter;
	struct bty_acl_trees *t;
	size_t most_rules; /* in leaves, or the attempt is given up */
	size_t most_nodes;
	__u64 *leaf; /* LEAVES, by hash of their rules: the last made; 0 for none */
	struct bty_err *err;
};

static int grow(void **p, uint32_t *size, uint32_t need, size_t each)
{
	uint32_t n = *size ? *size : 1024;
	void *q;

	while (n < need)
		n *= 2;
	if (n == *size)
		return 0;
	q = realloc(*p, n * each);
	if (!q)
		return -ENOMEM;
	*p = q;
	*size = n;
	return 0;
}

static int add_nodes(struct build *b, uint32_t n, uint32_t *base)
{
	struct bty_acl_trees *t = b->t;

	if ((size_t)t->nnodes + n > b->most_nodes)
		return -E2BIG;
	if (grow((void **)&t->nodes, &t->nodes_size, t->nnodes + n, sizeof(*t->nodes)))
		return -ENOMEM;
	*base = t->nnodes;
	t->nnodes += n;
	return 0;
}

/* Where a leaf of these rules is remembered; many are the same. */
static __u64 *find_leaf(struct build *b, const struct acl_list *l)
{
	uint32_t h = l->n, i;

	for (i = 0; i < l->n; i++)
		h = (h ^ l->id[i]) * 2654435769U;
	return &b->leaf[h >> 16];
}

static struct acl_row make_row(const struct bty_acl_rule *r)
{
	uint32_t src = r->addr >> 32, src_mask = r->addr_mask >> 32, dst = r->addr, dst_mask = r->addr_mask;

	return (struct acl_row){
		.src_lo = src,
		.src_hi = src | ~src_mask,
		.dst_lo = dst,
		.dst_hi = dst | ~dst_mask,
		.sport_lo = r->sport_lo,
		.sport_hi = r->sport_lo + r->sport_span,
		.dport_lo = r->dport_lo,
		.dport_hi = r->dport_lo + r->dport_span,
		.proto_lo = r->proto,
		.proto_hi = r->proto | (~r->proto_mask & ((1 << ACL_PROTO_BITS) - 1)),
		.verdict_lo = r->verdict,
		.verdict_hi = r->verdict >> 16,
	};
}

static int is_leaf_of(const struct build *b, __u64 node, const struct acl_list *l)
{
	const struct acl_row *r = b->t->rows + ACL_BASE(node);
	struct acl_row row;
	uint32_t i;

	if (ACL_COUNT(node) != l->n)
		return 0;
	for (i = 0; i < l->n; i++) {
		row = make_row(&b->cutter.rule[l->id[i]]);
		if (memcmp(&r[i], &row, sizeof(row)))
			return 0;
	}
	return 1;
}

/* One that matches nothing. */
static const struct acl_row no_row = { .src_lo = ~0U, .verdict_lo = 0xffff, .verdict_hi = 0xffff };

static int make_leaf(struct build *b, const struct acl_list *l, __u64 *node)
{
	struct bty_acl_trees *t = b->t;
	__u64 *known;
	uint32_t i;

	if (l->n > ACL_MAX_IN_LEAF)
		return bty_fail(
			b->err, -E2BIG,
			"%u rules, number %u among them, match packets that no field tells apart; at most %d may", l->n,
			(b->cutter.rule[l->id[0]].verdict >> 8) + 1, ACL_MAX_IN_LEAF);
	known = find_leaf(b, l);
	if (*known && is_leaf_of(b, *known, l)) {
		*node = *known;
		return 0;
	}
	if (t->nrows + l->n + 1 > b->most_rules)
		return -E2BIG;
	if (grow((void **)&t->rows, &t->rows_size, t->nrows + l->n + 1, sizeof(*t->rows)))
		return -ENOMEM;
	if (t->nrows & 1) /* leaves begin with a cache line */
		t->rows[t->nrows++] = no_row;
	*known = *node = ACL_LEAF | (__u64)l->n << 38 | (l->n ? t->nrows : 0);
	for (i = 0; i < l->n; i++)
		t->rows[t->nrows++] = make_row(&b->cutter.rule[l->id[i]]);
	return 0;
}

/* Where a field begins in struct acl_key. */
static int key_shift(enum acl_field f)
{
	static const int shift[] = {
		[ACL_F_SRC] = 0, [ACL_F_DST] = 32, [ACL_F_SPORT] = 0, [ACL_F_DPORT] = 16, [ACL_F_PROTO] = 32
	};

	return shift[f];
}

/* Whether a rule matches every packet that comes here, so that later ones are never reached. */
static int covers(const struct bty_acl_rule *r, const struct acl_place *at)
{
	/* only packets with ports come by here */
	int ports = at->proto & r->proto_mask & ACL_PORTS || at->lo[0] || at->lo[1];

	if (r->addr_mask & ~at->addr || r->proto_mask & ~(at->proto | (ports ? ACL_PORTS : 0)))
		return 0;
	if (!(r->proto_mask & ACL_PORTS))
		return 1;
	return r->sport_lo <= at->lo[0] && r->dport_lo <= at->lo[1] &&
	       r->sport_lo + r->sport_span >= at->lo[0] + (1 << at->left[0]) - 1 &&
	       r->dport_lo + r->dport_span >= at->lo[1] + (1 << at->left[1]) - 1;
}

static void narrow(struct acl_place *at, const struct acl_cut *c, uint32_t child)
{
	__u64 all = ((1ULL << c->bits) - 1) << c->shift;
	int k = c->field == ACL_F_DPORT;

	at->depth++;
	if (c->field == ACL_F_SPORT || c->field == ACL_F_DPORT) {
		at->left[k] = c->shift;
		at->lo[k] += child << c->shift;
	} else if (c->field == ACL_F_PROTO) {
		at->proto |= all;
	} else {
		at->addr |= all << acl_field_shift(c->field);
	}
}

static int goes_to(const struct acl_spread *s, uint32_t child)
{
	if (s->wild)
		return !((child ^ s->first) & ~s->wild);
	return child >= s->first && child <= s->last;
}

static int make_node(struct build *b, const struct acl_list *l, const struct acl_place *at, __u64 *node);

/* The children's lists, one after the other; start[child] is where each begins. */
struct share {
	uint32_t *id, *start;
	uint32_t n;
};

static int share_out(struct build *b, const struct acl_list *l, const struct acl_place *at, const struct acl_cut *c,
		     struct share *sh)
{
	struct acl_spread *s = calloc(l->n, sizeof(*s));
	uint32_t i, k;
	size_t total = 0;

	sh->n = 1U << c->bits;
	sh->start = calloc(sh->n + 1, sizeof(*sh->start));
	if (!s || !sh->start) {
		free(s);
		return -ENOMEM;
	}
	for (i = 0; i < l->n; i++) {
		acl_spread_rule(&b->cutter.rule[l->id[i]], at, c, &s[i]);
		total += s[i].wild ? 1U << __builtin_popcount(s[i].wild) : s[i].last - s[i].first + 1;
	}
	sh->id = malloc((total + 1) * sizeof(*sh->id));
	for (k = 0, total = 0; sh->id && k < sh->n; k++) {
		sh->start[k] = total;
		for (i = 0; i < l->n; i++)
			if (goes_to(&s[i], k))
				sh->id[total++] = l->id[i];
	}
	sh->start[k] = total;
	free(s);
	return sh->id ? 0 : -ENOMEM;
}

/*
 * An earlier child with the same rules: it may stand for this one, unless the cut is by ports, where what covers what
 * depends on the child. Looked for among those of the same length, the last of each.
 */
static uint32_t same_child(const struct share *sh, uint32_t k, uint32_t *last)
{
	uint32_t n = sh->start[k + 1] - sh->start[k], h = n, i, was;

	for (i = 0; i < n; i++)
		h = (h ^ sh->id[sh->start[k] + i]) * 2654435769U;
	h >>= 20;
	was = last[h];
	last[h] = k;
	if (was == NONE || sh->start[was + 1] - sh->start[was] != n ||
	    memcmp(&sh->id[sh->start[was]], &sh->id[sh->start[k]], n * sizeof(*sh->id)))
		return NONE;
	last[h] = was;
	return was;
}

static int make_children(struct build *b, const struct share *sh, const struct acl_place *at, const struct acl_cut *c,
			 uint32_t base)
{
	uint32_t last[1 << 12], k, same;
	struct acl_place child;
	struct acl_list l;
	__u64 node;
	int ret;

	memset(last, 0xff, sizeof(last));
	for (k = 0; k < sh->n; k++) {
		same = c->field == ACL_F_SPORT || c->field == ACL_F_DPORT ? NONE : same_child(sh, k, last);
		if (same != NONE) {
			b->t->nodes[base + k] = b->t->nodes[base + same];
			continue;
		}
		child = *at;
		narrow(&child, c, k);
		l = (struct acl_list){ .id = sh->id + sh->start[k], .n = sh->start[k + 1] - sh->start[k] };
		ret = make_node(b, &l, &child, &node);
		if (ret)
			return ret;
		b->t->nodes[base + k] = node; /* which may have moved */
	}
	return 0;
}

static int make_node(struct build *b, const struct acl_list *given, const struct acl_place *at, __u64 *node)
{
	struct acl_list l = { .id = given->id };
	struct share sh = { 0 };
	uint32_t base;
	struct acl_cut c;
	int ret;

	for (; l.n < given->n; l.n++)
		if (covers(&b->cutter.rule[l.id[l.n]], at)) {
			l.n++;
			break;
		}
	if (l.n <= ACL_BINTH || at->depth == ACL_MAX_DEPTH || !acl_find_cut(&b->cutter, &l, at, &c))
		return make_leaf(b, &l, node);
	ret = add_nodes(b, 1U << c.bits, &base);
	if (!ret)
		ret = share_out(b, &l, at, &c, &sh);
	if (!ret)
		ret = make_children(b, &sh, at, &c, base);
	free(sh.id);
	free(sh.start);
	*node = base | (__u64)(key_shift(c.field) + c.shift) << 32 | ((1ULL << c.bits) - 1) << 38 |
		(c.field < ACL_F_SPORT ? 0 : ACL_WORD);
	return ret;
}

static int make_tree(struct build *b, const struct acl_list *l, uint32_t tree)
{
	struct acl_place at = { .left = { 16, 16 } };
	__u64 root;
	int ret = make_node(b, l, &at, &root);

	if (ret)
		return ret;
	b->t->nodes[tree] = root;
	b->t->nodes[ACL_FIRST + tree] = l->n ? b->cutter.rule[l->id[0]].verdict >> 8 : ~0ULL;
	return 0;
}

/* Which of so many trees a rule is in. */
static uint32_t kind_of(const struct bty_acl_rule *r, int ntrees)
{
	int src = __builtin_popcountll(r->addr_mask >> 32), dst = __builtin_popcountll(r->addr_mask << 32);

	return ((src < WILD_BELOW) << 1 | (dst < WILD_BELOW)) & (ntrees - 1);
}

/* Rules that match nothing, where packets look past the last leaf. */
static int end_rules(struct build *b)
{
	struct bty_acl_trees *t = b->t;
	int i;

	if (grow((void **)&t->rows, &t->rows_size, t->nrows + ACL_AT_ONCE, sizeof(*t->rows)))
		return -ENOMEM;
	for (i = 0; i < ACL_AT_ONCE; i++)
		t->rows[t->nrows++] = no_row;
	return 0;
}

/* By rising number of the first rule; empty ones last. */
static void order_trees(struct acl_list l[ACL_TREES])
{
	struct acl_list swap;
	int i, k;

	for (i = 1; i < ACL_TREES; i++)
		for (k = i; k && l[k].n && (!l[k - 1].n || l[k].id[0] < l[k - 1].id[0]); k--) {
			swap = l[k];
			l[k] = l[k - 1];
			l[k - 1] = swap;
		}
}

static int make_all(struct build *b, uint32_t n, int ntrees)
{
	struct acl_list l[ACL_TREES] = { 0 };
	uint32_t *id = calloc((size_t)n * ACL_TREES + 1, sizeof(*id)), base, i, k;
	int ret = id ? 0 : -ENOMEM;

	b->t->nnodes = b->t->nrows = 0;
	memset(b->leaf, 0, LEAVES * sizeof(*b->leaf));
	if (!ret)
		ret = add_nodes(b, ACL_NODES, &base);
	for (i = 0; i < ACL_TREES; i++)
		l[i].id = id + (size_t)i * n;
	for (i = 0; !ret && i < n; i++) {
		k = kind_of(&b->cutter.rule[i], ntrees);
		l[k].id[l[k].n++] = i;
	}
	order_trees(l);
	for (i = 0; !ret && i < ACL_TREES; i++)
		ret = make_tree(b, &l[i], i);
	free(id);
	return ret ? ret : end_rules(b);
}

/* The last attempt has gone beyond what is possible, so as to say how far. */
static int check_size(const struct bty_acl_trees *t, uint32_t n, int ret, struct bty_err *err)
{
	size_t nodes = (size_t)t->nnodes * sizeof(*t->nodes), rules = (size_t)t->nrows * sizeof(*t->rows);

	if (ret == -E2BIG && !err->msg[0])
		return bty_fail(
			err, ret,
			"the tables of %u rules would take more than %d MiB; at most %d MiB each of nodes and rules "
			"are possible: use fewer wildcards, or fewer rules",
			n, SURVEYED >> 20, MAX_BYTES >> 20);
	if (!ret && (nodes > MAX_BYTES || rules > MAX_BYTES))
		return bty_fail(
			err, -E2BIG,
			"the tables of %u rules would take %zu MiB of nodes and %zu MiB of rules; at most %d MiB each "
			"are possible: use fewer wildcards, or fewer rules",
			n, (nodes >> 20) + 1, (rules >> 20) + 1, MAX_BYTES >> 20);
	return ret && !err->msg[0] ? bty_fail(err, ret, "no memory for %u rules", n) : ret;
}

int bty_acl_trees_make(const struct bty_acl_rule *rules, uint32_t n, struct bty_acl_trees **out, struct bty_err *err)
{
	struct build b = { .cutter.rule = rules, .t = calloc(1, sizeof(*b.t)), .err = err };
	int ret = -E2BIG, ntrees;

	*out = b.t;
	b.cutter.count = calloc(1 << ACL_CUT_BITS, sizeof(*b.cutter.count));
	b.leaf = calloc(LEAVES, sizeof(*b.leaf));
	if (!b.t || !b.cutter.count || !b.leaf) {
		free(b.cutter.count);
		free(b.leaf);
		return bty_fail(err, -ENOMEM, "no memory for %u rules", n);
	}
	for (ntrees = 1; ntrees <= ACL_TREES && ret == -E2BIG; ntrees *= 2) {
		bty_fail(err, 0, "%s", "");
		b.most_rules = ntrees < ACL_TREES ? SPARE * (size_t)n + 64 : SURVEYED / sizeof(struct acl_row);
		b.most_nodes = (ntrees < ACL_TREES ? MAX_BYTES : SURVEYED) / sizeof(*b.t->nodes);
		ret = make_all(&b, n, ntrees);
	}
	free(b.cutter.count);
	free(b.leaf);
	return check_size(b.t, n, ret, err);
}

void bty_acl_trees_free(struct bty_acl_trees *t)
{
	if (!t)
		return;
	free(t->nodes);
	free(t->rows);
	free(t);
}
