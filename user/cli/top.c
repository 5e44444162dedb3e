// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * batchy-agent top: everything at a glance, again each second. On a terminal it redraws in place and leaves at q; elsewhere it
 * prints one block after the other.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../lib/units.h"
#include "cli.h"
#include "show.h"

#define HOME_AND_CLEAR "\033[H\033[J"
#define HIDE_CURSOR    "\033[?25l"
#define SHOW_CURSOR    "\033[?25h"
#define CONNECTIONS    10 /* shown where there is no screen to fill */
#define LEAST_NS       100000000ULL

static const char doc[] =
	"Shows interfaces, queues, flows and TCP connections, again each interval, until q or Ctrl-C.\v"
	"EXAMPLES:\n"
	"  batchy-agent top\n"
	"  batchy-agent top --interval 5s\n"
	"  batchy-agent top --count 60 >log.txt\n";

struct args {
	uint64_t interval_ns;
	uint64_t count; /* 0: no end */
};

static const struct argp_option options[] = {
	{ "interval", 'i', "TIME", 0, "Time between two pictures (default: 1s)" },
	{ "count", 'n', "N", 0, "Stop after N; with --json 1 unless given" },
	{ 0 },
};

static volatile sig_atomic_t stopped;
static struct termios before;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 'i':
		if (bty_parse_time_ns(arg, &a->interval_ns) || a->interval_ns < LEAST_NS)
			argp_error(state, "--interval %s: expected a time of at least 100ms, as in 2s", arg);
		return 0;
	case 'n':
		if (bty_parse_u64(arg, &a->count) || !a->count)
			argp_error(state, "--count %s: expected a number from 1", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void on_signal(int sig)
{
	stopped = 1;
}

static int is_screen(void)
{
	return !cli.json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* Keys one by one, unseen; Ctrl-C stays a signal. */
static void enter(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct termios raw;

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	if (!is_screen() || tcgetattr(STDIN_FILENO, &before))
		return;
	raw = before;
	raw.c_lflag &= ~(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	fputs(HIDE_CURSOR HOME_AND_CLEAR, stdout);
}

static void leave(void)
{
	if (!is_screen())
		return;
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	fputs(SHOW_CURSOR, stdout);
	fflush(stdout);
}

static void size_of_screen(int *rows, int *cols)
{
	struct winsize w;

	*rows = 24;
	*cols = 80;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_row && w.ws_col) {
		*rows = w.ws_row;
		*cols = w.ws_col;
	}
}

/* As many lines of text as the screen has, none wider than it: a wrapped line would push the others out. */
static void draw(const char *text)
{
	int rows, cols, len;

	size_of_screen(&rows, &cols);
	fputs(HOME_AND_CLEAR, stdout);
	for (; *text && rows > 1; rows--) {
		len = strcspn(text, "\n");
		printf("%.*s\r\n", len < cols ? len : cols - 1, text);
		text += len + (text[len] == '\n');
	}
}

static int count_lines(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void render(const json_t *all, FILE *f)
{
	show_head(all, f);
	show_drops(json_object_get(all, "drops"), f);
	fputc('\n', f);
	show_interfaces(all, f);
	if (json_array_size(json_object_get(all, "queues"))) {
		fputc('\n', f);
		show_queues(all, f);
	}
	if (json_array_size(json_object_get(all, "flows"))) {
		fputc('\n', f);
		show_flows(all, f);
	}
	fputc('\n', f);
}

static int picture(const json_t *all, const json_t *tcp)
{
	int rows = 0, cols, used, room = CONNECTIONS;
	char *text = NULL;
	size_t size;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		return cli_fail("top: out of memory");
	render(all, f);
	fflush(f);
	used = count_lines(text);
	if (is_screen()) {
		size_of_screen(&rows, &cols);
		/* the heading of the list and its "... and N more" take two lines */
		room = rows - 1 - used - 2;
	}
	if (room > 0)
		show_connections(tcp, f, room);
	fclose(f);
	if (is_screen())
		draw(text);
	else
		printf("%s\n", text);
	free(text);
	return cli_flush();
}

static int once(void)
{
	json_t *all, *tcp;
	int status;

	if (cli_ask("snapshot", &all))
		return CLI_FAILED;
	status = cli_connections(NULL, &tcp);
	if (status) {
		json_decref(all);
		return status;
	}
	if (cli.json) {
		json_object_update(all, tcp);
		json_decref(tcp);
		return cli_print(all);
	}
	status = picture(all, tcp);
	json_decref(all);
	json_decref(tcp);
	return status;
}

/* Sleeps; 1 when q was pressed or a signal came. */
static int wait_or_quit(uint64_t ns)
{
	struct timespec ts = { ns / 1000000000, ns % 1000000000 };
	struct pollfd p = { .fd = is_screen() ? STDIN_FILENO : -1, .events = POLLIN };
	char key = 0;

	if (stopped)
		return 1;
	if (ppoll(&p, 1, &ts, NULL) > 0 && read(STDIN_FILENO, &key, 1) <= 0)
		return 1; /* the terminal is gone */
	return stopped || key == 'q' || key == 'Q';
}

int cli_top(int argc, char **argv)
{
	static const struct argp argp = { options, parse, NULL, doc, cli_globals };
	struct args a = { 1000000000, 0 };
	int status;
	uint64_t i;

	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return CLI_USAGE;
	if (cli.json && !a.count)
		a.count = 1;
	enter();
	for (i = 1;; i++) {
		status = once();
		if (status || i == a.count || wait_or_quit(a.interval_ns))
			break;
	}
	leave();
	return status;
}
