// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ARPQuerier and NDPQuerier on a worker's thread: gives packets their addresses, keeps those whose next hop is not known, and lets
 * them go in order. What is known is everybody's (neighbours.c); what waits is this worker's alone, because its frames are. So
 * that a worker notices what another one has learned, one that keeps packets looks again: soon at first, and then after
 * as long as it has waited, up to LOOK_MAX_NS. Called through the elements' classes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <batchy/flowhash.h>
#include <batchy/gateway.h>

#include "messages.h"
#include "../lib/err.h"

#define BUCKETS	    256
#define NONE	    UINT32_MAX
#define LOOK_MIN_NS 1000000ULL
#define LOOK_MAX_NS 20000000ULL

/* Chains are of numbers: of packets that wait in order, of neighbours with the same hash, of places that are free. */
struct held {
	struct bty_pkt pkt;
	uint32_t next;
};

/* A neighbour with packets that wait, since QUERIES times RETRY before until_ns. */
struct wait {
	uint32_t addr[4];
	uint32_t first, last, n;
	uint32_t next;
	uint64_t until_ns;
};

struct resolver {
	struct held *held;
	struct wait *wait;
	uint32_t *bucket;
	uint32_t free_held, free_wait;
	uint32_t nwaits;
	uint32_t emits; /* this batch has let go of packets: those behind them have to follow them out */
	uint64_t newest_ns;
};
_Static_assert(sizeof(struct resolver) <= BTY_RESOLVER_STATE, "state has no room");

/* The last neighbour of a batch, often that of the next packet too. */
struct last {
	uint32_t addr[4];
	uint8_t mac[6];
	uint8_t is_set;
};

int bty_resolver_open(const void *args, struct bty_env *env, const struct bty_open *o, struct bty_err *err)
{
	const struct bty_resolver_args *a = args;
	struct resolver *r = env->state;
	uint32_t i;

	r->held = calloc(a->hold_all, sizeof(*r->held));
	r->wait = calloc(a->hold_all, sizeof(*r->wait));
	r->bucket = malloc(BUCKETS * sizeof(*r->bucket));
	if (!r->held || !r->wait || !r->bucket) {
		bty_resolver_close(args, r);
		return bty_fail(err, -ENOMEM, "%s: no memory for %u packets", o->element, a->hold_all);
	}
	memset(r->bucket, 0xff, BUCKETS * sizeof(*r->bucket));
	for (i = 0; i < a->hold_all; i++)
		r->held[i].next = r->wait[i].next = i + 1 < a->hold_all ? i + 1 : NONE;
	return 0;
}

void bty_resolver_close(const void *args, void *state)
{
	struct resolver *r = state;

	free(r->held);
	free(r->wait);
	free(r->bucket);
}

/* All that may wait, and leave at once; a vector that leaves behind it, and a query for each of its packets. */
uint32_t bty_resolver_frames(const void *args, uint32_t vec)
{
	const struct bty_resolver_args *a = args;

	return 2 * a->hold_all + 2 * vec;
}

/* Where the number of addr's wait is, or would be. */
static uint32_t *find(struct resolver *r, const uint32_t addr[4])
{
	uint32_t *at = &r->bucket[bty_mix_end(bty_ld64(&addr[0]), bty_ld64(&addr[2]), 0) % BUCKETS];

	while (*at != NONE && memcmp(r->wait[*at].addr, addr, 16) != 0)
		at = &r->wait[*at].next;
	return at;
}

static void address(const struct bty_resolver_args *a, const struct bty_pkt *p, const uint8_t mac[6])
{
	struct bty_eth *eth = (struct bty_eth *)p->data;

	memcpy(eth->dst, mac, 6);
	memcpy(eth->src, a->mac, 6);
}

static struct bty_pkt *take_first(struct resolver *r, struct wait *w)
{
	uint32_t i = w->first;

	w->first = r->held[i].next;
	w->n--;
	r->held[i].next = r->free_held;
	r->free_held = i;
	return &r->held[i].pkt;
}

