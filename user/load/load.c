// SPDX-License-Identifier: GPL-2.0-or-later
/* Puts a placed graph into the kernel; called by user/control when an interface is attached, and by packet tests. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <elements/queue.h>

#include "../lib/log.h"
#include "blobs.h"
#include "internal.h"

static int find_devices(struct bty_datapath *dp, const struct bty_load_opts *opts, struct bty_err *err)
{
	const struct bty_graph *g = dp->graph;
	uint32_t q, fewest = UINT32_MAX, queues;
	int i, ret;

	for (i = 0; i < g->ndev; i++) {
		if (opts->no_devices || opts->plain) {
			dp->dev[i].nrxq = dp->dev[i].ntxq = 1;
			strcpy(dp->dev[i].name, g->dev[i].name);
		} else {
			ret = bty_netdev_get(g->dev[i].name, &dp->dev[i], err);
			if (ret)
				return ret;
		}
		queues = dp->dev[i].nrxq > dp->dev[i].ntxq ? dp->dev[i].nrxq : dp->dev[i].ntxq;
		if (queues < fewest)
			fewest = queues;
	}
	/* with no more workers than any device has queues, each worker owns a transmit queue on every device */
	dp->nworkers = fewest < BTY_MAX_WORKERS ? fewest : g->ndev ? BTY_MAX_WORKERS : 1;
	for (i = 0; i < g->ndev; i++)
		for (q = 0; g->dev[i].receives && q < dp->dev[i].nrxq; q++) {
			if (dp->nports == BTY_MAX_PORTS)
				return bty_fail(err, -E2BIG,
						"%s: more than %d receive queues; use fewer: ethtool -L %s combined N",
						g->dev[i].name, BTY_MAX_PORTS, g->dev[i].name);
			dp->port[dp->nports].dev = i;
			dp->port[dp->nports].rxq = q;
			dp->port[dp->nports++].worker = q % dp->nworkers;
		}
	/* sources run in the first worker, so where nothing is received one is enough */
	if (!dp->nports)
		dp->nworkers = 1;
	dp->nlanes = dp->nports > dp->nworkers ? dp->nports : dp->nworkers;
	return 0;
}

/* Again, with the addresses of the devices. */
static int tell_devices(const struct bty_datapath *dp, struct bty_err *err)
{
	const struct bty_graph *g = dp->graph;
	struct bty_device_info info = { .ndev = g->ndev };
	uint8_t mac[BTY_MAX_DEVICES][6];
	int i, ret = 0;

	for (i = 0; i < g->ndev; i++)
		memcpy(mac[i], dp->dev[i].mac, 6);
	info.mac = mac;
	for (i = 0; !ret && i < g->nel; i++)
		if (g->el[i].cls->devices)
			ret = g->el[i].cls->devices(g->el[i].args, &info, err);
	return ret;
}

static int resize(struct bpf_object *obj, const char *name, uint32_t n)
{
	return bpf_map__set_max_entries(bpf_object__find_map_by_name(obj, name), n ? n : 1);
}

static int map_fd(const struct bty_datapath *dp, const char *name)
{
	return bpf_map__fd(bpf_object__find_map_by_name(dp->maps_obj, name));
}

static uint32_t count_lanes(const struct bty_datapath *dp)
{
	return (dp->graph->nqueues ? dp->graph->nqueues : 1) * dp->nlanes;
}

