/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether traffic may be sent on an interface; asked once at the start. */
#ifndef USER_GEN_IFACE_H
#define USER_GEN_IFACE_H

#include "../lib/err.h"
#include "../load/device.h"

/* The same as bty_netdev_get(); -ENETDOWN when the interface is down. */
int gen_iface_get(struct bty_netdev *dev, const char *name, struct bty_err *err);

/* Waits up to 2 s for the other end. Returns 0 or -ENETDOWN. */
int gen_iface_wait_carrier(const struct bty_netdev *dev, struct bty_err *err);

/* 0 when the interface is virtual, so that traffic stays on this machine; -EPERM otherwise. */
int gen_iface_check_safe(const struct bty_netdev *dev, struct bty_err *err);

#endif
