// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * user/control/server, request and client over real sockets: what is asked reaches the agent, what is wrong is answered
 * or cut off, and nobody's bad manners hurt the next client. The main loop is turned by hand, or by a child for the
 * client.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "fake_agent.h"
#include "user/run/run.h"
#include "user/control/client.h"
#include "user/control/request.h"

static char folder[] = "/tmp/batchy-test-XXXXXX";
static char path[64];
static struct bty_agent *agent;
static struct bty_server *server;
static struct bty_snapshot empty;

static int setup(void **state)
{
	struct bty_err err;

	fake.fail = 0;
	fake.called[0] = 0;
	fake.snapshot = &empty;
	agent = fake_new();
	return bty_server_open(agent, path, &server, &err);
}

static int teardown(void **state)
{
	bty_server_close(server);
	bty_agent_free(agent);
	return access(path, F_OK) ? 0 : -1; /* the socket goes with the server */
}

static int dial(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(sa.sun_path, path);
	return connect(fd, (struct sockaddr *)&sa, sizeof(sa)) ? -1 : fd;
}

static void turn(void)
{
	while (fake_turn(agent, 0) > 0)
		;
}

static void put(int fd, const void *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(fd, data, len, MSG_NOSIGNAL);
		if (n > 0) {
			data = (const char *)data + n;
			len -= n;
		} else if (n < 0 && errno != EAGAIN) {
			return;
		}
		turn();
	}
	turn();
}

/* The answer, after which the connection must be closed. NULL when there is none. */
static json_t *take(int fd)
{
	static char buf[4 << 20];
	size_t len = 0;
	ssize_t n;

	turn();
	while ((n = recv(fd, buf + len, sizeof(buf) - len, 0)) > 0) {
		len += n;
		turn();
	}
	if (n < 0)
		assert_int_equal(errno, ECONNRESET);
	close(fd);
	return len ? json_loadb(buf, len, 0, NULL) : NULL;
}

static json_t *ask(const char *line)
{
	int fd = dial();

	put(fd, line, strlen(line));
	put(fd, "\n", 1);
	return take(fd);
}

static void check_ok(json_t *reply)
{
	assert_non_null(reply);
	if (!json_is_true(json_object_get(reply, "ok")))
		fail_msg("%s", json_string_value(json_object_get(reply, "error")));
	json_decref(reply);
}

static void check_error(json_t *reply, const char *part)
{
	const char *why = json_string_value(json_object_get(reply, "error"));

	assert_true(json_is_false(json_object_get(reply, "ok")));
	assert_non_null(why);
	if (!strstr(why, part))
		fail_msg("'%s' does not say '%s'", why, part);
	json_decref(reply);
}

static void verbs_reach_the_agent(void **state)
{
	check_ok(ask("{\"verb\":\"queue set\",\"name\":\"q1\",\"trigger\":16}"));
	assert_string_equal(fake.name, "q1");
	assert_true(fake.has_trigger && !fake.has_deadline && fake.trigger == 16);
	check_ok(ask("{\"verb\":\"queue set\",\"name\":\"q1\",\"deadline_ns\":50000}"));
	assert_true(!fake.has_trigger && fake.has_deadline && fake.deadline_ns == 50000);
	check_ok(ask("{\"verb\":\"queue set\",\"name\":\"q1\",\"worker\":2}"));
	assert_true(!fake.has_trigger && !fake.has_deadline && fake.has_server && fake.server == 2);
	check_ok(ask("{\"verb\":\"queue set\",\"name\":\"q1\",\"worker\":\"home\"}"));
	assert_true(fake.has_server && fake.server == BTY_SERVER_HOME);
	check_ok(ask("{\"verb\":\"queue set\",\"name\":\"q1\",\"worker\":\"auto\"}"));
	assert_true(fake.has_server && fake.server == BTY_SERVER_AUTO);
	check_ok(ask("{\"verb\":\"flow set\",\"name\":\"robot\",\"slo_ns\":1000}"));
	assert_true(!strcmp(fake.called, "flow set") && fake.slo_ns == 1000);
	check_ok(ask("{\"verb\":\"controller set\",\"name\":\"none\"}"));
	assert_string_equal(fake.name, "none");
	check_ok(ask("{\"verb\":\"detach\",\"iface\":\"eth1\"}"));
	assert_string_equal(fake.name, "eth1");
	check_ok(ask("{\"verb\":\"detach\",\"all\":true}"));
	assert_string_equal(fake.name, "(null)");
	check_ok(ask("{\"verb\":\"status\"}"));
	check_ok(ask("{\"verb\":\"snapshot\"}"));
}

