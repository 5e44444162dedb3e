// SPDX-License-Identifier: GPL-2.0-or-later
/* user/control/json: the keys that users read, and what is null. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "user/control/json.h"

static void has_keys(const json_t *o, const char *const *keys)
{
	assert_true(json_is_object(o));
	for (; *keys; keys++)
		if (!json_object_get(o, *keys))
			fail_msg("key %s is missing", *keys);
}

#define HAS_KEYS(o, ...) has_keys(o, (const char *const[]){ __VA_ARGS__, NULL })

static json_t *first(json_t *doc, const char *list)
{
	json_t *a = json_object_get(doc, list);

	assert_int_equal(json_array_size(a), 1);
	return json_array_get(a, 0);
}

static json_int_t integer(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	assert_true(json_is_integer(v));
	return json_integer_value(v);
}

static void status(void **state)
{
	struct bty_snap_iface in = { "eth1", 7, "native", "link", "copy", "/p/host.click", .napi_defer_ns = 50000 };
	struct bty_snapshot s = { .uptime_ns = 5,
				  .controller = "slo",
				  .rx = 10,
				  .tx = 4,
				  .pass = 3,
				  .drop = 2,
				  .queued = 1,
				  .busy_workers = 0.5,
				  .nworkers = 2,
				  .nifaces = 1,
				  .iface = &in };
	json_t *d, *i, *t;

	s.drops[BTY_DROP_TTL_EXPIRED] = 2;
	d = bty_json_status(&s);
	HAS_KEYS(d, "version", "abi", "uptime_ns", "controller", "interfaces", "totals", "drops", "estimates");
	i = json_object_get(d, "workers");
	HAS_KEYS(i, "cpu_ns", "wakeups", "busy", "threads");
	assert_true(json_real_value(json_object_get(i, "busy")) == 0.25);
	i = first(d, "interfaces");
	HAS_KEYS(i, "name", "ifindex", "mode", "attach", "xsk_mode", "programs", "pipeline", "napi_defer_ns", "gone",
		 "schedule");
	assert_int_equal(integer(i, "ifindex"), 7);
	assert_string_equal(json_string_value(json_object_get(i, "xsk_mode")), "copy");
	assert_int_equal(json_integer_value(json_object_get(i, "napi_defer_ns")), 50000);
	t = json_object_get(d, "totals");
	HAS_KEYS(t, "rx", "tx", "pass", "drop", "queued");
	assert_int_equal(integer(t, "rx"), 10);
	assert_int_equal(integer(t, "queued"), 1);
	t = json_object_get(d, "drops");
	assert_int_equal(integer(t, "ttl_expired"), 2);
	assert_int_equal(integer(t, "queue_full"), 0);
	assert_int_equal(json_object_size(t), BTY_DROP_COUNT - 1);
	json_decref(d);
}

static void queue(void **state)
{
	struct bty_snap_queue q = { .name = "q1",
				    .interface = "eth1",
				    .backend = "xsk",
				    .trigger = 8,
				    .limit = 512,
				    .deadline_ns = 50000,
				    .packets = 30,
				    .batches = 4,
				    .released_trigger = 3,
				    .released_deadline = 1,
				    .spins = 5,
				    .spins_useful = 4,
				    .spun_ns = 90000,
				    .sleeps = 2,
				    .rate_pps = INFINITY,
				    .t0_ns = 400.5,
				    .t1_ns = NAN,
				    .schedule = "wfq",
				    .weight = 3 };
	struct bty_snapshot s = { .nqueues = 1, .queue = &q };
	json_t *d = bty_json_queues(&s), *o = first(d, "queues"), *w = json_object_get(o, "wait_ns");

	HAS_KEYS(o, "name", "interface", "backend", "trigger", "deadline_ns", "limit", "backlog", "packets", "batches",
		 "batch_avg", "released_trigger", "released_deadline", "drops", "wait_ns", "sleeps", "spins",
		 "spins_useful", "spun_ns", "t0_ns", "t1_ns", "schedule", "weight");
	assert_true(json_real_value(json_object_get(o, "t0_ns")) == 400.5);
	assert_true(json_real_value(json_object_get(o, "t1_ns")) == 0);
	assert_int_equal(integer(o, "weight"), 3);
	assert_int_equal(integer(o, "deadline_ns"), 50000);
	assert_true(json_real_value(json_object_get(o, "batch_avg")) == 7.5);
	assert_int_equal(integer(o, "sleeps"), 2);
	assert_int_equal(integer(o, "spins"), 5);
	assert_int_equal(integer(o, "spins_useful"), 4);
	assert_int_equal(integer(o, "spun_ns"), 90000);
	HAS_KEYS(w, "p50", "p95", "p99", "max");
	assert_true(json_is_null(json_object_get(w, "p50")));
	assert_true(json_is_null(json_object_get(w, "max")));
	json_decref(d);

	q.wait = (struct bty_quantiles){ 9, 1000, 2000, 3000, 4000 };
	d = bty_json_queues(&s);
	w = json_object_get(first(d, "queues"), "wait_ns");
	assert_int_equal(integer(w, "p50"), 1000);
	assert_int_equal(integer(w, "p95"), 2000);
	assert_int_equal(integer(w, "p99"), 3000);
	assert_int_equal(integer(w, "max"), 4000);
	json_decref(d);
}

static void element(void **state)
{
	struct bty_snap_element e = { .name = "ttl",
				      .class_name = "DecIPTTL",
				      .placement = "xdp",
				      .packets_in = 5,
				      .packets_out = 4,
				      .drops_total = 1,
				      .t0_ns = -1,
				      .t1_ns = 12.6 };
	struct bty_snapshot s = { .nelements = 1, .element = &e };
	json_t *d = bty_json_elements(&s), *o = first(d, "elements");

	HAS_KEYS(o, "name", "class", "placement", "packets_in", "packets_out", "drops", "batches", "t0_ns", "t1_ns",
		 "profile_t0_ns", "profile_t1_ns", "profile_match");
	assert_int_equal(integer(o, "drops"), 1);
	assert_true(json_is_null(json_object_get(o, "t0_ns")));
	assert_int_equal(integer(o, "t1_ns"), 13);
	json_decref(d);
}

static void flow(void **state)
{
	struct bty_snap_flow f = { .name = "robot",
				   .delay_slo_ns = 50000,
				   .rate_slo_pps = 10000,
				   .percentile = 95,
				   .packets = 3,
				   .bytes = 180,
				   .pps = 1.5,
				   .delay = { 3, 10, 20, 30, 40 },
				   .window_ns = 7000,
				   .windows = 3,
				   .violations = 2 };
	struct bty_snapshot s = { .nflows = 1, .flow = &f };
	json_t *d = bty_json_flows(&s), *o = first(d, "flows"), *a;

	HAS_KEYS(o, "name", "delay_slo_ns", "rate_slo_pps", "packets", "bytes", "pps", "delay_ns", "window_ns",
		 "windows", "violations");
	assert_int_equal(integer(o, "window_ns"), 7000);
	assert_int_equal(integer(o, "windows"), 3);
	assert_int_equal(integer(o, "violations"), 2);
	assert_int_equal(integer(json_object_get(o, "delay_ns"), "p99"), 30);
	assert_true(json_is_null(json_object_get(o, "admission")));
	json_decref(d);
	f.admission = "load too high";
	f.possible_pps = 1e6;
	d = bty_json_flows(&s);
	a = json_object_get(first(d, "flows"), "admission");
	HAS_KEYS(a, "met", "reason", "possible_pps", "possible_ns");
	assert_true(json_is_false(json_object_get(a, "met")) && json_is_null(json_object_get(a, "possible_ns")));
	assert_string_equal(json_string_value(json_object_get(a, "reason")), "load too high");
	json_decref(d);
	f.admission = "met";
	d = bty_json_flows(&s);
	a = json_object_get(first(d, "flows"), "admission");
	assert_true(json_is_true(json_object_get(a, "met")) && json_is_null(json_object_get(a, "reason")));
	json_decref(d);
}

static void nothing_is_empty_lists(void **state)
{
	struct bty_snapshot s = { 0 };
	json_t *d = bty_json_flows(&s);

	assert_int_equal(json_array_size(json_object_get(d, "flows")), 0);
	assert_true(json_is_array(json_object_get(d, "flows")));
	json_decref(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status),
		cmocka_unit_test(queue),
		cmocka_unit_test(element),
		cmocka_unit_test(flow),
		cmocka_unit_test(nothing_is_empty_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
