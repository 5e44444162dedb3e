// SPDX-License-Identifier: GPL-2.0-or-later
/* Reports of both verbs; called by main. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <jansson.h>

#include "report.h"

/* User and system time of the process: what the traffic cost this side. */
static uint64_t cpu_ns(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000000 +
	       (uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) * 1000;
}

static uint64_t per_second(uint64_t n, uint64_t ns)
{
	return ns ? (uint64_t)((double)n * 1e9 / (double)ns + 0.5) : 0;
}

static json_t *hist_json(const struct bty_hist *h)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "p50", (json_int_t)bty_hist_quantile(h, 0.5), "p95",
			 (json_int_t)bty_hist_quantile(h, 0.95), "p99", (json_int_t)bty_hist_quantile(h, 0.99), "p999",
			 (json_int_t)bty_hist_quantile(h, 0.999), "max", (json_int_t)h->max_ns, "mean",
			 (json_int_t)(h->count ? h->sum_ns / h->count : 0));
}

static void hist_text(const char *what, const struct bty_hist *h)
{
	printf("%-16s p50 %.1f  p95 %.1f  p99 %.1f  p99.9 %.1f  max %.1f us\n", what,
	       (double)bty_hist_quantile(h, 0.5) / 1e3, (double)bty_hist_quantile(h, 0.95) / 1e3,
	       (double)bty_hist_quantile(h, 0.99) / 1e3, (double)bty_hist_quantile(h, 0.999) / 1e3,
	       (double)h->max_ns / 1e3);
}

/* Prints and frees. */
static int print_json(json_t *j)
{
	int ret;

	if (!j)
		return -ENOMEM;
	ret = json_dumpf(j, stdout, JSON_INDENT(2)) || putchar('\n') == EOF || fflush(stdout) ? -EIO : 0;
	json_decref(j);
	return ret;
}

/* Why fewer frames left than were due, or NULL. */
static const char *shortfall(const struct gen_send_report *r)
{
	if (r->sent >= r->offered)
		return NULL;
	if (r->refused >= r->unsent)
		return "the device dropped frames";
	if (r->interrupted)
		return "interrupted";
	if (r->full_ns > r->duration_ns / 10)
		return "the device had no room";
	return "the sender was late: this processor cannot keep the rate";
}

static const char *arrivals_name(enum gen_arrivals a)
{
	return a == GEN_FIXED ? "fixed" : a == GEN_POISSON ? "poisson" : "burst";
}

static int send_json(const struct gen_send_opts *o, const struct gen_send_report *r, unsigned int len)
{
	json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "verb", "send", "interface", o->iface, "backend",
			      o->backend, "arrivals", arrivals_name(o->arrivals), "rate_pps",
			      (json_int_t)(o->max ? 0 : o->rate_pps), "flows", (json_int_t)o->flows, "size",
			      (json_int_t)len);
	json_t *more = json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:s?, s:o}", "offered",
		(json_int_t)r->offered, "sent", (json_int_t)r->sent, "refused", (json_int_t)r->refused, "unsent",
		(json_int_t)r->unsent, "bytes", (json_int_t)(r->sent * len), "pps", (json_int_t)r->pps, "duration_ns",
		(json_int_t)r->duration_ns, "late", (json_int_t)r->late, "ring_full", (json_int_t)r->full,
		"ring_full_ns", (json_int_t)r->full_ns, "calls", (json_int_t)r->calls, "cpu_ns", (json_int_t)cpu_ns(),
		"interrupted", r->interrupted, "shortfall", shortfall(r), "sched_error_ns", hist_json(&r->error));

	if (j && more && !json_object_update(j, more)) {
		json_decref(more);
		return print_json(j);
	}
	json_decref(j);
	json_decref(more);
	return -ENOMEM;
}

int gen_report_send(const struct gen_send_opts *o, const struct gen_send_report *r, unsigned int len)
{
	if (o->json)
		return send_json(o, r, len);
	printf("%-16s %" PRIu64 " of %" PRIu64 " frames of %u bytes in %.3f s: %" PRIu64 " pps over %s\n", "sent",
	       r->sent, r->offered, len, (double)r->duration_ns / 1e9, r->pps, o->backend);
	if (!o->max)
		hist_text("schedule error", &r->error);
	printf("%-16s %" PRIu64 " late, %" PRIu64 " times no room (%.3f ms), %" PRIu64 " refused, %" PRIu64
	       " unsent, %.3f s of CPU\n",
	       "", r->late, r->full, (double)r->full_ns / 1e6, r->refused, r->unsent, (double)cpu_ns() / 1e9);
	if (shortfall(r))
		printf("%-16s %s\n", "fewer because", shortfall(r));
	return fflush(stdout) ? -EIO : 0;
}

static json_t *flows_json(const struct gen_account *a, uint32_t expected)
{
	json_t *list = json_array();
	const struct gen_flow *f;
	uint32_t i;

	for (i = 0; i < a->n_flows; i++) {
		f = &a->flow[i];
		if (!f->received && i >= expected)
			continue;
		json_array_append_new(list,
				      json_pack("{s:I, s:I, s:I, s:I, s:I}", "flow", (json_int_t)i, "received",
						(json_int_t)f->received, "missing",
						(json_int_t)gen_account_flow_missing(a, f), "duplicates",
						(json_int_t)f->duplicates, "reordered", (json_int_t)f->reordered));
	}
	return list;
}

