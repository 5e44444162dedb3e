// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent bench FILE: what a pipeline costs, run without any interface in this process. Needs no privilege. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/log.h"
#include "../lib/units.h"
#include "benchshow.h"
#include "cli.h"

#define MAX_SECONDS 3600
#define SOURCE_LEN  512

#define MAX_ATS	   256
#define MAX_ROUNDS 1000000

enum {
	OPT_LENGTH = 256,
	OPT_FLOWS,
	OPT_CPUS,
	OPT_PERIOD,
	OPT_ROUNDS,
	OPT_WARMUP,
	OPT_SLO,
	OPT_DEADLINE,
	OPT_DUMP,
	OPT_COSTS,
	OPT_AT,
	OPT_SCHEDULE,
	OPT_EXTRA,
	OPT_DECOMPOSE,
};

static const char doc[] = "Runs a pipeline in a worker thread of this process, without any interface and without "
			  "privileges, and says what it "
			  "costs. A source stands for each FromDevice; ToDevice and ToHost count and let go; a Queue "
			  "hands on a batch of the given "
			  "size, or, with --controller, what that says, as in an agent. The exit status is 0 only if "
			  "packets came, and every one is accounted for.\v"
			  "EXAMPLES:\n"
			  "  batchy-agent bench gateway.click --seconds 5\n"
			  "  batchy-agent bench gateway.click --batch 1 --length 1500 --flows 1000\n"
			  "  batchy-agent bench gateway.click --source 'SRC 2001:db8::1, DST 2001:db8::2, PROTO tcp'\n"
			  "  batchy-agent bench gateway.click --pcap trace.pcap -j\n"
			  "  batchy-agent bench two.click --controller slo --rounds 40 --dump rounds.tsv\n"
			  "  batchy-agent bench two.click -c slo --at 20:rate=in:100kpps --at 30:slo=f:150us\n";

struct args {
	struct bty_bench_opts o;
	struct bty_set set[CLI_MAX_SETS];
	struct bty_bench_at at[MAX_ATS];
	const char *length, *flows, *source, *costs;
	int seconds, rounds; /* given */
	const char *needs_controller;
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
	{ "cpus", OPT_CPUS, "LIST", 0, "The CPU to run on, and those of extra workers" },
	{ "extra-workers", OPT_EXTRA, "N", 0, "Workers that a controller may move queues to, up to 8 (0)" },
	{ "schedule", OPT_SCHEDULE, "HOW", 0,
	  "Which queue is next: rtc, each that is due, to completion; wfq, the one that has had least time, by its "
	  "weight (rtc)" },
	{ 0, 0, NULL, 0, "Under a controller:", 1 },
	{ "controller", 'c', "NAME", 0, "It sets the queues every period: slo, null, max, fixN ...", 1 },
	{ "period", OPT_PERIOD, "TIME", 0, "A period, or round (100ms)", 1 },
	{ "rounds", OPT_ROUNDS, "N", 0, "So many of them (30)", 1 },
	{ "warmup", OPT_WARMUP, "TIME", 0, "Before the first round, without a controller (200ms)", 1 },
	{ "slo", OPT_SLO, "TIME", 0, "Objective of queues that no Flow covers", 1 },
	{ "deadline", OPT_DEADLINE, "TIME", 0, "Deadline of every queue, whatever the controller says", 1 },
	{ "costs", OPT_COSTS, "FILE", 0, "What elements cost, as `profile -o FILE' wrote it (none: it is learned)", 1 },
	{ "decompose", OPT_DECOMPOSE, "HOW", 0,
	  "Which queues extra workers get: none; greedy, as the original; slo, where an objective cannot be kept "
	  "otherwise (slo with the controller slo, else none)",
	  1 },
	{ "dump", OPT_DUMP, "FILE", 0,
	  "A row of numbers for each round, separated by tabs; - is standard output, with nothing else", 1 },
	{ "at", OPT_AT, "ROUND:ACTION", 0,
	  "At the begin of that round: rate=SOURCE:RATE|max, slo=FLOW:TIME, trigger=QUEUE:N|auto, "
	  "deadline=QUEUE:TIME|auto, worker=QUEUE:N|home or "
	  "controller=NAME; may be repeated",
	  1 },
	{ 0 },
};

static uint64_t time_of(const char *option, const char *arg, uint64_t least, struct argp_state *state)
{
	uint64_t ns = 0;

	if (bty_parse_time_ns(arg, &ns) || ns < least || ns > MAX_SECONDS * 1000000000ULL)
		argp_error(state, "--%s %s: expected a time as in 50us, 1.5ms or 2s, from %llu ns to an hour", option,
			   arg, (unsigned long long)least);
	return ns;
}

static void add_at(struct args *a, const char *text, struct argp_state *state)
{
	struct bty_err err;

	if (a->o.control.nat == MAX_ATS)
		argp_error(state, "--at: %d times at most", MAX_ATS);
	if (bty_bench_at_parse(text, &a->at[a->o.control.nat++], &err))
		argp_error(state, "--at %s", err.msg);
}

