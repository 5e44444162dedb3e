/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elements that change a packet's length: both ends of it, in BPF and natively, within the frame that holds it. Each
 * function returns 0, or -1 with the packet as it was. Pointers into the packet are stale afterwards in either case (the
 * verifier sees to that), and after -1 an element can only drop it: `if (bty_grow_front(p, n)) return bty_drop(NO_ROOM);`.
 * The metadata moves along, but still says what the parser found before: see bty_reparse(). Included by every element.
 */
#ifndef BATCHY_RESIZE_H
#define BATCHY_RESIZE_H

#include <batchy/packet.h>

#ifdef __bpf__

/* The packet's ends from the context. Returns -1 when there is no metadata. */
static __always_inline int bty_reread(struct bty_pkt *p)
{
	p->data = (void *)(long)p->ctx->data;
	p->data_end = (void *)(long)p->ctx->data_end;
#ifdef BTY_FUSED
	return 0; /* the metadata is elsewhere */
#else
	p->meta = (void *)(long)p->ctx->data_meta;
	return (void *)(p->meta + 1) > (void *)p->data ? -1 : 0;
#endif
}

/* n bytes more in front; what they hold is undefined. */
static __always_inline int bty_grow_front(struct bty_pkt *p, __u32 n)
{
#ifdef BTY_FUSED
	/* room for the metadata stays, for when the packet leaves with it */
	long ret = bpf_xdp_adjust_head(p->ctx, -(int)(n + sizeof(struct bty_meta))) ||
		   bpf_xdp_adjust_head(p->ctx, sizeof(struct bty_meta));
#else
	long ret = bpf_xdp_adjust_head(p->ctx, -(int)n);
#endif

	return bty_reread(p) || ret ? -1 : 0;
}

/* n bytes off the front; BTY_LEN_MIN must stay. */
static __always_inline int bty_trim_front(struct bty_pkt *p, __u32 n)
{
	long ret = bpf_xdp_adjust_head(p->ctx, n);

	return bty_reread(p) || ret ? -1 : 0;
}

/* Shorter, or longer by bytes of 0, at the end; BTY_LEN_MIN or more. */
static __always_inline int bty_set_len(struct bty_pkt *p, __u32 len)
{
	long ret = bpf_xdp_adjust_tail(p->ctx, (int)(len - bty_len(p)));

	return bty_reread(p) || ret ? -1 : 0;
}

#else

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define BTY_ASAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define BTY_ASAN 1
#endif

/* Under AddressSanitizer what is not the packet's is poisoned, also where it was a moment ago. */
#ifdef BTY_ASAN
#include <sanitizer/asan_interface.h>
#define bty_frame_open(q, n)  __asan_unpoison_memory_region(q, n)
#define bty_frame_close(q, n) __asan_poison_memory_region(q, n)
#else
#define bty_frame_open(q, n)  ((void)0)
#define bty_frame_close(q, n) ((void)0)
#endif

static __always_inline void bty_move_front(struct bty_pkt *p, long by)
{
	__u8 *meta = (__u8 *)p->meta + by;

	memmove(meta, p->meta, sizeof(*p->meta));
	p->meta = (struct bty_meta *)meta;
	p->data += by;
	p->headroom += by;
}

static __always_inline int bty_grow_front(struct bty_pkt *p, __u32 n)
{
	if (n > p->headroom || bty_len(p) + n < BTY_LEN_MIN)
		return -1;
	bty_frame_open((__u8 *)p->meta - n, n);
	bty_move_front(p, -(long)n);
	return 0;
}

static __always_inline int bty_trim_front(struct bty_pkt *p, __u32 n)
{
	if (n > bty_len(p) || bty_len(p) - n < BTY_LEN_MIN)
		return -1;
	bty_move_front(p, n);
	bty_frame_close((__u8 *)p->meta - n, n);
	return 0;
}

static __always_inline int bty_set_len(struct bty_pkt *p, __u32 len)
{
	__u32 old = bty_len(p);

	if (len < BTY_LEN_MIN || (len > old && len - old > p->tailroom))
		return -1;
	if (len > old) {
		bty_frame_open(p->data_end, len - old);
		memset(p->data_end, 0, len - old);
	} else {
		bty_frame_close(p->data + len, old - len);
	}
	p->tailroom -= len - old;
	p->data_end = p->data + len;
	return 0;
}

#endif
#endif
