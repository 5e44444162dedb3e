// SPDX-License-Identifier: GPL-2.0-or-later
/* `--at ROUND:ACTION` of `batchy-agent bench`: read by user/cli, carried out by loop.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <elements/infinitesource.h>
#include <elements/queue.h>

#include "../lib/units.h"
#include "loop.h"

#define ROUND_MAX 1000000

static const char expected[] = "expected ROUND:rate=SOURCE:RATE|max, ROUND:slo=FLOW:TIME, ROUND:trigger=QUEUE:N|auto, "
			       "ROUND:deadline=QUEUE:TIME|auto, ROUND:worker=QUEUE:N|home or ROUND:controller=NAME";

static int fail(const char *text, struct bty_err *err)
{
	return bty_fail(err, -EINVAL, "%s: %s", text, expected);
}

/* word: what may stand for 0; NULL: nothing does */
static int parse_value(const char *s, const char *word, int (*parse)(const char *s, uint64_t *v), uint64_t *v)
{
	*v = 0;
	if (word && !strcmp(s, word))
		return 0;
	return parse(s, v) || !*v ? -EINVAL : 0;
}

/* what: "slo=control:150us", of which name_len bytes are the name */
static int parse_named(struct bty_bench_at *at, const char *what, const char *name, const char *value)
{
	static const struct {
		const char *word;
		const char *zero;
		int (*parse)(const char *s, uint64_t *v);
	} kind[] = {
		[BTY_AT_RATE] = { "rate=", "max", bty_parse_rate_pps },
		[BTY_AT_SLO] = { "slo=", NULL, bty_parse_time_ns },
		[BTY_AT_TRIGGER] = { "trigger=", "auto", bty_parse_u64 },
		[BTY_AT_DEADLINE] = { "deadline=", "auto", bty_parse_time_ns },
		[BTY_AT_WORKER] = { "worker=", "home", bty_parse_u64 },
	};
	size_t i;

	for (i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		if (!kind[i].word || strncmp(what, kind[i].word, name - what) ||
		    strlen(kind[i].word) != (size_t)(name - what))
			continue;
		at->what = i;
		return parse_value(value, kind[i].zero, kind[i].parse, &at->value);
	}
	return -EINVAL;
}

int bty_bench_at_parse(const char *text, struct bty_bench_at *at, struct bty_err *err)
{
	const char *what, *name, *value;
	struct bty_err why;
	char *end;

	memset(at, 0, sizeof(*at));
	at->round = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != ':' || at->round > ROUND_MAX)
		return fail(text, err);
	what = end + 1;
	name = strchr(what, '=');
	if (!name++)
		return fail(text, err);
	if (!strncmp(what, "controller=", name - what)) {
		at->what = BTY_AT_CONTROLLER;
		return bty_controller_find(name, &at->choice, &why) ? bty_fail(err, -EINVAL, "%s: %s", text, why.msg)
								    : 0;
	}
	value = strrchr(name, ':');
	if (!value || value == name || value - name >= BTY_NAME_LEN)
		return fail(text, err);
	memcpy(at->name, name, value - name);
	return parse_named(at, what, name, value + 1) ? fail(text, err) : 0;
}

static int find_flow(const struct bty_graph *g, const char *name)
{
	int i;

	for (i = 0; i < g->nflows; i++)
		if (!strcmp(g->flow[i].name, name))
			return i;
	return -1;
}

static const struct bty_class *source_class(const struct bty_element *el)
{
	return el->stand_in ? el->stand_in : el->cls;
}

/* Whether it can go there. */
static int check_worker(const struct bty_bench_at *at, const struct bty_graph *g, int queue, uint32_t extra,
			struct bty_err *err)
{
	const char *why;
	int el;

	if (at->value > extra)
		return bty_fail(err, -EINVAL, "--at: %s: worker %llu: there are %u (--extra-workers)", at->name,
				(unsigned long long)at->value, extra);
	why = at->value ? bty_queue_stays(g, queue, &el) : NULL;
	return why ? bty_fail(err, -EINVAL, "--at: %s: it cannot be moved: %s (%s) behind it stays, because %s",
			      at->name, g->el[el].name, g->el[el].cls->name, why)
		   : 0;
}

