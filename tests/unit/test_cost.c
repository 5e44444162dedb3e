// SPDX-License-Identifier: GPL-2.0-or-later
/* user/cost: costs files, read and written; what is wrong with them; which fit is an element's. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "user/cost/cost.h"

#define MUTATIONS 4000

static char folder[] = "/tmp/batchy-cost-XXXXXX";
static char file[64];
static const struct bty_cost_how how = { 1, 64, 320, 3 };

static int setup(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(file, sizeof(file), "%s/costs.json", folder);
	return 0;
}

static int teardown(void **state)
{
	unlink(file);
	return rmdir(folder);
}

static void write_file(const char *text, size_t len)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

static size_t read_file(char *text, size_t size)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, text, size - 1);
	assert_true(n >= 0);
	text[n] = 0;
	close(fd);
	return n;
}

/* A graph whose element 1 is written so. */
static struct bty_graph *graph(const char *element)
{
	struct bty_graph *g;
	struct bty_err err;
	char text[2048];
	int n = snprintf(text, sizeof(text), "s :: InfiniteSource -> e :: %s; e[0] -> Sink;", element);

	if (bty_graph_parse(text, n, "test.click", NULL, NULL, 0, &g, &err))
		fail_msg("%s", err.msg);
	return g;
}

static const struct bty_element *element(const struct bty_graph *g)
{
	return &g->el[bty_graph_find(g, "e")];
}

static void put(struct bty_costs *c, const char *text, double t0)
{
	const struct bty_cost_fit fit = { t0, 2, 0.5, 0.25, 1.5, 5 };
	struct bty_graph *g = graph(text);

	assert_int_equal(bty_costs_put(c, element(g), &fit, &how), 0);
	bty_graph_free(g);
}

static enum bty_cost_match find(const struct bty_costs *c, const char *text, struct bty_cost_fit *fit)
{
	struct bty_graph *g = graph(text);
	enum bty_cost_match m = bty_costs_find(c, element(g), fit);

	bty_graph_free(g);
	return m;
}

static void save(const char *text, double t0)
{
	struct bty_costs *c = bty_costs_new();
	struct bty_err err;

	put(c, text, t0);
	if (bty_costs_save(file, c, &err))
		fail_msg("%s", err.msg);
	bty_costs_free(c);
}

static struct bty_costs *load(void)
{
	struct bty_costs *c;
	struct bty_err err;

	if (bty_costs_read(file, &c, &err))
		fail_msg("%s", err.msg);
	return c;
}

static void refused(const char *text, const char *why)
{
	char after[1024];
	struct bty_costs *c = NULL;
	struct bty_err err;

	write_file(text, strlen(text));
	assert_true(bty_costs_read(file, &c, &err) < 0);
	assert_non_null(strstr(err.msg, file));
	if (!strstr(err.msg, why))
		fail_msg("'%s' is not in: %s", why, err.msg);
	/* nor is it written over */
	c = bty_costs_new();
	assert_true(bty_costs_check(file, &err) < 0);
	assert_true(bty_costs_save(file, c, &err) < 0);
	bty_costs_free(c);
	assert_int_equal(read_file(after, sizeof(after)), strlen(text));
	assert_string_equal(after, text);
}

static void round_trip(void **state)
{
	struct bty_cost_fit fit;
	struct bty_costs *c;

	unlink(file);
	save("Bypass(100, 1000)", 400.5);
	c = load();
	assert_null(bty_costs_stale(c));
	assert_int_equal(bty_costs_count(c), 1);
	assert_int_equal(find(c, "Bypass(100, 1000)", &fit), BTY_COST_EXACT);
	assert_true(fabs(fit.t0_ns - 400.5) < 1e-3 && fabs(fit.t1_ns - 2) < 1e-3);
	assert_true(fabs(fit.t0_err_ns - 0.5) < 1e-3 && fabs(fit.t1_err_ns - 0.25) < 1e-3);
	assert_true(fabs(fit.resid_ns - 1.5) < 1e-3);
	assert_int_equal(fit.rounds, 5);
	assert_int_equal(find(c, "MACSwap", &fit), BTY_COST_NONE);
	bty_costs_free(c);
}

