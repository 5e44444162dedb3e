/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent's numbers for a monitoring system: OpenMetrics text over HTTP at GET /metrics. Opened by the command line
 * (attach --metrics); requests are served on the agent's main thread, where the snapshot is taken.
 */
#ifndef USER_EXPORT_METRICS_H
#define USER_EXPORT_METRICS_H

#include <stdio.h>
#include "../control/agent.h"
#include "../control/server.h"

struct bty_metrics;

/*
 * address: "127.0.0.1:9100", "[::1]:9100", ":9100" (every address) or "unix:/path". server: for the counters of the
 * control socket, may be NULL; outlives the result. Returns 0 and *out, or -errno with err set.
 */
int bty_metrics_open(struct bty_agent *a, const struct bty_server *server, const char *address,
		     struct bty_metrics **out, struct bty_err *err);

/* Closes connections and removes a unix socket. */
void bty_metrics_close(struct bty_metrics *m);

/* The text itself; st may be NULL. */
void bty_metrics_write(const struct bty_snapshot *s, const struct bty_server_stats *st, FILE *f);

#endif
