// SPDX-License-Identifier: GPL-2.0-or-later
/* Tap devices for ToHost in a worker; called by run.c. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <bpf/libbpf.h>

#include "../load/blobs.h"
#include "host.h"

static int configure(const char *name, const struct bty_netdev *like)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret = 0;
	struct ifreq ifr = { 0 };

	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, IFNAMSIZ, "%.15s", name);
	ifr.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	memcpy(ifr.ifr_hwaddr.sa_data, like->mac, 6);
	if (ioctl(fd, SIOCSIFHWADDR, &ifr))
		ret = -errno;
	ifr.ifr_mtu = like->mtu;
	if (!ret && ioctl(fd, SIOCSIFMTU, &ifr))
		ret = -errno;
	ifr.ifr_flags = IFF_UP | IFF_NOARP;
	if (!ret && ioctl(fd, SIOCSIFFLAGS, &ifr))
		ret = -errno;
	close(fd);
	return ret;
}

/* The tc program goes with the tap device, and that with its descriptor. */
static int redirect_to_device(const char *tap, const struct bty_netdev *like, struct bty_err *err)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = if_nametoindex(tap), .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 1);
	const struct bty_blob *blob = bty_blob_find("hostin");
	struct bpf_object *obj = blob ? bpf_object__open_mem(blob->start, blob->end - blob->start, NULL) : NULL;
	struct bpf_map *map;
	__u32 *ifindex = NULL;
	size_t size;
	int ret;

	if (!obj)
		return bty_fail(err, -ENOENT, "tap device %s: no BPF program in this build; rebuild with make", tap);
	bpf_object__for_each_map (map, obj)
		ifindex = bpf_map__initial_value(map, &size);
	if (ifindex)
		*ifindex = like->ifindex;
	ret = bpf_object__load(obj);
	if (!ret)
		ret = bpf_tc_hook_create(&hook);
	opts.prog_fd = bpf_program__fd(bpf_object__next_program(obj, NULL));
	if (!ret)
		ret = bpf_tc_attach(&hook, &opts);
	bpf_object__close(obj);
	return ret ? bty_fail(err, ret, "tap device %s: cannot lead its packets to %s: %s", tap, like->name,
			      strerror(-ret))
		   : 0;
}

static int open_tap(const struct bty_netdev *like, struct bty_err *err)
{
	/* one that is there already is somebody else's */
	struct ifreq ifr = { .ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL) };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), ret;

	if (fd < 0)
		return bty_fail(err, -errno, "ToHost behind a Queue needs /dev/net/tun: %s; modprobe tun",
				strerror(errno));
	snprintf(ifr.ifr_name, IFNAMSIZ, "bty%u", like->ifindex);
	if (ioctl(fd, TUNSETIFF, &ifr)) {
		ret = bty_fail(err, -errno, "tap device %s: %s", ifr.ifr_name,
			       errno == EBUSY ? "one of that name is there already; rename or delete it"
					      : strerror(errno));
		close(fd);
		return ret;
	}
	ret = configure(ifr.ifr_name, like);
	if (ret) {
		close(fd);
		return bty_fail(err, ret, "tap device %s: %s", ifr.ifr_name, strerror(-ret));
	}
	ret = redirect_to_device(ifr.ifr_name, like, err);
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}

int bty_host_open(const struct bty_datapath *dp, int generic, int fd[BTY_MAX_DEVICES], struct bty_err *err)
{
	int i;

	if (!bty_needs_native(dp->graph))
		return 0;
	if (generic)
		return bty_fail(
			err, -EOPNOTSUPP,
			"%s: ToHost behind a Queue needs native XDP; put it before the Queue, or use --mode native",
			dp->graph->file);
	for (i = 0; i < dp->graph->ndev; i++) {
		if (!dp->graph->dev[i].receives)
			continue;
		fd[i] = open_tap(&dp->dev[i], err);
		if (fd[i] < 0)
			return fd[i];
	}
	return 0;
}

void bty_host_close(int fd[BTY_MAX_DEVICES])
{
	int i;

	for (i = 0; i < BTY_MAX_DEVICES; i++)
		if (fd[i] >= 0)
			close(fd[i]);
}
