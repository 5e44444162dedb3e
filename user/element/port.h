/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The receive port that a source's packets carry. Called by the open() of sources. */
#ifndef USER_ELEMENT_PORT_H
#define USER_ELEMENT_PORT_H

#include <batchy/element.h>

#include "../lib/err.h"

/* Sets env->port to that of a device, if one is named. Returns 0, or -ENODEV with err set. */
int bty_port_open(const char *device, struct bty_env *env, const struct bty_open *o, struct bty_err *err);

#endif
