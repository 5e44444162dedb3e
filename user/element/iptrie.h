/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds the IPv6 tables of IPLookup, include/elements/iplookup.h, from sorted prefixes. Called by iplookup.c. */
#ifndef USER_ELEMENT_IPTRIE_H
#define USER_ELEMENT_IPTRIE_H

#include <stddef.h>
#include <stdint.h>
#include <elements/iplookup.h>

struct iptrie_prefix {
	uint64_t hi, lo; /* host order */
	uint32_t len, hop;
};

/* By address, then length: a prefix before those in it. */
void iptrie_sort(struct iptrie_prefix *p, size_t n);

/* Rows of TRIE that n sorted, distinct prefixes take. dir6_bits: 16 or 24. */
uint64_t iptrie_rows(const struct iptrie_prefix *p, size_t n, unsigned int dir6_bits);

/* Fills DIR6 and TRIE, which are zero. */
void iptrie_fill(const struct iptrie_prefix *p, size_t n, unsigned int dir6_bits, uint32_t *dir, uint8_t *trie);

#endif
