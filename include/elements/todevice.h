/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ToDevice(NAME): sends packets through a network device: by XDP redirect where it runs in XDP, by AF_XDP transmit from
 * a worker.
 * Ports: 1 in, no output.
 * Drops: tx_full when the transmit ring stays full, tx_error when the device refuses, too_big beyond its frame.
 * Source: Click's ToDevice.
 */
#ifndef ELEMENTS_TODEVICE_H
#define ELEMENTS_TODEVICE_H

#include <batchy/element.h>

#define todevice_FRAMEWORK 1

struct todevice_args {
	char device[BTY_NAME_LEN];
};

#ifdef BTY_DESCRIBE
static const struct bty_arg todevice_arg[] = {
	{ .keyword = "DEVNAME",
	  .what = "network device",
	  .type = BTY_ARG_NAME,
	  .positional = 1,
	  .required = 1,
	  .offset = offsetof(struct todevice_args, device) },
	BTY_ARGS_END,
};

BTY_FRAMEWORK(todevice, .name = "ToDevice", .summary = "Sends packets through a network device.", .source = "Click",
	      .kind = BTY_KIND_TODEVICE, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 0,
	      .nout_max = 0, .ports = "none", .args_size = sizeof(struct todevice_args), .args = todevice_arg);
#endif
#endif
