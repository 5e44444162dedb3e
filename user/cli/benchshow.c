// SPDX-License-Identifier: GPL-2.0-or-later
/* What `batchy-agent bench` has to say, as text and as JSON; called by bench.c. */
#include <stdio.h>
#include <stdlib.h>

#include "../element/registry.h"
#include "benchshow.h"
#include "cli.h"
#include "table.h"

/* Only those that happened. */
static json_t *drops_json(const uint64_t *drops)
{
	json_t *o = json_object();
	unsigned int d;

	for (d = BTY_DROP_NONE + 1; d < BTY_DROP_COUNT; d++)
		if (drops[d])
			json_object_set_new(o, bty_drop_name(d), json_integer(drops[d]));
	return o;
}

/* null where nothing was measured, which is negative */
static json_t *known(double ns)
{
	return ns < 0 ? json_null() : json_real(ns);
}

static json_t *element_json(const struct bty_bench *b, int i)
{
	const struct bty_bench_element *e = &b->el[i];
	const struct bty_element *el = &b->g->el[i];
	uint64_t drops[BTY_DROP_MAX], sum = 0;
	json_t *o;
	int d;

	for (d = 0; d < BTY_DROP_MAX; d++)
		sum += drops[d] = e->stats.drops[d];
	o = json_pack("{s:s, s:s, s:s?, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:o}", "name", el->name, "class",
		      el->cls->name, "stand_in", el->stand_in ? el->stand_in->name : NULL, "packets_in",
		      (json_int_t)e->stats.packets_in, "made", (json_int_t)e->stats.made, "packets_out",
		      (json_int_t)e->out, "tx", (json_int_t)e->stats.tx, "pass", (json_int_t)e->stats.pass, "held",
		      (json_int_t)e->stats.held, "drops", (json_int_t)sum, "drop_reasons", drops_json(drops), "batches",
		      (json_int_t)e->stats.batches, "ns_per_packet", known(e->ns_per_packet));
	if (o && e->report)
		json_object_set(o, "report", e->report);
	return o;
}

static double pps(const struct bty_bench *b)
{
	return b->elapsed_ns ? (double)b->packets * 1e9 / (double)b->elapsed_ns : 0;
}

/* null where nothing was measured */
static json_t *delay_json(const struct bty_bench_flow *f)
{
	const uint64_t ns[] = { f->p50_ns, f->p95_ns, f->p99_ns, f->max_ns };
	json_t *v[4];
	int i;

	for (i = 0; i < 4; i++)
		v[i] = f->samples ? json_integer((json_int_t)ns[i]) : json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:I}", "p50", v[0], "p95", v[1], "p99", v[2], "max", v[3], "count",
			 (json_int_t)f->samples);
}

static json_t *flow_json(const struct bty_bench *b, int i)
{
	const struct bty_bench_flow *f = &b->rounds.flow[i];

	return json_pack("{s:s, s:I, s:f, s:I, s:f, s:o, s:I, s:I, s:I, s:I}", "name", b->g->flow[i].name, "slo_ns",
			 (json_int_t)f->slo_ns, "percentile", f->percentile, "packets", (json_int_t)f->packets, "pps",
			 f->pps, "delay_ns", delay_json(f), "periods", (json_int_t)f->periods, "violations",
			 (json_int_t)f->violations, "calm_periods", (json_int_t)f->calm_periods, "calm_violations",
			 (json_int_t)f->calm_violations);
}

static json_t *queue_json(const struct bty_bench *b, int i)
{
	const struct bty_bench_queue *q = &b->rounds.queue[i];

	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:f, s:f, s:f, s:i, s:I}", "name",
			 b->g->el[b->g->queue_el[i]].name, "trigger", (json_int_t)q->trigger, "deadline_ns",
			 (json_int_t)q->deadline_ns, "weight", (json_int_t)q->weight, "packets", (json_int_t)q->packets,
			 "batches", (json_int_t)q->batches, "batch_avg",
			 q->batches ? (double)q->packets / (double)q->batches : 0, "released_trigger",
			 (json_int_t)q->released_trigger, "released_deadline", (json_int_t)q->released_deadline,
			 "drops", (json_int_t)q->drops, "rate_pps", q->rate_pps, "t0_ns", q->t0_ns, "t1_ns", q->t1_ns,
			 "worker", q->server, "moves", (json_int_t)q->moves);
}

