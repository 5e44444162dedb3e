/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket: one JSON request line in, one JSON document out, then the connection closes. Opened by the
 * command line (attach) once the agent exists; served on the agent's main thread through bty_agent_watch(), where it
 * never blocks. Only root and the agent's own user are answered.
 */
#ifndef USER_CONTROL_SERVER_H
#define USER_CONTROL_SERVER_H

#include "agent.h"

#define BTY_REQUEST_MAX	       65536 /* bytes of one request */
#define BTY_SERVER_CLIENTS     16
#define BTY_REQUEST_TIMEOUT_NS 2000000000ULL /* to finish a request */
#define BTY_REPLY_TIMEOUT_NS   5000000000ULL /* to take the answer */

struct bty_server;

/* What happened at the socket so far; part of `status` and of the metrics. */
struct bty_server_stats {
	uint64_t requests; /* answered with ok */
	uint64_t failed;   /* answered with an error: malformed, unknown, or not possible */
	uint64_t refused;  /* wrong user, or one client too many */
	uint64_t expired;  /* request or answer not finished in time, or the client left */
};

/*
 * Listens at path (mode 0600), replacing what a dead agent left there: the caller holds bty_run_lock(). Returns 0 and
 * *out, or -errno with err set.
 */
int bty_server_open(struct bty_agent *a, const char *path, struct bty_server **out, struct bty_err *err);

/* Sends what answers still wait (for at most half a second), closes everything and removes the socket. */
void bty_server_close(struct bty_server *s);

const struct bty_server_stats *bty_server_stats(const struct bty_server *s);

#endif
