/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet as every element sees it, in BPF and natively: first byte, end, metadata. Included by every element.
 */
#ifndef BATCHY_PACKET_H
#define BATCHY_PACKET_H

#include <batchy/compiler.h>
#include <batchy/meta.h>

/*
 * data, data_end: the frame, Ethernet header first. meta: never NULL, and right before data where the packet may be resized
 * (batchy/resize.h). ctx: the XDP context in BPF (helpers that resize need it). Natively, in one word so that two packets
 * fit a cache line: frame: UMEM address of the frame, BTY_NO_FRAME for a buffer of a test; headroom, tailroom: bytes of the
 * frame before the metadata and after data_end that the packet may grow into.
 */
struct bty_pkt {
	__u8 *data;
	__u8 *data_end;
	struct bty_meta *meta;
#ifdef __bpf__
	struct xdp_md *ctx;
#else
	__u64 frame : 40, headroom : 12, tailroom : 12;
#endif
};

#define BTY_NO_FRAME ((1ULL << 40) - 1)
#define BTY_LEN_MIN  14 /* bytes that resizing leaves at least, as the kernel does: an Ethernet header */

/*
 * Pointer to len bytes at offset off of the frame, or NULL when the frame ends before. off is masked to BTY_REACH, which
 * bounds it for the verifier: headers that begin later are out of reach, and an element whose offset may be larger has to look.
 */
#define BTY_REACH 255

static __always_inline void *bty_at(const struct bty_pkt *p, __u32 off, __u32 len)
{
	__u8 *q = p->data + (off & BTY_REACH);

#ifdef __bpf__
	/* or the compiler takes q == NULL for data == NULL, and goes on with 0 for the packet, which the verifier does not take */
	asm("" : "+r"(q));
#endif
	if (q + len > p->data_end)
		return NULL;
	return q;
}

static __always_inline __u32 bty_len(const struct bty_pkt *p)
{
	__u64 len = p->data_end - p->data;

	/* keeps the compiler from merging it into 32-bit arithmetic on packet pointers, which the verifier forbids */
	asm("" : "+r"(len));
	return len;
}

/* Loads and copies at any alignment; see BTY_UNALIGNED. */
#ifdef __bpf__
#define bty_ld16(q)    (*(const __u16 *)(q))
#define bty_ld32(q)    (*(const __u32 *)(q))
#define bty_ld64(q)    (*(const __u64 *)(q))
#define bty_st16(q, v) (*(__u16 *)(q) = (v))
#define bty_st32(q, v) (*(__u32 *)(q) = (v))
#define bty_st64(q, v) (*(__u64 *)(q) = (v))
#else
static __always_inline __u16 bty_ld16(const void *q)
{
	__u16 v;

	memcpy(&v, q, sizeof(v));
	return v;
}

static __always_inline __u32 bty_ld32(const void *q)
{
	__u32 v;

	memcpy(&v, q, sizeof(v));
	return v;
}

static __always_inline __u64 bty_ld64(const void *q)
{
	__u64 v;

	memcpy(&v, q, sizeof(v));
	return v;
}

static __always_inline void bty_st16(void *q, __u16 v)
{
	memcpy(q, &v, sizeof(v));
}

static __always_inline void bty_st32(void *q, __u32 v)
{
	memcpy(q, &v, sizeof(v));
}

static __always_inline void bty_st64(void *q, __u64 v)
{
	memcpy(q, &v, sizeof(v));
}
#endif

/* An address of an argument or a table: as in a packet, IPv4 the first word. */
struct bty_addr {
	__u32 word[4];
	__u32 v6;
};

/* Header layouts, without holes and in network order; field names after the RFCs. */
struct bty_eth {
	__u8 dst[6];
	__u8 src[6];
	__u16 type;
} BTY_UNALIGNED;

struct bty_vlan {
	__u16 tci;
	__u16 type;
} BTY_UNALIGNED;

struct bty_ipv4 { /* RFC 791 */
	__u8 ver_ihl;
	__u8 tos;
	__u16 tot_len;
	__u16 id;
	__u16 frag_off;
	__u8 ttl;
	__u8 proto;
	__u16 csum;
	__u32 src;
	__u32 dst;
} BTY_UNALIGNED;

struct bty_ipv6 { /* RFC 8200 */
	__u32 ver_tc_flow;
	__u16 payload_len;
	__u8 next;
	__u8 hop_limit;
	__u32 src[4];
	__u32 dst[4];
} BTY_UNALIGNED;

struct bty_udp { /* RFC 768 */
	__u16 src;
	__u16 dst;
	__u16 len;
	__u16 csum;
} BTY_UNALIGNED;

struct bty_l4_ports { /* TCP, UDP, SCTP begin alike */
	__u16 src;
	__u16 dst;
} BTY_UNALIGNED;

#define BTY_ETH_IPV4   0x0800
#define BTY_ETH_IPV6   0x86dd
#define BTY_ETH_ARP    0x0806
#define BTY_ETH_VLAN   0x8100
#define BTY_ETH_QINQ   0x88a8
#define BTY_IP_OFFMASK 0x1fff
#define BTY_IP_MF      0x2000
#define BTY_IP_DF      0x4000

#define BTY_PROTO_ICMP	 1
#define BTY_PROTO_TCP	 6
#define BTY_PROTO_UDP	 17
#define BTY_PROTO_GRE	 47
#define BTY_PROTO_ICMPV6 58
#define BTY_PROTO_SCTP	 132

#endif
