// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes the workers of a pipeline, starts and stops their threads; called by user/control. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../lib/log.h"
#include "host.h"
#include "internal.h"
#include "wfq.h"

static int on_wakeup(void *ctx, void *data, size_t size)
{
	return 0; /* the wake-up itself is all there is */
}

/* One ring per worker, entered in the array of rings that XDP wakes through. */
static int open_wakeups(struct bty_wk *w, struct bty_err *err)
{
	struct epoll_event ev = { .events = EPOLLIN };
	__u32 key = w->id;

	w->ring_fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "bty_wakeup", 0, 0, sysconf(_SC_PAGESIZE), NULL);
	if (w->ring_fd < 0)
		return bty_fail(err, w->ring_fd, "worker %d: no ring buffer: %s", w->id, strerror(-w->ring_fd));
	if (bpf_map_update_elem(w->dp->wakeups_fd, &key, &w->ring_fd, BPF_ANY))
		return bty_fail(err, -errno, "worker %d: cannot enter its ring buffer: %s", w->id, strerror(errno));
	w->wakeups = ring_buffer__new(w->ring_fd, on_wakeup, NULL, NULL);
	if (!w->wakeups || epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->ring_fd, &ev))
		return bty_fail(err, -errno, "worker %d: %s", w->id, strerror(errno));
	return 0;
}

static int open_events(struct bty_wk *w, struct bty_err *err)
{
	struct epoll_event ev = { .events = EPOLLIN };

	w->kick_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w->kick_fd < 0 || w->epoll_fd < 0 || epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->kick_fd, &ev))
		return bty_fail(err, -errno, "worker %d: epoll: %s", w->id, strerror(errno));
	return w->dp->plain || w->extra ? 0 : open_wakeups(w, err);
}

static int open_meter(struct bty_wk *w)
{
	w->meter = calloc(1, sizeof(*w->meter) + w->nnodes * sizeof(w->meter->node[0]));
	return w->meter ? 0 : -ENOMEM;
}

/* On the same CPU it costs the same. */
static void open_spin(const struct bty_run *r, struct bty_wk *w, const struct bty_run_opts *opts)
{
	int i;

	w->spin_max_ns = opts->busy_poll ? 0 : opts->spin_max_ns;
	if (!w->spin_max_ns)
		return;
	for (i = 0; i < w->id && r->wk[i].cpu != w->cpu; i++)
		;
	if (opts->wakeup_cost_ns)
		w->wakeup_ns = opts->wakeup_cost_ns;
	else
		w->wakeup_ns = i < w->id ? r->wk[i].wakeup_ns : bty_wakeup_measure(w->cpu);
	w->spin_limit_ns = w->wakeup_ns < w->spin_max_ns ? w->wakeup_ns : w->spin_max_ns;
}

static int open_worker(struct bty_run *r, int i, const struct bty_run_opts *opts, struct bty_err *err)
{
	struct bty_wk *w = &r->wk[i];
	int ret;

	w->dp = r->dp;
	w->id = i;
	w->extra = i >= r->nworkers;
	w->ctl = w->extra ? &w->own_ctl : &r->dp->workers[i];
	w->vec = opts->vec_pkts ? opts->vec_pkts : BTY_VEC_DEFAULT;
	w->busy_poll = opts->busy_poll;
	w->host_fd = r->host_fd;
	w->cpu = r->cpu[i % r->ncpus];
	open_spin(r, w, opts);
	ret = bty_worker_make(w);
	if (!ret && opts->meter && !w->extra)
		ret = open_meter(w);
	if (ret)
		return bty_fail(err, ret, "worker %d: out of memory", i);
	ret = open_events(w, err);
	if (!ret && !w->extra)
		ret = bty_worker_sockets_open(w, opts, err);
	if (!ret && opts->schedule == BTY_WFQ && bty_wfq_open(w))
		ret = bty_fail(err, -ENOMEM, "worker %d: out of memory", i);
	return ret ? ret : bty_own_open(w, &r->wk[0], err);
}

