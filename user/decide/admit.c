// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which objectives can be kept, at which load, and who gives way when the worker has not the time for all; called by slo.c.
 */
#include <math.h>

#include "slo.h"

#define BUSY_MAX	0.95 /* share of the time that is planned with: beyond it queues grow without bound */
#define NOTHING_LEFT	0.75 /* of an objective: a margin as large comes from delays that no trigger can shorten */
#define OVERLOAD_ENTERS 0.97
#define OVERLOAD_LEAVES 0.85
#define CALM_PERIODS	10
#define ROUND_SHARE	0.20 /* of the smallest objective: how long best effort may keep the worker at a time */
#define GUARD		1.5  /* times what a promised rate brings in a round */
#define LIMIT_LEAST	8    /* packets */

/* What is the same for all flows: of a packet in each queue, at the triggers chosen; by worker. */
struct costs {
	double spare[BTY_IN_WORKERS];		      /* ns per second that flows with objectives leave */
	double batches[BTY_IN_WORKERS];		      /* see least_batches() */
	double delay[BTY_MAX_QUEUES];		      /* ns: the least that leaves the workers enough time */
	double queue[BTY_IN_WORKERS][BTY_MAX_QUEUES]; /* ns of work */
	/* ns of work of all queues of a flow's, and the rest; 0: not known */
	double flow[BTY_IN_WORKERS][BTY_MAX_FLOWS];
};

/* Returns ns per second of worker w that flows with an objective need: of delay, or of rate, which counts at least. */
static double find_costs(const struct bty_slo *s, const struct bty_input *in, int w, struct costs *c)
{
	const struct bty_in_flow *f;
	/* what worker 0 does beside the queues, for each packet that comes in */
	double rest = !w && in->pps > 0 ? s->rest_ns / in->pps : 0, ns, promise = 0;
	int i, k;

	for (i = 0; i < in->nqueues; i++)
		c->queue[w][i] = bty_slo_work(s, in, i, bty_max(s->queue[i].q, 1), w);
	for (i = 0; i < in->nflows; i++) {
		f = &in->flow[i];
		if (f->slo_ns <= 0 && f->rate_slo_pps <= 0)
			continue;
		ns = rest;
		for (k = 0; k < f->nqueues; k++)
			ns += c->queue[w][f->queue[k]];
		c->flow[w][i] = ns;
		promise += (f->slo_ns > 0 ? bty_max(f->pps, f->rate_slo_pps) : f->rate_slo_pps) * ns;
	}
	return promise;
}

/*
 * Packets per root of ns of work: triggers in proportion to sqrt(cost * rate) are those of the least delay that leave worker
 * w just enough time. 0: there are none. See docs/controller.md.
 */
static double least_batches(const struct bty_slo *s, const struct bty_input *in, int w)
{
	double time = BUSY_MAX * 1e9 - (w ? 0 : s->rest_ns), roots = 0, all = 0;
	const struct bty_slo_queue *q;
	int i;

	for (i = 0; i < in->nqueues; i++) {
		q = &s->queue[i];
		if (in->queue[i].server != w) {
			time -= q->total * bty_slo_work(s, in, i, q->low, w);
			continue;
		}
		time -= q->total * q->t1;
		all += q->total * q->t0 / q->low;
		if (q->rate > 0)
			roots += sqrt(q->total * q->t0 / q->rate);
	}
	if (time <= 0)
		return 0;
	/* with batches as they arrive: no need to wait at all */
	return all <= time ? -1 : roots / time;
}

/* The shortest waits that leave the workers enough time, of all queues. */
static void find_delays(const struct bty_slo *s, const struct bty_input *in, struct costs *c)
{
	const struct bty_slo_queue *q;
	double pkts, batches;
	int i;

	for (i = 0; i < in->nworkers; i++)
		c->batches[i] = least_batches(s, in, i);
	for (i = 0; i < in->nqueues; i++) {
		q = &s->queue[i];
		batches = c->batches[in->queue[i].server];
		c->delay[i] = 0;
		if (batches <= 0 || !q->moves || q->rate <= 0)
			continue;
		pkts = batches * sqrt(q->total * q->t0 * q->rate) - q->low;
		if (pkts > 0)
			c->delay[i] = pkts * (q->spread.share * 1e9 / q->rate + q->t1);
	}
}

/* The delay of f that could be kept at this load, deferral with it. */
static double possible_delay(const struct bty_slo *s, const struct bty_input *in, int n, const struct costs *c)
{
	const struct bty_in_flow *f = &in->flow[n];
	double ns = s->flow[n].fixed + bty_max(s->flow[n].margin, 0) + in->defer_ns;
	int k, possible = 1;

	for (k = 0; k < in->nworkers; k++)
		possible &= !(s->flow[n].workers >> k & 1) || c->batches[k] != 0;
	for (k = 0; k < f->nqueues; k++)
		ns += c->delay[f->queue[k]];
	return possible ? ns : 0;
}

