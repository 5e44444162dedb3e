// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * States of neighbours (RFC 4861 7.3, for ARP too) and their table. Times are compared by their difference: one worker's now is
 * a little before what another has just written. See neighbours.h for who calls this.
 */
#include <sched.h>
#include <string.h>
#include <batchy/flowhash.h>

#include "neighbours.h"

uint32_t bty_neigh_row(const struct bty_resolver_args *a, const uint32_t addr[4], uint32_t mask, uint32_t *tag)
{
	uint64_t h = bty_mix(bty_mix_end(bty_ld64(&addr[0]), bty_ld64(&addr[2]), 0) ^ a->seed);

	*tag = h >> 32;
	return h & mask;
}

static int passed(uint64_t then_ns, uint64_t ns, uint64_t now_ns)
{
	return (int64_t)(now_ns - then_ns) >= (int64_t)ns;
}

static int is_stale(const struct bty_resolver_args *a, const struct bty_neigh *n, uint64_t now_ns)
{
	return a->poll_ns && passed(n->since_ns, a->poll_ns, now_ns);
}

/* Its place may be another's: it has not answered for too long, or is not asked for any more. */
static int is_over(const struct bty_resolver_args *a, const struct bty_neigh *n, uint64_t now_ns)
{
	if (n->state == BTY_NEIGH_KNOWN)
		return passed(n->since_ns, a->timeout_ns, now_ns);
	return n->state == BTY_NEIGH_FREE || passed(n->asked_ns, 2 * a->retry_ns, now_ns);
}

static int may_ask(const struct bty_resolver_args *a, const struct bty_neigh *n, uint64_t now_ns)
{
	return !n->asked || passed(n->asked_ns, a->retry_ns, now_ns);
}

static int find(const struct bty_neigh_set *s, const uint32_t addr[4], uint32_t tag)
{
	int i;

	for (i = 0; i < BTY_NEIGH_WAYS; i++)
		if (s->tag[i] == tag && s->way[i].state != BTY_NEIGH_FREE && !memcmp(s->way[i].addr, addr, 16))
			return i;
	return -1;
}

/* Whoever writes is a thread of ours, at it for some nanoseconds unless it has lost its CPU. */
static uint32_t begin_read(const struct bty_neigh_set *s)
{
	uint32_t seq;

	while ((seq = __atomic_load_n(&s->seq, __ATOMIC_ACQUIRE)) & 1)
		sched_yield();
	return seq;
}

static int was_written(const struct bty_neigh_set *s, uint32_t seq)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&s->seq, __ATOMIC_RELAXED) != seq;
}

