/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The BPF file system and what the agent keeps in it. Called by user/load and the detach verb, on the main thread. */
#ifndef USER_LOAD_BPFFS_H
#define USER_LOAD_BPFFS_H

#include <stdint.h>
#include "../lib/err.h"

#define BTY_BPFFS "/sys/fs/bpf"

/* 1 when bpffs is mounted at BTY_BPFFS as this process sees it. */
int bty_bpffs_mounted(void);

/*
 * Mounts bpffs at BTY_BPFFS when it is not there, in a mount namespace of this process alone, so that the machine stays as
 * it was. Returns 0 or -errno with err set.
 */
int bty_bpffs_ensure(struct bty_err *err);

/* Directory of the pins of one interface, in this network namespace: BTY_BPFFS/batchy/<netns>/<ifindex>. */
int bty_pin_dir(uint32_t ifindex, char *path, unsigned int size);

/*
 * Pins the link and the program array of an interface. -ENOTSUP with err set when bpffs is not mounted for everybody.
 */
int bty_pin(uint32_t ifindex, int link_fd, int progs_fd, struct bty_err *err);

/* The pinned link of an interface, or -ENOENT. */
int bty_pinned_link(uint32_t ifindex);

/* The interfaces of this network namespace that have pins, at most max. Returns how many. */
int bty_pinned_interfaces(uint32_t *ifindex, int max);

/* Detaches what is pinned on an interface, and unpins it. Returns 0, or -ENOENT when there is nothing. */
int bty_detach_pinned(uint32_t ifindex);

/* Removes the pins of an interface; the link goes with its last reference. Harmless when there are none. */
void bty_unpin(uint32_t ifindex);

#endif
