// SPDX-License-Identifier: GPL-2.0-or-later
/* Costs as JSON, ours and the original Batchy's; called by file.c. What is wrong is refused with the entry named. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../element/registry.h"
#include "internal.h"

#define MAX_ENTRIES 100000
#define TO_DO	    "; correct it, or delete the file and run `batchy-agent profile' again"

/* Where we are, for messages. */
struct reader {
	const char *file;
	char entry[80];
	struct bty_err *err;
};

static int wrong(struct reader *r, const char *key, const char *expected)
{
	return bty_fail(r->err, -EINVAL, "%s: %s: %s: expected %s" TO_DO, r->file, r->entry, key, expected);
}

static int get_ns(struct reader *r, const json_t *o, const char *key, double *ns)
{
	const json_t *v = json_object_get(o, key);

	*ns = json_number_value(v);
	if (!json_is_number(v) || !(*ns >= 0 && *ns <= BTY_COST_MAX_NS))
		return wrong(r, key, "nanoseconds from 0 to 1e9");
	return 0;
}

static int get_count(struct reader *r, const json_t *o, const char *key, uint64_t max, uint64_t *n)
{
	const json_t *v = json_object_get(o, key);

	*n = json_integer_value(v);
	if (v && (!json_is_integer(v) || json_integer_value(v) < 0 || *n > max))
		return wrong(r, key, "a count");
	return 0;
}

static int get_u32(struct reader *r, const json_t *o, const char *key, uint32_t *n)
{
	uint64_t v = 0;
	int ret = get_count(r, o, key, UINT32_MAX, &v);

	*n = v;
	return ret;
}

/* *out: a string of o, or NULL when there is none. */
static int get_text(struct reader *r, const json_t *o, const char *key, const char **out)
{
	const json_t *v = json_object_get(o, key);

	*out = json_string_value(v);
	return v && !*out ? wrong(r, key, "a text") : 0;
}

static int copy_text(struct reader *r, const json_t *o, const char *key, char *buf, size_t size)
{
	const char *s;
	int ret = get_text(r, o, key, &s);

	if (!ret && s && strlen(s) >= size)
		return wrong(r, key, "less than that");
	if (!ret && s)
		memcpy(buf, s, strlen(s) + 1);
	return ret;
}

static int get_fit(struct reader *r, const json_t *o, struct bty_cost_entry *e)
{
	if (get_ns(r, o, "t0_ns", &e->fit.t0_ns) || get_ns(r, o, "t1_ns", &e->fit.t1_ns) ||
	    get_ns(r, o, "t0_err_ns", &e->fit.t0_err_ns) || get_ns(r, o, "t1_err_ns", &e->fit.t1_err_ns) ||
	    get_ns(r, o, "resid_ns", &e->fit.resid_ns) || get_u32(r, o, "rounds", &e->fit.rounds) ||
	    get_u32(r, o, "b_min", &e->how.b_min) || get_u32(r, o, "b_max", &e->how.b_max) ||
	    get_u32(r, o, "samples", &e->how.samples) || get_u32(r, o, "left_out", &e->how.left_out) ||
	    copy_text(r, o, "date", e->date, sizeof(e->date)) ||
	    copy_text(r, o, "kernel", e->kernel, sizeof(e->kernel)))
		return -EINVAL;
	return 0;
}

/* By its own name where there is such a class: a file may have another of its names. */
static const char *class_name(const char *name)
{
	const struct bty_class *cls = bty_class_find(name);

	return cls ? cls->name : name;
}

static int add(struct reader *r, struct bty_costs *c, const char *name, const char *args, struct bty_cost_entry *e)
{
	e->class_name = strdup(name);
	e->args = args ? strdup(args) : NULL;
	if (!e->class_name || (args && !e->args)) {
		free(e->class_name);
		free(e->args);
		return bty_fail(r->err, -ENOMEM, "%s: out of memory", r->file);
	}
	return bty_costs_add(c, e) ? bty_fail(r->err, -ENOMEM, "%s: out of memory", r->file) : 0;
}

static int read_element(struct reader *r, struct bty_costs *c, const json_t *o)
{
	struct bty_cost_entry e = { 0 };
	const char *name, *args;

	if (!json_is_object(o))
		return wrong(r, "entry", "an object");
	if (get_text(r, o, "class", &name))
		return -EINVAL;
	if (!name || !*name)
		return wrong(r, "class", "the name of a class");
	if (get_text(r, o, "args", &args))
		return -EINVAL;
	snprintf(r->entry + strlen(r->entry), sizeof(r->entry) - strlen(r->entry), " (%.30s)", name);
	if (get_count(r, o, "entries", INT64_MAX, &e.entries) || get_fit(r, o, &e))
		return -EINVAL;
	return add(r, c, class_name(name), args, &e);
}

static int read_elements(struct reader *r, struct bty_costs *c, const json_t *list)
{
	const json_t *o;
	size_t i;
	int ret = 0;

	if (!json_is_array(list) || json_array_size(list) > MAX_ENTRIES)
		return bty_fail(r->err, -EINVAL, "%s: elements: expected a list" TO_DO, r->file);
	json_array_foreach (list, i, o) {
		snprintf(r->entry, sizeof(r->entry), "elements[%zu]", i);
		ret = read_element(r, c, o);
		if (ret)
			break;
	}
	return ret;
}

