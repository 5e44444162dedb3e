// SPDX-License-Identifier: GPL-2.0-or-later
/* From a model to a prediction: checks it, follows each worker, sums up. Called by user/cli, and by controllers. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "predict.h"

#define SEED	     0x6261746368790aULL
#define WORK	     2000000ULL /* at most, over all blocks and workers: some 40 ms */
#define WARM_UP	     0.1	/* of it, before anything counts */
#define ENOUGH	     0.004	/* error of every flow's mean at which it stops before */
#define BLOCKS_LEAST 8
#define TIME_MAX     1e15 /* ns: two weeks, no deadline or cost is longer */
#define RATE_MAX     1e12 /* packets/s */
#define CAPACITY     1024
#define CAPACITY_MAX 65536

static void clamp(double *x, double most, uint32_t *clamped)
{
	double was = *x;

	if (isnan(*x) || *x < 0)
		*x = 0;
	else if (*x > most)
		*x = most;
	*clamped += !(*x == was);
}

/* INFINITY means something here. */
static void clamp_time(double *x, uint32_t *clamped)
{
	if (*x != INFINITY)
		clamp(x, TIME_MAX, clamped);
}

static void clamp_next(struct bty_model_next *next, uint32_t *clamped)
{
	double sum = 0;
	int i;

	for (i = 0; i < next->n; i++) {
		clamp(&next->share[i], 1, clamped);
		/* what rounding makes of shares that are the whole is not worth a word */
		if (sum + next->share[i] > 1) {
			*clamped += sum + next->share[i] > 1 + 1e-6;
			next->share[i] = 1 - sum;
		}
		sum += next->share[i];
	}
}

static void clamp_queue(struct bty_model_queue *q, uint32_t *clamped)
{
	clamp_time(&q->deadline_ns, clamped);
	clamp(&q->rate_pps, RATE_MAX, clamped);
	if (q->burst_pkts >= 0 && q->burst_pkts < 1)
		q->burst_pkts = 1;
	clamp(&q->burst_pkts, BTY_MODEL_VEC, clamped);
	clamp(&q->t0_ns, TIME_MAX, clamped);
	clamp(&q->t1_ns, TIME_MAX, clamped);
	clamp_next(&q->next, clamped);
	if (!q->capacity)
		q->capacity = CAPACITY;
	if (q->capacity > CAPACITY_MAX)
		q->capacity = CAPACITY_MAX;
	if (!q->trigger)
		q->trigger = 1;
	if (q->trigger > q->capacity)
		q->trigger = q->capacity;
	if (q->rings < 1)
		q->rings = 1;
}

static void clamp_model(struct bty_model *m, uint32_t *clamped)
{
	int i;

	for (i = 0; i < m->nqueues; i++)
		clamp_queue(&m->queue[i], clamped);
	for (i = 0; i < m->nsources; i++) {
		clamp(&m->source[i].rate_pps, RATE_MAX, clamped);
		clamp(&m->source[i].t0_ns, TIME_MAX, clamped);
		clamp(&m->source[i].t1_ns, TIME_MAX, clamped);
		clamp_next(&m->source[i].next, clamped);
	}
	for (i = 0; i < m->nflows; i++) {
		clamp(&m->flow[i].t0_ns, TIME_MAX, clamped);
		clamp(&m->flow[i].t1_ns, TIME_MAX, clamped);
		clamp(&m->flow[i].slo_ns, TIME_MAX, clamped);
		clamp(&m->flow[i].ahead_ns, TIME_MAX, clamped);
		clamp(&m->flow[i].percentile, 100, clamped);
	}
	for (i = 0; i < m->nworkers; i++) {
		clamp(&m->worker[i].turn_ns, TIME_MAX, clamped);
		clamp(&m->worker[i].wake_ns, TIME_MAX, clamped);
		clamp(&m->worker[i].wake_cpu_ns, TIME_MAX, clamped);
		clamp_time(&m->worker[i].spin_ns, clamped);
	}
}

static int check_next(const struct bty_model *m, const struct bty_model_next *next, int worker, const char *what, int i,
		      struct bty_err *err)
{
	int k;

