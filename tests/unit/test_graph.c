// SPDX-License-Identifier: GPL-2.0-or-later
/* user/graph: instances, connections, checks, flows, text forms; on stub classes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <elements/fromdevice.h>

#include "stub_classes.h"
#include "user/graph/graph.h"

static void elements_in_file_order(void **state)
{
	struct bty_graph *g = parse("FromDevice($IFACE) -> b;\nb :: Pass;\nb -> Pass -> a;\na :: Pass() -> ToHost;");

	assert_int_equal(g->nel, 5);
	assert_string_equal(g->file, "dir/f");
	assert_string_equal(g->el[0].name, "FromDevice@1");
	assert_string_equal(g->el[1].name, "b");
	assert_string_equal(g->el[2].name, "Pass@3");
	assert_string_equal(g->el[3].name, "a");
	assert_string_equal(g->el[4].name, "ToHost@5");
	assert_ptr_equal(g->el[1].cls, &stub_pass);
	assert_int_equal(g->el[2].pos.line, 3);
	assert_int_equal(g->el[2].pos.col, 6);
	assert_int_equal(g->el[0].out[0], 1);
	assert_int_equal(g->el[1].out[0], 2);
	assert_int_equal(g->el[2].out[0], 3);
	assert_int_equal(g->el[3].out[0], 4);
	assert_int_equal(g->el[4].nout, 0);
	assert_string_equal(((struct fromdevice_args *)g->el[0].args)->device, "eth0");
	assert_int_equal(bty_graph_find(g, "a"), 3);
	assert_int_equal(bty_graph_find(g, "c"), -1);
	bty_graph_free(g);
}

static void merges_are_counted(void **state)
{
	struct bty_graph *g = parse("FromDevice(eth0) -> s :: Split(a, b); s[0] -> p :: Pass -> ToHost; s[1] -> p;");

	assert_int_equal(g->el[bty_graph_find(g, "p")].nin_edges, 2);
	assert_int_equal(g->el[bty_graph_find(g, "s")].nin_edges, 1);
	assert_int_equal(g->el[0].nin_edges, 0);
	bty_graph_free(g);
}

static void names_and_classes(void **state)
{
	refuse("FromDevice(eth0) -> Tohost;", "f:1:21: unknown element or class 'Tohost'; did you mean 'ToHost'?");
	refuse("FromDevice(eth0) -> nf1 :: Pass -> ToHost; nf1 -> nf2;",
	       "f:1:51: unknown element or class 'nf2'; did you mean 'nf1'?");
	refuse("FromDevice(eth0) -> x :: Qeue -> ToHost;", "f:1:26: unknown class 'Qeue'; did you mean 'Queue'?");
	refuse("FromDevice(eth0) -> Qeue(1) -> ToHost;", "f:1:21: unknown class 'Qeue'; did you mean 'Queue'?");
	refuse("FromDevice(eth0) -> Teleporter(1) -> ToHost;",
	       "f:1:21: unknown class 'Teleporter': see batchy-agent element list for those there are");
	refuse("FromDevice(eth0) -> q :: Pass -> q(1) -> ToHost;",
	       "f:1:34: 'q' is an element: expected its arguments in its declaration");
	refuse("a :: Pass;\nFromDevice(eth0) -> a :: Queue -> ToHost;",
	       "f:2:21: 'a' is declared twice: expected another name, this one is taken at 1:1");
	refuse("a, a :: Pass;", "f:1:4: 'a' is declared twice: expected another name, this one is taken at 1:1");
	refuse("Queue :: Pass;", "f:1:1: 'Queue' is a class: expected another name for an element");
	refuse("FromDevice(eth0) -> a :: Pass -> ToHost;\na;",
	       "f:2:1: 'a' alone does nothing: expected '->' or '::' after it");
}

static void outputs(void **state)
{
	struct bty_graph *g = parse("FromDevice(eth0) -> s :: Some; s[2] -> ToHost; s -> Discard; s[1] -> Discard;");

	assert_int_equal(g->el[1].nout, 3);
	assert_int_equal(g->el[1].out[0], 3);
	assert_int_equal(g->el[1].out[1], 4);
	assert_int_equal(g->el[1].out[2], 2);
	assert_int_equal(((struct split_args *)g->el[1].args)->nconnected, 3);
	bty_graph_free(g);
	g = parse("FromDevice(eth0) -> Some -> ToHost;");
	assert_int_equal(g->el[1].nout, 1);
	assert_int_equal(((struct split_args *)g->el[1].args)->nconnected, 1);
	bty_graph_free(g);
	refuse("FromDevice(eth0) -> s :: Some; s[1] -> ToHost;",
	       "f:1:21: output 0 of 's' (Some) is not connected: expected '->' to some element, as Discard");
	refuse("FromDevice(eth0) -> s :: Some; s[2] -> ToHost; s -> Discard;",
	       "f:1:21: output 1 of 's' (Some) is not connected: expected '->' to some element, as Discard");
	refuse("FromDevice(eth0) -> s :: Some; s[3] -> ToHost;", "f:1:33: 's' (Some) has no output 3: expected 0 to 2");
	refuse("FromDevice(eth0) -> Pass;",
	       "f:1:21: output 0 of 'Pass@2' (Pass) is not connected: expected '->' to some element, as Discard");
	refuse("FromDevice(eth0) [1] -> ToHost;",
	       "f:1:18: 'FromDevice@1' (FromDevice) has no output 1: expected 0, the only one");
	refuse("FromDevice(eth0) -> ToHost -> Discard;",
	       "f:1:21: 'ToHost@2' (ToHost) has no output: expected the chain to end there");
	refuse("i :: FromDevice(eth0) -> t :: ToHost; i -> t;",
	       "f:1:39: output 0 of 'i' is connected twice: expected one connection, it leads to 't' already");
}

static void outputs_that_arguments_call_for(void **state)
{
	struct bty_graph *g = parse("FromDevice(eth0) -> s :: Split(a, b); s[0] -> ToHost; s[1] -> Discard;");

	assert_int_equal(g->el[1].nout, 2);
	bty_graph_free(g);
	refuse("FromDevice(eth0) -> s :: Split(a, b); s[0] -> ToHost;",
	       "f:1:21: output 1 of 's' (Split) is not connected: expected '->' to some element, as Discard");
	refuse("FromDevice(eth0) -> s :: Split(a); s[0] -> ToHost; s[1] -> Discard;",
	       "f:1:53: 's' (Split) has no output 1: expected 0, the only one");
	refuse("FromDevice(eth0) -> s :: Split() -> ToHost;",
	       "f:1:21: s: its arguments call for 0 outputs: expected 1 to 64");
	refuse("FromDevice(eth0) -> s :: "
	       "Split(1,2,3,4,5,6,7,8,9,10,1,2,3,4,5,6,7,8,9,20,1,2,3,4,5,6,7,8,9,30,1,2,3,4,5,6,"
	       "7,8,9,40,1,2,3,4,5,6,7,8,9,50,1,2,3,4,5,6,7,8,9,60,1,2,3,4,5) -> ToHost;",
	       "f:1:21: s: its arguments call for 65 outputs: expected 1 to 64");
	refuse("FromDevice(eth0) -> s :: Split(fail) -> ToHost;", "f:1:32: s: as asked");
}

static void inputs(void **state)
{
	refuse("FromDevice(eth0) -> [1] ToHost;",
	       "f:1:21: 'ToHost@2' (ToHost) has no input 1: expected 0, the only one");
	refuse("a :: FromDevice(eth0) -> Pass -> a;",
	       "f:1:34: 'a' (FromDevice) has no input: expected it at the beginning of a chain");
	refuse("FromDevice(eth0) -> Flow(x, PATH in) -> ToHost;",
	       "f:1:21: 'Flow@2' (Flow) is for information: expected it outside of chains");
	refuse("f :: Flow(x, PATH in); f -> ToHost;",
	       "f:1:24: 'f' (Flow) is for information: expected it outside of chains");
}

static void whole_pipelines(void **state)
{
	static const char empty[] = "f:1:1: nothing in it: expected a pipeline, as FromDevice($IFACE) -> ToHost;";

	refuse("", empty);
	refuse(" \n// nothing\n;", empty);
	refuse("Pass -> ToHost;", "f:1:1: no FromDevice: expected one, as FromDevice($IFACE) -> ToHost;");
	refuse("FromDevice(eth0) -> ToHost;\nb :: FromDevice($IFACE) -> Discard;",
	       "f:2:1: 'FromDevice@1' and 'b' both receive from eth0: expected one FromDevice for each device");
	refuse("FromDevice(eth0) -> ToHost; x :: Pass -> Discard;",
	       "f:1:29: nothing leads to 'x' (Pass): expected a connection to it");
	refuse("FromDevice(eth0) -> ToHost; x :: Pass -> Queue -> x;",
	       "f:1:29: no FromDevice leads to 'x' (Pass): expected a connection from one");
}

static void cycles(void **state)
{
	struct bty_graph *g;

	refuse("FromDevice(eth0) -> a :: Pass -> s :: Split(x, y); s[0] -> ToHost; s[1] -> b :: Pass -> a;",
	       "f:1:21: packets would go round a -> s -> b -> a: expected a Queue on the way");
	refuse("FromDevice(eth0) -> s :: Split(x, y) -> s; s[1] -> ToHost;",
	       "f:1:21: packets would go round s -> s: expected a Queue on the way");
	g = parse("FromDevice(eth0) -> Queue -> a :: Pass -> s :: Split(x, y); s[0] -> ToHost;\n"
		  "s[1] -> w :: Queue -> a;");
	bty_graph_free(g);
}

/* A cycle of more names than a message holds. */
static void long_cycles(void **state)
{
	char text[8192] = "FromDevice(eth0) -> Queue -> e0 :: Pass";
	struct bty_graph *g = NULL;
	size_t n = strlen(text);
	int i;

	for (i = 1; i < 200; i++)
		n += sprintf(text + n, " -> element_number_%d :: Pass", i);
	sprintf(text + n, " -> e0;");
	assert_int_equal(bty_graph_parse(text, strlen(text), "f", NULL, NULL, 0, &g, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "f:1:30: packets would go round e0 -> element_number_1 -> "));
	assert_non_null(strstr(err.msg, " -> ... -> e0: expected a Queue on the way"));
}

