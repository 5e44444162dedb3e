// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks of the process and of what agents left behind; called by the doctor verb. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <batchy/abi.h>

#include "../control/client.h"
#include "../control/paths.h"
#include "../lib/caps.h"
#include "../load/bpffs.h"
#include "../load/fuse.h"
#include "doctor.h"

#define UMEM_BYTES (64UL << 20) /* a few queues of a few thousand frames each */

int bty_check_add(struct bty_checks *c, const char *name, enum bty_check_status status, const char *action,
		  const char *why, ...)
{
	struct bty_check *k = &c->check[c->n];
	va_list ap;

	if (c->n == BTY_CHECKS_MAX)
		return -ENOSPC;
	c->n++;
	k->name = name;
	k->status = status;
	snprintf(k->action, sizeof(k->action), "%s", action ? action : "");
	va_start(ap, why);
	vsnprintf(k->why, sizeof(k->why), why, ap);
	va_end(ap);
	return 0;
}

static void check_caps(struct bty_checks *c)
{
	static const char *const names[] = { "cap_bpf",	    "cap_net_admin", "cap_net_raw",
					     "cap_perfmon", "cap_ipc_lock",  "cap_sys_admin" };
	const struct bty_cap *k;
	int i = 0;

	for (k = bty_caps; k->name; k++, i++) {
		if (bty_cap_held(k->number))
			bty_check_add(c, names[i], BTY_CHECK_OK, NULL, "held; it %s", k->why);
		else
			bty_check_add(c, names[i], k->required ? BTY_CHECK_FAIL : BTY_CHECK_WARN,
				      "run as root, or with sudo", "%s is missing; it %s", k->name, k->why);
	}
}

static void check_clang(struct bty_checks *c)
{
	static const char text[] = "int bty_nothing;\n";
	struct bty_err why = { 0 };
	void *object;
	size_t size;

	if (bty_compile(text, sizeof(text) - 1, &object, &size, &why)) {
		bty_check_add(c, "clang", BTY_CHECK_WARN, "apt install clang-19",
			      "%s; XDP runs a program for each element, which costs some 10 ns each", why.msg);
		return;
	}
	free(object);
	bty_check_add(c, "clang", BTY_CHECK_OK, NULL, "compiles for BPF; elements in XDP are fused into one program");
}

static void check_memlock(struct bty_checks *c)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_MEMLOCK, &r))
		return;
	if (r.rlim_cur == RLIM_INFINITY || r.rlim_cur >= UMEM_BYTES)
		bty_check_add(c, "memlock", BTY_CHECK_OK, NULL, "the limit leaves room for packet memory");
	else if (bty_cap_held(CAP_IPC_LOCK))
		bty_check_add(c, "memlock", BTY_CHECK_OK, NULL, "limit %llu KiB, which CAP_IPC_LOCK overrides",
			      (unsigned long long)r.rlim_cur >> 10);
	else
		bty_check_add(c, "memlock", BTY_CHECK_WARN, "ulimit -l unlimited, or run as root",
			      "limit %llu KiB: AF_XDP packet memory may be refused",
			      (unsigned long long)r.rlim_cur >> 10);
}

static void check_bpffs(struct bty_checks *c)
{
	if (bty_bpffs_mounted())
		bty_check_add(c, "bpffs", BTY_CHECK_OK, NULL, "mounted at " BTY_BPFFS);
	else
		bty_check_add(c, "bpffs", BTY_CHECK_WARN,
			      "mount -t bpf bpf " BTY_BPFFS
			      " (ip netns exec hides it again: nsenter --net=/run/netns/NAME)",
			      "not mounted at " BTY_BPFFS ": attach --pin has no place for its links");
}

static void check_run_dir(struct bty_checks *c)
{
	char path[PATH_MAX], dead[128] = "";
	int running = 0, stale = 0;
	struct dirent *e;
	size_t len;
	DIR *d;

	d = opendir(bty_run_dir);
	while (d && (e = readdir(d))) {
		len = strlen(e->d_name);
		if (len < 5 || strcmp(e->d_name + len - 5, ".sock"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", bty_run_dir, e->d_name);
		switch (bty_client_alive(path)) {
		case 1:
			running++;
			break;
		case 0:
			stale++;
			snprintf(dead, sizeof(dead), "%.100s", path);
			break;
		}
	}
	if (d)
		closedir(d);
	if (stale)
		bty_check_add(c, "run_dir", BTY_CHECK_WARN,
			      "the next attach in that namespace replaces it, or remove it",
			      "%d socket%s of agents that died, as %s", stale, stale == 1 ? "" : "s", dead);
	else
		bty_check_add(c, "run_dir", BTY_CHECK_OK, NULL,
			      "%s: %d agent%s on this machine, %s in this network namespace", bty_run_dir, running,
			      running == 1 ? "" : "s", bty_client_agent_runs() ? "one" : "none");
}

static void check_pins(struct bty_checks *c)
{
	uint32_t ifindex[BTY_MAX_DEVICES];
	int n = bty_pinned_interfaces(ifindex, BTY_MAX_DEVICES);

	if (n && !bty_client_agent_runs())
		bty_check_add(c, "pins", BTY_CHECK_WARN, "attach again to adopt it, or `batchy-agent detach --all'",
			      "programs left by --pin on %d interface%s, without an agent", n, n == 1 ? "" : "s");
	else
		bty_check_add(c, "pins", BTY_CHECK_OK, NULL, "nothing left behind in bpffs");
}

void bty_doctor_process(struct bty_checks *c)
{
	check_caps(c);
	check_clang(c);
	check_memlock(c);
	check_bpffs(c);
	check_run_dir(c);
	check_pins(c);
}
