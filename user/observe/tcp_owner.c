// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which process holds which socket, from the links in /proc/PID/fd; called by `tcp` and `top` once per dump. A socket
 * shared by several goes to the lowest pid, which is the parent more often than not.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcp_diag.h"

struct owner {
	uint32_t inode;
	int pid;
	char comm[16];
};

struct bty_tcp_owners {
	struct owner *o;
	size_t n, size;
};

static int add(struct bty_tcp_owners *l, uint32_t inode, int pid, const char *comm)
{
	struct owner *more;

	if (l->n == l->size) {
		more = reallocarray(l->o, l->size ? l->size * 2 : 256, sizeof(*l->o));
		if (!more)
			return -1;
		l->o = more;
		l->size = l->size ? l->size * 2 : 256;
	}
	l->o[l->n].inode = inode;
	l->o[l->n].pid = pid;
	memcpy(l->o[l->n++].comm, comm, sizeof(l->o->comm));
	return 0;
}

static void read_comm(const char *pid, char comm[16])
{
	char path[300];
	ssize_t n;
	int fd;

	memset(comm, 0, 16);
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, comm, 15);
	close(fd);
	comm[n > 0 ? n : 0] = 0;
	comm[strcspn(comm, "\n")] = 0;
}

static int scan_process(struct bty_tcp_owners *l, const char *pid)
{
	char path[300], link[64], comm[16];
	struct dirent *e;
	unsigned int inode;
	ssize_t n;
	DIR *d;
	int fd, r = 0;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0; /* gone, or not ours to see */
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return 0;
	}
	comm[0] = 0;
	while (!r && (e = readdir(d))) {
		n = readlinkat(fd, e->d_name, link, sizeof(link) - 1);
		if (n <= 0)
			continue;
		link[n] = 0;
		if (sscanf(link, "socket:[%u]", &inode) != 1)
			continue;
		if (!comm[0])
			read_comm(pid, comm);
		r = add(l, inode, atoi(pid), comm);
	}
	closedir(d);
	return r;
}

static int compare(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->pid - y->pid;
}

struct bty_tcp_owners *bty_tcp_owners_new(void)
{
	struct bty_tcp_owners *l = calloc(1, sizeof(*l));
	struct dirent *e;
	DIR *proc;
	int r = 0;

	if (!l)
		return NULL;
	proc = opendir("/proc");
	if (!proc)
		return l;
	while (!r && (e = readdir(proc)))
		if (isdigit((unsigned char)e->d_name[0]))
			r = scan_process(l, e->d_name);
	closedir(proc);
	if (r) {
		bty_tcp_owners_free(l);
		return NULL;
	}
	if (l->n)
		qsort(l->o, l->n, sizeof(*l->o), compare);
	return l;
}

void bty_tcp_owners_free(struct bty_tcp_owners *o)
{
	if (o)
		free(o->o);
	free(o);
}

void bty_tcp_owner(const struct bty_tcp_owners *l, struct bty_tcp_conn *c)
{
	size_t lo = 0, hi = l->n, mid;

	if (!c->inode)
		return;
	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (l->o[mid].inode < c->inode)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == l->n || l->o[lo].inode != c->inode)
		return;
	c->pid = l->o[lo].pid;
	memcpy(c->comm, l->o[lo].comm, sizeof(c->comm));
}
