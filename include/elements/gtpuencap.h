/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GTPUEncap(TEID, SRC, DST, QFI n, UPLINK false, PORT 2152, TTL 64, DSCP 0): puts IPv4 and IPv6 datagrams into a GTP-U tunnel as
 * G-PDUs: outer IPv4 or IPv6 as SRC and DST are, UDP from a port that follows the flow inside, GTP-U without sequence number.
 * With QFI (0 to 63) a PDU session container says the packet's QoS flow, downlink (PDU type 0) or, with UPLINK true, uplink (1).
 * The Ethernet header and its tags stay in front; what follows the datagram in the frame (padding) goes. See batchy/tunnel.h
 * for what the outer headers are.
 * Ports: 1 in, 1 out. Drops: not_ip, runt, bad_ip_header (lengths that do not fit), no_room, too_big.
 * Source: 3GPP TS 29.281 5.1 and 5.2, TS 38.415 5.5.
 */
#ifndef ELEMENTS_GTPUENCAP_H
#define ELEMENTS_GTPUENCAP_H

#include <batchy/gtpu.h>

struct gtpuencap_args {
	struct bty_outer outer;
	__u32 teid, qfi;
	__u8 has_qfi, uplink;
	__u8 pad[2];
};

static __always_inline int gtpuencap_push(struct bty_pkt *p, const struct gtpuencap_args *a, struct bty_env *env)
{
	const struct gtpuencap_pdu d = { a->teid, a->has_qfi, a->qfi, a->uplink, 0 };

	return gtpuencap(p, &a->outer, &d);
}

#ifdef BTY_DESCRIBE
/* user/element/tunnel.c */
int bty_gtpuencap_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);

static const struct bty_arg gtpuencap_arg[] = {
	{ .keyword = "TEID",
	  .what = "tunnel endpoint identifier, as the other end has given it",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .required = 1,
	  .offset = offsetof(struct gtpuencap_args, teid) },
	BTY_OUTER_ARGS(offsetof(struct gtpuencap_args, outer), 2),
	BTY_OUTER_PORT(offsetof(struct gtpuencap_args, outer), "2152"),
	{ .keyword = "QFI",
	  .what = "QoS flow; no PDU session container when it is not given",
	  .type = BTY_ARG_U32,
	  .offset = offsetof(struct gtpuencap_args, qfi),
	  .given_offset = offsetof(struct gtpuencap_args, has_qfi),
	  .max = 63 },
	{ .keyword = "UPLINK",
	  .what = "the container's direction: true for uplink",
	  .type = BTY_ARG_BOOL,
	  .offset = offsetof(struct gtpuencap_args, uplink),
	  .deflt = "false" },
	BTY_ARGS_END,
};

BTY_ELEMENT(gtpuencap, .name = "GTPUEncap", .summary = "Puts IP packets into a GTP-U tunnel.",
	    .source = "3GPP TS 29.281, TS 38.415", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .nin = 1, .nout_min = 1, .nout_max = 1, .ports = "0: every packet",
	    .args_size = sizeof(struct gtpuencap_args), .args = gtpuencap_arg, .finish = bty_gtpuencap_finish);
#endif
#endif
