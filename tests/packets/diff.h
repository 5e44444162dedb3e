/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many packets each case of a differential test gets. Included by unit and packet tests. */
#ifndef TESTS_PACKETS_DIFF_H
#define TESTS_PACKETS_DIFF_H

#include <stdlib.h>

/* DIFF_PACKETS=1000000 scripts/test.sh NAME: as many; else usual, which takes some seconds. */
static inline unsigned int diff_packets(unsigned int usual)
{
	const char *s = getenv("DIFF_PACKETS");
	unsigned long n = s ? strtoul(s, NULL, 0) : 0;

	return n ? n : usual;
}

#endif
