/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * G-PDUs of GTP-U: what the elements with one tunnel and those with a table of tunnels have in common. Functions return 0 or
 * more, or bty_drop(REASON). Source: 3GPP TS 29.281 5.1 and 5.2, TS 38.415 5.5.
 */
#ifndef BATCHY_GTPU_H
#define BATCHY_GTPU_H

#include <batchy/tunnel.h>

#define GTPUDECAP_MAX_EXT 4

/* What a G-PDU says beside its tunnel's ends. */
struct gtpuencap_pdu {
	__u32 teid;
	__u8 has_qfi, qfi, uplink;
	__u8 pad;
};

/* No sequence and no N-PDU number, and one extension header of one word. */
static __always_inline void gtpuencap_container(__u8 *q, const struct gtpuencap_pdu *d)
{
	q[0] = 0;
	q[1] = 0;
	q[2] = 0;
	q[3] = BTY_GTPU_PDU;
	q[4] = 1;
	q[5] = d->uplink << 4;
	q[6] = d->qfi;
	q[7] = 0;
}

/* outer and what the G-PDU says: from arguments or from a row of a table */
static __always_inline int gtpuencap(struct bty_pkt *p, const struct bty_outer *o, const struct gtpuencap_pdu *d)
{
	__u32 off = p->meta->l3_off, ip_len = bty_outer_ip_len(o), more = d->has_qfi ? 8 : 0;
	__u32 n = sizeof(struct bty_udp) + sizeof(struct bty_gtpu) + more;
	__u16 sport = bty_tunnel_port(p);
	int inner = bty_encap_ip(p, ip_len + n);
	struct bty_gtpu *gtpu;
	__u8 *q;

	if (inner < 0)
		return inner;
	if (bty_outer_ip(p, off, o, BTY_PROTO_UDP, 1, n + inner) || bty_outer_udp(p, off + ip_len, o, sport, n + inner))
		return bty_drop(NO_ROOM);
	off += ip_len + sizeof(struct bty_udp);
	gtpu = bty_at(p, off, sizeof(*gtpu));
	q = bty_at(p, off + sizeof(*gtpu), 8);
	if (!gtpu || !q)
		return bty_drop(NO_ROOM);
	gtpu->flags = BTY_GTPU_V1 | (more ? BTY_GTPU_EXT : 0);
	gtpu->type = BTY_GTPU_GPDU;
	gtpu->len = bty_htons(more + inner);
	gtpu->teid = bty_htonl(d->teid);
	if (more)
		gtpuencap_container(q, d);
	return 0;
}

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

/* A G-PDU to port; with has_teid, of this tunnel. Returns 0 or bty_drop(). */
static __always_inline int gtpudecap_find(const struct bty_pkt *p, __u32 port, int has_teid, __u32 teid,
					  struct gtpudecap_found *f)
{
	__u32 at = p->meta->l4_off + sizeof(struct bty_udp);
	int end = bty_outer_udp_end(p, port, sizeof(struct bty_gtpu)), off = at + sizeof(struct bty_gtpu);
	const struct bty_gtpu *gtpu = bty_at(p, at, sizeof(*gtpu));
	const __u8 *q;

	if (end < 0)
		return end;
	if (!gtpu || (gtpu->flags & BTY_GTPU_V_MASK) != BTY_GTPU_V1 || gtpu->type != BTY_GTPU_GPDU)
		return bty_drop(NOT_TUNNEL);
	f->teid = bty_ntohl(gtpu->teid);
	if (has_teid && f->teid != teid)
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

#endif
