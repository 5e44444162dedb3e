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
#include <elements/queue.h>

#include "host.h"
#include "internal.h"
#include "worker.h"

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
	w->kick_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!w->wakeups || w->kick_fd < 0 || w->epoll_fd < 0)
		return bty_fail(err, -errno, "worker %d: %s", w->id, strerror(errno));
	if (epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->kick_fd, &ev) ||
	    epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->ring_fd, &ev))
		return bty_fail(err, -errno, "worker %d: epoll: %s", w->id, strerror(errno));
	return 0;
}

static int make_batches(struct bty_wk *w)
{
	/* every live batch holds a packet, but for one per port while a branch fills them */
	int n = w->vec + BTY_MAX_OUT + 2, i;

	w->batch_mem = calloc(n, sizeof(*w->batch_mem));
	w->free_batch = calloc(n, sizeof(struct bty_batch *));
	w->stack = calloc(n, sizeof(*w->stack));
	if (!w->batch_mem || !w->free_batch || !w->stack)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		bty_batch_put(w, &w->batch_mem[i]);
	return 0;
}

static void init_node(struct bty_wk *w, int i)
{
	const struct bty_graph *g = w->dp->graph;
	const struct bty_element *el = &g->el[i];
	struct bty_node *n = &w->node[i];
	int f, t;

	n->cls = el->cls;
	n->args = el->args;
	n->mark = el->mark;
	n->device = el->device;
	n->wqueue = -1;
	memcpy(n->out, el->out, sizeof(n->out));
	n->env.random_state = 0x9e3779b97f4a7c15ULL * (w->id + 1) + i;
	for (t = 0; t < BTY_MAX_TABLES; t++)
		n->env.table[t] = w->dp->table[i][t];
	for (f = 0; f < g->nflows; f++)
		if (g->flow[f].path[g->flow[f].npath - 1] == i) {
			n->tap[n->ntaps].flow = f;
			n->tap[n->ntaps++].marks = g->flow[f].marks;
		}
}

static int make_graph(struct bty_wk *w)
{
	const struct bty_graph *g = w->dp->graph;
	int i;

	w->nnodes = g->nel;
	w->node = calloc(g->nel, sizeof(*w->node));
	w->flow = calloc(g->nflows + 1, sizeof(*w->flow));
	if (!w->node || !w->flow)
		return -ENOMEM;
	for (i = 0; i < g->nel; i++)
		init_node(w, i);
	for (i = 0; i < g->nflows; i++) {
		w->flow[i].delay = calloc(1, sizeof(*w->flow[i].delay));
		if (!w->flow[i].delay)
			return -ENOMEM;
	}
	return 0;
}

static int make_wqueue(struct bty_wk *w, int el)
{
	const struct bty_graph *g = w->dp->graph;
	const struct queue_args *args = g->el[el].args;
	struct bty_wqueue *wq = &w->wqueue[w->nwqueues];

	wq->q = bty_lane(w->dp, g->el[el].queue, w->id);
	wq->capacity = bty_pow2(args->capacity);
	wq->ring = calloc(wq->capacity, sizeof(*wq->ring));
	wq->wait = calloc(1, sizeof(*wq->wait));
	if (!wq->ring || !wq->wait)
		return -ENOMEM;
	wq->node = el;
	wq->next = g->el[el].out[0];
	w->node[el].wqueue = w->nwqueues++;
	return 0;
}

static int make_wqueues(struct bty_wk *w)
{
	const struct bty_graph *g = w->dp->graph;
	int i, ret = 0;

	w->wqueue = calloc(g->nqueues + 1, sizeof(*w->wqueue));
	if (!w->wqueue)
		return -ENOMEM;
	for (i = 0; !ret && i < g->nel; i++)
		if (g->el[i].cls->kind == BTY_KIND_QUEUE && g->el[i].backend == BTY_BACKEND_WORKER)
			ret = make_wqueue(w, i);
	return ret;
}

