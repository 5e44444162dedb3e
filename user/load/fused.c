// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes and loads fused programs; called by load.c, and by update.c when an element in one changes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "fuse.h"
#include "internal.h"

/* The object there is will do when only tables differ: they are maps, handed in below. */
static int copy_elf(const struct bty_datapath *dp, int entry, const struct bty_instance *with, struct bty_fused *f)
{
	const struct bty_fused *was = &dp->fused[entry];
	const struct bty_element *el;

	if (!with || !was->elf)
		return 0;
	el = &dp->graph->el[with->el];
	if (memcmp(with->args, el->args, el->cls->args_size))
		return 0;
	f->elf = malloc(was->size);
	if (!f->elf)
		return 0;
	memcpy(f->elf, was->elf, was->size);
	f->size = was->size;
	return 1;
}

static int compile(const struct bty_datapath *dp, int entry, const struct bty_instance *with, struct bty_fused *f,
		   struct bty_err *err)
{
	char *text = NULL;
	size_t len;
	int ret = bty_fuse_text(dp, entry, with, &text, &len);

	if (ret)
		return bty_fail(err, ret, "out of memory");
	ret = bty_compile(text, len, &f->elf, &f->size, err);
	free(text);
	return ret;
}

int bty_fused_make(struct bty_datapath *dp, int entry, const struct bty_instance *with, struct bty_fused *f,
		   struct bty_err *err)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "bty");
	int ret;

	memset(f, 0, sizeof(*f));
	if (!copy_elf(dp, entry, with, f)) {
		ret = compile(dp, entry, with, f, err);
		if (ret)
			return ret;
	}
	f->obj = bpf_object__open_mem(f->elf, f->size, &opts);
	if (!f->obj)
		return bty_fail(err, -errno, "the compiled object does not open: %s", strerror(errno));
	/* as for the programs of a chain, with which it may share the program array: see program.c */
	bpf_program__set_expected_attach_type(bpf_object__next_program(f->obj, NULL), 0);
	ret = bty_program_maps(dp, entry, with, f->obj);
	if (!ret)
		ret = bpf_object__load(f->obj);
	if (ret)
		return bty_fail(err, ret, "the kernel refuses the fused program: %s", strerror(-ret));
	bty_program_count_insns(dp, bty_fused_fd(f));
	return 0;
}

int bty_fused_fd(const struct bty_fused *f)
{
	return bpf_program__fd(bpf_object__next_program(f->obj, NULL));
}

void bty_fused_free(struct bty_fused *f)
{
	bpf_object__close(f->obj);
	free(f->elf);
	memset(f, 0, sizeof(*f));
}

int bty_fused_load(struct bty_datapath *dp, struct bty_err *err)
{
	const struct bty_graph *g = dp->graph;
	int i, ret = 0;

	for (i = 0; i < g->nel && !ret; i++)
		if (g->el[i].cls->kind == BTY_KIND_FROMDEVICE && (g->el[i].place & BTY_PLACE_XDP))
			ret = bty_fused_make(dp, i, NULL, &dp->fused[i], err);
	for (i = 0; i < g->nel && ret; i++)
		bty_fused_free(&dp->fused[i]);
	dp->is_fused = !ret;
	return ret;
}
