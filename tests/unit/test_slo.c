// SPDX-License-Identifier: GPL-2.0-or-later
/* Controllers on a simulated worker: convergence, steps, objectives, and what slo leaves unused against exhaustive search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

/* a billion packets; test_decide has the simulator under sanitizers */
#define PLANT_FAST
#include "plant.h"

#define PERIOD 1e7 /* ns */

static struct bty_control *control(const char *name, const struct bty_observer *o)
{
	struct bty_controller_choice choice;
	struct bty_control *c;
	struct bty_err err;

	assert_int_equal(bty_controller_find(name, &choice, &err), 0);
	assert_int_equal(bty_control_new(&choice, o, &c, &err), 0);
	return c;
}

/* Pipelines with sources as fast as the worker: with objectives that bind little, then the same with ones that do. */
static struct plant greedy(int kind)
{
	struct plant p = { .greedy = 1, .turn_pkts = 32, .entry_ns = 20 };
	int i;

	switch (kind % 3) {
	case 0: /* two branches, as in the original's README */
		p.nqueues = p.nflows = 2;
		p.queue[0] = (struct plant_queue){ .t0 = 400, .t1 = 40 };
		p.queue[1] = (struct plant_queue){ .t0 = 400, .t1 = 40 };
		p.o.flow[0].slo_ns = 15000;
		p.o.flow[1].slo_ns = 100000;
		break;
	case 1: /* one that is nearly free and strict, two of bulk */
		p.nqueues = p.nflows = 3;
		p.queue[0] = (struct plant_queue){ .t0 = 30, .t1 = 10 };
		p.queue[1] = (struct plant_queue){ .t0 = 3000, .t1 = 50 };
		p.queue[2] = (struct plant_queue){ .t0 = 1500, .t1 = 100 };
		p.o.flow[0].slo_ns = 30000;
		p.o.flow[1].slo_ns = 150000;
		p.o.flow[2].slo_ns = 80000;
		break;
	case 2: /* queues in a row */
		p.nqueues = 3;
		p.nflows = 2;
		p.queue[0] = (struct plant_queue){ .t0 = 500, .t1 = 20 };
		p.queue[1] = (struct plant_queue){ .t0 = 2000, .t1 = 50 };
		p.queue[2] = (struct plant_queue){ .t0 = 1000, .t1 = 50 };
		p.o.flow[0].slo_ns = 100000;
		p.o.flow[1].slo_ns = 150000;
		break;
	}
	for (i = 0; i < p.nflows; i++) {
		p.flow[i].share = 1.0 / p.nflows;
		p.flow[i].queue[0] = i;
		p.flow[i].nqueues = 1;
	}
	for (i = 0; i < p.nflows; i++)
		p.o.flow[i].slo_ns = p.o.flow[i].slo_ns * (kind >= 3 ? 3 : 10) / 10;
	if (kind % 3 == 2)
		for (i = 0; i < 2; i++) {
			p.flow[i].queue[0] = 0;
			p.flow[i].queue[1] = i + 1;
			p.flow[i].nqueues = 2;
		}
	return p;
}

#define GREEDY 6

/* The mean of periods [from, to), and how many had a late flow. */
static double run(struct plant *p, struct bty_control *c, int from, int to, int *late)
{
	double pps, sum = 0;
	int i;

	*late = 0;
	for (i = 0; i < to; i++) {
		pps = plant_period(p, PERIOD, c);
		if (i < from)
			continue;
		sum += pps;
		*late += plant_late(p) > 0;
	}
	return sum / (to - from);
}

static void slo_converges(void **state)
{
	double pps[40], mean;
	int kind, i, late, early;

	for (kind = 0; kind < GREEDY; kind++) {
		struct plant p = greedy(kind);
		struct bty_control *c;

		plant_open(&p, 7 + kind);
		c = control("slo", &p.o);
		late = early = 0;
		for (i = 0, mean = 0; i < 40; i++) {
			pps[i] = plant_period(&p, PERIOD, c);
			late += i >= 5 && plant_late(&p);
			early += i < 5 && plant_late(&p);
			mean += i >= 20 ? pps[i] / 20 : 0;
		}
		print_message("greedy %d: period 5 %.3f Mpps, periods 20-40 %.3f Mpps, late %d, before %d; triggers %u "
			      "%u %u\n",
			      kind, pps[5] / 1e6, mean / 1e6, late, early, p.queue[0].trigger, p.queue[1].trigger,
			      p.queue[2].trigger);
		assert_true(pps[5] >= 0.95 * mean);
		assert_int_equal(late, 0);
		assert_true(early <= 1);
		bty_control_free(c);
		plant_close(&p);
	}
}