static int start_worker(struct bty_run *r, int i, const struct bty_run_opts *opts, struct bty_err *err)
{
	struct bty_wk *w = &r->wk[i];
	int ret;

	w->dp = r->dp;
	w->id = i;
	w->ctl = &r->dp->workers[i];
	w->vec = opts->vec_pkts ? opts->vec_pkts : BTY_VEC_DEFAULT;
	w->busy_poll = opts->busy_poll;
	w->host_fd = r->host_fd;
	w->cpu = r->cpu[i % r->ncpus];
	ret = make_batches(w);
	if (!ret)
		ret = make_graph(w);
	if (!ret)
		ret = make_wqueues(w);
	if (ret)
		return bty_fail(err, ret, "worker %d: out of memory", i);
	ret = open_wakeups(w, err);
	if (!ret)
		ret = bty_worker_sockets_open(w, opts, err);
	if (ret)
		return ret;
	ret = pthread_create(&w->thread, NULL, bty_worker_main, w);
	if (ret)
		return bty_fail(err, -ret, "worker %d: no thread: %s", i, strerror(ret));
	w->started = 1;
	return 0;
}

static void stop_worker(struct bty_wk *w)
{
	uint64_t one = 1;

	if (!w->started)
		return;
	__atomic_store_n(&w->stop, 1, __ATOMIC_RELEASE);
	if (write(w->kick_fd, &one, sizeof(one)) < 0)
		w->stop = 1; /* full: it is awake already */
	pthread_join(w->thread, NULL);
}

static void free_worker(struct bty_wk *w)
{
	int i;

	bty_worker_sockets_close(w);
	ring_buffer__free(w->wakeups);
	if (w->ring_fd >= 0)
		close(w->ring_fd);
	if (w->kick_fd >= 0)
		close(w->kick_fd);
	if (w->epoll_fd >= 0)
		close(w->epoll_fd);
	for (i = 0; i < w->nwqueues; i++) {
		free(w->wqueue[i].ring);
		free(w->wqueue[i].wait);
	}
	for (i = 0; w->flow && i < w->dp->graph->nflows; i++)
		free(w->flow[i].delay);
	free(w->wqueue);
	free(w->flow);
	free(w->node);
	free(w->batch_mem);
	free(w->free_batch);
	free(w->stack);
}

/* A graph that never leaves XDP needs no worker. */
static int needs_workers(const struct bty_graph *g)
{
	return g->nqueues > 0;
}

int bty_run_start(const struct bty_datapath *dp, const struct bty_run_opts *opts, struct bty_run **out,
		  struct bty_err *err)
{
	struct bty_run *r = calloc(1, sizeof(*r));
	int i, ret = 0;

	if (!r)
		return bty_fail(err, -ENOMEM, "out of memory");
	r->dp = dp;
	for (i = 0; i < BTY_MAX_DEVICES; i++)
		r->host_fd[i] = -1;
	for (i = 0; i < BTY_MAX_WORKERS; i++)
		r->wk[i].ring_fd = r->wk[i].kick_fd = r->wk[i].epoll_fd = r->wk[i].umem.fd = -1;
	if (opts->vec_pkts > BTY_VEC_MAX) {
		ret = bty_fail(err, -EINVAL, "--vector %u: at most %d packets", opts->vec_pkts, BTY_VEC_MAX);
		goto fail;
	}
	if (needs_workers(dp->graph)) {
		ret = bty_cpus_parse(opts->cpus, r->cpu, &r->ncpus, err);
		if (!ret)
			ret = bty_host_open(dp, opts->generic, r->host_fd, err);
		r->nworkers = ret ? 0 : dp->nworkers;
	}
	for (i = 0; !ret && i < r->nworkers; i++)
		ret = start_worker(r, i, opts, err);
	if (ret)
		goto fail;
	*out = r;
	return 0;
fail:
	bty_run_stop(r);
	return ret;
}

void bty_run_stop(struct bty_run *r)
{
	int i;

	if (!r)
		return;
	for (i = 0; i < r->nworkers; i++)
		stop_worker(&r->wk[i]);
	for (i = 0; i < r->nworkers; i++)
		free_worker(&r->wk[i]);
	bty_host_close(r->host_fd);
	free(r);
}

void bty_run_kick(struct bty_run *r)
{
	uint64_t one = 1;
	int i;

	for (i = 0; i < r->nworkers; i++)
		if (r->wk[i].started && write(r->wk[i].kick_fd, &one, sizeof(one)) < 0)
			continue; /* full: it will look anyway */
}
