/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frame that benchmarks of elements push. Included by elements.c and chain.c. */
#ifndef TESTS_BENCH_FRAME_H
#define TESTS_BENCH_FRAME_H

#include <stdint.h>
#include <string.h>

#define FRAME 60

/* UDP from 10.0.0.1 to 10.1.2.2 port 5000, TTL 255. */
static inline void make_frame(uint8_t *f)
{
	uint32_t sum = 0;
	int i;

	memset(f, 0, FRAME);
	memcpy(f + 12, "\x08\x00\x45\x00\x00\x2e\x00\x00\x40\x00\xff\x11", 12);
	memcpy(f + 26, "\x0a\x00\x00\x01\x0a\x01\x02\x02\x13\x88\x13\x88\x00\x1a", 14);
	for (i = 14; i < 34; i += 2)
		sum += f[i] << 8 | f[i + 1];
	sum = ~((sum & 0xffff) + (sum >> 16));
	f[24] = sum >> 8;
	f[25] = sum;
}

#endif
