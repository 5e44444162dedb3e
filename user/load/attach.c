// SPDX-License-Identifier: GPL-2.0-or-later
/* Attaches entry programs to devices and detaches them; called by user/control once workers are ready. */
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpffs.h"
#include "internal.h"

/* ToHost in a worker: generic XDP would see the packet again, and again put it into the pipeline. */
int bty_needs_native(const struct bty_graph *g)
{
	int i;

	for (i = 0; i < g->nel; i++)
		if (g->el[i].cls->kind == BTY_KIND_TOHOST && (g->el[i].place & BTY_PLACE_WORKER))
			return 1;
	return 0;
}

static int fail_other_program(const struct bty_netdev *d, uint32_t id, struct bty_err *err)
{
	return bty_fail(err, -EBUSY,
			"%s: another XDP program (id %u) is attached; remove it first: ip link set dev %s xdp off",
			d->name, id, d->name);
}

/* 1: attached, 0: try a link, < 0: refuse. */
static int try_dispatcher(struct bty_datapath *dp, int el, int dev, int mode, struct bty_err *err)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	struct bty_netdev *d = &dp->dev[dev];
	int busy;

	if (dp->pin)
		return 0;
	if (!bty_dispatcher_possible(d->ifindex)) {
		bpf_xdp_query(d->ifindex, 0, &query);
		return fail_other_program(d, query.prog_id, err);
	}
	if (!bty_dispatcher_attach(dp, el, dev, mode, &dp->dispatched[dev])) {
		snprintf(dp->mode[dev], sizeof(dp->mode[dev]), "%s", mode == BTY_MODE_GENERIC ? "generic" : "native");
		snprintf(dp->attach[dev], sizeof(dp->attach[dev]), "dispatcher");
		return 1;
	}
	/* a dispatcher with another program in it, on a kernel that does not let us join */
	busy = !bpf_xdp_query(d->ifindex, 0, &query) && query.attach_mode != XDP_ATTACHED_NONE;
	return busy ? fail_other_program(d, query.prog_id, err) : 0;
}

/*
 * Removes what an agent left pinned here and this one cannot take over: it is not to be pinned any more, or in another mode.
 * Until the new program is attached, packets go to the host.
 */
static void remove_pinned(const struct bty_datapath *dp, uint32_t ifindex, int mode)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int generic;

	if (dp->pin) {
		bpf_xdp_query(ifindex, 0, &query);
		generic = query.attach_mode == XDP_ATTACHED_SKB;
		if (mode == BTY_MODE_AUTO || generic == (mode == BTY_MODE_GENERIC))
			return;
	}
	bty_detach_pinned(ifindex);
}

/* A link that an agent left pinned: the new program takes its place without a gap. 1: done. */
static int adopt_pinned(struct bty_datapath *dp, int prog, int dev)
{
	uint32_t ifindex = dp->dev[dev].ifindex;
	int fd = bty_pinned_link(ifindex);

	if (fd < 0)
		return 0;
	if (bpf_link_update(fd, prog, NULL)) {
		close(fd);
		bty_detach_pinned(ifindex);
		return 0;
	}
	dp->link_fd[dev] = fd;
	return 1;
}

static int attach_flags(const struct bty_datapath *dp, int prog, int dev, uint32_t flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);

	return bpf_link_create(prog, dp->dev[dev].ifindex, BPF_XDP, &opts);
}

/* 1 when it is the MTU that the driver refused, and err says so. */
static int explain_mtu(const struct bty_datapath *dp, const struct bty_netdev *d, int code, struct bty_err *err)
{
	const char *or = bty_needs_native(dp->graph) ? "; generic XDP takes any, with ToHost before the Queue"
						     : ", or use --mode generic, which takes any";
	struct bty_xdp_mtu m;

	bty_xdp_mtu(d, &m);
	if (code != -ERANGE && !(m.mtu > m.max && (code == -EINVAL || code == -EOPNOTSUPP)))
		return 0;
	if (m.mtu <= m.max)
		bty_fail(err, code, "%s: the driver refuses native XDP because of an MTU, %s; lower it%s", d->name,
			 m.of_peer ? "that of the veth's other end" : "its own", or);
	else if (m.of_peer)
		bty_fail(err, code,
			 "%s: the MTU of the veth's other end, %u, is too large for native XDP, at most %u; lower it: "
			 "ip link set PEER mtu 1500%s",
			 d->name, m.mtu, m.max, or);
	else
		bty_fail(err, code, "%s: MTU %u is too large for native XDP, at most %u; ip link set %s mtu 1500%s",
			 d->name, m.mtu, m.max, d->name, or);
	return 1;
}