/* How queues were divided among workers. */
static json_t *extra_json(const struct bty_bench_opts *o, const struct bty_bench *b)
{
	const struct bty_bench_rounds *r = &b->rounds;
	json_t *a = json_array();
	uint32_t i;

	for (i = 0; i < o->extra; i++)
		json_array_append_new(a, json_pack("{s:f, s:f, s:f, s:I}", "busy", r->extra[i].busy, "turnaround_ns",
						   r->extra[i].turnaround_ns, "pps", r->extra[i].pps, "cpu_ns",
						   (json_int_t)r->worker_cpu_ns[i + 1]));
	return json_pack("{s:s, s:o, s:{s:f, s:f}}", "decompose", bty_decompose_name(o->decompose), "extra_workers", a,
			 "hand_ns", "t0", r->hand_t0_ns, "t1", r->hand_t1_ns);
}

/* What there is with a controller only. */
static json_t *rounds_json(const struct bty_bench_opts *o, const struct bty_bench *b)
{
	const struct bty_bench_rounds *r = &b->rounds;
	json_t *flows = json_array(), *queues = json_array();
	int i;

	for (i = 0; i < b->g->nflows; i++)
		json_array_append_new(flows, flow_json(b, i));
	for (i = 0; i < b->g->nqueues; i++)
		json_array_append_new(queues, queue_json(b, i));
	return json_pack(
		"{s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:{s:f, s:f}, s:I, s:{s:f, s:f, s:f, s:f, s:f, s:b, s:I}, s:o, "
		"s:o, s:o*}",
		"controller", o->control.controller, "period_ns", (json_int_t)o->control.period_ns, "rounds",
		(json_int_t)r->n, "stalled_rounds", (json_int_t)r->stalled, "rounds_ns", (json_int_t)r->elapsed_ns,
		"sum_fpps", r->pps, "cycles_per_ns", r->cycles_per_ns, "control_ns", "mean", r->control_ns, "max",
		r->control_max_ns, "bad_estimates", (json_int_t)r->bad_estimates, "worker", "busy", r->worker.busy,
		"turnaround_ns", r->worker.turnaround_ns, "turn_pkts", r->worker.turn_pkts, "pps", r->worker.pps,
		"ns_per_pkt", r->worker.ns_per_pkt, "greedy", r->worker.greedy, "cpu_ns",
		(json_int_t)r->worker_cpu_ns[0], "flows", flows, "queues", queues, "division",
		o->extra ? extra_json(o, b) : NULL);
}

static json_t *run_json(const struct bty_bench_opts *o, const struct bty_bench *b)
{
	const int any = b->packets > 0;
	json_t *els = json_array();
	int i;

	for (i = 0; i < b->g->nel; i++)
		if (b->g->el[i].cls->kind != BTY_KIND_INFO)
			json_array_append_new(els, element_json(b, i));
	return json_pack("{s:s, s:i, s:I, s:I, s:I, s:f, s:o, s:{s:o, s:o, s:o, s:o}, s:{s:I, s:I}, s:{s:I, s:I, s:I, "
			 "s:I, s:I}, s:o, s:b, s:o}",
			 "file", o->file, "batch", (int)o->batch, "elapsed_ns", (json_int_t)b->elapsed_ns, "cpu_ns",
			 (json_int_t)b->cpu_ns, "packets", (json_int_t)b->packets, "pps", pps(b), "ns_per_packet",
			 known(b->ns_per_packet), "parts_ns", "source", known(any ? b->source_ns_per_packet : -1),
			 "parse", known(any ? b->parse_ns_per_packet : -1), "elements",
			 known(any ? b->elements_ns_per_packet : -1), "rest", known(any ? b->rest_ns_per_packet : -1),
			 "timed", "turns", (json_int_t)b->turns, "interrupted", (json_int_t)b->interrupted, "totals",
			 "made", (json_int_t)b->made, "tx", (json_int_t)b->tx, "pass", (json_int_t)b->pass, "drop",
			 (json_int_t)b->drop, "queued", (json_int_t)b->queued, "drops", drops_json(b->drops),
			 "conserved", b->conserved, "elements", els);
}