static int create_maps(struct bty_datapath *dp, struct bty_err *err)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "bty");
	uint32_t lanes = count_lanes(dp);
	const struct bty_blob *blob = bty_blob_find("maps");
	int ret;

	if (!blob)
		return bty_fail(err, -ENOENT, "this build has no BPF objects; rebuild with make");
	dp->maps_obj = bpf_object__open_mem(blob->start, blob->end - blob->start, &opts);
	if (!dp->maps_obj)
		return bty_fail(err, -errno, "the maps' BPF object does not open: %s", strerror(errno));
	resize(dp->maps_obj, "bty_queues", lanes);
	resize(dp->maps_obj, "bty_timers", lanes);
	resize(dp->maps_obj, "bty_xsks", lanes);
	resize(dp->maps_obj, "bty_workers", dp->nworkers);
	resize(dp->maps_obj, "bty_wakeups", dp->nworkers);
	resize(dp->maps_obj, "bty_progs", dp->graph->nel);
	resize(dp->maps_obj, "bty_stats", dp->graph->nel);
	ret = bpf_object__load(dp->maps_obj);
	if (ret)
		return bty_fail_privilege(err, ret, "creating BPF maps");
	dp->progs_fd = map_fd(dp, "bty_progs");
	dp->stats_fd = map_fd(dp, "bty_stats");
	dp->hot_fd = map_fd(dp, "bty_hot");
	dp->flows_fd = map_fd(dp, "bty_flows");
	dp->queues_fd = map_fd(dp, "bty_queues");
	dp->workers_fd = map_fd(dp, "bty_workers");
	dp->timers_fd = map_fd(dp, "bty_timers");
	dp->xsks_fd = map_fd(dp, "bty_xsks");
	dp->devs_fd = map_fd(dp, "bty_devs");
	dp->wakeups_fd = map_fd(dp, "bty_wakeups");
	dp->gateways_fd = map_fd(dp, "bty_gateways");
	return 0;
}

static size_t mapped_size(uint32_t n, size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);

	return ((n ? n : 1) * size + page - 1) & ~(page - 1);
}

static int map_control_blocks(struct bty_datapath *dp, struct bty_err *err)
{
	int flags = dp->plain ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;

	dp->queues = mmap(NULL, mapped_size(count_lanes(dp), sizeof(*dp->queues)), PROT_READ | PROT_WRITE, flags,
			  dp->queues_fd, 0);
	if (dp->queues == MAP_FAILED) {
		dp->queues = NULL;
		return bty_fail(err, -errno, "cannot map the queues' control blocks: %s", strerror(errno));
	}
	dp->workers = mmap(NULL, mapped_size(dp->nworkers, sizeof(*dp->workers)), PROT_READ | PROT_WRITE, flags,
			   dp->workers_fd, 0);
	if (dp->workers == MAP_FAILED) {
		dp->workers = NULL;
		return bty_fail(err, -errno, "cannot map the workers' control blocks: %s", strerror(errno));
	}
	dp->gateways.addr = mmap(NULL, mapped_size(BTY_MAX_GATEWAYS, sizeof(*dp->gateways.addr)),
				 PROT_READ | PROT_WRITE, flags, dp->gateways_fd, 0);
	if (dp->gateways.addr == MAP_FAILED) {
		dp->gateways.addr = NULL;
		return bty_fail(err, -errno, "cannot map the table of gateways: %s", strerror(errno));
	}
	return 0;
}

static void init_queues(struct bty_datapath *dp, const struct bty_load_opts *opts)
{
	const struct bty_graph *g = dp->graph;
	const struct queue_args *args;
	struct bty_queue *q;
	int n, p;

	for (n = 0; n < g->nqueues; n++) {
		args = g->el[g->queue_el[n]].args;
		for (p = 0; p < dp->nlanes; p++) {
			q = bty_lane(dp, n, p);
			q->trigger = args->trigger;
			q->limit = args->capacity;
			q->deadline_ns = args->deadline_ns;
			if (!args->deadline_given && opts->deadline_ns)
				q->deadline_ns = opts->deadline_ns;
			q->worker = g->el[g->queue_el[n]].backend == BTY_BACKEND_XSK ? dp->port[p].worker : p;
		}
	}
}

static int fill_devices(struct bty_datapath *dp, struct bty_err *err)
{
	__u32 i;

	for (i = 0; i < (__u32)dp->graph->ndev; i++)
		if (dp->dev[i].ifindex && bpf_map_update_elem(dp->devs_fd, &i, &dp->dev[i].ifindex, BPF_ANY))
			return bty_fail(err, -errno, "%s: cannot be redirected to: %s", dp->dev[i].name,
					strerror(errno));
	return 0;
}

static struct bty_datapath *new_datapath(const struct bty_graph *g)
{
	struct bty_datapath *dp = calloc(1, sizeof(*dp));
	int i, n;

	if (!dp)
		return NULL;
	dp->graph = g;
	for (i = 0; i < BTY_MAX_ELEMENTS; i++) {
		dp->prog_fd[i] = -1;
		for (n = 0; n < BTY_MAX_TABLES; n++)
			dp->table_fd[i][n] = -1;
	}
	for (i = 0; i < BTY_MAX_DEVICES; i++)
		dp->link_fd[i] = -1;
	return dp;
}

