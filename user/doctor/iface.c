// SPDX-License-Identifier: GPL-2.0-or-later
/* What one interface can do, by asking its driver; called by the doctor verb. Attaches nothing. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/netdev.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "../control/client.h"
#include "../load/device.h"
#include "../load/freplace.h"
#include "doctor.h"

#define ETHERNET_MTU 1500

static int ethtool_value(const char *name, uint32_t cmd, uint32_t *value)
{
	struct ethtool_value v = { .cmd = cmd };
	struct ifreq ifr = { 0 };
	int fd, r;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%.15s", name);
	ifr.ifr_data = (char *)&v;
	r = ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
	*value = v.data;
	close(fd);
	return r;
}

/* Linux 6.3 and later say what a driver can do; older ones have no such type in their BTF. */
static int kernel_tells_features(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int id;

	if (!btf)
		return 0;
	id = btf__find_by_name_kind(btf, "netdev_xdp_act", BTF_KIND_ENUM);
	btf__free(btf);
	return id > 0;
}

static void check_features(struct bty_checks *c, const struct bty_netdev *d, uint64_t features)
{
	if (!features && !kernel_tells_features()) {
		bty_check_add(c, "iface_xdp", BTY_CHECK_OK, NULL,
			      "driver %s; this kernel does not say what it can do, attach --mode auto tries",
			      d->driver);
		return;
	}
	if (!(features & NETDEV_XDP_ACT_BASIC))
		bty_check_add(c, "iface_xdp", BTY_CHECK_WARN,
			      "expect a fraction of the packet rate, or use another NIC",
			      "driver %s has no native XDP: generic mode, after the kernel has built its own packet",
			      d->driver);
	else
		bty_check_add(c, "iface_xdp", BTY_CHECK_OK, NULL, "driver %s has native XDP%s", d->driver,
			      features & NETDEV_XDP_ACT_REDIRECT ? " with redirect" : "");
	if (features & NETDEV_XDP_ACT_XSK_ZEROCOPY)
		bty_check_add(c, "iface_af_xdp", BTY_CHECK_OK, NULL, "zero copy");
	else
		bty_check_add(c, "iface_af_xdp", BTY_CHECK_WARN, "expect one copy per packet, or use another NIC",
			      "driver %s has no zero copy: AF_XDP copies each packet", d->driver);
}

static void program_name(uint32_t id, char *name, size_t size)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	snprintf(name, size, "?");
	if (fd < 0)
		return;
	if (!bpf_prog_get_info_by_fd(fd, &info, &len))
		snprintf(name, size, "%s", info.name);
	close(fd);
}

static void check_program(struct bty_checks *c, const struct bty_netdev *d, const struct bpf_xdp_query_opts *q)
{
	uint32_t id = q->prog_id ?: q->drv_prog_id ?: q->skb_prog_id ?: q->hw_prog_id;
	char name[32], action[128];

	if (q->attach_mode == XDP_ATTACHED_NONE) {
		bty_check_add(c, "iface_program", BTY_CHECK_OK, NULL, "no XDP program attached");
		return;
	}
	program_name(id, name, sizeof(name));
	snprintf(action, sizeof(action), "end the process that holds it, or ip link set dev %s xdp off", d->name);
	if (!strcmp(name, "xdp_dispatcher") && !bty_dispatcher_probe())
		bty_check_add(c, "iface_program", BTY_CHECK_OK, NULL,
			      "the libxdp dispatcher, which shares the interface");
	else if (strncmp(name, "bty_", 4))
		bty_check_add(c, "iface_program", BTY_CHECK_FAIL, action, "another XDP program is attached: %s, id %u",
			      name, id);
	else if (bty_client_agent_runs())
		bty_check_add(c, "iface_program", BTY_CHECK_OK, NULL, "batchy's own XDP program is attached: %s, id %u",
			      name, id);
	else
		bty_check_add(c, "iface_program", BTY_CHECK_WARN, "`batchy-agent detach --all' removes it",
			      "left by an agent that no longer runs: %s, id %u", name, id);
}

static void check_mtu(struct bty_checks *c, const struct bty_netdev *d)
{
	char action[128];
	struct bty_xdp_mtu m;

	bty_xdp_mtu(d, &m);
	snprintf(action, sizeof(action), "ip link set dev %s mtu %d, or attach --mode generic",
		 m.of_peer ? "PEER" : d->name, ETHERNET_MTU);
	if (!m.mtu)
		bty_check_add(c, "iface_mtu", BTY_CHECK_WARN, "run doctor as root",
			      "the MTU of the veth's other end, which counts, cannot be read; XDP takes up to %u",
			      m.max);
	else if (m.of_peer && m.mtu > m.max)
		bty_check_add(c, "iface_mtu", BTY_CHECK_FAIL, action,
			      "MTU %u at the veth's other end: native XDP takes up to %u", m.mtu, m.max);
	else if (m.of_peer)
		bty_check_add(c, "iface_mtu", BTY_CHECK_OK, NULL, "MTU %u at the veth's other end, up to %u", m.mtu,
			      m.max);
	else if (m.mtu > m.max)
		bty_check_add(c, "iface_mtu", BTY_CHECK_WARN, action,
			      "MTU %u: nearly all drivers refuse native XDP above %u", m.mtu, m.max);
	else if (m.mtu > ETHERNET_MTU)
		bty_check_add(c, "iface_mtu", BTY_CHECK_WARN, action, "MTU %u: some drivers take less than %u with XDP",
			      m.mtu, m.max);
	else
		bty_check_add(c, "iface_mtu", BTY_CHECK_OK, NULL, "MTU %u", m.mtu);
}

