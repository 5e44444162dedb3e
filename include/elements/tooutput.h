/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ToOutput(DEVICE, ...): sends a packet through the device that an element before it has chosen (bty_meta.out, as L2Forward
 * and IPlookup do): the destination MAC address becomes the old source, the source that of the device. Without arguments:
 * the devices that FromInputs and FromDevices receive from. When a pipeline has been read there is a ToDevice
 * NAME@DEVICE at output i for each device.
 * Ports: 1 in; outputs are made by the agent. Drops: no_route (no device was chosen, or not one of its), runt.
 * Source: NBA (EuroSys 2015).
 */
#ifndef ELEMENTS_TOOUTPUT_H
#define ELEMENTS_TOOUTPUT_H

#include <batchy/element.h>

#define TOOUTPUT_NONE 0xff

struct tooutput_args {
	__u8 port_of[BTY_MAX_DEVICES]; /* output that leads to each device; TOOUTPUT_NONE */
	__u8 mac[BTY_MAX_DEVICES][6];
	__u8 has_macs; /* without (no devices: bench) addresses are exchanged */
	__u8 pad[7];
};
_Static_assert(sizeof(struct tooutput_args) == 120, "no holes");

static __always_inline int tooutput_push(struct bty_pkt *p, const struct tooutput_args *a, struct bty_env *env)
{
	struct bty_eth *eth = bty_at(p, 0, sizeof(*eth));
	__u32 dev = (p->meta->out - 1) & (BTY_MAX_DEVICES - 1);
	__u8 old[6];

	if (!p->meta->out || a->port_of[dev] == TOOUTPUT_NONE)
		return bty_drop(NO_ROUTE);
	if (!eth)
		return bty_drop(RUNT);
	__builtin_memcpy(old, eth->dst, 6);
	__builtin_memcpy(eth->dst, eth->src, 6);
	__builtin_memcpy(eth->src, a->has_macs ? a->mac[dev] : old, 6);
	return a->port_of[dev] & (BTY_MAX_OUT - 1);
}

#ifdef BTY_DESCRIBE
/* user/element/tooutput.c */
int bty_tooutput_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
int bty_tooutput_devices(void *args, const struct bty_device_info *info, struct bty_err *why);

BTY_ELEMENT(tooutput, .name = "ToOutput", .summary = "Sends packets through the device chosen for each.",
	    .source = "NBA (EuroSys 2015)", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .expand = BTY_EXPAND_OUTPUTS, .nin = 1, .nout_min = 0, .nout_max = BTY_MAX_OUT,
	    .ports = "made by the agent: a ToDevice for each device", .usage = "[DEVICE, ...]",
	    .args_size = sizeof(struct tooutput_args), .configure = bty_tooutput_configure,
	    .devices = bty_tooutput_devices);
#endif
#endif
