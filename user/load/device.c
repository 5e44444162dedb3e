// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads a device's index, MTU, address, state and channels by ioctl; called by user/load before attaching. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "device.h"

static int request(int fd, unsigned long what, struct ifreq *ifr, const char *name)
{
	memset(ifr, 0, sizeof(*ifr));
	snprintf(ifr->ifr_name, IFNAMSIZ, "%.15s", name);
	return ioctl(fd, what, ifr) ? -errno : 0;
}

static int ethtool(int fd, const char *name, void *cmd)
{
	struct ifreq ifr = { 0 };

	snprintf(ifr.ifr_name, IFNAMSIZ, "%.15s", name);
	ifr.ifr_data = cmd;
	return ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
}

static void get_channels(int fd, struct bty_netdev *d)
{
	struct ethtool_channels ch = { .cmd = ETHTOOL_GCHANNELS };
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	if (!ethtool(fd, d->name, &ch)) {
		d->nrxq = ch.rx_count + ch.combined_count;
		d->ntxq = ch.tx_count + ch.combined_count;
	}
	/* a driver without the call has one queue, as tap devices do */
	if (!d->nrxq)
		d->nrxq = 1;
	if (!d->ntxq)
		d->ntxq = 1;
	if (!ethtool(fd, d->name, &info))
		snprintf(d->driver, sizeof(d->driver), "%.31s", info.driver);
}

int bty_netdev_get(const char *name, struct bty_netdev *d, struct bty_err *err)
{
	struct ifreq ifr;
	int fd, ret;

	memset(d, 0, sizeof(*d));
	if (strlen(name) >= sizeof(d->name))
		return bty_fail(err, -EINVAL, "interface %s: a name has at most 15 characters; see `ip link`", name);
	strcpy(d->name, name);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return bty_fail(err, -errno, "interface %s: no socket: %s", name, strerror(errno));
	ret = request(fd, SIOCGIFINDEX, &ifr, name);
	if (ret) {
		bty_fail(err, ret, "interface %s: %s; `ip link` lists the interfaces of this network namespace", name,
			 ret == -ENODEV ? "does not exist" : strerror(-ret));
		goto out;
	}
	d->ifindex = ifr.ifr_ifindex;
	if (!request(fd, SIOCGIFMTU, &ifr, name))
		d->mtu = ifr.ifr_mtu;
	if (!request(fd, SIOCGIFHWADDR, &ifr, name))
		memcpy(d->mac, ifr.ifr_hwaddr.sa_data, 6);
	if (!request(fd, SIOCGIFFLAGS, &ifr, name))
		d->up = !!(ifr.ifr_flags & IFF_UP);
	get_channels(fd, d);
out:
	close(fd);
	return ret;
}

int bty_netdev_name(uint32_t ifindex, char name[16])
{
	return if_indextoname(ifindex, name) ? 0 : -ENODEV;
}

int bty_netns_cookie(__u64 *cookie)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret = 0;
	socklen_t len = sizeof(*cookie);

	if (fd < 0)
		return -errno;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &len))
		ret = -errno;
	close(fd);
	return ret;
}