static void attach_arrives_whole(void **state)
{
	const struct bty_set set = { "OUT", "eth2" };
	const struct bty_attach_opts o = { .iface = "eth1",
					   .pipeline = "/p.click",
					   .slo_ns = 50000,
					   .mode = BTY_MODE_GENERIC,
					   .fuse = BTY_FUSE_OFF,
					   .sets = &set,
					   .nsets = 1,
					   .cpus = "0,2",
					   .vec_pkts = 128,
					   .busy_poll = 1,
					   .schedule = BTY_WFQ,
					   .spin_max_ns = 30000 };
	json_t *request = bty_attach_to_json(&o);
	char *line = json_dumps(request, JSON_COMPACT);

	check_ok(ask(line));
	assert_string_equal(fake.name, "eth1");
	assert_string_equal(fake.pipeline, "/p.click");
	assert_string_equal(fake.set_name, "OUT");
	assert_string_equal(fake.set_value, "eth2");
	assert_string_equal(fake.cpus, "0,2");
	assert_int_equal(fake.attach.slo_ns, 50000);
	assert_int_equal(fake.attach.mode, BTY_MODE_GENERIC);
	assert_int_equal(fake.attach.fuse, BTY_FUSE_OFF);
	assert_int_equal(fake.attach.vec_pkts, 128);
	assert_true(fake.attach.busy_poll && !fake.attach.pin);
	assert_int_equal(fake.attach.schedule, BTY_WFQ);
	assert_int_equal(fake.attach.spin_max_ns, 30000);
	free(line);
	json_decref(request);

	check_ok(ask("{\"verb\":\"attach\",\"iface\":\"eth1\"}"));
	assert_string_equal(fake.pipeline, "(null)");
	assert_int_equal(fake.attach.schedule, BTY_RTC);
	check_error(ask("{\"verb\":\"attach\",\"iface\":\"eth1\",\"schedule\":\"fair\"}"), "expected rtc or wfq");
	/* an older client does not know it: the default, and 0 is 0 */
	assert_int_equal(fake.attach.spin_max_ns, BTY_SPIN_MAX_NS);
	check_ok(ask("{\"verb\":\"attach\",\"iface\":\"eth1\",\"spin_max_ns\":0}"));
	assert_int_equal(fake.attach.spin_max_ns, 0);
	check_error(ask("{\"verb\":\"attach\",\"iface\":\"eth1\",\"spin_max_ns\":1000001}"), "0 to 1000000");
	check_error(ask("{\"verb\":\"attach\",\"iface\":\"eth1\",\"controller\":\"other\"}"), "controller slo");
	check_ok(ask("{\"verb\":\"attach\",\"iface\":\"eth1\",\"controller\":\"slo\"}"));
}