static void check_control(struct args *a, struct argp_state *state)
{
	struct bty_bench_control *c = &a->o.control;
	struct bty_controller_choice choice;
	struct bty_err err;

	if (!c->controller && a->needs_controller)
		argp_error(state, "--%s: only with --controller", a->needs_controller);
	if (!c->controller)
		return;
	if (bty_controller_find(c->controller, &choice, &err))
		argp_error(state, "--%s", err.msg);
	if (a->seconds && a->rounds)
		argp_error(state, "choose one: --seconds or --rounds");
	if (a->seconds)
		c->rounds = a->o.run_ns > c->period_ns ? a->o.run_ns / c->period_ns : 1;
	if (cli.json && c->dump && !strcmp(c->dump, "-"))
		argp_error(state, "--dump - and --json: both on standard output; give --dump a file");
}

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

static error_t parse_control(int key, char *arg, struct args *a, struct argp_state *state)
{
	struct bty_bench_control *c = &a->o.control;
	int i;

	for (i = 0; options[i].name || options[i].doc; i++)
		if (options[i].key == key && key != 'c')
			a->needs_controller = options[i].name;
	switch (key) {
	case 'c':
		c->controller = arg;
		return 0;
	case OPT_PERIOD:
		c->period_ns = time_of("period", arg, 100000, state);
		return 0;
	case OPT_ROUNDS:
		c->rounds = number("rounds", arg, MAX_ROUNDS, state);
		a->rounds = 1;
		return 0;
	case OPT_WARMUP:
		c->warmup_ns = time_of("warmup", arg, 0, state);
		return 0;
	case OPT_SLO:
		c->slo_ns = time_of("slo", arg, 1, state);
		return 0;
	case OPT_DEADLINE:
		c->deadline_ns = time_of("deadline", arg, BTY_DEADLINE_MIN_NS, state);
		return 0;
	case OPT_COSTS:
		a->costs = arg;
		return 0;
	case OPT_DUMP:
		c->dump = arg;
		return 0;
	case OPT_AT:
		add_at(a, arg, state);
		return 0;
	case OPT_DECOMPOSE:
		if (bty_decompose_parse(arg, &a->o.decompose))
			argp_error(state, "--decompose %s: expected %s", arg, BTY_DECOMPOSE_NAMES);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;

	switch (key) {
	case 't':
		a->o.run_ns = number("seconds", arg, MAX_SECONDS, state) * 1000000000ULL;
		a->seconds = 1;
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
	case OPT_EXTRA:
		a->o.extra = strcmp(arg, "0") ? number("extra-workers", arg, BTY_MAX_EXTRA, state) : 0;
		return 0;
	case OPT_SCHEDULE:
		if (bty_schedule_parse(arg, &a->o.schedule))
			argp_error(state, "--schedule %s: expected rtc or wfq", arg);
		return 0;
	case 's':
		cli_set(arg, a->set, &a->o.nsets, state);
		return 0;
	case ARGP_KEY_ARG:
		if (a->o.file)
			argp_error(state, "one file at a time");
		a->o.file = arg;
		return 0;
	case ARGP_KEY_END:
		check_source(a, state);
		check_control(a, state);
		return 0;
	case ARGP_KEY_INIT:
	case ARGP_KEY_SUCCESS:
	case ARGP_KEY_FINI:
	case ARGP_KEY_NO_ARGS:
	case ARGP_KEY_ERROR:
		return ARGP_ERR_UNKNOWN;
	}
	return parse_control(key, arg, a, state);
}

static void on_signal(int sig)
{
	stop = 1;
}

int cli_bench(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "FILE.click", doc, cli_globals };
	struct args a = {
		.o = { .run_ns = 3000000000ULL,
		       .batch = BTY_VEC_DEFAULT,
		       .stop = &stop,
		       .control = { .period_ns = 100000000, .warmup_ns = 200000000, .rounds = 30 } },
	};
	const struct sigaction act = { .sa_handler = on_signal };
	struct bty_costs *costs = NULL;
	struct bty_bench b;
	struct bty_err err;
	int status;

	a.o.sets = a.set;
	a.o.control.at = a.at;
	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return CLI_USAGE;
	if (a.o.cpus && bty_cpus_check(a.o.cpus, &err))
		return cli_usage("bench: --cpus %s: %s", a.o.cpus, err.msg);
	if (a.costs && bty_costs_read(a.costs, &costs, &err))
		return cli_fail("bench: %s", err.msg);
	if (bty_costs_stale(costs))
		bty_warn("%s: %s", a.costs, bty_costs_stale(costs));
	a.o.costs = costs;
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	status = bty_bench_run(&a.o, &b, &err);
	bty_costs_free(costs);
	if (status)
		return cli_fail("%s", err.msg);
	if (cli.json) {
		status = cli_print(bench_json(&a.o, &b));
	} else {
		if (!a.o.control.dump || strcmp(a.o.control.dump, "-"))
			bench_print(&a.o, &b);
		status = cli_flush();
	}
	if (!b.conserved)
		status = cli_fail("bench: %s: packets are not all accounted for", a.o.file);
	else if (!status && !b.packets)
		status = cli_fail(
			"bench: %s: no packet came in %.2f s; run it longer, or with a source that sends sooner",
			a.o.file, (double)b.elapsed_ns / 1e9);
	bty_bench_free(&b);
	return status;
}
