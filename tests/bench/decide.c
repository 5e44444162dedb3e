// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a decision takes: controllers on 64 queues and 64 flows, loads that change a little each period. Prints samples, a line of JSON
 * each, in microseconds of CPU time: the first period, the median and the 99th percentile. Called by scripts/bench.sh:
 * bench_decide REPEAT.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "user/decide/decide.h"

#define QUEUES	64
#define PERIODS 2000

static int repeat;
static uint64_t seed = 88172645463325252ULL;

static double uniform(double low, double high)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

/* How flows pass the queues: each its own; a common one and its own; three, any. */
enum shape { ALONE, TRUNK, MESH };

static void fill(struct bty_observer *o, enum shape shape)
{
	struct bty_obs_flow *f;
	int i;

	o->nqueues = o->nflows = QUEUES;
	for (i = 0; i < QUEUES; i++) {
		o->queue[i].capacity = 1024;
		o->queue[i].trigger = 1;
		o->queue[i].t0_ns = uniform(100, 2000);
		o->queue[i].t1_ns = uniform(10, 100);
		o->queue[i].burst_pkts = 1;
		o->queue[i].rate_pps = o->queue[i].total_pps = exp(uniform(log(1e4), log(1e6)));
		f = &o->flow[i];
		f->slo_ns = (uint64_t)uniform(100000, 1000000);
		f->percentile = 95;
		f->queue[f->nqueues++] = shape == TRUNK ? 0 : i;
		if (shape == TRUNK && i)
			f->queue[f->nqueues++] = i;
		while (shape == MESH && f->nqueues < 3)
			f->queue[f->nqueues++] = (int)uniform(0, QUEUES);
	}
	o->worker.busy = 0.5;
	o->worker.turnaround_ns = 2000;
}

static void load_changes(struct bty_observer *o)
{
	int i;

	for (i = 0; i < QUEUES; i++) {
		o->queue[i].rate_pps *= uniform(0.99, 1.0101);
		o->queue[i].total_pps = o->queue[i].rate_pps;
		o->queue[i].batch_pkts = o->queue[i].trigger;
		o->flow[i].measured_ns = o->flow[i].slo_ns * 7 / 10;
		o->flow[i].windows++;
	}
}

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

static void sample(const char *name, const char *label, const char *what, double us)
{
	printf("{\"experiment\":\"element\",\"config\":\"%s, "
	       "%s\",\"rate\":\"0\",\"metric\":\"decide_%s\",\"unit\":\"us\","
	       "\"value\":%.2f,\"repeat\":%d}\n",
	       name, label, what, us, repeat);
}

static int measure(const char *name, enum shape shape, const char *label, int greedy)
{
	struct bty_observer *o = calloc(1, sizeof(*o));
	struct bty_controller_choice choice;
	struct bty_control *c;
	struct bty_decision d;
	struct bty_err err;
	static double took[PERIODS];
	double begin;
	int i;

	if (!o)
		return 1;
	fill(o, shape);
	o->worker.greedy = greedy;
	if (bty_controller_find(name, &choice, &err) || bty_control_new(&choice, o, &c, &err)) {
		fprintf(stderr, "bench_decide: %s\n", err.msg);
		free(o);
		return 1;
	}
	for (i = 0; i < PERIODS; i++) {
		load_changes(o);
		begin = now_us();
		bty_decide(c, o, &d);
		took[i] = now_us() - begin;
	}
	sample(name, label, "first", took[0]);
	qsort(took, PERIODS, sizeof(took[0]), compare);
	sample(name, label, "median", took[PERIODS / 2]);
	sample(name, label, "p99", took[PERIODS * 99 / 100]);
	bty_control_free(c);
	free(o);
	return 0;
}

int main(int argc, char **argv)
{
	repeat = argc > 1 ? atoi(argv[1]) : 1;
	return measure("slo", ALONE, "one queue each", 0) || measure("slo", TRUNK, "a common queue", 0) ||
	       measure("slo", MESH, "three queues", 0) || measure("slo", TRUNK, "a common queue, greedy", 1) ||
	       measure("slo", MESH, "three queues, greedy", 1) || measure("projgrad", TRUNK, "a common queue", 0) ||
	       measure("projgrad", MESH, "three queues", 0) || measure("feasdir", TRUNK, "a common queue", 0) ||
	       measure("onoff", TRUNK, "a common queue", 0);
}