#define PIPE "in :: FromDevice(eth0) -> q :: Queue -> out :: ToHost;\n"

static void flows(void **state)
{
	struct bty_graph *g =
		parse(PIPE "Flow(robot, PATH in q  out, DELAY_SLO 50us, RATE_SLO 2kpps, PERCENTILE 99.9);\n"
			   "bulk :: Flow(PATH q);");
	const struct bty_flow *f = &g->flow[0];

	assert_int_equal(g->nflows, 2);
	assert_string_equal(f->name, "robot");
	assert_int_equal(f->npath, 3);
	assert_int_equal(f->path[0], 0);
	assert_int_equal(f->path[1], 1);
	assert_int_equal(f->path[2], 2);
	assert_int_equal(f->path_pos[2].line, 2);
	assert_int_equal(f->path_pos[2].col, 24);
	assert_int_equal(f->delay_slo_ns, 50000);
	assert_int_equal(f->rate_slo_pps, 2000);
	assert_true(f->percentile == 99.9);
	assert_string_equal(g->flow[1].name, "bulk");
	assert_int_equal(g->flow[1].npath, 1);
	assert_int_equal(g->flow[1].delay_slo_ns, 0);
	assert_int_equal(g->flow[1].rate_slo_pps, 0);
	assert_true(g->flow[1].percentile == 95);
	bty_graph_free(g);
}

