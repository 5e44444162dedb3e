// SPDX-License-Identifier: GPL-2.0-or-later
/* Costs in memory: entering them, and finding the one that is nearest to an element. Called by user/observe, user/profile and file.c. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "internal.h"

#define OTHER_ARGS 100.0 /* farther than any size of tables */
#define NO_ARGS	   200.0

static const char *const match_names[] = { "none", "class", "exact" };
static const char *const io_names[] = { "wakeup", "receive", "transmit" };

const char *bty_cost_match_name(enum bty_cost_match m)
{
	return match_names[m];
}

const char *bty_cost_io_name(enum bty_cost_io io)
{
	return io_names[io];
}

static void free_entry(struct bty_cost_entry *e)
{
	free(e->class_name);
	free(e->args);
	memset(e, 0, sizeof(*e));
}

void bty_costs_free(struct bty_costs *c)
{
	int i;

	if (!c)
		return;
	for (i = 0; i < c->n; i++)
		free_entry(&c->el[i]);
	for (i = 0; i < BTY_COST_NIO; i++)
		free_entry(&c->io[i]);
	free(c->el);
	free(c);
}

struct bty_costs *bty_costs_new(void)
{
	struct bty_costs *c = calloc(1, sizeof(*c));

	if (c)
		bty_cpu_model(c->cpu, sizeof(c->cpu));
	return c;
}

const char *bty_costs_stale(const struct bty_costs *c)
{
	return c && c->stale[0] ? c->stale : NULL;
}

void bty_costs_compare_cpu(struct bty_costs *c)
{
	char cpu[BTY_COST_CPU];

	c->stale[0] = 0;
	bty_cpu_model(cpu, sizeof(cpu));
	if (strcmp(cpu, c->cpu))
		snprintf(c->stale, sizeof(c->stale), "measured on %s%s, this is CPU %s",
			 c->cpu[0] ? "CPU " : "an unknown CPU", c->cpu, cpu);
}

int bty_costs_count(const struct bty_costs *c)
{
	return c ? c->n : 0;
}

static int bad(double v)
{
	return !(v >= 0 && v <= BTY_COST_MAX_NS); /* not a number is neither */
}

int bty_cost_fit_check(const struct bty_cost_fit *f)
{
	return bad(f->t0_ns) || bad(f->t1_ns) || bad(f->t0_err_ns) || bad(f->t1_err_ns) || bad(f->resid_ns) ? -ERANGE
													    : 0;
}

