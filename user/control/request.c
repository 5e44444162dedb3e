// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verbs of the control socket. A request names its verb and has the keys that verb knows, no others: a newer
 * client's option is refused by an older agent, never ignored.
 */
#include <stdlib.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../decide/decide.h"
#include "../load/defer.h"
#include "../run/run.h"
#include "json.h"
#include "request.h"
#include "tables.h"

struct request {
	struct bty_agent *agent;
	const json_t *json;
	const struct bty_server_stats *stats;
	struct bty_err err;
};

struct verb {
	const char *name;
	const char *keys;		   /* it knows, between spaces */
	json_t *(*run)(struct request *r); /* NULL: err says why */
};

static const char *const mode_names[] = { "auto", "native", "generic", NULL };
static const char *const fuse_names[] = { "auto", "on", "off", NULL };

/* Its place in names, or -EINVAL. */
static int find_word(const char *const *names, const char *name)
{
	int i;

	for (i = 0; names[i]; i++)
		if (!strcmp(name, names[i]))
			return i;
	return -EINVAL;
}

int bty_fuse_parse(const char *name, enum bty_fuse *fuse)
{
	int i = find_word(fuse_names, name);

	if (i >= 0)
		*fuse = i;
	return i < 0 ? i : 0;
}

int bty_mode_parse(const char *name, enum bty_mode *mode)
{
	int i = find_word(mode_names, name);

	if (i >= 0)
		*mode = i;
	return i < 0 ? i : 0;
}

json_t *bty_attach_to_json(const struct bty_attach_opts *o)
{
	json_t *sets = json_array();
	int i;

	for (i = 0; i < o->nsets; i++)
		json_array_append_new(sets, json_pack("[s, s]", o->sets[i].name, o->sets[i].value));
	return json_pack("{s:s, s:s, s:s*, s:I, s:s, s:s, s:o, s:s*, s:I, s:b, s:I, s:I, s:b, s:s, s:I, s:s, s:s*}",
			 "verb", "attach", "iface", o->iface, "pipeline", o->pipeline, "slo_ns", (json_int_t)o->slo_ns,
			 "mode", mode_names[o->mode], "fuse", fuse_names[o->fuse], "sets", sets, "cpus", o->cpus,
			 "vector", (json_int_t)o->vec_pkts, "busy_poll", o->busy_poll, "spin_max_ns",
			 (json_int_t)o->spin_max_ns, "napi_defer_ns", (json_int_t)o->napi_defer_ns, "pin", o->pin,
			 "schedule", bty_schedule_name(o->schedule), "extra_workers", (json_int_t)o->extra, "decompose",
			 bty_decompose_name(o->decompose), "costs", o->costs);
}

/* A string of the request; NULL when it is not there. -EINVAL when it is something else. */
static int get_string(struct request *r, const char *key, const char **out)
{
	json_t *v = json_object_get(r->json, key);

	*out = json_string_value(v);
	return v && !*out ? bty_fail(&r->err, -EINVAL, "request: %s: expected a string", key) : 0;
}

/* An integer of 0..max; *out is left alone when it is not there. */
static int get_uint(struct request *r, const char *key, uint64_t max, uint64_t *out, int *given)
{
	json_t *v = json_object_get(r->json, key);

	*given = !!v;
	if (!v)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < 0 || (uint64_t)json_integer_value(v) > max)
		return bty_fail(&r->err, -EINVAL, "request: %s: expected an integer from 0 to %llu", key,
				(unsigned long long)max);
	*out = json_integer_value(v);
	return 0;
}

static int get_bool(struct request *r, const char *key, int *out)
{
	json_t *v = json_object_get(r->json, key);

	*out = json_is_true(v);
	return v && !json_is_boolean(v) ? bty_fail(&r->err, -EINVAL, "request: %s: expected true or false", key) : 0;
}

static int need_string(struct request *r, const char *key, const char **out)
{
	if (get_string(r, key, out))
		return -EINVAL;
	return *out ? 0 : bty_fail(&r->err, -EINVAL, "request: %s is missing", key);
}

/* [["NAME", "value"], ...]; *sets is malloc'd, its strings belong to the request. */
static int get_sets(struct request *r, struct bty_set **sets, int *nsets)
{
	json_t *list = json_object_get(r->json, "sets"), *pair;
	size_t i;

	*sets = NULL;
	*nsets = 0;
	if (!list)
		return 0;
	if (!json_is_array(list))
		return bty_fail(&r->err, -EINVAL, "request: sets: expected [[name, value], ...]");
	*sets = calloc(json_array_size(list) + 1, sizeof(**sets));
	if (!*sets)
		return bty_fail(&r->err, -ENOMEM, "out of memory");
	json_array_foreach (list, i, pair) {
		(*sets)[i].name = json_string_value(json_array_get(pair, 0));
		(*sets)[i].value = json_string_value(json_array_get(pair, 1));
		if (!(*sets)[i].name || !(*sets)[i].value || json_array_size(pair) != 2)
			return bty_fail(&r->err, -EINVAL, "request: sets: expected [[name, value], ...]");
		++*nsets;
	}
	return 0;
}

