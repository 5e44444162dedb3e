// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Becomes the agent of this network namespace, or hands the interface to the one that runs; called by attach. The lock
 * decides: whoever has it is the agent, everybody else asks through the socket, and tries again when nobody answers yet
 * (it is starting) or any more (it is ending).
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../control/client.h"
#include "../control/paths.h"
#include "../control/request.h"
#include "../control/server.h"
#include "../export/metrics.h"
#include "../lib/log.h"
#include "../lib/caps.h"
#include "cli.h"
#include "start.h"

#define ATTACH_MS 120000 /* the verifier may need long, and the agent may be attaching others first */
#define RETRY_S	  30
#define RETRY_US  20000

static int fail(const struct bty_err *err)
{
	return cli_fail("attach: %s", err->msg);
}

/* The one line that says it runs, to the terminal or to the parent of a daemon. Takes doc, its form with --json. */
static int announce(const struct start *s, json_t *doc, const char *text)
{
	char *line = cli.json ? json_dumps(doc, JSON_COMPACT) : strdup(text);
	int bad;

	json_decref(doc);
	if (!line)
		return cli_fail("attach: out of memory");
	if (s->ready_fd < 0) {
		puts(line);
		free(line);
		return cli_flush();
	}
	bad = dprintf(s->ready_fd, "%s\n", line) < 0;
	free(line);
	close(s->ready_fd);
	return bad ? cli_fail("attach: nobody waits for this daemon: %s", strerror(errno)) : CLI_OK;
}

static int announce_attached(const struct start *s, struct bty_agent *a)
{
	const struct bty_snap_iface *in = NULL;
	struct bty_snapshot snap;
	char text[512];
	json_t *doc;
	int i, status;

	if (bty_agent_snapshot(a, &snap))
		return cli_fail("attach: out of memory");
	for (i = 0; i < snap.nifaces; i++)
		if (!strcmp(snap.iface[i].name, s->attach.iface))
			in = &snap.iface[i];
	snprintf(text, sizeof(text), "%s: attached, %s XDP (%s), AF_XDP %s, pipeline %s, controller %s%s",
		 s->attach.iface, in ? in->mode : "?", in ? in->attach : "?", in ? in->xsk_mode : "?",
		 in ? in->pipeline : "?", snap.controller, s->ready_fd >= 0 ? "" : "; Ctrl-C detaches");
	doc = json_pack("{s:s, s:I, s:b}", "attached", s->attach.iface, "pid", (json_int_t)getpid(), "started", 1);
	status = announce(s, doc, text);
	bty_snapshot_free(&snap);
	return status;
}

static int run(const struct start *s, struct bty_agent *a, struct bty_err *err)
{
	char log[PATH_MAX];
	int r;

	r = bty_agent_attach(a, &s->attach, err);
	if (r)
		return fail(err);
	if (s->ready_fd >= 0 && !bty_run_path(".log", log, sizeof(log)))
		start_leave_terminal(log);
	if (announce_attached(s, a))
		return CLI_FAILED;
	r = bty_agent_run(a);
	return r ? cli_fail("the agent stopped: %s", strerror(-r)) : CLI_OK;
}

static int be_agent(const struct start *s)
{
	struct bty_metrics *metrics = NULL;
	struct bty_server *server = NULL;
	struct bty_agent *agent = NULL;
	int status = CLI_FAILED;
	char path[PATH_MAX];
	struct bty_err err;
	int r;

	r = bty_run_path(".sock", path, sizeof(path));
	if (r)
		bty_fail(&err, r, "/proc/self/ns/net: %s; mount /proc", strerror(-r));
	if (!r)
		r = bty_agent_new(&s->agent, &agent, &err);
	/* open before the first attach: whoever comes now waits for an answer */
	if (!r)
		r = bty_server_open(agent, path, &server, &err);
	if (!r && s->metrics)
		r = bty_metrics_open(agent, server, s->metrics, &metrics, &err);
	if (r)
		fail(&err);
	else
		status = run(s, agent, &err);
	bty_metrics_close(metrics);
	bty_server_close(server);
	if (agent)
		bty_agent_free(agent);
	if (s->ready_fd >= 0 && !bty_run_path(".log", path, sizeof(path)))
		unlink(path);
	return status;
}

int start_undo(const struct start *s)
{
	cli_tell(json_pack("{s:s, s:s}", "verb", "detach", "iface", s->attach.iface));
	return CLI_FAILED;
}

/* 0: the running agent attached it. -EAGAIN: it is starting or ending. Else told why. */
static int ask_agent(const struct start *s)
{
	json_t *request, *reply;
	char path[PATH_MAX];
	struct bty_err err;
	char text[128];
	int r;

	request = bty_attach_to_json(&s->attach);
	if (!request || bty_run_path(".sock", path, sizeof(path)))
		return cli_fail("attach: out of memory");
	if (s->agent.controller)
		json_object_set_new(request, "controller", json_string(s->agent.controller));
	r = bty_client_call(path, request, ATTACH_MS, &reply, &err);
	json_decref(request);
	if (r == -ENOENT || r == -ECONNRESET)
		return -EAGAIN;
	if (r)
		return fail(&err);
	r = json_integer_value(json_object_get(reply, "pid"));
	json_decref(reply);
	snprintf(text, sizeof(text), "%s: attached by the agent that runs here, pid %d", s->attach.iface, r);
	if (announce(s, json_pack("{s:s, s:i, s:b}", "attached", s->attach.iface, "pid", r, "started", 0), text))
		return start_undo(s);
	return CLI_OK;
}

static int hand_over(const struct start *s)
{
	if (s->metrics || s->agent.period_ns)
		return cli_fail(
			"attach %s: an agent runs here already, and --metrics and --period are for the first attach; "
			"leave them out, or `batchy-agent detach --all' first",
			s->attach.iface);
	return ask_agent(s);
}

/* Whoever has the lock leaves it as it found it: a signal waits until the agent's loop takes it. */
static void hold_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(how, &set, NULL);
}

int start_agent(const struct start *s)
{
	time_t end = time(NULL) + RETRY_S;
	struct bty_err err;
	int lock, status;

	if (bty_caps_missing(&err) || bty_run_mkdir(&err))
		return fail(&err);
	bty_log_init_libbpf();
	/* whoever read our messages may go: that is no reason to stop */
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		hold_signals(SIG_BLOCK);
		lock = bty_run_lock(&err);
		if (lock >= 0) {
			status = be_agent(s);
			bty_run_unlock(lock);
			return status;
		}
		hold_signals(SIG_UNBLOCK);
		if (lock != -EWOULDBLOCK)
			return fail(&err);
		status = hand_over(s);
		if (status != -EAGAIN)
			return status;
		if (time(NULL) >= end)
			return cli_fail("attach %s: another batchy-agent is starting or ending for %d s; see `ps -C "
					"batchy-agent'",
					s->attach.iface, RETRY_S);
		usleep(RETRY_US);
	}
}