static void wrong_requests_are_answered(void **state)
{
	static const char *const bad[][2] = {
		{ "", "not JSON" },
		{ "hello", "not JSON" },
		{ "[]", "expected an object" },
		{ "42", "not JSON" },
		{ "{}", "verb is missing" },
		{ "{\"verb\":7}", "expected a string" },
		{ "{\"verb\":\"fly\"}", "does not know the verb 'fly'" },
		{ "{\"verb\":\"status\",\"colour\":1}", "does not know the option 'colour'" },
		{ "{\"verb\":\"status\",\"verb name\":1}", "does not know the option" },
		{ "{\"verb\":\"status\",\"verb\":\"status\"}", "not JSON" },
		{ "{\"verb\":\"queue set\",\"trigger\":1}", "name is missing" },
		{ "{\"verb\":\"queue set\",\"name\":\"q\"}", "expected trigger, deadline_ns or worker" },
		{ "{\"verb\":\"queue set\",\"name\":\"q\",\"worker\":0}", "worker: expected home, auto or 1 to 8" },
		{ "{\"verb\":\"queue set\",\"name\":\"q\",\"worker\":\"2\"}", "worker: expected home, auto or 1 to 8" },
		{ "{\"verb\":\"queue set\",\"name\":\"q\",\"trigger\":-1}", "expected an integer" },
		{ "{\"verb\":\"queue set\",\"name\":\"q\",\"trigger\":4294967296}", "expected an integer" },
		{ "{\"verb\":\"queue set\",\"name\":\"q\",\"trigger\":1.5}", "expected an integer" },
		{ "{\"verb\":\"queue set\",\"name\":\"q\",\"trigger\":99999999999999999999}", "not JSON" },
		{ "{\"verb\":\"flow set\",\"name\":\"f\"}", "slo_ns is missing" },
		{ "{\"verb\":\"detach\"}", "either iface or all" },
		{ "{\"verb\":\"detach\",\"iface\":\"a\",\"all\":true}", "either iface or all" },
		{ "{\"verb\":\"attach\"}", "iface is missing" },
		{ "{\"verb\":\"attach\",\"iface\":\"a\",\"mode\":\"x\"}", "auto, native or generic" },
		{ "{\"verb\":\"attach\",\"iface\":\"a\",\"pipeline\":\"x.click\"}", "absolute" },
		{ "{\"verb\":\"attach\",\"iface\":\"a\",\"sets\":[[\"a\"]]}", "sets" },
		{ "{\"verb\":\"attach\",\"iface\":\"a\",\"sets\":[[\"a\",\"b\"],7]}", "sets" },
		{ "{\"verb\":\"attach\",\"iface\":\"a\",\"sets\":{}}", "sets" },
		{ "{\"verb\":\"attach\",\"iface\":\"a\",\"pin\":1}", "true or false" },
		{ "{\"verb\":"
		  "\"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9"
		  "\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9a\\u00e9\\u00e9\"}",
		  "does not know the verb" },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_error(ask(bad[i][0]), bad[i][1]);
	assert_string_equal(fake.called, "");
	assert_int_equal(bty_server_stats(server)->failed, sizeof(bad) / sizeof(bad[0]));
	fake.fail = -ENOENT;
	check_error(ask("{\"verb\":\"flow set\",\"name\":\"f\",\"slo_ns\":1}"), "fake: no");
	fake.snapshot = NULL;
	check_error(ask("{\"verb\":\"status\"}"), "out of memory");
}

static void oversized_and_nested(void **state)
{
	char *big = malloc(BTY_REQUEST_MAX * 2);
	int fd = dial();

	memset(big, 'x', BTY_REQUEST_MAX * 2);
	put(fd, big, BTY_REQUEST_MAX * 2);
	check_error(take(fd), "larger than 65536");
	memset(big, '[', BTY_REQUEST_MAX);
	fd = dial();
	put(fd, big, BTY_REQUEST_MAX - 1);
	put(fd, "\n", 1);
	check_error(take(fd), "not JSON");
	free(big);
	check_ok(ask("{\"verb\":\"status\"}"));
}

static void pieces_make_a_request(void **state)
{
	const char *line = "{\"verb\":\"controller show\"}\n{\"verb\":\"detach\",\"all\":true}\n";
	json_t *reply;
	int fd = dial();

	for (; *line; line++)
		put(fd, line, 1);
	reply = take(fd);
	assert_string_equal(json_string_value(json_object_get(reply, "controller")), "slo");
	check_ok(reply);
	assert_string_equal(fake.called, ""); /* one request per connection */
}

static void half_a_request(void **state)
{
	int fd = dial();

	put(fd, "{\"verb\":", 8);
	close(fd);
	turn();
	fd = dial();
	put(fd, "{\"verb\":", 8);
	shutdown(fd, SHUT_WR);
	check_error(take(fd), "before its newline");
	fd = dial();
	put(fd, "{\"verb\":", 8);
	check_ok(ask("{\"verb\":\"status\"}")); /* others need not wait */
	usleep(BTY_REQUEST_TIMEOUT_NS / 1000 + 600000);
	turn();
	assert_null(take(fd));
	assert_true(bty_server_stats(server)->expired >= 1);
}

static void a_late_loop_still_reads(void **state)
{
	int fd = dial();

	turn();
	assert_int_equal(send(fd, "{\"verb\":\"status\"}\n", 18, 0), 18);
	usleep(BTY_REQUEST_TIMEOUT_NS / 1000 + 600000); /* as when another request attaches */
	check_ok(take(fd));
}

static void too_many_clients(void **state)
{
	int fd[BTY_SERVER_CLIENTS + 4], i;

	for (i = 0; i < BTY_SERVER_CLIENTS + 4; i++) {
		fd[i] = dial();
		assert_true(fd[i] >= 0);
		turn();
	}
	for (; i > BTY_SERVER_CLIENTS; i--)
		check_error(take(fd[i - 1]), "too many clients");
	for (; i; i--) {
		put(fd[i - 1], "{\"verb\":\"status\"}\n", 18);
		check_ok(take(fd[i - 1]));
	}
	assert_int_equal(bty_server_stats(server)->refused, 4);
	check_ok(ask("{\"verb\":\"status\"}"));
}

static void slow_readers_hurt_nobody(void **state)
{
	static struct bty_snap_element e[2000];
	struct bty_snapshot big = { .nelements = 2000, .element = e };
	json_t *reply;
	int fd = dial();

	fake.snapshot = &big;
	put(fd, "{\"verb\":\"element show\"}\n", 24); /* more than a socket buffer holds */
	check_ok(ask("{\"verb\":\"controller show\"}"));
	reply = take(fd);
	assert_int_equal(json_array_size(json_object_get(reply, "elements")), 2000);
	check_ok(reply);
	fd = dial();
	put(fd, "{\"verb\":\"element show\"}\n", 24);
	close(fd); /* without reading */
	turn();
	check_ok(ask("{\"verb\":\"controller show\"}"));
}

static void garbage(void **state)
{
	unsigned int seed = 1, i, k, len;
	char buf[512];
	int fd;

	for (i = 0; i < 2000; i++) {
		fd = dial();
		assert_true(fd >= 0);
		len = rand_r(&seed) % sizeof(buf);
		for (k = 0; k < len; k++)
			buf[k] = rand_r(&seed);
		/* often something that looks like a request */
		if (i % 2)
			memcpy(buf, "{\"verb\":\"status\"", len < 16 ? len : 16);
		put(fd, buf, len);
		if (i % 3)
			put(fd, "\n", 1);
		close(fd);
		turn();
	}
	check_ok(ask("{\"verb\":\"status\"}"));
}

/* A file of our own user only; and, should somebody open it up, still nobody else is answered. */
static void other_users_are_refused(void **state)
{
	struct stat st;
	json_t *reply;
	int fds[2];
	pid_t pid;
	char c;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	if (geteuid())
		skip();
	assert_int_equal(chmod(path, 0666) | chmod(folder, 0755), 0);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		if (setgid(65534) || setuid(65534))
			_exit(2);
		fds[0] = dial();
		c = fds[0] >= 0 && send(fds[0], "{\"verb\":\"status\"}\n", 18, MSG_NOSIGNAL) == 18;
		if (write(fds[1], &c, 1) != 1)
			_exit(3);
		while (recv(fds[0], &c, 1, 0) < 0 && errno == EAGAIN)
			usleep(1000);
		while (c != 'f' && recv(fds[0], &c, 1, 0) == 1)
			; /* {"ok": false */
		_exit(c == 'f' ? 0 : 4);
	}
	assert_int_equal(read(fds[0], &c, 1), 1);
	turn();
	assert_int_equal(waitpid(pid, &fds[0], 0), pid);
	assert_int_equal(fds[0], 0);
	close(fds[1]);
	assert_int_equal(bty_server_stats(server)->refused, 1);
	reply = ask("{\"verb\":\"status\"}");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(reply, "control"), "refused")), 1);
	check_ok(reply);
}

