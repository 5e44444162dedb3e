// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A snapshot as JSON; called by the control socket. json_pack() takes over the arrays and objects it is given, also
 * when it fails, and fails when one of them is NULL: so each function checks its last result only.
 */
#include <math.h>
#include <string.h>

#include "json.h"
#include "../element/registry.h"

/* JSON has no infinity, and jansson refuses it. */
static double finite_or_0(double v)
{
	return isfinite(v) ? v : 0;
}

static json_t *quantile(const struct bty_quantiles *q, uint64_t ns)
{
	return q->count ? json_integer(ns) : json_null();
}

static json_t *quantiles(const struct bty_quantiles *q)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:I}", "p50", quantile(q, q->p50_ns), "p95", quantile(q, q->p95_ns),
			 "p99", quantile(q, q->p99_ns), "max", quantile(q, q->max_ns), "count", (json_int_t)q->count);
}

/* Every reason that exists, so that the keys stay the same whatever has happened. */
static json_t *drops(const uint64_t *n)
{
	json_t *o = json_object();
	unsigned int i;

	for (i = BTY_DROP_NONE + 1; i < BTY_DROP_COUNT; i++)
		json_object_set_new(o, bty_drop_name(i), json_integer(n[i]));
	return o;
}

static json_t *iface(const struct bty_snap_iface *i)
{
	return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:b, s:s}", "name", i->name, "ifindex",
			 (json_int_t)i->ifindex, "mode", i->mode, "attach", i->attach, "xsk_mode", i->xsk_mode,
			 "programs", i->fused ? "fused" : "chain", "pipeline", i->pipeline, "napi_defer_ns",
			 (json_int_t)i->napi_defer_ns, "gone", i->gone, "schedule", i->schedule);
}

static json_t *extra(const struct bty_snapshot *s)
{
	json_t *a = json_array();
	const struct bty_snap_extra *x;

	for (x = s->extra; x < s->extra + s->nextra; x++)
		json_array_append_new(a, json_pack("{s:s, s:i, s:f, s:I, s:I, s:f}", "pipeline", x->pipeline, "number",
						   x->number, "busy", finite_or_0(x->busy), "turnaround_ns",
						   (json_int_t)x->turnaround_ns, "cpu_ns", (json_int_t)x->cpu_ns, "pps",
						   finite_or_0(x->pps)));
	return a;
}

json_t *bty_json_status(const struct bty_snapshot *s)
{
	json_t *ifaces = json_array();
	int i;

	for (i = 0; i < s->nifaces; i++)
		json_array_append_new(ifaces, iface(&s->iface[i]));
	return json_pack("{s:s, s:i, s:I, s:s, s:o, s:{s:I, s:I, s:I, s:I, s:I, s:I}, s:o, s:{s:I, s:I, s:I, s:I, s:I, "
			 "s:I, s:f, s:i, s:o}, s:{s:I, s:I}}",
			 "version", BTY_VERSION, "abi", BTY_ABI_VERSION, "uptime_ns", (json_int_t)s->uptime_ns,
			 "controller", s->controller, "interfaces", ifaces, "totals", "rx", (json_int_t)s->rx, "made",
			 (json_int_t)s->made, "tx", (json_int_t)s->tx, "pass", (json_int_t)s->pass, "drop",
			 (json_int_t)s->drop, "queued", (json_int_t)s->queued, "drops", drops(s->drops), "workers",
			 "cpu_ns", (json_int_t)s->worker_cpu_ns, "wakeups", (json_int_t)s->worker_wakeups, "spins",
			 (json_int_t)s->worker_spins, "spins_useful", (json_int_t)s->worker_spins_useful, "spun_ns",
			 (json_int_t)s->worker_spun_ns, "wakeup_cost_ns", (json_int_t)s->wakeup_cost_ns, "busy",
			 s->nworkers ? finite_or_0(s->busy_workers / s->nworkers) : 0, "threads", s->nworkers, "extra",
			 extra(s), "estimates", "bad", (json_int_t)s->bad_estimates, "interrupted",
			 (json_int_t)s->interrupted);
}

