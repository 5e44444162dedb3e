// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks of the process and of what agents left behind; called by the doctor verb. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "../control/paths.h"
#include "../lib/caps.h"
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
	struct statfs fs;

	if (!statfs("/sys/fs/bpf", &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC)
		bty_check_add(c, "bpffs", BTY_CHECK_OK, NULL, "mounted at /sys/fs/bpf");
	else
		bty_check_add(c, "bpffs", BTY_CHECK_WARN, "mount -t bpf bpf /sys/fs/bpf",
			      "not mounted at /sys/fs/bpf: attach --pin has no place for its links");
}

/* 1 alive, 0 nobody listens there, -1 cannot tell. */
static int alive(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, r;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -1;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	r = connect(fd, (struct sockaddr *)&sa, sizeof(sa)) ? errno : 0;
	close(fd);
	/* EAGAIN: so busy that its backlog is full */
	return !r || r == EAGAIN ? 1 : r == ECONNREFUSED || r == ENOENT ? 0 : -1;
}

int bty_doctor_agent_runs(void)
{
	char path[PATH_MAX];

	return !bty_run_path(".sock", path, sizeof(path)) && alive(path) == 1;
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
		switch (alive(path)) {
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
			      running == 1 ? "" : "s", bty_doctor_agent_runs() ? "one" : "none");
}

static void check_pins(struct bty_checks *c)
{
	char first[128] = "";
	struct dirent *e;
	int n = 0;
	DIR *d;

	d = opendir("/sys/fs/bpf");
	while (d && (e = readdir(d))) {
		if (strncmp(e->d_name, "bty_", 4) && strncmp(e->d_name, "batchy", 6))
			continue;
		if (!n++)
			snprintf(first, sizeof(first), "/sys/fs/bpf/%.100s", e->d_name);
	}
	if (d)
		closedir(d);
	if (n && !bty_doctor_agent_runs())
		bty_check_add(c, "pins", BTY_CHECK_WARN, "attach again to adopt or clean it, or remove it by hand",
			      "%d object%s left in bpffs while no agent runs here, as %s", n, n == 1 ? "" : "s", first);
	else
		bty_check_add(c, "pins", BTY_CHECK_OK, NULL, "nothing stale in bpffs");
}

void bty_doctor_process(struct bty_checks *c)
{
	check_caps(c);
	check_memlock(c);
	check_bpffs(c);
	check_run_dir(c);
	check_pins(c);
}
