// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control socket: accepts, reads, answers, times out. The agent's loop sees one descriptor, our own epoll: so a
 * client that does not read its answer waits for EPOLLOUT there and holds up nobody.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "request.h"

#define TICK_NS	  250000000 /* while there are clients */
#define CLOSE_NS  500000000ULL
#define ID_LISTEN BTY_SERVER_CLIENTS
#define ID_TIMER  (BTY_SERVER_CLIENTS + 1)

struct client {
	int fd; /* -1: free */
	uint64_t deadline_ns;
	char *in;
	size_t in_len;
	char *out; /* not NULL: being answered */
	size_t out_len, out_sent;
};

struct bty_server {
	struct bty_agent *agent;
	int listen_fd, epoll_fd, timer_fd;
	int bound;
	int nclients;
	int paused; /* no descriptor was left for accept(): the next tick tries again */
	struct bty_server_stats stats;
	struct sockaddr_un sa;
	struct client client[BTY_SERVER_CLIENTS];
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int watch(struct bty_server *s, int op, int fd, uint32_t events, uint32_t id)
{
	struct epoll_event ev = { .events = events, .data.u32 = id };

	return epoll_ctl(s->epoll_fd, op, fd, &ev) ? -errno : 0;
}

static void tick_on(struct bty_server *s, int on)
{
	struct itimerspec it = { { 0, on ? TICK_NS : 0 }, { 0, on ? TICK_NS : 0 } };

	timerfd_settime(s->timer_fd, 0, &it, NULL);
}

static void client_close(struct bty_server *s, struct client *c)
{
	if (c->fd < 0)
		return;
	close(c->fd); /* leaves the epoll with it */
	free(c->in);
	free(c->out);
	memset(c, 0, sizeof(*c));
	c->fd = -1;
	s->nclients--;
}

static void client_write(struct bty_server *s, struct client *c)
{
	ssize_t n;

	while (c->out_sent < c->out_len) {
		n = send(c->fd, c->out + c->out_sent, c->out_len - c->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			if (!watch(s, EPOLL_CTL_MOD, c->fd, EPOLLOUT, c - s->client))
				return;
		}
		if (n < 0) {
			s->stats.expired++;
			break;
		}
		c->out_sent += n;
	}
	client_close(s, c);
}

static void client_answer(struct bty_server *s, struct client *c, json_t *reply)
{
	char *text = reply ? json_dumps(reply, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;

	json_decref(reply);
	if (!text) {
		s->stats.failed++;
		client_close(s, c);
		return;
	}
	c->out = text;
	c->out_len = strlen(text);
	text[c->out_len++] = '\n'; /* in place of the NUL: nothing reads it as a string any more */
	c->deadline_ns = now_ns() + BTY_REPLY_TIMEOUT_NS;
	client_write(s, c);
}

static void client_fail(struct bty_server *s, struct client *c, const char *why)
{
	s->stats.failed++;
	client_answer(s, c, bty_request_error(why));
}

static void client_run(struct bty_server *s, struct client *c, size_t len)
{
	json_t *reply = bty_request_run(s->agent, c->in, len, &s->stats);

	if (json_is_true(json_object_get(reply, "ok")))
		s->stats.requests++;
	else
		s->stats.failed++;
	client_answer(s, c, reply);
}

static void client_read(struct bty_server *s, struct client *c)
{
	char *nl;
	ssize_t n;

	/* stops at a full buffer, an answer, or when there is no more: at most BTY_REQUEST_MAX bytes per call */
	while (c->fd >= 0 && !c->out) {
		n = recv(c->fd, c->in + c->in_len, BTY_REQUEST_MAX - c->in_len, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 || (!n && !c->in_len)) {
			s->stats.expired++;
			client_close(s, c);
			return;
		}
		nl = memchr(c->in + c->in_len, '\n', n);
		c->in_len += n;
		if (nl)
			client_run(s, c, nl - c->in);
		else if (!n)
			client_fail(s, c, "the request ended before its newline");
		else if (c->in_len == BTY_REQUEST_MAX)
			client_fail(s, c, "the request is larger than 65536 bytes");
	}
}

/* Answers without reading, for those who get no place. */
static void turn_away(struct bty_server *s, int fd, const char *why)
{
	json_t *reply = bty_request_error(why);
	char *text = json_dumps(reply, JSON_COMPACT);

	s->stats.refused++;
	if (text && send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		send(fd, "\n", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	free(text);
	json_decref(reply);
	close(fd);
}

static void client_new(struct bty_server *s, int fd)
{
	struct client *c = s->client;
	struct ucred who;
	socklen_t len = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) || (who.uid && who.uid != geteuid())) {
		turn_away(s, fd, "only root may talk to the agent: run with sudo");
		return;
	}
	while (c < s->client + BTY_SERVER_CLIENTS && c->fd >= 0)
		c++;
	if (c == s->client + BTY_SERVER_CLIENTS) {
		turn_away(s, fd, "too many clients at once; try again");
		return;
	}
	c->in = malloc(BTY_REQUEST_MAX);
	if (!c->in || watch(s, EPOLL_CTL_ADD, fd, EPOLLIN, c - s->client)) {
		free(c->in);
		c->in = NULL;
		turn_away(s, fd, "out of memory");
		return;
	}
	c->fd = fd;
	c->deadline_ns = now_ns() + BTY_REQUEST_TIMEOUT_NS;
	if (!s->nclients++)
		tick_on(s, 1);
	client_read(s, c);
}

static void accept_some(struct bty_server *s)
{
	int i, fd;

	for (i = 0; i < BTY_SERVER_CLIENTS; i++) {
		fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			client_new(s, fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			/* left in, it would wake the loop for nothing until a descriptor is free */
			s->paused = !watch(s, EPOLL_CTL_MOD, s->listen_fd, 0, ID_LISTEN);
			tick_on(s, 1);
		}
		return;
	}
}

static void tick(struct bty_server *s)
{
	uint64_t now = now_ns(), n;
	struct client *c;

	if (read(s->timer_fd, &n, sizeof(n)) < 0)
		return;
	for (c = s->client; c < s->client + BTY_SERVER_CLIENTS; c++) {
		if (c->fd < 0 || now < c->deadline_ns)
			continue;
		/* the agent may have been busy attaching while the request lay there */
		if (!c->out)
			client_read(s, c);
		if (c->fd < 0 || now < c->deadline_ns)
			continue;
		s->stats.expired++;
		client_close(s, c);
	}
	if (s->paused)
		s->paused = !!watch(s, EPOLL_CTL_MOD, s->listen_fd, EPOLLIN, ID_LISTEN);
	if (!s->nclients && !s->paused)
		tick_on(s, 0);
}

static void serve(void *arg)
{
	struct epoll_event ev[BTY_SERVER_CLIENTS + 2];
	struct bty_server *s = arg;
	struct client *c;
	int i, n;

	n = epoll_wait(s->epoll_fd, ev, BTY_SERVER_CLIENTS + 2, 0);
	for (i = 0; i < n; i++) {
		if (ev[i].data.u32 == ID_LISTEN) {
			accept_some(s);
		} else if (ev[i].data.u32 == ID_TIMER) {
			tick(s);
		} else {
			/* may be free, or somebody else's, by now: both functions then find nothing to do */
			c = &s->client[ev[i].data.u32];
			if (c->fd >= 0 && c->out)
				client_write(s, c);
			else if (c->fd >= 0)
				client_read(s, c);
		}
	}
}

static int listen_at(struct bty_server *s, const char *path, struct bty_err *err)
{
	mode_t mask;
	int r;

	s->sa.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(s->sa.sun_path))
		return bty_fail(err, -ENAMETOOLONG, "%s: the path of the control socket is too long", path);
	strcpy(s->sa.sun_path, path);
	s->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listen_fd < 0)
		return bty_fail(err, -errno, "cannot make a socket: %s", strerror(errno));
	unlink(path);
	/* born with its mode: between bind() and a chmod() anybody could connect */
	mask = umask(0177);
	r = bind(s->listen_fd, (struct sockaddr *)&s->sa, sizeof(s->sa)) ? -errno : 0;
	umask(mask);
	s->bound = !r;
	if (!r && listen(s->listen_fd, 2 * BTY_SERVER_CLIENTS))
		r = -errno;
	return r ? bty_fail(err, r, "%s: cannot listen: %s; is the folder writable?", path, strerror(-r)) : 0;
}

