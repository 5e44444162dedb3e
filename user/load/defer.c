// SPDX-License-Identifier: GPL-2.0-or-later
/* NAPI deferral by sysfs, which every kernel has; see defer.h. */
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "defer.h"

/* polls that may find nothing before interrupts are on again; the one that the timer starts is the first */
#define EMPTY_POLLS 1

static const char irqs_file[] = "napi_defer_hard_irqs", time_file[] = "gro_flush_timeout";

/* What a device is to go back to. The cookie tells apart network namespaces that had the same inode, one after the other. */
struct before {
	uint64_t cookie, irqs, time_ns;
	uint32_t ifindex;
};

static uint64_t netns_cookie(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	/* where the kernel gives none (before 5.14), 0 is as good for all */
	if (fd < 0)
		return 0;
	getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len);
	close(fd);
	return cookie;
}

static FILE *open_attribute(const char *name, const char *attribute, const char *mode)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, attribute);
	return fopen(path, mode);
}

static int read_attribute(const char *name, const char *attribute, uint64_t *value)
{
	FILE *f = open_attribute(name, attribute, "re");
	int ret;

	if (!f)
		return -errno;
	ret = fscanf(f, "%" SCNu64, value) == 1 ? 0 : -EIO;
	fclose(f);
	return ret;
}

static int write_attribute(const char *name, const char *attribute, uint64_t value)
{
	FILE *f = open_attribute(name, attribute, "we");

	if (!f)
		return -errno;
	fprintf(f, "%" PRIu64, value);
	return fclose(f) ? -errno : 0;
}

/* /sys shows the network namespace it was mounted in, which need not be this one. */
static int sysfs_is_ours(const char *name, uint32_t ifindex)
{
	uint64_t there;

	return !read_attribute(name, "ifindex", &there) && there == ifindex;
}

static int write_both(const char *name, uint64_t irqs, uint64_t time_ns)
{
	int ret = write_attribute(name, time_file, time_ns);

	return ret ? ret : write_attribute(name, irqs_file, irqs);
}

static int keep(const char *path, const struct before *b)
{
	FILE *f = fopen(path, "wex");

	if (!f)
		return -errno;
	fprintf(f, "%" PRIu64 " %u %" PRIu64 " %" PRIu64 "\n", b->cookie, b->ifindex, b->irqs, b->time_ns);
	return fclose(f) ? -errno : 0;
}

static void undo_file(const char *path)
{
	FILE *f = fopen(path, "re");
	struct before b;
	char name[16];

	if (f && fscanf(f, "%" SCNu64 " %u %" SCNu64 " %" SCNu64, &b.cookie, &b.ifindex, &b.irqs, &b.time_ns) == 4 &&
	    b.cookie == netns_cookie() && !bty_netdev_name(b.ifindex, name) && sysfs_is_ours(name, b.ifindex))
		write_both(name, b.irqs, b.time_ns);
	if (f)
		fclose(f);
	unlink(path);
}

int bty_defer_set(const struct bty_netdev *d, uint64_t time_ns, const char *prefix, struct bty_err *err)
{
	struct before b = { .cookie = netns_cookie(), .ifindex = d->ifindex };
	char path[PATH_MAX];
	int ret;

	if (!sysfs_is_ours(d->name, d->ifindex))
		return bty_fail(err, -ENODEV,
				"%s: /sys shows another network namespace, so its NAPI deferral cannot be set; "
				"run under `ip netns exec`, or without --napi-defer",
				d->name);
	snprintf(path, sizeof(path), "%s-%u.napi", prefix, d->ifindex);
	ret = read_attribute(d->name, irqs_file, &b.irqs);
	if (!ret)
		ret = read_attribute(d->name, time_file, &b.time_ns);
	if (!ret)
		ret = keep(path, &b);
	if (ret)
		return bty_fail(err, ret, "%s: cannot keep its NAPI settings in %s: %s", d->name, path, strerror(-ret));
	ret = write_both(d->name, EMPTY_POLLS, time_ns);
	if (ret) {
		undo_file(path);
		return bty_fail(err, ret, "%s: cannot set its NAPI deferral: %s; leave out --napi-defer", d->name,
				strerror(-ret));
	}
	return 0;
}

int bty_defer_undo(const char *prefix, uint32_t ifindex)
{
	char pattern[PATH_MAX];
	glob_t g;
	size_t i;
	int n;

	if (ifindex)
		snprintf(pattern, sizeof(pattern), "%s-%u.napi", prefix, ifindex);
	else
		snprintf(pattern, sizeof(pattern), "%s-*.napi", prefix);
	if (glob(pattern, 0, NULL, &g))
		return 0;
	for (i = 0; i < g.gl_pathc; i++)
		undo_file(g.gl_pathv[i]);
	n = g.gl_pathc;
	globfree(&g);
	return n;
}
