// SPDX-License-Identifier: GPL-2.0-or-later
/* user/model: extreme and wrong numbers, and models from a pipeline file and from an observer. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "user/model/model.h"
#include "user/placement/placement.h"

static struct bty_prediction p;
static struct bty_err err;

/* A queue of 100 kpps and a flow through it. */
static struct bty_model *simple(void)
{
	static struct bty_model m;

	memset(&m, 0, sizeof(m));
	m.nworkers = m.nqueues = m.nflows = 1;
	m.queue[0] = (struct bty_model_queue){ 8, 1024, 1e6, 0, 100000, 1, 1, 1000, 50, { .n = 0 } };
	m.flow[0] = (struct bty_model_flow){ { 0 }, 1, 1000, 50, 95, 500000, 0 };
	return &m;
}

static void predict(const struct bty_model *m)
{
	assert_int_equal(bty_model_predict(m, &p, &err), 0);
}

static void near(double x, double expected, double off)
{
	if (fabs(x - expected) > off * expected)
		fail_msg("%g, expected %g", x, expected);
}

/* Trigger 8 alone: the first packet waits for seven more, the last for none; then the batch is served. */
static void fills_as_theory_says(void **state)
{
	struct bty_model *m = simple();

	m->queue[0].deadline_ns = INFINITY;
	predict(m);
	near(p.flow[0].mean_ns, 3.5 * 10000 + 1000 + 50 * 8, 0.01);
	near(p.queue[0].batch_pkts, 8, 0.001);
	near(p.queue[0].by_trigger, 1, 0.001);
	near(p.queue[0].pps, 100000, 0.01);
	near(p.worker[0].cpu_share, 12500 * 1400e-9, 0.01);
	assert_int_equal(p.clamped, 0);
	assert_true(p.flow[0].p50_ns < p.flow[0].p95_ns && p.flow[0].p95_ns < p.flow[0].p99_ns);
	assert_true(p.flow[0].percentile_ns == p.flow[0].p95_ns);
}

/* The deadline alone: a packet opens the batch, and what comes in that time goes with it. */
static void deadline_alone(void **state)
{
	struct bty_model *m = simple();

	m->queue[0].trigger = 1024;
	m->queue[0].deadline_ns = 200000;
	m->queue[0].t0_ns = m->queue[0].t1_ns = m->flow[0].t0_ns = m->flow[0].t1_ns = 0;
	predict(m);
	near(p.queue[0].batch_pkts, 21, 0.01);
	near(p.queue[0].by_trigger + 1, 1, 0.001);
	/* the first waits for all of it, the 20 others for half on average */
	near(p.flow[0].mean_ns, (200000 + 20 * 100000) / 21.0, 0.01);
	assert_true(p.flow[0].p99_ns <= 202000);
}

static void same_answer_twice(void **state)
{
	static struct bty_prediction again;

	predict(simple());
	again = p;
	predict(simple());
	assert_memory_equal(&again, &p, sizeof(p));
}

static void no_traffic(void **state)
{
	struct bty_model *m = simple();

	m->queue[0].rate_pps = 0;
	predict(m);
	assert_false(p.flow[0].known);
	assert_true(p.flow[0].meets);
	assert_true(p.queue[0].pps == 0 && p.worker[0].cpu_share == 0 && !p.worker[0].overloaded);
	m->nqueues = m->nflows = 0;
	predict(m);
}

/* A deadline of 0 is a trigger of 1; a trigger of 0 counts as 1. */
static void nothing_waits(void **state)
{
	struct bty_model *m = simple();
	double mean, cpu;

	m->queue[0].trigger = 1;
	predict(m);
	mean = p.flow[0].mean_ns;
	cpu = p.worker[0].cpu_share;
	near(mean, 1050, 0.1);
	m->queue[0].trigger = 64;
	m->queue[0].deadline_ns = 0;
	predict(m);
	near(p.flow[0].mean_ns, mean, 0.01);
	near(p.worker[0].cpu_share, cpu, 0.01);
	m->queue[0].trigger = 0;
	m->queue[0].deadline_ns = INFINITY;
	predict(m);
	near(p.flow[0].mean_ns, mean, 0.01);
	assert_int_equal(p.clamped, 0);
}

