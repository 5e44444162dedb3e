// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads and reads the programs that count what the kernel drops after an XDP redirect to a device; called by load.c,
 * attach.c and user/observe. Where the kernel does not have their tracepoints the pipeline runs all the same, and a
 * warning says what is not counted.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "../lib/log.h"
#include "blobs.h"
#include "internal.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* Arguments by kind: d a net_device, p a bpf_prog, v any pointer, i a number. */
static const struct {
	const char *program, *typedef_name, *args;
} tracepoint[] = {
	{ "bty_devmap_xmit", "btf_trace_xdp_devmap_xmit", "ddiii" },
	{ "bty_redirect_err", "btf_trace_xdp_redirect_err", "dpviiii" },
	{ "bty_generic_err", "btf_trace_xdp_exception", "dpi" },
};

#define TRACEPOINTS (sizeof(tracepoint) / sizeof(tracepoint[0]))

static const struct btf_type *pointee(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, btf__resolve_type(btf, id));

	return t && btf_is_ptr(t) ? btf__type_by_id(btf, btf__resolve_type(btf, t->type)) : NULL;
}

static int is_kind(const struct btf *btf, __u32 id, char kind)
{
	const struct btf_type *t = btf__type_by_id(btf, btf__resolve_type(btf, id)), *to = pointee(btf, id);

	if (!t)
		return 0;
	switch (kind) {
	case 'd':
		return to && btf_is_struct(to) && !strcmp(btf__name_by_offset(btf, to->name_off), "net_device");
	case 'p':
		return to && btf_is_struct(to) && !strcmp(btf__name_by_offset(btf, to->name_off), "bpf_prog");
	case 'v':
		return btf_is_ptr(t);
	default:
		return btf_is_int(t) || btf_is_any_enum(t);
	}
}

/* Arguments are found by their place, so this kernel's must be the ones the program expects. */
static int has_tracepoint(const struct btf *btf, const char *typedef_name, const char *args)
{
	__s32 id = btf__find_by_name_kind(btf, typedef_name, BTF_KIND_TYPEDEF);
	const struct btf_type *proto = id < 0 ? NULL : pointee(btf, id);
	const struct btf_param *param;
	size_t i;

	/* the first is libbpf's and the kernel's own */
	if (!proto || !btf_is_func_proto(proto) || btf_vlen(proto) != strlen(args) + 1)
		return 0;
	param = btf_params(proto) + 1;
	for (i = 0; args[i]; i++)
		if (!is_kind(btf, param[i].type, args[i]))
			return 0;
	return 1;
}

/* Leaves out the programs this kernel has no tracepoint for. */
static int choose_programs(struct bpf_object *obj)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int left = 0;
	size_t i;

	if (!btf)
		return -errno;
	for (i = 0; i < TRACEPOINTS; i++) {
		if (has_tracepoint(btf, tracepoint[i].typedef_name, tracepoint[i].args)) {
			left++;
			continue;
		}
		bty_warn("this kernel has no tracepoint %s as expected: some packets that a ToDevice in XDP "
			 "redirects and the kernel drops will be counted as sent",
			 tracepoint[i].typedef_name + strlen("btf_trace_"));
		bpf_program__set_autoload(bpf_object__find_program_by_name(obj, tracepoint[i].program), 0);
	}
	btf__free(btf);
	return left ? 0 : -ENOENT;
}

static int fill_config(const struct bty_datapath *dp, struct bty_txloss_cfg *cfg)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	int i;

	if (bpf_obj_get_info_by_fd(dp->devs_fd, &info, &len))
		return -errno;
	cfg->devmap_id = info.id;
	cfg->ndev = dp->graph->ndev;
	for (i = 0; i < dp->graph->ndev; i++) {
		cfg->ifindex[i] = dp->dev[i].ifindex;
		cfg->receives |= (__u32) !!dp->graph->dev[i].receives << i;
	}
	return bty_netns_cookie(&cfg->netns_cookie);
}

