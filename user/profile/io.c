// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A child process with a network namespace and a veth pair, for iorun.c. The namespace has no name and goes with the child, which goes
 * with its parent, even when that is killed. Called by `batchy-agent profile`.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/log.h"
#include "iorun.h"

extern char **environ;

/* What the child has found, as it comes through the pipe. */
struct answer {
	int ret;
	struct bty_err err;
	struct bty_profiled out[BTY_COST_NIO];
};

/* ip with these words. Returns 0 or -errno. */
static int run_ip(const char *const *words)
{
	int status, ret;
	pid_t pid;

	ret = posix_spawnp(&pid, "ip", NULL, NULL, (char *const *)words, environ);
	if (ret)
		return -ret;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

#define IP(...) run_ip((const char *const[]){ "ip", __VA_ARGS__, NULL })

static int make_world(struct bty_err *err)
{
	int ret;

	if (unshare(CLONE_NEWNET | CLONE_NEWNS))
		return bty_fail(err, -errno, "a network namespace: %s", strerror(errno));
	/* its own view of devices; nothing of ours is seen outside */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("sysfs", "/sys", "sysfs", 0, NULL))
		return bty_fail(err, -errno, "mounts of a network namespace: %s", strerror(errno));
	ret = IP("link", "add", BTY_IO_NEAR, "type", "veth", "peer", "name", BTY_IO_FAR);
	/* the kernel's own frames would be received too */
	if (!ret)
		ret = IP("link", "set", BTY_IO_NEAR, "addrgenmode", "none", "up");
	if (!ret)
		ret = IP("link", "set", BTY_IO_FAR, "addrgenmode", "none", "up");
	return ret ? bty_fail(err, ret, "ip, to make a veth pair: %s", ret == -EIO ? "it failed" : strerror(-ret)) : 0;
}

/* The first CPU of those this process may use is for who sends, the workers get the last. */
static void take_first_cpu(void)
{
	cpu_set_t all, one;
	int i;

	if (sched_getaffinity(0, sizeof(all), &all) || CPU_COUNT(&all) < 2)
		return;
	CPU_ZERO(&one);
	for (i = CPU_SETSIZE - 1; i >= 0 && !CPU_ISSET(i, &all); i--)
		;
	CPU_SET(i, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void write_all(int fd, const void *data, size_t n)
{
	const char *p = data;
	ssize_t k;

	for (; n; n -= k, p += k) {
		k = write(fd, p, n);
		if (k <= 0)
			return;
	}
}

static void child(int fd, pid_t parent, const struct bty_profile_opts *opts)
{
	struct answer *a = calloc(1, sizeof(*a));

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!a || getppid() != parent)
		_exit(1);
	bty_log_init_libbpf();
	a->ret = make_world(&a->err);
	take_first_cpu();
	if (!a->ret)
		a->ret = bty_io_measure(opts, a->out, &a->err);
	write_all(fd, a, sizeof(*a));
	_exit(0);
}

static int read_answer(int fd, struct answer *a)
{
	size_t n = 0;
	ssize_t k;

	while (n < sizeof(*a)) {
		k = read(fd, (char *)a + n, sizeof(*a) - n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -EIO;
		n += k;
	}
	return 0;
}

static int ask_child(const struct bty_profile_opts *opts, struct answer *a, struct bty_err *err)
{
	pid_t me = getpid(), pid;
	int fd[2], ret;

	if (pipe2(fd, O_CLOEXEC))
		return bty_fail(err, -errno, "a pipe: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (!pid)
		child(fd[1], me, opts);
	ret = pid < 0 ? -errno : 0;
	close(fd[1]);
	if (!ret)
		ret = read_answer(fd[0], a);
	close(fd[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return ret ? bty_fail(err, ret, "a process to measure in: %s", strerror(-ret)) : 0;
}

int bty_profile_io(const struct bty_profile_opts *opts, struct bty_profiled out[BTY_COST_NIO], struct bty_err *err)
{
	struct answer *a;
	int ret;

	if (geteuid())
		return bty_fail(err, -EPERM, "a network namespace and AF_XDP are for root");
	a = calloc(1, sizeof(*a));
	ret = a ? ask_child(opts, a, err) : bty_fail(err, -ENOMEM, "out of memory");
	if (!ret) {
		ret = a->ret;
		memcpy(out, a->out, sizeof(a->out));
		if (ret)
			bty_fail(err, ret, "%s", ret == -EINTR ? "stopped" : a->err.msg);
	}
	free(a);
	return ret;
}