static void client_says_why(void **state)
{
	json_t *request = json_pack("{s:s}", "verb", "status"), *reply = NULL;
	struct bty_err err;
	pid_t pid;

	assert_int_equal(bty_client_call("/nonexistent/s", request, 1000, &reply, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "no agent runs"));
	assert_int_equal(bty_client_call(path, request, 100, &reply, &err), -ETIMEDOUT); /* nobody turns the loop */
	turn();
	pid = fork();
	if (!pid)
		for (;;)
			fake_turn(agent, -1);
	assert_int_equal(bty_client_call(path, request, 5000, &reply, &err), 0);
	assert_non_null(json_object_get(reply, "totals"));
	assert_null(json_object_get(reply, "ok"));
	json_decref(reply);
	json_object_set_new(request, "verb", json_string("fly"));
	assert_int_equal(bty_client_call(path, request, 5000, &reply, &err), -EREMOTEIO);
	assert_non_null(strstr(err.msg, "fly"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	json_decref(request);
}

static void stale_socket_is_replaced(void **state)
{
	struct bty_server *second;
	struct bty_err err;

	assert_int_equal(bty_server_open(agent, path, &second, &err), 0); /* the first one is as good as dead */
	check_ok(ask("{\"verb\":\"status\"}"));
	assert_int_equal(bty_server_stats(second)->requests, 1);
	bty_server_close(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(verbs_reach_the_agent),	T(attach_arrives_whole),
		T(wrong_requests_are_answered), T(oversized_and_nested),
		T(pieces_make_a_request),	T(half_a_request),
		T(a_late_loop_still_reads),	T(too_many_clients),
		T(slow_readers_hurt_nobody),	T(garbage),
		T(other_users_are_refused),	T(client_says_why),
		T(stale_socket_is_replaced),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/s", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
