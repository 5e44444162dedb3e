// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent model FILE: what a pipeline will do at given rates, without running it. Needs no privilege. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elements/queue.h>

#include "../graph/reach.h"
#include "../lib/units.h"
#include "../placement/placement.h"
#include "cli.h"
#include "model.h"

#define MAX_WORDS 64

static const char doc[] =
	"Predicts the delay of each flow, the batches of each queue and the CPU time of the worker, without running "
	"anything. What elements cost is what `batchy-agent profile` measured. How packets divide at a branch cannot "
	"be "
	"known from the file: each output gets an equal share, an optional one for what went wrong none, unless "
	"--share "
	"says more. The exit status is 0 when there is a prediction, whether objectives are met or not.\v"
	"EXAMPLES:\n"
	"  batchy-agent model gateway.click --rate 500kpps\n"
	"  batchy-agent model gateway.click --rate in=500kpps,back=20kpps --trigger 32\n"
	"  batchy-agent model gateway.click --rate 1Mpps --trigger q=32,up=8 --deadline q=200us\n"
	"  batchy-agent model gateway.click --rate 1Mpps --share 'cl[0]=0.01,cl[1]=0.99' -j\n";

/* Words of an option that may be given several times, split at commas. */
struct words {
	const char *word[MAX_WORDS];
	int n;
};

struct args {
	const char *file, *costs;
	struct bty_set set[CLI_MAX_SETS];
	int nsets;
	struct words rate, share, trigger, deadline;
	struct bty_model_input in;
	struct model_shown shown;
};

enum { OPT_COSTS = 256, OPT_BURST, OPT_SPIN, OPT_WAKE };

static const struct argp_option options[] = {
	{ "rate", 'r', "[NAME=]RATE,...", 0,
	  "Packets/s of a FromDevice, its device or a source; without a name of all that have none of their own" },
	{ "share", 'S', "ELEMENT[PORT]=SHARE,...", 0, "How many of an element's packets leave by an output, 0 to 1" },
	{ "trigger", 't', "[QUEUE=]N,...", 0, "Packets that release a batch, instead of the file's" },
	{ "deadline", 'd', "[QUEUE=]TIME,...", 0, "Longest wait, instead of the file's" },
	{ "burst", OPT_BURST, "N", 0, "Packets that a device delivers at once (1)" },
	{ "spin", OPT_SPIN, "TIME", 0, "How long a worker looks for packets before it sleeps (0)" },
	{ "wake", OPT_WAKE, "TIME", 0, "What waking a worker takes, instead of what was measured" },
	{ "costs", OPT_COSTS, "FILE", 0, "What elements cost, instead of the profile of this CPU" },
	{ "set", 's', "NAME=VALUE", 0, "Replace $NAME in the file" },
	{ 0 },
};

static void add_words(struct words *w, char *arg, const char *option, struct argp_state *state)
{
	char *part;

	while ((part = strsep(&arg, ","))) {
		if (!*part)
			argp_error(state, "--%s: nothing between two commas", option);
		if (w->n == MAX_WORDS)
			argp_error(state, "--%s: %d values at most", option, MAX_WORDS);
		w->word[w->n++] = part;
	}
}

