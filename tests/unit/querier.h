/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ARPQuerier and NDPQuerier on simulated time: packets for neighbours, and what neighbours say. A packet is known again by its number.
 * Included by test_el_arpquerier.c and test_el_ndpquerier.c.
 */
#ifndef TESTS_UNIT_QUERIER_H
#define TESTS_UNIT_QUERIER_H

#include <arpa/inet.h>
#include <batchy/resolver.h>

#include "own.h"
#include "user/element/neighbours.h"

#define S_NS	 1000000000ULL
#define MS_NS	 1000000ULL
#define NO_MAC	 "\0\0\0\0\0\0"
#define OWN_MAC	 "\x02\0\0\0\0\x01"
#define ALL_MACS "\xff\xff\xff\xff\xff\xff"
#define NUMBER	 42 /* where a packet's number is: its first byte of data, behind UDP over IPv4 */

/* The last byte says whose. */
static inline const uint8_t *mac_of(unsigned int host)
{
	static uint8_t mac[8][6];
	static int turn;
	uint8_t *m = mac[turn++ & 7];

	memcpy(m, OWN_MAC, 6);
	m[1] = 0xaa;
	m[4] = host >> 8;
	m[5] = host;
	return m;
}

/* Opens a querier whose output 1 is not connected. */
#define OPEN_QUERIER(class_name, ...)                                                  \
	do {                                                                           \
		static const char *const _texts[] = { __VA_ARGS__, NULL };             \
		struct el _el;                                                         \
		if (el_configure(&_el, class_name, 1, _texts) || el_make_tables(&_el)) \
			fail_msg("%s", _el.err.msg);                                   \
		own_open(&_el);                                                        \
	} while (0)

/* own, or another worker's, with the same tables. */
static inline struct own *open_second(void)
{
	struct own *first = own;
	struct el el = own->el;

	own_open(&el);
	return first;
}

static inline void close_second(struct own *first)
{
	memset(own->el.env.table, 0, sizeof(own->el.env.table));
	own->el.entries = NULL;
	own_close();
	own = first;
}

static const struct bty_resolver_args *rargs(void)
{
	return (const void *)own->el.args;
}

/* What table show says of a neighbour: its state, "" for none. */
static const char *state_of(const char *address)
{
	static char state[16];
	struct bty_learned l;
	uint64_t at = 0;

	state[0] = 0;
	while (own->el.cls->table_ops->learned(rargs(), own->el.env.table, own->now_ns, &at, &l)) {
		if (strncmp(l.text, address, strlen(address)) != 0 || l.text[strlen(address)] != ' ')
			continue;
		assert_int_equal(state[0], 0); /* once */
		snprintf(state, sizeof(state), "%s", l.state);
	}
	return state;
}

static inline unsigned int nlearned(void)
{
	struct bty_learned l;
	uint64_t at = 0;
	unsigned int n = 0;

	while (own->el.cls->table_ops->learned(rargs(), own->el.env.table, own->now_ns, &at, &l))
		n++;
	return n;
}

/* How many of what left were by this port, or for this reason. */
static unsigned int left_by(int port)
{
	unsigned int i, n = 0;

	for (i = 0; i < own->nout; i++)
		n += own->out[i].port == port;
	return n;
}

#define assert_state(address, s) assert_string_equal(state_of(address), s)

#endif