/* The original opens its file so that only the last module profiled is in it. */
static void keeps_others(void **state)
{
	const struct bty_cost_fit wake = { 5000, 0, 100, 0, 50, 5 };
	struct bty_cost_fit fit;
	struct bty_costs *c;
	struct bty_err err;
	struct stat st;

	unlink(file);
	save("MACSwap", 10);
	save("Bypass(100, 1000)", 400);
	save("Bypass(100, 2000)", 800);
	save("MACSwap", 11);
	c = bty_costs_new();
	assert_int_equal(bty_costs_put_io(c, BTY_COST_WAKEUP, &wake, &how), 0);
	assert_int_equal(bty_costs_save(file, c, &err), 0);
	bty_costs_free(c);
	save("Counter", 3);
	c = load();
	assert_int_equal(bty_costs_count(c), 4);
	assert_int_equal(find(c, "MACSwap", &fit), BTY_COST_EXACT);
	assert_int_equal((int)fit.t0_ns, 11);
	assert_int_equal(find(c, "Bypass(100, 1000)", &fit), BTY_COST_EXACT);
	assert_int_equal((int)fit.t0_ns, 400);
	assert_int_equal(find(c, "Bypass(100, 2000)", &fit), BTY_COST_EXACT);
	assert_int_equal((int)fit.t0_ns, 800);
	assert_int_equal(bty_costs_io(c, BTY_COST_WAKEUP, &fit), 0);
	assert_int_equal((int)fit.t0_ns, 5000);
	assert_int_equal(bty_costs_io(c, BTY_COST_TRANSMIT, &fit), -ENODATA);
	bty_costs_free(c);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
}

/* The original looks costs up by class alone. */
static void nearest(void **state)
{
	struct bty_costs *c = bty_costs_new();
	struct bty_cost_fit fit;
	struct bty_graph *g;
	char text[256];

	put(c, "Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000)", 400);
	put(c, "IPLookup(10.0.0.0/8 0)", 1);
	put(c, "IPLookup(10.0.0.0/8 0, 11.0.0.0/8 0, 12.0.0.0/8 0, 13.0.0.0/8 0, 14.0.0.0/8 0, 15.0.0.0/8 0)", 6);
	/* the same, written otherwise */
	assert_int_equal(find(c, "Bypass(CYCLES_PER_BATCH   1000,100)", &fit), BTY_COST_EXACT);
	assert_int_equal(find(c, "Bypass(CYCLES_PER_BATCH 1000)", &fit), BTY_COST_CLASS);
	assert_int_equal((int)fit.t0_ns, 400);
	/* other routes, as many */
	assert_int_equal(find(c, "IPLookup(192.168.0.0/16 0)", &fit), BTY_COST_EXACT);
	assert_int_equal((int)fit.t0_ns, 1);
	assert_int_equal(find(c, "IPLookup(1.0.0.0/8 0, 2.0.0.0/8 0, 3.0.0.0/8 0, 4.0.0.0/8 0, 5.0.0.0/8 0)", &fit),
			 BTY_COST_CLASS);
	assert_int_equal((int)fit.t0_ns, 6);
	assert_int_equal(find(c, "IPLookup(1.0.0.0/8 0, 2.0.0.0/8 0)", &fit), BTY_COST_CLASS);
	assert_int_equal((int)fit.t0_ns, 1);
	/* by ratio: 3 is nearer to 6 than to 1 */
	assert_int_equal(find(c, "IPLookup(1.0.0.0/8 0, 2.0.0.0/8 0, 3.0.0.0/8 0)", &fit), BTY_COST_CLASS);
	assert_int_equal((int)fit.t0_ns, 6);
	g = graph("IPLookup(1.0.0.0/8 0, 2.0.0.0/8 0)");
	assert_string_equal(bty_costs_explain(c, element(g), text, sizeof(text)), "profiled with 1 entries, and has 2");
	bty_graph_free(g);
	g = graph("Bypass(7)");
	assert_string_equal(bty_costs_explain(c, element(g), text, sizeof(text)),
			    "profiled as Bypass(CYCLES_PER_PACKET 100, CYCLES_PER_BATCH 1000)");
	assert_int_equal(bty_costs_find(NULL, element(g), &fit), BTY_COST_NONE);
	bty_graph_free(g);
	bty_costs_free(c);
}

