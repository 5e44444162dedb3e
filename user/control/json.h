/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A snapshot as JSON with the keys users rely on; called by the control socket. NULL without memory. */
#ifndef USER_CONTROL_JSON_H
#define USER_CONTROL_JSON_H

#include <jansson.h>
#include "../observe/snapshot.h"

/* {"version": ..., "interfaces": [...], "totals": ..., "drops": ...} */
json_t *bty_json_status(const struct bty_snapshot *s);

/* {"queues": [...]} */
json_t *bty_json_queues(const struct bty_snapshot *s);

/* {"elements": [...]} */
json_t *bty_json_elements(const struct bty_snapshot *s);

/* {"flows": [...]} */
json_t *bty_json_flows(const struct bty_snapshot *s);

#endif
