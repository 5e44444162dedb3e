// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench as a function, under the sanitizers: pipelines that copy, keep, drop, route and measure run without interfaces at
 * every size of batch, and account for each packet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "user/bench/bench.h"

static char dir[64], path[96];
static struct bty_bench b;
static struct bty_err err;

static void write_pipeline(const char *text)
{
	FILE *f;

	snprintf(path, sizeof(path), "%s/p.click", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static struct bty_bench_opts opts(uint32_t batch, const char *source)
{
	return (struct bty_bench_opts){
		.file = path, .run_ns = 20000000000ULL, .batch = batch, .source = source, .pcap = NULL
	};
}

static const struct bty_bench_element *element(const char *name)
{
	int i = bty_graph_find(b.g, name);

	assert_true(i >= 0);
	return &b.el[i];
}

/* Until its sources have come to an end. */
static void run(const char *text, uint32_t batch, const char *source)
{
	const struct bty_bench_opts o = opts(batch, source);

	write_pipeline(text);
	if (bty_bench_run(&o, &b, &err))
		fail_msg("%s", err.msg);
	assert_true(b.conserved);
	assert_true(b.elapsed_ns < o.run_ns);
}

static const uint32_t batches[] = { 1, 2, 31, 32, 255, 256 };

static void every_size_of_batch(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
		run("FromDevice(eth0) -> CheckIPHeader -> c :: IPClassifier(src port 1024, -);"
		    "c[0] -> q1 :: Queue(TRIGGER 5, DEADLINE 1us) -> t :: Tee(3); c[1] -> q2 :: Queue -> out :: ToHost;"
		    "t[0] -> out2 :: ToDevice(eth1); t[1] -> out2; t[2] -> Measure(3) -> s :: Sink;",
		    batches[i], "LIMIT 5000, FLOWS 4");
		assert_int_equal(b.packets, 5000);
		assert_int_equal(b.made, 5000 + 2 * 1250);
		assert_int_equal(element("out")->stats.pass, 3750);
		assert_int_equal(element("out2")->stats.tx, 2500);
		assert_int_equal(b.drops[BTY_DROP_SINK], 1250);
		assert_int_equal(b.queued, 0);
		/* a Queue hands on full batches but for the last one, whatever the file says */
		assert_int_equal(element("t")->stats.batches, (1250 + batches[i] - 1) / batches[i]);
		bty_bench_free(&b);
	}
}

static void two_devices(void **state)
{
	run("FromDevice(eth0) -> q :: Queue -> a :: ToDevice(eth1); FromDevice(eth1) -> Counter -> c :: "
	    "ToDevice(eth0);",
	    32, "LIMIT 999");
	assert_int_equal(b.packets, 1998);
	assert_int_equal(element("a")->stats.tx, 999);
	assert_int_equal(element("c")->stats.tx, 999);
	bty_bench_free(&b);
}

static void tables_in_plain_memory(void **state)
{
	run("FromDevice(eth0) -> r :: IPLookup(10.1.0.0/25 0, 10.1.0.128/25 1, 0.0.0.0/0 2);"
	    "r[0] -> a :: Sink; r[1] -> b :: Sink; r[2] -> c :: Sink;",
	    32, "LIMIT 4096, FLOWS 4096, DST 10.1.0.0, DSTS 256");
	assert_in_range(element("a")->stats.packets_in, 2000, 2100);
	assert_in_range(element("b")->stats.packets_in, 2000, 2100);
	assert_int_equal(element("c")->stats.packets_in, 0);
	bty_bench_free(&b);
}

/* One packet with two tags, as a capture. */
static void write_tagged(const char *name)
{
	static const uint32_t head[] = { 0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1, 1, 0, 100, 100 };
	static const uint8_t packet[100] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 5, 0x81, 0, 0, 7, 8, 0 };
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fwrite(head, sizeof(head), 1, f);
	fwrite(packet, sizeof(packet), 1, f);
	fclose(f);
}

/* A frame whose packet was cut is whole for the next one: AddressSanitizer, under which this runs, sees to it. */
static void frames_are_whole_again(void **state)
{
	struct bty_bench_opts o = opts(16, NULL);
	char name[96];

	snprintf(name, sizeof(name), "%s/tagged.pcap", dir);
	write_tagged(name);
	write_pipeline("FromDevice(eth0) -> VLANPop -> VLANPop -> q :: Queue -> s :: Sink;");
	o.pcap = name;
	o.run_ns = 20000000;
	if (bty_bench_run(&o, &b, &err))
		fail_msg("%s", err.msg);
	assert_true(element("s")->stats.packets_in > 16);
	assert_int_equal(element("s")->stats.packets_in, b.packets);
	bty_bench_free(&b);
	unlink(name);
}