static void anonymous_elements_in_a_path(void **state)
{
	struct bty_graph *g = parse("FromDevice(eth0) -> Queue -> ToHost; Flow(f, PATH Queue@2 ToHost@3);");

	assert_int_equal(g->flow[0].path[0], 1);
	bty_graph_free(g);
}

static void flow_errors(void **state)
{
	refuse(PIPE "Flow(a, PATH in q ot);", "f:2:19: Flow@4: PATH: unknown element 'ot'; did you mean 'out'?");
	refuse(PIPE "Flow(a, PATH in\n zebra);",
	       "f:3:2: Flow@4: PATH: unknown element 'zebra': expected a declared name");
	refuse(PIPE "Flow(a, PATH);",
	       "f:2:9: Flow@4: PATH: expected a value: elements that its packets pass, in order");
	refuse(PIPE "Flow(a);",
	       "f:2:1: Flow@4: argument missing: expected PATH (elements that its packets pass, in order)");
	refuse(PIPE "Flow(PATH in);", "f:2:1: Flow@4: argument missing: expected NAME (name of the flow)");
	refuse(PIPE "Flow;",
	       "f:2:1: Flow@4: argument missing: expected PATH (elements that its packets pass, in order)");
	refuse(PIPE "Flow(a, PATH in, PATH q);", "f:2:18: Flow@4: PATH is given twice: expected it once");
	refuse(PIPE "Flow(a, PATH in, PERCENTILE 100);",
	       "f:2:18: Flow@4: PERCENTILE 100: expected more than 0 and less than 100");
	refuse(PIPE "Flow(a, PATH in, PERCENTILE 0);",
	       "f:2:18: Flow@4: PERCENTILE 0: expected more than 0 and less than 100");
	refuse(PIPE "Flow(a, PATH in, PERCENTILE -1);",
	       "f:2:18: Flow@4: PERCENTILE -1: expected more than 0 and less than 100");
	refuse(PIPE "Flow(a, PATH in, DELAY_SLO 0);",
	       "f:2:18: Flow@4: DELAY_SLO '0': expected 1ns or more (most delay)");
	refuse(PIPE "Flow(a, PATH in, DELAY_SLO 50);",
	       "f:2:18: Flow@4: DELAY_SLO '50': expected a time with its unit (ns, us, ms or s), as 50us");
	refuse(PIPE "Flow(a, PATH in, RATE_SLO 0pps);",
	       "f:2:18: Flow@4: RATE_SLO '0pps': expected 1 or more (least rate)");
	refuse(PIPE "Flow(a, PATH in, DELAY_SOL 5us);",
	       "f:2:18: Flow@4: unknown argument 'DELAY_SOL'; did you mean 'DELAY_SLO'?");
	refuse(PIPE "Flow(a, PATH in); Flow(a, PATH q);",
	       "f:2:24: Flow@5: there is a flow 'a' already: expected another name");
	refuse(PIPE "Flow(a, PATH in); Flow(PATH q, NAME a);",
	       "f:2:32: Flow@5: there is a flow 'a' already: expected another name");
	refuse(PIPE "Flow(in, PATH in); in2, a :: Flow(PATH q); Flow(PERCENTILE 9, PATH q, in2);",
	       "f:2:71: Flow@7: there is a flow 'in2' already: expected another name");
	refuse(PIPE "Flow(a, PATH in); a :: Flow(PATH q);",
	       "f:2:19: a: there is a flow 'a' already: expected another name");
	refuse(PIPE "Flow(a, PATH in Flow@4);",
	       "f:2:17: Flow@4: PATH: no packet passes 'Flow@4' (Flow): expected another element");
	refuse(PIPE "Flow(\"a b\", PATH in);",
	       "f:2:6: Flow@4: 'a b': expected a name of letters, digits, '_', '-' and '.'");
	refuse(PIPE "Flow(a, PATH in, 7);", "f:2:18: Flow@4: '7': expected 1 argument without a keyword at most");
}

