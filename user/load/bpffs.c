// SPDX-License-Identifier: GPL-2.0-or-later
/* Mounting bpffs, pinning and unpinning; called by attach.c and by `detach` without an agent. */
#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "bpffs.h"

#define OBJECTS 2

static const char *const object[OBJECTS] = { "link", "progs" };

int bty_bpffs_mounted(void)
{
	struct statfs st;

	return !statfs(BTY_BPFFS, &st) && (unsigned long)st.f_type == BPF_FS_MAGIC;
}

int bty_bpffs_ensure(struct bty_err *err)
{
	if (bty_bpffs_mounted())
		return 0;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", BTY_BPFFS, "bpf", 0, "mode=0700"))
		return bty_fail(err, -errno, "no bpffs at " BTY_BPFFS ": %s; mount -t bpf bpf " BTY_BPFFS,
				strerror(errno));
	return 0;
}

int bty_pin_dir(uint32_t ifindex, char *path, unsigned int size)
{
	struct stat st;

	if (stat("/proc/thread-self/ns/net", &st))
		return -errno;
	snprintf(path, size, BTY_BPFFS "/batchy/%lu/%u", (unsigned long)st.st_ino, ifindex);
	return 0;
}

static int make_dirs(char *path)
{
	char *p = path + strlen(BTY_BPFFS) + 1;

	for (;; p++) {
		p = strchr(p, '/');
		if (p)
			*p = 0;
		if (mkdir(path, 0700) && errno != EEXIST)
			return -errno;
		if (!p)
			return 0;
		*p = '/';
	}
}

int bty_pin(uint32_t ifindex, int link_fd, int progs_fd, struct bty_err *err)
{
	const int fd[OBJECTS] = { link_fd, progs_fd };
	char dir[128], path[160];
	int i, ret;

	if (!bty_bpffs_mounted())
		return bty_fail(err, -ENOTSUP,
				"--pin: no bpffs at " BTY_BPFFS "; mount -t bpf bpf " BTY_BPFFS
				" (ip netns exec hides it again: use nsenter --net=/run/netns/NAME)");
	ret = bty_pin_dir(ifindex, dir, sizeof(dir));
	if (!ret)
		ret = make_dirs(dir);
	for (i = 0; !ret && i < OBJECTS; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, object[i]);
		unlink(path);
		ret = bpf_obj_pin(fd[i], path) ? -errno : 0;
	}
	if (ret) {
		bty_unpin(ifindex);
		return bty_fail(err, ret, "--pin: %s: %s", dir, strerror(-ret));
	}
	return 0;
}

int bty_pinned_link(uint32_t ifindex)
{
	char dir[128], path[160];
	struct bpf_link_info info = { 0 };
	__u32 len = sizeof(info);
	int fd;

	if (!bty_bpffs_mounted() || bty_pin_dir(ifindex, dir, sizeof(dir)))
		return -ENOENT;
	snprintf(path, sizeof(path), "%s/link", dir);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return -ENOENT;
	/* what is found in a file system is input: it must be an XDP link on this very interface */
	if (bpf_obj_get_info_by_fd(fd, &info, &len) || info.type != BPF_LINK_TYPE_XDP || info.xdp.ifindex != ifindex) {
		close(fd);
		/* its interface was removed after the agent had ended */
		if (info.type == BPF_LINK_TYPE_XDP && !info.xdp.ifindex)
			bty_unpin(ifindex);
		return -ENOENT;
	}
	return fd;
}

void bty_unpin(uint32_t ifindex)
{
	char dir[128], path[160];
	int i;

	if (!bty_bpffs_mounted() || bty_pin_dir(ifindex, dir, sizeof(dir)))
		return;
	for (i = 0; i < OBJECTS; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, object[i]);
		unlink(path);
	}
	/* the directories above, once empty */
	for (i = 0; i < 3 && !rmdir(dir); i++)
		*strrchr(dir, '/') = 0;
}

int bty_pinned_interfaces(uint32_t *ifindex, int max)
{
	struct dirent *e;
	char dir[128];
	int n = 0;
	DIR *d;

	if (!bty_bpffs_mounted() || bty_pin_dir(0, dir, sizeof(dir)))
		return 0;
	*strrchr(dir, '/') = 0;
	d = opendir(dir);
	while (d && n < max && (e = readdir(d)))
		if (atoi(e->d_name) > 0)
			ifindex[n++] = atoi(e->d_name);
	if (d)
		closedir(d);
	return n;
}

int bty_detach_pinned(uint32_t ifindex)
{
	int fd = bty_pinned_link(ifindex);

	if (fd < 0)
		return fd;
	bpf_link_detach(fd);
	close(fd);
	bty_unpin(ifindex);
	return 0;
}
