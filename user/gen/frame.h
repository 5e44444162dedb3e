/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames of batchy-gen: Ethernet, optional VLAN tag, IPv4 or IPv6, UDP and a payload that begins with struct
 * gen_payload. The sender copies the template into each buffer once and stamps what changes per frame; the sink takes
 * it apart again. No global state: one template may serve many threads.
 */
#ifndef USER_GEN_FRAME_H
#define USER_GEN_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <maps/gensink.h>

#include "../lib/err.h"

#define GEN_FRAME_MAX 4096
#define GEN_FLOWS_MAX 65536
#define GEN_NO_VLAN   (-1)

/* In network byte order. 18 bytes, so that it fits the shortest frame (60 bytes without FCS) with IPv4 and UDP. */
struct gen_payload {
	uint16_t magic;
	uint16_t flow;
	uint32_t seq;	  /* per flow, from 0 */
	uint64_t sent_ns; /* CLOCK_MONOTONIC of the sender, just before it hands the frame to the kernel */
	uint16_t check;	  /* over the whole payload; no Internet checksum, so that swapped words show */
} __attribute__((packed));

_Static_assert(sizeof(struct gen_payload) == 18, "must fit a 60-byte frame");

struct gen_frame_conf {
	uint8_t src_mac[6];
	uint8_t dst_mac[6];
	int family;	 /* AF_INET or AF_INET6 */
	uint8_t src[16]; /* of the first flow; the first 4 bytes for IPv4 */
	uint8_t dst[16];
	uint16_t sport; /* of the first flow: flow i has sport + i, and the next source address where ports run out */
	uint16_t dport;
	int vlan;	   /* 0..4094 or GEN_NO_VLAN */
	unsigned int size; /* without FCS; 0: 60, or the smallest that holds the headers */
};

struct gen_frame {
	struct gen_frame_conf conf;
	unsigned int len;
	unsigned int l3; /* offsets */
	unsigned int l4;
	unsigned int payload;
	uint64_t ip_sum;  /* of the IPv4 header with source address and checksum 0 */
	uint64_t udp_sum; /* of pseudo header and UDP with source address, source port, checksum and gen_payload 0 */
	uint64_t filler;  /* state of the check after the bytes behind gen_payload */
	uint8_t bytes[GEN_FRAME_MAX];
};

/* What the sink read from a frame that carries the magic. */
struct gen_seen {
	uint16_t flow;
	uint16_t dport;
	uint32_t seq;
	uint64_t sent_ns;
	bool corrupt; /* payload check failed: flow, seq and sent_ns mean nothing */
	bool bad_ip;  /* IPv4 header checksum */
	bool bad_udp; /* UDP checksum */
};

/* Bytes a frame needs for its headers and gen_payload. */
unsigned int gen_frame_min(int family, int vlan);

/* Returns 0, or -EINVAL when the size does not fit the headers. */
int gen_frame_init(struct gen_frame *f, const struct gen_frame_conf *conf, struct bty_err *err);

/* buf (f->len bytes) holds a copy of f->bytes, perhaps stamped before: makes it frame seq of flow, sent at now_ns. */
void gen_frame_stamp(const struct gen_frame *f, uint8_t *buf, uint16_t flow, uint32_t seq, uint64_t now_ns);

/* True when data is a frame of a generator, damaged or not. */
bool gen_frame_parse(const uint8_t *data, size_t len, struct gen_seen *seen);

#endif