static void flow_limits(void **state)
{
	char text[16384] = PIPE;
	size_t n = strlen(text);
	int i;

	for (i = 0; i <= BTY_MAX_FLOWS; i++)
		n += sprintf(text + n, "Flow(f%d, PATH in);\n", i);
	refuse(text, "f:258:1: Flow@260: expected 256 flows at most");
	n = sprintf(text,
		    "FromDevice(eth0) -> Queue -> s :: Split(a, b) -> q :: Queue -> s; s[1] -> ToHost;\nFlow(f, PATH");
	for (i = 0; i <= BTY_MAX_PATH; i++)
		n += sprintf(text + n, " q");
	sprintf(text + n, ");");
	refuse(text, "f:2:78: Flow@6: PATH: expected 32 elements at most");
}

static char *print(const struct bty_graph *g, void (*fn)(const struct bty_graph *g, FILE *f))
{
	size_t size;
	char *out;
	FILE *f = open_memstream(&out, &size);

	fn(g, f);
	fclose(f);
	return out;
}

static const char SHOWN[] =
	"in :: FromDevice( \"eth0\" ); s :: Split(a  /* c */ b, \"x  y\", "
	"a_very_long_argument_that_no_line_has_room_for);\n"
	"in -> s -> q :: Queue(TRIGGER 8) -> p :: Crypto -> q2 :: Queue -> t :: ToHost; s[1] -> t; s[2] -> Discard;\n"
	"Flow(f, PATH in q, DELAY_SLO 50us, RATE_SLO 1kpps);";

