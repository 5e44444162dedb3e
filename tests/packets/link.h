/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A link on which every address has a host: what answers ARP requests and neighbour solicitations that a pipeline sends. Included by
 * test_worker_fuzz.c.
 */
#ifndef TESTS_PACKETS_LINK_H
#define TESTS_PACKETS_LINK_H

#include <stdint.h>
#include <string.h>

#include "gen.h"

#define LINK_ARP 42
#define LINK_ND	 86
#define LINK_MAX 128 /* room for an answer */

/* Whose address it is follows from its last bytes. */
static inline void link_mac(uint8_t mac[6], const uint8_t *addr, unsigned int len)
{
	mac[0] = 0x02;
	mac[1] = 0xaa;
	memcpy(mac + 2, addr + len - 4, 4);
}

/* An ARP request for whom q asks: the reply, in place. */
static inline void link_arp(uint8_t *q)
{
	uint8_t asked[4];

	memcpy(asked, q + 38, 4);
	q[21] = 2;
	memcpy(q + 32, q + 22, 10); /* the sender is the target now */
	memcpy(q + 28, asked, 4);
	link_mac(q + 22, asked, 4);
	memcpy(q, q + 6, 6);
	memcpy(q + 6, q + 22, 6);
}

/* The solicitation's 32 bytes become a solicited, overriding advertisement. */
static inline void link_nd(uint8_t *q)
{
	uint8_t pseudo[72] = { 0 };

	memcpy(q + 38, q + 22, 16);
	memcpy(q + 22, q + 62, 16);
	q[54] = 136;
	q[58] = 0x60;
	q[78] = 2;
	link_mac(q + 80, q + 62, 16);
	memcpy(q, q + 6, 6);
	memcpy(q + 6, q + 80, 6);
	memset(q + 56, 0, 2);
	memcpy(pseudo, q + 22, 32);
	pseudo[35] = 32;
	pseudo[39] = 58;
	memcpy(pseudo + 40, q + 54, 32);
	gen_be16(q + 56, gen_checksum(pseudo, sizeof(pseudo)));
}

/* ARP, or neighbour discovery: no packet of anybody's traffic. */
static inline int link_is_message(const uint8_t *frame, uint32_t len)
{
	if (len >= LINK_ARP && frame[12] == 8 && frame[13] == 6)
		return 1;
	return len == LINK_ND && frame[12] == 0x86 && frame[13] == 0xdd && frame[20] == 58;
}

/* What somebody on the link answers to this frame, in answer, which has LINK_MAX bytes. Returns its length, 0 for nothing. */
static inline uint32_t link_answer(const uint8_t *frame, uint32_t len, uint8_t *answer)
{
	int v6 = len == LINK_ND && frame[12] == 0x86;

	if (len >= LINK_MAX || !link_is_message(frame, len) || (v6 ? frame[54] != 135 : frame[21] != 1))
		return 0;
	memcpy(answer, frame, len);
	if (v6)
		link_nd(answer);
	else
		link_arp(answer);
	return len;
}

#endif
