/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of a packet, in the XDP metadata area right before its first byte. Written by the entry
 * program, read and updated by elements in XDP; AF_XDP carries it to the worker with the frame.
 * 32 bytes is the most the area may hold on 6.1.
 */
#ifndef BATCHY_META_H
#define BATCHY_META_H

#include <batchy/compiler.h>

enum bty_meta_flags {
	BTY_F_VLAN = 1 << 0, /* at least one VLAN tag; vlan_tci is the outermost */
	BTY_F_IPV4 = 1 << 1, /* ethertype says so and a whole minimal header is there */
	BTY_F_IPV6 = 1 << 2,
	BTY_F_FRAG = 1 << 3,	  /* any IP fragment, the first one included */
	BTY_F_FRAG_TAIL = 1 << 4, /* a fragment other than the first: no L4 header */
	BTY_F_L4 = 1 << 5,	  /* l4_off points at a whole TCP, UDP, SCTP or ICMP header */
	BTY_F_SAMPLED = 1 << 6,	  /* ts_ns is set and the packet counts in delay histograms */
};

struct bty_meta {
	__u64 ts_ns;	 /* CLOCK_MONOTONIC at arrival; 0: not stamped */
	__u32 marks;	 /* elements passed that some flow's PATH must tell apart, one bit each */
	__u32 anno;	 /* annotation an element leaves for later ones (IPLookup: next hop) */
	__u32 hash;	 /* of the flow (HashSwitch); 0: not computed */
	__u8 port;	 /* receive port: device and receive queue, numbered by the agent */
	__u8 in;	 /* device it came from, in the order the pipeline names them */
	__u16 ethertype; /* host order, after VLAN tags; 0 for a runt */
	__u16 vlan_tci;	 /* host order */
	__u8 l3_off;	 /* bytes from the start of the frame */
	__u8 l4_off;	 /* valid with BTY_F_L4 */
	__u8 l4_proto;	 /* IP protocol of the first header that is not an IPv6 extension */
	__u8 flags;	 /* enum bty_meta_flags */
	__u8 paint;
	__u8 out; /* device + 1 that an element chose to send it by (ToOutput); 0: none */
} BTY_UNALIGNED;  /* a packet that has grown begins anywhere */
_Static_assert(sizeof(struct bty_meta) == 32, "XDP metadata may be 32 bytes at most on 6.1");

#endif