static void check_offloads(struct bty_checks *c, const struct bty_netdev *d)
{
	uint32_t flags = 0, gro = 0;
	char action[96];

	snprintf(action, sizeof(action), "ethtool -K %s lro off", d->name);
	if (!ethtool_value(d->name, ETHTOOL_GFLAGS, &flags) && flags & ETH_FLAG_LRO)
		bty_check_add(c, "iface_lro", BTY_CHECK_WARN, action,
			      "LRO is on: the driver merges packets and may refuse XDP");
	else
		bty_check_add(c, "iface_lro", BTY_CHECK_OK, NULL, "LRO is off");
	if (!ethtool_value(d->name, ETHTOOL_GGRO, &gro))
		bty_check_add(c, "iface_gro", BTY_CHECK_OK, NULL,
			      gro ? "GRO is on: it merges after XDP, packets to the host stack gain"
				  : "GRO is off: packets to the host stack go up one by one");
}

/* XDP sees the frame alone: a tag that travels beside it is neither matched nor sent on. */
static void check_vlan(struct bty_checks *c, const struct bty_netdev *d)
{
	uint32_t flags = 0;
	char action[96];

	snprintf(action, sizeof(action), "ethtool -K %s rxvlan off", d->name);
	if (!strcmp(d->driver, "veth"))
		bty_check_add(
			c, "iface_vlan", BTY_CHECK_WARN, "ethtool -K PEER txvlan off, at the other end",
			"tags that the peer's VLAN devices set are not in the frame unless that is off there: elements "
			"do not see them, and what is forwarded lacks them");
	else if (!ethtool_value(d->name, ETHTOOL_GFLAGS, &flags) && flags & ETH_FLAG_RXVLAN)
		bty_check_add(c, "iface_vlan", BTY_CHECK_WARN, action,
			      "the NIC may take VLAN tags out of frames: elements do not see them then, and what is "
			      "forwarded lacks them");
	else
		bty_check_add(c, "iface_vlan", BTY_CHECK_OK, NULL, "VLAN tags stay in the frame");
}

static void check_channels(struct bty_checks *c, const struct bty_netdev *d)
{
	char action[96];
	cpu_set_t set;
	int cpus = 1;

	if (!sched_getaffinity(0, sizeof(set), &set))
		cpus = CPU_COUNT(&set);
	snprintf(action, sizeof(action), "ethtool -L %s combined %d, if the NIC has as many", d->name, cpus);
	if ((int)d->nrxq < cpus)
		bty_check_add(c, "iface_channels", BTY_CHECK_WARN, action,
			      "%u receive queue%s for %d CPUs: the others get no packets", d->nrxq,
			      d->nrxq == 1 ? "" : "s", cpus);
	else
		bty_check_add(c, "iface_channels", BTY_CHECK_OK, NULL, "%u receive queues for %d CPU%s", d->nrxq, cpus,
			      cpus == 1 ? "" : "s");
}

static void check_veth(struct bty_checks *c, const struct bty_netdev *d)
{
	if (strcmp(d->driver, "veth"))
		return;
	bty_check_add(
		c, "veth_gro", BTY_CHECK_WARN, "good for tests; measure throughput on a NIC",
		"XDP on veth takes packets apart: no GSO and GRO between the two ends, 45 Gbit/s of TCP become 8");
	bty_check_add(c, "veth_checksum", BTY_CHECK_WARN, "ethtool -K PEER tx off, at the other end of the veth",
		      "a peer leaves checksums to hardware that is not there unless it was told otherwise, and packets "
		      "that leave by AF_XDP carry bad ones then; its setting cannot be seen from here");
}

void bty_doctor_iface(struct bty_checks *c, const char *iface)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);
	struct bty_netdev d;
	struct bty_err err;
	char action[96];
	int r;

	if (bty_netdev_get(iface, &d, &err)) {
		bty_check_add(c, "iface", BTY_CHECK_FAIL, NULL, "%.250s", err.msg);
		return;
	}
	snprintf(action, sizeof(action), "ip link set dev %s up", iface);
	if (d.up)
		bty_check_add(c, "iface", BTY_CHECK_OK, NULL, "%s, index %u, is up", iface, d.ifindex);
	else
		bty_check_add(c, "iface", BTY_CHECK_FAIL, action, "%s is down", iface);
	r = bpf_xdp_query(d.ifindex, 0, &q);
	if (r) {
		bty_check_add(c, "iface_xdp", BTY_CHECK_WARN, "run doctor as root",
			      "the kernel does not tell about XDP: %s", strerror(-r));
	} else {
		check_features(c, &d, q.feature_flags);
		check_program(c, &d, &q);
	}
	check_mtu(c, &d);
	check_offloads(c, &d);
	check_vlan(c, &d);
	check_channels(c, &d);
	check_veth(c, &d);
}
