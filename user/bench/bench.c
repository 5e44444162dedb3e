// SPDX-License-Identifier: GPL-2.0-or-later
/* One run of a pipeline without interfaces, from the file to its account; called by `batchy-agent bench`. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <elements/queue.h>
#include <jansson.h>

#include "../placement/placement.h"
#include "loop.h"

#define LOOK_NS	    1000000ULL
#define NO_DEADLINE 60000000000ULL /* a Queue hands on when it has a batch; what is left, at the end */

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int make_graph(const struct bty_bench_opts *opts, struct bty_graph **g, struct bty_err *err)
{
	const char *iface = "IFACE";
	int i, ret;

	for (i = 0; i < opts->nsets; i++)
		if (!strcmp(opts->sets[i].name, "IFACE"))
			iface = NULL;
	ret = bty_graph_load(opts->file, iface, opts->sets, opts->nsets, g, err);
	if (!ret)
		ret = bty_bench_stand_in(*g, opts, err);
	if (!ret)
		ret = bty_place_graph(*g, err);
	for (i = 0; !ret && i < opts->control.nat; i++)
		ret = bty_bench_at_check(&opts->control.at[i], *g, opts->extra, err);
	return ret;
}

/* Every Queue hands its batch on at the batch size. */
static void set_queues(struct bty_datapath *dp, uint32_t batch)
{
	const struct bty_graph *g = dp->graph;
	const struct queue_args *args;
	struct bty_queue *q;
	int i;

	for (i = 0; i < g->nqueues; i++) {
		args = g->el[g->queue_el[i]].args;
		q = bty_lane(dp, i, 0);
		q->trigger = batch < args->capacity ? batch : args->capacity;
		q->deadline_ns = NO_DEADLINE;
		q->sample_shift = 0;
	}
}

static void wait_for_end(const struct bty_bench_opts *opts, const struct bty_run *run, uint64_t begin)
{
	const struct timespec ts = { .tv_nsec = LOOK_NS };

	while (clock_ns() - begin < opts->run_ns && !bty_run_idle(run) && !(opts->stop && *opts->stop))
		nanosleep(&ts, NULL);
}

static double metered(const struct bty_meter *m, const struct bty_metered *slot)
{
	double units = (double)slot->units - m->reading * (double)slot->readings;

	return units > 0 ? units * m->ns_per_unit : 0;
}

/* What one element has to show for its packets. */
static void account_element(struct bty_bench *b, const struct bty_run *run, const struct bty_datapath *dp, int i)
{
	const struct bty_element *el = &b->g->el[i];
	struct bty_bench_element *e = &b->el[i];
	uint64_t drops = 0, in, out = 0;
	int d, port;

	bty_run_element_stats(run, i, &e->stats);
	e->report = bty_run_report(run, i);
	for (d = 0; d < BTY_DROP_MAX; d++) {
		drops += e->stats.drops[d];
		b->drops[d] += e->stats.drops[d];
	}
	in = e->stats.packets_in + e->stats.made;
	e->out = in - drops - e->stats.tx - e->stats.pass - e->stats.held;
	if (el->queue >= 0)
		e->out = bty_lane(dp, el->queue, 0)->deq - e->stats.drops[BTY_DROP_SHUTDOWN];
	b->made += e->stats.made;
	b->tx += e->stats.tx;
	b->pass += e->stats.pass;
	b->drop += drops;
	b->queued += e->stats.held;
	if (el->stand_in || bty_is_source(el->cls))
		b->packets += e->stats.made;
	/* what went on from here must have come in elsewhere */
	for (port = 0; port < el->nout; port++)
		out += el->out[port] >= 0;
	if ((!out && e->out) || (int64_t)e->out < 0)
		b->conserved = 0;
}

/* Packets that went on from somewhere to el; -1 when one of those has other outputs as well. */
static int64_t sent_to(const struct bty_bench *b, int el)
{
	int64_t sum = 0;
	int i, port, here, elsewhere;

	for (i = 0; i < b->g->nel; i++) {
		here = elsewhere = 0;
		for (port = 0; port < b->g->el[i].nout; port++) {
			here |= b->g->el[i].out[port] == el;
			elsewhere |= b->g->el[i].out[port] >= 0 && b->g->el[i].out[port] != el;
		}
		if (here && elsewhere)
			return -1;
		if (here)
			sum += b->el[i].out;
	}
	return sum;
}

