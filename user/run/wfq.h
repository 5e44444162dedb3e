/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Weighted fair queueing among the tasks of one worker: each queue is a task, and its sources together are one of weight 1. Private
 * to user/run; called by worker.c on the worker's thread.
 */
#ifndef USER_RUN_WFQ_H
#define USER_RUN_WFQ_H

#include "worker.h"

struct bty_task {
	struct bty_queue *q;	  /* NULL: the sources */
	struct bty_lane_rx *lane; /* one of the two, of a queue */
	struct bty_wqueue *wq;
	uint64_t feeds; /* queues inside the worker that its packets come to next, a bit for each */
	uint64_t vtime; /* units of time it has had, by its weight */
	uint64_t used;	/* the same as they are */
	uint32_t most;	/* packets it may add to one of these in one turn */
};

struct bty_wfq {
	struct bty_task *task;
	int ntasks;
	uint64_t now;		 /* virtual time of the task that ran last, when it began */
	uint64_t full;		 /* queues above the high watermark that have not been below the low one since */
	uint64_t (*clock)(void); /* units of any kind */
	uint32_t turns;
};

/* Makes w->wfq. Returns 0 or -ENOMEM. */
int bty_wfq_open(struct bty_wk *w);
void bty_wfq_close(struct bty_wk *w);

/*
 * Runs one batch of the task that is next; sources: they may. Returns 1 when there was one, 2 when a ring does not show yet what
 * waits in it, 0 when there is nothing to do.
 */
int bty_wfq_turn(struct bty_wk *w, uint64_t now_ns, int sources);

#endif