static int explain(const struct bty_datapath *dp, const struct bty_netdev *d, int code, const char *mode,
		   struct bty_err *err)
{
	if (explain_mtu(dp, d, code, err))
		return code;
	if (code == -EOPNOTSUPP && bty_needs_native(dp->graph))
		return bty_fail(
			err, code,
			"%s: driver %s has no native XDP, and ToHost behind a Queue needs it; put it before the Queue",
			d->name, d->driver);
	if (code == -EOPNOTSUPP)
		return bty_fail(err, code, "%s: driver %s has no %s XDP; use --mode auto or generic", d->name,
				d->driver, mode);
	if (code == -EBUSY || code == -EEXIST)
		return bty_fail(err, code, "%s: another XDP program was attached meanwhile; remove it first", d->name);
	return bty_fail_privilege(err, code, "attaching XDP");
}

static int attach_link(struct bty_datapath *dp, int prog, int dev, int mode, struct bty_err *err)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	struct bty_netdev *d = &dp->dev[dev];
	const char *as = mode == BTY_MODE_GENERIC ? "generic" : "native";
	int fd;

	snprintf(dp->attach[dev], sizeof(dp->attach[dev]), "link");
	if (adopt_pinned(dp, prog, dev)) {
		bpf_xdp_query(d->ifindex, 0, &query);
		as = query.attach_mode == XDP_ATTACHED_SKB ? "generic" : "native";
	} else {
		fd = attach_flags(dp, prog, dev, mode == BTY_MODE_GENERIC ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
		/* only a driver without XDP is a reason to fall back: any other refusal is the user's to know */
		if (fd == -EOPNOTSUPP && mode == BTY_MODE_AUTO) {
			as = "generic";
			fd = attach_flags(dp, prog, dev, XDP_FLAGS_SKB_MODE);
		}
		if (fd < 0)
			return explain(dp, d, fd, as, err);
		dp->link_fd[dev] = fd;
	}
	snprintf(dp->mode[dev], sizeof(dp->mode[dev]), "%s", as);
	return dp->pin ? bty_pin(d->ifindex, dp->link_fd[dev], dp->progs_fd, err) : 0;
}

static int attach_device(struct bty_datapath *dp, int el, int mode, struct bty_err *err)
{
	int dev = dp->graph->el[el].device, ret;
	struct bty_netdev *d = &dp->dev[dev];

	if (!d->up)
		return bty_fail(err, -ENETDOWN, "%s: the interface is down; ip link set %s up", d->name, d->name);
	remove_pinned(dp, d->ifindex, mode);
	ret = try_dispatcher(dp, el, dev, mode, err);
	if (ret)
		return ret < 0 ? ret : 0;
	return attach_link(dp, dp->prog_fd[el], dev, mode, err);
}

int bty_attach(struct bty_datapath *dp, int mode, int pin, struct bty_err *err)
{
	const struct bty_graph *g = dp->graph;
	int i, ret;

	dp->pin = pin;
	if (mode == BTY_MODE_AUTO && bty_needs_native(g))
		mode = BTY_MODE_NATIVE;
	for (i = 0; i < g->nel; i++) {
		if (g->el[i].cls->kind != BTY_KIND_FROMDEVICE)
			continue;
		ret = attach_device(dp, i, mode, err);
		if (ret) {
			bty_detach(dp);
			return ret;
		}
		bty_txwatch_attached(dp, g->el[i].device);
	}
	return 0;
}

void bty_detach(struct bty_datapath *dp)
{
	int i;

	for (i = 0; i < BTY_MAX_DEVICES; i++) {
		bty_dispatcher_detach(dp->dispatched[i]);
		dp->dispatched[i] = NULL;
		if (dp->link_fd[i] < 0)
			continue;
		if (dp->pin)
			bty_unpin(dp->dev[i].ifindex);
		close(dp->link_fd[i]);
		dp->link_fd[i] = -1;
	}
}

void bty_leave_pinned(struct bty_datapath *dp)
{
	__u32 lane, lanes = (__u32)dp->graph->nqueues * dp->nlanes;
	int i;

	/* without sockets the queues pass to the host stack, so that the workers can finish what they have */
	for (lane = 0; dp->pin && lane < lanes; lane++)
		bpf_map_delete_elem(dp->xsks_fd, &lane);
	for (i = 0; dp->pin && i < BTY_MAX_DEVICES; i++) {
		if (dp->link_fd[i] >= 0)
			close(dp->link_fd[i]);
		dp->link_fd[i] = -1;
	}
}