static void args_are(const char *text, const char *expected)
{
	struct bty_graph *g = graph(text);
	char *args = bty_cost_args(element(g));

	assert_string_equal(args, expected);
	free(args);
	bty_graph_free(g);
}

static void arguments(void **state)
{
	args_are("MACSwap", "");
	args_are("Bypass(5)", "CYCLES_PER_PACKET 5");
	args_are("VXLANEncap(DST 192.0.2.2, SRC 192.0.2.1,\n VNI 7)", "VNI 7, SRC 192.0.2.1, DST 192.0.2.2");
	args_are("IPClassifier(udp and (dst port 5 or dst port 6))", "udp and (dst port 5 or dst port 6)");
	args_are("ExactMatch(10.0.0.1 80 0, FIELDS ip.dst l4.dport)", "FIELDS ip.dst l4.dport");
	args_are("StaticNAT(10.0.0.0/24 192.0.2.0/24, OUT)", "OUT");
}

static void original(void **state)
{
	static const char text[] = "{\"Bypass\": {\"T_1\": 0.25, \"T_0\": 68.5, \"stat\": \"average\"},"
				   " \"IPLookup\": {\"T_1\": 27.5, \"T_0\": 68, \"stat\": \"99th\"}}";
	struct bty_cost_fit fit;
	struct bty_costs *c;

	write_file(text, strlen(text));
	c = load();
	assert_non_null(strstr(bty_costs_stale(c), "an unknown CPU"));
	assert_int_equal(find(c, "Bypass(100, 1000)", &fit), BTY_COST_CLASS);
	assert_int_equal((int)(10 * fit.t0_ns), 685);
	assert_int_equal((int)(100 * fit.t1_ns), 25);
	assert_int_equal(fit.rounds, 0);
	bty_costs_free(c);
	/* what we measure goes beside what was there, and is nearer */
	save("Bypass(100, 1000)", 400);
	c = load();
	assert_int_equal(bty_costs_count(c), 3);
	assert_int_equal(find(c, "Bypass(1)", &fit), BTY_COST_CLASS);
	assert_int_equal((int)fit.t0_ns, 400);
	assert_int_equal(find(c, "IPLookup(10.0.0.0/8 0)", &fit), BTY_COST_CLASS);
	assert_int_equal((int)fit.t0_ns, 68);
	bty_costs_free(c);
}

#define ENTRY "{\"version\": 1, \"cpu\": \"x\", \"elements\": [{\"class\": \"Bypass\", \"args\": \"\", \"entries\": 0, "
#define REST  "\"t0_err_ns\": 0, \"t1_err_ns\": 0, \"resid_ns\": 0}]}"

static void bad_files(void **state)
{
	struct bty_costs *c;
	struct bty_err err;

	refused("", "not JSON");
	refused("{", "not JSON");
	refused("[]", "expected an object");
	refused("{}", "no costs in it");
	refused("\x7f"
		"ELF",
		"not JSON");
	refused("{\"version\": 2, \"elements\": []}", "of another batchy-agent");
	refused("{\"version\": 1}", "elements: expected a list");
	refused("{\"version\": 1, \"elements\": [7]}", "elements[0]: entry: expected an object");
	refused(ENTRY "\"t0_ns\": NaN, \"t1_ns\": 1, " REST, "not JSON");
	refused(ENTRY "\"t0_ns\": 1e999, \"t1_ns\": 1, " REST, "not JSON");
	refused(ENTRY "\"t0_ns\": -1, \"t1_ns\": 1, " REST, "elements[0] (Bypass): t0_ns: expected nanoseconds");
	refused(ENTRY "\"t0_ns\": 1, \"t1_ns\": 1e10, " REST, "elements[0] (Bypass): t1_ns: expected nanoseconds");
	refused(ENTRY "\"t0_ns\": \"1\", \"t1_ns\": 1, " REST, "elements[0] (Bypass): t0_ns: expected nanoseconds");
	refused(ENTRY "\"t0_ns\": 1, " REST, "elements[0] (Bypass): t1_ns: expected nanoseconds");
	refused("{\"ACL\": {\"T_0\": -5, \"T_1\": 1}}", "ACL: T_0: expected nanoseconds");
	refused("{\"ACL\": {\"T_0\": 5}}", "ACL: T_1: expected nanoseconds");
	refused("{\"ACL\": 5}", "ACL: entry: expected an object");
	refused("{\"version\": 1, \"cpu\": \"Other\", \"elements\": [], \"io\": {\"wakeup\": 1}}", "io.wakeup");
	unlink(file);
	assert_int_equal(bty_costs_read(file, &c, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "batchy-agent profile -o"));
	assert_int_equal(bty_costs_read(folder, &c, &err), -EINVAL);
	assert_int_equal(bty_costs_read("/dev/null", &c, &err), -EINVAL);
	assert_true(bty_costs_check("/nonexistent/costs.json", &err) < 0);
	assert_non_null(strstr(err.msg, "-o FILE"));
}