static void text_form(void **state)
{
	struct bty_graph *g = parse(SHOWN);
	char *text = print(g, bty_graph_print);

	assert_string_equal(
		text,
		"in         FromDevice  (\"eth0\")                                          xdp         -       [0] -> "
		"s\n"
		"s          Split       (a b, \"x  y\", a_very_long_argument_that_no_l...)  xdp         -       [0] -> "
		"q, [1] -> t, [2] -> Discard@7\n"
		"q          Queue       (TRIGGER 8)                                       xdp+worker  xsk     [0] -> "
		"p\n"
		"p          Crypto      ()                                                worker      -       [0] -> "
		"q2\n"
		"q2         Queue       ()                                                worker      worker  [0] -> "
		"t\n"
		"t          ToHost      ()                                                xdp+worker  -       -\n"
		"Discard@7  Discard     ()                                                xdp         -       -\n"
		"Flow@8     Flow        (f, PATH in q, DELAY_SLO 50us, RATE_SLO 1kpps)    none        -       -\n");
	free(text);
	bty_graph_free(g);
}

static void graphviz_form(void **state)
{
	struct bty_graph *g = parse(SHOWN);
	char *text = print(g, bty_graph_print_dot);

	assert_string_equal(
		text,
		"digraph batchy {\n"
		"\trankdir=LR;\n"
		"\tnode [shape=box];\n"
		"\tlabel=\"flow f: in q, p95 <= 50us, >= 1000 pps\\l\";\n"
		"\tsubgraph \"cluster_xdp\" {\n"
		"\t\tlabel=\"xdp\";\n"
		"\t\t\"in\" [label=\"in\\nFromDevice(\\\"eth0\\\")\"];\n"
		"\t\t\"s\" [label=\"s\\nSplit(a b, \\\"x  y\\\", a_very_long_argument_that_no_line_has_room_for)\"];\n"
		"\t\t\"Discard@7\" [label=\"Discard@7\\nDiscard()\"];\n"
		"\t}\n"
		"\tsubgraph \"cluster_xdp+worker\" {\n"
		"\t\tlabel=\"xdp+worker\";\n"
		"\t\t\"q\" [label=\"q\\nQueue(TRIGGER 8)\\nxsk\", shape=cds];\n"
		"\t\t\"t\" [label=\"t\\nToHost()\"];\n"
		"\t}\n"
		"\tsubgraph \"cluster_worker\" {\n"
		"\t\tlabel=\"worker\";\n"
		"\t\t\"p\" [label=\"p\\nCrypto()\"];\n"
		"\t\t\"q2\" [label=\"q2\\nQueue()\\nworker\", shape=cds];\n"
		"\t}\n"
		"\t\"in\" -> \"s\";\n"
		"\t\"s\" -> \"q\" [taillabel=\"0\"];\n"
		"\t\"s\" -> \"t\" [taillabel=\"1\"];\n"
		"\t\"s\" -> \"Discard@7\" [taillabel=\"2\"];\n"
		"\t\"q\" -> \"p\";\n"
		"\t\"p\" -> \"q2\";\n"
		"\t\"q2\" -> \"t\";\n"
		"}\n");
	free(text);
	bty_graph_free(g);
}