static void nothing_costs(void **state)
{
	struct bty_model *m = simple();

	m->queue[0].t0_ns = m->queue[0].t1_ns = m->flow[0].t0_ns = m->flow[0].t1_ns = 0;
	m->queue[0].trigger = 1;
	predict(m);
	assert_true(p.flow[0].known && p.flow[0].mean_ns == 0);
	assert_true(p.worker[0].cpu_share == 0);
	/* a greedy source without any cost would never come to an end */
	m->nqueues = m->nflows = 0;
	m->nsources = 1;
	predict(m);
	assert_true(bty_model_greedy_pps(m, 0) == 0);
}

static void wrong_numbers_are_clamped(void **state)
{
	struct bty_model *m = simple();

	m->queue[0].t0_ns = NAN;
	m->queue[0].t1_ns = -5;
	m->flow[0].t0_ns = -INFINITY;
	m->flow[0].slo_ns = NAN;
	m->worker[0].wake_ns = INFINITY;
	m->queue[0].deadline_ns = NAN;
	predict(m);
	assert_int_equal(p.clamped, 6);
	assert_true(isfinite(p.flow[0].mean_ns) && isfinite(p.worker[0].cpu_share));
	m = simple();
	m->queue[0].rate_pps = NAN;
	m->queue[0].burst_pkts = NAN;
	m->flow[0].percentile = 400;
	predict(m);
	assert_int_equal(p.clamped, 3);
	m = simple();
	m->queue[0].rate_pps = INFINITY;
	predict(m);
	assert_int_equal(p.clamped, 1);
	assert_true(p.worker[0].overloaded);
}

static void overload_is_said(void **state)
{
	struct bty_model *m = simple();

	/* full batches take 1000 / 64 + 50 ns a packet: 15.2 Mpps at most */
	m->queue[0].rate_pps = 20e6;
	m->queue[0].trigger = 64;
	predict(m);
	assert_true(p.worker[0].overloaded);
	near(p.worker[0].needed_share, 20e6 * (1000 / 64.0 + 50) / 1e9, 0.001);
	near(p.worker[0].over_pps, 20e6 - 1e9 / (1000 / 64.0 + 50), 0.1);
	assert_true(p.queue[0].lost > 0.1);
	near(p.worker[0].cpu_share, 1, 0.02);
	m->queue[0].rate_pps = 10e6;
	predict(m);
	assert_false(p.worker[0].overloaded);
	assert_true(p.worker[0].over_pps == 0 && p.queue[0].lost == 0);
}

static void objectives_are_judged(void **state)
{
	struct bty_model *m = simple();
	double p95;

	m->flow[0].slo_ns = 0;
	predict(m);
	assert_true(p.flow[0].meets && !p.misses);
	p95 = p.flow[0].p95_ns;
	m->flow[0].slo_ns = p95 * 1.01;
	predict(m);
	assert_true(p.flow[0].meets && !p.misses);
	m->flow[0].slo_ns = p95 * 0.99;
	predict(m);
	assert_true(!p.flow[0].meets && p.misses == 1);
	/* before the first queue nothing can be made up for */
	m->flow[0].slo_ns = p95 * 1.01;
	m->flow[0].ahead_ns = p95;
	predict(m);
	assert_int_equal(p.misses, 1);
	m->flow[0].ahead_ns = 0;
	m->flow[0].percentile = 50;
	m->flow[0].slo_ns = p95 * 0.99;
	predict(m);
	assert_int_equal(p.misses, 0);
}

