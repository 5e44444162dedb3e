// SPDX-License-Identifier: GPL-2.0-or-later
/* The MTU that native XDP is bound to; called by attach.c to explain a refusal, and by doctor to foresee it. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "device.h"

#define XDP_HEADROOM 256
#define SKB_TAIL     320 /* the kernel's struct skb_shared_info */
#define ETHER_HEADER 14
#define VLAN_TAG     4

struct link {
	uint32_t mtu;
	uint32_t peer;	/* index of the other end of a veth; 0: none */
	int peer_netns; /* as this network namespace numbers it; -1: the same */
};

static void parse_link(const struct nlmsghdr *h, struct link *l)
{
	const struct rtattr *a = IFLA_RTA(NLMSG_DATA(h));
	int len = IFLA_PAYLOAD(h);

	for (; RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		if (a->rta_type == IFLA_MTU)
			memcpy(&l->mtu, RTA_DATA(a), sizeof(l->mtu));
		else if (a->rta_type == IFLA_LINK)
			memcpy(&l->peer, RTA_DATA(a), sizeof(l->peer));
		else if (a->rta_type == IFLA_LINK_NETNSID)
			memcpy(&l->peer_netns, RTA_DATA(a), sizeof(l->peer_netns));
	}
}

/* netns: number of the network namespace to look in, -1: this one. Returns 0 or -errno. */
static int get_link(uint32_t ifindex, int netns, struct link *l)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
		struct rtattr a;
		int netns;
	} req = {
		.h = { .nlmsg_len = sizeof(req), .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST },
		.i = { .ifi_index = (int)ifindex },
		.a = { .rta_len = sizeof(req.a) + sizeof(req.netns), .rta_type = IFLA_TARGET_NETNSID },
		.netns = netns,
	};
	_Alignas(struct nlmsghdr) char buf[16384];
	const struct nlmsghdr *h = (const struct nlmsghdr *)buf;
	ssize_t n = -1;
	int fd;

	if (netns < 0)
		req.h.nlmsg_len = offsetof(__typeof__(req), a);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	if (send(fd, &req, req.h.nlmsg_len, 0) >= 0)
		n = recv(fd, buf, sizeof(buf), 0);
	close(fd);
	if (n < (ssize_t)sizeof(*h) || !NLMSG_OK(h, (size_t)n) || h->nlmsg_type != RTM_NEWLINK)
		return -ENODEV;
	*l = (struct link){ .peer_netns = -1 };
	parse_link(h, l);
	return 0;
}

/* 0 when it cannot be read: from another network namespace only root may. */
static uint32_t peer_mtu(uint32_t ifindex)
{
	struct link mine, peer;

	if (get_link(ifindex, -1, &mine) || !mine.peer || get_link(mine.peer, mine.peer_netns, &peer))
		return 0;
	return peer.mtu;
}

void bty_xdp_mtu(const struct bty_netdev *d, struct bty_xdp_mtu *m)
{
	m->max = sysconf(_SC_PAGESIZE) - XDP_HEADROOM - SKB_TAIL - ETHER_HEADER;
	m->of_peer = !strcmp(d->driver, "veth");
	m->mtu = m->of_peer ? peer_mtu(d->ifindex) : d->mtu;
	if (!m->of_peer)
		m->max -= VLAN_TAG;
}