	if (next->n < 0 || next->n > BTY_MODEL_NEXT)
		return bty_fail(err, -EINVAL, "model: %s %d: %d next queues; %d at most", what, i, next->n,
				BTY_MODEL_NEXT);
	for (k = 0; k < next->n; k++) {
		if (next->queue[k] < 0 || next->queue[k] >= m->nqueues)
			return bty_fail(err, -EINVAL, "model: %s %d: no queue %d", what, i, next->queue[k]);
		if (m->queue[next->queue[k]].rate_pps > 0)
			return bty_fail(err, -EINVAL,
					"model: queue %d is fed from outside and by %s %d; use a queue for each",
					next->queue[k], what, i);
		if (m->queue[next->queue[k]].worker != worker)
			return bty_fail(err, -EINVAL, "model: %s %d of worker %d feeds queue %d of worker %d", what, i,
					worker, next->queue[k], m->queue[next->queue[k]].worker);
	}
	return 0;
}

static int check_flow(const struct bty_model *m, int i, struct bty_err *err)
{
	const struct bty_model_flow *f = &m->flow[i];
	int k;

	if (f->nqueues < 0 || f->nqueues > BTY_MAX_PATH)
		return bty_fail(err, -EINVAL, "model: flow %d: %d queues; %d at most", i, f->nqueues, BTY_MAX_PATH);
	for (k = 0; k < f->nqueues; k++)
		if (f->queue[k] < 0 || f->queue[k] >= m->nqueues)
			return bty_fail(err, -EINVAL, "model: flow %d: no queue %d", i, f->queue[k]);
	return 0;
}

static int check_model(const struct bty_model *m, struct bty_err *err)
{
	double in[BTY_MAX_QUEUES];
	int i, r = 0;

	if (m->nqueues < 0 || m->nqueues > BTY_MAX_QUEUES || m->nsources < 0 || m->nsources > BTY_MODEL_MAX_SOURCE ||
	    m->nflows < 0 || m->nflows > BTY_MAX_FLOWS || m->nworkers < 1 || m->nworkers > BTY_MAX_WORKERS)
		return bty_fail(err, -EINVAL, "model: more queues, sources, flows or workers than there may be");
	for (i = 0; !r && i < m->nqueues; i++) {
		if (m->queue[i].worker < 0 || m->queue[i].worker >= m->nworkers)
			return bty_fail(err, -EINVAL, "model: queue %d: no worker %d", i, m->queue[i].worker);
		if (m->queue[i].rings > BTY_MAX_PORTS)
			return bty_fail(err, -EINVAL, "model: queue %d: %d rings; %d at most", i, m->queue[i].rings,
					BTY_MAX_PORTS);
		r = check_next(m, &m->queue[i].next, m->queue[i].worker, "queue", i, err);
	}
	for (i = 0; !r && i < m->nsources; i++) {
		if (m->source[i].worker < 0 || m->source[i].worker >= m->nworkers)
			return bty_fail(err, -EINVAL, "model: source %d: no worker %d", i, m->source[i].worker);
		r = check_next(m, &m->source[i].next, m->source[i].worker, "source", i, err);
	}
	for (i = 0; !r && i < m->nflows; i++)
		r = check_flow(m, i, err);
	if (!r && bty_model_rates(m, in))
		r = bty_fail(err, -EINVAL, "model: packets go round through queues; a model has no answer for that");
	return r;
}

static void init_ring(struct bty_ring *r, const struct bty_model *m, int queue)
{
	const struct bty_model_queue *q = &m->queue[queue];

	memset(r, 0, sizeof(*r));
	r->queue = queue;
	r->trigger = q->trigger;
	r->capacity = q->capacity;
	r->deadline_ns = q->deadline_ns;
	r->burst = (uint32_t)lround(q->burst_pkts);
	r->bursts_per_ns = q->rate_pps / q->rings / r->burst / 1e9;
}

static int is_lane(const struct bty_model *m, int queue)
{
	return m->queue[queue].rate_pps > 0;
}

static int make_rings(struct bty_path *p)
{
	const struct bty_model *m = p->m;
	int i, k, nlanes = 0, nwqueues = 0;

	for (i = 0; i < m->nqueues; i++) {
		p->wq_of[i] = -1;
		if (m->queue[i].worker != p->worker)
			continue;
		if (is_lane(m, i))
			nlanes += m->queue[i].rings;
		else
			nwqueues++;
	}
	p->lane = calloc(nlanes + 1, sizeof(*p->lane));
	p->wqueue = calloc(nwqueues + 1, sizeof(*p->wqueue));
	if (!p->lane || !p->wqueue)
		return -ENOMEM;
	for (i = 0; i < m->nqueues; i++) {
		if (m->queue[i].worker != p->worker)
			continue;
		if (!is_lane(m, i)) {
			init_ring(&p->wqueue[p->nwqueues], m, i);
			p->wq_of[i] = p->nwqueues++;
			continue;
		}
		for (k = 0; k < m->queue[i].rings; k++) {
			init_ring(&p->lane[p->nlanes], m, i);
			bty_ring_arm(&p->lane[p->nlanes++], &p->rng, 0);
		}
	}
	return 0;
}

