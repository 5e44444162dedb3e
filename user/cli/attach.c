// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent attach: its options. What happens then is in start.c and daemon.c. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../control/request.h"
#include "../decide/decide.h"
#include "../export/listen.h"
#include "../lib/units.h"
#include "../load/defer.h"
#include "../run/run.h"
#include "cli.h"
#include "start.h"

enum {
	OPT_SLO = 256,
	OPT_CPUS,
	OPT_VECTOR,
	OPT_BUSY,
	OPT_SPIN,
	OPT_PERIOD,
	OPT_DEFER,
	OPT_FUSE,
	OPT_PIN,
	OPT_METRICS,
	OPT_SCHEDULE,
	OPT_COSTS,
	OPT_EXTRA,
	OPT_DECOMPOSE
};

static const char doc[] =
	"Runs a pipeline on IFACE. The first attach in a network namespace becomes its agent and stays until Ctrl-C, "
	"SIGTERM or "
	"the last detach; later ones hand their interface to it and return. TIME takes ns, us, ms or s.\v"
	"EXAMPLES:\n"
	"  batchy-agent attach eth1\n"
	"  batchy-agent attach eth1 --pipeline gateway.click --set OUT=eth2 --daemon\n"
	"  batchy-agent attach eth1 --slo 200us --cpus 2-3 --metrics 127.0.0.1:9100\n";

static const struct argp_option options[] = {
	{ "pipeline", 'p', "FILE", 0, "Pipeline file (default: host.click, which passes everything to the host)", 1 },
	{ "set", 's', "NAME=VALUE", 0, "Replace $NAME in the pipeline file", 1 },
	{ "slo", OPT_SLO, "TIME", 0, "Delay objective for every queue that no Flow covers (default: 1ms)", 2 },
	{ "controller", 'c', "NAME", 0,
	  "What sets the triggers: slo, null, max, fixN, onoff, feasdir, projgrad or nfvnice (default: slo)", 2 },
	{ "period", OPT_PERIOD, "TIME", 0, "How often it does (default: 10ms)", 2 },
	{ "costs", OPT_COSTS, "FILE", 0, "What elements cost, from `profile -o FILE' (default: the file of this CPU)",
	  2 },
	{ "mode", 'm', "MODE", 0, "auto, native or generic XDP (default: auto)", 3 },
	{ "fuse", OPT_FUSE, "WHEN", 0,
	  "One XDP program for all elements, compiled at attach, or one for each: auto, on or off (default: auto, "
	  "which is on "
	  "where clang is installed)",
	  3 },
	{ "cpus", OPT_CPUS, "LIST", 0, "CPUs of the workers, as in 0,2-3 (default: those allowed)", 4 },
	{ "extra-workers", OPT_EXTRA, "N", 0,
	  "Workers beside those of receive queues, which queues can be moved to, 0 to 8 (default: 0)", 4 },
	{ "decompose", OPT_DECOMPOSE, "HOW", 0,
	  "Which queues go to extra workers: none; greedy, as the original; slo, where an objective cannot be kept "
	  "otherwise (default: slo with the controller slo, else none)",
	  4 },
	{ "vector", OPT_VECTOR, "N", 0, "Packets a worker takes at once, 1 to 256 (default: 64)", 4 },
	{ "schedule", OPT_SCHEDULE, "HOW", 0,
	  "Which queue is next in a worker: rtc, each that is due, to completion; wfq, the one that has had least "
	  "time, by its "
	  "weight (default: rtc)",
	  4 },
	{ "busy-poll", OPT_BUSY, NULL, 0, "Workers never sleep", 4 },
	{ "spin-max", OPT_SPIN, "TIME", 0,
	  "A worker that expects its next batch sooner than a sleep and a wake-up would cost looks on for that long, "
	  "at "
	  "most TIME, before it sleeps, 0 to 1ms; 0: it always sleeps (default: 80us)",
	  4 },
	{ "napi-defer", OPT_DEFER, "TIME", 0,
	  "Poll IFACE that long after the last poll instead of at its next packet, 10us to 10ms (default: the "
	  "interface's own)",
	  4 },
	{ "daemon", 'd', NULL, 0, "Return once attached; the agent stays in the background", 5 },
	{ "pin", OPT_PIN, NULL, 0, "Leave the programs attached when the agent ends; needs bpffs", 5 },
	{ "metrics", OPT_METRICS, "ADDR", 0, "Serve OpenMetrics at ADDR:PORT, [IPV6]:PORT or unix:PATH", 5 },
	{ 0 },
};

struct args {
	struct start start;
	int daemon;
	struct bty_set set[CLI_MAX_SETS];
};

static uint64_t time_of(const char *option, const char *arg, struct argp_state *state)
{
	uint64_t ns = 0;

	if (bty_parse_time_ns(arg, &ns) || !ns)
		argp_error(state, "%s %s: expected a time as in 50us, 1.5ms or 2s", option, arg);
	return ns;
}

/* A control loop that is always busy controls nothing better. */
static uint64_t period_of(const char *arg, struct argp_state *state)
{
	uint64_t ns = time_of("--period", arg, state);

	if (ns < 1000000 || ns > 60000000000ULL)
		argp_error(state, "--period %s: expected 1ms to 60s", arg);
	return ns;
}

static uint64_t spin_max_of(const char *arg, struct argp_state *state)
{
	uint64_t ns = 0;

	if (strcmp(arg, "0") && (bty_parse_time_ns(arg, &ns) || ns > BTY_SPIN_MOST_NS))
		argp_error(state, "--spin-max %s: expected 0 to 1ms, as in 50us", arg);
	return ns;
}

