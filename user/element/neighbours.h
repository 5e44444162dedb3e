/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The neighbours that ARPQuerier and NDPQuerier know, in rows that all workers share (batchy/resolver.h): what state they are in, and
 * when they are to be asked. Nothing here knows of packets. Called by resolver.c on workers' threads, by querier.c to show them.
 */
#ifndef USER_ELEMENT_NEIGHBOURS_H
#define USER_ELEMENT_NEIGHBOURS_H

#include <batchy/element.h>
#include <batchy/resolver.h>

enum bty_neigh_verdict {
	BTY_NEIGH_SEND, /* to mac */
	BTY_NEIGH_WAIT,
	BTY_NEIGH_NO_PLACE,
};

enum bty_neigh_ask {
	BTY_NEIGH_ASK_NOT,
	BTY_NEIGH_ASK_ALL,
	BTY_NEIGH_ASK_IT, /* at mac */
};

/* What is to be done with a packet for a neighbour, and whether to ask for it: the caller alone is told to. */
struct bty_neigh_use {
	enum bty_neigh_verdict verdict;
	enum bty_neigh_ask ask;
	uint8_t mac[6];
};

/* What a message says of a neighbour. */
struct bty_neigh_heard {
	uint32_t addr[4];
	uint8_t mac[6];
	uint8_t has_mac, overrides;
	uint8_t is_answer; /* to us; it is believed to be one only when there was a question */
};

/* Where a neighbour belongs among mask + 1 rows; tag: for its set. */
uint32_t bty_neigh_row(const struct bty_resolver_args *a, const uint32_t addr[4], uint32_t mask, uint32_t *tag);

/* A packet is to go to addr; who is not known becomes so, if there is a place. */
void bty_neigh_use(const struct bty_resolver_args *a, struct bty_env *env, const uint32_t addr[4],
		   struct bty_neigh_use *use);

/* Whether addr's address is known, in mac. Changes nothing. */
int bty_neigh_known(const struct bty_resolver_args *a, struct bty_env *env, const uint32_t addr[4], uint8_t mac[6]);

/* Learns of a neighbour, if it is asked for or known. Returns whether its address may have become known. */
int bty_neigh_hear(const struct bty_resolver_args *a, struct bty_env *env, const struct bty_neigh_heard *h);

/* The state of n for people; NULL when it is none any more. */
const char *bty_neigh_state(const struct bty_resolver_args *a, const struct bty_neigh *n, uint64_t now_ns);

/* A copy of way `way` of a set that workers write. */
void bty_neigh_read(const struct bty_neigh_set *s, unsigned int way, struct bty_neigh *out);

#endif
