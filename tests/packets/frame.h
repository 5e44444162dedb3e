/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet in a frame of memory with the limits that XDP has, so that both builds of an element refuse to grow it at the same
 * point. What is not the packet's or its metadata's is poisoned: under AddressSanitizer an element that reaches past it is
 * caught. Included by unit and packet tests.
 */
#ifndef TESTS_PACKETS_FRAME_H
#define TESTS_PACKETS_FRAME_H

#include <stdint.h>
#include <string.h>
#include <sanitizer/asan_interface.h>
#include <batchy/element.h>

#define FRAME_SIZE     4096
#define FRAME_HEADROOM 256 /* before a packet that has just come in */
#define FRAME_XDP      40  /* of it, for the kernel's struct xdp_frame */
#define FRAME_TAIL     320 /* at the end, for its struct skb_shared_info */

/* Copies len bytes into a frame, which begins at a multiple of 8; metadata all zero. */
static inline void frame_place(uint8_t *frame, struct bty_pkt *p, const uint8_t *bytes, uint32_t len)
{
	uint8_t *data = frame + FRAME_HEADROOM;

	ASAN_POISON_MEMORY_REGION(frame, FRAME_SIZE);
	ASAN_UNPOISON_MEMORY_REGION(data - sizeof(struct bty_meta), sizeof(struct bty_meta) + len);
	*p = (struct bty_pkt){ .data = data, .data_end = data + len, .meta = (struct bty_meta *)data - 1 };
	p->frame = BTY_NO_FRAME;
	p->headroom = FRAME_HEADROOM - FRAME_XDP - sizeof(struct bty_meta);
	if (len < FRAME_SIZE - FRAME_TAIL - FRAME_HEADROOM)
		p->tailroom = FRAME_SIZE - FRAME_TAIL - FRAME_HEADROOM - len;
	memset(p->meta, 0, sizeof(*p->meta));
	if (len)
		memcpy(data, bytes, len);
}

#endif