static uint32_t extra_of(const char *arg, struct argp_state *state)
{
	uint64_t n = 0;

	if (bty_parse_u64(arg, &n) || n > BTY_MAX_EXTRA)
		argp_error(state, "--extra-workers %s: expected 0 to %d", arg, BTY_MAX_EXTRA);
	return n;
}

static uint32_t vector_of(const char *arg, struct argp_state *state)
{
	uint64_t n = 0;

	if (bty_parse_u64(arg, &n) || n < 1 || n > BTY_VEC_MAX)
		argp_error(state, "--vector %s: expected 1 to %d", arg, BTY_VEC_MAX);
	return n;
}

/* Checked here, so that a wrong word is the command line's fault, and not the agent's. */
static const char *controller_of(const char *arg, struct argp_state *state)
{
	struct bty_controller_choice choice;
	struct bty_err err;

	if (bty_controller_find(arg, &choice, &err))
		argp_error(state, "--%s", err.msg);
	return arg;
}

static const char *cpus_of(const char *arg, struct argp_state *state)
{
	struct bty_err err;

	if (bty_cpus_check(arg, &err))
		argp_error(state, "%s", err.msg);
	return arg;
}

static const char *metrics_of(const char *arg, struct argp_state *state)
{
	struct bty_err err;

	if (bty_listen_check(arg, &err))
		argp_error(state, "%s", err.msg);
	return arg;
}

static error_t parse_values(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	struct bty_attach_opts *o = &a->start.attach;

	switch (key) {
	case 's':
		cli_set(arg, a->set, &o->nsets, state);
		break;
	case OPT_SLO:
		o->slo_ns = time_of("--slo", arg, state);
		break;
	case OPT_PERIOD:
		a->start.agent.period_ns = period_of(arg, state);
		break;
	case OPT_DEFER:
		o->napi_defer_ns = time_of("--napi-defer", arg, state);
		if (o->napi_defer_ns < BTY_DEFER_MIN_NS || o->napi_defer_ns > BTY_DEFER_MAX_NS)
			argp_error(state, "--napi-defer %s: expected 10us to 10ms", arg);
		break;
	case OPT_SPIN:
		o->spin_max_ns = spin_max_of(arg, state);
		break;
	case 'm':
		if (bty_mode_parse(arg, &o->mode))
			argp_error(state, "--mode %s: expected auto, native or generic", arg);
		break;
	case OPT_FUSE:
		if (bty_fuse_parse(arg, &o->fuse))
			argp_error(state, "--fuse %s: expected auto, on or off", arg);
		break;
	case 'c':
		a->start.agent.controller = controller_of(arg, state);
		break;
	case OPT_CPUS:
		o->cpus = cpus_of(arg, state);
		break;
	case OPT_METRICS:
		a->start.metrics = metrics_of(arg, state);
		break;
	case OPT_SCHEDULE:
		if (bty_schedule_parse(arg, &o->schedule))
			argp_error(state, "--schedule %s: expected rtc or wfq", arg);
		break;
	case OPT_VECTOR:
		o->vec_pkts = vector_of(arg, state);
		break;
	case OPT_EXTRA:
		o->extra = extra_of(arg, state);
		break;
	case OPT_DECOMPOSE:
		if (bty_decompose_parse(arg, &o->decompose))
			argp_error(state, "--decompose %s: expected " BTY_DECOMPOSE_NAMES, arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	struct bty_attach_opts *o = &a->start.attach;

	switch (key) {
	case 'p':
		o->pipeline = arg;
		break;
	case OPT_COSTS:
		o->costs = arg;
		break;
	case OPT_BUSY:
		o->busy_poll = 1;
		break;
	case 'd':
		a->daemon = 1;
		break;
	case OPT_PIN:
		o->pin = 1;
		break;
	case ARGP_KEY_ARG:
		if (o->iface)
			argp_error(state, "one interface at a time; attach the next with a second command");
		o->iface = arg;
		break;
	case ARGP_KEY_END:
		if (!o->iface)
			argp_error(state, "an interface is missing");
		break;
	default:
		return parse_values(key, arg, state);
	}
	return 0;
}

/* "unix:relative" -> "unix:/absolute": the daemon leaves this folder. buf of PATH_MAX + 8. */
static const char *absolute_metrics(const char *address, char *buf)
{
	char cwd[PATH_MAX];

	if (strncmp(address, "unix:", 5) || address[5] == '/' || !getcwd(cwd, sizeof(cwd)) ||
	    snprintf(buf, PATH_MAX + 8, "unix:%s/%s", cwd, address + 5) >= PATH_MAX + 8)
		return address;
	return buf;
}

int cli_attach(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "IFACE", doc, cli_globals };
	struct args a = { .start = { .ready_fd = -1, .attach.spin_max_ns = BTY_SPIN_MAX_NS } };
	char pipeline[PATH_MAX], metrics[PATH_MAX + 8], costs[PATH_MAX];

	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return CLI_USAGE;
	a.start.attach.sets = a.set;
	if (a.start.attach.pipeline) {
		if (!realpath(a.start.attach.pipeline, pipeline))
			return cli_fail("attach %s: %s: %s; give the path of a pipeline file", a.start.attach.iface,
					a.start.attach.pipeline, strerror(errno));
		a.start.attach.pipeline = pipeline;
	}
	if (a.start.attach.costs) {
		if (!realpath(a.start.attach.costs, costs))
			return cli_fail("attach %s: %s: %s; make it with `batchy-agent profile -o FILE'",
					a.start.attach.iface, a.start.attach.costs, strerror(errno));
		a.start.attach.costs = costs;
	}
	if (a.start.metrics)
		a.start.metrics = absolute_metrics(a.start.metrics, metrics);
	return a.daemon ? start_daemon(&a.start) : start_agent(&a.start);
}
