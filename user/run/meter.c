// SPDX-License-Identifier: GPL-2.0-or-later
/* Divides timed turns among their parts; called by worker.c on the worker's thread. */
#include "meter.h"

#define GAP	32   /* at least so many turns from one that is timed to the next, and at most twice as many */
#define LEARN	50   /* turns that only teach what is usual */
#define UNUSUAL 4    /* times the usual length: the thread was interrupted */
#define STEP	0.02 /* by which the usual length follows: it settles at the median */
#define ENOUGH	200  /* turns of each kind, to compare them */

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* xorshift64 (Marsaglia 2003) */
static uint64_t draw(struct bty_meter *m)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return m->random;
}

void bty_meter_start(struct bty_meter *m)
{
	m->random = 0x9e3779b97f4a7c15ULL;
	m->wait = GAP;
	m->start_ns = clock_ns(CLOCK_MONOTONIC);
	m->start_units = bty_meter_read();
	m->cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static double mean(const struct bty_meter_turns *t)
{
	return (double)t->units / (double)t->n;
}

void bty_meter_stop(struct bty_meter *m)
{
	double more;

	m->cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - m->cpu_ns;
	m->ns_per_unit =
		(double)(clock_ns(CLOCK_MONOTONIC) - m->start_ns) / (double)(bty_meter_read() - m->start_units);
	if (m->divided.n < ENOUGH || m->whole.n < ENOUGH)
		return;
	more = mean(&m->divided) - mean(&m->whole);
	if (more > 0)
		m->reading = more * (double)m->divided.n / (double)m->divided.readings;
}

void bty_meter_turn(struct bty_meter *m)
{
	uint64_t r;

	if (--m->wait)
		return;
	r = draw(m);
	m->wait = GAP + r % GAP;
	m->timed = 1;
	m->on = r >> 63;
	m->nmarks = 0;
	m->begin = bty_meter_read();
}

/* Whether a turn of this length counts. */
static int usual(struct bty_meter_turns *t, double took)
{
	if (!t->seen)
		t->usual = took;
	t->usual *= took > t->usual ? 1 + STEP : 1 - STEP;
	if (t->seen++ < LEARN)
		return 0;
	if (took <= UNUSUAL * t->usual)
		return 1;
	t->interrupted++;
	return 0;
}

static void count(struct bty_meter *m)
{
	const struct bty_meter_mark *k;
	uint64_t last = m->begin;
	uint32_t i;

	for (i = 0; i < m->nmarks; i++) {
		k = &m->mark[i];
		k->slot->units += k->at - last;
		k->slot->readings++;
		k->slot->packets += k->packets;
		last = k->at;
	}
	/* what a turn that is timed as a whole has too */
	m->divided.readings += m->nmarks - 1;
}

void bty_meter_turned(struct bty_meter *m)
{
	struct bty_meter_turns *t = m->on ? &m->divided : &m->whole;
	uint64_t took;

	if (!m->timed)
		return;
	m->timed = 0;
	if (m->nmarks == BTY_METER_MARKS) /* too many to divide it */
		return;
	m->on = 1;
	bty_meter_mark(m, &m->rest, 0);
	m->on = 0;
	took = m->mark[m->nmarks - 1].at - m->begin;
	if (!usual(t, (double)took))
		return;
	t->units += took;
	t->n++;
	if (t == &m->divided)
		count(m);
}
