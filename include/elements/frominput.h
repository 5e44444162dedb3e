/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FromInput(DEVICE, ...): packets received by several network devices: one FromDevice for each. Without arguments: the
 * interface given to attach, and those that `--set INPUTS="eth2 eth3"` names. When a pipeline has been read there is a
 * FromDevice NAME@DEVICE for each device after the first.
 * Ports: no input, 1 out. Drops: none, as FromDevice. Source: NBA (EuroSys 2015).
 */
#ifndef ELEMENTS_FROMINPUT_H
#define ELEMENTS_FROMINPUT_H

#include <batchy/element.h>

#define frominput_FRAMEWORK 1

struct frominput_args {
	char device[BTY_NAME_LEN]; /* the first, once the pipeline has been read; laid out as struct fromdevice_args */
};

#ifdef BTY_DESCRIBE
/* user/element/frominput.c */
int bty_frominput_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);

BTY_FRAMEWORK(frominput, .name = "FromInput", .summary = "Packets that several network devices receive.",
	      .source = "NBA (EuroSys 2015)", .kind = BTY_KIND_FROMDEVICE, .places = BTY_PLACE_XDP,
	      .expand = BTY_EXPAND_INPUTS, .nin = 0, .nout_min = 1, .nout_max = 1, .ports = "0: every packet",
	      .usage = "[DEVICE, ...]", .args_size = sizeof(struct frominput_args),
	      .configure = bty_frominput_configure);
#endif
#endif
