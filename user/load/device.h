/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of a network device. Called by user/load and user/run on the agent's main thread. */
#ifndef USER_LOAD_DEVICE_H
#define USER_LOAD_DEVICE_H

#include <stdint.h>
#include "../lib/err.h"

struct bty_netdev {
	char name[16];
	uint32_t ifindex;
	uint32_t mtu;
	uint32_t nrxq; /* receive queues in use */
	uint32_t ntxq;
	uint8_t mac[6];
	uint8_t up;
	char driver[32];
};

/* Returns 0, or -ENODEV and others with err set. */
int bty_netdev_get(const char *name, struct bty_netdev *d, struct bty_err *err);

/* The name the device with this index has now (16 bytes); -ENODEV when it is gone. */
int bty_netdev_name(uint32_t ifindex, char name[16]);

#endif
