/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * EtherEncap(ETHERTYPE, SRC, DST): puts an Ethernet header in front of the whole frame. With VXLANEncap's and GREEncap's own
 * headers it is not needed: for encapsulations that begin with Ethernet.
 * Ports: 1 in, 1 out. Drops: runt, no_room. Source: Click's EtherEncap.
 */
#ifndef ELEMENTS_ETHERENCAP_H
#define ELEMENTS_ETHERENCAP_H

#include <batchy/element.h>
#include <batchy/parse.h>

struct etherencap_args {
	__u32 ethertype;
	__u8 header[16]; /* as at the start of a frame, of BTY_LEN_MIN bytes */
};

static __always_inline int etherencap_push(struct bty_pkt *p, const struct etherencap_args *a, struct bty_env *env)
{
	__u8 *q;

	if (!bty_at(p, 0, BTY_LEN_MIN))
		return bty_drop(RUNT);
	if (bty_grow_front(p, BTY_LEN_MIN))
		return bty_drop(NO_ROOM);
	q = bty_at(p, 0, BTY_LEN_MIN);
	if (!q)
		return bty_drop(NO_ROOM);
	bty_st64(q, bty_ld64(a->header));
	bty_st64(q + 6, bty_ld64(a->header + 6));
	bty_reparse(p);
	return 0;
}

#ifdef BTY_DESCRIBE
static int etherencap_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	struct etherencap_args *a = args;

	bty_st16(a->header + 12, bty_htons(a->ethertype));
	return 0;
}

static const struct bty_arg etherencap_arg[] = {
	{ .keyword = "ETHERTYPE",
	  .what = "ethertype of the new header",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .required = 1,
	  .offset = offsetof(struct etherencap_args, ethertype),
	  .max = 0xffff },
	{ .keyword = "SRC",
	  .what = "source MAC address of the new header",
	  .type = BTY_ARG_MAC,
	  .positional = 2,
	  .required = 1,
	  .offset = offsetof(struct etherencap_args, header) + 6 },
	{ .keyword = "DST",
	  .what = "destination MAC address of the new header",
	  .type = BTY_ARG_MAC,
	  .positional = 3,
	  .required = 1,
	  .offset = offsetof(struct etherencap_args, header) },
	BTY_ARGS_END,
};

BTY_ELEMENT(etherencap, .name = "EtherEncap", .summary = "Puts an Ethernet header in front of the frame.",
	    .source = "Click", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1,
	    .nout_min = 1, .nout_max = 1, .ports = "0: every packet", .args_size = sizeof(struct etherencap_args),
	    .args = etherencap_arg, .finish = etherencap_finish);
#endif
#endif