static int read_io(struct reader *r, struct bty_costs *c, const json_t *all)
{
	struct bty_cost_entry *e;
	const json_t *o;
	int i;

	if (all && !json_is_object(all))
		return bty_fail(r->err, -EINVAL, "%s: io: expected an object" TO_DO, r->file);
	for (i = 0; i < BTY_COST_NIO; i++) {
		e = &c->io[i];
		o = json_object_get(all, bty_cost_io_name(i));
		if (!o)
			continue;
		snprintf(r->entry, sizeof(r->entry), "io.%s", bty_cost_io_name(i));
		if (!json_is_object(o))
			return wrong(r, "entry", "an object");
		if (get_fit(r, o, e))
			return -EINVAL;
		e->class_name = strdup(bty_cost_io_name(i));
		if (!e->class_name)
			return bty_fail(r->err, -ENOMEM, "%s: out of memory", r->file);
	}
	return 0;
}

/* {"Class": {"T_0": ns, "T_1": ns, "stat": "average"}, ...}: of any arguments. */
static int read_original(struct reader *r, struct bty_costs *c, const json_t *all)
{
	struct bty_cost_entry e;
	const char *name;
	json_t *o;

	if (!json_object_size(all))
		return bty_fail(r->err, -EINVAL, "%s: no costs in it" TO_DO, r->file);
	json_object_foreach ((json_t *)all, name, o) {
		snprintf(r->entry, sizeof(r->entry), "%.60s", name);
		memset(&e, 0, sizeof(e));
		if (!json_is_object(o))
			return wrong(r, "entry", "an object with T_0 and T_1");
		if (get_ns(r, o, "T_0", &e.fit.t0_ns) || get_ns(r, o, "T_1", &e.fit.t1_ns) ||
		    add(r, c, class_name(name), NULL, &e))
			return -EINVAL;
	}
	return 0;
}

static int read_ours(struct reader *r, struct bty_costs *c, const json_t *all)
{
	const json_t *version = json_object_get(all, "version");
	int ret;

	if (!json_is_integer(version) || json_integer_value(version) != BTY_COST_VERSION)
		return bty_fail(r->err, -EINVAL, "%s: version: expected %d; it is of another batchy-agent", r->file,
				BTY_COST_VERSION);
	snprintf(r->entry, sizeof(r->entry), "head");
	ret = copy_text(r, all, "cpu", c->cpu, sizeof(c->cpu));
	if (!ret)
		ret = read_elements(r, c, json_object_get(all, "elements"));
	return ret ? ret : read_io(r, c, json_object_get(all, "io"));
}

int bty_costs_parse(const char *text, size_t len, const char *where, struct bty_costs **out, struct bty_err *err)
{
	struct reader r = { .file = where, .err = err };
	struct bty_costs *c = calloc(1, sizeof(*c));
	json_error_t je;
	json_t *all;
	int ret;

	if (!c)
		return bty_fail(err, -ENOMEM, "%s: out of memory", where);
	all = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);
	if (!all)
		ret = bty_fail(err, -EINVAL, "%s:%d: not JSON: %s" TO_DO, where, je.line, je.text);
	else if (!json_is_object(all))
		ret = bty_fail(err, -EINVAL, "%s: expected an object" TO_DO, where);
	else if (json_object_get(all, "version") || json_object_get(all, "elements"))
		ret = read_ours(&r, c, all);
	else
		ret = read_original(&r, c, all);
	json_decref(all);
	if (ret) {
		bty_costs_free(c);
		return ret;
	}
	bty_costs_compare_cpu(c);
	*out = c;
	return 0;
}

static json_t *fit_json(const struct bty_cost_entry *e)
{
	return json_pack("{s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:s, s:s}", "t0_ns", e->fit.t0_ns, "t1_ns",
			 e->fit.t1_ns, "t0_err_ns", e->fit.t0_err_ns, "t1_err_ns", e->fit.t1_err_ns, "resid_ns",
			 e->fit.resid_ns, "rounds", (json_int_t)e->fit.rounds, "b_min", (json_int_t)e->how.b_min,
			 "b_max", (json_int_t)e->how.b_max, "samples", (json_int_t)e->how.samples, "left_out",
			 (json_int_t)e->how.left_out, "date", e->date, "kernel", e->kernel);
}

static json_t *element_json(const struct bty_cost_entry *e)
{
	json_t *o = json_pack("{s:s, s:s*, s:I}", "class", e->class_name, "args", e->args, "entries",
			      (json_int_t)e->entries);
	json_t *fit = fit_json(e);

	if (!o || !fit || json_object_update(o, fit)) {
		json_decref(o);
		o = NULL;
	}
	json_decref(fit);
	return o;
}

json_t *bty_costs_to_json(const struct bty_costs *c)
{
	json_t *list = json_array(), *io = json_object();
	int i, failed = 0;

	for (i = 0; i < c->n; i++)
		failed |= json_array_append_new(list, element_json(&c->el[i]));
	for (i = 0; i < BTY_COST_NIO; i++)
		if (c->io[i].class_name)
			failed |= json_object_set_new(io, bty_cost_io_name(i), fit_json(&c->io[i]));
	if (failed) {
		json_decref(list);
		json_decref(io);
		return NULL;
	}
	return json_pack("{s:i, s:s, s:o, s:o}", "version", BTY_COST_VERSION, "cpu", c->cpu, "elements", list, "io",
			 io);
}
