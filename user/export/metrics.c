// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * GET /metrics by libmicrohttpd, driven from the agent's main loop: its epoll and a timer sit in an epoll of ours,
 * which bty_agent_watch() knows. No thread: the snapshot must be taken where the agent runs. Called by attach
 * --metrics.
 */
#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "listen.h"
#include "metrics.h"

#define CONTENT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define MAX_CLIENTS  16
#define TIMEOUT_S    2

struct bty_metrics {
	struct bty_agent *agent;
	const struct bty_server *server;
	struct MHD_Daemon *http;
	int epoll_fd, timer_fd, listen_fd;
	char unlink_path[108]; /* "" for TCP */
};

static enum MHD_Result answer(struct MHD_Connection *c, int status, const char *type, char *text, size_t len)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result ok;

	if (!r) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET");
	ok = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return ok;
}

static enum MHD_Result refuse(struct MHD_Connection *c, int status, const char *why)
{
	char *text = strdup(why);

	return text ? answer(c, status, "text/plain", text, strlen(text)) : MHD_NO;
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *c, const char *url, const char *method,
			      const char *version, const char *body, size_t *body_len, void **seen)
{
	struct bty_metrics *m = arg;
	struct bty_snapshot snap;
	char *text = NULL;
	size_t len;
	FILE *f;

	if (!*seen) {
		/* headers only so far; a response now would close on a body that is still to come */
		*seen = m;
		return MHD_YES;
	}
	if (*body_len) {
		*body_len = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET))
		return refuse(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
	if (strcmp(url, "/metrics"))
		return refuse(c, MHD_HTTP_NOT_FOUND, "see /metrics\n");
	if (bty_agent_snapshot(m->agent, &snap))
		return refuse(c, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory\n");
	f = open_memstream(&text, &len);
	if (f) {
		bty_metrics_write(&snap, m->server ? bty_server_stats(m->server) : NULL, f);
		fclose(f);
	}
	bty_snapshot_free(&snap);
	return text ? answer(c, MHD_HTTP_OK, CONTENT_TYPE, text, len) : MHD_NO;
}

static unsigned int connections(const struct bty_metrics *m)
{
	return MHD_get_daemon_info(m->http, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
}

/*
 * Sets the timer for what libmicrohttpd wants to do without an event: more work at once, or a connection's timeout. Once
 * its places are taken it leaves the listening socket out, and puts it back at the begin of a later run only: so the run
 * that closed the last connections must have another one after it.
 */
static void set_timer(struct bty_metrics *m, int had_connections)
{
	struct itimerspec it = { 0 };
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_get_timeout(m->http, &ms) != MHD_YES)
		ms = had_connections ? 1 : ULLONG_MAX;
	if (ms != ULLONG_MAX) {
		it.it_value.tv_sec = ms / 1000;
		it.it_value.tv_nsec = ms ? ms % 1000 * 1000000 : 1;
	}
	timerfd_settime(m->timer_fd, 0, &it, NULL);
}

static void serve(void *arg)
{
	struct bty_metrics *m = arg;
	int had_connections;
	uint64_t n;

	if (read(m->timer_fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
		return;
	had_connections = connections(m) > 0;
	MHD_run(m->http);
	set_timer(m, had_connections || connections(m) > 0);
}

static int watch_both(struct bty_metrics *m)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(m->http, MHD_DAEMON_INFO_EPOLL_FD);
	struct epoll_event ev = { .events = EPOLLIN };

	if (!info)
		return -EINVAL;
	m->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	m->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (m->epoll_fd < 0 || m->timer_fd < 0 || epoll_ctl(m->epoll_fd, EPOLL_CTL_ADD, m->timer_fd, &ev) ||
	    epoll_ctl(m->epoll_fd, EPOLL_CTL_ADD, info->epoll_fd, &ev))
		return -errno;
	return bty_agent_watch(m->agent, m->epoll_fd, serve, m);
}

int bty_metrics_open(struct bty_agent *a, const struct bty_server *server, const char *address,
		     struct bty_metrics **out, struct bty_err *err)
{
	struct bty_metrics *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return bty_fail(err, -ENOMEM, "out of memory");
	m->agent = a;
	m->server = server;
	m->epoll_fd = m->timer_fd = -1;
	m->listen_fd = bty_listen(address, m->unlink_path, err);
	if (m->listen_fd < 0) {
		r = m->listen_fd;
		goto fail;
	}
	m->http = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, handle, m, MHD_OPTION_LISTEN_SOCKET, m->listen_fd,
				   MHD_OPTION_CONNECTION_LIMIT, MAX_CLIENTS, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
				   MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32768, MHD_OPTION_END);
	if (!m->http) {
		r = bty_fail(err, -EIO, "--metrics %s: libmicrohttpd did not start", address);
		goto fail;
	}
	r = watch_both(m);
	if (r) {
		bty_fail(err, r, "--metrics %s: cannot watch it: %s", address, strerror(-r));
		goto fail;
	}
	*out = m;
	return 0;
fail:
	bty_metrics_close(m);
	return r;
}

void bty_metrics_close(struct bty_metrics *m)
{
	if (!m)
		return;
	if (m->epoll_fd >= 0) {
		bty_agent_unwatch(m->agent, m->epoll_fd);
		close(m->epoll_fd);
	}
	if (m->http)
		MHD_stop_daemon(m->http); /* closes the listening socket too */
	else if (m->listen_fd >= 0)
		close(m->listen_fd);
	if (m->timer_fd >= 0)
		close(m->timer_fd);
	if (m->unlink_path[0])
		unlink(m->unlink_path);
	free(m);
}
