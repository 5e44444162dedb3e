// SPDX-License-Identifier: GPL-2.0-or-later
/* A prediction as tables and as JSON, and what is missing in it; called by model.c. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "model.h"
#include "table.h"

#define NAMES  3    /* of elements, in a warning */
#define UNSURE 0.05 /* error of a mean that is worth a word */

static const char *const io_name[BTY_COST_NIO] = {
	[BTY_COST_WAKEUP] = "waking a worker",
	[BTY_COST_RECEIVE] = "receiving from AF_XDP",
	[BTY_COST_TRANSMIT] = "transmitting",
};

static void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("batchy-agent: model: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

/* Whether this prediction depends on it: all devices may be in XDP only. */
static int io_matters(const struct model_shown *s, int io)
{
	int i;

	for (i = 0; i < s->g->nel; i++) {
		const struct bty_element *el = &s->g->el[i];

		if (io == BTY_COST_TRANSMIT ? el->cls->kind == BTY_KIND_TODEVICE && el->place & BTY_PLACE_WORKER
					    : el->backend == BTY_BACKEND_XSK)
			return 1;
	}
	return 0;
}

/* Those of the class of element `first` that are in which[]: "a, b, c and 5 more". */
static void list_class(const struct model_shown *s, const uint8_t *which, int first, char *buf, size_t size)
{
	size_t at = 0;
	int i, n = 0;

	for (i = first; i < s->g->nel; i++) {
		if (!which[i] || s->g->el[i].cls != s->g->el[first].cls)
			continue;
		if (n++ < NAMES && at < size)
			at += snprintf(buf + at, size - at, "%s%s", n > 1 ? ", " : "", s->g->el[i].name);
	}
	if (n > NAMES && at < size)
		snprintf(buf + at, size - at, " and %d more", n - NAMES);
}

/* A line for each class. */
static void warn_costs(const struct model_shown *s, const uint8_t *which, const char *what)
{
	char names[(NAMES + 1) * BTY_NAME_LEN];
	int i, before;

	for (i = 0; i < s->g->nel; i++) {
		for (before = 0; before < i && !(which[before] && s->g->el[before].cls == s->g->el[i].cls); before++)
			;
		if (!which[i] || before < i)
			continue;
		list_class(s, which, i, names, sizeof(names));
		warn("%s (%s): %s; run `batchy-agent profile %s`", s->g->el[i].cls->name, names, what,
		     s->g->el[i].cls->name);
	}
}

void model_warn(const struct model_shown *s)
{
	int i;

	if (s->stale)
		warn("costs are stale: %s; run `batchy-agent profile`", s->stale);
	warn_costs(s, s->gaps.no_cost, "no cost known, counted as 0");
	warn_costs(s, s->gaps.near_cost, "costs known are of other arguments or of tables of another size");
	for (i = 0; i < BTY_COST_NIO; i++)
		if (s->gaps.no_io[i] && io_matters(s, i))
			warn("%s: no cost known, counted as 0; run `batchy-agent profile`", io_name[i]);
	for (i = 0; i < s->m.nflows; i++)
		if (s->p.flow[i].known && s->p.flow[i].error > UNSURE)
			warn("flow %s has few packets beside others: its delay is known to %.0f %% only",
			     s->g->flow[i].name, 100 * s->p.flow[i].error);
}

static void print_worker(const struct model_shown *s)
{
	const struct bty_predicted_worker *w = &s->p.worker[0];
	char n[32];

	printf("worker: %.1f %% of a CPU", 100 * w->cpu_share);
	if (w->wakeups_ps > 0)
		printf(", %s wake-ups/s", format_count(w->wakeups_ps, n));
	putchar('\n');
	if (w->overloaded)
		printf("OVERLOADED: full batches would take %.1f %% of a CPU; %s packets/s are more than it can do\n",
		       100 * w->needed_share, format_count(w->over_pps, n));
}

static void add_time(struct table *t, int known, double ns)
{
	char buf[32];

	table_add(t, known ? format_ns(ns, buf) : NULL);
}

static void add_count(struct table *t, double x)
{
	char buf[32];

	table_add(t, x > 0 ? format_count(x, buf) : "0");
}

static void add_share(struct table *t, int known, double x)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%.1f%%", 100 * x);
	table_add(t, known ? buf : NULL);
}