static int get_attach(struct request *r, struct bty_attach_opts *o, struct bty_set **sets)
{
	const char *mode, *fuse, *controller, *schedule, *decompose;
	uint64_t vector = 0, extra = 0;
	int given;

	if (need_string(r, "iface", &o->iface) || get_string(r, "pipeline", &o->pipeline) ||
	    get_uint(r, "slo_ns", INT64_MAX, &o->slo_ns, &given) || get_string(r, "mode", &mode) ||
	    get_string(r, "fuse", &fuse) || get_sets(r, sets, &o->nsets) || get_string(r, "cpus", &o->cpus) ||
	    get_uint(r, "vector", BTY_VEC_MAX, &vector, &given) || get_bool(r, "busy_poll", &o->busy_poll) ||
	    get_uint(r, "spin_max_ns", BTY_SPIN_MOST_NS, &o->spin_max_ns, &given) ||
	    get_uint(r, "napi_defer_ns", BTY_DEFER_MAX_NS, &o->napi_defer_ns, &given) || get_bool(r, "pin", &o->pin) ||
	    get_string(r, "controller", &controller) || get_string(r, "schedule", &schedule) ||
	    get_string(r, "costs", &o->costs) || get_uint(r, "extra_workers", BTY_MAX_EXTRA, &extra, &given) ||
	    get_string(r, "decompose", &decompose))
		return -EINVAL;
	o->sets = *sets;
	o->extra = extra;
	if (decompose && bty_decompose_parse(decompose, &o->decompose))
		return bty_fail(&r->err, -EINVAL, "request: decompose: expected " BTY_DECOMPOSE_NAMES);
	o->vec_pkts = vector;
	if (mode && bty_mode_parse(mode, &o->mode))
		return bty_fail(&r->err, -EINVAL, "request: mode: expected auto, native or generic");
	if (fuse && bty_fuse_parse(fuse, &o->fuse))
		return bty_fail(&r->err, -EINVAL, "request: fuse: expected auto, on or off");
	if (schedule && bty_schedule_parse(schedule, &o->schedule))
		return bty_fail(&r->err, -EINVAL, "request: schedule: expected rtc or wfq");
	if (o->napi_defer_ns && o->napi_defer_ns < BTY_DEFER_MIN_NS)
		return bty_fail(&r->err, -EINVAL, "request: napi_defer_ns: expected 0 or at least %llu",
				BTY_DEFER_MIN_NS);
	if (o->pipeline && o->pipeline[0] != '/')
		return bty_fail(&r->err, -EINVAL, "request: pipeline: expected an absolute path");
	if (o->costs && o->costs[0] != '/')
		return bty_fail(&r->err, -EINVAL, "request: costs: expected an absolute path");
	if (controller && strcmp(controller, bty_agent_controller(r->agent)))
		return bty_fail(&r->err, -EBUSY,
				"the agent runs with controller %s; change it with `batchy-agent controller set %s`",
				bty_agent_controller(r->agent), controller);
	return 0;
}

static json_t *run_attach(struct request *r)
{
	struct bty_attach_opts o = { .spin_max_ns = BTY_SPIN_MAX_NS };
	struct bty_set *sets = NULL;
	int failed;

	failed = get_attach(r, &o, &sets) || bty_agent_attach(r->agent, &o, &r->err);
	free(sets);
	return failed ? NULL : json_pack("{s:I}", "pid", (json_int_t)getpid());
}

static json_t *run_detach(struct request *r)
{
	const char *iface;
	int all;

	if (get_string(r, "iface", &iface) || get_bool(r, "all", &all))
		return NULL;
	if (!iface == !all) {
		bty_fail(&r->err, -EINVAL, "request: expected either iface or all");
		return NULL;
	}
	return bty_agent_detach(r->agent, iface, &r->err) ? NULL : json_object();
}

/* One snapshot, shown by whichever of the functions are not NULL, in one object. */
static json_t *show(struct request *r, json_t *(*const *as)(const struct bty_snapshot *))
{
	json_t *all = json_object(), *part;
	struct bty_snapshot s;

	if (bty_agent_snapshot(r->agent, &s)) {
		json_decref(all);
		bty_fail(&r->err, -ENOMEM, "out of memory");
		return NULL;
	}
	for (; *as; as++) {
		part = (*as)(&s);
		if (!part || json_object_update(all, part)) {
			json_decref(all);
			all = NULL;
			bty_fail(&r->err, -ENOMEM, "out of memory");
		}
		json_decref(part);
		if (!all)
			break;
	}
	bty_snapshot_free(&s);
	return all;
}

