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

#include "tests/unit/des.h"

#define CASES	    200
#define PACKETS	    400000
#define MAX_BETWEEN 0.85

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

/* Lanes, and up to two layers of worker queues behind them; each queue feeds some of the next layer. */
static void random_shape(struct bty_model *m, double total_pps)
{
	int layer[4] = { 0 }, nlayers = pick(1, 3), i, k, l, end;
	double sum = 0, weight[4], left;

	layer[1] = pick(1, 4);
	for (l = 1; l < nlayers; l++)
		layer[l + 1] = layer[l] + pick(1, 3);
	m->nqueues = layer[nlayers];
	for (i = 0; i < layer[1]; i++)
		sum += weight[i] = log_between(1, 30);
	for (i = 0; i < layer[1]; i++)
		m->queue[i].rate_pps = total_pps * weight[i] / sum;
	for (l = 0; l + 1 < nlayers; l++) {
		for (i = layer[l]; i < layer[l + 1]; i++) {
			struct bty_model_next *next = &m->queue[i].next;

			end = uniform() < 0.5;
			left = end ? between(0.3, 0.9) : 1;
			for (k = layer[l + 1]; k < layer[l + 2]; k++) {
				if (uniform() < 0.3 && !(k + 1 == layer[l + 2] && !next->n))
					continue;
				next->queue[next->n] = k;
				next->share[next->n++] = 1;
			}
			for (k = 0; k < next->n; k++)
				next->share[k] = left / next->n;
			if (next->n > 1) {
				next->share[0] *= between(0.3, 1);
				next->share[1] = left - next->share[0] - (next->n > 2 ? next->share[2] : 0);
			}
		}
	}
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

/* Every way from a lane to where packets end, if one packet in twenty takes it. */
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
	if (ends > 0.01 && share * ends > 0.02) {
		f = &m->flow[m->nflows++];
		*f = *way;
		f->percentile = 95;
		f->t0_ns = m->queue[queue].t0_ns * 0.8;
		f->t1_ns = m->queue[queue].t1_ns * 0.8;
	}
	way->nqueues--;
}

static void random_model(struct bty_model *m, int n)
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
	scale(m, pps, log_between(0.01, MAX_BETWEEN));
	m->worker[0].turn_ns = between(0, 0.02) * 1e9 / total;
	m->worker[0].wake_ns = log_between(100, 5000);
	m->worker[0].wake_cpu_ns = log_between(100, 5000);
	m->worker[0].spin_ns = uniform() < 0.5 ? 0 : log_between(100, 20000);
	for (i = 0; i < m->nqueues && m->queue[i].rate_pps > 0; i++)
		add_flows(m, &way, i, m->queue[i].rate_pps / total);
}

static void matches_simulation(void **state)
{
	static struct bty_model m;
	static struct bty_prediction p;
	static struct des d;
	struct bty_err err;
	double mean, p95, e_mean, e_p95, s_mean, s_p95;
	int i, n;

	seed = getenv("BTY_SEED") ? strtoull(getenv("BTY_SEED"), NULL, 0) : 20;
	for (n = 0; n < CASES; n++) {
		clock_t t0 = clock(), t1, t2;
		random_model(&m, n);
		t1 = clock();
		assert_int_equal(bty_model_predict(&m, &p, &err), 0);
		t2 = clock();
		des_init(&d, &m, n + 1);
		des_run(&d, PACKETS);
		for (i = 0; i < m.nflows; i++) {
			mean = des_mean(&d.flow[i], 0, DES_BLOCKS);
			p95 = des_quantile(&d.flow[i], 0, DES_BLOCKS, 0.95);
			s_mean = des_error(&d.flow[i], mean, 0);
			s_p95 = des_error(&d.flow[i], p95, 0.95);
			e_mean = p.flow[i].mean_ns / mean - 1;
			e_p95 = p.flow[i].p95_ns / p95 - 1;
			printf("%d.%d q%d mean %.0f %.0f %+.4f +-%.4f (model +-%.4f) p95 %.0f %.0f %+.4f +-%.4f cpu %.3f %.3f wk %.0f %.0f ms %.1f\n", n, i,
			       m.flow[i].nqueues, mean, p.flow[i].mean_ns, e_mean, s_mean, p.flow[i].error, p95, p.flow[i].p95_ns, e_p95, s_p95,
			       d.busy / (d.t - d.begin), p.worker[0].cpu_share, d.wakeups / (d.t - d.begin) * 1e9, p.worker[0].wakeups_ps,
			       (t2 - t1) / 1e3);
		}
		for (i = 0; i < m.nqueues; i++)
			printf("  %d q%d batch %.2f %.2f trig %.3f %.3f\n", n, i, d.packets[i] / d.batches[i],
			       p.queue[i].batch_pkts, d.triggers[i] / d.batches[i], p.queue[i].by_trigger);
		des_free(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_simulation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
