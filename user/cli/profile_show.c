// SPDX-License-Identifier: GPL-2.0-or-later
/* The table, the JSON and the progress of `batchy-agent profile`; called by profile.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "profile.h"
#include "table.h"

#define BAR	   30
#define ARGS_SHOWN 36
#define DRIFT	   0.10 /* of rounds, from here on worth a word */

static int add(struct profile_rows *rows, const struct profile_row *row)
{
	struct profile_row *more;

	if (rows->n == rows->size) {
		more = realloc(rows->row, (2 * rows->size + 16) * sizeof(*more));
		if (!more) {
			free(row->class_name);
			free(row->args);
			return -ENOMEM;
		}
		rows->row = more;
		rows->size = 2 * rows->size + 16;
	}
	rows->row[rows->n++] = *row;
	return row->class_name && row->args ? 0 : -ENOMEM;
}

int profile_add(struct profile_rows *rows, const struct bty_element *el, const struct bty_profiled *p)
{
	const struct profile_row row = { .class_name = strdup(el->cls->name),
					 .args = bty_cost_args(el),
					 .entries = el->entries ? el->entries->n : 0,
					 .p = *p };

	return add(rows, &row);
}

int profile_add_io(struct profile_rows *rows, enum bty_cost_io io, const struct bty_profiled *p)
{
	const struct profile_row row = {
		.class_name = strdup(bty_cost_io_name(io)), .args = strdup(""), .io = 1, .p = *p
	};

	return add(rows, &row);
}

void profile_free(struct profile_rows *rows)
{
	int i;

	for (i = 0; i < rows->n; i++) {
		free(rows->row[i].class_name);
		free(rows->row[i].args);
	}
	free(rows->row);
}

char *profile_label(const struct profile_row *row)
{
	char *s = NULL;
	int n;

	n = row->args[0] ? asprintf(&s, "%s(%s)", row->class_name, row->args) : asprintf(&s, "%s", row->class_name);
	return n < 0 ? NULL : s;
}

/* The share of a packet's cost that batches save, at most. */
static double batchiness(const struct bty_cost_fit *f)
{
	return f->t0_ns + f->t1_ns > 0 ? f->t0_ns / (f->t0_ns + f->t1_ns) : 0;
}

static void add_text(struct table *t, const char *fmt, double a)
{
	char text[64];

	snprintf(text, sizeof(text), fmt, a);
	table_add(t, text);
}

static void print_row(struct table *t, const struct profile_row *r)
{
	const struct bty_cost_fit *f = &r->p.fit;
	char *label = profile_label(r), count[24];

	if (label && strlen(label) > ARGS_SHOWN)
		memcpy(label + ARGS_SHOWN - 3, "...", 4);
	table_add(t, label);
	table_add(t, r->entries ? format_count((double)r->entries, count) : NULL);
	add_text(t, "%.1f", f->t0_ns);
	add_text(t, "%.1f", f->t0_err_ns);
	add_text(t, "%.2f", f->t1_ns);
	add_text(t, "%.2f", f->t1_err_ns);
	add_text(t, "%.1f", f->resid_ns);
	add_text(t, "%.2f", batchiness(f));
	add_text(t, "%.0f", f->rounds);
	add_text(t, "%.0f", r->p.how.left_out);
	free(label);
}

static void print_remarks(const struct profile_row *r)
{
	const struct bty_profiled *p = &r->p;

	if (p->how.left_out)
		printf("%s: %u of %u samples left out: the machine was interrupted\n", r->class_name, p->how.left_out,
		       p->how.samples);
	if (p->drift > DRIFT)
		printf("%s: the slowest round took %.0f %% more than the fastest: the machine is busy, or its clock "
		       "changes\n",
		       r->class_name, 100 * p->drift);
	if (!r->io && p->dropped && !p->forwarded && !p->held)
		printf("%s: it dropped every packet it was given\n", r->class_name);
}

void profile_print(const struct profile_rows *rows)
{
	char head[] = "<element entries t0-ns +- t1-ns +- residual batchiness rounds left-out";
	struct table t;
	int i;

	if (rows->n) {
		table_init(&t, head);
		for (i = 0; i < rows->n; i++)
			print_row(&t, &rows->row[i]);
		table_print(&t, stdout, 0);
	}
	for (i = 0; i < rows->n; i++)
		print_remarks(&rows->row[i]);
}

static json_t *row_json(const struct profile_row *r)
{
	const struct bty_profiled *p = &r->p;
	json_t *medians = json_array();
	uint32_t b;

	for (b = 0; b < p->nb; b++)
		json_array_append_new(medians, json_pack("[i, f]", (int)p->size[b], p->median_ns[b]));
	return json_pack("{s:s, s:s, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:f, s:b, s:I, s:I, s:I, s:o}",
			 "class", r->class_name, "args", r->args, "entries", (json_int_t)r->entries, "t0_ns",
			 p->fit.t0_ns, "t1_ns", p->fit.t1_ns, "t0_err_ns", p->fit.t0_err_ns, "t1_err_ns",
			 p->fit.t1_err_ns, "resid_ns", p->fit.resid_ns, "batchiness", batchiness(&p->fit), "rounds",
			 (json_int_t)p->fit.rounds, "samples", (json_int_t)p->how.samples, "left_out",
			 (json_int_t)p->how.left_out, "drift", p->drift, "clamped", p->clamped, "forwarded",
			 (json_int_t)p->forwarded, "dropped", (json_int_t)p->dropped, "held", (json_int_t)p->held,
			 "median_ns", medians);
}

json_t *profile_json(const struct profile_rows *rows)
{
	json_t *list = json_array(), *io = json_array();
	char cpu[128];
	int i;

	for (i = 0; i < rows->n; i++)
		json_array_append_new(rows->row[i].io ? io : list, row_json(&rows->row[i]));
	return json_pack("{s:s, s:s?, s:o, s:o}", "cpu", bty_cpu_model(cpu, sizeof(cpu)), "file", rows->file,
			 "elements", list, "io", io);
}

void profile_progress(const char *name, uint32_t done, uint32_t all)
{
	char bar[BAR + 1];
	uint32_t n;

	if (!isatty(STDERR_FILENO))
		return;
	if (!name) {
		fputs("\r\033[K", stderr);
		return;
	}
	n = all ? (uint32_t)((uint64_t)BAR * done / all) : 0;
	memset(bar, '.', BAR);
	memset(bar, '#', n);
	bar[BAR] = 0;
	fprintf(stderr, "\r\033[K[%s] %3u%% %.40s", bar, all ? (uint32_t)(100ULL * done / all) : 0, name);
	fflush(stderr);
}
