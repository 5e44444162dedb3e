/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VLANPush(ID, PCP, TPID): puts a VLAN tag behind the MAC addresses, in front of tags that are there: VLAN ID 0 to 4095, priority
 * PCP 0 to 7 (0), ethertype TPID 0x8100 (802.1Q) or 0x88a8 (service tag, 802.1ad).
 * Ports: 1 in, 1 out. Drops: runt (no whole Ethernet header), no_room.
 * Source: IEEE 802.1Q; Click's VLANEncap.
 */
#ifndef ELEMENTS_VLANPUSH_H
#define ELEMENTS_VLANPUSH_H

#include <batchy/element.h>
#include <batchy/parse.h>

struct vlanpush_args {
	__u32 id, pcp, tpid;
	__u32 tag; /* all of it, as in a packet */
};

static __always_inline int vlanpush_push(struct bty_pkt *p, const struct vlanpush_args *a, struct bty_env *env)
{
	__u8 *q = bty_at(p, 0, BTY_LEN_MIN);
	__u64 mac;

	if (!q)
		return bty_drop(RUNT);
	if (bty_grow_front(p, sizeof(struct bty_vlan)))
		return bty_drop(NO_ROOM);
	q = bty_at(p, 0, BTY_LEN_MIN + sizeof(struct bty_vlan));
	if (!q)
		return bty_drop(NO_ROOM);
	mac = bty_ld64(q + 4);
	bty_st64(q, mac);
	bty_st32(q + 8, bty_ld32(q + 12));
	bty_st32(q + 12, a->tag);
	bty_reparse(p);
	return 0;
}

#ifdef BTY_DESCRIBE
/* user/element/vlanpush.c */
int bty_vlanpush_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);

static const struct bty_arg vlanpush_arg[] = {
	{ .keyword = "ID",
	  .what = "VLAN of the tag",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .required = 1,
	  .offset = offsetof(struct vlanpush_args, id),
	  .max = 4095 },
	{ .keyword = "PCP",
	  .what = "priority of the tag",
	  .type = BTY_ARG_U32,
	  .positional = 2,
	  .offset = offsetof(struct vlanpush_args, pcp),
	  .max = 7,
	  .deflt = "0" },
	{ .keyword = "TPID",
	  .what = "ethertype that announces the tag, 0x8100 or 0x88a8",
	  .type = BTY_ARG_U32,
	  .positional = 3,
	  .offset = offsetof(struct vlanpush_args, tpid),
	  .max = 0xffff,
	  .deflt = "0x8100" },
	BTY_ARGS_END,
};

BTY_ELEMENT(vlanpush, .name = "VLANPush", .summary = "Puts a VLAN tag in front.", .source = "IEEE 802.1Q; Click",
	    .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 1,
	    .ports = "0: every packet, tagged", .args_size = sizeof(struct vlanpush_args), .args = vlanpush_arg,
	    .finish = bty_vlanpush_finish);
#endif
#endif
