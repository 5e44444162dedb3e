// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs gnuplot with commands and data on its standard input; no shell is involved. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plot.h"

#define PROGRAM "gnuplot"

static const char *terminal(const char *file)
{
	const char *dot = strrchr(file, '.');

	if (dot && !strcmp(dot, ".png"))
		return "pngcairo size 1000,700";
	if (dot && !strcmp(dot, ".svg"))
		return "svg size 1000,700 dynamic";
	return NULL;
}

/* 1 when some folder of $PATH has it. */
static int there(void)
{
	const char *path = getenv("PATH");
	char *copy = strdup(path ? path : "/usr/local/bin:/usr/bin:/bin"), *save = NULL, *dir, file[512];
	int found = 0;

	for (dir = copy ? strtok_r(copy, ":", &save) : NULL; dir && !found; dir = strtok_r(NULL, ":", &save)) {
		snprintf(file, sizeof(file), "%s/" PROGRAM, dir);
		found = !access(file, X_OK);
	}
	free(copy);
	return found;
}

int bty_plot_check(const char *file, struct bty_err *err)
{
	if (!terminal(file) || strpbrk(file, "'\n"))
		return bty_fail(err, -EINVAL, "--plot %s: expected a file that ends in .png or .svg", file);
	if (!there())
		return bty_fail(err, -ENOENT,
				"--plot: gnuplot is not installed; install it (gnuplot-nox on Debian), or keep the "
				"data with -j");
	return 0;
}

/* What gnuplot would read as markup, or as the end of a text. */
static void put_label(FILE *f, const char *s)
{
	for (; *s; s++)
		fputc(strchr("'\"\\{}_^@&~\n", *s) ? ' ' : *s, f);
}

static void put_commands(FILE *f, const char *file, const struct bty_plotted *list, int n)
{
	const struct bty_profiled *p;
	uint32_t b;
	int i;

	fprintf(f, "set terminal %s\nset output '%s'\n", terminal(file), file);
	fputs("set xlabel 'packets in a batch, b'\nset ylabel 'T(b) in ns'\nset key left top\nset grid\n", f);
	if (n > 1)
		fputs("set logscale y\n", f);
	fputs("set xrange [0:]\nplot ", f);
	for (i = 0; i < n; i++) {
		p = list[i].p;
		fprintf(f, "%s'-' with points pt 7 ps 0.4 lc %d title '", i ? ", " : "", i + 1);
		put_label(f, list[i].label);
		fprintf(f, ": %.1f + %.2f b', %g + %g * x with lines lc %d notitle", p->fit.t0_ns, p->fit.t1_ns,
			p->fit.t0_ns, p->fit.t1_ns, i + 1);
	}
	fputc('\n', f);
	for (i = 0; i < n; i++) {
		for (b = 0; b < list[i].p->nb; b++)
			fprintf(f, "%u %g\n", list[i].p->size[b], list[i].p->median_ns[b]);
		fputs("e\n", f);
	}
}

static pid_t start(int *in)
{
	int fd[2], out;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		dup2(fd[0], STDIN_FILENO);
		/* where it cannot write the file, it draws here */
		out = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if (out >= 0)
			dup2(out, STDOUT_FILENO);
		execlp(PROGRAM, PROGRAM, "-", NULL);
		_exit(127);
	}
	close(fd[0]);
	if (pid < 0)
		close(fd[1]);
	*in = fd[1];
	return pid;
}

int bty_plot(const char *file, const struct bty_plotted *list, int n, struct bty_err *err)
{
	void (*was)(int);
	int in, status = 0, ret = bty_plot_check(file, err);
	pid_t pid;
	FILE *f;

	if (ret)
		return ret;
	pid = start(&in);
	if (pid < 0)
		return bty_fail(err, -errno, "--plot: cannot start gnuplot: %s", strerror(errno));
	was = signal(SIGPIPE, SIG_IGN);
	f = fdopen(in, "w");
	if (f) {
		put_commands(f, file, list, n);
		ret = fclose(f) ? -EIO : 0;
	} else {
		close(in);
		ret = -ENOMEM;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	signal(SIGPIPE, was);
	if (ret || !WIFEXITED(status) || WEXITSTATUS(status))
		return bty_fail(err, -EIO, "--plot %s: gnuplot failed, with status %d; keep the data with -j", file,
				WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return 0;
}