static void larger_batches_cost_less(void **state)
{
	struct bty_model *m = simple();
	double cpu = 1, delay = 0;
	uint32_t q;

	m->queue[0].deadline_ns = INFINITY;
	for (q = 1; q <= 64; q *= 2) {
		m->queue[0].trigger = q;
		predict(m);
		assert_true(p.worker[0].cpu_share < cpu && p.flow[0].p95_ns > delay);
		cpu = p.worker[0].cpu_share;
		delay = p.flow[0].p95_ns;
	}
}

/* The largest there may be: 64 queues, half of them behind the others, 256 flows. */
static void sixty_four_queues(void **state)
{
	struct bty_model *m = simple();
	int i;

	m->nqueues = BTY_MAX_QUEUES;
	m->nflows = BTY_MAX_FLOWS;
	for (i = 0; i < 32; i++) {
		m->queue[i] = m->queue[0];
		m->queue[i].rate_pps = 20000 + 1000 * i;
		m->queue[i].next = (struct bty_model_next){ { 32 + i, 32 + (i + 1) % 32 }, { 0.5, 0.4 }, 2 };
		m->queue[32 + i] = m->queue[0];
		m->queue[32 + i].rate_pps = 0;
		m->queue[32 + i].trigger = 16;
		m->queue[32 + i].next.n = 0;
	}
	m->queue[0].rate_pps = 20000;
	for (i = 0; i < BTY_MAX_FLOWS; i++)
		m->flow[i] = (struct bty_model_flow){ { i % 32, 32 + i % 32 }, 2, 1000, 50, 95 };
	predict(m);
	for (i = 0; i < BTY_MAX_FLOWS; i++)
		assert_true(p.flow[i].known && p.flow[i].mean_ns > 10000 && p.flow[i].mean_ns < 2.1e6);
	near(p.worker[0].needed_share, (1136000 + 0.9 * 1136000) * (1000 / 64.0 + 50) / 1e9, 0.01);
}

/* Two workers do not get in each other's way. */
static void workers_are_apart(void **state)
{
	struct bty_model *m = simple();

	m->nworkers = m->nqueues = m->nflows = 2;
	m->queue[1] = m->queue[0];
	m->queue[1].worker = 1;
	m->queue[1].t0_ns = 30000;
	m->flow[1] = m->flow[0];
	m->flow[1].queue[0] = 1;
	predict(m);
	near(p.worker[0].cpu_share, 12500 * 1400e-9, 0.02);
	assert_true(p.worker[1].cpu_share > 0.3);
}

static void refused(const struct bty_model *m, const char *text)
{
	assert_int_equal(bty_model_predict(m, &p, &err), -EINVAL);
	if (!strstr(err.msg, text))
		fail_msg("said '%s', expected '%s'", err.msg, text);
}

static void wrong_models_are_refused(void **state)
{
	struct bty_model *m = simple();

	m->queue[0].next = (struct bty_model_next){ { 1 }, { 1 }, 1 };
	refused(m, "no queue 1");
	m->nqueues = 2;
	m->queue[1] = (struct bty_model_queue){ .trigger = 1, .worker = 1 };
	m->nworkers = 2;
	refused(m, "of worker 1");
	m->nworkers = 1;
	m->queue[0].next.n = 0;
	refused(m, "no worker 1");
	m->queue[0].next.n = 1;
	m->queue[1].worker = 0;
	m->queue[1].rate_pps = 1;
	refused(m, "fed from outside and by queue 0");
	m->queue[1].rate_pps = 0;
	m->queue[1].next = (struct bty_model_next){ { 1 }, { 0.5 }, 1 };
	refused(m, "go round");
	m->queue[1].next.n = 0;
	m->flow[0].queue[0] = 2;
	refused(m, "flow 0: no queue 2");
	m->flow[0].queue[0] = 0;
	m->queue[0].rings = 1000;
	refused(m, "rings");
	m->nworkers = 0;
	refused(m, "more queues");
}

static struct bty_graph *graph(const char *text)
{
	struct bty_graph *g = NULL;

	if (bty_place_text(text, strlen(text), "t.click", NULL, NULL, 0, &g, &err))
		fail_msg("%s", err.msg);
	return g;
}

