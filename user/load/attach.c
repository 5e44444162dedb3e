// SPDX-License-Identifier: GPL-2.0-or-later
/* Attaches entry programs to devices and detaches them; called by user/control once workers are ready. */
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../control/agent.h"
#include "internal.h"

/* The largest MTU whose frames fit one page with XDP's headroom (256) and the skb's own tail (320). */
static uint32_t xdp_max_mtu(void)
{
	return sysconf(_SC_PAGESIZE) - 256 - 320 - 14 - 4;
}

static int check_device(const struct bty_netdev *d, struct bty_err *err)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	if (!d->up)
		return bty_fail(err, -ENETDOWN, "%s: the interface is down; ip link set %s up", d->name, d->name);
	if (!bpf_xdp_query(d->ifindex, 0, &query) && query.attach_mode != XDP_ATTACHED_NONE)
		return bty_fail(err, -EBUSY,
				"%s: another XDP program (id %u) is attached; remove it first: ip link set dev %s xdp off",
				d->name, query.prog_id ? query.prog_id : query.drv_prog_id ? query.drv_prog_id : query.skb_prog_id,
				d->name);
	return 0;
}

static int attach_flags(const struct bty_datapath *dp, int prog, int dev, uint32_t flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);

	return bpf_link_create(prog, dp->dev[dev].ifindex, BPF_XDP, &opts);
}

static int explain(const struct bty_netdev *d, int code, const char *mode, struct bty_err *err)
{
	if (d->mtu > xdp_max_mtu() && (code == -EINVAL || code == -ERANGE || code == -EOPNOTSUPP))
		return bty_fail(err, code, "%s: MTU %u is too large for %s XDP (at most %u); ip link set %s mtu 1500", d->name,
				d->mtu, mode, xdp_max_mtu(), d->name);
	if (code == -ERANGE)
		return bty_fail(err, code, "%s: the driver refuses %s XDP because of an MTU (for veth: the peer's, %s's own is %u); lower it",
				d->name, mode, d->name, d->mtu);
	if (code == -EOPNOTSUPP)
		return bty_fail(err, code, "%s: driver %s has no %s XDP; use --mode auto or generic", d->name, d->driver, mode);
	if (code == -EBUSY || code == -EEXIST)
		return bty_fail(err, code, "%s: another XDP program was attached meanwhile; remove it first", d->name);
	return bty_fail_privilege(err, code, "attaching XDP");
}

static int attach_device(struct bty_datapath *dp, int prog, int dev, int mode, struct bty_err *err)
{
	struct bty_netdev *d = &dp->dev[dev];
	const char *as = mode == BTY_MODE_GENERIC ? "generic" : "native";
	int fd, ret;

	ret = check_device(d, err);
	if (ret)
		return ret;
	fd = attach_flags(dp, prog, dev, mode == BTY_MODE_GENERIC ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	/* only a driver without XDP is a reason to fall back: any other refusal is the user's to know */
	if (fd == -EOPNOTSUPP && mode == BTY_MODE_AUTO) {
		as = "generic";
		fd = attach_flags(dp, prog, dev, XDP_FLAGS_SKB_MODE);
	}
	if (fd < 0)
		return explain(d, fd, as, err);
	dp->link_fd[dev] = fd;
	snprintf(dp->mode[dev], sizeof(dp->mode[dev]), "%s", as);
	snprintf(dp->attach[dev], sizeof(dp->attach[dev]), "link");
	return 0;
}

int bty_attach(struct bty_datapath *dp, int mode, struct bty_err *err)
{
	const struct bty_graph *g = dp->graph;
	int i, ret;

	for (i = 0; i < g->nel; i++) {
		if (g->el[i].cls->kind != BTY_KIND_FROMDEVICE)
			continue;
		ret = attach_device(dp, dp->prog_fd[i], g->el[i].device, mode, err);
		if (ret) {
			bty_detach(dp);
			return ret;
		}
	}
	return 0;
}

void bty_detach(struct bty_datapath *dp)
{
	int i;

	for (i = 0; i < BTY_MAX_DEVICES; i++) {
		if (dp->link_fd[i] >= 0)
			close(dp->link_fd[i]);
		dp->link_fd[i] = -1;
	}
}