struct sink_sums {
	struct gen_losses l;
	uint64_t lost; /* missing, less what the sink itself dropped */
	uint32_t silent;
	uint64_t span_ns;
};

static void sum_up(const struct gen_sink_opts *o, const struct gen_account *a, const struct gen_rx_stats *st,
		   struct sink_sums *s)
{
	uint32_t i;

	gen_account_losses(a, &s->l);
	s->lost = s->l.missing > st->drops ? s->l.missing - st->drops : 0;
	s->span_ns = a->last_ns - a->first_ns;
	s->silent = 0;
	for (i = 0; i < o->expect_flows; i++)
		s->silent += !a->flow[i].received;
}

static int sink_json(const struct gen_sink_opts *o, const struct gen_account *a, const struct gen_rx_stats *st,
		     const struct sink_sums *s)
{
	json_t *j =
		json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "verb", "sink",
			  "interface", o->iface, "backend", o->backend, "received", (json_int_t)a->received, "bytes",
			  (json_int_t)a->bytes, "lost", (json_int_t)s->lost, "missing", (json_int_t)s->l.missing,
			  "missing_head", (json_int_t)s->l.head, "sink_drops", (json_int_t)st->drops, "duplicates",
			  (json_int_t)a->duplicates, "reordered", (json_int_t)a->reordered, "reordered_beyond",
			  (json_int_t)a->beyond, "corrupted", (json_int_t)a->corrupted);
	json_t *more = json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "bad_ip_checksum",
		(json_int_t)a->bad_ip, "bad_udp_checksum", (json_int_t)a->bad_udp, "unexpected",
		(json_int_t)a->unexpected, "foreign", (json_int_t)a->foreign, "restarts", (json_int_t)a->restarts,
		"flows", (json_int_t)s->l.flows, "flows_silent", (json_int_t)s->silent, "pps",
		(json_int_t)per_second(a->received ? a->received - 1 : 0, s->span_ns), "duration_ns",
		(json_int_t)s->span_ns, "clock_steps", (json_int_t)st->clock_steps, "delay_negative",
		(json_int_t)a->negative, "wakeups", (json_int_t)st->wakeups, "cpu_ns", (json_int_t)cpu_ns(), "delay_ns",
		hist_json(&a->delay), "interarrival_ns", hist_json(&a->gap));

	if (j && more && !json_object_update(j, more)) {
		json_decref(more);
		if (o->by_flow)
			json_object_set_new(j, "by_flow", flows_json(a, o->expect_flows));
		return print_json(j);
	}
	json_decref(j);
	json_decref(more);
	return -ENOMEM;
}

static void flows_text(const struct gen_account *a, uint32_t expected)
{
	const struct gen_flow *f;
	uint32_t i;

	for (i = 0; i < a->n_flows; i++) {
		f = &a->flow[i];
		if (f->received || i < expected)
			printf("flow %-11u received %" PRIu64 ", missing %" PRIu64 ", duplicates %" PRIu64
			       ", reordered %" PRIu64 "\n",
			       i, f->received, gen_account_flow_missing(a, f), f->duplicates, f->reordered);
	}
}

int gen_report_sink(const struct gen_sink_opts *o, const struct gen_account *a, const struct gen_rx_stats *st)
{
	struct sink_sums s;

	sum_up(o, a, st, &s);
	if (o->json)
		return sink_json(o, a, st, &s);
	printf("%-16s %" PRIu64 " frames, %" PRIu64 " bytes, %u flows in %.3f s: %" PRIu64 " pps\n", "received",
	       a->received, a->bytes, s.l.flows, (double)s.span_ns / 1e9,
	       per_second(a->received ? a->received - 1 : 0, s.span_ns));
	printf("%-16s %" PRIu64 " (%" PRIu64 " missing, %" PRIu64 " of them before the first frame; %" PRIu64
	       " dropped by this sink), %u flows silent\n",
	       "lost", s.lost, s.l.missing, s.l.head, st->drops, s.silent);
	printf("%-16s %" PRIu64 " duplicates, %" PRIu64 " reordered, %" PRIu64 " corrupted, %" PRIu64
	       " bad checksums, %" PRIu64 " unexpected, %" PRIu64 " foreign\n",
	       "", a->duplicates, a->reordered, a->corrupted, a->bad_ip + a->bad_udp, a->unexpected, a->foreign);
	if (a->received) {
		hist_text("delay", &a->delay);
		hist_text("inter-arrival", &a->gap);
	}
	if (st->clock_steps)
		printf("%-16s the time was set %" PRIu64 " times: delays near that are wrong\n", "note",
		       st->clock_steps);
	if (o->by_flow)
		flows_text(a, o->expect_flows);
	return fflush(stdout) ? -EIO : 0;
}
