/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PacketSizeClassifier(BOUND, ...): sends a packet to the first output whose BOUND its length is below, or else to the last
 * output. Lengths in bytes, as the frame is, without its check sequence; bounds rise, 63 at most. Without arguments they are
 * 128 and 512: the three classes of NBA.
 * Ports: 1 in; one out for each bound, and one for longer packets. Drops: none.
 * Source: NBA's PacketSizeClassifier.
 */
#ifndef ELEMENTS_PACKETSIZECLASSIFIER_H
#define ELEMENTS_PACKETSIZECLASSIFIER_H

#include <batchy/element.h>

/* below[i]: for output i; all ones from the last output on */
struct packetsizeclassifier_args {
	__u32 below[BTY_MAX_OUT];
};

static __always_inline int packetsizeclassifier_push(struct bty_pkt *p, const struct packetsizeclassifier_args *a,
						     struct bty_env *env)
{
	__u32 len = bty_len(p);
	int i;

	for (i = 0; i < BTY_MAX_OUT - 1; i++)
		if (len < a->below[i])
			break;
	return i;
}

#ifdef BTY_DESCRIBE
/* user/element/packetsizeclassifier.c */
int bty_packetsizeclassifier_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);

BTY_ELEMENT(packetsizeclassifier, .name = "PacketSizeClassifier", .summary = "Sends packets on by their length.",
	    .source = "NBA (EuroSys 2015)", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .nin = 1, .nout_min = 1, .nout_max = BTY_MAX_OUT,
	    .ports = "i: packets shorter than bound i and no other before; the last: all longer ones",
	    .usage = "BOUND, ...: rising lengths in bytes; 128, 512 when there is none",
	    .args_size = sizeof(struct packetsizeclassifier_args), .configure = bty_packetsizeclassifier_configure);
#endif
#endif