static void lock(struct bty_neigh_set *s)
{
	uint32_t seq;

	do
		seq = begin_read(s);
	while (!__atomic_compare_exchange_n(&s->seq, &seq, seq + 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static void unlock(struct bty_neigh_set *s)
{
	__atomic_store_n(&s->seq, s->seq + 1, __ATOMIC_RELEASE);
}

void bty_neigh_read(const struct bty_neigh_set *s, unsigned int way, struct bty_neigh *out)
{
	uint32_t seq;

	do {
		seq = begin_read(s);
		*out = s->way[way];
	} while (was_written(s, seq));
}

static int look(const struct bty_neigh_set *s, const uint32_t addr[4], uint32_t tag, struct bty_neigh *out)
{
	uint32_t seq;
	int i;

	do {
		seq = begin_read(s);
		i = find(s, addr, tag);
		if (i >= 0)
			*out = s->way[i];
	} while (was_written(s, seq));
	return i >= 0;
}

static struct bty_neigh_set *learned_set(const struct bty_resolver_args *a, struct bty_env *env, const uint32_t addr[4],
					 uint32_t *tag)
{
	return (struct bty_neigh_set *)bty_table_row(env, 0, bty_neigh_row(a, addr, a->learned_mask, tag));
}

static int is_given(const struct bty_resolver_args *a, struct bty_env *env, const uint32_t addr[4], uint8_t mac[6])
{
	const struct bty_neigh_set *s;
	uint32_t tag;
	int i;

	if (!a->ngiven)
		return 0;
	s = bty_table_row(env, 1, bty_neigh_row(a, addr, a->given_mask, &tag));
	i = s ? find(s, addr, tag) : -1;
	if (i >= 0 && mac)
		memcpy(mac, s->way[i].mac, 6);
	return i >= 0;
}

int bty_neigh_known(const struct bty_resolver_args *a, struct bty_env *env, const uint32_t addr[4], uint8_t mac[6])
{
	const struct bty_neigh_set *s;
	struct bty_neigh n;
	uint32_t tag;

	if (is_given(a, env, addr, mac))
		return 1;
	s = learned_set(a, env, addr, &tag);
	if (!look(s, addr, tag, &n) || n.state != BTY_NEIGH_KNOWN || is_over(a, &n, env->now_ns))
		return 0;
	memcpy(mac, n.mac, 6);
	return 1;
}

/* The most frequent case by far: there is nothing to write. */
static int is_settled(const struct bty_resolver_args *a, const struct bty_neigh *n, uint64_t now_ns,
		      struct bty_neigh_use *use)
{
	if (n->state == BTY_NEIGH_KNOWN) {
		if (is_over(a, n, now_ns) || (is_stale(a, n, now_ns) && may_ask(a, n, now_ns)))
			return 0;
		use->verdict = BTY_NEIGH_SEND;
		memcpy(use->mac, n->mac, 6);
		return 1;
	}
	use->verdict = BTY_NEIGH_WAIT;
	return !may_ask(a, n, now_ns);
}

static void forget(struct bty_neigh *n, uint64_t now_ns)
{
	n->state = BTY_NEIGH_INCOMPLETE;
	n->asked = 0;
	n->since_ns = now_ns;
}

static void ask(struct bty_neigh *n, uint64_t now_ns)
{
	n->asked += n->asked < UINT8_MAX;
	n->asked_ns = now_ns;
}

static void advance(const struct bty_resolver_args *a, struct bty_neigh *n, uint64_t now_ns, struct bty_neigh_use *use)
{
	if (n->state == BTY_NEIGH_KNOWN && is_over(a, n, now_ns))
		forget(n, now_ns);
	if (n->state == BTY_NEIGH_KNOWN && is_stale(a, n, now_ns) && may_ask(a, n, now_ns)) {
		if (n->asked < a->queries) {
			ask(n, now_ns);
			use->ask = BTY_NEIGH_ASK_IT;
		} else {
			forget(n, now_ns);
		}
	}
	if (n->state == BTY_NEIGH_KNOWN) {
		use->verdict = BTY_NEIGH_SEND;
		memcpy(use->mac, n->mac, 6);
		return;
	}
	use->verdict = BTY_NEIGH_WAIT;
	if (may_ask(a, n, now_ns)) {
		ask(n, now_ns);
		use->ask = BTY_NEIGH_ASK_ALL;
	}
}

/* A way for one more, or -1: who has answered is never put out, and who has not may have half of the ways. */
static int place(const struct bty_resolver_args *a, struct bty_neigh_set *s, const uint32_t addr[4], uint32_t tag,
		 uint64_t now_ns)
{
	int i, unknown = 0, at = -1;

	for (i = BTY_NEIGH_WAYS; i-- > 0;) {
		if (is_over(a, &s->way[i], now_ns))
			at = i;
		else
			unknown += s->way[i].state == BTY_NEIGH_INCOMPLETE;
	}
	if (at < 0 || unknown >= BTY_NEIGH_UNKNOWN)
		return -1;
	memset(&s->way[at], 0, sizeof(s->way[at]));
	memcpy(s->way[at].addr, addr, 16);
	s->tag[at] = tag;
	forget(&s->way[at], now_ns);
	return at;
}

void bty_neigh_use(const struct bty_resolver_args *a, struct bty_env *env, const uint32_t addr[4],
		   struct bty_neigh_use *use)
{
	struct bty_neigh_set *s;
	struct bty_neigh n;
	uint32_t tag;
	int i;

	use->verdict = BTY_NEIGH_SEND;
	use->ask = BTY_NEIGH_ASK_NOT;
	if (is_given(a, env, addr, use->mac))
		return;
	s = learned_set(a, env, addr, &tag);
	if (look(s, addr, tag, &n) && is_settled(a, &n, env->now_ns, use))
		return;
	lock(s);
	i = find(s, addr, tag);
	if (i < 0)
		i = place(a, s, addr, tag, env->now_ns);
	if (i >= 0)
		advance(a, &s->way[i], env->now_ns, use);
	else
		use->verdict = BTY_NEIGH_NO_PLACE;
	unlock(s);
}

/* RFC 4861 7.2.5. Not confirmed by an answer, an address is one that has to be asked again when it is used. */
static void learn(const struct bty_resolver_args *a, struct bty_neigh *n, const struct bty_neigh_heard *h,
		  uint64_t now_ns)
{
	int answers = h->is_answer && n->asked, differs;

	if (n->state != BTY_NEIGH_KNOWN && !h->has_mac)
		return;
	differs = h->has_mac && (n->state != BTY_NEIGH_KNOWN || memcmp(h->mac, n->mac, 6) != 0);
	if (differs && n->state == BTY_NEIGH_KNOWN && !h->overrides) {
		if (a->poll_ns && !is_stale(a, n, now_ns))
			n->since_ns = now_ns - a->poll_ns;
		return;
	}
	if (!differs && !answers)
		return;
	if (differs)
		memcpy(n->mac, h->mac, 6);
	n->state = BTY_NEIGH_KNOWN;
	n->asked = 0;
	n->since_ns = answers ? now_ns : now_ns - a->poll_ns;
}

int bty_neigh_hear(const struct bty_resolver_args *a, struct bty_env *env, const struct bty_neigh_heard *h)
{
	struct bty_neigh_set *s;
	struct bty_neigh n;
	uint32_t tag;
	int i;

	if (is_given(a, env, h->addr, NULL))
		return 0;
	s = learned_set(a, env, h->addr, &tag);
	/* messages about others are frequent, and not worth a lock */
	if (!look(s, h->addr, tag, &n))
		return 0;
	lock(s);
	i = find(s, h->addr, tag);
	if (i >= 0 && !is_over(a, &s->way[i], env->now_ns))
		learn(a, &s->way[i], h, env->now_ns);
	unlock(s);
	return 1;
}

const char *bty_neigh_state(const struct bty_resolver_args *a, const struct bty_neigh *n, uint64_t now_ns)
{
	if (n->state == BTY_NEIGH_INCOMPLETE)
		return is_over(a, n, now_ns) || n->asked > a->queries ? "failed" : "incomplete";
	if (n->state == BTY_NEIGH_FREE || is_over(a, n, now_ns))
		return NULL;
	return !is_stale(a, n, now_ns) ? "reachable" : n->asked ? "probed" : "stale";
}