/* Ends the wait at *at: its packets go to mac, or nowhere. */
static void end(const struct bty_resolver_args *a, struct bty_env *env, uint32_t *at, const uint8_t *mac)
{
	struct resolver *r = env->state;
	uint32_t i = *at;
	struct wait *w = &r->wait[i];
	const struct bty_pkt *p;

	while (w->n) {
		p = take_first(r, w);
		if (mac) {
			address(a, p, mac);
			bty_emit(env, 0, p);
			r->emits = 1;
		} else {
			bty_discard(env, p, BTY_DROP_NO_NEIGHBOUR);
		}
	}
	*at = w->next;
	w->next = r->free_wait;
	r->free_wait = i;
	r->nwaits--;
}

static void begin(const struct bty_resolver_args *a, const struct bty_env *env, uint32_t *at, const uint32_t addr[4])
{
	struct resolver *r = env->state;
	uint32_t i = r->free_wait; /* there is one: each has a packet */
	struct wait *w = &r->wait[i];

	r->free_wait = w->next;
	*w = (struct wait){ .next = NONE, .until_ns = env->now_ns + a->queries * a->retry_ns };
	memcpy(w->addr, addr, 16);
	*at = i;
	r->nwaits++;
	r->newest_ns = env->now_ns;
}

/* Keeps a packet; of too many for one neighbour the oldest goes (RFC 4861 7.2.2). Returns its verdict. */
static int hold(const struct bty_resolver_args *a, struct bty_env *env, uint32_t *at, const uint32_t addr[4],
		const struct bty_pkt *p)
{
	struct resolver *r = env->state;
	struct wait *w = *at == NONE ? NULL : &r->wait[*at];
	uint32_t i;

	if (w && (w->n == a->hold || r->free_held == NONE))
		bty_discard(env, take_first(r, w), BTY_DROP_NO_NEIGHBOUR);
	else if (r->free_held == NONE)
		return bty_drop(NO_NEIGHBOUR);
	if (!w)
		begin(a, env, at, addr);
	w = &r->wait[*at];
	i = r->free_held;
	r->free_held = r->held[i].next;
	r->held[i].pkt = *p;
	if (w->n++)
		r->held[w->last].next = i;
	else
		w->first = i;
	w->last = i;
	return BTY_HELD;
}

/* To whom a packet goes next. Returns 0, or -1 when it is not of our IP version. */
static int next_hop(const struct bty_resolver_args *a, struct bty_env *env, const struct bty_pkt *p, uint32_t addr[4])
{
	const uint8_t *ip = p->data + p->meta->l3_off, *gateway;

	memset(addr, 0, 16);
	if (!(p->meta->flags & (a->v6 ? BTY_F_IPV6 : BTY_F_IPV4)))
		return -1;
	if (!a->v6) {
		addr[0] = p->meta->anno ? p->meta->anno : ((const struct bty_ipv4 *)ip)->dst;
		return 0;
	}
	gateway = p->meta->anno ? bty_gateway(env, p->meta->anno) : NULL;
	memcpy(addr, gateway ? (const void *)gateway : ((const struct bty_ipv6 *)ip)->dst, 16);
	return 0;
}

/* Behind what the batch has let go of, if anything. */
static int deliver(struct bty_env *env, const struct bty_pkt *p)
{
	if (!((struct resolver *)env->state)->emits)
		return 0;
	bty_emit(env, 0, p);
	return BTY_HELD;
}

