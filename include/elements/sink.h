/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sink: the end of a pipeline that sends nothing: counts packets and lets go of their frames. Runs in a worker only, so
 * that what is measured before it is the worker's.
 * Ports: 1 in, no output. Drops: every packet, as sink. Source: ours; Click's Discard of an InfiniteSource.
 */
#ifndef ELEMENTS_SINK_H
#define ELEMENTS_SINK_H

#include <batchy/element.h>

struct sink_args {
	__u32 unused;
};

static __always_inline int sink_push(struct bty_pkt *p, const struct sink_args *a, struct bty_env *env)
{
	return bty_drop(SINK);
}

#ifdef BTY_DESCRIBE
BTY_ELEMENT(sink, .name = "Sink", .summary = "Counts packets and ends them.", .kind = BTY_KIND_PACKET,
	    .places = BTY_PLACE_WORKER, .nin = 1, .nout_min = 0, .nout_max = 0, .ports = "none",
	    .source = "Click's Discard, BESS's Sink", .args_size = sizeof(struct sink_args));
#endif
#endif
