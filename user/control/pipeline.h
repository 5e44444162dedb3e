/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One attached pipeline from file to workers, with what the controller remembers of it. Owned by the agent's main thread. */
#ifndef USER_CONTROL_PIPELINE_H
#define USER_CONTROL_PIPELINE_H

#include "../observe/observe.h"
#include "agent.h"
#include "steer.h"

struct bty_pipeline {
	struct bty_pipeline *next;
	struct bty_graph *graph;
	struct bty_datapath *dp;
	struct bty_run *run;
	struct bty_observer obs;
	struct bty_costs *costs; /* what obs knows of elements' costs beforehand */
	struct bty_steer steer;
	char iface[16];
	struct bty_update *update; /* of a table, under way */
	struct bty_update *held;   /* an old generation that a worker has not let go of in time */
};

/*
 * Loads, starts the workers, attaches. others: the pipelines that run, whose interfaces are not to be had (-EBUSY). c: what sets its triggers, every period_ns.
 * Returns 0 or -errno with err set and nothing left behind.
 */
int bty_pipeline_open(const struct bty_attach_opts *opts, const struct bty_controller_choice *c, uint64_t period_ns,
		      const struct bty_pipeline *others, struct bty_pipeline **out, struct bty_err *err);

/* 1 when the pipeline receives from iface. */
int bty_pipeline_serves(const struct bty_pipeline *p, const char *iface);

/* Detaches (leave: but for what is pinned), lets workers finish, frees. NULL is harmless. */
void bty_pipeline_close(struct bty_pipeline *p, int leave);

#endif
