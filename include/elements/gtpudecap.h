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

#include <batchy/tunnel.h>

#define GTPUDECAP_MAX_EXT 4

struct gtpudecap_args {
	__u32 port, teid;
	__u8 has_teid, has_other_port;
	__u8 pad[2];
};

/* What GTPUDecap finds out before it changes anything. */
struct gtpudecap_found {
	__u32 off, end, teid;
	__u16 type;
};

/* From the optional fields at off, within reach, to the payload. Returns its offset, or bty_drop(). */
static __always_inline int gtpudecap_skip(const struct bty_pkt *p, __u32 off, __u8 flags)
{
	const __u8 *q = bty_at(p, off, 4);
	__u8 next;
	int i;

	if (!q)
		return bty_drop(RUNT);
	next = flags & BTY_GTPU_EXT ? q[3] : 0;
	off += 4;
	BTY_UNROLL
	for (i = 0; i < GTPUDECAP_MAX_EXT; i++) {
		if (!next)
			break;
		if (off > BTY_REACH)
			return bty_drop(NOT_TUNNEL);
		q = bty_at(p, off, 1);
		if (!q || !*q)
			return bty_drop(RUNT);
		off += *q * 4;
		if (off > BTY_REACH)
			return bty_drop(NOT_TUNNEL);
		q = bty_at(p, off - 1, 1);
		if (!q)
			return bty_drop(RUNT);
		next = *q;
	}
	return next ? bty_drop(NOT_TUNNEL) : (int)off;
}

static __always_inline int gtpudecap_find(const struct bty_pkt *p, const struct gtpudecap_args *a,
					  struct gtpudecap_found *f)
{
	__u32 at = p->meta->l4_off + sizeof(struct bty_udp);
	int end = bty_outer_udp_end(p, a->port, sizeof(struct bty_gtpu)), off = at + sizeof(struct bty_gtpu);
	const struct bty_gtpu *gtpu = bty_at(p, at, sizeof(*gtpu));
	const __u8 *q;

	if (end < 0)
		return end;
	if (!gtpu || (gtpu->flags & BTY_GTPU_V_MASK) != BTY_GTPU_V1 || gtpu->type != BTY_GTPU_GPDU)
		return bty_drop(NOT_TUNNEL);
	f->teid = bty_ntohl(gtpu->teid);
	if (a->has_teid && f->teid != a->teid)
		return bty_drop(NOT_TUNNEL);
	f->end = off + bty_ntohs(gtpu->len);
	if (f->end > (__u32)end)
		return bty_drop(RUNT);
	if ((gtpu->flags & BTY_GTPU_OPTIONAL) && off <= BTY_REACH)
		off = gtpudecap_skip(p, off, gtpu->flags);
	if (off < 0)
		return off;
	if (off > BTY_REACH)
		return bty_drop(NOT_TUNNEL);
	f->off = off;
	q = bty_at(p, off, sizeof(struct bty_ipv4));
	if (!q || off + sizeof(struct bty_ipv4) > f->end)
		return bty_drop(RUNT);
	f->type = *q >> 4 == 4 ? BTY_ETH_IPV4 : BTY_ETH_IPV6;
	return *q >> 4 == 4 || *q >> 4 == 6 ? 0 : bty_drop(NOT_TUNNEL);
}

static __always_inline int gtpudecap_push(struct bty_pkt *p, const struct gtpudecap_args *a, struct bty_env *env)
{
	struct gtpudecap_found f = {};
	int v = gtpudecap_find(p, a, &f);

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
