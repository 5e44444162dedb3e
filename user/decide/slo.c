// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The controller `slo`: the triggers that cause the least work such that the delay predicted for every flow stays within its
 * objective, found exactly each period (solve.c). Deadlines below the objective stand behind each prediction, so a wrong one
 * costs batch size, not the promise. Called through decide.c.
 */
#include <math.h>

#include "slo.h"

#define ALIKE_T0_NS	1000.0 /* of every queue while one of them is not known */
#define UNCOVERED_WAIT	0.85 /* of a default objective: the rest is for what is not modelled, and not measured there */
#define UNCOVERED_LEAST 0.95
#define DEADLINE_MARGIN 0.02   /* of the objective, at least */
#define DEADLINE_LEAST	0.05   /* of the objective: of one that cannot be met anyway */
#define PROPORTION_NS	1000.0 /* a queue that waits less counts with this in the division of deadlines */
#define GOAL		1e-5   /* whole triggers are a thousand times coarser */
#define FACTORS		4      /* in one solution: the next period goes on from there */
#define LOOKS		3
#define FAR		0.10 /* of the rate */
#define NEAR		0.02
#define SLOPE_MAX	0.9
#define SCALE_MAX	10.0

static void quantiles(struct bty_slo *s, const struct bty_input *in)
{
	struct bty_slo_flow *m;
	double p;
	int i, k, v;

	for (i = 0; i < in->nflows; i++) {
		m = &s->flow[i];
		p = in->flow[i].percentile;
		if (m->percentile != p || m->quantile.share <= 0) {
			m->percentile = p;
			m->quantile = bty_wait_spread(p);
		}
		if (in->flow[i].slo_ns <= 0)
			continue;
		for (k = 0; k < in->flow[i].nqueues; k++) {
			v = in->flow[i].queue[k];
			if (m->quantile.share > s->queue[v].spread.share)
				s->queue[v].spread = m->quantile;
		}
	}
}

static double batch_now(const struct bty_in_queue *iq)
{
	return bty_max(iq->batch_pkts > 0 ? iq->batch_pkts : iq->trigger, 1);
}

/* The share of batches of n packets that have one for a branch, and the variance of the intervals between these. */
static double thinned(double variance, double share, double n)
{
	double some = share < 1 ? 1 - pow(1 - share, bty_max(n, 1)) : 1;

	return some * variance + 1 - some;
}

double bty_slo_turns(const struct bty_slo *s, int n)
{
	double sum = s->turn_ns[0] / s->scale;
	int w;

	for (w = 1; w < BTY_IN_WORKERS; w++)
		sum += s->flow[n].workers >> w & 1 ? s->turn_ns[w] : 0;
	return sum;
}

double bty_slo_work(const struct bty_slo *s, const struct bty_input *in, int n, double pkts, int w)
{
	const double hand = in->hand_t1_ns + in->hand_t0_ns / pkts, all = s->queue[n].t1 + s->queue[n].t0 / pkts;
	const int server = in->queue[n].server;

	/* a worker that hands over and the one that serves both have to do with that */
	return w == server ? all : w ? 0 : bty_min(hand, all);
}

/* The squared variation of the length of a turn: some turns serve a large batch, others none. */
static double turn_variation(const struct bty_input *in)
{
	const struct bty_in_queue *iq;
	double sum = 0, often, took;
	int i;

	for (i = 0; i < in->nqueues; i++) {
		iq = &in->queue[i];
		if (iq->server)
			continue;
		often = bty_min(iq->batches_ps * in->turnaround_ns / 1e9, 1);
		took = iq->t0_ns + iq->t1_ns * batch_now(iq);
		sum += often * (1 - often) * took * took;
	}
	return in->turnaround_ns > 0 ? bty_min(sum / in->turnaround_ns / in->turnaround_ns, 1) : 1;
}

/*
 * How irregular bursts come: the squared variation of the intervals between them. 1 from outside, as a Poisson process has it;
 * less when it is the turns of the worker that bring them, or the batches of one queue before.
 */