static void print_queues(const struct model_shown *s)
{
	char head[] = "<queue trigger deadline packets/s batches/s packets/batch by-trigger lost", text[32];
	const struct bty_predicted_queue *q;
	struct table t;
	int i;

	if (!s->m.nqueues)
		return;
	table_init(&t, head);
	for (i = 0; i < s->m.nqueues; i++) {
		q = &s->p.queue[i];
		table_add(&t, s->g->el[s->g->queue_el[i]].name);
		snprintf(text, sizeof(text), "%u", s->m.queue[i].trigger);
		table_add(&t, text);
		add_time(&t, 1, s->m.queue[i].deadline_ns);
		add_count(&t, q->pps);
		add_count(&t, q->batches_ps);
		snprintf(text, sizeof(text), "%.1f", q->batch_pkts);
		table_add(&t, q->batches_ps > 0 ? text : NULL);
		add_share(&t, q->batches_ps > 0, q->by_trigger);
		add_share(&t, q->batches_ps > 0, q->lost);
	}
	table_print(&t, stdout, 0);
}

static void print_flows(const struct model_shown *s)
{
	char head[] = "<flow packets/s mean p50 p95 p99 percentile delay objective <met", text[32];
	const struct bty_predicted_flow *f;
	struct table t;
	int i;

	if (!s->m.nflows)
		return;
	table_init(&t, head);
	for (i = 0; i < s->m.nflows; i++) {
		f = &s->p.flow[i];
		table_add(&t, s->g->flow[i].name);
		add_count(&t, f->pps);
		add_time(&t, f->known, f->mean_ns);
		add_time(&t, f->known, f->p50_ns);
		add_time(&t, f->known, f->p95_ns);
		add_time(&t, f->known, f->p99_ns);
		snprintf(text, sizeof(text), "p%g", s->m.flow[i].percentile);
		table_add(&t, text);
		add_time(&t, f->known, f->percentile_ns);
		add_time(&t, s->m.flow[i].slo_ns > 0, s->m.flow[i].slo_ns);
		table_add(&t, !f->known || !s->m.flow[i].slo_ns ? NULL : f->meets ? "yes" : "NO");
	}
	table_print(&t, stdout, 0);
}

void model_print(const struct model_shown *s)
{
	print_worker(s);
	print_queues(s);
	print_flows(s);
}

static json_t *queues_json(const struct model_shown *s)
{
	json_t *a = json_array();
	const struct bty_predicted_queue *q;
	int i;

	for (i = 0; i < s->m.nqueues; i++) {
		q = &s->p.queue[i];
		json_array_append_new(a, json_pack("{s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "name",
						   s->g->el[s->g->queue_el[i]].name, "trigger",
						   (int)s->m.queue[i].trigger, "deadline_ns", s->m.queue[i].deadline_ns,
						   "t0_ns", s->m.queue[i].t0_ns, "t1_ns", s->m.queue[i].t1_ns, "pps",
						   q->pps, "batches_ps", q->batches_ps, "batch_packets", q->batch_pkts,
						   "by_trigger", q->by_trigger, "lost", q->lost));
	}
	return a;
}

static json_t *time_json(int known, double ns)
{
	return known ? json_real(ns) : json_null();
}

static json_t *flows_json(const struct model_shown *s)
{
	json_t *a = json_array();
	const struct bty_predicted_flow *f;
	int i, k;

	for (i = 0; i < s->m.nflows; i++) {
		f = &s->p.flow[i];
		k = f->known;
		json_array_append_new(
			a, json_pack("{s:s, s:f, s:o, s:o, s:o, s:o, s:f, s:o, s:o, s:f, s:o}", "name",
				     s->g->flow[i].name, "pps", f->pps, "mean_ns", time_json(k, f->mean_ns), "p50_ns",
				     time_json(k, f->p50_ns), "p95_ns", time_json(k, f->p95_ns), "p99_ns",
				     time_json(k, f->p99_ns), "percentile", s->m.flow[i].percentile, "percentile_ns",
				     time_json(k, f->percentile_ns), "delay_slo_ns",
				     time_json(s->m.flow[i].slo_ns > 0, s->m.flow[i].slo_ns), "error", f->error, "met",
				     k && s->m.flow[i].slo_ns > 0 ? json_boolean(f->meets) : json_null()));
	}
	return a;
}

static json_t *names_json(const struct model_shown *s, const uint8_t *which)
{
	json_t *a = json_array();
	int i;

	for (i = 0; i < s->g->nel; i++)
		if (which[i])
			json_array_append_new(a, json_string(s->g->el[i].name));
	return a;
}

json_t *model_json(const struct model_shown *s)
{
	const struct bty_predicted_worker *w = &s->p.worker[0];

	return json_pack("{s:s, s:{s:f, s:f, s:f, s:b, s:f}, s:o, s:o, s:o, s:o, s:s?}", "file", s->g->file, "worker",
			 "cpu_share", w->cpu_share, "needed_share", w->needed_share, "wakeups_ps", w->wakeups_ps,
			 "overloaded", w->overloaded, "over_pps", w->over_pps, "queues", queues_json(s), "flows",
			 flows_json(s), "unknown_costs", names_json(s, s->gaps.no_cost), "near_costs",
			 names_json(s, s->gaps.near_cost), "stale", s->stale);
}