int bty_bench_at_check(const struct bty_bench_at *at, const struct bty_graph *g, uint32_t extra, struct bty_err *err)
{
	int i = bty_graph_find(g, at->name);
	const struct queue_args *q;

	switch (at->what) {
	case BTY_AT_CONTROLLER:
		return 0;
	case BTY_AT_SLO:
		return find_flow(g, at->name) < 0 ? bty_fail(err, -EINVAL, "--at: %s: no Flow of that name", at->name)
						  : 0;
	case BTY_AT_RATE:
		if (i < 0 || strcmp(source_class(&g->el[i])->symbol, "infinitesource"))
			return bty_fail(err, -EINVAL,
					"--at: %s: no InfiniteSource of that name, nor a FromDevice that one "
					"stands for",
					at->name);
		return 0;
	default:
		if (i < 0 || g->el[i].queue < 0)
			return bty_fail(err, -EINVAL, "--at: %s: no Queue of that name", at->name);
		q = g->el[i].args;
		if (at->what == BTY_AT_TRIGGER && at->value > q->capacity)
			return bty_fail(err, -EINVAL, "--at: %s: trigger %llu: at most its CAPACITY, %u", at->name,
					(unsigned long long)at->value, q->capacity);
		if (at->what == BTY_AT_DEADLINE && at->value &&
		    (at->value < BTY_DEADLINE_MIN_NS || at->value > BTY_DEADLINE_MAX_NS))
			return bty_fail(err, -EINVAL, "--at: %s: deadline: 1us to 60s", at->name);
		return at->what == BTY_AT_WORKER ? check_worker(at, g, g->el[i].queue, extra, err) : 0;
	}
}

/* The source takes over a copy of its arguments with another rate. */
static int set_rate(struct bty_bench_loop *l, int i, uint64_t pps, struct bty_err *err)
{
	struct bty_element *el = &l->g->el[i];
	void **args = el->stand_in ? &el->stand_in_args : &el->args;
	struct infinitesource_args *fresh = malloc(sizeof(*fresh));
	int ret;

	if (!fresh)
		return bty_fail(err, -ENOMEM, "out of memory");
	memcpy(fresh, *args, sizeof(*fresh));
	fresh->rate_pps = pps;
	l->old_args = *args;
	*args = fresh;
	ret = bty_run_renew(l->run, i);
	if (ret)
		return bty_fail(err, ret, "--at: %s: the worker does not get to run; use another CPU (--cpus)",
				el->name);
	free(l->old_args);
	l->old_args = NULL;
	return 0;
}

static int set_controller(struct bty_bench_loop *l, const struct bty_controller_choice *c, struct bty_err *err)
{
	struct bty_control *fresh;
	int ret = bty_control_new(c, &l->obs, &fresh, err);

	if (ret)
		return ret;
	bty_control_free(l->control);
	l->control = fresh;
	return 0;
}

int bty_bench_at_do(const struct bty_bench_at *at, struct bty_bench_loop *l, int *decide, struct bty_err *err)
{
	int i = bty_graph_find(l->g, at->name);
	struct bty_obs_queue *q = i >= 0 && l->g->el[i].queue >= 0 ? &l->obs.queue[l->g->el[i].queue] : NULL;

	*decide |= at->what != BTY_AT_RATE;
	switch (at->what) {
	case BTY_AT_RATE:
		return set_rate(l, i, at->value, err);
	case BTY_AT_SLO:
		l->obs.flow[find_flow(l->g, at->name)].slo_ns = at->value;
		break;
	case BTY_AT_CONTROLLER:
		return set_controller(l, &at->choice, err);
	case BTY_AT_TRIGGER:
		q->trigger_fixed = at->value != 0;
		q->trigger = at->value ? at->value : q->trigger;
		break;
	case BTY_AT_WORKER:
		q->server_fixed = 1;
		q->server = (int)at->value;
		break;
	case BTY_AT_DEADLINE:
		q->deadline_fixed = at->value != 0;
		q->deadline_ns = at->value ? at->value : q->deadline_ns;
		break;
	}
	return 0;
}
