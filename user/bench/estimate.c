// SPDX-License-Identifier: GPL-2.0-or-later
/* What the delay of a flow should be; called by dump.c. */
#include "loop.h"

/*
 * As Batchy (NSDI 2020) has it: a turn of the worker, the time a batch takes to fill in each queue that waits for one, and the
 * elements on the way.
 */
double bty_bench_estimate_ns(const struct bty_observer *o, int flow)
{
	const struct bty_obs_flow *f = &o->flow[flow];
	double sum = o->worker.elements_ns + f->t0_ns, batch = 1;
	const struct bty_obs_queue *q;
	int i;

	for (i = 0; i < f->nqueues; i++) {
		q = &o->queue[f->queue[i]];
		batch = q->batch_pkts;
		if (q->trigger > q->burst_pkts && q->batches_ps > 0)
			sum += 1e9 / q->batches_ps;
	}
	return sum + f->t1_ns * batch;
}
