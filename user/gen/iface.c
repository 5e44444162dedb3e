// SPDX-License-Identifier: GPL-2.0-or-later
/* Looks up and checks an interface; called by both verbs before they open a backend. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "clock.h"
#include "iface.h"

/* the kernel reports a new link up to a second after both ends are up */
#define CARRIER_TRIES	100
#define CARRIER_WAIT_NS 20000000

/* Asked of the device and not of sysfs, which shows another namespace's devices until it is mounted anew. */
static void get_driver(int fd, struct ifreq *ifr, struct gen_iface *ifc)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	ifr->ifr_data = (void *)&info;
	if (ioctl(fd, SIOCETHTOOL, ifr))
		strcpy(info.driver, "unknown");
	info.driver[sizeof(info.driver) - 1] = 0;
	memcpy(ifc->driver, info.driver, sizeof(ifc->driver));
}

static int query(int fd, struct gen_iface *ifc, struct bty_err *err)
{
	struct ifreq ifr = { 0 };
	short flags;

	strcpy(ifr.ifr_name, ifc->name);
	if (ioctl(fd, SIOCGIFFLAGS, &ifr))
		return bty_fail(err, -errno, "%s: %s; see `ip link`", ifc->name, strerror(errno));
	flags = ifr.ifr_flags;
	if (!(flags & IFF_UP))
		return bty_fail(err, -ENETDOWN, "%s: interface is down; `ip link set %s up`", ifc->name, ifc->name);
	if (ioctl(fd, SIOCGIFMTU, &ifr))
		return bty_fail(err, -errno, "%s: cannot read the MTU: %s; see `ip link`", ifc->name, strerror(errno));
	ifc->mtu = ifr.ifr_mtu;
	if (ioctl(fd, SIOCGIFHWADDR, &ifr))
		return bty_fail(err, -errno, "%s: cannot read the address: %s; see `ip link`", ifc->name,
				strerror(errno));
	memcpy(ifc->mac, ifr.ifr_hwaddr.sa_data, 6);
	if (flags & IFF_LOOPBACK)
		strcpy(ifc->driver, "lo");
	else
		get_driver(fd, &ifr, ifc);
	return 0;
}

int gen_iface_get(struct gen_iface *ifc, const char *name, struct bty_err *err)
{
	int fd, ret;

	*ifc = (struct gen_iface){ .name = name };
	ifc->ifindex = strlen(name) < IFNAMSIZ ? if_nametoindex(name) : 0;
	if (!ifc->ifindex)
		return bty_fail(err, -ENODEV, "%s: no such interface in this network namespace; see `ip link`", name);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return bty_fail(err, -errno, "%s: cannot open a socket: %s; check the limits of open files", name,
				strerror(errno));
	ret = query(fd, ifc, err);
	close(fd);
	return ret;
}

int gen_iface_wait_carrier(const struct gen_iface *ifc, struct bty_err *err)
{
	struct ifreq ifr = { 0 };
	int fd, i, ret = -ENETDOWN;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return bty_fail(err, -errno, "%s: cannot open a socket: %s; check the limits of open files", ifc->name,
				strerror(errno));
	strcpy(ifr.ifr_name, ifc->name);
	for (i = 0; i < CARRIER_TRIES && ret; i++) {
		if (i)
			gen_sleep_until(gen_now() + CARRIER_WAIT_NS);
		if (!ioctl(fd, SIOCGIFFLAGS, &ifr) && ifr.ifr_flags & IFF_RUNNING)
			ret = 0;
	}
	close(fd);
	return ret ? bty_fail(err, ret, "%s: no carrier; bring the other end up too", ifc->name) : 0;
}

int gen_iface_check_safe(const struct gen_iface *ifc, struct bty_err *err)
{
	static const char *const safe[] = { "veth", "tun", "dummy", "lo" };

	for (unsigned int i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
		if (!strcmp(ifc->driver, safe[i]))
			return 0;
	return bty_fail(
		err, -EPERM,
		"%s: its driver is %s, and test traffic is kept to veth, tap, dummy and lo; use --force to send "
		"on it all the same",
		ifc->name, ifc->driver);
}
