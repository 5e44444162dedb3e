// SPDX-License-Identifier: GPL-2.0-or-later
/* batchy-agent profile [ELEMENT...]: measures what elements cost and enters it in the file of this CPU. Needs no privilege. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/log.h"
#include "../lib/units.h"
#include "../profile/fit.h"
#include "../profile/io.h"
#include "../profile/plot.h"
#include "cli.h"
#include "profile.h"

#define MAX_NAMES 256

enum { OPT_ROUNDS = 256, OPT_PLOT, OPT_IO, OPT_NO_IO };

static const char doc[] = "Measures the service time T(b) = T0 + T1 b of elements, for batches of 1 to 64 packets, and "
			  "keeps it in the costs "
			  "file of this CPU, beside what is there of others. An ELEMENT is written as in a pipeline, "
			  "or is a pipeline file, "
			  "of which every element is measured; without any, a set of common ones is.\v"
			  "EXAMPLES:\n"
			  "  batchy-agent profile\n"
			  "  batchy-agent profile gateway.click --set OUT=eth2\n"
			  "  batchy-agent profile 'ACL(FILE rules.txt)' MACSwap -o costs.json\n"
			  "  batchy-agent profile 'Bypass(100, 1000)' --plot bypass.svg\n";

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "The costs file to enter it in (default: profiles/costs/<cpu>.json)" },
	{ "rounds", OPT_ROUNDS, "N", 0, "How often each size of batch is measured, 1 to 64 (5)" },
	{ "plot", OPT_PLOT, "FILE", 0, "Draw T(b) and the fit as FILE.png or FILE.svg, with gnuplot" },
	{ "io", OPT_IO, NULL, 0, "The wake-up, receive and transmit of a Queue too (without an ELEMENT: they are)" },
	{ "no-io", OPT_NO_IO, NULL, 0, "Elements only" },
	{ "set", 's', "NAME=VALUE", 0, "Replace $NAME in the pipeline file" },
	{ 0 },
};

struct args {
	const char *output, *plot;
	uint32_t rounds;
	int io, no_io;
	const char *name[MAX_NAMES];
	int nnames;
	struct bty_set set[CLI_MAX_SETS];
	int nsets;
};

/* One verb at work. */
struct work {
	const struct args *a;
	struct bty_costs *costs;
	struct profile_rows rows;
	const char *now; /* class being measured */
	int at, all;	 /* things to measure */
};

