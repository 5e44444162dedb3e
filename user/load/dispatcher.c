// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attaching through the libxdp dispatcher, so that other XDP programs can run on the same interface; called by attach.c,
 * which falls back to a link of its own where the kernel refuses. Only the entry program becomes a part of the
 * dispatcher (type EXT); elements stay XDP programs in the program array.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "../lib/log.h"
#include "bpffs.h"
#include "freplace.h"
#include "internal.h"

#define ENTRY_NAME "bty_entry"

struct bty_dispatched {
	struct bpf_object *obj;
	struct xdp_program *prog;
	enum xdp_attach_mode mode;
	int ifindex;
};

/* An entry program of an agent that was killed: this agent has none on the interface yet. */
static void remove_stale(struct xdp_multiprog *mp, int ifindex)
{
	struct xdp_program *p = NULL;

	while ((p = xdp_multiprog__next_prog(p, mp))) {
		if (strcmp(xdp_program__name(p), ENTRY_NAME))
			continue;
		bty_info("interface %d: removing what an agent that was killed left in the dispatcher", ifindex);
		xdp_program__detach(p, ifindex, xdp_multiprog__attach_mode(mp), 0);
		return;
	}
}

/* 1: the interface is free or has a dispatcher; 0: it has a program of another kind. */
int bty_dispatcher_possible(uint32_t ifindex)
{
	struct xdp_multiprog *mp;
	int ok = 1;

	bty_libxdp_init();
	mp = xdp_multiprog__get_from_ifindex(ifindex);
	if (libxdp_get_error(mp))
		return 1;
	if (xdp_multiprog__is_legacy(mp))
		ok = 0;
	else
		remove_stale(mp, ifindex);
	xdp_multiprog__close(mp);
	return ok;
}

int bty_dispatcher_attach(struct bty_datapath *dp, int el, int dev, int mode, struct bty_dispatched **out)
{
	struct bty_dispatched *d = calloc(1, sizeof(*d));
	struct xdp_multiprog *mp;
	struct bty_err err;
	int ret;

	if (!d)
		return -ENOMEM;
	/* asked first: where it cannot make a dispatcher, libxdp attaches the program alone, in a way that outlives the agent */
	ret = bty_freplace_probe();
	if (ret)
		goto fail;
	d->ifindex = dp->dev[dev].ifindex;
	d->mode = mode == BTY_MODE_GENERIC ? XDP_MODE_SKB : XDP_MODE_NATIVE;
	bty_libxdp_init();
	ret = bty_bpffs_ensure(&err);
	if (!ret)
		ret = bty_program_open(dp, el, NULL, &d->obj, &err);
	if (ret)
		goto fail;
	d->prog = xdp_program__from_bpf_obj(d->obj, "xdp");
	ret = libxdp_get_error(d->prog);
	if (ret) {
		d->prog = NULL;
		goto fail;
	}
	ret = xdp_program__attach(d->prog, d->ifindex, d->mode, 0);
	if (ret)
		goto fail;
	/* it may still have failed to make one, and have attached the program alone */
	mp = xdp_multiprog__get_from_ifindex(d->ifindex);
	if (libxdp_get_error(mp) || xdp_multiprog__is_legacy(mp)) {
		xdp_program__detach(d->prog, d->ifindex, d->mode, 0);
		ret = -EOPNOTSUPP;
	}
	if (!libxdp_get_error(mp))
		xdp_multiprog__close(mp);
	if (ret)
		goto fail;
	*out = d;
	return 0;
fail:
	if (d->prog)
		xdp_program__close(d->prog);
	bpf_object__close(d->obj);
	free(d);
	return ret;
}

void bty_dispatcher_detach(struct bty_dispatched *d)
{
	if (!d)
		return;
	xdp_program__detach(d->prog, d->ifindex, d->mode, 0);
	xdp_program__close(d->prog);
	bpf_object__close(d->obj);
	free(d);
}
