/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GTPUDecap(TEID n, PORT 2152): takes IPv4 and IPv6 datagrams out of G-PDUs of a GTP-U tunnel; the TEID is left in the packet's
 * annotation (bty_meta.anno, host order). With TEID, only packets of that one. Sequence number, N-PDU number and up to four
 * extension headers, within the first 255 bytes of the frame, are skipped. The Ethernet header and its tags stay in front. The outer headers' addresses and checksums are
 * not looked at: that is for CheckIPHeader and IPClassifier before it.
 * Ports: 1 in; out 0: inner packets, out 1 (optional): what is no such packet, unchanged: other protocols and ports, fragments,
 * other messages (echo, error indication, end marker), another TEID, payloads other than IP, lengths that do not fit.
 * Drops, when out 1 is not connected: not_tunnel, runt, bad_ip_header.
 * Source: 3GPP TS 29.281 5.1 and 5.2.
 */
#ifndef ELEMENTS_GTPUDECAP_H
#define ELEMENTS_GTPUDECAP_H

#include <batchy/gtpu.h>

struct gtpudecap_args {
	__u32 port, teid;
	__u8 has_teid, has_other_port;
	__u8 pad[2];
};

static __always_inline int gtpudecap_push(struct bty_pkt *p, const struct gtpudecap_args *a, struct bty_env *env)
{
	struct gtpudecap_found f = {};
	int v = gtpudecap_find(p, a->port, a->has_teid, a->teid, &f);

	if (v)
		return a->has_other_port ? 1 : v;
	if (bty_decap_ip(p, f.off, f.end, f.type))
		return bty_drop(RUNT);
	p->meta->anno = f.teid;
	return 0;
}

#ifdef BTY_DESCRIBE
static int gtpudecap_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct gtpudecap_args *)args)->has_other_port = nconnected > 1;
	return 0;
}

static const struct bty_arg gtpudecap_arg[] = {
	{ .keyword = "TEID",
	  .what = "tunnel endpoint identifier; all when it is not given",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .offset = offsetof(struct gtpudecap_args, teid),
	  .given_offset = offsetof(struct gtpudecap_args, has_teid) },
	{ .keyword = "PORT",
	  .what = "UDP port of this end",
	  .type = BTY_ARG_U32,
	  .offset = offsetof(struct gtpudecap_args, port),
	  .min = 1,
	  .max = 65535,
	  .deflt = "2152" },
	BTY_ARGS_END,
};

BTY_ELEMENT(gtpudecap, .name = "GTPUDecap", .summary = "Takes IP packets out of a GTP-U tunnel.",
	    .source = "3GPP TS 29.281", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1,
	    .nout_min = 1, .nout_max = 2, .ports = "0: inner packets; 1: not of the tunnel",
	    .args_size = sizeof(struct gtpudecap_args), .args = gtpudecap_arg, .finish = gtpudecap_finish);
#endif
#endif
