// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent bench FILE: what a pipeline costs, run without any interface in this process. Needs no privilege. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/bench.h"
#include "../element/registry.h"
#include "../lib/units.h"
#include "cli.h"
#include "table.h"

#define MAX_SETS    64
#define MAX_SECONDS 3600
#define SOURCE_LEN  512

enum { OPT_LENGTH = 256, OPT_FLOWS, OPT_CPUS };

static const char doc[] = "Runs a pipeline in one worker thread of this process, without any interface and without "
			  "privileges, and says what it "
			  "costs. A source stands for each FromDevice; ToDevice and ToHost count and let go; a Queue "
			  "hands on a batch of the given "
			  "size. The exit status is 0 only if every packet is accounted for.\v"
			  "EXAMPLES:\n"
			  "  batchy-agent bench gateway.click --seconds 5\n"
			  "  batchy-agent bench gateway.click --batch 1 --length 1500 --flows 1000\n"
			  "  batchy-agent bench gateway.click --source 'SRC 2001:db8::1, DST 2001:db8::2, PROTO tcp'\n"
			  "  batchy-agent bench gateway.click --pcap trace.pcap -j\n";

struct args {
	struct bty_bench_opts o;
	struct bty_set set[MAX_SETS];
	const char *length, *flows, *source;
	char text[SOURCE_LEN];
};

static volatile sig_atomic_t stop;

static const struct argp_option options[] = {
	{ "seconds", 't', "N", 0, "How long it runs at most (3); less when its sources come to an end" },
	{ "batch", 'b', "N", 0, "Packets in a batch (64)" },
	{ "length", OPT_LENGTH, "N", 0, "Bytes of the packets built for FromDevice, without FCS (60)" },
	{ "flows", OPT_FLOWS, "N", 0, "Flows they belong to (1)" },
	{ "source", 'S', "ARGUMENTS", 0, "More of what InfiniteSource takes: addresses, ports, RATE ..." },
	{ "pcap", 'r', "FILE", 0, "Packets from a capture instead, over and over" },
	{ "set", 's', "NAME=VALUE", 0, "Replace $NAME in the file" },
	{ "cpus", OPT_CPUS, "LIST", 0, "The CPU to run on" },
	{ 0 },
};

static void check_source(struct args *a, struct argp_state *state)
{
	int n;

	if (!a->o.file)
		argp_error(state, "a pipeline file is missing");
	if (a->o.pcap && (a->length || a->flows || a->source))
		argp_error(state,
			   "choose one: packets of --pcap, or those that --length, --flows and --source describe");
	if (a->o.pcap && strpbrk(a->o.pcap, ",\""))
		argp_error(state, "--pcap %s: a name with a comma or a quote; rename the file", a->o.pcap);
	n = snprintf(a->text, sizeof(a->text), "%s%s%s%s%s%s%s", a->length ? "LENGTH " : "", a->length ? a->length : "",
		     a->length && (a->flows || a->source) ? ", " : "", a->flows ? "FLOWS " : "",
		     a->flows ? a->flows : "", a->flows && a->source ? ", " : "", a->source ? a->source : "");
	if (n >= (int)sizeof(a->text))
		argp_error(state, "--source: %d characters at most", SOURCE_LEN / 2);
	a->o.source = a->text;
}

static uint64_t number(const char *name, const char *arg, uint64_t max, struct argp_state *state)
{
	uint64_t n;

	if (bty_parse_u64(arg, &n) || !n || n > max)
		argp_error(state, "--%s %s: expected 1 to %llu", name, arg, (unsigned long long)max);
	return n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 't':
		a->o.run_ns = number("seconds", arg, MAX_SECONDS, state) * 1000000000ULL;
		return 0;
	case 'b':
		a->o.batch = number("batch", arg, BTY_VEC_MAX, state);
		return 0;
	case OPT_LENGTH:
		a->length = arg;
		return 0;
	case OPT_FLOWS:
		a->flows = arg;
		return 0;
	case 'S':
		a->source = arg;
		return 0;
	case 'r':
		a->o.pcap = arg;
		return 0;
	case OPT_CPUS:
		a->o.cpus = arg;
		return 0;
	case 's':
		if (cli_set(arg, a->set, &a->o.nsets, MAX_SETS))
			argp_error(state, "--set %s: expected NAME=VALUE, at most %d times", arg, MAX_SETS);
		return 0;
	case ARGP_KEY_ARG:
		if (a->o.file)
			argp_error(state, "one file at a time");
		a->o.file = arg;
		return 0;
	case ARGP_KEY_END:
		check_source(a, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

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
		      (json_int_t)e->stats.batches, "ns_per_packet",
		      e->ns_per_packet < 0 ? json_null() : json_real(e->ns_per_packet));
	if (o && e->report)
		json_object_set(o, "report", e->report);
	return o;
}

