/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tee(N): each packet leaves by every one of N outputs: itself by the first, a copy with the same metadata by each other.
 * Ports: 1 in, N out (2 when not given). Drops: no_memory for a copy for which there is no frame. Source: Click's Tee.
 */
#ifndef ELEMENTS_TEE_H
#define ELEMENTS_TEE_H

#include <batchy/element.h>

#define tee_HAS_PROCESS 1

struct tee_args {
	__u32 n;
	__u32 pad;
};

#ifdef BTY_DESCRIBE
/* Port by port, so that copies stay together as a batch. */
static void tee_process(struct bty_batch *b, const struct tee_args *a, struct bty_env *env)
{
	struct bty_pkt copy;
	uint32_t i, port;

	for (i = 0; i < b->n; i++)
		b->verdict[i] = 0;
	for (port = 1; port < a->n; port++)
		for (i = 0; i < b->n; i++)
			if (!bty_clone(env, &b->pkt[i], &copy))
				bty_emit(env, port, &copy);
}

static uint32_t tee_frames(const void *args, uint32_t vec)
{
	return (((const struct tee_args *)args)->n - 1) * vec;
}

/* user/element/tee.c */
int bty_tee_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);

static const struct bty_arg tee_arg[] = {
	{ .keyword = "N",
	  .what = "outputs",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .offset = offsetof(struct tee_args, n),
	  .min = 2,
	  .max = BTY_MAX_OUT,
	  .deflt = "2" },
	BTY_ARGS_END,
};

BTY_ELEMENT(tee, .name = "Tee", .summary = "Sends a copy of each packet by every output.", .source = "Click",
	    .kind = BTY_KIND_PACKET, .places = BTY_PLACE_WORKER, .nin = 1, .nout_min = 2, .nout_max = BTY_MAX_OUT,
	    .ports = "each: every packet", .args_size = sizeof(struct tee_args), .args = tee_arg,
	    .configure = bty_tee_configure, .frames = tee_frames);
#endif
#endif
