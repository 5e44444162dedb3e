// SPDX-License-Identifier: GPL-2.0-or-later
/* Errors at an element's argument; called by argument tables and configure() hooks. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "conf.h"

int bty_conf_fail(const struct bty_conf *conf, int i, struct bty_err *err, const char *fmt, ...)
{
	char msg[sizeof(err->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return bty_fail_at(err, -EINVAL, conf->file, i >= 0 && i < conf->n ? conf->arg[i].pos : conf->pos, "%s: %s",
			   conf->element, msg);
}