/* Returns 1 when it ran. */
static int stop_worker(struct bty_wk *w)
{
	uint64_t one = 1;

	if (!w->started)
		return 0;
	__atomic_store_n(&w->stop, 1, __ATOMIC_RELEASE);
	if (write(w->kick_fd, &one, sizeof(one)) < 0)
		w->stop = 1; /* full: it is awake already */
	pthread_join(w->thread, NULL);
	w->started = 0;
	return 1;
}

static void free_worker(struct bty_wk *w)
{
	bty_own_close(w);
	bty_wfq_close(w);
	bty_worker_sockets_close(w);
	free(w->meter);
	ring_buffer__free(w->wakeups);
	if (w->ring_fd >= 0)
		close(w->ring_fd);
	if (w->kick_fd >= 0)
		close(w->kick_fd);
	if (w->epoll_fd >= 0)
		close(w->epoll_fd);
	bty_worker_unmake(w);
}

/* A graph that never leaves XDP needs no worker. */
static int needs_workers(const struct bty_graph *g)
{
	int i;

	for (i = 0; i < g->nel; i++)
		if (g->el[i].place & BTY_PLACE_WORKER)
			return 1;
	return 0;
}

int bty_run_open(const struct bty_datapath *dp, const struct bty_run_opts *opts, struct bty_run **out,
		 struct bty_err *err)
{
	struct bty_run *r = calloc(1, sizeof(*r));
	int i, ret = 0;

	if (!r)
		return bty_fail(err, -ENOMEM, "out of memory");
	r->dp = dp;
	r->schedule = opts->schedule;
	for (i = 0; i < BTY_MAX_DEVICES; i++)
		r->host_fd[i] = -1;
	for (i = 0; i < BTY_MAX_WORKERS + BTY_MAX_EXTRA; i++)
		r->wk[i].ring_fd = r->wk[i].kick_fd = r->wk[i].epoll_fd = r->wk[i].umem.fd = -1;
	if (opts->vec_pkts > BTY_VEC_MAX) {
		ret = bty_fail(err, -EINVAL, "--vector %u: at most %d packets", opts->vec_pkts, BTY_VEC_MAX);
		goto fail;
	}
	if (opts->extra > BTY_MAX_EXTRA) {
		ret = bty_fail(err, -EINVAL, "--extra-workers %u: at most %d", opts->extra, BTY_MAX_EXTRA);
		goto fail;
	}
	if (opts->extra && opts->schedule == BTY_WFQ) {
		ret = bty_fail(err, -EINVAL,
			       "--extra-workers: not with --schedule wfq, where weights share one worker; use rtc");
		goto fail;
	}
	if (needs_workers(dp->graph)) {
		ret = bty_cpus_parse(opts->cpus, r->cpu, &r->ncpus, err);
		if (!ret && !dp->plain)
			ret = bty_host_open(dp, opts->generic, r->host_fd, err);
		r->nworkers = ret ? 0 : dp->nworkers;
		r->nextra = ret ? 0 : (int)opts->extra;
	}
	for (i = 0; !ret && i < r->nworkers + r->nextra; i++)
		ret = open_worker(r, i, opts, err);
	if (!ret && bty_hand_open(r))
		ret = bty_fail(err, -ENOMEM, "out of memory");
	if (ret)
		goto fail;
	*out = r;
	return 0;
fail:
	bty_run_stop(r);
	return ret;
}

/* From here and not by the thread itself, so that both hold when this returns. */
static void name_and_pin(const struct bty_wk *w)
{
	char name[16]; /* of a thread: no longer than that */
	cpu_set_t set;

	snprintf(name, sizeof(name), "bty-worker-%u", (unsigned)w->id % 1000);
	pthread_setname_np(w->thread, name);
	CPU_ZERO(&set);
	CPU_SET(w->cpu, &set);
	if (pthread_setaffinity_np(w->thread, sizeof(set), &set))
		fprintf(stderr, "batchy-agent: worker %d: cannot run on CPU %d alone\n", w->id, w->cpu);
}

