// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The agent: pipelines, the control period, signals. One thread; workers are user/run's. Called by the attach verb
 * and the control socket.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "../lib/log.h"
#include "../load/defer.h"
#include "links.h"
#include "paths.h"
#include "pipeline.h"

#define PERIOD_NS      10000000ULL
#define IDLE_PERIOD_NS 250000000ULL /* without traffic */
#define IDLE_AFTER     50	    /* periods without a packet */
#define WATCHES_MAX    64
#define SNAPSHOT_TRIES 5
#define NAPI_POLL      64

struct watch {
	int fd;
	void (*fn)(void *arg);
	void *arg;
};

struct bty_agent {
	struct bty_pipeline *pipelines;
	struct bty_controller_choice controller;
	uint64_t period_ns, started_ns;
	struct bty_deadtime deadtime;
	int idle; /* periods without a packet */
	int epoll_fd, signal_fd, timer_fd, link_fd;
	int lost; /* the last pipeline ended because its interface was removed */
	int stop;
	struct watch watch[WATCHES_MAX];
};

static int detach_matching(struct bty_agent *a, const char *iface, int leave);

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int set_period(struct bty_agent *a, uint64_t ns)
{
	struct itimerspec it = { .it_interval = { ns / 1000000000, ns % 1000000000 } };

	it.it_value = it.it_interval;
	return timerfd_settime(a->timer_fd, 0, &it, NULL) ? -errno : 0;
}

static void note_deadtime(struct bty_deadtime *d, uint64_t ns)
{
	d->periods++;
	d->last_ns = ns;
	d->total_ns += ns;
	if (ns > d->max_ns)
		d->max_ns = ns;
}

static void on_timer(void *arg)
{
	struct bty_agent *a = arg;
	struct bty_pipeline *p;
	uint64_t times, now = clock_ns();
	int active = 0, was_idle = a->idle >= IDLE_AFTER;

	if (read(a->timer_fd, &times, sizeof(times)) < 0)
		return;
	for (p = a->pipelines; p; p = p->next) {
		bty_observe(&p->obs, now);
		active |= p->obs.active;
		bty_steer(&p->steer, &p->obs, now);
	}
	note_deadtime(&a->deadtime, clock_ns() - now);
	a->idle = active ? 0 : a->idle + 1;
	if (was_idle && active)
		set_period(a, a->period_ns);
	else if (!was_idle && a->idle == IDLE_AFTER)
		set_period(a, IDLE_PERIOD_NS > a->period_ns ? IDLE_PERIOD_NS : a->period_ns);
}

static void on_signal(void *arg)
{
	struct bty_agent *a = arg;
	struct signalfd_siginfo si;

	if (read(a->signal_fd, &si, sizeof(si)) == sizeof(si))
		a->stop = 1;
}

/* A receiving interface that is gone takes its pipeline along; one that was renamed is known by its new name. */
static void on_link(uint32_t ifindex, const char *name, int removed, void *arg)
{
	struct bty_agent *a = arg;
	struct bty_pipeline *p;
	struct bty_netdev *d;
	int i;

	for (p = a->pipelines; p; p = p->next)
		for (i = 0; i < p->graph->ndev; i++) {
			d = &p->dp->dev[i];
			if (d->ifindex != ifindex)
				continue;
			if (!removed) {
				snprintf(d->name, sizeof(d->name), "%.15s", name);
				continue;
			}
			if (!p->graph->dev[i].receives) {
				d->ifindex = 0;
				bty_warn("%s: the interface was removed; what is sent to it is dropped as tx_full",
					 d->name);
				continue;
			}
			bty_warn("%s: the interface was removed; its pipeline %s ends", d->name, p->graph->file);
			detach_matching(a, d->name, 0);
			a->lost = !a->pipelines;
			return;
		}
}

/* News was lost: looks for itself. What a pipeline ends with changes the list, so it begins anew then. */
static void look_at_links(struct bty_agent *a)
{
	struct bty_pipeline *p = a->pipelines;
	char name[16] = "";
	uint32_t ifindex;
	int i, n;

	while (p) {
		n = bty_agent_attached(a);
		for (i = 0; n == bty_agent_attached(a) && i < p->graph->ndev; i++) {
			ifindex = p->dp->dev[i].ifindex;
			if (ifindex)
				on_link(ifindex, name, bty_netdev_name(ifindex, name) != 0, a);
		}
		p = n == bty_agent_attached(a) ? p->next : a->pipelines;
	}
}

