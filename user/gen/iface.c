// SPDX-License-Identifier: GPL-2.0-or-later
/* Looks up and checks an interface; called by both verbs before they open a backend. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "clock.h"
#include "iface.h"

/* the kernel reports a new link up to a second after both ends are up */
#define CARRIER_TRIES	100
#define CARRIER_WAIT_NS 20000000

int gen_iface_get(struct bty_netdev *dev, const char *name, struct bty_err *err)
{
	int ret = bty_netdev_get(name, dev, err);

	if (!ret && !dev->up)
		ret = bty_fail(err, -ENETDOWN, "%s: interface is down; `ip link set %s up`", name, name);
	return ret;
}

int gen_iface_wait_carrier(const struct bty_netdev *dev, struct bty_err *err)
{
	struct ifreq ifr = { 0 };
	int fd, i, ret = -ENETDOWN;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return bty_fail(err, -errno, "%s: cannot open a socket: %s; check the limits of open files", dev->name,
				strerror(errno));
	strcpy(ifr.ifr_name, dev->name);
	for (i = 0; i < CARRIER_TRIES && ret; i++) {
		if (i)
			gen_sleep_until(gen_now() + CARRIER_WAIT_NS);
		if (!ioctl(fd, SIOCGIFFLAGS, &ifr) && ifr.ifr_flags & IFF_RUNNING)
			ret = 0;
	}
	close(fd);
	return ret ? bty_fail(err, ret, "%s: no carrier; bring the other end up too", dev->name) : 0;
}

int gen_iface_check_safe(const struct bty_netdev *dev, struct bty_err *err)
{
	static const char *const safe[] = { "veth", "tun", "dummy" };

	for (unsigned int i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
		if (!strcmp(dev->driver, safe[i]))
			return 0;
	/* the loopback interface is the one without a driver */
	if (!dev->driver[0] && !strcmp(dev->name, "lo"))
		return 0;
	return bty_fail(
		err, -EPERM,
		"%s: its driver is %s, and test traffic is kept to veth, tap, dummy and lo; use --force to send "
		"on it all the same",
		dev->name, dev->driver[0] ? dev->driver : "unknown");
}