static void other_cpu(void **state)
{
	static const char text[] = "{\"version\": 1, \"cpu\": \"Babbage 1\", \"elements\": []}";
	struct bty_costs *c;
	struct bty_err err;
	char after[256];

	write_file(text, strlen(text));
	c = load();
	assert_non_null(strstr(bty_costs_stale(c), "measured on CPU Babbage 1, this is CPU "));
	bty_costs_free(c);
	c = bty_costs_new();
	assert_int_equal(bty_costs_check(file, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "Babbage 1"));
	assert_int_equal(bty_costs_save(file, c, &err), -EINVAL);
	bty_costs_free(c);
	read_file(after, sizeof(after));
	assert_string_equal(after, text);
}

static void absurd(void **state)
{
	static const double bad[] = { NAN, INFINITY, -1, 1e10 };
	struct bty_costs *c = bty_costs_new();
	struct bty_graph *g = graph("MACSwap");
	struct bty_cost_fit fit;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fit = (struct bty_cost_fit){ bad[i], 1 };
		assert_int_equal(bty_costs_put(c, element(g), &fit, &how), -ERANGE);
		fit = (struct bty_cost_fit){ 1, 1, 0, bad[i] };
		assert_int_equal(bty_costs_put_io(c, BTY_COST_WAKEUP, &fit, &how), -ERANGE);
	}
	assert_int_equal(bty_costs_count(c), 0);
	bty_graph_free(g);
	bty_costs_free(c);
}

/* Bytes changed, put in and cut off: read or refused, and never a number that is absurd. */
static void mutations(void **state)
{
	char good[8192], text[8192];
	struct bty_costs *c;
	struct bty_cost_fit fit;
	struct bty_err err;
	size_t len, n;
	int i, k, taken = 0;

	unlink(file);
	save("Bypass(100, 1000)", 400);
	save("MACSwap", 10);
	len = read_file(good, sizeof(good));
	srand(1);
	for (i = 0; i < MUTATIONS; i++) {
		memcpy(text, good, len);
		n = rand() % 4 ? len : (size_t)rand() % len;
		for (k = rand() % 3; k >= 0 && n; k--)
			text[rand() % n] = rand() % 2 ? "0123456789-.e\"{}[],:"[rand() % 20] : rand();
		write_file(text, n);
		c = NULL;
		if (bty_costs_read(file, &c, &err)) {
			assert_null(c);
			continue;
		}
		taken++;
		if (find(c, "Bypass(100, 1000)", &fit) != BTY_COST_NONE)
			assert_true(fit.t0_ns >= 0 && fit.t0_ns <= BTY_COST_MAX_NS && fit.t1_ns >= 0 &&
				    fit.t1_ns <= BTY_COST_MAX_NS);
		bty_costs_free(c);
	}
	assert_true(taken > 0 && taken < MUTATIONS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip), cmocka_unit_test(keeps_others), cmocka_unit_test(nearest),
		cmocka_unit_test(arguments),  cmocka_unit_test(original),     cmocka_unit_test(bad_files),
		cmocka_unit_test(other_cpu),  cmocka_unit_test(absurd),	      cmocka_unit_test(mutations),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