/* What cannot be divided is not known. Halted at once, it may have come to a packet or not. */
static void no_packets(void **state)
{
	struct bty_bench_opts o = opts(1, NULL);
	int i, none = 0;

	write_pipeline("FromDevice(eth0) -> Sink;");
	o.run_ns = 0;
	for (i = 0; !none && i < 100; i++) {
		assert_int_equal(bty_bench_run(&o, &b, &err), 0);
		none = !b.packets;
		assert_true(none ? b.ns_per_packet < 0 : b.ns_per_packet > 0);
		bty_bench_free(&b);
	}
	assert_true(none);
}

static void reports_are_taken(void **state)
{
	run("FromDevice(eth0) -> m :: Measure(2) -> Sink;", 16, "LIMIT 100, FLOWS 5");
	assert_non_null(element("m")->report);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(element("m")->report, "delay_ns"), "count")), 100);
	assert_int_equal(json_array_size(json_object_get(element("m")->report, "flows")), 2);
	bty_bench_free(&b);
}

/* Rounds under a controller: what it costs to look is counted, what changes on the way does, nothing is lost. */
static void under_a_controller(void **state)
{
	static const char *const controllers[] = { "null", "max", "fix7", "slo" };
	struct bty_bench_opts o = opts(64, NULL);
	struct bty_bench_at at[3];
	size_t i;

	write_pipeline(
		"in :: FromDevice(eth0) -> r :: RandomSplit(1, 1); r[0] -> q1 :: Queue -> n1 :: Counter -> d :: Sink;"
		"r[1] -> q2 :: Queue -> n2 :: Counter -> d; Flow(a, PATH q1 n1, DELAY_SLO 1ms); Flow(b, PATH q2 n2);");
	assert_int_equal(bty_bench_at_parse("2:rate=in:20kpps", &at[0], &err), 0);
	assert_int_equal(bty_bench_at_parse("3:slo=b:2ms", &at[1], &err), 0);
	assert_int_equal(bty_bench_at_parse("4:controller=fix5", &at[2], &err), 0);
	o.control = (struct bty_bench_control){
		.period_ns = 20000000, .warmup_ns = 10000000, .rounds = 12, .at = at, .nat = 3
	};
	for (i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
		o.control.controller = controllers[i];
		if (bty_bench_run(&o, &b, &err))
			fail_msg("%s", err.msg);
		if (!b.conserved || b.queued)
			fail_msg("%s: made %llu, sent %llu, dropped %llu, held %llu", controllers[i],
				 (unsigned long long)b.made, (unsigned long long)b.tx, (unsigned long long)b.drop,
				 (unsigned long long)b.queued);
		assert_int_equal(b.rounds.n, 12);
		assert_true(b.rounds.control_ns > 0 && b.rounds.control_ns <= b.rounds.control_max_ns);
		assert_int_equal(b.rounds.queue[0].trigger, 5);
		assert_int_equal(b.rounds.flow[1].slo_ns, 2000000);
		assert_in_range(b.rounds.flow[0].packets, 1, b.packets);
		assert_in_range(b.rounds.flow[0].samples, 1, b.rounds.flow[0].packets);
		assert_true(b.rounds.flow[0].packets + b.rounds.flow[1].packets <= b.packets);
		bty_bench_free(&b);
	}
}

/* No packet is lost inside a worker when tasks share it by weight, however slow those behind are. */
static void weighted_fair_queueing(void **state)
{
	struct bty_bench_opts o = opts(64, "LIMIT 20000");

	o.schedule = BTY_WFQ;
	write_pipeline(
		"FromDevice(eth0) -> Queue(CAPACITY 128) -> r :: RandomSplit(1, 1); r[0] -> Queue(CAPACITY 64) -> "
		"Bypass(100) -> d :: Discard; r[1] -> Queue(CAPACITY 256) -> d;");
	if (bty_bench_run(&o, &b, &err))
		fail_msg("%s", err.msg);
	assert_true(b.conserved);
	assert_int_equal(b.packets, 20000);
	assert_int_equal(b.drops[BTY_DROP_DISCARD], 20000);
	bty_bench_free(&b);
}