static void put_cost(struct bty_costs *c, const struct bty_graph *g, const char *name, double t0_ns, double t1_ns)
{
	const struct bty_cost_fit fit = { .t0_ns = t0_ns, .t1_ns = t1_ns, .rounds = 3 };
	const struct bty_cost_how how = { 1, 64, 100, 0 };

	assert_int_equal(bty_costs_put(c, &g->el[bty_graph_find(g, name)], &fit, &how), 0);
}

static void put_io(struct bty_costs *c, enum bty_cost_io io, double t0_ns, double t1_ns)
{
	const struct bty_cost_fit fit = { .t0_ns = t0_ns, .t1_ns = t1_ns, .rounds = 3 };
	const struct bty_cost_how how = { 1, 64, 100, 0 };

	assert_int_equal(bty_costs_put_io(c, io, &fit, &how), 0);
}

static const char two_queues[] =
	"in :: FromDevice(eth0); split :: RandomSplit(3, 1); back :: Queue(TRIGGER 32);\n"
	"in -> front :: Queue(TRIGGER 8, DEADLINE 200us, CAPACITY 256) -> c :: Counter -> split;\n"
	"split[0] -> m :: MACSwap -> out :: ToDevice(eth1);\n"
	"split[1] -> back -> d :: Discard;\n"
	"Flow(straight, PATH in c m out, DELAY_SLO 1ms, PERCENTILE 99);\n"
	"Flow(round, PATH in back d);\n";

static struct bty_model m;
static struct bty_model_gaps gaps;

static void from_a_file(void **state)
{
	struct bty_graph *g = graph(two_queues);
	struct bty_costs *c = bty_costs_new();
	struct bty_model_input in = { .costs = c, .rate_pps = 1e6, .wake_ns = -1 };
	int front = g->el[bty_graph_find(g, "front")].queue, back = 1 - front;

	put_cost(c, g, "c", 10, 1);
	put_cost(c, g, "split", 20, 2);
	put_cost(c, g, "m", 40, 4);
	put_cost(c, g, "d", 80, 8);
	put_io(c, BTY_COST_RECEIVE, 300, 3);
	put_io(c, BTY_COST_TRANSMIT, 1000, 10);
	put_io(c, BTY_COST_WAKEUP, 5000, 0);
	assert_int_equal(bty_model_from_graph(g, &in, &m, &gaps, &err), 0);
	assert_int_equal(m.nqueues, 2);
	near(m.queue[front].rate_pps, 1e6, 1e-9);
	assert_true(m.queue[back].rate_pps == 0);
	assert_int_equal(m.queue[front].trigger, 8);
	assert_int_equal(m.queue[front].capacity, 256);
	near(m.queue[front].deadline_ns, 200000, 1e-9);
	/* of 8 packets, all but never none at all goes to m, and to back with 1 - 0.75^8 */
	near(m.queue[front].t0_ns, 300 + 10 + 20 + (40 + 1000) * (1 - pow(0.25, 8)), 1e-6);
	near(m.queue[front].t1_ns, 3 + 1 + 2 + 0.75 * (4 + 10), 1e-6);
	assert_int_equal(m.queue[front].next.n, 1);
	assert_int_equal(m.queue[front].next.queue[0], back);
	near(m.queue[front].next.share[0], 0.25, 1e-6);
	near(m.queue[back].t0_ns, 80, 1e-9);
	near(m.queue[back].t1_ns, 8, 1e-9);
	near(m.worker[0].wake_ns, 5000, 1e-9);
	/* up to the device, without what it takes to send */
	assert_int_equal(m.flow[0].nqueues, 1);
	near(m.flow[0].t0_ns, 300 + 10 + 20 + 40, 1e-9);
	near(m.flow[0].t1_ns, 3 + 1 + 2 + 0.75 * 4, 1e-6);
	near(m.flow[0].slo_ns, 1e6, 1e-9);
	near(m.flow[0].percentile, 99, 1e-9);
	assert_int_equal(m.flow[1].nqueues, 2);
	assert_true(m.flow[1].queue[0] == front && m.flow[1].queue[1] == back);
	near(m.flow[1].t0_ns, 80, 1e-9);
	in.wake_ns = 700;
	assert_int_equal(bty_model_from_graph(g, &in, &m, &gaps, &err), 0);
	near(m.worker[0].wake_ns, 700, 1e-9);
	/* the queue in the worker was not profiled */
	assert_true(gaps.no_cost[bty_graph_find(g, "back")] && !gaps.no_cost[bty_graph_find(g, "front")]);
	assert_false(gaps.no_cost[bty_graph_find(g, "m")] || gaps.near_cost[bty_graph_find(g, "m")]);
	predict(&m);
	near(p.queue[back].pps, 250000, 0.02);
	bty_costs_free(c);
	bty_graph_free(g);
}

