// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * user/export: the text parsed as strictly as OpenMetrics 1.0 asks for (families in one piece, HELP and TYPE first, no
 * sample twice, EOF last), the addresses, and a request over a real socket.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <cmocka.h>

#include "fake_agent.h"
#include "user/export/listen.h"
#include "user/export/metrics.h"

#define MAX_LINES 2000

struct text {
	char *buf;
	char *line[MAX_LINES];
	int n;
};

static void fill(struct bty_snapshot *s)
{
	static struct bty_snap_iface in[2] = { { "eth1", 7, "native", "link", "copy", "/p" },
					       { "eth2", 8, "generic", "link", "none", "/p", .gone = 1 } };
	static struct bty_snap_queue q[3] = {
		{ .name = "q1", .interface = "eth1", .deadline_ns = 50000, .wait = { 9, 1000, 2000, 3000, 4000 } },
		{ .name = "q1", .interface = "eth1" },
		{ .name = "q2", .interface = "" }
	};
	static struct bty_snap_element e[2] = { { .name = "we\"ird\\", .class_name = "Bypass" }, { .name = "ttl" } };
	static struct bty_snap_flow f[1] = { { .name = "robot", .percentile = 99.9 } };

	e[1].drops[BTY_DROP_TTL_EXPIRED] = 5;
	*s = (struct bty_snapshot){ .rx = UINT64_MAX,
				    .uptime_ns = 1500000000,
				    .nifaces = 2,
				    .nqueues = 3,
				    .nelements = 2,
				    .nflows = 1,
				    .iface = in,
				    .queue = q,
				    .element = e,
				    .flow = f,
				    .nextra = 1,
				    .extra = { { "/p", 1, .busy = 0.25, .cpu_ns = 2000000000 } } };
}

static void write_text(const struct bty_snapshot *s, struct text *t)
{
	const struct bty_server_stats st = { 1, 2, 3, 4 };
	char *p, *nl;
	size_t len;
	FILE *f;

	memset(t, 0, sizeof(*t));
	f = open_memstream(&t->buf, &len);
	bty_metrics_write(s, &st, f);
	fclose(f);
	for (p = t->buf; *p; p = nl + 1) {
		nl = strchr(p, '\n');
		assert_non_null(nl);
		*nl = 0;
		assert_true(t->n < MAX_LINES);
		t->line[t->n++] = p;
	}
}

/* Length of the labels with their braces, 0 when there are none; fails on bad quoting. */
static size_t labels_len(const char *s)
{
	const char *p = s;

	if (*p != '{')
		return 0;
	do {
		p += 1;
		assert_true(*p >= 'a' && *p <= 'z');
		p += strspn(p, "abcdefghijklmnopqrstuvwxyz_");
		assert_memory_equal(p, "=\"", 2);
		for (p += 2; *p != '"'; p++) {
			assert_int_not_equal(*p, 0);
			if (*p == '\\')
				assert_non_null(strchr("n\"\\", *++p));
		}
		p++;
	} while (*p == ',');
	assert_int_equal(*p, '}');
	return p + 1 - s;
}

static const char *const suffixes[][4] = {
	{ "counter", "_total" },
	{ "gauge", "" },
	{ "info", "_info" },
	{ "summary", "", "_count", "_sum" },
};

static int suffix_fits(const char *type, const char *suffix)
{
	size_t i, k;

	for (i = 0; i < 4; i++)
		for (k = 0; k < 3 && !strcmp(suffixes[i][0], type); k++)
			if (suffixes[i][k + 1] && !strcmp(suffixes[i][k + 1], suffix))
				return 1;
	return 0;
}

static void check_sample(const char *line, const char *name, const char *type)
{
	size_t n = strspn(line, "abcdefghijklmnopqrstuvwxyz_"), fam = strlen(name);
	char suffix[64], *end;

	assert_true(n >= fam && !strncmp(line, name, fam));
	snprintf(suffix, sizeof(suffix), "%.*s", (int)(n - fam), line + fam);
	if (!suffix_fits(type, suffix))
		fail_msg("%s: a %s has no %s", line, type, suffix);
	n += labels_len(line + n);
	assert_int_equal(line[n], ' ');
	strtod(line + n + 1, &end);
	assert_true(end > line + n + 1 && !*end);
}

static void check_text(struct text *t)
{
	char name[128] = "", type[32] = "", seen[64][128];
	int i, k, families = 0;

	assert_string_equal(t->line[t->n - 1], "# EOF");
	for (i = 0; i < t->n - 1; i++) {
		if (sscanf(t->line[i], "# HELP %127s", name) == 1) {
			for (k = 0; k < families; k++)
				assert_string_not_equal(seen[k], name);
			strcpy(seen[families++], name);
			assert_true(strlen(t->line[i]) > strlen(name) + 10);
			i++;
			assert_int_equal(sscanf(t->line[i], "# TYPE %127s %31s", seen[63], type), 2);
			assert_string_equal(seen[63], name);
			continue;
		}
		check_sample(t->line[i], name, type);
		for (k = 0; k < i; k++)
			if (t->line[k][0] != '#')
				assert_false(strcspn(t->line[k], " ") == strcspn(t->line[i], " ") &&
					     !strncmp(t->line[k], t->line[i], strcspn(t->line[i], " ")));
	}
	assert_true(families > 20);
}

