/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's JSON as tables: each printed by its verb, and together by top. */
#ifndef USER_CLI_SHOW_H
#define USER_CLI_SHOW_H

#include <jansson.h>
#include <stdio.h>

/* Two lines: who runs, since when; totals. */
void show_head(const json_t *status, FILE *f);
void show_interfaces(const json_t *status, FILE *f);

/* One line with the reasons that counted something; nothing when none did. */
void show_drops(const json_t *drops, FILE *f);

void show_queues(const json_t *queues, FILE *f);
void show_flows(const json_t *flows, FILE *f);

/* {"connections": [...]}; at most max_rows (0: all). */
void show_connections(const json_t *tcp, FILE *f, int max_rows);

/* Connections of this network namespace as {"connections": [...]}; filter as in `tcp --filter`, or NULL. 0 or told why.
 */
int cli_connections(const char *filter, json_t **out);

#endif
