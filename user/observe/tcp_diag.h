/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The TCP connections of this network namespace and what the kernel says of each, by sock_diag. Needs no agent and
 * attaches nothing. Used by `tcp` and `top`.
 */
#ifndef USER_OBSERVE_TCP_DIAG_H
#define USER_OBSERVE_TCP_DIAG_H

#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>
#include "../lib/err.h"

struct inet_diag_msg;

/* Metrics that older kernels do not report, by their bit in bty_tcp_conn.known. */
enum bty_tcp_metric {
	BTY_TCP_FLIGHT,
	BTY_TCP_RWND,
	BTY_TCP_CWND,
	BTY_TCP_MSS,
	BTY_TCP_RETRANS,
	BTY_TCP_BYTES_SENT,
	BTY_TCP_BYTES_RECEIVED,
	BTY_TCP_TIMEOUTS,
	BTY_TCP_WQUEUE,
	BTY_TCP_SRTT,
	BTY_TCP_RTT_MIN,
	BTY_TCP_NMETRICS
};

struct bty_tcp_conn {
	int family; /* AF_INET or AF_INET6 */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	} src, dst;
	uint16_t sport, dport; /* host order */
	uint8_t state;	       /* TCP_ESTABLISHED ... */
	uint32_t inode;	       /* 0: no process holds it */
	int pid;	       /* 0: not known */
	char comm[16];	       /* "" then */
	char congestion[16];   /* "" when not reported */
	uint32_t known;
	uint64_t metric[BTY_TCP_NMETRICS];
};

/* "established" ...; "unknown" for what is none. */
const char *bty_tcp_state_name(int state);

/* Calls fn for each connection (no listening sockets). Stops when fn returns non-zero. Returns 0 or -errno with err
 * set. */
int bty_tcp_dump(int (*fn)(const struct bty_tcp_conn *c, void *arg), void *arg, struct bty_err *err);

/*
 * One answer of the kernel, len bytes from m on, attributes included. Fills all but pid and comm. Attributes shorter
 * than ours (an older kernel) leave their metrics unknown. Returns 0 or -EINVAL.
 */
int bty_tcp_decode(const struct inet_diag_msg *m, size_t len, struct bty_tcp_conn *c);

/* Who holds which socket, from /proc; processes that we may not look into are left out. NULL without memory. */
struct bty_tcp_owners;
struct bty_tcp_owners *bty_tcp_owners_new(void);
void bty_tcp_owners_free(struct bty_tcp_owners *o);

/* Sets pid and comm when inode is known. */
void bty_tcp_owner(const struct bty_tcp_owners *o, struct bty_tcp_conn *c);

#endif