static void load_from(const char *path, int code, const char *message)
{
	struct bty_graph *g = NULL;

	err.msg[0] = '\0';
	assert_int_equal(bty_graph_load(path, "eth0", NULL, 0, &g, &err), code);
	assert_non_null(strstr(err.msg, message));
	bty_graph_free(g);
}

static void files(void **state)
{
	char dir[] = "/tmp/test_graph.XXXXXX", path[64];
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/p.click", dir);
	load_from(path, -ENOENT, "p.click: cannot be opened: No such file or directory; expected a pipeline file");
	load_from(dir, -EINVAL, ": cannot be opened: not a file but a directory; expected a pipeline file");
	assert_int_equal(mkfifo(path, 0600), 0);
	load_from(path, -EINVAL, "p.click: cannot be opened: not a file; expected a pipeline file");
	unlink(path);
	f = fopen(path, "w");
	load_from(path, -EINVAL, "p.click:1:1: nothing in it");
	fputs("FromDevice($IFACE) -> ToHost;\n", f);
	fflush(f);
	load_from(path, 0, "");
	while (ftell(f) < 1 << 20)
		fputs("//\n", f);
	fclose(f);
	load_from(path, -E2BIG, "p.click: longer than 1 MiB");
	if (geteuid()) {
		chmod(path, 0);
		load_from(path, -EACCES, "p.click: cannot be opened: Permission denied");
	}
	unlink(path);
	rmdir(dir);
}

static void long_file_names(void **state)
{
	struct bty_graph *g = NULL;
	char name[300];

	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	assert_int_equal(bty_graph_parse("", 0, name, NULL, NULL, 0, &g, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "expected a path of 255 characters at most"));
}

static void errors_need_no_place_to_go(void **state)
{
	struct bty_graph *g = NULL;

	assert_int_equal(bty_graph_parse("x", 1, "f", NULL, NULL, 0, &g, NULL), -EINVAL);
	assert_int_equal(bty_graph_parse("x -> y;", 7, "f", NULL, NULL, 0, &g, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_in_file_order),
		cmocka_unit_test(merges_are_counted),
		cmocka_unit_test(names_and_classes),
		cmocka_unit_test(outputs),
		cmocka_unit_test(outputs_that_arguments_call_for),
		cmocka_unit_test(inputs),
		cmocka_unit_test(whole_pipelines),
		cmocka_unit_test(cycles),
		cmocka_unit_test(long_cycles),
		cmocka_unit_test(flows),
		cmocka_unit_test(anonymous_elements_in_a_path),
		cmocka_unit_test(flow_errors),
		cmocka_unit_test(flow_limits),
		cmocka_unit_test(text_form),
		cmocka_unit_test(graphviz_form),
		cmocka_unit_test(files),
		cmocka_unit_test(long_file_names),
		cmocka_unit_test(errors_need_no_place_to_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
