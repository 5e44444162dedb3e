/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FromDevice(NAME): packets received by a network device; the XDP program that the agent attaches to it. Parses each
 * packet once and leaves the result in its metadata.
 * Ports: no input, 1 out. Drops: none; a packet it cannot hand on goes to the host stack, counted as passed.
 * Source: Click's FromDevice.
 */
#ifndef ELEMENTS_FROMDEVICE_H
#define ELEMENTS_FROMDEVICE_H

#include <batchy/element.h>

#define fromdevice_FRAMEWORK 1

struct fromdevice_args {
	char device[BTY_NAME_LEN];
};

#ifdef BTY_DESCRIBE
static const struct bty_arg fromdevice_arg[] = {
	{ .keyword = "DEVNAME",
	  .what = "network device",
	  .type = BTY_ARG_NAME,
	  .positional = 1,
	  .required = 1,
	  .offset = offsetof(struct fromdevice_args, device) },
	BTY_ARGS_END,
};

BTY_FRAMEWORK(fromdevice, .name = "FromDevice", .summary = "Packets that a network device receives.", .source = "Click",
	      .kind = BTY_KIND_FROMDEVICE, .places = BTY_PLACE_XDP, .nin = 0, .nout_min = 1, .nout_max = 1,
	      .ports = "0: every packet", .args_size = sizeof(struct fromdevice_args), .args = fromdevice_arg);
#endif
#endif
