/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NAPI deferral: a device that has been polled is polled next when a time is over, and not at its next packet, so that
 * a poll finds many (gro_flush_timeout and napi_defer_hard_irqs in Documentation/networking/napi.rst). Called by
 * user/control on the main thread, and by the detach verb.
 */
#ifndef USER_LOAD_DEFER_H
#define USER_LOAD_DEFER_H

#include "device.h"

#define BTY_DEFER_MIN_NS 10000ULL /* with less a device can be left without interrupts (Linux commit 58e2330bd455) */
#define BTY_DEFER_MAX_NS 10000000ULL

/*
 * Sets it. What was set before is kept in the file PREFIX-INDEX.napi, in case this process does not live to undo it.
 * Returns 0, or -errno with err set and nothing changed.
 */
int bty_defer_set(const struct bty_netdev *d, uint64_t time_ns, const char *prefix, struct bty_err *err);

/*
 * Puts back what was set before, unless somebody has changed it since, and removes the file. ifindex 0: of every device with
 * such a file. Where that fails the file stays, and a warning says so. Returns of how many devices nothing is left to do.
 */
int bty_defer_undo(const char *prefix, uint32_t ifindex);

#endif
