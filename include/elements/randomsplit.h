/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RandomSplit(W0, W1, ...): sends each packet to output i with probability Wi over the sum of the weights. Weights are
 * numbers >= 0 (`1, 3` or `0.25, 0.75`), 64 at most, not all zero.
 * Ports: 1 in; one out for each weight. Drops: none. Source: Click's RandomSwitch and RandomSample;
 * NBA's RandomWeightedBranch, by whose name it goes too.
 */
#ifndef ELEMENTS_RANDOMSPLIT_H
#define ELEMENTS_RANDOMSPLIT_H

#include <batchy/element.h>

/* below[i]: output i or one before it when a random 32-bit number is below; 2^32 at the last output with a weight */
struct randomsplit_args {
	__u64 below[BTY_MAX_OUT];
};

static __always_inline int randomsplit_push(struct bty_pkt *p, const struct randomsplit_args *a, struct bty_env *env)
{
	__u64 r = bty_random(env);
	int i;

	for (i = 0; i < BTY_MAX_OUT - 1; i++)
		if (r < a->below[i])
			break;
	return i;
}

#ifdef BTY_DESCRIBE
/* user/element/randomsplit.c */
int bty_randomsplit_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);

BTY_ELEMENT(randomsplit, .name = "RandomSplit", .alias = "RandomWeightedBranch",
	    .summary = "Splits packets at random, by weight.", .source = "Click", .kind = BTY_KIND_PACKET,
	    .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = BTY_MAX_OUT,
	    .ports = "i: packets with probability Wi / sum of W",
	    .usage = "WEIGHT, ...: a number >= 0 for each output, as in 1, 3",
	    .args_size = sizeof(struct randomsplit_args), .configure = bty_randomsplit_configure);
#endif
#endif
