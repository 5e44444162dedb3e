// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line as a user sees it: exit status, standard output and standard error of whole commands, each run in a child
 * of this test, against a fake agent in another. main() of the agent is linked as cli_main().
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "fake_agent.h"
#include "user/cli/benchshow.h"
#include "user/control/paths.h"
#include "user/control/server.h"

int cli_main(int argc, char **argv);

#define MAX_ARGS 16

static char folder[] = "/tmp/batchy-test-XXXXXX";
static char out[1 << 20], err[1 << 16];
static const char *const all_verbs[] = { "attach", "detach",	 "status", "top",   "queue", "element",
					 "flow",   "controller", "tcp",	   "check", "doctor" };

static void slurp(FILE *f, char *buf, size_t size)
{
	rewind(f);
	buf[fread(buf, 1, size - 1, f)] = 0;
	fclose(f);
}

/* Runs one command line, split at blanks; its output into out and err. Returns its exit status. */
static int run(const char *line)
{
	char *argv[MAX_ARGS] = { "batchy-agent" }, *copy = strdup(line), *save, *word;
	FILE *o = tmpfile(), *e = tmpfile();
	int argc = 1, status;
	pid_t pid;

	for (word = strtok_r(copy, " ", &save); word && argc < MAX_ARGS - 1; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		dup2(fileno(o), STDOUT_FILENO);
		dup2(fileno(e), STDERR_FILENO);
		status = cli_main(argc, argv);
		fflush(stdout);
		_exit(status);
	}
	waitpid(pid, &status, 0);
	free(copy);
	slurp(o, out, sizeof(out));
	slurp(e, err, sizeof(err));
	if (!WIFEXITED(status))
		fail_msg("'%s' died: %s", line, err);
	return WEXITSTATUS(status);
}

static void expect(const char *line, int status)
{
	int got = run(line);

	if (got != status)
		fail_msg("'%s': status %d, not %d; %s%s", line, got, status, out, err);
	if (status)
		assert_memory_equal(err, "batchy-agent", 12);
	else
		assert_string_equal(err, "");
}

static json_t *expect_json(const char *line, int status)
{
	json_error_t je;
	json_t *j;
	int got = run(line);

	if (got != status)
		fail_msg("'%s': status %d, not %d; %s", line, got, status, err);
	j = json_loads(out, 0, &je);
	if (!j)
		fail_msg("'%s': %s at line %d of %s", line, je.text, je.line, out);
	return j;
}

static void usage_errors_are_2(void **state)
{
	static const char *const bad[] = {
		"",
		"--colour",
		"-j",
		"fly",
		"status now",
		"status --colour",
		"detach",
		"detach eth1 --all",
		"detach a b",
		"attach",
		"attach a b",
		"attach a --slo 5",
		"attach a --slo 0",
		"attach a --slo",
		"attach a --mode fast",
		"attach a --fuse maybe",
		"attach a --vector 0",
		"attach a --vector 257",
		"attach a --spin-max 50",
		"attach a --spin-max -1us",
		"attach a --spin-max 1.1ms",
		"attach a --set X",
		"attach a --set =x",
		"attach a --period x",
		"attach a --period 999us",
		"attach a --controller fast",
		"attach a --controller fix0",
		"attach a --cpus x",
		"attach a --cpus 3-1",
		"attach a --cpus 0,,1",
		"attach a --metrics 9100",
		"attach a --metrics localhost:9100",
		"attach a --metrics unix:",
		"attach a --colour",
		"queue",
		"queue list",
		"queue set",
		"queue set q1",
		"queue set q1 trigger",
		"queue set q1 trigger 0",
		"queue set q1 trigger x",
		"queue set q1 trigger 4294967296",
		"queue set q1 deadline 5",
		"queue set q1 deadline 0",
		"queue set q1 limit 5",
		"queue set q1 trigger 1 deadline",
		"queue set q1 trigger 1 deadline 1ms more",
		"flow",
		"flow set f",
		"flow set f slo",
		"flow set f slo fast",
		"flow set f rate 5",
		"controller",
		"controller set",
		"controller set a b",
		"controller set fast",
		"element",
		"element drop",
		"element list a b",
		"tcp port 80",
		"tcp --filter port",
		"tcp --filter",
		"check",
		"check a b",
		"check a --set X",
		"check a --dot -j",
		"doctor a b",
		"top now",
		"top --interval 5",
		"top --interval 1ms",
		"top --count 0",
		"top --count x",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect(bad[i], 2);
		assert_string_equal(out, "");
	}
}