static void check_conserved(struct bty_bench *b, uint64_t inflight)
{
	int64_t sent, in_all = 0, out_all = 0;
	int i;

	for (i = 0; i < b->g->nel; i++) {
		if (b->g->el[i].cls->kind == BTY_KIND_INFO)
			continue;
		sent = sent_to(b, i);
		if (sent >= 0 && (uint64_t)sent != b->el[i].stats.packets_in)
			b->conserved = 0;
		in_all += b->el[i].stats.packets_in;
		out_all += b->el[i].out;
	}
	if (in_all != out_all || b->made != b->tx + b->pass + b->drop + b->queued || b->queued != inflight)
		b->conserved = 0;
}

static void account_time(struct bty_bench *b, const struct bty_run *run, const struct bty_meter *m)
{
	double share, ns, timed = 0;
	struct bty_run_turns turns;
	uint64_t cpu_ns;
	int i;

	b->cpu_ns = m->cpu_ns;
	for (i = 1; i <= bty_run_nextra(run); i++) {
		bty_run_extra_turns(run, i, &turns, &cpu_ns);
		b->cpu_ns += cpu_ns;
	}
	b->turns = m->divided.n;
	b->interrupted = m->divided.interrupted;
	b->ns_per_packet = b->packets ? (double)b->cpu_ns / (double)b->packets : -1;
	for (i = 0; i < b->g->nel; i++)
		if (b->g->el[i].stand_in || bty_is_source(b->g->el[i].cls))
			timed += m->node[i].packets;
	if (!timed)
		timed = 1;
	for (i = 0; i < b->g->nel; i++) {
		ns = metered(m, &m->node[i]);
		share = ns / timed;
		b->el[i].ns_per_packet = m->node[i].packets ? ns / (double)m->node[i].packets : -1;
		if (b->g->el[i].stand_in || bty_is_source(b->g->el[i].cls))
			b->source_ns_per_packet += share;
		else
			b->elements_ns_per_packet += share;
	}
	b->parse_ns_per_packet = metered(m, &m->parse) / timed;
	b->rest_ns_per_packet = metered(m, &m->rest) / timed;
}

static int account(struct bty_bench *b, const struct bty_run *run, const struct bty_datapath *dp, struct bty_err *err)
{
	int i;

	b->el = calloc(b->g->nel, sizeof(*b->el));
	if (!b->el)
		return bty_fail(err, -ENOMEM, "out of memory");
	b->conserved = 1;
	for (i = 0; i < b->g->nel; i++)
		if (b->g->el[i].cls->kind != BTY_KIND_INFO)
			account_element(b, run, dp, i);
	check_conserved(b, bty_run_inflight(run));
	account_time(b, run, bty_run_meter(run));
	return 0;
}

static int run_all(const struct bty_bench_opts *opts, struct bty_bench *b, struct bty_datapath *dp, struct bty_run *run,
		   struct bty_err *err)
{
	uint64_t begin = clock_ns();

	if (opts->control.controller)
		return bty_bench_loop(opts, b, dp, run, err);
	bty_run_sources(run);
	wait_for_end(opts, run, begin);
	b->elapsed_ns = clock_ns() - begin;
	bty_run_halt(run);
	return 0;
}

int bty_bench_run(const struct bty_bench_opts *opts, struct bty_bench *b, struct bty_err *err)
{
	const struct bty_load_opts lo = { .plain = 1, .deadline_ns = opts->control.slo_ns };
	const struct bty_run_opts ro = {
		.schedule = opts->schedule,
		.cpus = opts->cpus,
		.vec_pkts = opts->batch,
		.spin_max_ns = BTY_SPIN_MAX_NS,
		.meter = 1,
		.extra = opts->extra,
	};
	struct bty_datapath *dp = NULL;
	struct bty_run *run = NULL;
	int ret;

	memset(b, 0, sizeof(*b));
	ret = make_graph(opts, &b->g, err);
	if (!ret)
		ret = bty_load(b->g, &lo, &dp, err);
	if (!ret && !opts->control.controller)
		set_queues(dp, opts->batch);
	if (!ret)
		ret = bty_run_start(dp, &ro, &run, err);
	if (!ret)
		ret = run_all(opts, b, dp, run, err);
	if (!ret)
		ret = account(b, run, dp, err);
	bty_run_stop(run);
	bty_unload(dp);
	if (ret)
		bty_bench_free(b);
	return ret;
}

void bty_bench_free(struct bty_bench *b)
{
	int i;

	for (i = 0; b->el && i < b->g->nel; i++)
		json_decref(b->el[i].report);
	free(b->el);
	free(b->rounds.flow);
	free(b->rounds.queue);
	bty_graph_free(b->g);
	memset(b, 0, sizeof(*b));
}