static int load_tables(struct bty_datapath *dp, struct bty_err *err)
{
	const struct bty_element *el;
	int i, ret = 0;

	for (i = 0; !ret && i < dp->graph->nel; i++) {
		el = &dp->graph->el[i];
		if (el->cls->ntables)
			ret = bty_tables_make(dp, el, el->args, el->entries, NULL, NULL, dp->table[i], dp->table_fd[i],
					      err);
	}
	return ret;
}

static int load_program(struct bty_datapath *dp, int i, struct bty_err *err)
{
	int ret = bty_program_load(dp, i, NULL, &dp->prog_fd[i], err);

	return ret ? ret : bty_program_enter(dp, i, dp->is_fused ? bty_fused_fd(&dp->fused[i]) : dp->prog_fd[i], err);
}

/* Of a fused pipeline only what it begins with has a program of its own. */
static int load_programs(struct bty_datapath *dp, enum bty_fuse fuse, struct bty_err *err)
{
	const struct bty_graph *g = dp->graph;
	struct bty_err why = { 0 };
	int i, is_entry, ret;

	ret = fuse == BTY_FUSE_OFF ? 0 : bty_fused_load(dp, &why);
	if (ret && fuse == BTY_FUSE_ON)
		return bty_fail(err, ret, "%s: cannot be fused: %s; leave out --fuse on", g->file, why.msg);
	if (ret)
		bty_info("%s: a program for each element: %s", g->file, why.msg);
	for (i = 0, ret = 0; !ret && i < g->nel; i++) {
		is_entry = g->el[i].cls->kind == BTY_KIND_FROMDEVICE;
		if ((g->el[i].place & BTY_PLACE_XDP) && (is_entry || !dp->is_fused))
			ret = load_program(dp, i, err);
	}
	return ret;
}

int bty_load(const struct bty_graph *g, const struct bty_load_opts *opts, struct bty_datapath **out,
	     struct bty_err *err)
{
	struct bty_datapath *dp = new_datapath(g);
	int ret;

	if (!dp)
		return bty_fail(err, -ENOMEM, "out of memory");
	dp->plain = opts->plain;
	ret = find_devices(dp, opts, err);
	if (!ret && !dp->plain)
		ret = create_maps(dp, err);
	if (!ret)
		ret = map_control_blocks(dp, err);
	if (!ret && !dp->plain)
		ret = fill_devices(dp, err);
	if (!ret && !opts->no_devices && !dp->plain)
		ret = tell_devices(dp, err);
	if (!ret)
		ret = load_tables(dp, err);
	if (!ret)
		init_queues(dp, opts);
	if (!ret && !dp->plain)
		ret = load_programs(dp, opts->fuse, err);
	if (ret) {
		bty_unload(dp);
		return ret;
	}
	if (!opts->no_devices && !dp->plain)
		bty_txwatch_start(dp);
	bty_debug("loaded %d elements, %llu instructions verified", g->nel, (unsigned long long)dp->insns);
	*out = dp;
	return 0;
}

void bty_unload(struct bty_datapath *dp)
{
	int i;

	if (!dp)
		return;
	bty_detach(dp);
	bty_txwatch_stop(dp);
	for (i = 0; i < BTY_MAX_ELEMENTS; i++)
		if (dp->prog_fd[i] >= 0)
			close(dp->prog_fd[i]);
	for (i = 0; i < BTY_MAX_ELEMENTS; i++)
		bty_fused_free(&dp->fused[i]);
	for (i = 0; i < BTY_MAX_ELEMENTS; i++)
		bty_tables_free(dp->table[i], dp->table_fd[i]);
	if (dp->queues)
		munmap(dp->queues, mapped_size(count_lanes(dp), sizeof(*dp->queues)));
	if (dp->workers)
		munmap(dp->workers, mapped_size(dp->nworkers, sizeof(*dp->workers)));
	if (dp->gateways.addr)
		munmap(dp->gateways.addr, mapped_size(BTY_MAX_GATEWAYS, sizeof(*dp->gateways.addr)));
	bpf_object__close(dp->maps_obj);
	free(dp);
}