/* The flows of this worker by the queue they end behind. */
static int make_ends(struct bty_path *p)
{
	const struct bty_model_flow *f;
	int i, k, queue;

	for (queue = 0; queue < p->m->nqueues; queue++) {
		p->first_end[queue] = p->nends;
		for (i = 0; i < p->m->nflows; i++) {
			f = &p->m->flow[i];
			if (!f->nqueues || f->queue[f->nqueues - 1] != queue || p->m->queue[queue].worker != p->worker)
				continue;
			for (k = 0; k < f->nqueues; k++)
				p->path[p->nends] |= 1ULL << f->queue[k];
			p->ends[p->nends++] = i;
			p->dist[i] = calloc(1, sizeof(struct bty_dist));
			if (!p->dist[i])
				return -ENOMEM;
		}
	}
	p->first_end[queue] = p->nends;
	return 0;
}

static int make_path(struct bty_path *p)
{
	const struct bty_model *m = p->m;
	int i, r;

	bty_rng_init(&p->rng, SEED + p->worker);
	for (i = 0; i < m->nsources; i++) {
		if (m->source[i].worker != p->worker)
			continue;
		p->greedy |= !m->source[i].rate_pps;
		p->source[p->nsources++].source = i;
	}
	r = make_ends(p);
	return r ? r : make_rings(p);
}

static void free_path(struct bty_path *p)
{
	int i;

	if (!p)
		return;
	for (i = 0; i < BTY_MAX_FLOWS; i++)
		free(p->dist[i]);
	free(p->lane);
	free(p->wqueue);
	free(p);
}

/* What was counted on the way to a steady state is forgotten. */
static void begin_count(struct bty_path *p)
{
	int i;

	memset(p->count, 0, sizeof(p->count));
	p->busy = p->wakeups = p->made = 0;
	p->from = p->t;
	for (i = 0; i < p->nends; i++)
		memset(p->dist[p->ends[i]], 0, sizeof(struct bty_dist));
	for (i = 0; i < p->nlanes; i++)
		p->lane[i].lost = 0;
	for (i = 0; i < p->nwqueues; i++)
		p->wqueue[i].lost = 0;
}

static int sure_enough(const struct bty_path *p, int nblocks)
{
	int i;

	if (nblocks < BLOCKS_LEAST)
		return 0;
	for (i = 0; i < p->nends; i++)
		if (bty_dist_error(p->dist[p->ends[i]], nblocks) > ENOUGH)
			return 0;
	return 1;
}

/* Follows the worker for up to all blocks. Returns how many it took. */
static int follow(struct bty_path *p, uint64_t work)
{
	if (bty_path_run(p, (uint64_t)(work * WARM_UP)))
		return 1;
	begin_count(p);
	for (p->block = 0; p->block < BTY_DIST_BLOCKS; p->block++)
		if (bty_path_run(p, work / BTY_DIST_BLOCKS) || sure_enough(p, p->block + 1))
			break;
	return p->block < BTY_DIST_BLOCKS ? p->block + 1 : BTY_DIST_BLOCKS;
}

static void sum_flow(const struct bty_path *p, int i, int nblocks, struct bty_predicted_flow *out)
{
	const struct bty_model_flow *f = &p->m->flow[i];
	const struct bty_dist *d = p->dist[i];
	double packets = 0;
	int k;

	for (k = 0; k < nblocks; k++)
		packets += d->count[k];
	if (packets <= 0 || p->t <= p->from)
		return;
	out->known = 1;
	out->mean_ns = bty_dist_mean(d, nblocks);
	out->p50_ns = bty_dist_quantile(d, nblocks, 0.5);
	out->p95_ns = bty_dist_quantile(d, nblocks, 0.95);
	out->p99_ns = bty_dist_quantile(d, nblocks, 0.99);
	out->percentile_ns = bty_dist_quantile(d, nblocks, f->percentile / 100);
	out->error = bty_dist_error(d, nblocks);
	out->pps = packets / (p->t - p->from) * 1e9;
}

