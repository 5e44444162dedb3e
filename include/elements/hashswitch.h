/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HashSwitch: spreads flows over its outputs: by a hash of addresses, transport protocol and ports that is the same in both
 * directions, left in bty_meta.hash. IP fragments, which have no ports, go by their addresses alone, all those of a datagram
 * together; packets other than IP by MAC addresses and ethertype.
 * Ports: 1 in; as many out as are connected, at most 64, each with the same share of the flows. Drops: none.
 * Source: Click's HashSwitch, with the fields of a flow instead of bytes at an offset.
 */
#ifndef ELEMENTS_HASHSWITCH_H
#define ELEMENTS_HASHSWITCH_H

#include <batchy/element.h>
#include <batchy/flowhash.h>

struct hashswitch_args {
	__u32 nout;
};

static __always_inline int hashswitch_push(struct bty_pkt *p, const struct hashswitch_args *a, struct bty_env *env)
{
	__u32 hash = bty_flow_hash(p);

	p->meta->hash = hash;
	return ((__u64)hash * a->nout >> 32) & (BTY_MAX_OUT - 1);
}

#ifdef BTY_DESCRIBE
static int hashswitch_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct hashswitch_args *)args)->nout = nconnected;
	return 0;
}

BTY_ELEMENT(hashswitch, .name = "HashSwitch", .summary = "Spreads flows over its outputs, each flow to one.",
	    .source = "Click", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1,
	    .nout_min = 1, .nout_max = BTY_MAX_OUT, .ports = "i: an equal share of the flows",
	    .args_size = sizeof(struct hashswitch_args), .finish = hashswitch_finish);
#endif
#endif
