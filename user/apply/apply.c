// SPDX-License-Identifier: GPL-2.0-or-later
/* Plain stores into control blocks that XDP and workers read; called by user/control. */
#include "apply.h"

static int apply_lane(struct bty_queue *q, const struct bty_setting *s)
{
	int sooner = s->trigger < q->trigger || s->deadline_ns < q->deadline_ns;

	if (q->trigger != s->trigger)
		__atomic_store_n(&q->trigger, s->trigger, __ATOMIC_RELAXED);
	if (q->deadline_ns != s->deadline_ns)
		__atomic_store_n(&q->deadline_ns, s->deadline_ns, __ATOMIC_RELAXED);
	if (q->sample_shift != s->sample_shift)
		__atomic_store_n(&q->sample_shift, s->sample_shift, __ATOMIC_RELAXED);
	if (s->weight && q->weight != s->weight)
		__atomic_store_n(&q->weight, s->weight, __ATOMIC_RELAXED);
	if (s->limit && q->limit != s->limit)
		__atomic_store_n(&q->limit, s->limit, __ATOMIC_RELAXED);
	if (!sooner)
		return 0;
	/* stored before we look: a packet we do not see has seen what we stored */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&q->enq, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&q->deq, __ATOMIC_RELAXED) + __atomic_load_n(&q->lost, __ATOMIC_RELAXED);
}

int bty_apply(const struct bty_datapath *dp, const struct bty_decision *d, int nqueues)
{
	int i, p, kick = 0;

	for (i = 0; i < nqueues; i++)
		for (p = 0; p < dp->nlanes; p++)
			kick |= apply_lane(bty_lane(dp, i, p), &d->queue[i]);
	return kick;
}

void bty_apply_servers(struct bty_run *run, const struct bty_decision *d, int nqueues)
{
	int i, settled;

	for (i = 0; bty_run_nextra(run) && i < nqueues; i++)
		if (bty_run_server(run, i, &settled) != d->queue[i].server)
			bty_run_move(run, i, d->queue[i].server);
}