json_t *bench_json(const struct bty_bench_opts *o, const struct bty_bench *b)
{
	json_t *run = run_json(o, b), *rounds;

	if (!run || !o->control.controller)
		return run;
	rounds = rounds_json(o, b);
	if (!rounds || json_object_update(run, rounds)) {
		json_decref(run);
		run = NULL;
	}
	json_decref(rounds);
	return run;
}

static void add_number(struct table *t, double n)
{
	char buf[32];

	table_add(t, n > 0 ? format_count(n, buf) : "0");
}

static void print_elements(const struct bty_bench *b)
{
	char head[] = "<element <class batches in made out sent host drops ns/packet", text[2 * BTY_NAME_LEN];
	const struct bty_bench_element *e;
	const struct bty_element *el;
	uint64_t drops;
	struct table t;
	int i, d;

	table_init(&t, head);
	for (i = 0; i < b->g->nel; i++) {
		el = &b->g->el[i];
		e = &b->el[i];
		if (el->cls->kind == BTY_KIND_INFO)
			continue;
		for (d = 0, drops = 0; d < BTY_DROP_MAX; d++)
			drops += e->stats.drops[d];
		table_add(&t, el->name);
		table_add(&t, el->stand_in ? el->stand_in->name : el->cls->name);
		add_number(&t, e->stats.batches);
		add_number(&t, e->stats.packets_in);
		add_number(&t, e->stats.made);
		add_number(&t, e->out);
		add_number(&t, e->stats.tx);
		add_number(&t, e->stats.pass);
		add_number(&t, drops);
		snprintf(text, sizeof(text), "%.1f", e->ns_per_packet);
		table_add(&t, e->ns_per_packet < 0 ? NULL : text);
	}
	table_print(&t, stdout, 0);
}

static void print_drops(const struct bty_bench *b)
{
	unsigned int d;

	for (d = BTY_DROP_NONE + 1; d < BTY_DROP_COUNT; d++)
		if (b->drops[d])
			printf("dropped as %s: %llu\n", bty_drop_name(d), (unsigned long long)b->drops[d]);
}

static void print_reports(const struct bty_bench *b)
{
	char *text;
	int i;

	for (i = 0; i < b->g->nel; i++) {
		if (!b->el[i].report)
			continue;
		text = json_dumps(b->el[i].report, JSON_COMPACT);
		printf("%s: %s\n", b->g->el[i].name, text ? text : "");
		free(text);
	}
}

static void print_flows(const struct bty_bench *b)
{
	char head[] = "<flow objective packets pps p50 p95 max periods late", text[32];
	const struct bty_bench_flow *f;
	struct table t;
	int i;

	table_init(&t, head);
	for (i = 0; i < b->g->nflows; i++) {
		f = &b->rounds.flow[i];
		table_add(&t, b->g->flow[i].name);
		table_add(&t, f->slo_ns ? format_ns((double)f->slo_ns, text) : NULL);
		add_number(&t, (double)f->packets);
		add_number(&t, f->pps);
		table_add(&t, f->samples ? format_ns((double)f->p50_ns, text) : NULL);
		table_add(&t, f->samples ? format_ns((double)f->p95_ns, text) : NULL);
		table_add(&t, f->samples ? format_ns((double)f->max_ns, text) : NULL);
		add_number(&t, (double)f->periods);
		add_number(&t, (double)f->violations);
	}
	table_print(&t, stdout, 0);
}

