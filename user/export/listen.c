// SPDX-License-Identifier: GPL-2.0-or-later
/* Listening sockets from addresses as users write them; called by the metrics endpoint. */
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen.h"

#define BACKLOG 16

/* A dead agent's socket is in the way of the next one; a live one, or any other file, is not ours to remove. */
static int clear_stale(const struct sockaddr_un *sa)
{
	struct stat st;
	int fd, r;

	if (lstat(sa->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) ? -errno : 0;
	close(fd);
	if (r != -ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(sa->sun_path) ? -errno : 0;
}

static int check_unix(const char *path, struct bty_err *err)
{
	const size_t size = sizeof(((struct sockaddr_un *)0)->sun_path);

	if (*path && strlen(path) < size)
		return 0;
	return bty_fail(err, -EINVAL, "--metrics unix:%s: expected a path of at most %zu characters", path, size - 1);
}

static int listen_unix(const char *path, char *unlink_path, struct bty_err *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, r;

	if (check_unix(path, err))
		return -EINVAL;
	strcpy(sa.sun_path, path);
	r = clear_stale(&sa);
	if (r)
		return bty_fail(err, r, "--metrics unix:%s: %s; choose another path", path, strerror(-r));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return bty_fail(err, -errno, "--metrics unix:%s: %s", path, strerror(errno));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) || listen(fd, BACKLOG)) {
		r = -errno;
		close(fd);
		return bty_fail(err, r, "--metrics unix:%s: %s", path, strerror(-r));
	}
	strcpy(unlink_path, path);
	return fd;
}

/* "host:port" or "[v6]:port" into two strings. */
static int split(const char *address, char *host, size_t size, const char **port)
{
	const char *colon = strrchr(address, ':'), *from = address, *to = colon;
	char *end;

	/* getaddrinfo() takes 70000 for 4464 */
	if (!colon || !isdigit((unsigned char)colon[1]) || strlen(colon + 1) > 5 ||
	    strtoul(colon + 1, &end, 10) > 65535 || *end)
		return -EINVAL;
	if (*from == '[') {
		if (to[-1] != ']')
			return -EINVAL;
		from++;
		to--;
	} else if (memchr(from, ':', to - from)) {
		return -EINVAL;
	}
	if (to < from || (size_t)(to - from) >= size)
		return -EINVAL;
	snprintf(host, size, "%.*s", (int)(to - from), from);
	*port = colon + 1;
	return 0;
}

static int listen_at(const struct addrinfo *ai)
{
	int one = 1, fd, r;

	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) && !bind(fd, ai->ai_addr, ai->ai_addrlen) &&
	    !listen(fd, BACKLOG))
		return fd;
	r = -errno;
	close(fd);
	return r;
}

static int resolve(const char *address, struct addrinfo **list, struct bty_err *err)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
				  .ai_socktype = SOCK_STREAM };
	const char *port;
	char host[64];

	if (split(address, host, sizeof(host), &port) || getaddrinfo(*host ? host : NULL, port, &hints, list))
		return bty_fail(err, -EINVAL, "--metrics %s: expected ADDR:PORT, [IPV6]:PORT or unix:PATH", address);
	return 0;
}

int bty_listen_check(const char *address, struct bty_err *err)
{
	struct addrinfo *list;

	if (!strncmp(address, "unix:", 5))
		return check_unix(address + 5, err);
	if (resolve(address, &list, err))
		return -EINVAL;
	freeaddrinfo(list);
	return 0;
}

int bty_listen(const char *address, char *unlink_path, struct bty_err *err)
{
	struct addrinfo *list, *ai;
	int r;

	*unlink_path = 0;
	if (!strncmp(address, "unix:", 5))
		return listen_unix(address + 5, unlink_path, err);
	r = resolve(address, &list, err);
	if (r)
		return r;
	for (ai = list, r = -EADDRNOTAVAIL; ai && r < 0; ai = ai->ai_next)
		r = listen_at(ai);
	freeaddrinfo(list);
	return r >= 0 ? r : bty_fail(err, r, "--metrics %s: %s; choose another address", address, strerror(-r));
}
