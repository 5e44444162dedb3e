// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * user/model: predictions against a simulation of the worker's loop over 200 random pipelines and loads, and what it does with
 * extreme and wrong numbers.
 */
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "des.h"

#define CASES	      200
#define PACKETS	      100000 /* of a simulation, to begin with */
#define MOST_FLOWS    4000
#define MEAN_OFF      0.05 /* that a prediction may be off */
#define P95_OFF	      0.10
#define BATCH_OFF     0.10
#define LEAST_BATCHES 1000 /* of a queue, in a simulation, to say something of it */
#define TRIGGERS_OFF  0.05 /* share of batches that are released by trigger */
#define LEAST_CPU     0.01
#define MOST_CPU      0.85
#define LEAST_FLOW    0.05 /* of all packets: of smaller flows too few come in a path that is followed for so long */

static uint64_t seed;

static double uniform(void)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return ((seed >> 33) + 0.5) / 2147483648.0;
}

static double between(double low, double high)
{
	return low + (high - low) * uniform();
}

static double log_between(double low, double high)
{
	return low * pow(high / low, uniform());
}

static int pick(int low, int high)
{
	return low + (int)(uniform() * (high - low + 1));
}

/* Some of queues first..end-1, at least one; of every second queue some packets end here. */
static void random_next(struct bty_model_next *next, int first, int end)
{
	double left = uniform() < 0.5 ? between(0.3, 0.9) : 1;
	int k;

	for (k = first; k < end; k++)
		if (uniform() >= 0.3 || (k + 1 == end && !next->n))
			next->queue[next->n++] = k;
	for (k = 0; k < next->n; k++)
		next->share[k] = left / next->n;
	if (next->n > 1) {
		next->share[0] *= between(0.3, 1);
		next->share[1] = left - next->share[0] - (next->n > 2 ? next->share[2] : 0);
	}
}

/* Lanes, and up to two layers of worker queues behind them; each queue feeds some of the next layer. */
static void random_shape(struct bty_model *m, double total_pps)
{
	int layer[4] = { 0 }, nlayers = pick(1, 3), i, l;
	double sum = 0, weight[4];

	layer[1] = pick(1, 4);
	for (l = 1; l < nlayers; l++)
		layer[l + 1] = layer[l] + pick(1, 3);
	m->nqueues = layer[nlayers];
	for (i = 0; i < layer[1]; i++)
		sum += weight[i] = log_between(1, 30);
	for (i = 0; i < layer[1]; i++)
		m->queue[i].rate_pps = total_pps * weight[i] / sum;
	for (l = 0; l + 1 < nlayers; l++)
		for (i = layer[l]; i < layer[l + 1]; i++)
			random_next(&m->queue[i].next, layer[l + 1], layer[l + 2]);
}

static void random_queue(struct bty_model_queue *q, double pps)
{
	double fill_ns;

	q->trigger = (uint32_t)log_between(1, 65);
	q->burst_pkts = q->rate_pps > 0 && uniform() < 0.2 ? pick(2, 16) : 1;
	fill_ns = q->trigger * 1e9 / pps;
	q->deadline_ns = uniform() < 0.2 ? INFINITY : fill_ns * log_between(0.3, 10);
	q->capacity = 1024;
	q->rings = 1;
	q->t0_ns = log_between(100, 4000);
	q->t1_ns = log_between(10, 400);
}

/* Scaled so that the batches one would expect take that share of the CPU. */
static void scale(struct bty_model *m, const double *pps, double share)
{
	double sum = 0, batch;
	int i;

	for (i = 0; i < m->nqueues; i++) {
		batch = fmin(m->queue[i].trigger, 1 + pps[i] * m->queue[i].deadline_ns / 1e9);
		sum += pps[i] * (m->queue[i].t1_ns + m->queue[i].t0_ns / batch) / 1e9;
	}
	for (i = 0; i < m->nqueues; i++) {
		m->queue[i].t0_ns *= share / sum;
		m->queue[i].t1_ns *= share / sum;
	}
}