static json_t *queue(const struct bty_snap_queue *q)
{
	double avg = q->batches ? (double)q->packets / (double)q->batches : 0;

	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:b, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:f, s:I, s:I, s:I, "
			 "s:I, s:o, s:f, s:f, s:s, s:I, s:i, s:b, s:s?}",
			 "name", q->name, "interface", q->interface, "backend", q->backend, "trigger",
			 (json_int_t)q->trigger, "deadline_ns", (json_int_t)q->deadline_ns, "limit",
			 (json_int_t)q->limit, "manual", q->manual, "backlog", (json_int_t)q->backlog, "packets",
			 (json_int_t)q->packets, "batches", (json_int_t)q->batches, "batch_avg", avg,
			 "released_trigger", (json_int_t)q->released_trigger, "released_deadline",
			 (json_int_t)q->released_deadline, "drops", (json_int_t)q->drops, "rate_pps",
			 finite_or_0(q->rate_pps), "sleeps", (json_int_t)q->sleeps, "spins", (json_int_t)q->spins,
			 "spins_useful", (json_int_t)q->spins_useful, "spun_ns", (json_int_t)q->spun_ns, "wait_ns",
			 quantiles(&q->wait), "t0_ns", finite_or_0(q->t0_ns), "t1_ns", finite_or_0(q->t1_ns),
			 "schedule", q->schedule, "weight", (json_int_t)q->weight, "worker", q->server, "moving",
			 q->moving, "stays", q->stays[0] ? q->stays : NULL);
}

json_t *bty_json_queues(const struct bty_snapshot *s)
{
	json_t *a = json_array();
	int i;

	for (i = 0; i < s->nqueues; i++)
		json_array_append_new(a, queue(&s->queue[i]));
	return json_pack("{s:o}", "queues", a);
}

/* Negative means not profiled. */
static json_t *cost(double ns)
{
	return ns < 0 ? json_null() : json_integer((json_int_t)(ns + 0.5));
}

static json_t *element(const struct bty_snap_element *e)
{
	return json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:o, s:o, s:o, s:o, s:s, s:O?}",
		"name", e->name, "class", e->class_name, "placement", e->placement, "packets_in",
		(json_int_t)e->packets_in, "packets_out", (json_int_t)e->packets_out, "made", (json_int_t)e->made,
		"held", (json_int_t)e->held, "bytes_in", (json_int_t)e->bytes_in, "tx", (json_int_t)e->tx, "pass",
		(json_int_t)e->pass, "drops", (json_int_t)e->drops_total, "drop_reasons", drops(e->drops), "batches",
		(json_int_t)e->batches, "t0_ns", cost(e->t0_ns), "t1_ns", cost(e->t1_ns), "profile_t0_ns",
		cost(e->profile_t0_ns), "profile_t1_ns", cost(e->profile_t1_ns), "profile_match",
		e->profile_match ? e->profile_match : "none", "report", e->report);
}

json_t *bty_json_elements(const struct bty_snapshot *s)
{
	json_t *a = json_array();
	int i;

	for (i = 0; i < s->nelements; i++)
		json_array_append_new(a, element(&s->element[i]));
	return json_pack("{s:o}", "elements", a);
}

static json_t *admission(const struct bty_snap_flow *f)
{
	int met = f->admission && !strcmp(f->admission, "met");

	if (!f->admission)
		return json_null();
	return json_pack("{s:b, s:s?, s:f, s:o}", "met", met, "reason", met ? NULL : f->admission, "possible_pps",
			 finite_or_0(f->possible_pps), "possible_ns",
			 f->possible_ns ? json_integer((json_int_t)f->possible_ns) : json_null());
}

static json_t *flow(const struct bty_snap_flow *f)
{
	return json_pack("{s:s, s:I, s:I, s:f, s:I, s:I, s:f, s:o, s:o, s:I, s:I, s:o}", "name", f->name,
			 "delay_slo_ns", (json_int_t)f->delay_slo_ns, "rate_slo_pps", (json_int_t)f->rate_slo_pps,
			 "percentile", finite_or_0(f->percentile), "packets", (json_int_t)f->packets, "bytes",
			 (json_int_t)f->bytes, "pps", finite_or_0(f->pps), "delay_ns", quantiles(&f->delay),
			 "window_ns", f->windows ? json_integer((json_int_t)f->window_ns) : json_null(), "windows",
			 (json_int_t)f->windows, "violations", (json_int_t)f->violations, "admission", admission(f));
}

json_t *bty_json_flows(const struct bty_snapshot *s)
{
	json_t *a = json_array();
	int i;

	for (i = 0; i < s->nflows; i++)
		json_array_append_new(a, flow(&s->flow[i]));
	return json_pack("{s:o}", "flows", a);
}
