/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out one request of the control socket; called by the control server on the agent's main thread. */
#ifndef USER_CONTROL_REQUEST_H
#define USER_CONTROL_REQUEST_H

#include <jansson.h>
#include "agent.h"
#include "server.h"

/*
 * text: one request line without its newline. Returns a document with "ok" true and the answer, or "ok" false and
 * "error"; NULL only without memory.
 */
json_t *bty_request_run(struct bty_agent *a, const char *text, size_t len, const struct bty_server_stats *stats);

/* {"ok": false, "error": ...}; NULL without memory. */
json_t *bty_request_error(const char *why);

/* The request that asks a running agent to attach; absolute paths are the caller's concern. NULL without memory. */
json_t *bty_attach_to_json(const struct bty_attach_opts *opts);

/* "auto", "native", "generic". Returns 0 or -EINVAL. */
int bty_mode_parse(const char *name, enum bty_mode *mode);

/* "auto", "on", "off"; 0 or -EINVAL. */
int bty_fuse_parse(const char *name, enum bty_fuse *fuse);

#endif
