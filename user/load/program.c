// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads one element's program with its configuration in .rodata; called by load.c and update.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../lib/log.h"
#include "blobs.h"
#include "internal.h"

static const struct bty_blob *find_blob(const struct bty_datapath *dp, const struct bty_class *cls)
{
	char name[64];

	switch (cls->kind) {
	case BTY_KIND_FROMDEVICE:
		strcpy(name, dp->is_fused ? "front" : "entry");
		break;
	case BTY_KIND_QUEUE:
		strcpy(name, "queue");
		break;
	case BTY_KIND_TOHOST:
	case BTY_KIND_TODEVICE:
		snprintf(name, sizeof(name), "%s", cls->symbol);
		break;
	default:
		snprintf(name, sizeof(name), "el_%s", cls->symbol);
	}
	return bty_blob_find(name);
}

/* Flows whose last element is this one are counted by its program. */
static int fill_flow_ends(const struct bty_graph *g, int i, struct bty_el_cfg *cfg, struct bty_err *err)
{
	int f, n = 0;

	for (f = 0; f < g->nflows; f++) {
		if (g->flow[f].path[g->flow[f].npath - 1] != i)
			continue;
		if (n == BTY_MAX_FLOW_ENDS)
			return bty_fail_at(err, -E2BIG, g->file, g->el[i].pos,
					   "%s: at most %d flows may end at one element in XDP", g->el[i].name,
					   BTY_MAX_FLOW_ENDS);
		cfg->flow_end[n].flow_plus1 = f + 1;
		cfg->flow_end[n++].marks = g->flow[f].marks;
	}
	return 0;
}

static void fill_args(const struct bty_datapath *dp, int i, const void *args, struct bty_el_cfg *cfg)
{
	const struct bty_element *el = &dp->graph->el[i];
	struct bty_entry_args *entry = (void *)cfg->args;
	struct bty_queue_args *queue = (void *)cfg->args;
	struct bty_todevice_args *todevice = (void *)cfg->args;
	int p;

	switch (el->cls->kind) {
	case BTY_KIND_FROMDEVICE:
		entry->device = el->device;
		for (p = dp->nports - 1; p >= 0; p--)
			if (dp->port[p].dev == el->device) {
				entry->port_base = p;
				entry->nrxq++;
			}
		break;
	case BTY_KIND_QUEUE:
		queue->queue = el->queue;
		queue->nports = dp->nlanes;
		break;
	case BTY_KIND_TODEVICE:
		todevice->device = el->device;
		break;
	default:
		memcpy(cfg->args, args, el->cls->args_size);
	}
}

static int fill_config(const struct bty_datapath *dp, int i, const void *args, struct bty_el_cfg *cfg,
		       struct bty_err *err)
{
	const struct bty_graph *g = dp->graph;
	const struct bty_element *el = &g->el[i];
	int n;

	memset(cfg, 0, sizeof(*cfg));
	cfg->id = i;
	cfg->mark = el->mark;
	for (n = 0; n < BTY_MAX_OUT; n++)
		cfg->next[n] = BTY_NEXT_NONE;
	/* what follows an xsk queue runs in a worker */
	for (n = 0; n < el->nout && el->cls->kind != BTY_KIND_QUEUE; n++)
		if (el->out[n] >= 0)
			cfg->next[n] = el->out[n];
	fill_args(dp, i, args, cfg);
	/* a queue is passed on to the worker, where the flow ends */
	return el->cls->kind == BTY_KIND_QUEUE ? 0 : fill_flow_ends(g, i, cfg, err);
}

static int set_rodata(struct bpf_object *obj, const struct bty_el_cfg *cfg)
{
	struct bpf_map *map;
	size_t size;
	void *data;

	bpf_object__for_each_map (map, obj) {
		if (!strstr(bpf_map__name(map), ".rodata") || strstr(bpf_map__name(map), ".rodata."))
			continue;
		data = bpf_map__initial_value(map, &size);
		if (!data || size != sizeof(*cfg))
			return -EINVAL;
		memcpy(data, cfg, size);
		return 0;
	}
	return -ENOENT;
}

/* bty_tableN, of element i, or bty_tableN_I: -1 for any other map, -2 for a table that the element does not have. */
static int find_table(const struct bty_datapath *dp, int i, const struct bty_instance *with, const char *map)
{
	int n, fd;

	if (sscanf(map, "bty_table%d_%d", &n, &i) < 1 || n < 0 || n >= BTY_MAX_TABLES || i < 0 || i >= BTY_MAX_ELEMENTS)
		return -1;
	fd = with && with->el == i ? with->table_fd[n] : dp->table_fd[i][n];
	return fd < 0 ? -2 : fd;
}

