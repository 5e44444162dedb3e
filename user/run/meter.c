// SPDX-License-Identifier: GPL-2.0-or-later
/* Divides timed turns among their parts; called by worker.c on the worker's thread. */
#include <time.h>

#include "meter.h"

#define EVERY	  61   /* prime, so that it does not keep step with queues that fill */
#define LEARN	  50   /* turns that only teach what is usual */
#define UNUSUAL	  4    /* times the usual length: the thread was interrupted */
#define STEP	  0.02 /* by which the usual length follows: it settles at the median */
#define CALIBRATE 64

static uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* The least of several, so that interrupts do not count. */
static double cost_of_reading(struct bty_meter *m)
{
	uint64_t best = UINT64_MAX, took;
	int i, k;

	for (i = 0; i < CALIBRATE; i++) {
		m->on = 1;
		m->nmarks = 0;
		for (k = 0; k <= CALIBRATE; k++)
			bty_meter_mark(m, &m->rest, 0);
		took = m->mark[CALIBRATE].at - m->mark[0].at;
		if (took < best)
			best = took;
	}
	m->on = 0;
	return (double)best / CALIBRATE;
}

void bty_meter_start(struct bty_meter *m)
{
	m->reading = cost_of_reading(m);
	m->start_ns = clock_ns(CLOCK_MONOTONIC);
	m->start_units = bty_meter_read();
	m->cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void bty_meter_stop(struct bty_meter *m)
{
	m->cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - m->cpu_ns;
	m->ns_per_unit =
		(double)(clock_ns(CLOCK_MONOTONIC) - m->start_ns) / (double)(bty_meter_read() - m->start_units);
}

void bty_meter_turn(struct bty_meter *m)
{
	if (++m->turn % EVERY)
		return;
	m->on = 1;
	m->nmarks = 0;
	m->begin = bty_meter_read();
}

void bty_meter_turned(struct bty_meter *m)
{
	const struct bty_meter_mark *k;
	uint64_t last = m->begin;
	uint32_t i;
	double took;

	if (!m->on)
		return;
	bty_meter_mark(m, &m->rest, 0);
	if (!m->on)
		return;
	m->on = 0;
	took = m->mark[m->nmarks - 1].at - m->begin;
	if (!m->seen)
		m->usual = took;
	m->usual *= took > m->usual ? 1 + STEP : 1 - STEP;
	if (m->seen++ < LEARN)
		return;
	if (took > UNUSUAL * m->usual) {
		m->interrupted++;
		return;
	}
	m->turns++;
	for (i = 0; i < m->nmarks; i++) {
		k = &m->mark[i];
		k->slot->units += k->at - last;
		k->slot->readings++;
		k->slot->packets += k->packets;
		last = k->at;
	}
}
