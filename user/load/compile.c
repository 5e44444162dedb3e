// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs clang on a fused program: text in, object out, through memory files, so that nothing is left behind. Called by
 * load.c, and by `doctor`.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuse.h"

#define COMPILE_SECONDS 30
#define POLL_US		2000

extern char **environ;

enum { IN, OUT, ERR, FILES };

static int open_files(const char *text, size_t len, int fd[FILES], struct bty_err *err)
{
	static const char *const name[FILES] = { "bty_fused.c", "bty_fused.o", "bty_fused.err" };
	ssize_t n;
	int i, m;

	for (i = 0; i < FILES; i++) {
		m = memfd_create(name[i], MFD_CLOEXEC);
		/* above those it is to become in the compiler, which may be closed here */
		fd[i] = m < 0 ? -1 : fcntl(m, F_DUPFD_CLOEXEC, FILES);
		if (m >= 0)
			close(m);
		if (fd[i] < 0)
			return bty_fail(err, -errno, "no memory file for the compiler: %s", strerror(errno));
	}
	for (; len; text += n, len -= n) {
		n = write(fd[IN], text, len);
		if (n <= 0)
			return bty_fail(err, n ? -errno : -EIO, "cannot write the compiler's input: %s",
					strerror(errno));
	}
	lseek(fd[IN], 0, SEEK_SET);
	return 0;
}

/* The first clang there is. Returns a process, or -errno. */
static pid_t spawn(const int fd[FILES])
{
	static const char *const names[] = { "clang-19", "clang",    "clang-21", "clang-20",
					     "clang-18", "clang-17", "clang-16" };
	char *argv[] = { NULL, "-O2", "-g", "-w", "--target=bpf", "-mcpu=v3", "-fno-strict-aliasing", "-x", "c", "-c",
			 "-o", "-",   "-",  NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	pid_t pid = -1;
	int ret = ENOENT, i;
	size_t n;

	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&files);
	for (i = 0; i < FILES; i++)
		posix_spawn_file_actions_adddup2(&files, fd[i], i);
	for (n = 0; ret == ENOENT && n < sizeof(names) / sizeof(names[0]); n++) {
		argv[0] = (char *)names[n];
		ret = posix_spawnp(&pid, names[n], &files, &attr, argv, environ);
	}
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return ret ? -ret : pid;
}

/* Returns the wait status, or -ETIMEDOUT after having ended it. */
static int wait_for(pid_t pid)
{
	int status, tries;

	for (tries = 0; tries < COMPILE_SECONDS * 1000000 / POLL_US; tries++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		usleep(POLL_US);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -ETIMEDOUT;
}

static int explain(int status, int err_fd, struct bty_err *err)
{
	char line[160] = "";

	if (status == -ETIMEDOUT)
		return bty_fail(err, status, "clang took more than %d s", COMPILE_SECONDS);
	if (pread(err_fd, line, sizeof(line) - 1, 0) > 0)
		line[strcspn(line, "\n")] = 0;
	return bty_fail(err, -EINVAL, "clang failed: %s", *line ? line : "it said nothing");
}

static int read_object(int fd, void **object, size_t *size, struct bty_err *err)
{
	struct stat st;

	if (fstat(fd, &st) || !st.st_size)
		return bty_fail(err, -EIO, "clang wrote no object");
	*object = malloc(st.st_size);
	if (!*object)
		return bty_fail(err, -ENOMEM, "out of memory");
	if (pread(fd, *object, st.st_size, 0) != st.st_size) {
		free(*object);
		return bty_fail(err, -EIO, "cannot read the compiler's output");
	}
	*size = st.st_size;
	return 0;
}

int bty_compile(const char *text, size_t len, void **object, size_t *size, struct bty_err *err)
{
	int fd[FILES] = { -1, -1, -1 }, ret = open_files(text, len, fd, err), status, i;
	pid_t pid;

	if (ret)
		goto out;
	pid = spawn(fd);
	if (pid < 0) {
		ret = bty_fail(err, pid, "clang: %s", pid == -ENOENT ? "not installed" : strerror(-pid));
		goto out;
	}
	status = wait_for(pid);
	ret = status ? explain(status, fd[ERR], err) : read_object(fd[OUT], object, size, err);
out:
	for (i = 0; i < FILES; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	return ret;
}
