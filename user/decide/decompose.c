// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decomposition `slo`: queues go to another worker when some flow's objective cannot be kept with them where they are, and only as
 * many as it takes. What a flow needs of its objective at least is predicted for any division of the queues; see
 * docs/controller.md. Called by decide.c.
 */
#include <math.h>
#include <string.h>

#include "decompose.h"

#define LOAD_MAX     0.95 /* of a worker: beyond it what waits grows without bound */
#define LOAD_BACK    0.60 /* a queue goes back only to where there is that much room, in time ... */
#define NEED_BACK    0.60 /* ... and in every objective */
#define NEED_MOVE    0.80 /* a flow is to need no more of its objective after a move */
#define BAD_WINDOWS  3	  /* in a row: one may be chance, and sums remember some before a move */
#define CALM_WINDOWS 20
#define PATIENCE_MAX 1280
#define SOON	     100 /* windows: a queue that was moved again after so few went back too early */
#define MOVES	     8	 /* at a time */
#define RARE	     0.05
#define BISECTIONS   20
#define PROGRESS     1e-3 /* of the excess: less is none */

static double batch_of(const struct bty_in_queue *iq)
{
	return fmax(iq->batch_pkts > 0 ? iq->batch_pkts : iq->trigger, 1);
}

static double hand_ns(const struct bty_input *in, int i)
{
	return in->hand_t0_ns + in->hand_t1_ns * batch_of(&in->queue[i]);
}

/* What queues cost by themselves, and what else the first worker does. */
static void begin(struct bty_division *s, const struct bty_input *in)
{
	const struct bty_in_queue *iq;
	double home = 0;
	int i;

	for (i = 0; i < in->nqueues; i++) {
		iq = &in->queue[i];
		s->often[i] = iq->total_pps / batch_of(iq);
		s->took[i] = iq->pkt_ns * batch_of(iq);
		/* not run yet: as profiled */
		if (s->took[i] <= 0)
			s->took[i] = fmax(iq->t0_ns + iq->t1_ns * batch_of(iq) - (iq->server ? hand_ns(in, i) : 0), 0);
		home += s->often[i] * (iq->server ? hand_ns(in, i) : s->took[i]);
		s->plan.at[i] = iq->server;
	}
	s->rest_ns = fmax(in->busy * 1e9 - home, 0);
}

/*
 * What a packet waits for its worker: with chance often * took it finds it at a batch of that queue, of which any part is left. The
 * time that is left in one case of twenty, longer the less time the worker has.
 */
static double residual(const struct bty_division *s, const struct bty_input *in, const struct bty_plan *p, int w)
{
	double low = 0, high = 0, mid, chance;
	int i, k;

	for (i = 0; i < in->nqueues; i++)
		if (p->at[i] == w)
			high = fmax(high, s->took[i]);
	for (k = 0; k < BISECTIONS && high > 0; k++) {
		mid = (low + high) / 2;
		for (i = 0, chance = 0; i < in->nqueues; i++)
			if (p->at[i] == w && s->took[i] > mid)
				chance += s->often[i] / 1e9 * (s->took[i] - mid);
		if (chance > RARE)
			low = mid;
		else
			high = mid;
	}
	return high / fmax(1 - p->load[w], 1 - LOAD_MAX);
}

/*
 * With sources as fast as their worker each of its turns begins with packets, which wait for all that is in it. A queue that came
 * back would have a batch in each, however few of its packets another worker had the time for.
 */
static double turn(const struct bty_division *s, const struct bty_input *in, const struct bty_plan *p)
{
	double sum = in->turnaround_ns, in_turn;
	int i;

	for (i = 0; i < in->nqueues; i++) {
		in_turn = fmin(s->often[i] * in->turnaround_ns / 1e9, 1);
		if (p->at[i] && !in->queue[i].server)
			sum -= in_turn * (s->took[i] - hand_ns(in, i));
		else if (!p->at[i] && in->queue[i].server)
			sum += s->took[i];
	}
	return fmax(sum, 0);
}

/* *service_ns: the part of it that would be the same anywhere. */
static double need(const struct bty_division *s, const struct bty_input *in, const struct bty_plan *p,
		   const struct bty_in_flow *f, double *service_ns)
{
	double sum = 0, queues = 0;
	uint32_t workers = 1;
	int k, v;

	for (k = 0; k < f->nqueues; k++) {
		v = f->queue[k];
		workers |= 1U << p->at[v];
		queues += in->queue[v].t0_ns + in->queue[v].t1_ns;
		sum += s->took[v] * fmin(in->queue[v].burst_pkts / batch_of(&in->queue[v]), 1);
	}
	sum += fmax(f->t0_ns + f->t1_ns - queues, 0);
	*service_ns = sum;
	for (k = 0; k < f->nqueues; k++)
		sum += p->at[f->queue[k]] ? hand_ns(in, f->queue[k]) + in->queue[f->queue[k]].wake_ns : 0;
	for (k = 0; k < in->nworkers; k++)
		sum += workers >> k & 1 ? p->wait_ns[k] : 0;
	return sum;
}