static void shares_and_rates(void **state)
{
	struct bty_graph *g = graph("a :: FromDevice(eth0); b :: FromDevice(eth1); a -> cl; b -> cl;\n"
				    "cl :: IPClassifier(tcp, udp, -); t :: DecIPTTL;\n"
				    "cl[0] -> q0 :: Queue -> t -> Discard; t[1] -> late :: Queue -> Discard;\n"
				    "cl[1] -> q1 :: Queue -> Discard; cl[2] -> q2 :: Queue -> Discard;\n");
	struct bty_model_input in = { .rate_pps = 3e5 };
	int q0 = g->el[bty_graph_find(g, "q0")].queue, q1 = g->el[bty_graph_find(g, "q1")].queue;
	int q2 = g->el[bty_graph_find(g, "q2")].queue, cl = bty_graph_find(g, "cl");

	in.share = calloc(4, sizeof(*in.share));
	assert_int_equal(bty_model_from_graph(g, &in, &m, &gaps, &err), 0);
	near(m.queue[q0].rate_pps, 1e5, 1e-6);
	near(m.queue[q2].rate_pps, 1e5, 1e-6);
	/* an output for what went wrong is taken for empty */
	assert_true(m.queue[q0].next.n == 0);
	in.share[0].element = cl;
	in.share[0].port = 1;
	in.share[0].share = 0.8;
	in.nshares = 1;
	in.nrates = 1;
	in.rate[0].element = bty_graph_find(g, "b");
	in.rate[0].rate_pps = 7e5;
	assert_int_equal(bty_model_from_graph(g, &in, &m, &gaps, &err), 0);
	near(m.queue[q1].rate_pps, 8e5, 1e-6);
	near(m.queue[q0].rate_pps, 1e5, 1e-6);
	in.share[1] = in.share[0];
	in.share[1].port = 0;
	in.nshares = 2;
	assert_int_equal(bty_model_from_graph(g, &in, &m, &gaps, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "'cl': the shares of its outputs are 1.6"));
	free(in.share);
	bty_graph_free(g);
}

static void graphs_without_a_model(void **state)
{
	struct bty_graph *g = graph("a :: FromDevice(eth0) -> Queue -> t :: Tee -> Discard; t[1] -> Discard;");
	struct bty_model_input in = { .rate_pps = 1 };

	assert_int_equal(bty_model_from_graph(g, &in, &m, &gaps, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "makes copies"));
	bty_graph_free(g);
	g = graph("InfiniteSource -> q :: Queue -> r :: RandomSplit(1, 1) -> Discard; r[1] -> q;");
	assert_int_equal(bty_model_from_graph(g, &in, &m, &gaps, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "go round"));
	bty_graph_free(g);
}