static int set_config(const struct bty_datapath *dp, struct bpf_object *obj)
{
	struct bty_txloss_cfg cfg = { 0 };
	int ret = fill_config(dp, &cfg);
	struct bpf_map *map;

	bpf_object__for_each_map (map, obj)
		if (!ret && strstr(bpf_map__name(map), ".rodata"))
			return bpf_map__set_initial_value(map, &cfg, sizeof(cfg));
	return ret ? ret : -ENOENT;
}

static int attach_programs(struct bty_txwatch *w)
{
	struct bpf_program *prog;
	int n = 0;

	bpf_object__for_each_program (prog, w->obj) {
		if (!bpf_program__autoload(prog))
			continue;
		w->link[n] = bpf_program__attach(prog);
		if (!w->link[n++])
			return -errno;
	}
	return 0;
}

static int start(struct bty_datapath *dp)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "bty");
	const struct bty_blob *blob = bty_blob_find("txloss");
	struct bty_txwatch *w = &dp->txwatch;
	int ret;

	if (!blob)
		return -ENOENT;
	w->obj = bpf_object__open_mem(blob->start, blob->end - blob->start, &opts);
	if (!w->obj)
		return -errno;
	ret = choose_programs(w->obj);
	if (!ret)
		ret = set_config(dp, w->obj);
	if (!ret)
		ret = bpf_object__load(w->obj);
	if (!ret)
		ret = attach_programs(w);
	return ret;
}

static int sends_from_xdp(const struct bty_graph *g)
{
	int i;

	for (i = 0; i < g->nel; i++)
		if (g->el[i].cls->kind == BTY_KIND_TODEVICE && (g->el[i].place & BTY_PLACE_XDP))
			return 1;
	return 0;
}

void bty_txwatch_start(struct bty_datapath *dp)
{
	int ret;

	if (!sends_from_xdp(dp->graph))
		return;
	ret = start(dp);
	if (!ret)
		return;
	bty_txwatch_stop(dp);
	bty_warn("%s: packets that a ToDevice in XDP redirects and the kernel drops will be counted as sent: %s",
		 dp->graph->file, strerror(-ret));
}

void bty_txwatch_stop(struct bty_datapath *dp)
{
	int i;

	for (i = 0; i < BTY_TX_TRACEPOINTS; i++) {
		bpf_link__destroy(dp->txwatch.link[i]);
		dp->txwatch.link[i] = NULL;
	}
	bpf_object__close(dp->txwatch.obj);
	dp->txwatch.obj = NULL;
}

void bty_txwatch_attached(struct bty_datapath *dp, int dev)
{
	__u32 key = dev, id = 0;
	struct bpf_map *map;

	if (!dp->txwatch.obj || strcmp(dp->mode[dev], "generic"))
		return;
	map = bpf_object__find_map_by_name(dp->txwatch.obj, "bty_generic");
	if (bpf_xdp_query_id(dp->dev[dev].ifindex, XDP_FLAGS_SKB_MODE, &id) ||
	    bpf_map_update_elem(bpf_map__fd(map), &key, &id, BPF_ANY))
		bty_warn("%s: drops of its redirects in generic mode will be counted as sent", dp->dev[dev].name);
}

void bty_txloss_read(const struct bty_datapath *dp, int dev, struct bty_txloss *sum)
{
	int cpu, ncpus = libbpf_num_possible_cpus();
	struct bty_txloss *percpu;
	__u32 key = dev;

	memset(sum, 0, sizeof(*sum));
	if (!dp->txwatch.obj)
		return;
	percpu = calloc(ncpus, sizeof(*percpu));
	if (percpu &&
	    !bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(dp->txwatch.obj, "bty_txloss"), &key, percpu))
		for (cpu = 0; cpu < ncpus; cpu++) {
			sum->full += percpu[cpu].full;
			sum->error += percpu[cpu].error;
			sum->too_big += percpu[cpu].too_big;
		}
	free(percpu);
}
