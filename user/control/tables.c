// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changing tables: every pipeline's update is made aside first, then all are swapped in; so what fails leaves everything as
 * it was. Called by request.c.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../lib/log.h"
#include "../run/run.h"
#include "pipeline.h"
#include "tables.h"

#define ENTRY_TEXT 1024
#define NICE	   10 /* of making tables */

static int find(const struct bty_pipeline *p, const char *name)
{
	int i = bty_graph_find(p->graph, name);

	return i >= 0 && p->graph->el[i].entries ? i : -1;
}

static int fail_unknown(const struct bty_agent *a, const char *name, struct bty_err *err)
{
	const struct bty_pipeline *p;
	int i;

	for (p = bty_agent_pipelines(a); p; p = p->next) {
		i = bty_graph_find(p->graph, name);
		if (i >= 0)
			return bty_fail(err, -ENOTSUP, "table %s: a %s has no entries to show or set", name,
					p->graph->el[i].cls->name);
	}
	return bty_fail(err, -ENOENT, "table %s: unknown; batchy-agent table show lists the tables", name);
}

/* Memory of an element's rows. */
static uint64_t table_bytes(const struct bty_pipeline *p, int el)
{
	uint64_t sum = 0;
	int n;

	for (n = 0; n < BTY_MAX_TABLES; n++)
		sum += (uint64_t)p->dp->table[el][n].nrows * p->dp->table[el][n].row_size;
	return sum;
}

/* The agent's own command line is not always UTF-8, and a pipeline's folder neither. */
static json_t *name_json(const char *name)
{
	json_t *j = json_string(name);
	char *copy, *c;

	if (j)
		return j;
	copy = strdup(name);
	for (c = copy; c && *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	j = json_string(copy);
	free(copy);
	return j;
}

static json_t *describe(const struct bty_pipeline *p, int i)
{
	const struct bty_element *el = &p->graph->el[i];

	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:I}", "name", el->name, "class", el->cls->name,
			 "interface", p->iface, "pipeline", name_json(p->graph->file), "file",
			 name_json(el->entries->file), "entries_total", (json_int_t)el->entries->n, "bytes",
			 (json_int_t)table_bytes(p, i), "version", (json_int_t)el->entries->version);
}

json_t *bty_tables_list(const struct bty_agent *a, struct bty_err *err)
{
	const struct bty_pipeline *p;
	json_t *list = json_array();
	int i;

	for (p = bty_agent_pipelines(a); p; p = p->next)
		for (i = 0; i < p->graph->nel; i++)
			if (p->graph->el[i].entries && json_array_append_new(list, describe(p, i)))
				goto fail;
	return json_pack("{s:o}", "tables", list);
fail:
	bty_fail(err, -ENOMEM, "out of memory");
	json_decref(list);
	return NULL;
}

static json_t *page(const struct bty_element *el, uint64_t from)
{
	const struct bty_entries *e = el->entries;
	json_t *list = json_array();
	char text[ENTRY_TEXT];
	uint64_t i;

	for (i = from; i < e->n && i < from + BTY_TABLE_PAGE; i++) {
		e->ops->print(el->args, bty_entry(e, i), text, sizeof(text));
		json_array_append_new(list, json_string(text));
	}
	return list;
}

/* What packets have taught it, from `at` on. Returns where the next answer goes on, 0 at the end. */
static uint64_t learned(const struct bty_pipeline *p, int i, uint64_t at, json_t *list)
{
	const struct bty_element *el = &p->graph->el[i];
	struct bty_learned l;
	struct timespec ts;
	uint64_t now_ns;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now_ns = (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
	while (el->cls->table_ops->learned(el->args, p->dp->table[i], now_ns, &at, &l)) {
		json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "entry", l.text, "state", l.state, "age_ns",
						      (json_int_t)l.age_ns));
		if (json_array_size(list) == BTY_TABLE_PAGE)
			return at;
	}
	return 0;
}

static int add_learned(const struct bty_pipeline *p, int i, uint64_t from, uint64_t at, json_t *answer)
{
	json_t *list;
	uint64_t next;

	/* an answer that goes on with the entries alone has no more of it */
	if (!p->graph->el[i].cls->table_ops->learned || (from && !at))
		return 0;
	list = json_array();
	next = learned(p, i, at, list);
	return json_object_set_new(answer, "learned", list) ||
	       json_object_set_new(answer, "learned_next", json_integer((json_int_t)next));
}