static volatile sig_atomic_t stop;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *a = state->input;
	uint64_t n;

	switch (key) {
	case 'o':
		a->output = arg;
		return 0;
	case OPT_PLOT:
		a->plot = arg;
		return 0;
	case OPT_ROUNDS:
		if (bty_parse_u64(arg, &n) || !n || n > BTY_FIT_MAX_ROUNDS)
			argp_error(state, "--rounds %s: expected 1 to %d", arg, BTY_FIT_MAX_ROUNDS);
		a->rounds = n;
		return 0;
	case OPT_IO:
		a->io = 1;
		return 0;
	case OPT_NO_IO:
		a->no_io = 1;
		return 0;
	case 's':
		cli_set(arg, a->set, &a->nsets, state);
		return 0;
	case ARGP_KEY_ARG:
		if (a->nnames == MAX_NAMES)
			argp_error(state, "%d elements at most", MAX_NAMES);
		a->name[a->nnames++] = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void on_signal(int sig)
{
	stop = 1;
}

static void on_progress(void *ctx, uint32_t done, uint32_t all)
{
	const struct work *w = ctx;

	profile_progress(w->now, w->at * all + done, w->all * all);
}

static int is_file(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && !strcmp(dot, ".click");
}

static int measure(struct work *w, const struct bty_targets *t, int i, struct bty_err *err)
{
	const struct bty_element *el = &t->g->el[t->el[i]];
	const struct bty_profile_opts opts = {
		.rounds = w->a->rounds, .seed = 1, .stop = &stop, .progress = on_progress, .ctx = w
	};
	struct bty_cost_fit known;
	struct bty_profiled p;
	int ret;

	/* pipelines have many of the same kind: what has the same arguments and size costs the same */
	if (bty_costs_find(w->costs, el, &known) == BTY_COST_EXACT)
		return 0;
	w->now = el->cls->name;
	ret = bty_profile(t, i, &opts, &p, err);
	if (ret)
		return ret;
	ret = bty_costs_put(w->costs, el, &p.fit, &p.how);
	if (!ret)
		ret = profile_add(&w->rows, el, &p);
	return ret ? bty_fail(err, ret, "%s: %s", el->cls->name, strerror(-ret)) : 0;
}

/* All of t, which is freed. */
static int measure_all(struct work *w, struct bty_targets *t, struct bty_err *err)
{
	int i, ret = 0;

	w->all += t->n - 1;
	for (i = 0; !ret && i < t->n; i++, w->at++)
		ret = measure(w, t, i, err);
	bty_targets_free(t);
	return ret;
}

static int open_target(const struct args *a, int i, struct bty_targets *t, struct bty_err *err)
{
	if (!a->nnames)
		return bty_default_target(i, t, err);
	if (is_file(a->name[i]))
		return bty_targets_file(a->name[i], a->set, a->nsets, t, err);
	return bty_target_text(a->name[i], 0, t, err);
}

/* Before a minute of measuring: every name is right, and the results have a place. */
static int check(const struct args *a, struct bty_err *err)
{
	struct bty_targets t;
	int i, ret = 0;

	if (a->plot)
		ret = bty_plot_check(a->plot, err);
	for (i = 0; !ret && i < a->nnames; i++) {
		ret = open_target(a, i, &t, err);
		if (!ret)
			bty_targets_free(&t);
	}
	return ret ? ret : bty_costs_check(a->output, err);
}

/* A machine where it cannot be measured has elements to measure all the same: -EINTR alone is the end. */
static int measure_io(struct work *w, struct bty_err *err)
{
	const struct bty_profile_opts opts = {
		.rounds = w->a->rounds, .stop = &stop, .progress = on_progress, .ctx = w
	};
	struct bty_profiled out[BTY_COST_NIO];
	struct bty_err why;
	int i, ret;

	w->now = "wake-up, receive, transmit";
	ret = bty_profile_io(&opts, out, &why);
	profile_progress(NULL, 0, 0);
	if (ret == -EINTR || (ret && w->a->io))
		return bty_fail(err, ret, "wake-up, receive and transmit: %s", why.msg);
	if (ret) {
		bty_warn("profile: wake-up, receive and transmit are left out: %s", why.msg);
		return 0;
	}
	for (i = 0; !ret && i < BTY_COST_NIO; i++) {
		ret = bty_costs_put_io(w->costs, i, &out[i].fit, &out[i].how);
		if (!ret)
			ret = profile_add_io(&w->rows, i, &out[i]);
	}
	return ret ? bty_fail(err, ret, "%s", strerror(-ret)) : 0;
}

static int run(struct work *w, struct bty_err *err)
{
	struct bty_targets t;
	const int io = !w->a->no_io && (w->a->io || !w->a->nnames);
	int i, ret = 0;

	w->all = (w->a->nnames ? w->a->nnames : bty_default_targets()) + io;
	for (i = 0; !ret && i < (w->a->nnames ? w->a->nnames : bty_default_targets()); i++) {
		ret = open_target(w->a, i, &t, err);
		if (!ret)
			ret = measure_all(w, &t, err);
	}
	if (!ret && io)
		ret = measure_io(w, err);
	profile_progress(NULL, 0, 0);
	return ret ? ret : bty_costs_save(w->a->output, w->costs, err);
}

static int plot(const struct work *w, struct bty_err *err)
{
	struct bty_plotted *list = calloc(w->rows.n, sizeof(*list));
	int i, ret;

	if (!list)
		return bty_fail(err, -ENOMEM, "out of memory");
	for (i = 0; i < w->rows.n; i++) {
		list[i].label = profile_label(&w->rows.row[i]);
		list[i].p = &w->rows.row[i].p;
		if (!list[i].label)
			list[i].label = strdup("");
	}
	ret = bty_plot(w->a->plot, list, w->rows.n, err);
	for (i = 0; i < w->rows.n; i++)
		free((char *)list[i].label);
	free(list);
	return ret;
}

/* What was measured is shown also when the picture fails. */
static int show(struct work *w)
{
	char own[PATH_MAX];
	struct bty_err err;
	int status;

	w->rows.file = w->a->output;
	if (!w->rows.file && !bty_costs_path(own, sizeof(own), NULL))
		w->rows.file = own;
	if (cli.json) {
		status = cli_print(profile_json(&w->rows));
	} else {
		profile_print(&w->rows);
		printf("entered in %s\n", w->rows.file);
		status = cli_flush();
	}
	if (w->a->plot && plot(w, &err))
		status = cli_fail("%s", err.msg);
	w->rows.file = NULL;
	return status;
}

int cli_profile(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "[ELEMENT[(ARGUMENTS)] | FILE.click]...", doc, cli_globals };
	const struct sigaction act = { .sa_handler = on_signal };
	static struct args a = { .rounds = BTY_PROFILE_ROUNDS };
	struct work w = { .a = &a };
	struct bty_err err;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &a))
		return CLI_USAGE;
	if (check(&a, &err))
		return cli_fail("profile: %s", err.msg);
	w.costs = bty_costs_new();
	if (!w.costs)
		return cli_fail("profile: out of memory");
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	status = run(&w, &err) ? cli_fail("profile: %s", err.msg) : show(&w);
	profile_free(&w.rows);
	bty_costs_free(w.costs);
	return status;
}