static int contains(const struct text *t, const char *line)
{
	int i;

	for (i = 0; i < t->n; i++)
		if (!strcmp(t->line[i], line))
			return 1;
	return 0;
}

static void text_is_openmetrics(void **state)
{
	struct bty_snapshot s;
	struct text t;

	fill(&s);
	write_text(&s, &t);
	check_text(&t);
	assert_true(contains(&t, "batchy_uptime_seconds 1.5"));
	assert_true(contains(&t, "batchy_queue_deadline_seconds{queue=\"q1\",interface=\"eth1\"} 5e-05"));
	assert_true(contains(&t, "batchy_queue_wait_seconds{queue=\"q1\",interface=\"eth1\",quantile=\"0.95\"} 2e-06"));
	assert_true(contains(&t, "batchy_queue_trigger_packets{queue=\"q1\",interface=\"eth1\",copy=\"2\"} 0"));
	assert_true(contains(
		&t, "batchy_element_dropped_packets_total{element=\"ttl\",class=\"\",reason=\"ttl_expired\"} 5"));
	assert_true(contains(&t, "batchy_interface_up{interface=\"eth2\"} 0"));
	assert_true(contains(&t, "batchy_extra_worker_busy_ratio{pipeline=\"/p\",number=\"1\"} 0.25"));
	assert_true(contains(&t, "batchy_extra_worker_cpu_seconds_total{pipeline=\"/p\",number=\"1\"} 2"));
	free(t.buf);
}

static void empty_is_openmetrics(void **state)
{
	struct bty_snapshot s = { 0 };
	struct text t;

	write_text(&s, &t);
	check_text(&t);
	free(t.buf);
}

static void addresses(void **state)
{
	static const char *const bad[] = { "",		 "9100",	"127.0.0.1",
					   "127.0.0.1:", "::1:9100",	"[::1:9100",
					   "[::1]9100",	 "host:9100",	"127.0.0.1:99999999",
					   "unix:",	 "127.0.0.1:9x" };
	static const char *const good[] = { "127.0.0.1:0", "[::1]:0", ":0" };
	char path[108];
	struct bty_err err;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(bty_listen(bad[i], path, &err) < 0);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		fd = bty_listen(good[i], path, &err);
		/* a machine without IPv6 refuses its address, not its form */
		if (fd < 0 && strstr(err.msg, "expected"))
			fail_msg("%s: %s", good[i], err.msg);
		if (fd >= 0)
			close(fd);
	}
}

static int dial(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(sa.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

/* One request, with the main loop turned by hand. */
static void http(struct bty_agent *a, const char *path, const char *request, char *reply, size_t size)
{
	int fd = dial(path), turns;
	size_t len = 0;
	ssize_t n = -1;

	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	for (turns = 0; turns < 500 && n; turns++) {
		fake_turn(a, 10);
		n = recv(fd, reply + len, size - len - 1, 0);
		if (n > 0)
			len += n;
	}
	reply[len] = 0;
	close(fd);
}

static void serves_get_metrics_only(void **state)
{
	char folder[] = "/tmp/batchy-test-XXXXXX", address[64], reply[65536];
	struct bty_agent *a = fake_new();
	struct bty_metrics *m;
	struct bty_snapshot s;
	struct bty_err err;
	struct stat st;

	fill(&s);
	fake.snapshot = &s;
	assert_non_null(mkdtemp(folder));
	snprintf(address, sizeof(address), "unix:%s/m", folder);
	assert_int_equal(bty_metrics_open(a, NULL, address, &m, &err), 0);

	http(a, address + 5, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", reply, sizeof(reply));
	assert_memory_equal(reply, "HTTP/1.1 200", 12);
	assert_non_null(strstr(reply, "application/openmetrics-text; version=1.0.0; charset=utf-8"));
	assert_non_null(strstr(reply, "batchy_queue_backlog_packets{queue=\"q2\",interface=\"\"} 0"));
	assert_string_equal(reply + strlen(reply) - 6, "# EOF\n");
	http(a, address + 5, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", reply, sizeof(reply));
	assert_memory_equal(reply, "HTTP/1.1 404", 12);
	http(a, address + 5, "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
	     reply, sizeof(reply));
	assert_memory_equal(reply, "HTTP/1.1 405", 12);
	fake.snapshot = NULL;
	http(a, address + 5, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", reply, sizeof(reply));
	assert_memory_equal(reply, "HTTP/1.1 503", 12);

	/* taken while somebody listens, replaced afterwards, gone at the end */
	assert_int_equal(bty_listen(address, reply, &err), -EADDRINUSE);
	bty_metrics_close(m);
	assert_int_equal(stat(address + 5, &st), -1);
	bty_agent_free(a);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_openmetrics),
		cmocka_unit_test(empty_is_openmetrics),
		cmocka_unit_test(addresses),
		cmocka_unit_test(serves_get_metrics_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