static void queue_errors_name_all_that_is_taken(void **state)
{
	expect("queue set q1 trigger x", 2);
	assert_non_null(strstr(
		err, "expected trigger N|auto (N from 1), deadline TIME|auto (as in 50us) or worker N|home|auto"));
	expect("queue set", 2);
	assert_non_null(strstr(err, "set NAME [trigger N|auto] [deadline TIME|auto] [worker N|home|auto]"));
}

static void verbs_are_listed_and_helped(void **state)
{
	char line[64];
	size_t i;

	expect("fly", 2);
	for (i = 0; i < sizeof(all_verbs) / sizeof(all_verbs[0]); i++)
		assert_non_null(strstr(err, all_verbs[i]));
	expect("--help", 0);
	for (i = 0; i < sizeof(all_verbs) / sizeof(all_verbs[0]); i++) {
		assert_non_null(strstr(out, all_verbs[i]));
	}
	for (i = 0; i < sizeof(all_verbs) / sizeof(all_verbs[0]); i++) {
		snprintf(line, sizeof(line), "%s --help", all_verbs[i]);
		expect(line, 0);
		assert_non_null(strstr(out, "EXAMPLES:\n  batchy-agent"));
		assert_non_null(strstr(out, "--json"));
	}
	expect("--version", 0);
	assert_string_equal(out, "batchy-agent " BTY_VERSION " (ABI 1)\n");
	expect("queue --version", 0);
	assert_string_equal(out, "batchy-agent " BTY_VERSION " (ABI 1)\n");
}

static void without_an_agent(void **state)
{
	static const char *const need[] = { "status",	       "queue show",	     "queue set q trigger 1",
					    "element show",    "flow show",	     "flow set f slo 1ms",
					    "controller show", "controller set slo", "detach eth1",
					    "detach --all",    "top --count 1",	     "status -j",
					    "-j queue show" };
	size_t i;

	for (i = 0; i < sizeof(need) / sizeof(need[0]); i++) {
		expect(need[i], 1);
		assert_string_equal(out, "");
		assert_non_null(strstr(err, "no agent runs in this network namespace; start one with"));
	}
}

static void check_needs_no_agent(void **state)
{
	char line[256], path[64];
	json_t *j;
	FILE *f;

	snprintf(path, sizeof(path), "%s/p.click", folder);
	f = fopen(path, "w");
	fputs("FromDevice($IFACE) -> q :: Queue -> ToDevice($OUT);\n", f);
	fclose(f);
	snprintf(line, sizeof(line), "check %s", path);
	expect(line, 1);
	assert_non_null(strstr(err, "p.click:1:"));
	snprintf(line, sizeof(line), "check %s --set OUT=eth2", path);
	expect(line, 0);
	assert_non_null(strstr(out, "Queue"));
	snprintf(line, sizeof(line), "check %s --set OUT=eth2 --set IFACE=eth1 --dot", path);
	expect(line, 0);
	assert_non_null(strstr(out, "digraph"));
	snprintf(line, sizeof(line), "check %s --set OUT=eth2 -j", path);
	j = expect_json(line, 0);
	assert_int_equal(json_array_size(json_object_get(j, "elements")), 3);
	json_decref(j);
	expect("check /nonexistent.click", 1);
	unlink(path);
}

