// SPDX-License-Identifier: GPL-2.0-or-later
/* Socket and lock of the agent of this network namespace; called by the command line and the control server. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "paths.h"

const char *bty_run_dir = "/run/batchy";

int bty_run_path(const char *suffix, char *buf, size_t size)
{
	struct stat st;
	int n;

	if (stat("/proc/self/ns/net", &st))
		return -errno;
	n = snprintf(buf, size, "%s/%llu%s", bty_run_dir, (unsigned long long)st.st_ino, suffix);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

int bty_run_mkdir(struct bty_err *err)
{
	if (!mkdir(bty_run_dir, 0755)) {
		/* whatever the umask says: other users' `doctor` looks here too */
		if (!chmod(bty_run_dir, 0755))
			return 0;
	} else if (errno == EEXIST) {
		return 0;
	}
	return bty_fail(err, -errno, "%s: cannot make this folder: %s; run as root", bty_run_dir, strerror(errno));
}

int bty_run_lock(struct bty_err *err)
{
	struct stat mine, there;
	char path[PATH_MAX];
	int fd, r;

	r = bty_run_path(".lock", path, sizeof(path));
	if (r)
		return bty_fail(err, r, "/proc/self/ns/net: %s; mount /proc", strerror(-r));
	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return bty_fail(err, -errno, "%s: %s; run as root", path, strerror(errno));
		if (flock(fd, LOCK_EX | LOCK_NB)) {
			r = -errno;
			if (r != -EWOULDBLOCK)
				unlink(path);
			close(fd);
			return r == -EWOULDBLOCK ? r : bty_fail(err, r, "%s: cannot lock: %s", path, strerror(-r));
		}
		/* an agent that ended removed its file between our open and our lock: only a lock on what is there
		 * counts */
		if (!fstat(fd, &mine) && !stat(path, &there) && mine.st_ino == there.st_ino &&
		    mine.st_dev == there.st_dev)
			return fd;
		close(fd);
	}
}

void bty_run_unlock(int fd)
{
	char path[PATH_MAX];

	if (!bty_run_path(".lock", path, sizeof(path)))
		unlink(path);
	close(fd);
}
