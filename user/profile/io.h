/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a Queue in front of a worker costs beside its elements, measured on a veth pair. Called by `batchy-agent profile`. */
#ifndef USER_PROFILE_IO_H
#define USER_PROFILE_IO_H

#include "profile.h"

/*
 * CPU time of a worker: to be woken, to receive a batch, to transmit it; out by enum bty_cost_io. In a child process with a network
 * namespace of its own, which ends with it, whatever happens. Needs root. Returns 0, -EINTR when stopped, or -errno with err
 * set to why it cannot be measured here.
 */
int bty_profile_io(const struct bty_profile_opts *opts, struct bty_profiled out[BTY_COST_NIO], struct bty_err *err);

#endif