static double variation(const struct bty_slo *s, const struct bty_input *in, int n)
{
	const struct bty_in_queue *iq = &in->queue[n], *from;
	double gap = iq->rate_pps > 0 ? iq->burst_pkts / iq->rate_pps * 1e9 : 0;
	int k;

	if (!iq->nfrom)
		return in->greedy && gap > 0 ? bty_min(1 - bty_min(in->turnaround_ns / gap, 1) + s->turn_variation, 1)
					     : 1;
	if (iq->nfrom != 1 || iq->from < 0)
		return 1;
	from = &in->queue[iq->from];
	for (k = 0; from->next[k] != n; k++)
		;
	return thinned(s->queue[iq->from].variation * from->burst_pkts / bty_max(batch_now(from), from->burst_pkts),
		       from->next_share[k], batch_now(from));
}

/* Queues behind others are usually numbered after them; where not, the last period's will do. */
static void variations(struct bty_slo *s, const struct bty_input *in)
{
	struct bty_slo_queue *q;
	int i;

	for (i = 0; i < in->nqueues; i++) {
		q = &s->queue[i];
		q->variation = variation(s, in, i);
		q->spread.z *= sqrt(q->variation);
		q->spread.skew *= q->variation;
	}
}

/* The first one, where every queue is filled, and those that queues were moved to. */
static uint32_t workers_of(const struct bty_input *in, const struct bty_in_flow *f)
{
	uint32_t bits = 1;
	int k;

	for (k = 0; k < f->nqueues; k++)
		bits |= 1U << in->queue[f->queue[k]].server;
	return bits;
}

static void begin_queues(struct bty_slo *s, const struct bty_input *in)
{
	static const struct bty_spread p95 = { 0.95, 1.2816, 0.2141 };
	const struct bty_in_queue *iq;
	struct bty_slo_queue *q;
	double work = 0;
	int i;

	s->alike = 0;
	for (i = 0; i < in->nqueues; i++) {
		iq = &in->queue[i];
		q = &s->queue[i];
		q->spread = (struct bty_spread){ 0 };
		q->t0 = iq->t0_ns;
		q->t1 = iq->t1_ns;
		q->moves = !iq->trigger_fixed;
		q->low = (uint32_t)bty_min(floor(iq->burst_pkts * (1 + BTY_BURST_PART)), iq->high);
		s->alike |= iq->t0_ns + iq->wake_ns <= 0;
		work += iq->total_pps * bty_slo_work(s, in, i, batch_now(iq), 0);
	}
	quantiles(s, in);
	for (i = 0; i < in->nqueues; i++)
		if (s->queue[i].spread.share <= 0)
			s->queue[i].spread = p95;
	s->turn_variation = turn_variation(in);
	variations(s, in);
	s->rest_ns = bty_max(in->busy * 1e9 - work, 0);
	/* half of one is left on average, when a packet comes */
	for (i = 0; i < in->nworkers; i++)
		s->turn_ns[i] = in->worker[i].turnaround_ns * in->worker[i].busy / 2;
	for (i = 0; i < in->nflows; i++)
		s->flow[i].workers = workers_of(in, &in->flow[i]);
}

/* What the triggers do not change of each flow's delay, and what is left for them. */
static void rooms(struct bty_slo *s, const struct bty_input *in)
{
	const struct bty_in_flow *f;
	struct bty_slo_queue *q;
	struct bty_slo_flow *m;
	double service, one, wait; /* wait: in queues that are not ours to set */
	int i, k, v;

	for (i = 0; i < in->nflows; i++) {
		f = &in->flow[i];
		m = &s->flow[i];
		service = one = wait = 0;
		for (k = 0; k < f->nqueues; k++) {
			v = f->queue[k];
			q = &s->queue[v];
			one += q->t0 + q->t1;
			service += q->t0 + q->t1 * (q->moves ? q->low : in->queue[v].trigger);
			if (!q->moves)
				wait += q->wait = bty_min((double)in->queue[v].deadline_ns,
							  bty_wait_bound_ns(in->queue[v].trigger, q->rate,
									    in->queue[v].burst_pkts, &q->spread));
		}
		m->fixed = service + bty_max(f->t0_ns + f->t1_ns - one, 0) + bty_slo_turns(s, i) + wait;
		m->room = (f->slo_ns - m->margin - m->fixed) / (m->gain > 0 ? m->gain : 1);
	}
}