/* Fills in what p->at means; share: of each objective that a flow may need. */
static void weigh(const struct bty_division *s, const struct bty_input *in, struct bty_plan *p, double share)
{
	const struct bty_in_flow *f;
	uint32_t promised = 0; /* workers that objectives depend on */
	double needed, service;
	int i, k;

	memset(p->load, 0, sizeof(p->load));
	p->load[0] = s->rest_ns / 1e9;
	p->extra = p->excess = 0;
	for (i = 0; i < in->nqueues; i++) {
		p->load[p->at[i]] += s->often[i] * s->took[i] / 1e9;
		if (!p->at[i])
			continue;
		p->load[0] += s->often[i] * hand_ns(in, i) / 1e9;
		p->load[p->at[i]] += s->often[i] * hand_ns(in, i) / 1e9;
		p->extra += s->often[i] * hand_ns(in, i);
	}
	for (k = 0; k < in->nworkers; k++)
		p->wait_ns[k] = !k && in->greedy ? turn(s, in, p) : residual(s, in, p, k);
	for (i = 0; i < in->nflows; i++) {
		f = &in->flow[i];
		if (f->slo_ns <= 0)
			continue;
		needed = need(s, in, p, f, &service);
		/* what no worker could keep moves nothing */
		if (service < share * f->slo_ns)
			p->excess += fmax(needed / (share * f->slo_ns) - 1, 0);
		for (promised |= 1, k = 0; k < f->nqueues; k++)
			promised |= 1U << p->at[f->queue[k]];
	}
	for (k = in->greedy ? 1 : 0; k < in->nworkers; k++)
		if (promised >> k & 1)
			p->excess += fmax(p->load[k] / LOAD_MAX - 1, 0);
}

/* The extra worker with most time left, but for one. */
static int idlest(const struct bty_input *in, const struct bty_plan *p, int but)
{
	int k, best = 0;

	for (k = 1; k < in->nworkers; k++)
		if (k != but && (!best || p->load[k] < p->load[best]))
			best = k;
	return best;
}

/* Of plans that keep every objective the one with least extra work; else the one that comes nearest. */
static int better(const struct bty_plan *a, const struct bty_plan *b)
{
	if (a->excess > 0 || b->excess > 0)
		return a->excess < b->excess - PROGRESS * b->excess;
	return a->extra < b->extra;
}

/* The best move of one queue, in s->best. Returns 0 when none helps. */
static int improve(struct bty_division *s, const struct bty_input *in)
{
	int i, k, to[2], found = 0;

	for (i = 0; i < in->nqueues; i++) {
		if (!in->queue[i].movable)
			continue;
		to[0] = idlest(in, &s->plan, s->plan.at[i]);
		to[1] = 0;
		for (k = to[0] ? 0 : 1; k < (s->plan.at[i] ? 2 : 1); k++) {
			s->tried = s->plan;
			s->tried.at[i] = to[k];
			weigh(s, in, &s->tried, NEED_MOVE);
			if (!better(&s->tried, found ? &s->best : &s->plan))
				continue;
			s->best = s->tried;
			found = 1;
		}
	}
	return found;
}

static void move(struct bty_division *s, const struct bty_input *in, struct bty_decision *d)
{
	int i, moves;

	weigh(s, in, &s->plan, NEED_MOVE);
	for (moves = 0; moves < MOVES && s->plan.excess > 0 && improve(s, in); moves++)
		s->plan = s->best;
	if (!moves)
		return;
	for (i = 0; i < in->nqueues; i++)
		d->queue[i].server = s->plan.at[i];
	if (s->since_back < SOON)
		s->patience = fmin(2 * s->patience, PATIENCE_MAX);
	s->bad = s->calm = 0;
}

/* The queue whose return saves most, if all have ample room then. */
static void move_back(struct bty_division *s, const struct bty_input *in, struct bty_decision *d)
{
	int i, best = -1;

	for (i = 0; i < in->nqueues; i++) {
		if (!in->queue[i].movable || !in->queue[i].server)
			continue;
		s->tried = s->plan;
		s->tried.at[i] = 0;
		weigh(s, in, &s->tried, NEED_BACK);
		if (s->tried.excess > 0 || s->tried.load[0] > LOAD_BACK ||
		    (best >= 0 && s->tried.extra >= s->best.extra))
			continue;
		s->best = s->tried;
		best = i;
	}
	s->calm = 0;
	if (best < 0)
		return;
	d->queue[best].server = 0;
	s->since_back = 0;
}

static int any_late(const struct bty_input *in)
{
	int i;

	for (i = 0; i < in->nflows; i++)
		if (in->flow[i].slo_ns > 0 && in->flow[i].measured_ns > in->flow[i].slo_ns)
			return 1;
	return 0;
}

void bty_decompose_slo(struct bty_division *s, const struct bty_input *in, struct bty_decision *d)
{
	if (s->windows == in->windows)
		return;
	s->windows = in->windows;
	if (!s->patience) {
		s->patience = CALM_WINDOWS;
		s->since_back = SOON;
	}
	s->since_back += s->since_back < SOON;
	begin(s, in);
	/* a prediction close to an objective that is not kept was wrong by that */
	weigh(s, in, &s->plan, any_late(in) ? NEED_MOVE : 1);
	s->bad = s->plan.excess > 0 ? s->bad + 1 : 0;
	s->calm = s->plan.excess > 0 ? 0 : s->calm + 1;
	if (s->bad >= BAD_WINDOWS)
		move(s, in, d);
	else if (s->calm >= s->patience)
		move_back(s, in, d);
}
