// SPDX-License-Identifier: GPL-2.0-or-later
/* Turns "operation not permitted" into the name of the missing capability; called by user/load. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

static const struct {
	int cap;
	const char *name;
	const char *why;
} needed[] = {
	{ CAP_BPF, "CAP_BPF", "loads BPF programs" },
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN", "attaches XDP programs" },
	{ CAP_NET_RAW, "CAP_NET_RAW", "opens AF_XDP sockets" },
	{ CAP_PERFMON, "CAP_PERFMON", "lets programs read packet metadata" },
};

static int holds(int cap)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };

	if (syscall(SYS_capget, &h, d))
		return 1;
	return !!(d[cap / 32].effective & (1U << (cap % 32)));
}

int bty_fail_privilege(struct bty_err *err, int code, const char *what)
{
	size_t i;

	if (code == -EACCES)
		return bty_fail(err, code, "%s: this kernel's verifier refused it; report the log of -v", what);
	if (code == -EPERM)
		for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
			if (!holds(needed[i].cap) &&
			    !(needed[i].cap != CAP_NET_ADMIN && needed[i].cap != CAP_NET_RAW && holds(CAP_SYS_ADMIN)))
				return bty_fail(err, code, "%s: %s is missing (it %s); run as root", what,
						needed[i].name, needed[i].why);
	return bty_fail(err, code, "%s: %s; `batchy-agent doctor` says what this kernel allows", what, strerror(-code));
}
