/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GREEncap(SRC, DST, KEY n, TTL 64, DSCP 0): puts IPv4 and IPv6 datagrams into a GRE tunnel over IPv4 or IPv6, as SRC and DST
 * are, with a key when one is given, without checksum and sequence number. The Ethernet header and its tags stay in front;
 * what follows the datagram in the frame (padding) goes. See batchy/tunnel.h for what the outer header is.
 * Ports: 1 in, 1 out. Drops: not_ip, runt, bad_ip_header (lengths that do not fit), no_room, too_big.
 * Source: RFC 2784, RFC 2890, RFC 7676 (over IPv6).
 */
#ifndef ELEMENTS_GREENCAP_H
#define ELEMENTS_GREENCAP_H

#include <batchy/tunnel.h>

struct greencap_args {
	struct bty_outer outer;
	__u32 key;
	__u8 has_key;
	__u8 pad[3];
};

/* outer and key: from arguments or from a row of a table */
static __always_inline int greencap(struct bty_pkt *p, const struct bty_outer *o, int has_key, __u32 key)
{
	__u32 off = p->meta->l3_off, ip_len = bty_outer_ip_len(o), len = sizeof(struct bty_gre) + (has_key ? 4 : 0);
	__u16 type = p->meta->ethertype;
	int inner = bty_encap_ip(p, ip_len + len);
	struct bty_gre *gre;
	__u8 *q;

	if (inner < 0)
		return inner;
	if (bty_outer_ip(p, off, o, BTY_PROTO_GRE, 0, len + inner))
		return bty_drop(NO_ROOM);
	gre = bty_at(p, off + ip_len, sizeof(*gre));
	q = bty_at(p, off + ip_len + sizeof(*gre), 4);
	if (!gre || !q)
		return bty_drop(NO_ROOM);
	gre->flags = has_key ? bty_htons(BTY_GRE_KEY) : 0;
	gre->proto = bty_htons(type);
	if (has_key)
		bty_st32(q, bty_htonl(key));
	return 0;
}

static __always_inline int greencap_push(struct bty_pkt *p, const struct greencap_args *a, struct bty_env *env)
{
	return greencap(p, &a->outer, a->has_key, a->key);
}

#ifdef BTY_DESCRIBE
/* user/element/tunnel.c */
int bty_greencap_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);

static const struct bty_arg greencap_arg[] = {
	BTY_OUTER_ARGS(offsetof(struct greencap_args, outer), 1),
	{ .keyword = "KEY",
	  .what = "key; none when it is not given",
	  .type = BTY_ARG_U32,
	  .offset = offsetof(struct greencap_args, key),
	  .given_offset = offsetof(struct greencap_args, has_key) },
	BTY_ARGS_END,
};

BTY_ELEMENT(greencap, .name = "GREEncap", .summary = "Puts IP packets into a GRE tunnel.",
	    .source = "RFC 2784, RFC 2890, RFC 7676", .kind = BTY_KIND_PACKET,
	    .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 1,
	    .ports = "0: every packet", .args_size = sizeof(struct greencap_args), .args = greencap_arg,
	    .finish = bty_greencap_finish);
#endif
#endif
