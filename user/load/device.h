/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of a network device. Called by user/load and user/run on the agent's main thread. */
#ifndef USER_LOAD_DEVICE_H
#define USER_LOAD_DEVICE_H

#include <linux/types.h>
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

/*
 * What native XDP is bound to: a frame, XDP's headroom and the skb's tail in one page. For a veth the frames are its peer's;
 * for other drivers this is a rule of thumb, which a few of them undercut.
 */
struct bty_xdp_mtu {
	int of_peer;  /* a veth: it is its peer's MTU that counts */
	uint32_t mtu; /* 0: cannot be read */
	uint32_t max;
};

void bty_xdp_mtu(const struct bty_netdev *d, struct bty_xdp_mtu *m);

/* What tells this network namespace from every other one since boot. Returns 0 or -errno. */
int bty_netns_cookie(__u64 *cookie);

/* The name the device with this index has now (16 bytes); -ENODEV when it is gone. */
int bty_netdev_name(uint32_t ifindex, char name[16]);

#endif
