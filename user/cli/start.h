/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Becoming the agent of this network namespace, or asking the one there is; called by attach. */
#ifndef USER_CLI_START_H
#define USER_CLI_START_H

#include "../control/agent.h"

struct start {
	struct bty_attach_opts attach;
	struct bty_agent_opts agent;
	const char *metrics; /* NULL: none */
	int ready_fd;	     /* --daemon: where the parent waits for the ready line; else -1 */
};

/* Runs until the agent ends, or until the running agent has attached. Returns an exit status. */
int start_agent(const struct start *s);

/* The same in a child in the background; returns once it is attached and answers, or has failed. */
int start_daemon(struct start *s);

/* The interface is attached and nobody could be told: detaches it. Returns CLI_FAILED. */
int start_undo(const struct start *s);

/* In that child: leaves the terminal for good. log: what takes its messages from now on. */
void start_leave_terminal(const char *log);

#endif
