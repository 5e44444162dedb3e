// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decomposition `greedy`, as Batchy (NSDI 2020) has it in its controller of workers: flows in the order of their objectives stay in
 * their task as long as for all that stay a turnaround, with a full batch in every module, and the path at a batch of one are
 * within the objective. What belongs to the others alone goes to extra workers, in turn, for good. Called by decide.c.
 */
#include <math.h>

#include "decompose.h"

#define EVERY 10 /* rounds; DEFAULT_TASK_CONTROL_ROUNDS */
#define BATCH BTY_VEC_DEFAULT

/* Those still in the first worker, the strictest objective first. Returns how many. */
static int sort_flows(const struct bty_input *in, int *order)
{
	double slo, other;
	int i, k, n = 0;

	for (i = 0; i < in->nflows; i++) {
		slo = in->flow[i].slo_ns > 0 ? in->flow[i].slo_ns : INFINITY;
		for (k = n++; k > 0; k--) {
			other = in->flow[order[k - 1]].slo_ns > 0 ? in->flow[order[k - 1]].slo_ns : INFINITY;
			if (other <= slo)
				break;
			order[k] = order[k - 1];
		}
		order[k] = i;
	}
	return n;
}

static double turnaround(const struct bty_input *in, uint64_t queues)
{
	const struct bty_in_queue *iq;
	double sum = 0, took;
	uint64_t rest;

	for (rest = queues; rest; rest &= rest - 1) {
		iq = &in->queue[__builtin_ctzll(rest)];
		took = iq->t0_ns + BATCH * iq->t1_ns;
		/* batches of one size tell no more than their mean */
		sum += took > 0 ? took : BATCH * iq->pkt_ns;
	}
	return sum;
}

static int fits(const struct bty_input *in, const struct bty_in_flow *f, double turn_ns)
{
	double path = f->t0_ns + f->t1_ns;

	return f->slo_ns <= 0 || turn_ns + path <= f->slo_ns;
}

/* Queues of worker 0 that stay there. */
static uint64_t residents(const struct bty_input *in, uint64_t here, uint64_t ours)
{
	int order[BTY_MAX_FLOWS], n = sort_flows(in, order), i, k, ok;
	uint64_t stay = here & ~ours, with;
	uint8_t in_task[BTY_MAX_FLOWS] = { 0 };
	double turn_ns;

	for (i = 0; i < n; i++) {
		with = stay | (in->flow[order[i]].mask & here);
		turn_ns = turnaround(in, with);
		ok = fits(in, &in->flow[order[i]], turn_ns);
		for (k = 0; ok && k < i; k++)
			ok = !in_task[order[k]] || fits(in, &in->flow[order[k]], turn_ns);
		if (!ok)
			continue;
		in_task[order[i]] = 1;
		stay = with;
	}
	return stay;
}

void bty_decompose_greedy(struct bty_division *s, const struct bty_input *in, struct bty_decision *d)
{
	uint64_t here = 0, ours = 0, leave;
	int i;

	if (s->windows == in->windows)
		return;
	s->windows = in->windows;
	if (++s->rounds % EVERY)
		return;
	for (i = 0; i < in->nqueues; i++) {
		if (in->queue[i].server)
			continue;
		here |= 1ULL << i;
		ours |= (uint64_t)in->queue[i].movable << i;
	}
	for (i = 0, leave = 0; i < in->nflows; i++)
		leave |= in->flow[i].mask;
	leave &= ours & ~residents(in, here, ours);
	for (; leave; leave &= leave - 1) {
		d->queue[__builtin_ctzll(leave)].server = 1 + s->next;
		s->next = (s->next + 1) % (in->nworkers - 1);
	}
}