/* A flow through a source in the worker, without any queue: what it costs is its delay. */
static void without_queues(void **state)
{
	struct bty_graph *g = graph("s :: InfiniteSource(RATE 1000pps) -> c :: Counter -> Discard; Flow(f, PATH s c);");
	struct bty_costs *c = bty_costs_new();
	struct bty_model_input in = { .costs = c };

	put_cost(c, g, "s", 100, 10);
	put_cost(c, g, "c", 50, 5);
	assert_int_equal(bty_model_from_graph(g, &in, &m, &gaps, &err), 0);
	assert_int_equal(m.nsources, 1);
	near(m.source[0].rate_pps, 1000, 1e-9);
	predict(&m);
	near(p.flow[0].p95_ns, 165, 1e-6);
	near(p.worker[0].cpu_share, 1000 * 165e-9, 0.01);
	bty_costs_free(c);
	bty_graph_free(g);
}

static void from_an_observer(void **state)
{
	static struct bty_observer o;
	static struct bty_datapath dp;
	struct bty_graph *g = graph(two_queues);
	int front = g->el[bty_graph_find(g, "front")].queue, back = 1 - front;

	dp.graph = g;
	dp.nworkers = 2;
	o.dp = &dp;
	o.nqueues = 2;
	o.nflows = 1;
	o.napi_defer_ns = 20000;
	o.queue[front] = (struct bty_obs_queue){ .trigger = 8,
						 .capacity = 256,
						 .deadline_ns = 200000,
						 .rate_pps = 5e4,
						 .total_pps = 2e5,
						 .nports_active = 4,
						 .burst_pkts = 3,
						 .t0_ns = 900,
						 .t1_ns = 30,
						 .next = { back },
						 .next_share = { 0.25 },
						 .nnext = 1 };
	o.queue[back] = (struct bty_obs_queue){ .trigger = 32,
						.capacity = 1024,
						.deadline_ns = 1000000,
						.total_pps = 5e4,
						.t0_ns = NAN,
						.t1_ns = 20,
						.nfrom = 1 };
	o.flow[0] = (struct bty_obs_flow){
		.slo_ns = 1000000, .percentile = 95, .queue = { front, back }, .nqueues = 2, .t0_ns = 70, .t1_ns = 20
	};
	assert_int_equal(bty_model_from_observer(&o, &m), 0);
	assert_true(m.nsources == 0 && m.nworkers == 1);
	near(m.queue[front].rate_pps, 1e5, 1e-9);
	assert_int_equal(m.queue[front].rings, 2);
	near(m.queue[front].burst_pkts, 3, 1e-9);
	assert_true(m.queue[back].rate_pps == 0);
	near(m.flow[0].ahead_ns, 20000, 1e-9);
	predict(&m);
	assert_int_equal(p.clamped, 1);
	near(p.queue[back].pps, 25000, 0.05);
	/* packets of a source in the worker: what does not come from another queue */
	o.queue[back].total_pps = 2e5;
	o.worker.greedy = 1;
	o.worker.pps = 3.5e5;
	assert_int_equal(bty_model_from_observer(&o, &m), 0);
	assert_int_equal(m.nsources, 1);
	assert_true(m.source[0].rate_pps == 0 && m.source[0].next.n == 1 && m.source[0].next.queue[0] == back);
	near(m.source[0].next.share[0], 1.5 / 3.5, 1e-6);
	bty_graph_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_as_theory_says),
		cmocka_unit_test(deadline_alone),
		cmocka_unit_test(same_answer_twice),
		cmocka_unit_test(no_traffic),
		cmocka_unit_test(nothing_waits),
		cmocka_unit_test(nothing_costs),
		cmocka_unit_test(wrong_numbers_are_clamped),
		cmocka_unit_test(overload_is_said),
		cmocka_unit_test(objectives_are_judged),
		cmocka_unit_test(larger_batches_cost_less),
		cmocka_unit_test(sixty_four_queues),
		cmocka_unit_test(workers_are_apart),
		cmocka_unit_test(wrong_models_are_refused),
		cmocka_unit_test(from_a_file),
		cmocka_unit_test(shares_and_rates),
		cmocka_unit_test(graphs_without_a_model),
		cmocka_unit_test(without_queues),
		cmocka_unit_test(from_an_observer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
