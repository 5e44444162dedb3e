// SPDX-License-Identifier: GPL-2.0-or-later
/* Cleans what was observed before controllers see it; called by decide.c. */
#include <math.h>
#include <string.h>

#include "input.h"

#define RATE_MAX   1e10 /* packets/s, more than any link brings */
#define T0_MAX	   1e8	/* ns */
#define T1_MAX	   1e7
#define TIME_MAX   6e10
#define BURST_MAX  65536.0
#define LEAST	   1e-9 /* of anything: what is less is nothing */
#define STEP_SIGMA 4.0	/* a period's count this far from the rate is a step of the load, and no chance */
#define STEP_SHARE 0.10 /* nor are smaller changes worth it */

static double clean(struct bty_input *in, double v, double most)
{
	if (v >= 0 && v <= most)
		return v < LEAST ? 0 : v;
	in->clamped++;
	return v > most && isfinite(v) ? most : 0;
}

/* Feed-forward: the last period's rate in place of the smoothed one, by which it is to be multiplied. */
static double step(struct bty_input *in, const struct bty_observer *o, int n)
{
	double dt_s = (double)(o->last_ns - in->last_ns) / 1e9, came, due, sigma;

	if (!in->last_ns || o->last_ns <= in->last_ns || o->queue[n].enq < in->last_enq[n] || dt_s > 10)
		return 1;
	came = (double)(o->queue[n].enq - in->last_enq[n]);
	due = in->queue[n].total_pps * dt_s;
	sigma = sqrt(fmax(fmax(came, due), 1) * in->queue[n].burst_pkts);
	if (due <= 0 || fabs(came - due) < STEP_SIGMA * sigma || fabs(came - due) < STEP_SHARE * due)
		return 1;
	return came / due;
}

static void fill_queue(struct bty_input *in, const struct bty_observer *o, int n)
{
	const struct bty_obs_queue *q = &o->queue[n];
	struct bty_in_queue *iq = &in->queue[n];
	double factor;
	int i;

	iq->rate_pps = clean(in, q->rate_pps, RATE_MAX);
	iq->total_pps = clean(in, q->total_pps, RATE_MAX);
	iq->batches_ps = clean(in, q->batches_ps, RATE_MAX);
	iq->batch_pkts = clean(in, q->batch_pkts, BURST_MAX);
	iq->burst_pkts = fmax(clean(in, q->burst_pkts, BURST_MAX), 1);
	iq->t0_ns = clean(in, q->t0_ns, T0_MAX);
	iq->wake_ns = clean(in, q->wake_ns, T0_MAX);
	iq->t1_ns = clean(in, q->t1_ns, T1_MAX);
	iq->pkt_ns = clean(in, q->pkt_ns, T1_MAX);
	factor = step(in, o, n);
	iq->rate_pps = fmin(iq->rate_pps * factor, RATE_MAX);
	iq->total_pps = fmin(iq->total_pps * factor, RATE_MAX);
	iq->trigger = q->trigger ? q->trigger : 1;
	iq->weight = q->weight ? q->weight : 1;
	iq->capacity = q->capacity ? q->capacity : 1;
	/* half of it leaves room for what comes while a batch is under way */
	iq->high = iq->capacity / 2 ? iq->capacity / 2 : 1;
	iq->deadline_ns = q->deadline_ns;
	iq->trigger_fixed = q->trigger_fixed;
	iq->deadline_fixed = q->deadline_fixed;
	iq->covered = 0;
	iq->server = q->server > 0 && q->server < in->nworkers ? q->server : 0;
	iq->movable = q->movable && !q->server_fixed;
	iq->slo_ns = iq->guarded_pps = 0;
	iq->nfrom = q->nfrom;
	iq->from = -1;
	iq->nnext = 0;
	for (i = 0; i < q->nnext && i < BTY_MAX_NEXT; i++) {
		if (q->next[i] < 0 || q->next[i] >= in->nqueues || q->next[i] == n)
			continue;
		iq->next[iq->nnext] = q->next[i];
		iq->next_share[iq->nnext++] = clean(in, q->next_share[i], 1);
	}
	in->last_enq[n] = q->enq;
}

