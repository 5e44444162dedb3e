// SPDX-License-Identifier: GPL-2.0-or-later
/* What can be said of a model in closed form: rates of queues, throughput of greedy sources. Called by model.c and user/cli. */
#include <errno.h>
#include <math.h>

#include "model.h"

/* A share as it counts: none of what is not a number. */
static double share(const struct bty_model_next *next, int k)
{
	return next->share[k] > 0 ? fmin(next->share[k], 1) : 0;
}

/*
 * Adds what flows from one queue to the next; in[] begins with what comes from elsewhere. A queue is done when all that feed
 * it are, so packets that go round leave some undone.
 */
static int spread(const struct bty_model *m, double *in)
{
	int waits_for[BTY_MAX_QUEUES] = { 0 }, ready[BTY_MAX_QUEUES], nready = 0, done, i, k, to;

	for (i = 0; i < m->nqueues; i++)
		for (k = 0; k < m->queue[i].next.n; k++)
			waits_for[m->queue[i].next.queue[k]]++;
	for (i = 0; i < m->nqueues; i++)
		if (!waits_for[i])
			ready[nready++] = i;
	for (done = 0; done < nready; done++) {
		i = ready[done];
		for (k = 0; k < m->queue[i].next.n; k++) {
			to = m->queue[i].next.queue[k];
			in[to] += in[i] * share(&m->queue[i].next, k);
			if (!--waits_for[to])
				ready[nready++] = to;
		}
	}
	return done == m->nqueues ? 0 : -EINVAL;
}

int bty_model_rates(const struct bty_model *m, double *in)
{
	const struct bty_model_source *s;
	int i, k;

	for (i = 0; i < m->nqueues; i++)
		in[i] = m->queue[i].rate_pps > 0 ? m->queue[i].rate_pps : 0;
	for (i = 0; i < m->nsources; i++) {
		s = &m->source[i];
		for (k = 0; s->rate_pps > 0 && k < s->next.n; k++)
			in[s->next.queue[k]] += s->rate_pps * share(&s->next, k);
	}
	return spread(m, in);
}

double bty_model_greedy_pps(const struct bty_model *m, int worker)
{
	double r[BTY_MAX_QUEUES] = { 0 }, turn_ns = 0, made = 0, n, ns;
	int i, k;

	/* one turn: r counts the packets that come to each queue in it */
	for (i = 0; i < m->nsources; i++) {
		const struct bty_model_source *s = &m->source[i];

		if (s->worker != worker || s->rate_pps > 0)
			continue;
		n = s->burst_pkts ? s->burst_pkts : BTY_MODEL_VEC;
		made += n;
		turn_ns += ceil(n / BTY_MODEL_VEC) * s->t0_ns + n * s->t1_ns;
		for (k = 0; k < s->next.n; k++)
			r[s->next.queue[k]] += n * share(&s->next, k);
	}
	if (made <= 0 || spread(m, r))
		return 0;
	turn_ns += m->worker[worker].turn_ns;
	for (i = 0; i < m->nqueues; i++) {
		n = m->queue[i].trigger ? m->queue[i].trigger : 1;
		turn_ns += r[i] * (m->queue[i].t1_ns + m->queue[i].t0_ns / fmin(n, BTY_MODEL_VEC));
	}
	ns = turn_ns / made;
	return ns > 0 ? 1e9 / ns : 0;
}
