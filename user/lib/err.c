// SPDX-License-Identifier: GPL-2.0-or-later
/* Error messages; called from everywhere in user space. */
#include <stdarg.h>
#include <stdio.h>

#include "err.h"

int bty_fail(struct bty_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return code;
}

int bty_fail_at(struct bty_err *err, int code, const char *file, struct bty_pos pos, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (!err)
		return code;
	n = snprintf(err->msg, sizeof(err->msg), "%s:%d:%d: ", file, pos.line, pos.col);
	if (n < 0 || (size_t)n >= sizeof(err->msg))
		return code;
	va_start(ap, fmt);
	vsnprintf(err->msg + n, sizeof(err->msg) - n, fmt, ap);
	va_end(ap);
	return code;
}
