// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NAPI deferral by sysfs, which every kernel has; see defer.h. What is mounted at /sys may show another network namespace,
 * with an interface of the same name and index: a mount of sysfs that nobody else sees shows ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/log.h"
#include "defer.h"

/* polls that may find nothing before interrupts are on again; the one that the timer starts is the first */
#define EMPTY_POLLS 1

/* What a device had and got. The cookie tells apart network namespaces that had the same inode, one after the other. */
struct memory {
	uint64_t cookie, irqs, time_ns, set_ns;
	uint32_t ifindex;
};

/* Where the kernel gives none (before 5.14), 0 is as good for all. */
static uint64_t netns_cookie(void)
{
	__u64 cookie = 0;

	bty_netns_cookie(&cookie);
	return cookie;
}

static int mount_sysfs(void)
{
	int fs = fsopen("sysfs", FSOPEN_CLOEXEC), mnt = -1, ret;

	if (fs < 0)
		return -errno;
	if (!fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mnt = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	ret = mnt < 0 ? -errno : mnt;
	close(fs);
	return ret;
}

static int open_attribute(int sysfs, const char *name, const char *attribute, int how)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "class/net/%.15s/%s", name, attribute);
	fd = openat(sysfs, path, how | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int read_attribute(int sysfs, const char *name, const char *attribute, uint64_t *value)
{
	int fd = open_attribute(sysfs, name, attribute, O_RDONLY);
	char text[32] = "";
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 && sscanf(text, "%" SCNu64, value) == 1 ? 0 : -EIO;
}

static int write_attribute(int sysfs, const char *name, const char *attribute, uint64_t value)
{
	int fd = open_attribute(sysfs, name, attribute, O_WRONLY), ret;

	if (fd < 0)
		return fd;
	ret = dprintf(fd, "%" PRIu64, value) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static int read_both(int sysfs, const char *name, uint64_t *irqs, uint64_t *time_ns)
{
	int ret = read_attribute(sysfs, name, "napi_defer_hard_irqs", irqs);

	return ret ? ret : read_attribute(sysfs, name, "gro_flush_timeout", time_ns);
}

static int write_both(int sysfs, const char *name, uint64_t irqs, uint64_t time_ns)
{
	int ret = write_attribute(sysfs, name, "gro_flush_timeout", time_ns);

	return ret ? ret : write_attribute(sysfs, name, "napi_defer_hard_irqs", irqs);
}

static int write_memory(const char *path, const struct memory *m)
{
	FILE *f = fopen(path, "wex");

	if (!f)
		return -errno;
	fprintf(f, "%" PRIu64 " %u %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", m->cookie, m->ifindex, m->irqs, m->time_ns,
		m->set_ns);
	return fclose(f) ? -errno : 0;
}

/* Returns 0, or -EINVAL when nothing can be learned from the file. */
static int read_memory(const char *path, struct memory *m)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[128] = "";
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return -EINVAL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 && sscanf(text, "%" SCNu64 " %u %" SCNu64 " %" SCNu64 " %" SCNu64, &m->cookie, &m->ifindex,
			       &m->irqs, &m->time_ns, &m->set_ns) == 5
		       ? 0
		       : -EINVAL;
}

/* Only what is still as we set it: somebody else may have set it since, or we had not come to it. Returns 0 or -errno. */
static int put_back(int sysfs, const struct memory *m)
{
	uint64_t irqs = 0, time_ns = 0;
	char name[16];
	int ret;

	if (m->cookie != netns_cookie() || bty_netdev_name(m->ifindex, name))
		return 0;
	if (sysfs < 0)
		return sysfs;
	ret = read_both(sysfs, name, &irqs, &time_ns);
	if (!ret && time_ns == m->set_ns)
		ret = write_attribute(sysfs, name, "gro_flush_timeout", m->time_ns);
	if (!ret && irqs == EMPTY_POLLS)
		ret = write_attribute(sysfs, name, "napi_defer_hard_irqs", m->irqs);
	return ret;
}

/* Returns 1 when nothing is left to put back, and the file is gone. */
static int undo_file(int sysfs, const char *path)
{
	struct memory m;
	int ret = read_memory(path, &m);

	if (!ret) {
		ret = put_back(sysfs, &m);
		if (ret) {
			bty_warn("%s: the NAPI settings it keeps cannot be put back: %s; the next attach or detach "
				 "tries again",
				 path, strerror(-ret));
			return 0;
		}
	}
	unlink(path);
	return 1;
}

static int set(int sysfs, const struct bty_netdev *d, uint64_t time_ns, const char *path, struct bty_err *err)
{
	struct memory m = { .cookie = netns_cookie(), .ifindex = d->ifindex, .set_ns = time_ns };
	int ret = read_both(sysfs, d->name, &m.irqs, &m.time_ns);

	if (!ret)
		ret = write_memory(path, &m);
	if (ret)
		return bty_fail(err, ret, "%s: cannot keep its NAPI settings in %s: %s", d->name, path, strerror(-ret));
	ret = write_both(sysfs, d->name, EMPTY_POLLS, time_ns);
	if (ret) {
		write_both(sysfs, d->name, m.irqs, m.time_ns);
		unlink(path);
		return bty_fail(err, ret, "%s: cannot set its NAPI deferral: %s; leave out --napi-defer", d->name,
				strerror(-ret));
	}
	return 0;
}

int bty_defer_set(const struct bty_netdev *d, uint64_t time_ns, const char *prefix, struct bty_err *err)
{
	int sysfs = mount_sysfs(), ret;
	char path[PATH_MAX];

	if (sysfs < 0)
		return bty_fail(
			err, sysfs,
			"%s: cannot mount sysfs to set its NAPI deferral: %s; grant CAP_SYS_ADMIN, or leave out "
			"--napi-defer",
			d->name, strerror(-sysfs));
	snprintf(path, sizeof(path), "%s-%u.napi", prefix, d->ifindex);
	ret = set(sysfs, d, time_ns, path, err);
	close(sysfs);
	return ret;
}

int bty_defer_undo(const char *prefix, uint32_t ifindex)
{
	char pattern[PATH_MAX];
	int sysfs, n = 0;
	glob_t g;
	size_t i;

	if (ifindex)
		snprintf(pattern, sizeof(pattern), "%s-%u.napi", prefix, ifindex);
	else
		snprintf(pattern, sizeof(pattern), "%s-*.napi", prefix);
	if (glob(pattern, 0, NULL, &g))
		return 0;
	sysfs = mount_sysfs();
	for (i = 0; i < g.gl_pathc; i++)
		n += undo_file(sysfs, g.gl_pathv[i]);
	globfree(&g);
	if (sysfs >= 0)
		close(sysfs);
	return n;
}
