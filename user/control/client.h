/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talks to the agent of this network namespace over its control socket; used by the command line. */
#ifndef USER_CONTROL_CLIENT_H
#define USER_CONTROL_CLIENT_H

#include <jansson.h>
#include "../lib/err.h"

/*
 * Sends one request to the agent behind the socket at path and reads its answer. Returns 0 and *reply (json_decref;
 * without its "ok"), or with err set: -ENOENT when no agent listens, -ECONNRESET when it ended before it answered,
 * -EREMOTEIO when it refused the request (err is its message), -ETIMEDOUT, or another -errno.
 */
int bty_client_call(const char *path, const json_t *request, int timeout_ms, json_t **reply, struct bty_err *err);

/* 1 when an agent listens at path (or is too busy to take one more), 0 when none does, -1 when that cannot be told. */
int bty_client_alive(const char *path);

/* 1 when the agent of this network namespace listens. */
int bty_client_agent_runs(void);

#endif
