// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole triggers for the controller slo; called by slo.c. */
#include <math.h>
#include <string.h>

#include "slo.h"

#define EXCHANGES 4
#define STRIDE	  16.0 /* of a trigger, spent at once where there is room; less where there is not */
#define IN_VAIN	  16
#define MATTERS	  0.01 /* of all work: less was not lost by rounding */
#define STEPS_MAX (4 * BTY_MAX_QUEUES)
#define NOISE	  0.02 /* of the trigger: a smaller step up is not worth a change */

struct step {
	uint32_t to, more;  /* at least so many packets more than now */
	double wait, worth; /* ns at `to`; work saved per ns */
};

double bty_slo_wait(const struct bty_slo_queue *q, const struct bty_in_queue *iq, uint32_t trigger)
{
	if (trigger <= q->low)
		return 0;
	return bty_wait_bound_ns(trigger, q->rate, iq->burst_pkts, &q->spread) + q->t1 * (trigger - q->low);
}

#define each_row(r, s, n)                                           \
	for (int word_ = 0; 64 * word_ < (s)->solve.nrows; word_++) \
		for (uint64_t rest_ = (s)->rows_of[n][word_];       \
		     rest_ && ((r) = &(s)->solve.row[64 * word_ + __builtin_ctzll(rest_)], 1); rest_ &= rest_ - 1)

static double slack(const struct bty_slo *s, int n)
{
	const struct bty_solve_row *r;
	double least = s->queue[n].limit - s->queue[n].wait;

	each_row (r, s, n)
		if (r->room - r->waits < least)
			least = r->room - r->waits;
	return least;
}

static void add_waits(struct bty_slo *s, int n, double wait)
{
	struct bty_solve_row *r;

	each_row (r, s, n)
		r->waits += wait;
}

static void note_rows(struct bty_slo *s, const struct bty_input *in)
{
	uint64_t rest;
	int i;

	memset(s->rows_of, 0, in->nqueues * sizeof(s->rows_of[0]));
	for (i = 0; i < s->solve.nrows; i++) {
		s->solve.row[i].waits = 0;
		for (rest = s->solve.row[i].mask; rest; rest &= rest - 1)
			s->rows_of[__builtin_ctzll(rest)][i / 64] |= 1ULL << (i % 64);
	}
}

static void set(struct bty_slo *s, const struct bty_input *in, int n, uint32_t q)
{
	s->queue[n].q = q;
	s->queue[n].wait = bty_slo_wait(&s->queue[n], &in->queue[n], q);
}

/* Down to what was solved, and further where the problem, being convex, was kinder than the bound. */
static void round_down(struct bty_slo *s, const struct bty_input *in, int n)
{
	struct bty_slo_queue *q = &s->queue[n];
	double pkts = floor((1 + 1e-9) / s->solve.part[n]);

	set(s, in, n, (uint32_t)bty_min(bty_max(pkts, q->low), in->queue[n].high));
	while (q->q > q->low && (q->wait > s->solve.u[n] * (1 + 1e-9) || q->wait > q->limit))
		set(s, in, n, q->q - 1);
}

/* The most packets that come in that many bursts. */
static double filled(double bursts, double burst)
{
	return burst < 2 ? bursts * burst : floor((bursts + BTY_BURST_PART) * burst);
}

/* The next trigger worth having that is `more` packets above q at least. */
static uint32_t above(const struct bty_slo *s, const struct bty_input *in, int n, uint32_t more)
{
	double to = (double)s->queue[n].q + more, burst = in->queue[n].burst_pkts, bursts;

	if (burst >= 2) {
		bursts = ceil((to - 1) / burst - BTY_BURST_PART);
		to = filled(bursts, burst) >= to ? filled(bursts, burst) : bty_max(filled(bursts + 1, burst), to);
	}
	return (uint32_t)bty_min(to, in->queue[n].high);
}

static uint32_t below(const struct bty_slo *s, const struct bty_input *in, int n)
{
	double q = s->queue[n].q, burst = in->queue[n].burst_pkts, to = q - 1;

	if (burst >= 2)
		to = bty_min(filled(ceil(q / burst - BTY_BURST_PART) - 1, burst), to);
	return (uint32_t)bty_max(to, s->queue[n].low);
}