static void on_links(void *arg)
{
	struct bty_agent *a = arg;

	if (bty_links_read(a->link_fd, on_link, a))
		look_at_links(a);
}

int bty_agent_watch(struct bty_agent *a, int fd, void (*fn)(void *arg), void *arg)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int i;

	for (i = 0; i < WATCHES_MAX && a->watch[i].fn; i++)
		;
	if (i == WATCHES_MAX)
		return -ENOSPC;
	ev.data.u32 = i;
	if (epoll_ctl(a->epoll_fd, EPOLL_CTL_ADD, fd, &ev))
		return -errno;
	a->watch[i].fd = fd;
	a->watch[i].fn = fn;
	a->watch[i].arg = arg;
	return 0;
}

int bty_agent_unwatch(struct bty_agent *a, int fd)
{
	int i;

	for (i = 0; i < WATCHES_MAX; i++)
		if (a->watch[i].fn && a->watch[i].fd == fd) {
			epoll_ctl(a->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
			a->watch[i].fn = NULL;
			return 0;
		}
	return -ENOENT;
}

/*
 * Signals are taken from here on, for good: one that comes while an attach is under way is seen when it has finished, and
 * one that comes while the agent ends changes nothing about its clean end.
 */
static int open_events(struct bty_agent *a)
{
	sigset_t set;
	int ret;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	a->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	a->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	a->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (a->signal_fd < 0 || a->timer_fd < 0 || a->epoll_fd < 0)
		return -errno;
	a->link_fd = bty_links_open();
	if (a->link_fd < 0)
		return a->link_fd;
	ret = bty_agent_watch(a, a->signal_fd, on_signal, a);
	if (!ret)
		ret = bty_agent_watch(a, a->link_fd, on_links, a);
	if (!ret)
		ret = bty_agent_watch(a, a->timer_fd, on_timer, a);
	if (!ret)
		ret = set_period(a, a->period_ns);
	return ret;
}

/* What an agent that was killed left set. */
static void undo_leftovers(void)
{
	char prefix[PATH_MAX];

	if (!bty_run_path("", prefix, sizeof(prefix)))
		bty_defer_undo(prefix, 0);
}

int bty_agent_new(const struct bty_agent_opts *opts, struct bty_agent **out, struct bty_err *err)
{
	struct bty_agent *a = calloc(1, sizeof(*a));
	int ret;

	if (!a)
		return bty_fail(err, -ENOMEM, "out of memory");
	a->signal_fd = a->timer_fd = a->epoll_fd = a->link_fd = -1;
	a->period_ns = opts->period_ns ? opts->period_ns : PERIOD_NS;
	a->started_ns = clock_ns();
	ret = bty_controller_find(opts->controller ? opts->controller : "slo", &a->controller, err);
	if (ret) {
		free(a);
		return ret;
	}
	ret = open_events(a);
	if (ret) {
		bty_fail(err, ret, "cannot start the agent: %s", strerror(-ret));
		bty_agent_free(a);
		return ret;
	}
	undo_leftovers();
	*out = a;
	return 0;
}

void bty_agent_free(struct bty_agent *a)
{
	if (!a)
		return;
	detach_matching(a, NULL, 1);
	if (a->signal_fd >= 0)
		close(a->signal_fd);
	if (a->timer_fd >= 0)
		close(a->timer_fd);
	if (a->link_fd >= 0)
		close(a->link_fd);
	if (a->epoll_fd >= 0)
		close(a->epoll_fd);
	free(a);
}

int bty_agent_attach(struct bty_agent *a, const struct bty_attach_opts *opts, struct bty_err *err)
{
	struct bty_pipeline *p;
	int ret;

	ret = bty_pipeline_open(opts, &a->controller, a->period_ns, a->pipelines, &p, err);
	if (ret)
		return ret;
	p->next = a->pipelines;
	a->pipelines = p;
	a->idle = 0;
	set_period(a, a->period_ns);
	return 0;
}

static int detach_matching(struct bty_agent *a, const char *iface, int leave)
{
	struct bty_pipeline **at = &a->pipelines, *p;
	int found = 0;

	while (*at) {
		p = *at;
		if (iface && !bty_pipeline_serves(p, iface)) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		bty_pipeline_close(p, leave);
		found++;
	}
	return found;
}

int bty_agent_detach(struct bty_agent *a, const char *iface, struct bty_err *err)
{
	if (!detach_matching(a, iface, 0) && iface)
		return bty_fail(err, -ENODEV, "%s: not attached; batchy-agent status lists what is", iface);
	return 0;
}

int bty_agent_attached(const struct bty_agent *a)
{
	const struct bty_pipeline *p;
	int n = 0;

	for (p = a->pipelines; p; p = p->next)
		n++;
	return n;
}

static int snapshot(struct bty_agent *a, struct bty_snapshot *s)
{
	struct bty_pipeline *p;
	int ret = 0, first;

	memset(s, 0, sizeof(*s));
	s->uptime_ns = clock_ns() - a->started_ns;
	snprintf(s->controller, sizeof(s->controller), "%s", a->controller.name);
	for (p = a->pipelines; p && !ret; p = p->next) {
		first = s->nflows;
		ret = bty_observe_snapshot(&p->obs, s);
		if (!ret)
			bty_steer_verdicts(&p->steer, &s->flow[first], s->nflows - first);
	}
	if (ret)
		bty_snapshot_free(s);
	return ret;
}

static uint64_t received(const struct bty_agent *a)
{
	const struct bty_pipeline *p;
	uint64_t n = 0;

	for (p = a->pipelines; p; p = p->next)
		n += bty_observe_received(&p->obs);
	return n;
}

/*
 * Counters are read one after the other while packets pass. When more passed meanwhile than one NAPI poll brings, as when
 * this thread lost its CPU, the sums do not fit each other: once more then.
 */
int bty_agent_snapshot(struct bty_agent *a, struct bty_snapshot *s)
{
	uint64_t before;
	int i, ret;

	for (i = 1;; i++) {
		before = received(a);
		ret = snapshot(a, s);
		if (ret || i == SNAPSHOT_TRIES || received(a) - before <= NAPI_POLL)
			return ret;
		bty_snapshot_free(s);
	}
}

int bty_agent_controller_set(struct bty_agent *a, const char *name, struct bty_err *err)
{
	struct bty_controller_choice c;
	struct bty_pipeline *p;
	int ret = bty_controller_find(name, &c, err);

	for (p = a->pipelines; !ret && p; p = p->next)
		ret = bty_steer_prepare(&p->steer, &c, &p->obs, err);
	for (p = a->pipelines; p; p = p->next) {
		bty_steer_switch(&p->steer, !ret);
		if (!ret)
			bty_steer(&p->steer, &p->obs, clock_ns());
	}
	if (!ret)
		a->controller = c;
	return ret;
}

void bty_agent_deadtime(const struct bty_agent *a, struct bty_deadtime *d)
{
	const struct bty_pipeline *p;

	*d = a->deadtime;
	d->period_ns = a->period_ns;
	for (p = a->pipelines; p; p = p->next) {
		d->clamped += bty_control_clamped(p->steer.control);
		d->stalls += bty_watchdog_stalls(p->steer.watchdog);
	}
}

struct bty_pipeline *bty_agent_pipelines(const struct bty_agent *a)
{
	return a->pipelines;
}

const char *bty_agent_controller(const struct bty_agent *a)
{
	return a->controller.name;
}

int bty_agent_run(struct bty_agent *a)
{
	struct epoll_event ev[16];
	int i, n;

	while (!a->stop && a->pipelines) {
		n = epoll_wait(a->epoll_fd, ev, 16, -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		for (i = 0; i < n; i++)
			if (a->watch[ev[i].data.u32].fn)
				a->watch[ev[i].data.u32].fn(a->watch[ev[i].data.u32].arg);
	}
	return a->lost ? -ENODEV : 0;
}

void bty_agent_stop(struct bty_agent *a)
{
	a->stop = 1;
}