static void sum_queues(struct bty_path *p, struct bty_prediction *out)
{
	const struct bty_queue_count *c;
	double s = (p->t - p->from) / 1e9;
	int i;

	for (i = 0; i < p->nlanes; i++)
		p->count[p->lane[i].queue].lost += p->lane[i].lost;
	for (i = 0; i < p->nwqueues; i++)
		p->count[p->wqueue[i].queue].lost += p->wqueue[i].lost;
	for (i = 0; i < p->m->nqueues; i++) {
		c = &p->count[i];
		if (p->m->queue[i].worker != p->worker || !c->batches || s <= 0)
			continue;
		out->queue[i].pps = c->packets / s;
		out->queue[i].batches_ps = c->batches / s;
		out->queue[i].batch_pkts = c->packets / c->batches;
		out->queue[i].by_trigger = c->by_trigger / c->batches;
		out->queue[i].lost = c->lost / (c->packets + c->lost);
	}
}

/* The share that would do with full batches; a full turn's worth of packets shares the cost of the turn. */
static double needed(const struct bty_model *m, int worker, const double *in)
{
	const struct bty_model_source *s;
	double sum = 0;
	int i;

	for (i = 0; i < m->nqueues; i++)
		if (m->queue[i].worker == worker)
			sum += in[i] * (m->queue[i].t1_ns + m->queue[i].t0_ns / BTY_MODEL_VEC);
	for (i = 0; i < m->nsources; i++) {
		s = &m->source[i];
		if (s->worker == worker)
			sum += s->rate_pps * (s->t1_ns + s->t0_ns / BTY_MODEL_VEC);
	}
	return sum / 1e9;
}

static void sum_worker(const struct bty_path *p, const double *in, struct bty_prediction *out)
{
	struct bty_predicted_worker *w = &out->worker[p->worker];
	double s = (p->t - p->from) / 1e9, lost = 0, offered = 0;
	int i;

	w->needed_share = needed(p->m, p->worker, in);
	for (i = 0; i < p->m->nqueues; i++) {
		if (p->m->queue[i].worker != p->worker)
			continue;
		lost = fmax(lost, out->queue[i].lost);
		offered += is_lane(p->m, i) ? in[i] : 0;
	}
	for (i = 0; i < p->nsources; i++)
		offered += p->m->source[p->source[i].source].rate_pps;
	if (p->greedy) {
		w->cpu_share = w->needed_share = 1;
	} else if (s > 0) {
		w->cpu_share = fmin(p->busy / 1e9 / s, 1);
		w->wakeups_ps = p->wakeups / s;
	}
	w->overloaded = w->needed_share > 1 || lost > 0.01;
	if (w->overloaded)
		w->over_pps = offered * fmax(w->needed_share > 1 ? 1 - 1 / w->needed_share : 0, lost);
}

static int predict_worker(const struct bty_model *m, int worker, const double *in, struct bty_prediction *out)
{
	struct bty_path *p = calloc(1, sizeof(*p));
	int i, nblocks, r = -ENOMEM;

	if (!p)
		return r;
	p->m = m;
	p->worker = worker;
	r = make_path(p);
	if (!r) {
		nblocks = follow(p, WORK / m->nworkers);
		for (i = 0; i < p->nends; i++)
			sum_flow(p, p->ends[i], nblocks, &out->flow[p->ends[i]]);
		sum_queues(p, out);
		sum_worker(p, in, out);
	}
	free_path(p);
	return r;
}

static void judge(const struct bty_model *m, struct bty_prediction *p)
{
	struct bty_predicted_flow *f;
	double one;
	int i;

	for (i = 0; i < m->nflows; i++) {
		f = &p->flow[i];
		if (!m->flow[i].nqueues) {
			one = m->flow[i].t0_ns + m->flow[i].t1_ns + m->flow[i].ahead_ns;
			*f = (struct bty_predicted_flow){ 1, one, one, one, one, one, 0, 0, 0 };
		}
		f->meets = !m->flow[i].slo_ns || !f->known || f->percentile_ns <= m->flow[i].slo_ns;
		p->misses += !f->meets;
	}
}

int bty_model_predict(const struct bty_model *m, struct bty_prediction *p, struct bty_err *err)
{
	struct bty_model *copy;
	double in[BTY_MAX_QUEUES];
	int i, r;

	memset(p, 0, sizeof(*p));
	r = check_model(m, err);
	if (r)
		return r;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return bty_fail(err, -ENOMEM, "model: out of memory");
	*copy = *m;
	clamp_model(copy, &p->clamped);
	bty_model_rates(copy, in);
	for (i = 0; !r && i < copy->nworkers; i++)
		r = predict_worker(copy, i, in, p);
	judge(copy, p);
	free(copy);
	return r ? bty_fail(err, r, "model: out of memory") : 0;
}