/* The flows that go through the same queues have a row together. Which these are changes seldom. */
static void find_twins(struct bty_slo *s, const struct bty_input *in, uint64_t ours)
{
	int i, k, same = s->nflows == in->nflows;
	uint64_t mask;

	for (i = 0; i < in->nflows; i++) {
		mask = in->flow[i].mask & ours;
		same &= s->flow[i].mask == mask;
		s->flow[i].mask = mask;
	}
	s->nflows = in->nflows;
	for (i = 0; !same && i < in->nflows; i++) {
		for (k = 0; s->flow[k].mask != s->flow[i].mask; k++)
			;
		s->flow[i].twin = k;
	}
}

static void add_row(struct bty_slo *s, int flow, uint64_t mask, double room)
{
	int *row = &s->flow[s->flow[flow].twin].row;
	struct bty_solve_row *r;

	if (*row >= 0) {
		r = &s->solve.row[*row];
		if (room < r->room) {
			r->room = room;
			r->flow = flow;
		}
		return;
	}
	*row = s->solve.nrows++;
	r = &s->solve.row[*row];
	r->mask = mask;
	r->room = room;
	r->flow = flow;
	r->price = s->flow[flow].price;
}

/* One queue alone on its path has a limit; several share a row. */
static void limits(struct bty_slo *s, const struct bty_input *in)
{
	uint64_t ours = 0, mask, rest;
	int i, k;

	for (i = 0; i < in->nqueues; i++) {
		s->queue[i].limit = in->queue[i].covered
					    ? INFINITY
					    : UNCOVERED_WAIT * (in->queue[i].slo_ns > 0 ? in->queue[i].slo_ns
											: BTY_DEADLINE_DEFAULT_NS);
		ours |= (uint64_t)s->queue[i].moves << i;
	}
	s->solve.nrows = 0;
	find_twins(s, in, ours);
	for (i = 0; i < in->nflows; i++)
		s->flow[i].row = -1;
	for (i = 0; i < in->nflows; i++) {
		mask = s->flow[i].mask;
		if (in->flow[i].slo_ns <= 0 || !mask)
			continue;
		for (rest = mask; rest; rest &= rest - 1) {
			k = __builtin_ctzll(rest);
			if (s->flow[i].room < s->queue[k].limit)
				s->queue[k].limit = s->flow[i].room;
		}
		if (mask & (mask - 1) && s->flow[i].room > 0)
			add_row(s, i, mask, s->flow[i].room);
	}
}

static void curves(struct bty_slo *s, const struct bty_input *in)
{
	const struct bty_in_queue *iq;
	struct bty_slo_queue *q;
	struct bty_curve *c;
	double gap;
	int i;

	s->solve.nqueues = in->nqueues;
	for (i = 0; i < in->nqueues; i++) {
		iq = &in->queue[i];
		q = &s->queue[i];
		c = &s->solve.curve[i];
		q->rate = iq->rate_pps * s->scale;
		q->total = iq->total_pps * s->scale;
		c->low = q->low;
		c->high = q->moves ? iq->high : q->low;
		gap = q->rate > 0 ? 1e9 / q->rate : INFINITY;
		c->a = q->spread.share * gap + q->t1;
		c->s = q->spread.z * sqrt(q->spread.share * iq->burst_pkts) * gap;
		c->e = q->spread.skew * iq->burst_pkts * gap;
		c->cost = q->total * (s->alike ? ALIKE_T0_NS : q->t0 + iq->wake_ns);
		bty_curve_init(c, q->limit);
	}
}

static void solve(struct bty_slo *s, const struct bty_input *in)
{
	int i;

	for (i = 0; i < in->nqueues; i++)
		s->queue[i].rate = in->queue[i].rate_pps * s->scale;
	rooms(s, in);
	limits(s, in);
	curves(s, in);
	bty_solve(&s->solve);
	for (i = 0; i < s->solve.nrows; i++)
		s->flow[s->solve.row[i].flow].price = s->solve.row[i].price;
}

/* How much faster a worker that never sleeps would be at the triggers just found. */
static double speed(const struct bty_slo *s, const struct bty_input *in)
{
	const struct bty_in_queue *iq;
	double now = s->rest_ns, then = now, batch;
	int i;

	for (i = 0; i < in->nqueues; i++) {
		iq = &in->queue[i];
		batch = s->queue[i].moves ? 1 / s->solve.part[i] : batch_now(iq);
		now += iq->total_pps * bty_slo_work(s, in, i, batch_now(iq), 0);
		then += iq->total_pps * bty_slo_work(s, in, i, batch, 0);
	}
	return now > 0 && then > 0 ? bty_min(bty_max(now / then, 0.1), 10) : 1;
}