static int same_args(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static int same(const struct bty_cost_entry *a, const struct bty_cost_entry *b)
{
	return !strcmp(a->class_name, b->class_name) && same_args(a->args, b->args) && a->entries == b->entries;
}

int bty_costs_add(struct bty_costs *c, struct bty_cost_entry *e)
{
	struct bty_cost_entry *more;
	int i;

	for (i = 0; i < c->n && !same(&c->el[i], e); i++)
		;
	if (i < c->n) {
		free_entry(&c->el[i]);
	} else if (c->n == c->size) {
		more = realloc(c->el, (2 * c->size + 16) * sizeof(*more));
		if (!more) {
			free_entry(e);
			return -ENOMEM;
		}
		c->el = more;
		c->size = 2 * c->size + 16;
	}
	c->el[i] = *e;
	c->n += i == c->n;
	return 0;
}

static int copy_entry(const struct bty_cost_entry *from, struct bty_cost_entry *to)
{
	*to = *from;
	to->class_name = strdup(from->class_name);
	to->args = from->args ? strdup(from->args) : NULL;
	if (to->class_name && (to->args || !from->args))
		return 0;
	free_entry(to);
	return -ENOMEM;
}

int bty_costs_merge(struct bty_costs *c, const struct bty_costs *from)
{
	struct bty_cost_entry e;
	int i, ret = 0;

	for (i = 0; !ret && i < from->n; i++) {
		ret = copy_entry(&from->el[i], &e);
		if (!ret)
			ret = bty_costs_add(c, &e);
	}
	for (i = 0; !ret && i < BTY_COST_NIO; i++) {
		if (!from->io[i].class_name)
			continue;
		ret = copy_entry(&from->io[i], &e);
		if (ret)
			continue;
		free_entry(&c->io[i]);
		c->io[i] = e;
	}
	return ret;
}

static void stamp(struct bty_cost_entry *e)
{
	struct utsname u;
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm))
		strftime(e->date, sizeof(e->date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (!uname(&u))
		snprintf(e->kernel, sizeof(e->kernel), "%.*s", BTY_COST_KERNEL - 1, u.release);
}

static int fill(struct bty_cost_entry *e, const char *name, const struct bty_cost_fit *fit,
		const struct bty_cost_how *how)
{
	if (bty_cost_fit_check(fit))
		return -ERANGE;
	e->class_name = strdup(name);
	e->fit = *fit;
	e->how = *how;
	stamp(e);
	return e->class_name ? 0 : -ENOMEM;
}

int bty_costs_put(struct bty_costs *c, const struct bty_element *el, const struct bty_cost_fit *fit,
		  const struct bty_cost_how *how)
{
	struct bty_cost_entry e = { .entries = el->entries ? el->entries->n : 0 };
	int ret = fill(&e, el->cls->name, fit, how);

	if (!ret) {
		e.args = bty_cost_args(el);
		ret = e.args ? 0 : -ENOMEM;
	}
	if (!ret)
		return bty_costs_add(c, &e);
	free_entry(&e);
	return ret;
}

int bty_costs_put_io(struct bty_costs *c, enum bty_cost_io io, const struct bty_cost_fit *fit,
		     const struct bty_cost_how *how)
{
	struct bty_cost_entry e = { 0 };
	int ret = fill(&e, io_names[io], fit, how);

	if (ret)
		return ret;
	free_entry(&c->io[io]);
	c->io[io] = e;
	return 0;
}

/* 0: the same instance. Sizes of tables by their ratio: 10 is as far from 100 as 1000 is. */
static double distance(const struct bty_cost_entry *e, const char *args, uint64_t entries)
{
	double d = fabs(log((double)(e->entries + 1) / (double)(entries + 1)));

	if (!e->args)
		return NO_ARGS;
	return strcmp(e->args, args) ? OTHER_ARGS + d : d;
}

/* far: set to its distance. */
static const struct bty_cost_entry *find(const struct bty_costs *c, const struct bty_element *el, double *far)
{
	const struct bty_cost_entry *best = NULL;
	uint64_t entries = el->entries ? el->entries->n : 0;
	char *args = NULL;
	double d;
	int i;

	for (i = 0; c && i < c->n; i++) {
		if (strcmp(c->el[i].class_name, el->cls->name))
			continue;
		if (!args)
			args = bty_cost_args(el);
		d = args ? distance(&c->el[i], args, entries) : NO_ARGS;
		if (best && d >= *far)
			continue;
		best = &c->el[i];
		*far = d;
	}
	free(args);
	return best;
}

enum bty_cost_match bty_costs_find(const struct bty_costs *c, const struct bty_element *el, struct bty_cost_fit *fit)
{
	double far = 0;
	const struct bty_cost_entry *e = find(c, el, &far);

	if (!e)
		return BTY_COST_NONE;
	*fit = e->fit;
	return far > 0 ? BTY_COST_CLASS : BTY_COST_EXACT;
}

char *bty_costs_explain(const struct bty_costs *c, const struct bty_element *el, char *buf, size_t size)
{
	uint64_t entries = el->entries ? el->entries->n : 0;
	double far = 0;
	const struct bty_cost_entry *e = find(c, el, &far);

	if (!e || far <= 0)
		snprintf(buf, size, "%s", match_names[e ? BTY_COST_EXACT : BTY_COST_NONE]);
	else if (!e->args)
		snprintf(buf, size, "profiled as %s, with arguments that the file does not say", e->class_name);
	else if (far >= OTHER_ARGS)
		snprintf(buf, size, "profiled as %s(%s)", e->class_name, e->args);
	else
		snprintf(buf, size, "profiled with %llu entries, and has %llu", (unsigned long long)e->entries,
			 (unsigned long long)entries);
	return buf;
}

int bty_costs_io(const struct bty_costs *c, enum bty_cost_io io, struct bty_cost_fit *fit)
{
	if (!c || !c->io[io].class_name)
		return -ENODATA;
	*fit = c->io[io].fit;
	return 0;
}