static void lists_without_an_agent(void **state)
{
	const char *const keys[] = { "family",		"saddr",	  "sport",	    "daddr",
				     "dport",		"state",	  "comm",	    "pid",
				     "flight_size",	"rwnd",		  "cwnd",	    "mss",
				     "retrans_packets", "bytes_sent",	  "bytes_received", "fast_retrans",
				     "timeouts",	"cur_app_wqueue", "max_app_wqueue", "rtt_samples",
				     "rtt_sum_us",	"read_bytes",	  "write_bytes",    "duration_us",
				     "srtt_us",		"rtt_min_us",	  "congestion" };
	/* those whose arguments no table says */
	const char *const grammar[] = { "Classifier", "IPClassifier", "IPLookup", "RandomSplit", "Flow" };
	char line[64];
	json_t *j, *o;
	size_t i, k;

	j = expect_json("tcp -j", 0);
	json_array_foreach (json_object_get(j, "connections"), i, o) {
		for (k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			assert_non_null(json_object_get(o, keys[k]));
	}
	assert_true(json_is_array(json_object_get(j, "connections")));
	json_decref(j);
	expect("tcp --filter ip", 0);
	expect("tcp -v", 0);
	expect("element list", 0);
	assert_non_null(strstr(out, "IPClassifier"));
	expect("element list Queue", 0);
	assert_non_null(strstr(out, "TRIGGER"));
	for (i = 0; i < sizeof(grammar) / sizeof(grammar[0]); i++) {
		snprintf(line, sizeof(line), "element list %s", grammar[i]);
		expect(line, 0);
		assert_non_null(strstr(out, "\n  arguments: "));
	}
	expect("element list Queeu", 1);
	assert_non_null(strstr(err, "no such class; did you mean 'Queue'?"));
	expect("element list Teleporter", 1);
	assert_non_null(strstr(err, "no such class; see `batchy-agent element list'"));
	j = expect_json("element list Queue -j", 0);
	assert_int_equal(json_array_size(json_object_get(j, "classes")), 1);
	json_decref(j);
}

static void doctor_says_what_and_why(void **state)
{
	int status = run("doctor"), fails = 0;
	const char *s;
	json_t *j, *c;
	size_t i;

	for (s = out; *s; s = strchr(s, '\n') + 1)
		assert_true(!strncmp(s, "ok    ", 6) || !strncmp(s, "warn  ", 6) || !strncmp(s, "fail  ", 6));
	j = expect_json("doctor -j", status);
	assert_true(json_array_size(json_object_get(j, "checks")) > 15);
	json_array_foreach (json_object_get(j, "checks"), i, c) {
		assert_true(json_is_string(json_object_get(c, "name")));
		assert_true(json_string_length(json_object_get(c, "why")) > 0);
		assert_non_null(json_object_get(c, "do"));
		fails += !strcmp(json_string_value(json_object_get(c, "status")), "fail");
	}
	json_decref(j);
	assert_int_equal(status, fails ? 1 : 0);
	j = expect_json("doctor nosuchdevice0 -j", 1);
	json_decref(j);
}

static void full_disk_is_a_failure(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC), status;
	char *argv[] = { "batchy-agent", "element", "list", NULL };
	pid_t pid = fork();

	if (!pid) {
		dup2(full, STDOUT_FILENO);
		close(STDERR_FILENO);
		_exit(cli_main(3, argv));
	}
	waitpid(pid, &status, 0);
	close(full);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

/* An agent with something of everything, until detach. */
static pid_t serve(void)
{
	static struct bty_snap_iface in = { "eth1", 7, "native", "link", "copy", "/p.click" };
	static struct bty_snap_queue q = { .name = "q1",
					   .interface = "eth1",
					   .backend = "xsk",
					   .deadline_ns = 50000,
					   .wait = { 1, 2500, 2500, 2500, 2500 } };
	static struct bty_snap_element e = { .name = "ttl", .class_name = "DecIPTTL", .placement = "xdp", .t0_ns = -1 };
	static struct bty_snap_flow f = { .name = "robot", .delay_slo_ns = 50000 };
	static struct bty_snapshot s = { .controller = "slo",
					 .rx = 1234567,
					 .nifaces = 1,
					 .nqueues = 1,
					 .nelements = 1,
					 .nflows = 1,
					 .iface = &in,
					 .queue = &q,
					 .element = &e,
					 .flow = &f };
	struct bty_server *server;
	struct bty_agent *a;
	struct bty_err why;
	char path[108], c;
	int ready[2];
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		s.drops[BTY_DROP_TTL_EXPIRED] = 3;
		fake.snapshot = &s;
		bty_agent_new(NULL, &a, &why);
		if (bty_run_path(".sock", path, sizeof(path)) || bty_server_open(a, path, &server, &why))
			_exit(1);
		close(ready[1]);
		bty_agent_run(a);
		bty_server_close(server);
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 0);
	close(ready[0]);
	return pid;
}

