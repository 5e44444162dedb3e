/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An agent without a datapath, for tests of what talks to it: functions of user/control/agent.h that remember what they
 * were asked and answer as `fake` says. Included by one .c file per test program.
 */
#ifndef TESTS_UNIT_FAKE_AGENT_H
#define TESTS_UNIT_FAKE_AGENT_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "user/control/agent.h"

struct watch {
	int fd;
	void (*fn)(void *arg);
	void *arg;
};

struct bty_agent {
	int epoll_fd;
	struct watch watch[8];
	int nwatch;
};

static struct {
	int fail; /* -errno that attach, detach and the setters return, with the message "fake: no" */
	char called[64];
	char name[64];
	uint32_t trigger;
	uint64_t deadline_ns, slo_ns;
	int has_trigger, has_deadline, has_server, server;
	struct bty_attach_opts attach; /* strings are not kept */
	char pipeline[64], set_name[32], set_value[32], cpus[32];
	struct bty_snapshot *snapshot; /* what to show; NULL: -ENOMEM */
	char controller[16];
} fake = { .controller = "slo" };

static int called(const char *what, const char *name, struct bty_err *err)
{
	snprintf(fake.called, sizeof(fake.called), "%s", what);
	snprintf(fake.name, sizeof(fake.name), "%s", name ? name : "(null)");
	return fake.fail ? bty_fail(err, fake.fail, "fake: no") : 0;
}

int bty_agent_attach(struct bty_agent *a, const struct bty_attach_opts *o, struct bty_err *err)
{
	fake.attach = *o;
	snprintf(fake.pipeline, sizeof(fake.pipeline), "%s", o->pipeline ? o->pipeline : "(null)");
	snprintf(fake.cpus, sizeof(fake.cpus), "%s", o->cpus ? o->cpus : "(null)");
	if (o->nsets) {
		snprintf(fake.set_name, sizeof(fake.set_name), "%s", o->sets[0].name);
		snprintf(fake.set_value, sizeof(fake.set_value), "%s", o->sets[0].value);
	}
	return called("attach", o->iface, err);
}

int bty_agent_detach(struct bty_agent *a, const char *iface, struct bty_err *err)
{
	return called("detach", iface, err);
}

int bty_agent_queue_set(struct bty_agent *a, const char *name, const struct bty_queue_values *v, struct bty_err *err)
{
	fake.has_trigger = !!v->trigger;
	fake.has_deadline = !!v->deadline_ns;
	fake.has_server = !!v->server;
	fake.trigger = v->trigger ? *v->trigger : 0;
	fake.deadline_ns = v->deadline_ns ? *v->deadline_ns : 0;
	fake.server = v->server ? *v->server : 0;
	return called("queue set", name, err);
}

int bty_agent_flow_set(struct bty_agent *a, const char *name, uint64_t slo_ns, struct bty_err *err)
{
	fake.slo_ns = slo_ns;
	return called("flow set", name, err);
}

int bty_agent_controller_set(struct bty_agent *a, const char *name, struct bty_err *err)
{
	return called("controller set", name, err);
}

struct bty_pipeline *bty_agent_pipelines(const struct bty_agent *a)
{
	return NULL;
}

const char *bty_agent_controller(const struct bty_agent *a)
{
	return fake.controller;
}

void bty_agent_deadtime(const struct bty_agent *a, struct bty_deadtime *d)
{
	*d = (struct bty_deadtime){
		.period_ns = 10000000, .periods = 4, .last_ns = 5000, .total_ns = 40000, .max_ns = 20000
	};
}

int bty_agent_snapshot(struct bty_agent *a, struct bty_snapshot *s)
{
	if (!fake.snapshot)
		return -ENOMEM;
	*s = *fake.snapshot;
	return 0;
}

void bty_snapshot_free(struct bty_snapshot *s)
{
	memset(s, 0, sizeof(*s));
}

int bty_agent_watch(struct bty_agent *a, int fd, void (*fn)(void *arg), void *arg)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	if (a->nwatch == 8)
		return -ENOSPC;
	a->watch[a->nwatch++] = (struct watch){ fd, fn, arg };
	return epoll_ctl(a->epoll_fd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

int bty_agent_unwatch(struct bty_agent *a, int fd)
{
	int i;

	for (i = 0; i < a->nwatch; i++) {
		if (a->watch[i].fd != fd)
			continue;
		a->watch[i] = a->watch[--a->nwatch];
		return epoll_ctl(a->epoll_fd, EPOLL_CTL_DEL, fd, NULL) ? -errno : 0;
	}
	return -ENOENT;
}

/* One turn of the main loop; returns how many descriptors were served. */
static inline int fake_turn(struct bty_agent *a, int timeout_ms)
{
	struct epoll_event ev[8];
	int n = epoll_wait(a->epoll_fd, ev, 8, timeout_ms), i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < a->nwatch; k++)
			if (a->watch[k].fd == ev[i].data.fd) {
				a->watch[k].fn(a->watch[k].arg);
				break;
			}
	return n;
}

static inline struct bty_agent *fake_new(void)
{
	struct bty_agent *a = calloc(1, sizeof(*a));

	a->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return a;
}

int bty_agent_new(const struct bty_agent_opts *opts, struct bty_agent **out, struct bty_err *err)
{
	*out = fake_new();
	return 0;
}

void bty_agent_free(struct bty_agent *a)
{
	close(a->epoll_fd);
	free(a);
}

/* Until detach was called. */
int bty_agent_run(struct bty_agent *a)
{
	while (strcmp(fake.called, "detach"))
		fake_turn(a, -1);
	return 0;
}

#endif