/* Long enough to time its parts. */
static void time_is_divided(void **state)
{
	struct bty_bench_opts o = opts(8, NULL);
	double parts;

	write_pipeline("FromDevice(eth0) -> n :: Bypass(1000) -> Sink;");
	o.run_ns = 1000000000;
	if (bty_bench_run(&o, &b, &err))
		fail_msg("%s", err.msg);
	assert_true(b.conserved);
	assert_true(b.turns > 100);
	parts = b.source_ns_per_packet + b.parse_ns_per_packet + b.elements_ns_per_packet + b.rest_ns_per_packet;
	assert_true(parts > b.ns_per_packet / 2 && parts < b.ns_per_packet * 2);
	assert_true(element("n")->ns_per_packet > b.elements_ns_per_packet / 2);
	bty_bench_free(&b);
}

/* Each element accounts for its packets wherever it runs, while queues go to other workers and back. */
static void with_extra_workers(void **state)
{
	static const char *const text[] = { "1:worker=q1:1", "1:worker=q3:2", "2:worker=q1:2",	  "3:worker=q1:home",
					    "3:worker=q3:1", "4:worker=q1:1", "5:worker=q3:home", "6:worker=q3:2" };
	struct bty_bench_opts o = opts(64, NULL);
	struct bty_bench_at at[8];
	int i;

	write_pipeline(
		"in :: FromDevice(eth0) -> r :: RandomSplit(1, 1);"
		"r[0] -> q1 :: Queue -> n1 :: Counter -> t :: Tee(2); t[0] -> d :: Sink; t[1] -> x :: ToDevice(eth1);"
		"r[1] -> q2 :: Queue -> q3 :: Queue -> n3 :: Counter -> s :: RandomSplit(1, 1); s[0] -> n4 :: Counter "
		"-> d;"
		"s[1] -> h :: ToHost; Flow(a, PATH q1 n1 x); Flow(b, PATH q3 n3 n4);");
	for (i = 0; i < 8; i++)
		assert_int_equal(bty_bench_at_parse(text[i], &at[i], &err), 0);
	o.extra = 2;
	o.control = (struct bty_bench_control){
		.controller = "fix7", .period_ns = 20000000, .warmup_ns = 10000000, .rounds = 12, .at = at, .nat = 8
	};
	if (bty_bench_run(&o, &b, &err))
		fail_msg("%s", err.msg);
	assert_true(b.conserved);
	assert_int_equal(b.queued, 0);
	assert_int_equal(b.rounds.queue[0].server, 1);
	assert_int_equal(b.rounds.queue[2].server, 2);
	assert_int_equal(b.rounds.queue[0].moves + b.rounds.queue[2].moves, 8);
	assert_true(b.rounds.flow[0].packets > 0 && b.rounds.flow[1].packets > 0);
	bty_bench_free(&b);
	assert_int_equal(bty_bench_at_parse("1:worker=q2:1", &at[0], &err), 0);
	assert_int_equal(bty_bench_run(&o, &b, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "q3 (Queue) behind it stays, because it is a queue"));
	assert_int_equal(bty_bench_at_parse("1:worker=q1:3", &at[0], &err), 0);
	assert_int_equal(bty_bench_run(&o, &b, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "worker 3: there are 2"));
}

static void what_is_wrong_is_said(void **state)
{
	struct bty_bench_opts o = opts(8, "LENGTH 5");

	write_pipeline("in :: FromDevice(eth0) -> Sink;");
	assert_int_equal(bty_bench_run(&o, &b, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "--source:1:1: in: LENGTH"));
	o.source = NULL;
	o.pcap = "/none.pcap";
	assert_int_equal(bty_bench_run(&o, &b, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/none.pcap: No such file"));
	write_pipeline("in :: FromDevice(eth0) -> Snik;");
	assert_int_equal(bty_bench_run(&o, &b, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "p.click:1:"));
	write_pipeline("in :: FromDevice(eth0) -> IPLookup(FILE none.txt) -> Sink;");
	o.pcap = NULL;
	assert_true(bty_bench_run(&o, &b, &err) < 0);
	assert_non_null(strstr(err.msg, "none.txt"));
	assert_null(b.g);
}

static int make_dir(void **state)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%.40s/bty-bench-XXXXXX", tmp ? tmp : "/tmp");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_of_batch),
		cmocka_unit_test(two_devices),
		cmocka_unit_test(tables_in_plain_memory),
		cmocka_unit_test(frames_are_whole_again),
		cmocka_unit_test(no_packets),
		cmocka_unit_test(reports_are_taken),
		cmocka_unit_test(under_a_controller),
		cmocka_unit_test(weighted_fair_queueing),
		cmocka_unit_test(time_is_divided),
		cmocka_unit_test(with_extra_workers),
		cmocka_unit_test(what_is_wrong_is_said),
	};

	return cmocka_run_group_tests_name("bench", tests, make_dir, remove_dir);
}
