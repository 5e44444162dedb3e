/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * InfiniteSource(LENGTH n, RATE rate, BURST n, FLOWS n, LIMIT n, ...): makes packets: Ethernet, VLAN tag if asked for, IPv4 or
 * IPv6 as the addresses are, UDP or TCP with right checksums. Flow i of FLOWS, in turn, comes from port SPORT + i, and from the
 * next source address where ports run out; it goes to one of DSTS addresses from DST on, spread evenly. The payload begins
 * with the number of the packet, 8 bytes from 0, where it has room. RATE 0 is as fast as possible: whenever the worker has
 * nothing that is due, BURST packets, or as many as a batch holds. With a rate packets leave BURST at a time; what a worker
 * that was late could not make in time follows at once.
 * Ports: no input, 1 out. Units: bytes without FCS, packets/s. Drops: no_memory when there is no frame. Source: Click's
 * InfiniteSource and RatedSource.
 */
#ifndef ELEMENTS_INFINITESOURCE_H
#define ELEMENTS_INFINITESOURCE_H

#include <batchy/element.h>

#define infinitesource_FRAMEWORK 1

#define INFINITESOURCE_MAX 3800 /* bytes: what a frame of a page holds behind its headroom */

#ifndef __bpf__
struct infinitesource_args {
	__u64 rate_pps;
	__u32 length;
	__u32 burst;
	__u32 flows;
	__u32 dsts;
	__u32 sport, dport;
	__u32 vlan;
	__u32 limit_pkts; /* 0: none */
	__u8 length_given, vlan_given, tcp;
	__u8 src_mac[6], dst_mac[6];
	struct bty_addr src, dst;
	char proto[BTY_NAME_LEN];
	char device[BTY_NAME_LEN];
};

struct infinitesource_state {
	__u64 start_ns; /* when the first packet at this rate was due */
	__u64 rate_pps; /* which may change while it runs */
	__u64 before;	/* packets made at other rates */
	__u64 made;
	__u32 flow; /* of the next packet */
	__u32 most; /* packets in one tick */
	__u16 l3, l4, payload;
	__u64 ip_sum; /* one's complement sums of what does not change */
	__u64 l4_sum;
	__u8 bytes[INFINITESOURCE_MAX];
};
#endif

#ifdef BTY_DESCRIBE
/* user/element/infinitesource.c */
int bty_infinitesource_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);
int bty_infinitesource_open(const void *args, struct bty_env *env, const struct bty_open *o, struct bty_err *err);
void bty_infinitesource_tick(const void *args, struct bty_env *env);

uint32_t bty_infinitesource_frames(const void *args, uint32_t vec);

#define INFINITESOURCE_ARG(word, says, kind, field) \
	.keyword = (word), .what = (says), .type = (kind), .offset = offsetof(struct infinitesource_args, field)

static const struct bty_arg infinitesource_arg[] = {
	{ INFINITESOURCE_ARG("LENGTH", "bytes of a frame, without FCS; 60, or what its headers need", BTY_ARG_U32,
			     length),
	  .positional = 1, .given_offset = offsetof(struct infinitesource_args, length_given), .min = 42,
	  .max = INFINITESOURCE_MAX, .deflt = "60" },
	{ INFINITESOURCE_ARG("RATE", "packets per second; as fast as possible when not given", BTY_ARG_RATE, rate_pps),
	  .positional = 2 },
	{ INFINITESOURCE_ARG("BURST", "packets made at once; with RATE 1, else as many as a batch holds", BTY_ARG_U32,
			     burst),
	  .min = 1, .max = 4096 },
	{ INFINITESOURCE_ARG("FLOWS", "flows, by source port and address", BTY_ARG_U32, flows), .min = 1,
	  .max = 1 << 24, .deflt = "1" },
	{ INFINITESOURCE_ARG("DSTS", "destination addresses", BTY_ARG_U32, dsts), .min = 1, .max = UINT32_MAX,
	  .deflt = "1" },
	{ INFINITESOURCE_ARG("LIMIT", "packets, and no more", BTY_ARG_U32, limit_pkts), .min = 1, .max = UINT32_MAX },
	{ INFINITESOURCE_ARG("PROTO", "udp or tcp", BTY_ARG_NAME, proto), .deflt = "udp" },
	{ INFINITESOURCE_ARG("SRC", "source address, IPv4 or IPv6", BTY_ARG_ADDR, src), .deflt = "10.0.0.1" },
	{ INFINITESOURCE_ARG("DST", "destination address, of the same family", BTY_ARG_ADDR, dst),
	  .deflt = "10.1.0.1" },
	{ INFINITESOURCE_ARG("SPORT", "source port of the first flow", BTY_ARG_U32, sport), .max = 65535,
	  .deflt = "1024" },
	{ INFINITESOURCE_ARG("DPORT", "destination port", BTY_ARG_U32, dport), .max = 65535, .deflt = "5000" },
	{ INFINITESOURCE_ARG("SRC_MAC", "source address", BTY_ARG_MAC, src_mac), .deflt = "02:00:00:00:00:01" },
	{ INFINITESOURCE_ARG("DST_MAC", "destination address", BTY_ARG_MAC, dst_mac), .deflt = "02:00:00:00:00:02" },
	{ INFINITESOURCE_ARG("VLAN", "802.1Q tag with this ID", BTY_ARG_U32, vlan),
	  .given_offset = offsetof(struct infinitesource_args, vlan_given), .max = 4094 },
	{ INFINITESOURCE_ARG("DEVICE", "as if received by this device, which a FromDevice names", BTY_ARG_NAME,
			     device) },
	BTY_ARGS_END,
};

BTY_FRAMEWORK(infinitesource, .name = "InfiniteSource",
	      .summary = "Makes UDP or TCP packets, at a rate or as fast as it goes.", .source = "Click",
	      .kind = BTY_KIND_PACKET, .places = BTY_PLACE_WORKER, .nin = 0, .nout_min = 1, .nout_max = 1,
	      .ports = "0: every packet", .args_size = sizeof(struct infinitesource_args), .args = infinitesource_arg,
	      .finish = bty_infinitesource_finish, .state_size = sizeof(struct infinitesource_state),
	      .open = bty_infinitesource_open, .tick = bty_infinitesource_tick, .frames = bty_infinitesource_frames);
#endif
#endif
