// SPDX-License-Identifier: GPL-2.0-or-later
/* Capabilities of this process; called by attach, user/load and doctor. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caps.h"

const struct bty_cap bty_caps[] = {
	{ CAP_BPF, "CAP_BPF", "loads programs and maps", 1 },
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN", "attaches to interfaces", 1 },
	{ CAP_NET_RAW, "CAP_NET_RAW", "opens AF_XDP sockets", 1 },
	{ CAP_PERFMON, "CAP_PERFMON", "lets programs read packet metadata and trace the kernel", 1 },
	{ CAP_IPC_LOCK, "CAP_IPC_LOCK", "locks packet memory beyond the memlock limit", 0 },
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "mounts bpffs, and detaches programs of the dispatcher", 0 },
	{ 0 },
};

static int holds(int number)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };

	/* where the question itself is refused, the call that needs the capability will say */
	if (syscall(SYS_capget, &h, d))
		return 1;
	return d[number / 32].effective >> number % 32 & 1;
}

int bty_cap_held(int number)
{
	/* both were split from it in Linux 5.8, and the kernel still takes it in their place */
	return holds(number) || ((number == CAP_BPF || number == CAP_PERFMON) && holds(CAP_SYS_ADMIN));
}

int bty_caps_missing(struct bty_err *err)
{
	char list[128] = "";
	const struct bty_cap *c;
	size_t n = 0;

	for (c = bty_caps; c->name; c++)
		if (c->required && !bty_cap_held(c->number))
			n += snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "", c->name);
	return n ? bty_fail(err, -EPERM, "missing %s; run as root, or with sudo", list) : 0;
}
