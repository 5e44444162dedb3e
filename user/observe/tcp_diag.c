// SPDX-License-Identifier: GPL-2.0-or-later
/* TCP connections by sock_diag netlink, one dump per address family; called by `tcp` and `top`. */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp_diag.h"

/* as in the kernel's net/tcp_states.h, which glibc's netinet/tcp.h repeats but cannot be included with linux/tcp.h */
static const char *const state_names[] = { "unknown",	 "established", "syn-sent",    "syn-recv",   "fin-wait-1",
					   "fin-wait-2", "time-wait",	"close",       "close-wait", "last-ack",
					   "listen",	 "closing",	"new-syn-recv" };

#define NSTATES	     ((int)(sizeof(state_names) / sizeof(state_names[0])))
#define STATE_CLOSE  7
#define STATE_LISTEN 10

const char *bty_tcp_state_name(int state)
{
	return state_names[state > 0 && state < NSTATES ? state : 0];
}

static void set(struct bty_tcp_conn *c, enum bty_tcp_metric m, uint64_t value)
{
	c->known |= 1U << m;
	c->metric[m] = value;
}

#define HAS(len, field) ((len) >= offsetof(struct tcp_info, field) + sizeof(((struct tcp_info *)0)->field))

/*
 * Bytes sent and not yet acknowledged. From the byte counters where they exist (Linux 4.19); there a connection that we
 * opened has its SYN among the acknowledged bytes, so the segment count is asked first and bounds the result.
 */
static uint64_t flight_size(const struct tcp_info *t, size_t len)
{
	uint64_t most = (uint64_t)t->tcpi_unacked * t->tcpi_snd_mss, flight;

	if (!t->tcpi_unacked || !HAS(len, tcpi_bytes_retrans))
		return most;
	flight = t->tcpi_bytes_sent - t->tcpi_bytes_retrans - t->tcpi_bytes_acked;
	if ((int64_t)flight < 1)
		flight = 1;
	return flight < most ? flight : most;
}

static void decode_info(struct bty_tcp_conn *c, const void *data, size_t len)
{
	struct tcp_info t = { 0 };

	memcpy(&t, data, len < sizeof(t) ? len : sizeof(t));
	if (!HAS(len, tcpi_total_retrans))
		return; /* every kernel since 2.6 gives this much */
	set(c, BTY_TCP_FLIGHT, flight_size(&t, len));
	set(c, BTY_TCP_CWND, t.tcpi_snd_cwnd);
	set(c, BTY_TCP_MSS, t.tcpi_snd_mss);
	set(c, BTY_TCP_RETRANS, t.tcpi_total_retrans);
	set(c, BTY_TCP_SRTT, t.tcpi_rtt);
	if (HAS(len, tcpi_bytes_received)) /* Linux 4.1 */
		set(c, BTY_TCP_BYTES_RECEIVED, t.tcpi_bytes_received);
	if (HAS(len, tcpi_min_rtt) && t.tcpi_min_rtt != ~0U) /* Linux 4.6; all ones: no sample yet */
		set(c, BTY_TCP_RTT_MIN, t.tcpi_min_rtt);
	if (HAS(len, tcpi_bytes_sent)) /* Linux 4.19 */
		set(c, BTY_TCP_BYTES_SENT, t.tcpi_bytes_sent);
	if (HAS(len, tcpi_snd_wnd)) /* Linux 5.4 */
		set(c, BTY_TCP_RWND, t.tcpi_snd_wnd);
	if (HAS(len, tcpi_total_rto)) /* Linux 6.7 */
		set(c, BTY_TCP_TIMEOUTS, t.tcpi_total_rto);
}