/* The next trigger that saves work, by up to `most` packets more. Returns 0 when it does not fit. */
static int next_step(const struct bty_slo *s, const struct bty_input *in, int n, double most, struct step *step)
{
	const struct bty_slo_queue *q = &s->queue[n];
	double room = slack(s, n), fit = room / s->solve.curve[n].a;

	if (fit < most)
		most = fit;
	step->more = most > 1 ? (uint32_t)most : 1;
	step->to = above(s, in, n, step->more);
	step->wait = bty_slo_wait(q, &in->queue[n], step->to);
	step->worth = s->solve.curve[n].cost * (1.0 / q->q - 1.0 / step->to) / bty_max(step->wait - q->wait, 1e-3);
	return step->more > 1 || step->wait - q->wait <= room;
}

/* A heap of queues, the step that is worth most on top. */
static void sink(int *heap, int n, int at, const struct step *step)
{
	int down, moved = heap[at];

	while ((down = 2 * at + 1) < n) {
		if (down + 1 < n && step[heap[down + 1]].worth > step[heap[down]].worth)
			down++;
		if (step[heap[down]].worth <= step[moved].worth)
			break;
		heap[at] = heap[down];
		at = down;
	}
	heap[at] = moved;
}

/* Takes the step where it still fits, then finds the next one, or a smaller one. Returns 0 when there is none. */
static int go(struct bty_slo *s, const struct bty_input *in, int n, struct step *step)
{
	struct bty_slo_queue *q = &s->queue[n];

	if (step->wait - q->wait > slack(s, n))
		return step->more > 1 && next_step(s, in, n, step->more / 2.0, step);
	add_waits(s, n, step->wait - q->wait);
	q->q = step->to;
	q->wait = step->wait;
	return q->q < in->queue[n].high && next_step(s, in, n, q->q / STRIDE, step);
}

/* Spends what rounding left in the queues `open_to`, greedily. Room only shrinks: what does not fit now never will. */
static void spend(struct bty_slo *s, const struct bty_input *in, uint64_t open_to)
{
	struct step step[BTY_MAX_QUEUES];
	int heap[BTY_MAX_QUEUES], open = 0, n, steps;

	for (; open_to; open_to &= open_to - 1) {
		n = __builtin_ctzll(open_to);
		if (s->queue[n].moves && s->queue[n].q < in->queue[n].high && s->solve.curve[n].cost > 0 &&
		    next_step(s, in, n, s->queue[n].q / STRIDE, &step[n]))
			heap[open++] = n;
	}
	for (n = open / 2 - 1; n >= 0; n--)
		sink(heap, open, n, step);
	for (steps = 0; open && steps < STEPS_MAX; steps++) {
		if (!go(s, in, heap[0], &step[heap[0]]))
			heap[0] = heap[--open];
		sink(heap, open, 0, step);
	}
}

static void move_to(struct bty_slo *s, const struct bty_input *in, int n, uint32_t to)
{
	double wait = s->queue[n].wait;

	set(s, in, n, to);
	add_waits(s, n, s->queue[n].wait - wait);
}

/*
 * Takes from the queues of a row but n, where a ns is worth least, until it fits. Returns 0 when it cannot, else 1, and the queues
 * that gave are added to `gave`.
 */
static int make_room(struct bty_slo *s, const struct bty_input *in, const struct bty_solve_row *r, int n,
		     uint64_t *gave)
{
	double loss, least;
	uint64_t rest;
	uint32_t to;
	int v, from;

	while (r->waits > r->room) {
		from = -1;
		least = INFINITY;
		for (rest = r->mask; rest; rest &= rest - 1) {
			v = __builtin_ctzll(rest);
			if (v == n || s->queue[v].q <= s->queue[v].low)
				continue;
			to = below(s, in, v);
			loss = s->solve.curve[v].cost * (1.0 / to - 1.0 / s->queue[v].q) /
			       bty_max(s->queue[v].wait - bty_slo_wait(&s->queue[v], &in->queue[v], to), 1e-3);
			if (loss < least) {
				least = loss;
				from = v;
			}
		}
		if (from < 0)
			return 0;
		move_to(s, in, from, below(s, in, from));
		*gave |= 1ULL << from;
	}
	return 1;
}

static void keep(struct bty_slo *s)
{
	int n;

	for (n = 0; n < s->solve.nqueues; n++) {
		s->kept[n].q = s->queue[n].q;
		s->kept[n].wait = s->queue[n].wait;
	}
}

/* By how much work has grown since then; with `back` all is put back as it was. */
static double compare(struct bty_slo *s, int back)
{
	double more = 0;
	int n;

	for (n = 0; n < s->solve.nqueues; n++) {
		if (s->queue[n].q == s->kept[n].q)
			continue;
		more += s->solve.curve[n].cost * (1.0 / s->queue[n].q - 1.0 / s->kept[n].q);
		if (!back)
			continue;
		add_waits(s, n, s->kept[n].wait - s->queue[n].wait);
		s->queue[n].q = s->kept[n].q;
		s->queue[n].wait = s->kept[n].wait;
	}
	return more;
}