/* Where triggers for the rate `at` bring the rate `to`: at which rate the two would agree, by the secant method. */
static void extrapolate(struct bty_slo_greedy *g, double at, double to)
{
	/* too near to each other, two points tell nothing */
	if (fabs(at - g->at) > NEAR * at)
		g->slope = g->at > 0 ? bty_min(bty_max((to - g->to) / (at - g->at), 0), SLOPE_MAX) : 0;
	g->at = at;
	g->to = to;
	g->next = (to - g->slope * at) / (1 - g->slope);
}

/*
 * Sources as fast as the worker: larger batches bring higher rates, and these larger batches. The fixed point is looked for from
 * period to period, each begins where the last one has led; a period that is far from it takes a second look.
 */
static void solve_greedy(struct bty_slo *s, const struct bty_input *in)
{
	struct bty_slo_greedy *g = &s->greedy;
	double level = 0;
	int i;

	for (i = 0; i < in->nqueues; i++)
		level += in->queue[i].total_pps;
	for (i = 0; i < LOOKS; i++) {
		s->scale = g->next > 0 && level > 0 ? bty_min(bty_max(g->next / level, 1 / SCALE_MAX), SCALE_MAX) : 1;
		solve(s, in);
		extrapolate(g, s->scale * level, speed(s, in) * level);
		if (fabs(g->to - g->at) <= FAR * g->at)
			break;
	}
}

/* The objective less what is not waiting, in proportion to the waits of the queues on the path. */
static void divide(struct bty_slo *s, const struct bty_input *in, int n, struct bty_decision *d)
{
	const struct bty_in_flow *f = &in->flow[n];
	const struct bty_slo_queue *q;
	double left, sum = 0, mine;
	int k, v;

	left = f->slo_ns - bty_max(s->flow[n].margin, DEADLINE_MARGIN * f->slo_ns) - s->flow[n].fixed;
	for (k = 0; k < f->nqueues; k++) {
		v = f->queue[k];
		q = &s->queue[v];
		left += q->moves ? -q->t1 * (q->q - bty_min(q->q, q->low)) : q->wait;
		if (in->queue[v].deadline_fixed)
			left -= (double)in->queue[v].deadline_ns;
		else
			sum += bty_max(q->wait, PROPORTION_NS);
	}
	left = bty_max(left, DEADLINE_LEAST * f->slo_ns);
	for (k = 0; k < f->nqueues; k++) {
		v = f->queue[k];
		mine = left * bty_max(s->queue[v].wait, PROPORTION_NS) / sum;
		if (!in->queue[v].deadline_fixed && mine < (double)d->queue[v].deadline_ns)
			d->queue[v].deadline_ns = (uint64_t)mine;
	}
}

static void deadlines(struct bty_slo *s, const struct bty_input *in, struct bty_decision *d)
{
	double least;
	int i;

	for (i = 0; i < in->nqueues; i++) {
		least = in->queue[i].slo_ns > 0 ? in->queue[i].slo_ns : BTY_DEADLINE_DEFAULT_NS;
		d->queue[i].deadline_ns =
			in->queue[i].covered ? BTY_DEADLINE_MAX_NS : (uint64_t)(UNCOVERED_LEAST * least);
	}
	for (i = 0; i < in->nflows; i++)
		if (in->flow[i].slo_ns > 0)
			divide(s, in, i, d);
}

static void decide(const struct bty_input *in, void *state, struct bty_decision *d)
{
	struct bty_slo *s = state;
	int i;

	begin_queues(s, in);
	bty_slo_learn(s, in);
	s->scale = 1;
	s->solve.goal = GOAL;
	s->solve.most = FACTORS;
	if (in->greedy && !s->alike) {
		solve_greedy(s, in);
	} else {
		s->greedy.next = s->greedy.at = 0;
		solve(s, in);
	}
	bty_slo_round(s, in);
	for (i = 0; i < in->nqueues; i++)
		d->queue[i].trigger = s->queue[i].trigger;
	deadlines(s, in, d);
	bty_slo_admit(s, in, d);
}

const struct bty_controller bty_controller_slo = {
	"slo", "the least work that keeps every flow's objective", sizeof(struct bty_slo), decide, NULL,
};