static json_t *add_control(struct request *r, json_t *status)
{
	const struct bty_server_stats *st = r->stats;

	if (status) {
		json_object_set_new(status, "pid", json_integer(getpid()));
		json_object_set_new(status, "control",
				    json_pack("{s:I, s:I, s:I, s:I}", "requests", (json_int_t)st->requests, "failed",
					      (json_int_t)st->failed, "refused", (json_int_t)st->refused, "expired",
					      (json_int_t)st->expired));
	}
	return status;
}

static json_t *run_status(struct request *r)
{
	return add_control(r, show(r, (json_t * (*const[])(const struct bty_snapshot *)){ bty_json_status, NULL }));
}

static json_t *run_queue_show(struct request *r)
{
	return show(r, (json_t * (*const[])(const struct bty_snapshot *)){ bty_json_queues, NULL });
}

static json_t *run_element_show(struct request *r)
{
	return show(r, (json_t * (*const[])(const struct bty_snapshot *)){ bty_json_elements, NULL });
}

static json_t *run_flow_show(struct request *r)
{
	return show(r, (json_t * (*const[])(const struct bty_snapshot *)){ bty_json_flows, NULL });
}

/* What `top` draws, all from the same moment. */
static json_t *run_snapshot(struct request *r)
{
	return add_control(
		r, show(r, (json_t * (*const[])(const struct bty_snapshot *)){
				   bty_json_status, bty_json_queues, bty_json_elements, bty_json_flows, NULL }));
}

/* A number from 1, "home" or "auto". */
static int get_server(struct request *r, int *server, int *given)
{
	const json_t *v = json_object_get(r->json, "worker");
	const char *word = json_string_value(v);

	*given = !!v;
	if (!v)
		return 0;
	*server = word && !strcmp(word, "auto") ? BTY_SERVER_AUTO : BTY_SERVER_HOME;
	if (json_is_integer(v) && json_integer_value(v) >= 1 && json_integer_value(v) <= BTY_MAX_EXTRA)
		*server = (int)json_integer_value(v);
	else if (!word || (strcmp(word, "auto") && strcmp(word, "home")))
		return bty_fail(&r->err, -EINVAL, "request: worker: expected home, auto or 1 to %d", BTY_MAX_EXTRA);
	return 0;
}

static json_t *run_queue_set(struct request *r)
{
	int has_trigger, has_deadline, has_server, server;
	uint64_t trigger = 0, deadline = 0;
	struct bty_queue_values v;
	const char *name;
	uint32_t t;

	if (need_string(r, "name", &name) || get_uint(r, "trigger", UINT32_MAX, &trigger, &has_trigger) ||
	    get_uint(r, "deadline_ns", INT64_MAX, &deadline, &has_deadline) || get_server(r, &server, &has_server))
		return NULL;
	if (!has_trigger && !has_deadline && !has_server) {
		bty_fail(&r->err, -EINVAL, "request: expected trigger, deadline_ns or worker");
		return NULL;
	}
	t = trigger;
	v = (struct bty_queue_values){ has_trigger ? &t : NULL, has_deadline ? &deadline : NULL,
				       has_server ? &server : NULL };
	return bty_agent_queue_set(r->agent, name, &v, &r->err) ? NULL : json_object();
}

static json_t *run_flow_set(struct request *r)
{
	uint64_t slo = 0;
	const char *name;
	int given;

	if (need_string(r, "name", &name) || get_uint(r, "slo_ns", INT64_MAX, &slo, &given))
		return NULL;
	if (!given) {
		bty_fail(&r->err, -EINVAL, "request: slo_ns is missing");
		return NULL;
	}
	return bty_agent_flow_set(r->agent, name, slo, &r->err) ? NULL : json_object();
}

static json_t *run_controller_show(struct request *r)
{
	struct bty_deadtime d;
	double mean;

	bty_agent_deadtime(r->agent, &d);
	mean = d.periods ? (double)d.total_ns / (double)d.periods : 0;
	return json_pack("{s:s, s:I, s:I, s:{s:I, s:f, s:I}, s:I, s:I}", "controller", bty_agent_controller(r->agent),
			 "period_ns", (json_int_t)d.period_ns, "periods", (json_int_t)d.periods, "deadtime_ns", "last",
			 (json_int_t)d.last_ns, "mean", mean, "max", (json_int_t)d.max_ns, "clamped",
			 (json_int_t)d.clamped, "stalls", (json_int_t)d.stalls);
}

static json_t *run_controller_set(struct request *r)
{
	const char *name;

	if (need_string(r, "name", &name) || bty_agent_controller_set(r->agent, name, &r->err))
		return NULL;
	return json_object();
}