static void check_args(struct args *a, struct argp_state *state)
{
	if (!a->file)
		argp_error(state, "a pipeline file is missing");
	if (!a->rate.n)
		argp_error(state, "--rate is missing: how many packets come in, as in --rate 100kpps");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	uint64_t n;

	switch (key) {
	case 'r':
		add_words(&a->rate, arg, "rate", state);
		return 0;
	case 'S':
		add_words(&a->share, arg, "share", state);
		return 0;
	case 't':
		add_words(&a->trigger, arg, "trigger", state);
		return 0;
	case 'd':
		add_words(&a->deadline, arg, "deadline", state);
		return 0;
	case OPT_BURST:
		if (bty_parse_u64(arg, &n) || !n || n > BTY_MODEL_VEC)
			argp_error(state, "--burst %s: expected 1 to %d", arg, BTY_MODEL_VEC);
		a->in.burst_pkts = (double)n;
		return 0;
	case OPT_SPIN:
		if (bty_parse_time_ns(arg, &n))
			argp_error(state, "--spin %s: expected a time, as in 10us", arg);
		a->in.spin_ns = (double)n;
		return 0;
	case OPT_WAKE:
		if (bty_parse_time_ns(arg, &n))
			argp_error(state, "--wake %s: expected a time, as in 10us", arg);
		a->in.wake_ns = (double)n;
		return 0;
	case OPT_COSTS:
		a->costs = arg;
		return 0;
	case 's':
		cli_set(arg, a->set, &a->nsets, state);
		return 0;
	case ARGP_KEY_ARG:
		if (a->file)
			argp_error(state, "one file at a time");
		a->file = arg;
		return 0;
	case ARGP_KEY_END:
		check_args(a, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* "name=value" into both; without a name the whole is the value and name is "". */
static const char *split(const char *word, char *name, size_t size)
{
	const char *eq = strchr(word, '=');

	snprintf(name, size, "%.*s", eq ? (int)(eq - word) : 0, word);
	return eq ? eq + 1 : word;
}

/* A FromDevice or source by its name, or a FromDevice by its device. */
static int find_entry(const struct bty_graph *g, const char *name)
{
	int i = bty_graph_find(g, name);

	if (i >= 0 && bty_makes_packets(g->el[i].cls))
		return i;
	for (i = 0; i < g->nel; i++)
		if (g->el[i].cls->kind == BTY_KIND_FROMDEVICE && g->el[i].device >= 0 &&
		    !strcmp(g->dev[g->el[i].device].name, name))
			return i;
	return -1;
}

static int apply_rates(struct args *a, const struct bty_graph *g)
{
	char name[2 * BTY_NAME_LEN];
	const char *value;
	uint64_t pps;
	int i, el;

	for (i = 0; i < a->rate.n; i++) {
		value = split(a->rate.word[i], name, sizeof(name));
		if (bty_parse_rate_pps(value, &pps))
			return cli_usage("model: --rate %s: expected packets/s, as in 100kpps or in=100kpps",
					 a->rate.word[i]);
		if (!*name) {
			a->in.rate_pps = (double)pps;
			continue;
		}
		el = find_entry(g, name);
		if (el < 0)
			return cli_fail("model: --rate %s: no FromDevice, device or source of %s has that name", name,
					a->file);
		if (a->in.nrates == BTY_MAX_DEVICES)
			return cli_usage("model: --rate: %d names at most", BTY_MAX_DEVICES);
		a->in.rate[a->in.nrates].element = el;
		a->in.rate[a->in.nrates++].rate_pps = (double)pps;
	}
	return CLI_OK;
}

/* "cl[0]=0.3" */
static int apply_shares(struct args *a, const struct bty_graph *g)
{
	char name[2 * BTY_NAME_LEN], *bracket, *end, *port_end;
	const char *value;
	double share;
	long port;
	int i, el;

	for (i = 0; i < a->share.n; i++) {
		value = split(a->share.word[i], name, sizeof(name));
		bracket = strchr(name, '[');
		share = strtod(value, &end);
		port = bracket ? strtol(bracket + 1, &port_end, 10) : 0;
		if (!bracket || port_end == bracket + 1 || strcmp(port_end, "]") || end == value || *end ||
		    !(share >= 0 && share <= 1))
			return cli_usage("model: --share %s: expected ELEMENT[PORT]=SHARE with a share from 0 to 1",
					 a->share.word[i]);
		*bracket = 0;
		el = bty_graph_find(g, name);
		if (el < 0)
			return cli_fail("model: --share %s: %s has no element of that name", name, a->file);
		if (port < 0 || port >= g->el[el].nout)
			return cli_fail("model: --share %s[%ld]: '%s' has %d outputs", name, port, name,
					g->el[el].nout);
		a->in.share[a->in.nshares].element = el;
		a->in.share[a->in.nshares].port = (int)port;
		a->in.share[a->in.nshares++].share = share;
	}
	return CLI_OK;
}

/* The Queues that a name means: all for "". Returns how many, or -1 when there is none of that name. */
static int find_queues(const struct bty_graph *g, const char *name, int *first)
{
	int el;

	*first = 0;
	if (!*name)
		return g->nqueues;
	el = bty_graph_find(g, name);
	if (el < 0 || g->el[el].queue < 0)
		return -1;
	*first = g->el[el].queue;
	return 1;
}

/* One of --trigger and --deadline onto the arguments of Queues, as if the file said so. */
static int apply_queues(const struct args *a, struct bty_graph *g, const struct words *w, int deadline)
{
	const char *option = deadline ? "deadline" : "trigger", *value;
	char name[2 * BTY_NAME_LEN];
	struct queue_args *q;
	uint64_t x;
	int i, n, k;

	for (i = 0; i < w->n; i++) {
		value = split(w->word[i], name, sizeof(name));
		if (deadline ? bty_parse_time_ns(value, &x) : bty_parse_u64(value, &x) || !x || x > 65536)
			return cli_usage("model: --%s %s: expected %s", option, w->word[i],
					 deadline ? "a time, as in 200us or q=200us"
						  : "1 to 65536 packets, as in 32 or q=32");
		n = find_queues(g, name, &k);
		if (n < 0)
			return cli_fail("model: --%s %s: %s has no Queue of that name", option, name, a->file);
		for (; n; n--, k++) {
			q = g->el[g->queue_el[k]].args;
			if (deadline)
				q->deadline_ns = x;
			else if (x > q->capacity)
				return cli_fail("model: --trigger %llu: '%s' holds %u packets", (unsigned long long)x,
						g->el[g->queue_el[k]].name, q->capacity);
			else
				q->trigger = (uint32_t)x;
		}
	}
	return CLI_OK;
}

static int predict(struct args *a, struct bty_graph *g, struct bty_costs *costs)
{
	struct model_shown *s = &a->shown;
	struct bty_err err;
	int status;

	status = apply_rates(a, g);
	if (!status)
		status = apply_shares(a, g);
	if (!status)
		status = apply_queues(a, g, &a->trigger, 0);
	if (!status)
		status = apply_queues(a, g, &a->deadline, 1);
	if (status)
		return status;
	a->in.costs = costs;
	if (bty_model_from_graph(g, &a->in, &s->m, &s->gaps, &err) || bty_model_predict(&s->m, &s->p, &err))
		return cli_fail("%s", err.msg);
	s->g = g;
	s->stale = bty_costs_stale(costs);
	model_warn(s);
	if (cli.json)
		return cli_print(model_json(s));
	model_print(s);
	return cli_flush();
}

static int run(struct args *a)
{
	struct bty_costs *costs = NULL;
	const char *iface = "IFACE";
	struct bty_graph *g;
	struct bty_err err;
	int i, status;

	for (i = 0; i < a->nsets; i++)
		if (!strcmp(a->set[i].name, "IFACE"))
			iface = NULL;
	if (bty_place_file(a->file, iface, a->set, a->nsets, &g, &err))
		return cli_fail("%s", err.msg);
	if (bty_costs_read(a->costs, &costs, &err))
		status = cli_fail("%s", err.msg);
	else
		status = predict(a, g, costs);
	bty_costs_free(costs);
	bty_graph_free(g);
	return status;
}

int cli_model(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "FILE.click", doc, cli_globals };
	struct args *a = calloc(1, sizeof(*a));
	int status = CLI_USAGE;

	if (!a)
		return cli_fail("out of memory");
	a->in.wake_ns = -1;
	a->in.share = calloc(MAX_WORDS, sizeof(*a->in.share));
	if (!a->in.share)
		status = cli_fail("out of memory");
	else if (!argp_parse(&argp, argc, argv, 0, NULL, a))
		status = run(a);
	free(a->in.share);
	free(a);
	return status;
}
