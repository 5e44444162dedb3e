// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that a user names, and nothing else: file.h. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

int bty_file_open(const char *path, struct bty_err *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ret = 0;
	struct stat st;

	if (fd < 0)
		return bty_fail(why, -errno, "%m");
	if (fstat(fd, &st))
		ret = bty_fail(why, -errno, "%m");
	else if (!S_ISREG(st.st_mode))
		ret = bty_fail(why, -EINVAL, S_ISDIR(st.st_mode) ? "not a file but a directory" : "not a file");
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

int bty_file_stream(const char *path, FILE **out, struct bty_err *why)
{
	int fd = bty_file_open(path, why), ret;

	if (fd < 0)
		return fd;
	*out = fdopen(fd, "r");
	if (*out)
		return 0;
	ret = bty_fail(why, -errno, "%m");
	close(fd);
	return ret;
}