int bty_run_launch(struct bty_run *r, struct bty_err *err)
{
	int i, ret;

	for (i = 0; i < r->nworkers + r->nextra; i++) {
		ret = pthread_create(&r->wk[i].thread, NULL, bty_worker_main, &r->wk[i]);
		if (ret)
			return bty_fail(err, -ret, "worker %d: no thread: %s", i, strerror(ret));
		r->wk[i].started = 1;
		name_and_pin(&r->wk[i]);
	}
	return 0;
}

int bty_run_start(const struct bty_datapath *dp, const struct bty_run_opts *opts, struct bty_run **out,
		  struct bty_err *err)
{
	struct bty_run *r;
	int ret = bty_run_open(dp, opts, &r, err);

	if (ret)
		return ret;
	ret = bty_run_launch(r, err);
	if (ret) {
		bty_run_stop(r);
		return ret;
	}
	*out = r;
	return 0;
}

void bty_run_halt(struct bty_run *r)
{
	int ran[BTY_MAX_WORKERS] = { 0 }, i;

	/* homes first: extra workers finish meanwhile what they were handed */
	for (i = 0; i < r->nworkers; i++)
		ran[i] = stop_worker(&r->wk[i]);
	for (; i < r->nworkers + r->nextra; i++)
		stop_worker(&r->wk[i]);
	for (i = 0; i < r->nworkers; i++) {
		if (!ran[i])
			continue;
		bty_hand_settle(&r->wk[i]);
		bty_worker_abandon(&r->wk[i]);
	}
}

static void report_abandoned(const struct bty_run *r)
{
	uint64_t left = 0;
	int i, n;

	for (i = 0; i < r->nworkers; i++)
		for (n = 0; r->wk[i].node && n < r->wk[i].nnodes; n++)
			left += r->wk[i].node[n].stats.drops[BTY_DROP_SHUTDOWN];
	if (left)
		bty_warn("%s: %llu packets were still queued when it stopped, and are dropped", r->dp->graph->file,
			 (unsigned long long)left);
}

void bty_run_stop(struct bty_run *r)
{
	int i;

	if (!r)
		return;
	bty_run_halt(r);
	report_abandoned(r);
	bty_hand_close(r);
	for (i = 0; i < r->nworkers + r->nextra; i++)
		free_worker(&r->wk[i]);
	bty_host_close(r->host_fd);
	free(r);
}

static const char *const schedules[] = { [BTY_RTC] = "rtc", [BTY_WFQ] = "wfq" };

const char *bty_schedule_name(enum bty_schedule s)
{
	return schedules[s];
}

int bty_schedule_parse(const char *name, enum bty_schedule *s)
{
	if (strcmp(name, schedules[BTY_RTC]) && strcmp(name, schedules[BTY_WFQ]))
		return -EINVAL;
	*s = strcmp(name, schedules[BTY_WFQ]) ? BTY_RTC : BTY_WFQ;
	return 0;
}

enum bty_schedule bty_run_schedule(const struct bty_run *r)
{
	return r->schedule;
}

void bty_run_sources(struct bty_run *r)
{
	int i;

	if (!r->nworkers)
		return;
	for (i = 0; i < r->nworkers; i++)
		bty_own_start(&r->wk[i]);
	__atomic_store_n(&r->wk[0].sources, 1, __ATOMIC_RELEASE);
	bty_run_kick(r);
}

void bty_run_kick(struct bty_run *r)
{
	uint64_t one = 1;
	int i;

	for (i = 0; i < r->nworkers + r->nextra; i++)
		if (r->wk[i].started && write(r->wk[i].kick_fd, &one, sizeof(one)) < 0)
			continue; /* full: it will look anyway */
}