/* What NAPI deferral leaves of an objective; something, since an objective below it cannot be met anyway. */
static double after_edge(const struct bty_input *in, double slo_ns)
{
	return fmax(slo_ns - in->defer_ns, (double)BTY_DEADLINE_MIN_NS);
}

static void fill_flow(struct bty_input *in, const struct bty_observer *o, int n)
{
	const struct bty_obs_flow *f = &o->flow[n];
	struct bty_in_flow *fi = &in->flow[n];
	int i;

	fi->slo_ns = f->slo_ns ? after_edge(in, fmin((double)f->slo_ns, TIME_MAX)) : 0;
	fi->percentile = f->percentile >= 0 && f->percentile <= 100 ? f->percentile : 95;
	fi->pps = clean(in, f->pps, RATE_MAX);
	fi->rate_slo_pps = fmin((double)f->rate_slo_pps, RATE_MAX);
	fi->measured_ns = fmin((double)f->measured_ns, TIME_MAX);
	fi->windows = f->windows;
	fi->t0_ns = clean(in, f->t0_ns, T0_MAX);
	fi->t1_ns = clean(in, f->t1_ns, T1_MAX);
	fi->queue = f->queue;
	fi->mask = 0;
	fi->nqueues = f->nqueues > 0 && f->nqueues <= BTY_MAX_PATH ? f->nqueues : 0;
	for (i = 0; i < fi->nqueues; i++) {
		if (f->queue[i] < 0 || f->queue[i] >= in->nqueues) {
			fi->nqueues = i;
			break;
		}
		fi->mask |= 1ULL << f->queue[i];
		in->queue[f->queue[i]].covered |= fi->slo_ns > 0;
		in->queue[f->queue[i]].guarded_pps += fi->rate_slo_pps;
	}
	in->windows += fi->windows;
}

static void fill_workers(struct bty_input *in, const struct bty_observer *o)
{
	int i;

	in->worker[0] = (struct bty_in_worker){ in->busy, in->turnaround_ns };
	in->nworkers = 1 + (o->nextra > 0 && o->nextra <= BTY_MAX_EXTRA ? o->nextra : 0);
	for (i = 1; i < in->nworkers; i++) {
		in->worker[i].busy = fmin(clean(in, o->extra[i - 1].busy, 1.1), 1);
		in->worker[i].turnaround_ns = clean(in, o->extra[i - 1].turnaround_ns, TIME_MAX);
	}
	in->hand_t0_ns = clean(in, o->hand_t0_ns, T0_MAX);
	in->hand_t1_ns = clean(in, o->hand_t1_ns, T1_MAX);
}

void bty_input_fill(struct bty_input *in, const struct bty_observer *o)
{
	const struct bty_obs_worker *w = &o->worker;
	int i, k;

	in->nqueues = o->nqueues;
	in->nflows = o->nflows;
	in->greedy = w->greedy;
	in->defer_ns = fmin((double)o->napi_defer_ns, TIME_MAX);
	in->busy = clean(in, w->busy, 1.1);
	in->busy = fmin(in->busy, 1);
	in->turnaround_ns = clean(in, w->turnaround_ns, TIME_MAX);
	in->turn_pkts = clean(in, w->turn_pkts, BURST_MAX * BTY_MAX_QUEUES);
	in->pps = clean(in, w->pps, RATE_MAX);
	in->ns_per_pkt = clean(in, w->ns_per_pkt, TIME_MAX);
	in->stalled_ns = (double)w->stalled_ns;
	in->elapsed_ns = in->last_ns && o->last_ns > in->last_ns ? (double)(o->last_ns - in->last_ns) : 0;
	in->windows = 0;
	fill_workers(in, o);
	for (i = 0; i < in->nqueues; i++)
		fill_queue(in, o, i);
	for (i = in->nqueues - 1; i >= 0; i--)
		for (k = 0; k < in->queue[i].nnext; k++)
			in->queue[in->queue[i].next[k]].from = i;
	for (i = 0; i < in->nflows; i++)
		fill_flow(in, o, i);
	for (i = 0; i < in->nqueues; i++)
		if (!in->queue[i].covered && o->default_slo_ns)
			in->queue[i].slo_ns = after_edge(in, fmin((double)o->default_slo_ns, TIME_MAX));
	in->last_ns = o->last_ns;
}
