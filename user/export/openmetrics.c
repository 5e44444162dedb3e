// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A snapshot as OpenMetrics 1.0 text; called by the metrics endpoint. All samples of a family stand together after its
 * HELP and TYPE, as the format demands. Labels are names from the pipeline files and drop reasons: their number is
 * bounded.
 */
#include <stddef.h>
#include <string.h>
#include <batchy/abi.h>

#include "../element/registry.h"
#include "metrics.h"

static void family(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* name="value", escaped. */
static void label(FILE *f, const char *name, const char *value)
{
	fprintf(f, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", f);
		else if (*value == '"' || *value == '\\')
			fprintf(f, "\\%c", *value);
		else
			fputc(*value, f);
	}
	fputc('"', f);
}

static void single(FILE *f, const char *name, const char *type, const char *help, double value)
{
	family(f, name, type, help);
	fprintf(f, "%s%s %.15g\n", name, type[0] == 'c' ? "_total" : "", value);
}

static void write_totals(const struct bty_snapshot *s, FILE *f)
{
	unsigned int i;

	family(f, "batchy_build", "info", "Version of the agent and of its interface with the kernel programs.");
	fprintf(f, "batchy_build_info{version=\"%s\",abi=\"%d\"} 1\n", BTY_VERSION, BTY_ABI_VERSION);
	single(f, "batchy_uptime_seconds", "gauge", "Since the agent started.", s->uptime_ns / 1e9);
	single(f, "batchy_received_packets", "counter", "Packets received by all pipelines.", s->rx);
	single(f, "batchy_made_packets", "counter", "Packets that elements of all pipelines made.", s->made);
	single(f, "batchy_sent_packets", "counter", "Packets sent to an interface.", s->tx);
	single(f, "batchy_passed_packets", "counter", "Packets given to the host stack.", s->pass);
	single(f, "batchy_queued_packets", "gauge", "Packets that wait in queues.", s->queued);
	family(f, "batchy_dropped_packets", "counter", "Packets dropped, by reason.");
	for (i = BTY_DROP_NONE + 1; i < BTY_DROP_COUNT; i++)
		fprintf(f, "batchy_dropped_packets_total{reason=\"%s\"} %llu\n", bty_drop_name(i),
			(unsigned long long)s->drops[i]);
	single(f, "batchy_worker_cpu_seconds", "counter", "CPU time of all workers.", s->worker_cpu_ns / 1e9);
	single(f, "batchy_worker_wakeups", "counter", "How often workers were woken.", s->worker_wakeups);
}

static void write_interfaces(const struct bty_snapshot *s, FILE *f)
{
	const struct bty_snap_iface *p;

	family(f, "batchy_interface", "info", "How each interface is attached.");
	for (p = s->iface; p < s->iface + s->nifaces; p++) {
		fputs("batchy_interface_info{", f);
		label(f, "interface", p->name);
		fputc(',', f);
		label(f, "mode", p->mode);
		fputc(',', f);
		label(f, "attach", p->attach);
		fputc(',', f);
		label(f, "xsk_mode", p->xsk_mode);
		fputs("} 1\n", f);
	}
	family(f, "batchy_interface_up", "gauge", "0 when the interface was removed under the pipeline.");
	for (p = s->iface; p < s->iface + s->nifaces; p++) {
		fputs("batchy_interface_up{", f);
		label(f, "interface", p->name);
		fprintf(f, "} %d\n", !p->gone);
	}
}

/* Queues, elements or flows: an array, and how one of its rows is labelled. */
struct rows {
	const char *first;
	size_t size;
	int n;
	void (*labels)(const void *row, FILE *f);
	int (*same)(const void *a, const void *b);
};

enum kind { U64, U32, REAL };

struct column {
	const char *name, *type, *help;
	enum kind kind;
	size_t offset;
	double factor;
};

static const void *row_at(const struct rows *r, int i)
{
	return r->first + i * r->size;
}

/* Two pipelines may use one name: a label of its own keeps the later one apart, for no two samples may have equal
 * labels. */
static void row_labels(const struct rows *r, int i, FILE *f)
{
	int copy = 1, k;

	for (k = 0; k < i; k++)
		copy += r->same(row_at(r, k), row_at(r, i));
	r->labels(row_at(r, i), f);
	if (copy > 1)
		fprintf(f, ",copy=\"%d\"", copy);
}

static void print_value(const struct column *c, const char *row, FILE *f)
{
	if (c->kind == U64 && c->factor == 1)
		fprintf(f, "%llu\n", (unsigned long long)*(const uint64_t *)(row + c->offset));
	else if (c->kind == U64)
		fprintf(f, "%.9g\n", *(const uint64_t *)(row + c->offset) * c->factor);
	else if (c->kind == U32)
		fprintf(f, "%u\n", *(const uint32_t *)(row + c->offset));
	else
		fprintf(f, "%.9g\n", *(const double *)(row + c->offset) * c->factor);
}

static void write_columns(const struct rows *r, const struct column *c, FILE *f)
{
	int i;

	for (; c->name; c++) {
		family(f, c->name, c->type, c->help);
		for (i = 0; i < r->n; i++) {
			fprintf(f, "%s%s{", c->name, c->type[0] == 'c' ? "_total" : "");
			row_labels(r, i, f);
			fputs("} ", f);
			print_value(c, row_at(r, i), f);
		}
	}
}

static void write_summary(const struct rows *r, const char *name, const char *help, size_t offset, FILE *f)
{
	static const char *const at[] = { "0.5", "0.95", "0.99", "1" };
	const struct bty_quantiles *q;
	uint64_t ns[4];
	int i, k;

	family(f, name, "summary", help);
	for (i = 0; i < r->n; i++) {
		q = (const void *)((const char *)row_at(r, i) + offset);
		ns[0] = q->p50_ns;
		ns[1] = q->p95_ns;
		ns[2] = q->p99_ns;
		ns[3] = q->max_ns;
		for (k = 0; q->count && k < 4; k++) {
			fprintf(f, "%s{", name);
			row_labels(r, i, f);
			fprintf(f, ",quantile=\"%s\"} %.9g\n", at[k], ns[k] / 1e9);
		}
		fprintf(f, "%s_count{", name);
		row_labels(r, i, f);
		fprintf(f, "} %llu\n", (unsigned long long)q->count);
	}
}

static void queue_labels(const void *row, FILE *f)
{
	const struct bty_snap_queue *q = row;

	label(f, "queue", q->name);
	fputc(',', f);
	label(f, "interface", q->interface);
}

static int queue_same(const void *a, const void *b)
{
	const struct bty_snap_queue *x = a, *y = b;

	return !strcmp(x->name, y->name) && !strcmp(x->interface, y->interface);
}

static void write_queues(const struct bty_snapshot *s, FILE *f)
{
#define Q(field) offsetof(struct bty_snap_queue, field)
	static const struct column columns[] = {
		{ "batchy_queue_trigger_packets", "gauge", "Packets that release a batch.", U32, Q(trigger), 1 },
		{ "batchy_queue_limit_packets", "gauge", "Packets it holds at most.", U32, Q(limit), 1 },
		{ "batchy_queue_deadline_seconds", "gauge", "Longest wait of the oldest packet.", U64, Q(deadline_ns),
		  1e-9 },
		{ "batchy_queue_backlog_packets", "gauge", "Packets that wait.", U64, Q(backlog), 1 },
		{ "batchy_queue_packets", "counter", "Packets taken out.", U64, Q(packets), 1 },
		{ "batchy_queue_batches", "counter", "Batches taken out.", U64, Q(batches), 1 },
		{ "batchy_queue_released_trigger", "counter", "Batches that filled.", U64, Q(released_trigger), 1 },
		{ "batchy_queue_released_deadline", "counter", "Batches that became due.", U64, Q(released_deadline),
		  1 },
		{ "batchy_queue_dropped_packets", "counter", "Packets it had no room for.", U64, Q(drops), 1 },
		{ 0 },
	};
	const struct rows rows = { (const char *)s->queue, sizeof(*s->queue), s->nqueues, queue_labels, queue_same };

	write_columns(&rows, columns, f);
	write_summary(&rows, "batchy_queue_wait_seconds", "How long packets waited.", Q(wait), f);
}

static void element_labels(const void *row, FILE *f)
{
	const struct bty_snap_element *e = row;

	label(f, "element", e->name);
	fputc(',', f);
	label(f, "class", e->class_name);
}

static int element_same(const void *a, const void *b)
{
	const struct bty_snap_element *x = a, *y = b;

	return !strcmp(x->name, y->name);
}

static void write_elements(const struct bty_snapshot *s, FILE *f)
{
#define E(field) offsetof(struct bty_snap_element, field)
	static const struct column columns[] = {
		{ "batchy_element_received_packets", "counter", "Packets that came in.", U64, E(packets_in), 1 },
		{ "batchy_element_received_bytes", "counter", "Their bytes.", U64, E(bytes_in), 1 },
		{ "batchy_element_forwarded_packets", "counter", "Packets that went on.", U64, E(packets_out), 1 },
		{ "batchy_element_batches", "counter", "Batches it ran on.", U64, E(batches), 1 },
		{ 0 },
	};
	const struct rows rows = { (const char *)s->element, sizeof(*s->element), s->nelements, element_labels,
				   element_same };
	unsigned int k;
	int i;

	write_columns(&rows, columns, f);
	family(f, "batchy_element_dropped_packets", "counter",
	       "Packets dropped, by reason; reasons not met are left out.");
	for (i = 0; i < s->nelements; i++) {
		for (k = BTY_DROP_NONE + 1; k < BTY_DROP_COUNT; k++) {
			if (!s->element[i].drops[k])
				continue;
			fputs("batchy_element_dropped_packets_total{", f);
			row_labels(&rows, i, f);
			fprintf(f, ",reason=\"%s\"} %llu\n", bty_drop_name(k),
				(unsigned long long)s->element[i].drops[k]);
		}
	}
}

static void flow_labels(const void *row, FILE *f)
{
	const struct bty_snap_flow *p = row;

	label(f, "flow", p->name);
}

static int flow_same(const void *a, const void *b)
{
	const struct bty_snap_flow *x = a, *y = b;

	return !strcmp(x->name, y->name);
}

static void write_flows(const struct bty_snapshot *s, FILE *f)
{
#define F(field) offsetof(struct bty_snap_flow, field)
	static const struct column columns[] = {
		{ "batchy_flow_objective_seconds", "gauge", "Delay objective; 0: none.", U64, F(delay_slo_ns), 1e-9 },
		{ "batchy_flow_promised_packets_per_second", "gauge", "Rate it holds for.", U64, F(rate_slo_pps), 1 },
		{ "batchy_flow_percentile", "gauge", "Percentile the objective is about.", REAL, F(percentile), 1 },
		{ "batchy_flow_packets", "counter", "Packets that passed its path.", U64, F(packets), 1 },
		{ "batchy_flow_bytes", "counter", "Their bytes.", U64, F(bytes), 1 },
		{ "batchy_flow_violations", "counter", "Control periods above the objective.", U64, F(violations), 1 },
		{ 0 },
	};
	const struct rows rows = { (const char *)s->flow, sizeof(*s->flow), s->nflows, flow_labels, flow_same };

	write_columns(&rows, columns, f);
	write_summary(&rows, "batchy_flow_delay_seconds", "From the first element of its path to the last.", F(delay),
		      f);
}

static void extra_labels(const void *row, FILE *f)
{
	const struct bty_snap_extra *x = row;

	label(f, "pipeline", x->pipeline);
	fprintf(f, ",number=\"%d\"", x->number);
}

static int extra_same(const void *a, const void *b)
{
	const struct bty_snap_extra *x = a, *y = b;

	return x->number == y->number && !strcmp(x->pipeline, y->pipeline);
}

static void write_extra_workers(const struct bty_snapshot *s, FILE *f)
{
#define X(field) offsetof(struct bty_snap_extra, field)
	static const struct column columns[] = {
		{ "batchy_extra_worker_busy_ratio", "gauge", "Share of time it has something to do.", REAL, X(busy),
		  1 },
		{ "batchy_extra_worker_cpu_seconds", "counter", "Its CPU time.", U64, X(cpu_ns), 1e-9 },
		{ 0 },
	};
	const struct rows rows = { (const char *)s->extra, sizeof(*s->extra), s->nextra, extra_labels, extra_same };

	write_columns(&rows, columns, f);
}

static void write_control(const struct bty_server_stats *st, FILE *f)
{
	family(f, "batchy_control_requests", "counter", "Connections to the control socket, by what became of them.");
	fprintf(f, "batchy_control_requests_total{result=\"ok\"} %llu\n", (unsigned long long)st->requests);
	fprintf(f, "batchy_control_requests_total{result=\"failed\"} %llu\n", (unsigned long long)st->failed);
	fprintf(f, "batchy_control_requests_total{result=\"refused\"} %llu\n", (unsigned long long)st->refused);
	fprintf(f, "batchy_control_requests_total{result=\"expired\"} %llu\n", (unsigned long long)st->expired);
}

void bty_metrics_write(const struct bty_snapshot *s, const struct bty_server_stats *st, FILE *f)
{
	write_totals(s, f);
	write_interfaces(s, f);
	write_queues(s, f);
	write_elements(s, f);
	write_flows(s, f);
	write_extra_workers(s, f);
	if (st)
		write_control(st, f);
	fputs("# EOF\n", f);
}
