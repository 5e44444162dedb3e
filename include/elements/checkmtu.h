/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CheckMTU(MTU): tells IP datagrams that fit in MTU bytes from those that do not; of other packets what follows the link header
 * counts, and of datagrams whose lengths are wrong.
 * Ports: 1 in; out 0: fits, out 1 (optional): too big, for ICMPError(TYPE too-big) or IPFragmenter.
 * Drops: too_big when out 1 is not connected. Source: RFC 1812 4.2.2.7.
 */
#ifndef ELEMENTS_CHECKMTU_H
#define ELEMENTS_CHECKMTU_H

#include <batchy/ip.h>

struct checkmtu_args {
	__u32 mtu;
	__u32 has_big_port;
};

static __always_inline int checkmtu_push(struct bty_pkt *p, const struct checkmtu_args *a, struct bty_env *env)
{
	int len = bty_datagram_len(p);

	if (len < 0)
		len = bty_len(p) - (p->meta->l3_off ? p->meta->l3_off : BTY_LEN_MIN);
	if (len <= (int)a->mtu)
		return 0;
	return a->has_big_port ? 1 : bty_drop(TOO_BIG);
}

#ifdef BTY_DESCRIBE
static int checkmtu_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct checkmtu_args *)args)->has_big_port = nconnected > 1;
	return 0;
}

static const struct bty_arg checkmtu_arg[] = {
	{ .keyword = "MTU",
	  .what = "bytes of a datagram, its header included",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .required = 1,
	  .offset = offsetof(struct checkmtu_args, mtu),
	  .min = 68,
	  .max = 65535 },
	BTY_ARGS_END,
};

BTY_ELEMENT(checkmtu, .name = "CheckMTU", .summary = "Tells packets that are larger than the MTU from those that fit.",
	    .source = "RFC 1812", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1,
	    .nout_min = 1, .nout_max = 2, .ports = "0: fits; 1: too big", .args_size = sizeof(struct checkmtu_args),
	    .args = checkmtu_arg, .finish = checkmtu_finish);
#endif
#endif