json_t *bty_tables_page(const struct bty_agent *a, const char *name, uint64_t index, uint64_t from, uint64_t learned_at,
			struct bty_err *err)
{
	const struct bty_pipeline *p;
	json_t *answer;
	int i = -1;

	for (p = bty_agent_pipelines(a); p; p = p->next) {
		i = find(p, name);
		if (i >= 0 && !index--)
			break;
	}
	if (!p) {
		fail_unknown(a, name, err);
		return NULL;
	}
	answer = describe(p, i);
	if (!answer || json_object_set_new(answer, "entries", page(&p->graph->el[i], from)) ||
	    add_learned(p, i, from, learned_at, answer))
		bty_fail(err, -ENOMEM, "out of memory");
	return answer;
}

/* Nothing is changed while a worker may still take over the change before. */
static int settle(struct bty_pipeline *p, struct bty_err *err)
{
	if (!p->held)
		return 0;
	if (bty_run_renew(p->run, p->held->index))
		return bty_fail(err, -EBUSY,
				"table %s: a worker has not taken over the last change yet, because its CPU is taken; "
				"attach with other --cpus",
				p->held->el->name);
	bty_update_free(p->held);
	p->held = NULL;
	return 0;
}

static int make(struct bty_pipeline *p, const char *name, enum bty_change what, const char *text, struct bty_err *err)
{
	struct bty_entries *entries;
	struct bty_element *el;
	struct bty_err why;
	int ret, i = find(p, name);

	if (i < 0)
		return 0;
	ret = settle(p, err);
	if (ret)
		return ret;
	el = &p->graph->el[i];
	ret = bty_entries_change(el->entries, el->args, what, text, el->nout, &entries, &why);
	if (ret)
		return bty_fail(err, ret, "table %s: %s", name, why.msg);
	ret = bty_update_make(p->dp, p->graph, i, entries, &p->update, &why);
	return ret ? bty_fail(err, ret, "table %s: %s", name, why.msg) : 0;
}

/* Making tables is much work, and workers may share its CPU: what is done for all pipelines is done in a thread behind them. */
struct making {
	struct bty_pipeline *first;
	const char *name, *text;
	enum bty_change what;
	struct bty_err *err;
	int ret;
};

static void *make_all(void *arg)
{
	struct making *m = arg;
	struct bty_pipeline *p;

	setpriority(PRIO_PROCESS, gettid(), NICE);
	for (p = m->first; p && !m->ret; p = p->next)
		m->ret = make(p, m->name, m->what, m->text, m->err);
	return NULL;
}

static int make_behind(struct making *m)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, make_all, m))
		return bty_fail(m->err, -ENOMEM, "table %s: no thread", m->name);
	pthread_join(thread, NULL);
	return m->ret;
}

/* In every pipeline that has an update; or takes it back in those before the one that fails. */
static int swap(struct bty_pipeline *first, struct bty_err *err)
{
	struct bty_pipeline *p, *q;
	struct bty_err again;
	int ret = 0;

	for (p = first; p; p = p->next) {
		if (p->update)
			ret = bty_update_swap(p->update, err);
		if (ret)
			break;
	}
	for (q = first; ret && q != p; q = q->next)
		if (q->update && bty_update_swap(q->update, &again))
			bty_warn("%s", again.msg);
	return ret;
}

static void finish(struct bty_pipeline *p)
{
	if (bty_run_renew(p->run, p->update->index)) {
		bty_warn("table %s: a worker does not get to run, and still uses the table as it was",
			 p->update->el->name);
		p->held = p->update;
	} else {
		bty_update_free(p->update);
	}
	p->update = NULL;
}

int bty_tables_change(struct bty_agent *a, const char *name, enum bty_change what, const char *text, uint64_t *entries,
		      struct bty_err *err)
{
	struct bty_pipeline *first = bty_agent_pipelines(a), *p;
	struct making m = { .first = first, .name = name, .text = text, .what = what, .err = err };
	int ret;

	for (p = first; p && find(p, name) < 0; p = p->next)
		;
	if (!p)
		return fail_unknown(a, name, err);
	ret = make_behind(&m);
	if (!ret)
		ret = swap(first, err);
	for (p = first; p; p = p->next) {
		if (!p->update)
			continue;
		*entries = p->update->el->entries->n;
		if (!ret)
			finish(p);
		bty_update_free(p->update);
		p->update = NULL;
	}
	return ret;
}
