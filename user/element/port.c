// SPDX-License-Identifier: GPL-2.0-or-later
/* DEVICE of sources. */
#include <errno.h>

#include "port.h"

int bty_port_open(const char *device, struct bty_env *env, const struct bty_open *o, struct bty_err *err)
{
	int port;

	if (!*device)
		return 0;
	port = o->port_of(o, device);
	if (port < 0)
		return bty_fail(err, -ENODEV, "%s: %s: DEVICE %s: expected a device that a FromDevice names", o->file,
				o->element, device);
	env->port = port;
	return 0;
}
