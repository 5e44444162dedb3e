/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many packets each case of a differential test, and each pipeline, gets. Included by unit and packet tests. */
#ifndef TESTS_PACKETS_DIFF_H
#define TESTS_PACKETS_DIFF_H

#include <stdlib.h>

/* The number in an environment variable; without one usual, which takes some seconds. */
static inline unsigned long diff_number(const char *variable, unsigned long usual)
{
	const char *s = getenv(variable);
	unsigned long n = s ? strtoul(s, NULL, 0) : 0;

	return n ? n : usual;
}

/* DIFF_PACKETS=1000000 scripts/test.sh NAME: for each case. */
static inline unsigned int diff_packets(unsigned int usual)
{
	return diff_number("DIFF_PACKETS", usual);
}

/* BTY_FRAMES=10000000 scripts/test.sh NAME: for each pipeline. */
static inline unsigned long diff_frames(void)
{
	return diff_number("BTY_FRAMES", 8000);
}

#endif