static void print_queues(const struct bty_bench *b)
{
	char head[] = "<queue worker trigger deadline weight packets avg filled due drops", text[32];
	const struct bty_bench_queue *q;
	struct table t;
	int i;

	table_init(&t, head);
	for (i = 0; i < b->g->nqueues; i++) {
		q = &b->rounds.queue[i];
		table_add(&t, b->g->el[b->g->queue_el[i]].name);
		snprintf(text, sizeof(text), "%d", q->server);
		table_add(&t, q->server ? text : NULL);
		add_number(&t, q->trigger);
		table_add(&t, format_ns((double)q->deadline_ns, text));
		add_number(&t, q->weight);
		add_number(&t, (double)q->packets);
		snprintf(text, sizeof(text), "%.1f", q->batches ? (double)q->packets / (double)q->batches : 0);
		table_add(&t, text);
		add_number(&t, (double)q->released_trigger);
		add_number(&t, (double)q->released_deadline);
		add_number(&t, (double)q->drops);
	}
	table_print(&t, stdout, 0);
}

static void print_rounds(const struct bty_bench_opts *o, const struct bty_bench *b)
{
	char period[32], rate[32], took[32], longest[32];
	uint32_t i;

	printf("controller %s, %u rounds of %s: flows %s packets/s together; the machine stalled in %u of them\n",
	       o->control.controller, b->rounds.n, format_ns((double)o->control.period_ns, period),
	       format_count(b->rounds.pps, rate), b->rounds.stalled);
	printf("looking and deciding took %s on average, %s at most\n", format_ns(b->rounds.control_ns, took),
	       format_ns(b->rounds.control_max_ns, longest));
	for (i = 0; i < o->extra; i++)
		printf("extra worker %u: busy for %.0f %% of the time, %s packets/s; handing a batch over and back "
		       "costs %s\n",
		       i + 1, 100 * b->rounds.extra[i].busy, format_count(b->rounds.extra[i].pps, rate),
		       format_ns(b->rounds.hand_t0_ns + b->rounds.hand_t1_ns * o->batch, took));
	if (b->g->nflows)
		print_flows(b);
	if (b->g->nqueues)
		print_queues(b);
}

void bench_print(const struct bty_bench_opts *o, const struct bty_bench *b)
{
	char rate[32], ns[32] = "-";

	if (b->ns_per_packet >= 0)
		snprintf(ns, sizeof(ns), "%.1f", b->ns_per_packet);
	printf("%s: %llu packets in %.2f s, batches of %u: %s packets/s, %s ns of CPU per packet\n", o->file,
	       (unsigned long long)b->packets, (double)b->elapsed_ns / 1e9, o->batch, format_count(pps(b), rate), ns);
	if (b->turns && b->packets)
		printf("of these: sources %.1f, parsing %.1f, elements %.1f, the worker's loop %.1f; together %.1f\n",
		       b->source_ns_per_packet, b->parse_ns_per_packet, b->elements_ns_per_packet,
		       b->rest_ns_per_packet,
		       b->source_ns_per_packet + b->parse_ns_per_packet + b->elements_ns_per_packet +
			       b->rest_ns_per_packet);
	else if (b->packets)
		puts("it was too short to tell where they went");
	if (o->control.controller)
		print_rounds(o, b);
	print_elements(b);
	print_drops(b);
	print_reports(b);
	printf("made %llu = sent %llu + to host %llu + dropped %llu + queued %llu: %s\n", (unsigned long long)b->made,
	       (unsigned long long)b->tx, (unsigned long long)b->pass, (unsigned long long)b->drop,
	       (unsigned long long)b->queued, b->conserved ? "conserved" : "NOT CONSERVED");
}