int bty_tcp_decode(const struct inet_diag_msg *m, size_t len, struct bty_tcp_conn *c)
{
	const struct nlattr *a;
	size_t at, size;

	memset(c, 0, sizeof(*c));
	if (len < sizeof(*m) || (m->idiag_family != AF_INET && m->idiag_family != AF_INET6))
		return -EINVAL;
	memcpy(&c->src, m->id.idiag_src, sizeof(c->src));
	memcpy(&c->dst, m->id.idiag_dst, sizeof(c->dst));
	c->family = m->idiag_family;
	if (c->family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&c->src.v6) && IN6_IS_ADDR_V4MAPPED(&c->dst.v6)) {
		/* IPv4 on the wire, over a socket that takes both */
		c->family = AF_INET;
		memcpy(&c->src.v4, &c->src.v6.s6_addr[12], 4);
		memcpy(&c->dst.v4, &c->dst.v6.s6_addr[12], 4);
	}
	c->sport = ntohs(m->id.idiag_sport);
	c->dport = ntohs(m->id.idiag_dport);
	c->state = m->idiag_state;
	c->inode = m->idiag_inode;
	set(c, BTY_TCP_WQUEUE, m->idiag_wqueue);
	for (at = NLMSG_ALIGN(sizeof(*m)); at + sizeof(*a) <= len; at += NLA_ALIGN(a->nla_len)) {
		a = (const void *)((const char *)m + at);
		if (a->nla_len < NLA_HDRLEN || at + a->nla_len > len)
			return -EINVAL;
		size = a->nla_len - NLA_HDRLEN;
		if ((a->nla_type & NLA_TYPE_MASK) == INET_DIAG_INFO)
			decode_info(c, (const char *)a + NLA_HDRLEN, size);
		else if ((a->nla_type & NLA_TYPE_MASK) == INET_DIAG_CONG)
			snprintf(c->congestion, sizeof(c->congestion), "%.*s", (int)size, (const char *)a + NLA_HDRLEN);
	}
	return 0;
}

static int ask(int fd, int family)
{
	struct {
		struct nlmsghdr h;
		struct inet_diag_req_v2 r;
	} q = {
		.h = { .nlmsg_len = sizeof(q),
		       .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.r = { .sdiag_family = family,
		       .sdiag_protocol = IPPROTO_TCP,
		       .idiag_ext = 1 << (INET_DIAG_INFO - 1) | 1 << (INET_DIAG_CONG - 1),
		       .idiag_states = ~(1U << STATE_LISTEN | 1U << STATE_CLOSE) },
	};

	return send(fd, &q, sizeof(q), 0) < 0 ? -errno : 0;
}

/* 1: the dump ended. */
static int take(char *buf, size_t len, int (*fn)(const struct bty_tcp_conn *, void *), void *arg)
{
	struct bty_tcp_conn c;
	struct nlmsghdr *h;
	int r;

	for (h = (struct nlmsghdr *)buf; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
		if (h->nlmsg_type == NLMSG_DONE)
			return 1;
		if (h->nlmsg_type == NLMSG_ERROR) {
			if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
				return -EPROTO;
			r = ((struct nlmsgerr *)NLMSG_DATA(h))->error;
			return r ? r : 1;
		}
		if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY || bty_tcp_decode(NLMSG_DATA(h), NLMSG_PAYLOAD(h, 0), &c))
			continue;
		if (fn(&c, arg))
			return -ECANCELED;
	}
	return 0;
}

static int dump(int fd, int family, int (*fn)(const struct bty_tcp_conn *, void *), void *arg)
{
	static char buf[65536] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n;
	int r;

	r = ask(fd, family);
	while (!r) {
		n = recv(fd, buf, sizeof(buf), MSG_TRUNC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if ((size_t)n > sizeof(buf))
			return -EMSGSIZE;
		r = n ? take(buf, n, fn, arg) : -EPIPE;
	}
	return r < 0 ? r : 0;
}

int bty_tcp_dump(int (*fn)(const struct bty_tcp_conn *c, void *arg), void *arg, struct bty_err *err)
{
	int fd, r;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return bty_fail(err, -errno, "sock_diag: %s; the kernel needs CONFIG_INET_DIAG", strerror(errno));
	r = dump(fd, AF_INET, fn, arg);
	if (!r)
		r = dump(fd, AF_INET6, fn, arg);
	close(fd);
	if (r == -ECANCELED)
		return 0;
	return r ? bty_fail(err, r, "sock_diag: %s; the kernel needs CONFIG_INET_TCP_DIAG", strerror(-r)) : 0;
}
