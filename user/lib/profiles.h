/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the profiles are: the pipelines that come with the agent, and costs/ below. Used by user/cost and user/control. */
#ifndef USER_LIB_PROFILES_H
#define USER_LIB_PROFILES_H

#include <stddef.h>
#include "err.h"

/* The folder that has host.click: beside the installed program, in the source tree it was built in, or where it was built for.
 * Returns 0 or -ENOENT with err set. Any thread. */
int bty_profiles_folder(char *path, size_t size, struct bty_err *err);

#endif