int bty_server_open(struct bty_agent *a, const char *path, struct bty_server **out, struct bty_err *err)
{
	struct bty_server *s = calloc(1, sizeof(*s));
	int i, r;

	if (!s)
		return bty_fail(err, -ENOMEM, "out of memory");
	s->agent = a;
	s->listen_fd = s->timer_fd = -1;
	for (i = 0; i < BTY_SERVER_CLIENTS; i++)
		s->client[i].fd = -1;
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll_fd >= 0)
		s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s->timer_fd < 0) {
		r = bty_fail(err, -errno, "cannot watch the control socket: %s", strerror(errno));
		goto fail;
	}
	r = listen_at(s, path, err);
	if (r)
		goto fail;
	r = watch(s, EPOLL_CTL_ADD, s->listen_fd, EPOLLIN, ID_LISTEN);
	if (!r)
		r = watch(s, EPOLL_CTL_ADD, s->timer_fd, EPOLLIN, ID_TIMER);
	if (!r)
		r = bty_agent_watch(a, s->epoll_fd, serve, s);
	if (r) {
		bty_fail(err, r, "cannot watch the control socket: %s", strerror(-r));
		goto fail;
	}
	*out = s;
	return 0;
fail:
	bty_server_close(s);
	return r;
}

/* The last answers, `detach` above all, are on their way when the agent ends. */
static void drain(struct bty_server *s)
{
	uint64_t end = now_ns() + CLOSE_NS, now;
	struct pollfd p;
	struct client *c;

	for (c = s->client; c < s->client + BTY_SERVER_CLIENTS; c++) {
		while (c->fd >= 0 && c->out && (now = now_ns()) < end) {
			p = (struct pollfd){ .fd = c->fd, .events = POLLOUT };
			if (poll(&p, 1, (end - now) / 1000000) > 0)
				client_write(s, c);
		}
		client_close(s, c);
	}
}

void bty_server_close(struct bty_server *s)
{
	if (!s)
		return;
	if (s->epoll_fd >= 0)
		bty_agent_unwatch(s->agent, s->epoll_fd);
	drain(s);
	if (s->bound)
		unlink(s->sa.sun_path);
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	if (s->timer_fd >= 0)
		close(s->timer_fd);
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	free(s);
}

const struct bty_server_stats *bty_server_stats(const struct bty_server *s)
{
	return &s->stats;
}