/* Rounds queue n up where it was rounded down, at the expense of others, unless that saves no work. Returns 1 when it does. */
static int try_up(struct bty_slo *s, const struct bty_input *in, int n)
{
	uint64_t gave = 0, near = 0;
	struct bty_solve_row *r;
	int fits;

	keep(s);
	move_to(s, in, n, above(s, in, n, 1));
	fits = s->queue[n].wait <= s->queue[n].limit;
	for (r = s->solve.row; fits && r < s->solve.row + s->solve.nrows; r++)
		fits = !(r->mask >> n & 1) || make_room(s, in, r, n, &gave);
	/* only queues that share a row with those have more room than before */
	for (r = s->solve.row; fits && r < s->solve.row + s->solve.nrows; r++)
		near |= r->mask & gave ? r->mask : 0;
	if (fits)
		spend(s, in, near);
	if (fits && compare(s, 0) < 0)
		return 1;
	compare(s, 1);
	return 0;
}

/*
 * With small batches a packet more or less matters: those that lost most by rounding are tried the other way. One that was in vain is
 * not tried with the same trigger for some periods.
 */
static void exchange(struct bty_slo *s, const struct bty_input *in)
{
	double lost, most, all = 0;
	struct bty_slo_queue *q;
	uint64_t tried = 0;
	uint32_t down;
	int n, best, i;

	for (n = 0; n < in->nqueues; n++)
		if (s->queue[n].moves)
			all += s->solve.curve[n].cost / s->queue[n].q;
	for (i = 0; i < EXCHANGES && s->solve.nrows; i++) {
		most = MATTERS * all;
		best = -1;
		for (n = 0; n < in->nqueues; n++) {
			q = &s->queue[n];
			if (tried >> n & 1 || !q->moves || q->q >= in->queue[n].high ||
			    (q->q == q->vain_q && s->periods - q->vain < IN_VAIN))
				continue;
			lost = s->solve.curve[n].cost * (1.0 / s->queue[n].q - s->solve.part[n]);
			if (lost > most) {
				most = lost;
				best = n;
			}
		}
		if (best < 0)
			return;
		tried |= 1ULL << best;
		q = &s->queue[best];
		down = q->q;
		if (try_up(s, in, best))
			continue;
		q->vain_q = down;
		q->vain = s->periods;
	}
}

/*
 * The trigger that brings batches of q packets. Bursts are not all alike: half a burst before q none is waited for in vain, and
 * one burst less does not reach it. The largest of all batches may wait for one more, if there is room for that.
 */
static void choose_trigger(struct bty_slo *s, const struct bty_input *in, int n)
{
	struct bty_slo_queue *q = &s->queue[n];
	double burst = in->queue[n].burst_pkts, bursts = ceil(q->q / burst - BTY_BURST_PART), more;

	q->trigger = 1;
	if (q->limit <= 0 || q->q <= q->low || bursts <= 1)
		return;
	q->trigger = (uint32_t)bty_min(ceil(bty_max(bursts - 0.5, bursts - 1 + 1 / burst) * burst - 1e-9), q->q);
	if (q->trigger == q->q || q->q < in->queue[n].high)
		return;
	more = bty_slo_wait(q, &in->queue[n], (uint32_t)(q->q + burst)) - q->wait;
	if (more > slack(s, n))
		return;
	add_waits(s, n, more);
	q->wait += more;
	q->trigger = q->q;
}

void bty_slo_round(struct bty_slo *s, const struct bty_input *in)
{
	const struct bty_in_queue *iq;
	struct bty_slo_queue *q;
	int n;

	s->periods++;
	note_rows(s, in);
	for (n = 0; n < in->nqueues; n++)
		if (s->queue[n].moves) {
			round_down(s, in, n);
			add_waits(s, n, s->queue[n].wait);
		}
	spend(s, in, in->nqueues ? UINT64_MAX >> (64 - in->nqueues) : 0);
	exchange(s, in);
	/* those behind others first: what is split comes less regularly */
	for (n = in->nqueues - 1; n >= 0; n--) {
		q = &s->queue[n];
		iq = &in->queue[n];
		if (!q->moves)
			continue;
		choose_trigger(s, in, n);
		if (q->trigger > iq->trigger && q->trigger - iq->trigger <= NOISE * iq->trigger)
			q->trigger = iq->trigger;
	}
}
