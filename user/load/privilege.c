// SPDX-License-Identifier: GPL-2.0-or-later
/* Turns "operation not permitted" into the name of the missing capability; called by user/load. */
#include <errno.h>
#include <string.h>

#include "../lib/caps.h"
#include "internal.h"

int bty_fail_privilege(struct bty_err *err, int code, const char *what)
{
	struct bty_err missing;

	if (code == -EACCES)
		return bty_fail(err, code, "%s: this kernel's verifier refused it; report the log of -v", what);
	if (code == -EPERM && bty_caps_missing(&missing))
		return bty_fail(err, code, "%s: %s", what, missing.msg);
	return bty_fail(err, code, "%s: %s; `batchy-agent doctor` says what this kernel allows", what, strerror(-code));
}
