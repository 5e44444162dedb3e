// SPDX-License-Identifier: GPL-2.0-or-later
/* rtnetlink link notifications; called by agent.c. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include "links.h"

#define READS_MAX 64 /* per call: a storm of news must not starve the control period */

int bty_links_open(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE), ret;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

static const char *link_name(const struct nlmsghdr *nh)
{
	const struct ifinfomsg *ifi = NLMSG_DATA(nh);
	int len = IFLA_PAYLOAD(nh);
	const struct rtattr *a;

	for (a = IFLA_RTA(ifi); RTA_OK(a, len); a = RTA_NEXT(a, len))
		if (a->rta_type == IFLA_IFNAME)
			return RTA_DATA(a);
	return "";
}

int bty_links_read(int fd, void (*fn)(uint32_t ifindex, const char *name, int removed, void *arg), void *arg)
{
	char buf[16384] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct ifinfomsg *ifi;
	struct nlmsghdr *nh;
	ssize_t n;
	int i;

	for (i = 0; i < READS_MAX; i++) {
		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n <= 0)
			return n < 0 && errno == ENOBUFS ? -ENOBUFS : 0;
		for (nh = (struct nlmsghdr *)buf; NLMSG_OK(nh, n); nh = NLMSG_NEXT(nh, n)) {
			if (nh->nlmsg_type != RTM_NEWLINK && nh->nlmsg_type != RTM_DELLINK)
				continue;
			ifi = NLMSG_DATA(nh);
			/* a bridge announces that a port left it with the same message */
			if (ifi->ifi_family != AF_UNSPEC)
				continue;
			fn(ifi->ifi_index, link_name(nh), nh->nlmsg_type == RTM_DELLINK, arg);
		}
	}
	return 0;
}