/* Every way from a lane to where packets end; share: of all packets. */
static void add_flows(struct bty_model *m, struct bty_model_flow *way, int queue, double share)
{
	const struct bty_model_next *next = &m->queue[queue].next;
	struct bty_model_flow *f;
	double ends = 1;
	int i;

	way->queue[way->nqueues++] = queue;
	for (i = 0; i < next->n; i++) {
		ends -= next->share[i];
		add_flows(m, way, next->queue[i], share * next->share[i]);
	}
	if (ends > 0.01 && share * ends > LEAST_FLOW) {
		f = &m->flow[m->nflows++];
		*f = *way;
		f->percentile = 95;
		f->t0_ns = m->queue[queue].t0_ns * 0.8;
		f->t1_ns = m->queue[queue].t1_ns * 0.8;
	}
	way->nqueues--;
}

static void random_model(struct bty_model *m)
{
	struct bty_model_flow way = { 0 };
	double pps[BTY_MAX_QUEUES], total = log_between(1e4, 5e6);
	int i;

	memset(m, 0, sizeof(*m));
	m->nworkers = 1;
	random_shape(m, total);
	assert_int_equal(bty_model_rates(m, pps), 0);
	for (i = 0; i < m->nqueues; i++)
		random_queue(&m->queue[i], pps[i]);
	scale(m, pps, log_between(LEAST_CPU, MOST_CPU));
	m->worker[0].turn_ns = between(0, 0.02) * 1e9 / total;
	m->worker[0].wake_ns = log_between(100, 5000);
	m->worker[0].wake_cpu_ns = log_between(100, 5000);
	m->worker[0].spin_ns = uniform() < 0.5 ? 0 : log_between(100, 20000);
	for (i = 0; i < m->nqueues && m->queue[i].rate_pps > 0; i++)
		add_flows(m, &way, i, m->queue[i].rate_pps / total);
}

/* Simulates until sampling leaves less than half of what a prediction may be off. */
static void simulate(struct des *d, const struct bty_model *m, int n)
{
	uint64_t packets = PACKETS;
	double mean, p95;
	int i, sure = 0;

	for (; !sure && packets <= 256 * PACKETS; packets *= 2) {
		if (packets > PACKETS)
			des_free(d);
		des_init(d, m, n + 1);
		des_run(d, packets);
		for (i = 0, sure = 1; i < m->nflows; i++) {
			mean = des_mean(&d->flow[i], 0, DES_BLOCKS);
			p95 = des_quantile(&d->flow[i], 0, DES_BLOCKS, 0.95);
			sure &= des_error(&d->flow[i], mean, 0) < MEAN_OFF / 2 &&
				des_error(&d->flow[i], p95, 0.95) < P95_OFF / 2;
		}
	}
	assert_true(sure);
}

struct errors {
	double e[MOST_FLOWS];
	int n;
};

