/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interface a verb works on, looked up and checked once at the start. */
#ifndef USER_GEN_IFACE_H
#define USER_GEN_IFACE_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/err.h"

struct gen_iface {
	const char *name;
	unsigned int ifindex;
	unsigned int mtu;
	uint8_t mac[6];
	char driver[32]; /* as ethtool says; "lo" for the loopback interface */
};

/* Returns 0, -ENODEV, or -ENETDOWN when the interface is down. */
int gen_iface_get(struct gen_iface *ifc, const char *name, struct bty_err *err);

/* Waits up to 2 s for the other end. Returns 0 or -ENETDOWN. */
int gen_iface_wait_carrier(const struct gen_iface *ifc, struct bty_err *err);

/* 0 when the interface is virtual, so that traffic stays on this machine; -EPERM otherwise. */
int gen_iface_check_safe(const struct gen_iface *ifc, struct bty_err *err);

#endif