/* Without a name: what tables there are. */
static json_t *run_table_show(struct request *r)
{
	uint64_t index = 0, from = 0, learned_at = 0;
	const char *name;
	int given;

	if (get_string(r, "name", &name) || get_uint(r, "index", BTY_MAX_DEVICES, &index, &given) ||
	    get_uint(r, "from", UINT32_MAX, &from, &given) ||
	    get_uint(r, "learned_at", UINT32_MAX, &learned_at, &given))
		return NULL;
	return name ? bty_tables_page(r->agent, name, index, from, learned_at, &r->err)
		    : bty_tables_list(r->agent, &r->err);
}

static json_t *table_change(struct request *r, enum bty_change what, const char *key)
{
	const char *name, *text;
	uint64_t entries = 0;

	if (need_string(r, "name", &name) || need_string(r, key, &text))
		return NULL;
	if (what == BTY_TABLE_LOAD && text[0] != '/') {
		bty_fail(&r->err, -EINVAL, "request: file: expected an absolute path");
		return NULL;
	}
	if (bty_tables_change(r->agent, name, what, text, &entries, &r->err))
		return NULL;
	return json_pack("{s:I}", "entries_total", (json_int_t)entries);
}

static json_t *run_table_set(struct request *r)
{
	return table_change(r, BTY_TABLE_SET, "entry");
}

static json_t *run_table_del(struct request *r)
{
	return table_change(r, BTY_TABLE_DEL, "entry");
}

static json_t *run_table_load(struct request *r)
{
	return table_change(r, BTY_TABLE_LOAD, "file");
}

static const struct verb verbs[] = {
	{ "attach",
	  " verb iface pipeline slo_ns mode fuse sets cpus vector busy_poll spin_max_ns napi_defer_ns pin controller "
	  "schedule costs extra_workers decompose ",
	  run_attach },
	{ "detach", " verb iface all ", run_detach },
	{ "status", " verb ", run_status },
	{ "snapshot", " verb ", run_snapshot },
	{ "queue show", " verb ", run_queue_show },
	{ "queue set", " verb name trigger deadline_ns worker ", run_queue_set },
	{ "element show", " verb ", run_element_show },
	{ "flow show", " verb ", run_flow_show },
	{ "flow set", " verb name slo_ns ", run_flow_set },
	{ "table show", " verb name index from learned_at ", run_table_show },
	{ "table set", " verb name entry ", run_table_set },
	{ "table del", " verb name entry ", run_table_del },
	{ "table load", " verb name file ", run_table_load },
	{ "controller show", " verb ", run_controller_show },
	{ "controller set", " verb name ", run_controller_set },
};

static const struct verb *find_verb(struct request *r)
{
	const char *name;
	size_t i;

	if (need_string(r, "verb", &name))
		return NULL;
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	bty_fail(&r->err, -EINVAL, "this agent (%s) does not know the verb '%.40s'; start it again after an upgrade",
		 BTY_VERSION, name);
	return NULL;
}

static int check_keys(struct request *r, const struct verb *v)
{
	char spaced[48];
	const char *key;
	void *it;

	for (it = json_object_iter((json_t *)r->json); it; it = json_object_iter_next((json_t *)r->json, it)) {
		key = json_object_iter_key(it);
		snprintf(spaced, sizeof(spaced), " %s ", key);
		if (strchr(key, ' ') || !strstr(v->keys, spaced))
			return bty_fail(&r->err, -EINVAL, "this agent (%s) does not know the option '%.40s' of %s",
					BTY_VERSION, key, v->name);
	}
	return 0;
}

json_t *bty_request_error(const char *why)
{
	return json_pack("{s:b, s:s}", "ok", 0, "error", why);
}

/* The message may quote what the client sent cut in the middle of a character, which is no JSON string. */
static json_t *error_of(struct bty_err *err)
{
	json_t *j = bty_request_error(err->msg[0] ? err->msg : "out of memory");
	char *c;

	if (j)
		return j;
	for (c = err->msg; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return bty_request_error(err->msg);
}

json_t *bty_request_run(struct bty_agent *a, const char *text, size_t len, const struct bty_server_stats *stats)
{
	struct request r = { .agent = a, .stats = stats };
	const struct verb *v;
	json_t *reply = NULL;
	json_error_t je;
	json_t *json;

	json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);
	r.json = json;
	if (!json)
		bty_fail(&r.err, -EINVAL, "request: not JSON: %s", je.text);
	else if (!json_is_object(json))
		bty_fail(&r.err, -EINVAL, "request: expected an object");
	else if ((v = find_verb(&r)) && !check_keys(&r, v))
		reply = v->run(&r);
	if (reply)
		json_object_set_new(reply, "ok", json_true());
	else
		reply = error_of(&r.err);
	json_decref(json);
	return reply;
}