/* Under every controller of the original, once it has settled, a little below what slo does, or less. */
static void slo_is_never_behind(void **state)
{
	static const char *const name[] = { "null", "max", "onoff", "feasdir", "projgrad" };
	double slo, other;
	size_t i;
	int kind, late;

	for (kind = 0; kind < GREEDY; kind++) {
		struct plant p = greedy(kind);
		struct bty_control *c;

		plant_open(&p, 3);
		c = control("slo", &p.o);
		slo = run(&p, c, 40, 100, &late);
		bty_control_free(c);
		plant_close(&p);
		print_message("greedy %d: slo %.3f Mpps, late %d", kind, slo / 1e6, late);
		assert_true(late <= 0);
		for (i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
			p = greedy(kind);
			plant_open(&p, 3);
			c = control(name[i], &p.o);
			other = run(&p, c, 40, 100, &late);
			print_message(", %s %.3f Mpps, late %d", name[i], other / 1e6, late);
			/* one that does not keep the objectives is no comparison */
			if (late <= 3)
				assert_true(slo >= 0.98 * other);
			bty_control_free(c);
			plant_close(&p);
		}
		print_message("\n");
	}
}

static const uint32_t grid[] = { 1, 2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64 };
#define NGRID 12

/* Throughput at fixed triggers; 0 when an objective is missed. */
static double at_triggers(int kind, const uint32_t *trigger)
{
	struct plant p = greedy(kind);
	double pps;
	int i, late;

	plant_open(&p, 11);
	for (i = 0; i < p.nqueues; i++) {
		p.queue[i].trigger = trigger[i];
		p.queue[i].deadline = 1e9;
	}
	plant_period(&p, PERIOD / 20, NULL);
	pps = plant_period(&p, PERIOD / 5, NULL);
	late = plant_late(&p);
	plant_close(&p);
	return late ? 0 : pps;
}

static void slo_is_near_the_best_triggers(void **state)
{
	uint32_t trigger[3], best_at[3] = { 0 };
	double best, pps, slo;
	int kind, i, n, nq, late;

	for (kind = 0; kind < GREEDY; kind++) {
		struct plant p = greedy(kind);
		struct bty_control *c;

		nq = p.nqueues;
		for (i = 0, best = 0; i < pow(NGRID, nq); i++) {
			for (n = 0; n < nq; n++)
				trigger[n] = grid[i / (int)pow(NGRID, n) % NGRID];
			pps = at_triggers(kind, trigger);
			if (pps > best) {
				best = pps;
				memcpy(best_at, trigger, sizeof(trigger));
			}
		}
		plant_open(&p, 5);
		c = control("slo", &p.o);
		slo = run(&p, c, 40, 80, &late);
		print_message("greedy %d: slo %.3f Mpps at %u %u %u, best %.3f Mpps at %u %u %u: %.1f %%\n", kind,
			      slo / 1e6, p.queue[0].trigger, p.queue[1].trigger, p.queue[2].trigger, best / 1e6,
			      best_at[0], best_at[1], best_at[2], 100 * slo / best);
		assert_true(slo >= 0.95 * best);
		bty_control_free(c);
		plant_close(&p);
	}
}

static struct plant poisson(double pps, uint32_t burst)
{
	struct plant p = { .pps = pps, .burst = burst, .nqueues = 2, .nflows = 2 };
	int i;

	for (i = 0; i < 2; i++) {
		p.queue[i] = (struct plant_queue){ .t0 = 2000, .t1 = 100, .capacity = 1024 };
		p.flow[i].share = 0.5;
		p.flow[i].queue[0] = i;
		p.flow[i].nqueues = 1;
	}
	p.o.flow[0].slo_ns = 200000;
	p.o.flow[1].slo_ns = 1000000;
	return p;
}

static int settle(struct plant *p, struct bty_control *c, int n)
{
	int late = 0, i;

	for (i = 0; i < n; i++) {
		plant_period(p, PERIOD, c);
		late += plant_late(p) > 0;
	}
	return late;
}

