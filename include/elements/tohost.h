/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ToHost: gives packets to the host's network stack, as if the pipeline were not there: XDP_PASS from XDP, a tap
 * device from a worker.
 * Ports: 1 in, no output. Drops: host_error when the tap device refuses. Source: Click's ToHost.
 */
#ifndef ELEMENTS_TOHOST_H
#define ELEMENTS_TOHOST_H

#include <batchy/element.h>

#define tohost_FRAMEWORK 1

struct tohost_args {
	__u32 unused;
};

#ifdef BTY_DESCRIBE
BTY_FRAMEWORK(tohost, .name = "ToHost", .summary = "Gives packets to the host's network stack.", .source = "Click",
	      .kind = BTY_KIND_TOHOST, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 0,
	      .nout_max = 0, .ports = "none", .args_size = sizeof(struct tohost_args));
#endif
#endif
