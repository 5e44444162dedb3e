// SPDX-License-Identifier: GPL-2.0-or-later
/* Follows a worker's loop turn by turn, as serve_due() of user/run/worker.c goes; called by model.c. */
#include <math.h>

#include "predict.h"

/* Gives the packets of v to the next queues at time t, each by its share; those that passed `mark` keep that in mind. */
static void hand_on(struct bty_path *p, const struct bty_vector *v, const struct bty_model_next *next, uint64_t mark,
		    double t)
{
	struct bty_seg part;
	double left;
	uint32_t n;
	int i, k;

	for (i = 0; i < v->nseg; i++) {
		part = v->seg[i];
		part.passed |= mark;
		n = part.n;
		left = 1;
		for (k = 0; k < next->n && n && left > 0; k++) {
			part.n = bty_rng_binomial(&p->rng, n, next->share[k] / left);
			left -= next->share[k];
			n -= part.n;
			if (part.n)
				bty_ring_put(&p->wqueue[p->wq_of[next->queue[k]]], &part, t);
		}
	}
}

/* The flows that end behind this queue: their packets in v, which was taken at t. */
static void record(struct bty_path *p, int queue, const struct bty_vector *v, double t)
{
	const struct bty_model_flow *f;
	uint64_t mark = 1ULL << queue;
	double end;
	int i, s;

	for (i = p->first_end[queue]; i < p->first_end[queue + 1]; i++) {
		f = &p->m->flow[p->ends[i]];
		end = t + f->t0_ns + f->t1_ns * v->n + f->ahead_ns;
		for (s = 0; s < v->nseg; s++)
			if (((v->seg[s].passed | mark) & p->path[i]) == p->path[i])
				bty_dist_add(p->dist[p->ends[i]], p->block, end - v->seg[s].b, end - v->seg[s].a,
					     v->seg[s].n);
	}
}

static double serve_vector(struct bty_path *p, struct bty_ring *r, int why, double t)
{
	const struct bty_model_queue *q = &p->m->queue[r->queue];
	struct bty_queue_count *c = &p->count[r->queue];
	struct bty_vector v;
	double end;

	bty_ring_gather(r, &p->rng, t);
	bty_ring_take(r, &v, t);
	bty_ring_arm(r, &p->rng, t);
	c->packets += v.n;
	c->batches++;
	c->by_trigger += why == 1;
	record(p, r->queue, &v, t);
	end = t + q->t0_ns + q->t1_ns * v.n;
	hand_on(p, &v, &q->next, 1ULL << r->queue, end);
	p->work += 8 + v.nseg;
	return end;
}

static double serve_lane(struct bty_path *p, struct bty_ring *r, double t, double now)
{
	int i, why = bty_ring_release(r, t, now);

	for (i = 0; why && i < BTY_MODEL_VISITS; i++) {
		t = serve_vector(p, r, why, t);
		why = bty_ring_release(r, t, now);
	}
	return t;
}

static double serve_wqueue(struct bty_path *p, struct bty_ring *r, double t, double now)
{
	uint32_t turns = r->n / BTY_MODEL_VEC + 1;
	int why;

	for (; turns && (why = bty_ring_release(r, t, now)); turns--)
		t = serve_vector(p, r, why, t);
	return t;
}

/* Packets that a source makes in a turn that began at now; InfiniteSource makes a vector at most. */
static uint32_t make(const struct bty_path *p, struct bty_source_state *s, double now)
{
	const struct bty_model_source *src = &p->m->source[s->source];
	double burst = src->burst_pkts ? src->burst_pkts : 1, bursts, n;
	uint32_t most = src->burst_pkts > BTY_MODEL_VEC ? src->burst_pkts : BTY_MODEL_VEC;

	if (!src->rate_pps)
		return src->burst_pkts ? src->burst_pkts : BTY_MODEL_VEC;
	if (now < s->next_ns)
		return 0;
	bursts = floor(now * src->rate_pps / 1e9 / burst) + 1;
	s->next_ns = bursts * burst * 1e9 / src->rate_pps;
	n = bursts * burst - s->made;
	if (n > most) {
		s->next_ns = now;
		n = most;
	}
	s->made += n;
	return n > 0 ? (uint32_t)n : 0;
}

/* By vectors: what a branch behind a source sees at once. */
static double serve_source(struct bty_path *p, struct bty_source_state *s, double t, double now)
{
	const struct bty_model_source *src = &p->m->source[s->source];
	uint32_t left = make(p, s, now);
	struct bty_vector v = { .nseg = 1 };

	p->made += left;
	while (left) {
		v.n = left < BTY_MODEL_VEC ? left : BTY_MODEL_VEC;
		left -= v.n;
		v.seg[0] = (struct bty_seg){ now, now, 0, v.n };
		t += src->t0_ns + src->t1_ns * v.n;
		hand_on(p, &v, &src->next, 0, t);
		p->work += 8;
	}
	return t;
}

static void turn(struct bty_path *p)
{
	const struct bty_model_worker *w = &p->m->worker[p->worker];
	double now = p->t, t = now;
	int i;

	for (i = 0; i < p->nsources; i++)
		t = serve_source(p, &p->source[i], t, now);
	for (i = 0; i < p->nlanes; i++)
		t = serve_lane(p, &p->lane[i], t, now);
	for (i = 0; i < p->nwqueues; i++)
		t = serve_wqueue(p, &p->wqueue[i], t, now);
	t += w->turn_ns;
	p->busy += t - now;
	p->t = t;
}

static double next_due(const struct bty_path *p)
{
	double due = INFINITY;
	int i;

	if (p->greedy)
		return p->t;
	for (i = 0; i < p->nlanes; i++)
		due = fmin(due, bty_ring_due(&p->lane[i]));
	for (i = 0; i < p->nwqueues; i++)
		due = fmin(due, bty_ring_due(&p->wqueue[i]));
	for (i = 0; i < p->nsources; i++)
		due = fmin(due, p->source[i].next_ns);
	return due;
}

/* Rests until something is due. */
static void rest(struct bty_path *p, double due)
{
	const struct bty_model_worker *w = &p->m->worker[p->worker];

	if (due - p->t <= w->spin_ns) {
		p->busy += due - p->t;
		p->t = due;
		return;
	}
	/* going to sleep and waking up take no longer than it was */
	p->busy += fmin(w->spin_ns + w->wake_cpu_ns, due + w->wake_ns - p->t);
	p->wakeups++;
	p->t = due + w->wake_ns;
}

int bty_path_run(struct bty_path *p, uint64_t work)
{
	uint64_t end = p->work + work;
	double due;

	while (p->work < end) {
		due = next_due(p);
		if (isinf(due))
			return 1;
		if (due > p->t)
			rest(p, due);
		turn(p);
		p->work += 1 + (p->nlanes + p->nwqueues) / 4;
	}
	return 0;
}
