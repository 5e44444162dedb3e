/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets and ARP messages for an ARPQuerier that is 10.0.0.1, and what it sends. Included by test_el_arpquerier.c and test_el_arplearn.c. */
#ifndef TESTS_UNIT_ARP_H
#define TESTS_UNIT_ARP_H

#include "querier.h"

#define OPEN(...)      OPEN_QUERIER("ARPQuerier", "10.0.0.1", __VA_ARGS__)
#define OPEN_DEFAULT() OPEN("02:00:00:00:00:01")

/* A datagram to 10.0.x.y, host being x and y. */
static inline struct bty_pkt *add_packet(unsigned int host, unsigned int number)
{
	uint8_t f[60] = { 0 };

	el_hex("020000000009 020000000008 0800 4500002e00004000401100000a0900010a000000 13881388001a0000", f);
	f[32] = host >> 8;
	f[33] = host;
	gen_be16(f + NUMBER, number);
	return own_add(f, sizeof(f));
}

/* An ARP message from 10.0.x.y about whoever it likes. */
static inline void add_arp(unsigned int op, unsigned int sender, const void *sha, unsigned int target, const void *tha)
{
	uint8_t f[60] = { 0 };

	el_hex("020000000001 02aa00000000 0806 0001 0800 06 04 0000", f);
	gen_be16(f + 20, op);
	memcpy(f + 22, sha, 6);
	f[28] = f[38] = 10;
	gen_be16(f + 30, sender);
	memcpy(f + 32, tha, 6);
	gen_be16(f + 40, target);
	own_add(f, sizeof(f));
}

/* Host answers us. */
static inline unsigned int reply(unsigned int host, const void *mac)
{
	add_arp(2, host, mac, 1, OWN_MAC);
	return own_run();
}

static inline int is_query(const struct own_packet *o)
{
	return o->port == 0 && o->data[12] == 8 && o->data[13] == 6;
}

static inline unsigned int queries(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < own->nout; i++)
		n += is_query(&own->out[i]);
	return n;
}

/* The numbers of the packets that left by output 0, in order. */
static inline const char *numbers(void)
{
	static char text[512];
	unsigned int i, n = 0;

	text[0] = 0;
	for (i = 0; i < own->nout && n < sizeof(text) - 8; i++)
		if (own->out[i].port == 0 && !is_query(&own->out[i]))
			n += snprintf(text + n, sizeof(text) - n, "%s%d", n ? " " : "",
				      own->out[i].data[NUMBER] << 8 | own->out[i].data[NUMBER + 1]);
	return text;
}

static inline unsigned int send_one(unsigned int host, unsigned int number)
{
	add_packet(host, number);
	return own_run();
}

/* Resolved, by an exchange. */
static inline void meet(unsigned int host, const void *mac)
{
	send_one(host, 1);
	reply(host, mac);
}

/* Sends one packet; 1 when it left at once, to mac. */
static inline int goes_to(unsigned int host, const void *mac)
{
	send_one(host, 7);
	return !strcmp(numbers(), "7") && !memcmp(own->out[0].data, mac, 6) &&
	       !memcmp(own->out[0].data + 6, OWN_MAC, 6);
}

#endif
