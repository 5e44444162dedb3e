/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ARP and neighbour discovery as ARPQuerier and NDPQuerier read and make them. Called by resolver.c on workers' threads. */
#ifndef USER_ELEMENT_MESSAGES_H
#define USER_ELEMENT_MESSAGES_H

#include "neighbours.h"

enum bty_message {
	BTY_MESSAGE_NONE,  /* a packet like others */
	BTY_MESSAGE_OTHER, /* of the protocol, and teaches nothing */
	BTY_MESSAGE_HEARD, /* *heard says what */
};

enum bty_message bty_message_read(const struct bty_resolver_args *a, const struct bty_pkt *p,
				  struct bty_neigh_heard *heard);

/* Emits a query for addr by output 0, to everybody or, as a probe, to mac. One for which there is no frame counts as no_memory. */
void bty_message_ask(const struct bty_resolver_args *a, struct bty_env *env, const uint32_t addr[4],
		     const uint8_t mac[6]);

/* The Ethernet address of a group or of broadcast (RFC 1112 6.4, RFC 2464 7): 1 and mac; 0 for one host's address. */
int bty_message_group(const struct bty_resolver_args *a, const uint32_t addr[4], uint8_t mac[6]);

#endif
