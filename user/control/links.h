/* SPDX-License-Identifier: GPL-2.0-or-later */
/* News of network interfaces of this namespace: removed, renamed. Called by agent.c on the main thread. */
#ifndef USER_CONTROL_LINKS_H
#define USER_CONTROL_LINKS_H

#include <stdint.h>

/* A non-blocking netlink socket to watch, or -errno. */
int bty_links_open(void);

/* Reads what there is and calls fn for each interface named in it. -ENOBUFS: some news was lost. */
int bty_links_read(int fd, void (*fn)(uint32_t ifindex, const char *name, int removed, void *arg), void *arg);

#endif