static double pps(const struct bty_bench *b)
{
	return b->elapsed_ns ? (double)b->packets * 1e9 / (double)b->elapsed_ns : 0;
}

static json_t *bench_json(const struct args *a, const struct bty_bench *b)
{
	json_t *els = json_array();
	int i;

	for (i = 0; i < b->g->nel; i++)
		if (b->g->el[i].cls->kind != BTY_KIND_INFO)
			json_array_append_new(els, element_json(b, i));
	return json_pack("{s:s, s:i, s:I, s:I, s:I, s:f, s:f, s:{s:f, s:f, s:f, s:f}, s:{s:I, s:I}, s:{s:I, s:I, s:I, "
			 "s:I, s:I}, s:o, s:b, s:o}",
			 "file", a->o.file, "batch", (int)a->o.batch, "elapsed_ns", (json_int_t)b->elapsed_ns, "cpu_ns",
			 (json_int_t)b->cpu_ns, "packets", (json_int_t)b->packets, "pps", pps(b), "ns_per_packet",
			 b->ns_per_packet, "parts_ns", "source", b->source_ns_per_packet, "parse",
			 b->parse_ns_per_packet, "elements", b->elements_ns_per_packet, "rest", b->rest_ns_per_packet,
			 "timed", "turns", (json_int_t)b->turns, "interrupted", (json_int_t)b->interrupted, "totals",
			 "made", (json_int_t)b->made, "tx", (json_int_t)b->tx, "pass", (json_int_t)b->pass, "drop",
			 (json_int_t)b->drop, "queued", (json_int_t)b->queued, "drops", drops_json(b->drops),
			 "conserved", b->conserved, "elements", els);
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

static void print_text(const struct args *a, const struct bty_bench *b)
{
	char rate[32];

	printf("%s: %llu packets in %.2f s, batches of %u: %s packets/s, %.1f ns of CPU per packet\n", a->o.file,
	       (unsigned long long)b->packets, (double)b->elapsed_ns / 1e9, a->o.batch, format_count(pps(b), rate),
	       b->ns_per_packet);
	if (b->turns)
		printf("of these: sources %.1f, parsing %.1f, elements %.1f, the worker's loop %.1f; together %.1f\n",
		       b->source_ns_per_packet, b->parse_ns_per_packet, b->elements_ns_per_packet,
		       b->rest_ns_per_packet,
		       b->source_ns_per_packet + b->parse_ns_per_packet + b->elements_ns_per_packet +
			       b->rest_ns_per_packet);
	else
		puts("it was too short to tell where they went");
	print_elements(b);
	print_drops(b);
	print_reports(b);
	printf("made %llu = sent %llu + to host %llu + dropped %llu + queued %llu: %s\n", (unsigned long long)b->made,
	       (unsigned long long)b->tx, (unsigned long long)b->pass, (unsigned long long)b->drop,
	       (unsigned long long)b->queued, b->conserved ? "conserved" : "NOT CONSERVED");
}

static void on_signal(int sig)
{
	stop = 1;
}

int cli_bench(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "FILE.click", doc, cli_globals };
	struct args a = { .o = { .run_ns = 3000000000ULL, .batch = BTY_VEC_DEFAULT, .stop = &stop } };
	const struct sigaction act = { .sa_handler = on_signal };
	struct bty_bench b;
	struct bty_err err;
	int status;

	a.o.sets = a.set;
	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return CLI_USAGE;
	if (a.o.cpus && bty_cpus_check(a.o.cpus, &err))
		return cli_usage("bench: --cpus %s: %s", a.o.cpus, err.msg);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	if (bty_bench_run(&a.o, &b, &err))
		return cli_fail("%s", err.msg);
	if (cli.json) {
		status = cli_print(bench_json(&a, &b));
	} else {
		print_text(&a, &b);
		status = cli_flush();
	}
	if (!b.conserved)
		status = cli_fail("bench: %s: packets are not all accounted for", a.o.file);
	bty_bench_free(&b);
	return status;
}
