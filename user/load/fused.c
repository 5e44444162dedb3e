// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes and loads the fused program of each FromDevice; called by load.c before any program of a chain is loaded. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "fuse.h"
#include "internal.h"

static int open_object(struct bty_datapath *dp, int entry, struct bty_err *err)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "bty");
	void *object = NULL;
	char *text = NULL;
	size_t len, size;
	int ret = bty_fuse_text(dp, entry, &text, &len);

	if (ret)
		return bty_fail(err, ret, "out of memory");
	ret = bty_compile(text, len, &object, &size, err);
	free(text);
	if (ret)
		return ret;
	dp->fused[entry] = bpf_object__open_mem(object, size, &opts);
	ret = dp->fused[entry] ? 0 : bty_fail(err, -errno, "the compiled object does not open: %s", strerror(errno));
	free(object);
	return ret;
}

static int load_entry(struct bty_datapath *dp, int entry, struct bty_err *err)
{
	int ret = open_object(dp, entry, err);

	if (ret)
		return ret;
	/* as for the programs of a chain, with which it may share the program array: see program.c */
	bpf_program__set_expected_attach_type(bpf_object__next_program(dp->fused[entry], NULL), 0);
	ret = bty_program_maps(dp, entry, dp->fused[entry]);
	if (!ret)
		ret = bpf_object__load(dp->fused[entry]);
	return ret ? bty_fail(err, ret, "the kernel refuses the fused program: %s", strerror(-ret)) : 0;
}

int bty_fused_load(struct bty_datapath *dp, struct bty_err *err)
{
	const struct bty_graph *g = dp->graph;
	int i, ret = 0;

	for (i = 0; i < g->nel && !ret; i++)
		if (g->el[i].cls->kind == BTY_KIND_FROMDEVICE && (g->el[i].place & BTY_PLACE_XDP))
			ret = load_entry(dp, i, err);
	if (ret)
		bty_fused_unload(dp);
	dp->is_fused = !ret;
	return ret;
}

int bty_fused_enter(struct bty_datapath *dp, int entry, struct bty_err *err)
{
	int fd = bpf_program__fd(bpf_object__next_program(dp->fused[entry], NULL));
	__u32 key = entry;

	bty_program_count_insns(dp, fd);
	if (bpf_map_update_elem(dp->progs_fd, &key, &fd, BPF_ANY))
		return bty_fail(err, -errno, "%s: cannot enter its program: %s", dp->graph->el[entry].name,
				strerror(errno));
	return 0;
}

void bty_fused_unload(struct bty_datapath *dp)
{
	int i;

	for (i = 0; i < BTY_MAX_ELEMENTS; i++) {
		bpf_object__close(dp->fused[i]);
		dp->fused[i] = NULL;
	}
}
