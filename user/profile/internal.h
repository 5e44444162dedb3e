/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of user/profile only. */
#ifndef USER_PROFILE_INTERNAL_H
#define USER_PROFILE_INTERNAL_H

#include <batchy/element.h>

#include "fit.h"
#include "profile.h"

#define BTY_MOULD_LEN 160

/* A packet to be copied: its bytes, and what the parser says of it. */
struct bty_mould {
	uint8_t bytes[BTY_MOULD_LEN];
	uint32_t len;
	struct bty_meta meta;
};

/* What a mould is made from; addresses in network order. */
struct bty_header {
	int v6;
	uint8_t src[16], dst[16];
	uint16_t sport, dport;
	uint8_t proto;
	uint32_t id; /* of the tunnel it came in, where the element takes packets out of one */
};

/*
 * n different packets that suit el: of its kind, and each matches an entry of its tables where it has some. Returns 0 or -ENOMEM.
 */
int bty_moulds_make(const struct bty_element *el, struct bty_mould *m, uint32_t n, uint64_t seed);

/* Changes h to match one entry of el, drawn by r. args: of bty_cost_args(). */
void bty_header_match(const struct bty_element *el, const char *args, uint64_t r, struct bty_header *h);

/* A pseudo-random number; *state is never 0. xorshift64* (Vigna 2016) */
static inline uint64_t bty_draw(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717ULL;
}

#endif