static int resolve(const struct bty_resolver_args *a, struct bty_env *env, const struct bty_pkt *p,
		   const uint32_t addr[4], struct last *last)
{
	struct resolver *r = env->state;
	uint32_t nobody = NONE, *at = r->nwaits ? find(r, addr) : &nobody;
	struct bty_neigh_use use;

	bty_neigh_use(a, env, addr, &use);
	if (use.ask)
		bty_message_ask(a, env, addr, use.ask == BTY_NEIGH_ASK_IT ? use.mac : NULL);
	if (use.verdict == BTY_NEIGH_WAIT)
		return hold(a, env, r->nwaits ? at : find(r, addr), addr, p);
	if (use.verdict == BTY_NEIGH_NO_PLACE)
		return bty_drop(NO_NEIGHBOUR);
	if (*at != NONE)
		end(a, env, at, use.mac);
	memcpy(last->addr, addr, 16);
	memcpy(last->mac, use.mac, 6);
	last->is_set = 1;
	address(a, p, use.mac);
	return deliver(env, p);
}

static void hear(const struct bty_resolver_args *a, struct bty_env *env, const struct bty_neigh_heard *heard)
{
	struct resolver *r = env->state;
	uint8_t mac[6];
	uint32_t *at;

	if (!bty_neigh_hear(a, env, heard) || !r->nwaits)
		return;
	at = find(r, heard->addr);
	if (*at != NONE && bty_neigh_known(a, env, heard->addr, mac))
		end(a, env, at, mac);
}

static int one(const struct bty_resolver_args *a, struct bty_env *env, const struct bty_pkt *p, struct last *last)
{
	struct bty_neigh_heard heard;
	enum bty_message message = bty_message_read(a, p, &heard);
	uint32_t addr[4];
	uint8_t mac[6];

	if (message == BTY_MESSAGE_HEARD) {
		hear(a, env, &heard);
		last->is_set = 0;
	}
	if (message != BTY_MESSAGE_NONE)
		return a->has_other_port ? 1 : bty_drop(SINK);
	if (next_hop(a, env, p, addr))
		return a->has_other_port ? 1 : bty_drop(NOT_IP);
	if (last->is_set && !memcmp(last->addr, addr, 16)) {
		address(a, p, last->mac);
		return deliver(env, p);
	}
	if (bty_message_group(a, addr, mac)) {
		address(a, p, mac);
		return deliver(env, p);
	}
	return resolve(a, env, p, addr, last);
}

static void look_again(struct bty_env *env)
{
	const struct resolver *r = env->state;
	uint64_t in_ns = env->now_ns - r->newest_ns;

	if (!r->nwaits)
		return;
	in_ns = in_ns < LOOK_MIN_NS ? LOOK_MIN_NS : in_ns > LOOK_MAX_NS ? LOOK_MAX_NS : in_ns;
	if (!env->wake_ns || env->wake_ns > env->now_ns + in_ns)
		env->wake_ns = env->now_ns + in_ns;
}

void bty_resolver_process(struct bty_batch *b, const void *args, struct bty_env *env)
{
	struct last last = { .is_set = 0 };
	uint32_t i;

	((struct resolver *)env->state)->emits = 0;
	for (i = 0; i < b->n; i++)
		b->verdict[i] = one(args, env, &b->pkt[i], &last);
	look_again(env);
}

/* Another worker, or somebody at the command line, may have learned what is waited for; or it is time to ask again, or to give up. */
static void look(const struct bty_resolver_args *a, struct bty_env *env, uint32_t *at)
{
	struct resolver *r = env->state;
	const struct wait *w = &r->wait[*at];
	struct bty_neigh_use use;
	uint8_t mac[6];

	if (bty_neigh_known(a, env, w->addr, mac)) {
		end(a, env, at, mac);
	} else if (env->now_ns >= w->until_ns) {
		end(a, env, at, NULL);
	} else {
		bty_neigh_use(a, env, w->addr, &use);
		if (use.ask == BTY_NEIGH_ASK_ALL)
			bty_message_ask(a, env, w->addr, NULL);
	}
}

void bty_resolver_tick(const void *args, struct bty_env *env)
{
	struct resolver *r = env->state;
	uint32_t i, *at, was;

	for (i = 0; i < BUCKETS; i++)
		for (at = &r->bucket[i]; *at != NONE;) {
			was = *at;
			look(args, env, at);
			if (*at == was)
				at = &r->wait[was].next;
		}
	look_again(env);
}