/* How many packets more or less the workers on its way have the time for; *least_ns: what is left of the one that has least. */
static double more_pps(const struct bty_slo *s, const struct bty_input *in, int n, const struct costs *c,
		       double *least_ns)
{
	const struct bty_in_flow *f = &in->flow[n];
	double pps = bty_max(f->pps, f->rate_slo_pps), most = INFINITY, cost;
	int w;

	*least_ns = INFINITY;
	for (w = 0; w < in->nworkers; w++) {
		if (!(s->flow[n].workers >> w & 1))
			continue;
		*least_ns = bty_min(*least_ns, c->spare[w]);
		cost = c->flow[w][n];
		if (cost > 0)
			most = bty_min(most, bty_min(bty_max(pps + c->spare[w] / cost, 0), 1e9 / cost));
	}
	return isfinite(most) ? most : pps;
}

static void judge(const struct bty_slo *s, const struct bty_input *in, int n, const struct costs *c,
		  struct bty_admission *a)
{
	const struct bty_in_flow *f = &in->flow[n];
	double alone = s->flow[n].fixed - bty_slo_turns(s, n) * !in->greedy, spare;

	a->possible_pps = more_pps(s, in, n, c, &spare);
	a->possible_ns = (uint64_t)bty_min(possible_delay(s, in, n, c), (double)BTY_DEADLINE_MAX_NS);
	a->why = BTY_ADMIT_MET;
	/* as far as costs are known; and where not, by what is measured although nothing waits */
	if (f->slo_ns <= bty_max(alone, (double)BTY_DEADLINE_MIN_NS) ||
	    (s->flow[n].room <= 0 && f->measured_ns > f->slo_ns && s->flow[n].margin >= NOTHING_LEFT * f->slo_ns)) {
		a->why = BTY_ADMIT_SERVICE;
		a->possible_pps = 0;
		if ((double)a->possible_ns < f->measured_ns + in->defer_ns)
			a->possible_ns = (uint64_t)bty_min(f->measured_ns + in->defer_ns, (double)BTY_DEADLINE_MAX_NS);
	} else if (!in->greedy && spare < 0) {
		a->why = BTY_ADMIT_LOAD;
	}
}

static int crowded(struct bty_slo *s, const struct bty_input *in)
{
	if (in->greedy)
		return s->overload = 0;
	s->calm = in->busy < OVERLOAD_LEAVES ? s->calm + 1 : 0;
	if (in->busy >= OVERLOAD_ENTERS)
		s->overload = 1;
	else if (s->calm >= CALM_PERIODS)
		s->overload = 0;
	return s->overload;
}

/*
 * Queues that no delay objective depends on hold no more than the worker does of them in a round that the others can wait
 * for; what comes beyond that is dropped as queue_full, before any work was done for it.
 */
static void give_way(const struct bty_slo *s, const struct bty_input *in, double promise, struct bty_decision *d)
{
	double strictest = INFINITY, turn, work, per_pkt, pkts;
	const struct bty_in_queue *iq;
	const struct bty_slo_queue *q;
	int i, n = 0;

	for (i = 0; i < in->nflows; i++)
		if (in->flow[i].slo_ns > 0)
			strictest = bty_min(strictest, in->flow[i].slo_ns);
	for (i = 0; i < in->nqueues; i++)
		n += !in->queue[i].covered && !in->queue[i].server;
	if (!n || !isfinite(strictest))
		return;
	turn = ROUND_SHARE * strictest;
	work = turn * bty_max(1 - promise / 1e9, 0.05) / n;
	for (i = 0; i < in->nqueues; i++) {
		iq = &in->queue[i];
		q = &s->queue[i];
		if (iq->covered || iq->server)
			continue;
		per_pkt = q->t1 > 0 ? q->t1 : bty_max(in->ns_per_pkt, 1);
		pkts = bty_max((work - q->t0) / per_pkt, GUARD * iq->guarded_pps * turn / 1e9);
		pkts = bty_min(bty_max(pkts, LIMIT_LEAST), iq->capacity);
		d->queue[i].limit = (uint32_t)pkts;
		/* the largest batches: they cost least */
		if (q->moves)
			d->queue[i].trigger = (uint32_t)bty_min(pkts, iq->high);
	}
}

void bty_slo_admit(struct bty_slo *s, const struct bty_input *in, struct bty_decision *d)
{
	double promise[BTY_IN_WORKERS];
	struct costs c;
	int i;

	for (i = 0; i < in->nworkers; i++) {
		promise[i] = find_costs(s, in, i, &c);
		c.spare[i] = BUSY_MAX * 1e9 - promise[i];
	}
	find_delays(s, in, &c);
	for (i = 0; i < in->nflows; i++)
		if (in->flow[i].slo_ns > 0)
			judge(s, in, i, &c, &d->flow[i]);
	if (crowded(s, in))
		give_way(s, in, promise[0], d);
}
