// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * attach --daemon: the child becomes the agent; the parent waits for its ready line, asks the socket once, and returns.
 * The child's errors go to the same terminal, so the parent need not repeat them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "start.h"

void start_leave_terminal(const char *log)
{
	int in = open("/dev/null", O_RDWR | O_CLOEXEC);
	int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);

	/* whoever started us may wait for the end of these pipes */
	if (in >= 0) {
		dup2(in, STDIN_FILENO);
		dup2(out >= 0 ? out : in, STDOUT_FILENO);
		dup2(out >= 0 ? out : in, STDERR_FILENO);
		close(in);
	}
	if (out >= 0)
		close(out);
	if (chdir("/"))
		perror("chdir /");
}

static int child(struct start *s, int fd)
{
	/* what the caller left open (a lock, a pipe) is not the agent's to keep */
	fd = dup2(fd, STDERR_FILENO + 1);
	if (fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) || close_range(fd + 1, ~0U, 0))
		return cli_fail("attach: %s", strerror(errno));
	setsid();
	s->ready_fd = fd;
	return start_agent(s);
}

/* The child's last word when it ended before it was ready. */
static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return cli_fail("attach: %s", strerror(errno));
	if (WIFEXITED(status))
		return WEXITSTATUS(status) ? WEXITSTATUS(status) : CLI_FAILED;
	return cli_fail("attach: the agent was killed by signal %d while it started", WTERMSIG(status));
}

int start_daemon(struct start *s)
{
	char line[1024];
	json_t *reply;
	int fd[2];
	FILE *f;
	pid_t pid;

	fflush(stdout);
	if (pipe2(fd, O_CLOEXEC))
		return cli_fail("attach: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		return cli_fail("attach: cannot fork: %s", strerror(errno));
	if (!pid)
		exit(child(s, fd[1]));
	close(fd[1]);
	f = fdopen(fd[0], "r");
	if (!f)
		return cli_fail("attach: %s", strerror(errno));
	if (!fgets(line, sizeof(line), f)) {
		fclose(f);
		return reap(pid);
	}
	fclose(f);
	if (cli_ask("status", &reply))
		return CLI_FAILED;
	json_decref(reply);
	fputs(line, stdout);
	return cli_flush() ? start_undo(s) : CLI_OK;
}
