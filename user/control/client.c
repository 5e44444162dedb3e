// SPDX-License-Identifier: GPL-2.0-or-later
/* One request, one reply, one connection; called by the command line. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"
#include "paths.h"

#define NO_AGENT "no agent runs in this network namespace; start one with `batchy-agent attach IFACE`"

static int connect_to(const char *path, int timeout_ms, struct bty_err *err)
{
	struct timeval tv = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, r;

	if (strlen(path) >= sizeof(sa.sun_path))
		return bty_fail(err, -ENAMETOOLONG, "%s: the path of the control socket is too long", path);
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return bty_fail(err, -errno, "cannot make a socket: %s", strerror(errno));
	/* on unix sockets SO_SNDTIMEO bounds connect() too */
	if (!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) &&
	    !connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		return fd;
	r = -errno;
	close(fd);
	if (r == -ENOENT || r == -ECONNREFUSED)
		return bty_fail(err, -ENOENT, NO_AGENT);
	if (r == -EACCES || r == -EPERM)
		return bty_fail(err, r, "%s: %s; only root may talk to the agent: run with sudo", path, strerror(-r));
	if (r == -EAGAIN)
		return bty_fail(err, -ETIMEDOUT, "%s: the agent does not accept connections; is it stopped?", path);
	return bty_fail(err, r, "%s: %s", path, strerror(-r));
}

static int send_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(fd, text, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		text += n;
		len -= n;
	}
	return 0;
}

static int receive_all(int fd, char **text, size_t *len)
{
	size_t size = 0;
	char *more;
	ssize_t n;

	*text = NULL;
	*len = 0;
	for (;;) {
		if (*len == size) {
			size = size ? size * 2 : 16384;
			more = realloc(*text, size);
			if (!more)
				return -ENOMEM;
			*text = more;
		}
		n = recv(fd, *text + *len, size - *len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ECONNRESET && *len)
			return 0; /* it closed with part of our request unread, after its answer */
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (!n)
			return *len ? 0 : -ECONNRESET;
		*len += n;
	}
}

static int decode(const char *text, size_t len, json_t **reply, struct bty_err *err)
{
	json_error_t je;
	json_t *j;

	j = json_loadb(text, len, 0, &je);
	if (!j || !json_is_object(j)) {
		json_decref(j);
		return bty_fail(err, -ECONNRESET, "the agent ended in the middle of its answer");
	}
	if (!json_is_true(json_object_get(j, "ok"))) {
		bty_fail(err, -EREMOTEIO, "%s",
			 json_string_value(json_object_get(j, "error")) ?: "refused without a reason");
		json_decref(j);
		return -EREMOTEIO;
	}
	json_object_del(j, "ok");
	*reply = j;
	return 0;
}

int bty_client_call(const char *path, const json_t *request, int timeout_ms, json_t **reply, struct bty_err *err)
{
	char *line = NULL, *text = NULL;
	int fd, r;
	size_t len = 0;

	fd = connect_to(path, timeout_ms, err);
	if (fd < 0)
		return fd;
	line = json_dumps(request, JSON_COMPACT);
	r = line ? send_all(fd, line, strlen(line)) : -ENOMEM;
	if (!r)
		r = send_all(fd, "\n", 1);
	/* it may have refused before it read everything: its answer says more than our EPIPE */
	if (!r || r == -EPIPE || r == -ECONNRESET)
		r = receive_all(fd, &text, &len);
	if (!r)
		r = decode(text, len, reply, err);
	else if (r == -ETIMEDOUT)
		bty_fail(err, r, "the agent did not answer within %d s; see `batchy-agent status`", timeout_ms / 1000);
	else if (r == -ECONNRESET)
		bty_fail(err, r, "the agent ended before it answered");
	else
		bty_fail(err, r, "%s: %s", path, strerror(-r));
	free(text);
	free(line);
	close(fd);
	return r;
}

int bty_client_alive(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, r;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -1;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	r = connect(fd, (struct sockaddr *)&sa, sizeof(sa)) ? errno : 0;
	close(fd);
	if (!r || r == EAGAIN)
		return 1;
	return r == ECONNREFUSED || r == ENOENT ? 0 : -1;
}

int bty_client_agent_runs(void)
{
	char path[PATH_MAX];

	return !bty_run_path(".sock", path, sizeof(path)) && bty_client_alive(path) == 1;
}