static void with_an_agent(void **state)
{
	pid_t pid = serve();
	int status;
	json_t *j;

	expect("status", 0);
	assert_non_null(strstr(out, "received 1.2M"));
	assert_non_null(strstr(out, "ttl_expired 3"));
	expect("queue show", 0);
	assert_non_null(strstr(out, "2.50us"));
	expect("element show", 0);
	assert_non_null(strstr(out, "DecIPTTL"));
	expect("flow show", 0);
	assert_non_null(strstr(out, "50us"));
	expect("controller show", 0);
	assert_memory_equal(out, "slo\nevery 10.0ms; took 5.0 us last, 10.0 us on average, 20.0 us at most\n", 4);
	expect("top --count 2 --interval 100ms", 0);
	assert_non_null(strstr(out, "robot"));
	expect("queue set q1 trigger 8 deadline 50us", 0);
	expect("queue set q1 trigger auto", 0);
	expect("flow set robot slo 1ms", 0);
	expect("controller set slo", 0);
	j = expect_json("status -j", 0);
	assert_non_null(json_object_get(j, "totals"));
	assert_null(json_object_get(j, "ok"));
	json_decref(j);
	j = expect_json("-j queue show", 0);
	assert_int_equal(json_array_size(json_object_get(j, "queues")), 1);
	json_decref(j);
	j = expect_json("top -j", 0);
	assert_non_null(json_object_get(j, "connections"));
	json_decref(j);
	j = expect_json("detach eth1 -j", 0);
	assert_string_equal(json_string_value(json_object_get(j, "detached")), "eth1");
	json_decref(j);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

/* Whatever a failed test left running. */
static int teardown(void **state)
{
	run("detach --all");
	return 0;
}

/* Each is in the foreground: one becomes the agent and the others are done at once. */
static void one_of_many_becomes_the_agent(void **state)
{
	static struct bty_snapshot s = { .controller = "slo" };
	char *argv[] = { "batchy-agent", "attach", "eth1", NULL };
	int i, status, done = 0;
	pid_t pid[8];

	if (geteuid())
		skip();
	fake.snapshot = &s;
	for (i = 0; i < 8; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
			_exit(cli_main(3, argv));
		}
	}
	for (i = 0; i < 7; i++) {
		assert_true(waitpid(-1, &status, 0) > 0);
		assert_int_equal(status, 0);
		done++;
	}
	assert_int_equal(waitpid(-1, &status, WNOHANG), 0);
	expect("detach --all", 0);
	assert_true(waitpid(-1, &status, 0) > 0);
	assert_int_equal(status, 0);
	expect("status", 1);
}

static void daemon_returns_when_it_answers(void **state)
{
	static struct bty_snapshot s = { .controller = "slo" };
	json_t *j;

	if (geteuid())
		skip();
	fake.snapshot = &s;
	expect("attach eth1 --daemon", 0);
	assert_non_null(strstr(out, "eth1: attached"));
	expect("status", 0);
	expect("attach eth2 --daemon", 0);
	assert_non_null(strstr(out, "by the agent that runs here"));
	expect("attach eth3 --metrics 127.0.0.1:0", 1);
	assert_non_null(strstr(err, "--metrics and --period are for the first"));
	expect("detach --all", 0);

	/* after an agent that was killed: its socket and lock file are in the way of nobody */
	j = expect_json("attach eth1 --daemon -j", 0);
	assert_int_equal(kill(json_integer_value(json_object_get(j, "pid")), SIGKILL), 0);
	json_decref(j);
	expect("attach eth1 --daemon", 0);
	expect("detach eth1", 0);

	fake.fail = -EBUSY;
	expect("attach eth1 --daemon", 1);
	assert_string_equal(err, "batchy-agent: attach: fake: no\n");
	fake.fail = 0;
}

static void attach_needs_capabilities(void **state)
{
	if (!geteuid() && (setegid(65534) || seteuid(65534)))
		fail();
	expect("attach eth1", 1);
	assert_non_null(strstr(err, "CAP_BPF, CAP_NET_ADMIN"));
	assert_non_null(strstr(err, "run as root"));
	if (seteuid(0) || setegid(0))
		skip();
}

/* Costs of packets that did not come are null. */
static void bench_without_packets(void **state)
{
	static const char *const parts[] = { "source", "parse", "elements", "rest" };
	const struct bty_bench_opts o = { .file = "p.click", .batch = 1 };
	struct bty_graph g = { .nel = 0 };
	struct bty_bench b = { .g = &g, .elapsed_ns = 1, .cpu_ns = 2295, .ns_per_packet = -1 };
	json_t *j;
	int i, n;

	for (n = 0; n < 2; n++) {
		j = bench_json(&o, &b);
		assert_int_equal(json_is_null(json_object_get(j, "ns_per_packet")), !n);
		for (i = 0; i < 4; i++)
			assert_int_equal(json_is_null(json_object_get(json_object_get(j, "parts_ns"), parts[i])), !n);
		json_decref(j);
		b.packets = 1;
		b.ns_per_packet = 2295;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usage_errors_are_2),
		cmocka_unit_test(queue_errors_name_all_that_is_taken),
		cmocka_unit_test(verbs_are_listed_and_helped),
		cmocka_unit_test(without_an_agent),
		cmocka_unit_test(check_needs_no_agent),
		cmocka_unit_test(lists_without_an_agent),
		cmocka_unit_test(doctor_says_what_and_why),
		cmocka_unit_test(full_disk_is_a_failure),
		cmocka_unit_test_teardown(with_an_agent, teardown),
		cmocka_unit_test_teardown(one_of_many_becomes_the_agent, teardown),
		cmocka_unit_test_teardown(daemon_returns_when_it_answers, teardown),
		cmocka_unit_test(attach_needs_capabilities),
		cmocka_unit_test(bench_without_packets),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	bty_run_dir = folder;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