static void add_error(struct errors *e, double predicted, double simulated)
{
	assert_true(e->n < MOST_FLOWS);
	e->e[e->n++] = fabs(predicted / simulated - 1);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void report(const char *what, struct errors *e)
{
	qsort(e->e, e->n, sizeof(e->e[0]), ascending);
	printf("%-22s of %4d: median %.2f %%, 95 in 100 below %.2f %%, worst %.2f %%\n", what, e->n,
	       100 * e->e[e->n / 2], 100 * e->e[e->n * 95 / 100], 100 * e->e[e->n - 1]);
}

static struct errors mean_errors, p95_errors, batch_errors, cpu_errors;
static double lowest_cpu = 1, highest_cpu;

/* Returns how many numbers are off by more than they may be. */
static int compare(const struct bty_model *m, const struct bty_prediction *p, const struct des *d, int n)
{
	double mean, p95, triggers, cpu = d->busy / (d->t - d->begin);
	int i, bad = 0;

	for (i = 0; i < m->nflows; i++) {
		mean = des_mean(&d->flow[i], 0, DES_BLOCKS);
		p95 = des_quantile(&d->flow[i], 0, DES_BLOCKS, 0.95);
		add_error(&mean_errors, p->flow[i].mean_ns, mean);
		add_error(&p95_errors, p->flow[i].p95_ns, p95);
		if (fabs(p->flow[i].mean_ns / mean - 1) <= MEAN_OFF && fabs(p->flow[i].p95_ns / p95 - 1) <= P95_OFF)
			continue;
		printf("case %d flow %d: mean %.0f ns, simulated %.0f; p95 %.0f ns, simulated %.0f; CPU %.2f\n", n, i,
		       p->flow[i].mean_ns, mean, p->flow[i].p95_ns, p95, cpu);
		bad++;
	}
	for (i = 0; i < m->nqueues; i++) {
		/* little leads to it */
		if (d->batches[i] < LEAST_BATCHES)
			continue;
		add_error(&batch_errors, p->queue[i].batch_pkts, d->packets[i] / d->batches[i]);
		triggers = d->triggers[i] / d->batches[i];
		if (fabs(p->queue[i].by_trigger - triggers) <= TRIGGERS_OFF)
			continue;
		printf("case %d queue %d: %.3f of batches by trigger, simulated %.3f of %.0f\n", n, i,
		       p->queue[i].by_trigger, triggers, d->batches[i]);
		bad++;
	}
	add_error(&cpu_errors, p->worker[0].cpu_share, cpu);
	lowest_cpu = fmin(lowest_cpu, cpu);
	highest_cpu = fmax(highest_cpu, cpu);
	return bad;
}

static void matches_simulation(void **state)
{
	static struct bty_model m;
	static struct bty_prediction p;
	static struct des d;
	clock_t begin, all = 0, longest = 0, one;
	struct bty_err err;
	int n, bad = 0;

	seed = getenv("BTY_SEED") ? strtoull(getenv("BTY_SEED"), NULL, 0) : 20;
	for (n = 0; n < CASES; n++) {
		random_model(&m);
		begin = clock();
		assert_int_equal(bty_model_predict(&m, &p, &err), 0);
		one = clock() - begin;
		all += one;
		longest = one > longest ? one : longest;
		simulate(&d, &m, n);
		bad += compare(&m, &p, &d, n);
		des_free(&d);
	}
	report("mean delay of a flow", &mean_errors);
	report("p95 delay of a flow", &p95_errors);
	report("batch of a queue", &batch_errors);
	report("CPU share", &cpu_errors);
	printf("CPU shares from %.1f to %.1f %%; %.1f ms for a prediction, %.1f at most\n", 100 * lowest_cpu,
	       100 * highest_cpu, all * 1e3 / CLOCKS_PER_SEC / CASES, longest * 1e3 / CLOCKS_PER_SEC);
	assert_int_equal(bad, 0);
	assert_true(batch_errors.e[batch_errors.n - 1] < BATCH_OFF);
	assert_true(cpu_errors.e[cpu_errors.n - 1] < MEAN_OFF);
}

static struct bty_model *one_worker(int nqueues)
{
	static struct bty_model m;
	int i;

	memset(&m, 0, sizeof(m));
	m.nworkers = 1;
	m.nqueues = nqueues;
	for (i = 0; i < nqueues; i++)
		m.queue[i] = (struct bty_model_queue){ .trigger = 1, .capacity = 1024, .burst_pkts = 1, .rings = 1 };
	return &m;
}

static void agrees(const struct bty_model *m, uint64_t packets)
{
	static struct bty_prediction p;
	static struct des d;
	struct bty_err err;

	assert_int_equal(bty_model_predict(m, &p, &err), 0);
	des_init(&d, m, 5);
	des_run(&d, packets);
	assert_int_equal(compare(m, &p, &d, 0), 0);
	des_free(&d);
}

/* Two greedy sources, a branch, a merge: throughput is in closed form when queues release at their triggers. */
static void greedy_sources(void **state)
{
	struct bty_model *m = one_worker(3);
	struct bty_prediction p;
	struct bty_err err;
	double pps, closed;
	int i;

	m->nsources = 2;
	m->source[0] = (struct bty_model_source){ 0, 4, 0, 150, 12, { { 0, 1 }, { 0.25, 0.75 }, 2 } };
	m->source[1] = (struct bty_model_source){ 0, 4, 0, 150, 12, { { 1 }, { 1 }, 1 } };
	m->queue[0].next = (struct bty_model_next){ { 2 }, { 1 }, 1 };
	m->queue[1].next = (struct bty_model_next){ { 2 }, { 0.5 }, 1 };
	for (i = 0; i < 3; i++) {
		m->queue[i].t0_ns = 900 + 100 * i;
		m->queue[i].t1_ns = 30;
		m->queue[i].trigger = i ? 64 : 16;
		m->queue[i].deadline_ns = INFINITY;
	}
	m->nflows = 2;
	m->flow[0] = (struct bty_model_flow){ { 0, 2 }, 2, 1000, 30, 95 };
	m->flow[1] = (struct bty_model_flow){ { 1 }, 1, 900, 30, 95 };
	agrees(m, PACKETS);
	assert_int_equal(bty_model_predict(m, &p, &err), 0);
	assert_true(p.worker[0].cpu_share > 0.999 && !p.worker[0].overloaded);
	pps = p.queue[0].pps / (0.25 * 4 / 8);
	closed = bty_model_greedy_pps(m, 0);
	/* what comes in a turn beyond the trigger is taken with it, which makes it a little faster */
	assert_true(pps > closed * 0.99 && pps < closed * 1.1);
	m->queue[0].trigger = m->queue[1].trigger = m->queue[2].trigger = 1;
	assert_true(bty_model_greedy_pps(m, 0) < closed / 2);
	assert_true(bty_model_greedy_pps(one_worker(1), 0) == 0);
}

/* A source in the worker with a rate: its packets come at even intervals, and a timer wakes the worker for each. */
static void sources_with_a_rate(void **state)
{
	struct bty_model *m = one_worker(2);

	m->nsources = 1;
	m->source[0] = (struct bty_model_source){ 300000, 3, 0, 200, 20, { { 0, 1 }, { 0.4, 0.6 }, 2 } };
	m->queue[0].trigger = 16;
	m->queue[0].deadline_ns = 100000;
	m->queue[1].trigger = 40;
	m->queue[1].deadline_ns = 1e6;
	m->queue[0].t0_ns = m->queue[1].t0_ns = 700;
	m->queue[0].t1_ns = m->queue[1].t1_ns = 50;
	m->nflows = 2;
	m->flow[0] = (struct bty_model_flow){ { 0 }, 1, 700, 50, 95 };
	m->flow[1] = (struct bty_model_flow){ { 1 }, 1, 700, 50, 95 };
	m->worker[0] = (struct bty_model_worker){ 100, 1500, 1000, 0 };
	agrees(m, PACKETS);
	m->worker[0].spin_ns = INFINITY;
	agrees(m, PACKETS);
}

/* One queue on several rings: each fills on its own. */
static void several_rings(void **state)
{
	struct bty_model *m = one_worker(1);

	m->queue[0] = (struct bty_model_queue){ 16, 1024, 1e6, 0, 400000, 1, 4, 800, 60, { .n = 0 } };
	m->nflows = 1;
	m->flow[0] = (struct bty_model_flow){ { 0 }, 1, 800, 60, 95 };
	agrees(m, PACKETS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_simulation),
		cmocka_unit_test(greedy_sources),
		cmocka_unit_test(sources_with_a_rate),
		cmocka_unit_test(several_rings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
