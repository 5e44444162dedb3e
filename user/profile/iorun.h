/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The measuring inside the namespace; called by io.c in its child process. */
#ifndef USER_PROFILE_IORUN_H
#define USER_PROFILE_IORUN_H

#include "io.h"

#define BTY_IO_NEAR "btyprof0" /* the worker's end of the veth pair */
#define BTY_IO_FAR  "btyprof1"

/* The pair is there and up. As bty_profile_io(). */
int bty_io_measure(const struct bty_profile_opts *opts, struct bty_profiled out[BTY_COST_NIO], struct bty_err *err);

#endif
