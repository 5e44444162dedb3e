// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One ring of packets as predict.c sees it. Of a lane only three moments are drawn: when its first packet comes, when its
 * trigger is reached, when its deadline is; those in between are spread evenly, as Poisson arrivals are once their number
 * is known. A look before the trigger splits what is drawn, with a binomial number on this side.
 */
#include <math.h>

#include "predict.h"

void bty_ring_arm(struct bty_ring *r, struct bty_rng *rng, double t)
{
	r->base = t;
	r->first = r->full = INFINITY;
	if (r->bursts_per_ns <= 0)
		return;
	r->need = r->n < r->trigger ? (r->trigger - r->n + r->burst - 1) / r->burst : 0;
	if (r->n) {
		r->first = t;
		r->full = r->need ? t + bty_rng_erlang(rng, r->need) / r->bursts_per_ns : t;
		return;
	}
	r->first = t + bty_rng_erlang(rng, 1) / r->bursts_per_ns;
	r->full = r->need > 1 ? r->first + bty_rng_erlang(rng, r->need - 1) / r->bursts_per_ns : r->first;
}

static double deadline(const struct bty_ring *r)
{
	double oldest = r->n ? r->oldest : r->first;

	return (oldest > r->drained ? oldest : r->drained) + r->deadline_ns;
}

double bty_ring_due(const struct bty_ring *r)
{
	double due;

	if (r->bursts_per_ns > 0)
		return fmin(r->full, deadline(r));
	due = r->n ? deadline(r) : INFINITY;
	return r->n >= r->trigger ? 0 : due;
}

int bty_ring_release(const struct bty_ring *r, double t, double now)
{
	if (r->bursts_per_ns > 0 ? t >= r->full : r->n >= r->trigger)
		return 1;
	if (!r->n && !(r->bursts_per_ns > 0 && r->first <= t))
		return 0;
	return now >= deadline(r) ? 2 : 0;
}

static void append(struct bty_ring *r, const struct bty_seg *s)
{
	uint32_t room = r->n < r->capacity ? r->capacity - r->n : 0, n = s->n < room ? s->n : room;
	struct bty_seg *last;

	r->lost += s->n - n;
	if (!n)
		return;
	r->n += n;
	if (r->nseg == BTY_SEGS) {
		last = &r->seg[(r->head + r->nseg - 1) % BTY_SEGS];
		if (last->passed == s->passed) {
			last->a = fmin(last->a, s->a);
			last->b = fmax(last->b, s->b);
		}
		last->n += n;
		return;
	}
	r->seg[(r->head + r->nseg++) % BTY_SEGS] = (struct bty_seg){ s->a, s->b, s->passed, n };
}

static void arrived(struct bty_ring *r, double a, double b, uint32_t bursts)
{
	const struct bty_seg s = { a, b, 0, bursts * r->burst };

	if (bursts)
		append(r, &s);
}

void bty_ring_gather(struct bty_ring *r, struct bty_rng *rng, double t)
{
	uint32_t between = r->need, empty = !r->n;
	double from = r->base;

	if (r->bursts_per_ns <= 0 || t < r->first)
		return;
	if (empty) {
		r->oldest = from = r->first;
		arrived(r, r->first, r->first, 1);
		between = r->need - 1;
	}
	if (t >= r->full) {
		/* the one that reached the trigger came last */
		if (between) {
			arrived(r, from, r->full, between - 1);
			arrived(r, r->full, r->full, 1);
		}
		arrived(r, r->full, t, bty_rng_poisson(rng, (t - r->full) * r->bursts_per_ns));
	} else if (between > 1) {
		arrived(r, from, t, bty_rng_binomial(rng, between - 1, (t - from) / (r->full - from)));
	}
}

void bty_ring_put(struct bty_ring *r, const struct bty_seg *s, double t)
{
	if (!r->n)
		r->oldest = t;
	append(r, s);
}

void bty_ring_take(struct bty_ring *r, struct bty_vector *v, double t)
{
	struct bty_seg *s;
	uint32_t n;

	v->n = v->nseg = 0;
	while (v->n < BTY_MODEL_VEC && r->nseg) {
		s = &r->seg[r->head];
		n = BTY_MODEL_VEC - v->n < s->n ? BTY_MODEL_VEC - v->n : s->n;
		v->seg[v->nseg] = *s;
		v->seg[v->nseg].n = n;
		v->n += n;
		r->n -= n;
		if (n < s->n) {
			/* the first n of evenly spread packets are those of the first part of the time */
			v->seg[v->nseg++].b = s->a + (s->b - s->a) * n / s->n;
			s->a = v->seg[v->nseg - 1].b;
			s->n -= n;
			break;
		}
		v->nseg++;
		r->head = (r->head + 1) % BTY_SEGS;
		r->nseg--;
	}
	if (v->n < BTY_MODEL_VEC)
		r->drained = t;
}