/* After each step at most one late period, and triggers near where they stay within three. */
static void slo_follows_steps(void **state)
{
	static const double load[] = { 400e3, 100e3, 1e6, 50e3, 200e3, 5e3, 800e3, 400e3 };
	static const uint64_t slo[] = { 200000, 60000, 600000, 100000, 40000, 300000 };
	uint32_t early[2], burst;
	size_t i, k;
	int late;

	for (burst = 1; burst <= 8; burst *= 8) {
		struct plant p = poisson(400e3, burst);
		struct bty_control *c;

		plant_open(&p, 21);
		c = control("slo", &p.o);
		settle(&p, c, 30);
		for (i = 0; i < sizeof(load) / sizeof(load[0]) + sizeof(slo) / sizeof(slo[0]); i++) {
			if (i < 8)
				p.pps = load[i];
			else
				p.o.flow[0].slo_ns = slo[i - 8];
			p.next = fmin(p.next, p.now + 1e9 / p.pps);
			late = settle(&p, c, 3);
			for (k = 0; k < 2; k++)
				early[k] = p.queue[k].trigger;
			late += settle(&p, c, 30);
			print_message("burst %u %s %.0f: late %d, triggers %u %u after 3 periods, %u %u at the end\n",
				      burst, i < 8 ? "load" : "slo", i < 8 ? load[i] : (double)slo[i - 8], late,
				      early[0], early[1], p.queue[0].trigger, p.queue[1].trigger);
			assert_true(late <= 1);
			for (k = 0; k < 2; k++) {
				assert_true(early[k] <= 1.35 * p.queue[k].trigger + 2 * burst);
				assert_true(p.queue[k].trigger <= 1.35 * early[k] + 2 * burst);
			}
		}
		bty_control_free(c);
		plant_close(&p);
	}
}

/* Sources of one flow end: what is queued leaves in time. */
/* The machine takes 8 ms away, every so many windows of 100 ms; of which the controller is told or not. Returns the sum of triggers. */
static double under_stalls(int every, int told)
{
	struct plant p = poisson(4e5, 1);
	struct bty_control *c;
	double sum = 0;
	int i, k;

	plant_open(&p, 7);
	c = control("slo", &p.o);
	for (i = 1; i <= 100; i++) {
		if (i % every == 0) {
			plant_until(&p, p.now + 50e6);
			p.now += 8e6;
			plant_until(&p, p.now + 42e6);
		} else {
			plant_until(&p, p.now + 100e6);
		}
		plant_observe(&p, 100e6);
		p.o.worker.stalled_ns = told && i % every == 0 ? 8000000 : 0;
		bty_decide(c, &p.o, &p.d);
		plant_apply(&p);
		for (k = 0; i > 20 && k < p.nqueues; k++)
			sum += p.queue[k].trigger;
	}
	bty_control_free(c);
	plant_close(&p);
	return sum;
}

/* What the machine takes away now and then makes no margin; where it does so all the time, it does. */
static void stalls_are_not_learned(void **state)
{
	double calm = under_stalls(1000, 1), told = under_stalls(5, 1), untold = under_stalls(5, 0),
	       always = under_stalls(1, 1);

	assert_true(told > 0.9 * calm);
	assert_true(untold < 0.8 * told);
	assert_true(always < 0.8 * told);
}

static void nothing_is_stranded(void **state)
{
	static const char *const name[] = { "null", "max", "fix40", "onoff", "feasdir", "projgrad", "slo" };
	size_t i;
	int k;

	for (i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		struct plant p = poisson(400e3, 1);
		struct bty_control *c;

		plant_open(&p, 9);
		c = control(name[i], &p.o);
		settle(&p, c, 30);
		p.pps = 0;
		p.next = INFINITY;
		plant_period(&p, 1e6, NULL);
		for (k = 0; k < 2; k++)
			assert_int_equal(p.queue[k].enq, p.queue[k].deq);
		bty_control_free(c);
		plant_close(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slo_converges),
		cmocka_unit_test(slo_is_never_behind),
		cmocka_unit_test(slo_is_near_the_best_triggers),
		cmocka_unit_test(slo_follows_steps),
		cmocka_unit_test(stalls_are_not_learned),
		cmocka_unit_test(nothing_is_stranded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