static int find_map(const struct bty_datapath *dp, const char *name)
{
	const struct {
		const char *name;
		int fd;
	} shared[] = {
		{ "bty_progs", dp->progs_fd },	   { "bty_stats", dp->stats_fd },
		{ "bty_flows", dp->flows_fd },	   { "bty_queues", dp->queues_fd },
		{ "bty_workers", dp->workers_fd }, { "bty_timers", dp->timers_fd },
		{ "bty_xsks", dp->xsks_fd },	   { "bty_devs", dp->devs_fd },
		{ "bty_wakeups", dp->wakeups_fd }, { "bty_gateways", dp->gateways_fd },
		{ "bty_hot", dp->hot_fd },
	};
	size_t m;

	for (m = 0; m < sizeof(shared) / sizeof(shared[0]); m++)
		if (!strcmp(name, shared[m].name))
			return shared[m].fd;
	return -1;
}

int bty_program_maps(const struct bty_datapath *dp, int i, const struct bty_instance *with, struct bpf_object *obj)
{
	struct bpf_map *map;
	int fd, ret = 0;

	bpf_object__for_each_map (map, obj) {
		fd = find_table(dp, i, with, bpf_map__name(map));
		if (fd == -2)
			ret = bpf_map__set_autocreate(map, false);
		if (fd == -1)
			fd = find_map(dp, bpf_map__name(map));
		if (fd >= 0)
			ret = bpf_map__reuse_fd(map, fd);
		if (ret)
			return ret;
	}
	return 0;
}

void bty_program_count_insns(struct bty_datapath *dp, int fd)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		dp->insns += info.verified_insns;
}

int bty_program_open(struct bty_datapath *dp, int i, const struct bty_instance *with, struct bpf_object **out,
		     struct bty_err *err)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "bty");
	const struct bty_element *el = &dp->graph->el[i];
	const struct bty_blob *blob = find_blob(dp, el->cls);
	struct bty_el_cfg cfg;
	int ret;

	if (!blob)
		return bty_fail(err, -ENOENT, "%s: no BPF program for class %s in this build; rebuild with make",
				el->name, el->cls->name);
	ret = fill_config(dp, i, bty_args_of(dp, i, with), &cfg, err);
	if (ret)
		return ret;
	*out = bpf_object__open_mem(blob->start, blob->end - blob->start, &opts);
	if (!*out)
		return bty_fail(err, -errno, "%s: its BPF object does not open: %s", el->name, strerror(errno));
	/*
	 * Programs of one program array must agree in it (6.18, and stable kernels since), and libxdp makes it 0 for the
	 * entry program when that joins a dispatcher.
	 */
	bpf_program__set_expected_attach_type(bpf_object__next_program(*out, NULL), 0);
	ret = set_rodata(*out, &cfg);
	if (ret)
		return bty_fail(err, ret, "%s: its BPF object does not fit this agent: %s; rebuild with make", el->name,
				strerror(-ret));
	ret = bty_program_maps(dp, i, with, *out);
	return ret ? bty_fail(err, ret, "%s: its BPF object cannot use the agent's maps: %s", el->name, strerror(-ret))
		   : 0;
}

int bty_program_load(struct bty_datapath *dp, int i, const struct bty_instance *with, int *prog_fd, struct bty_err *err)
{
	struct bpf_object *obj = NULL;
	int ret = bty_program_open(dp, i, with, &obj, err);

	if (!ret) {
		ret = bpf_object__load(obj);
		if (ret)
			bty_fail_privilege(err, ret, "loading a BPF program");
	}
	if (!ret) {
		/* the program has what it needs; the object has a descriptor for every map of the pipeline */
		*prog_fd = fcntl(bpf_program__fd(bpf_object__next_program(obj, NULL)), F_DUPFD_CLOEXEC, 0);
		if (*prog_fd < 0)
			ret = bty_fail(err, -errno, "%s: %s", dp->graph->el[i].name, strerror(errno));
	}
	if (!ret)
		bty_program_count_insns(dp, *prog_fd);
	bpf_object__close(obj);
	return ret;
}

int bty_program_enter(struct bty_datapath *dp, int i, int prog_fd, struct bty_err *err)
{
	__u32 key = i;

	if (bpf_map_update_elem(dp->progs_fd, &key, &prog_fd, BPF_ANY))
		return bty_fail(err, -errno, "%s: cannot enter its program: %s", dp->graph->el[i].name,
				strerror(errno));
	return 0;
}
