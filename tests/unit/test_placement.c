// SPDX-License-Identifier: GPL-2.0-or-later
/* user/placement: tiers, queue backends, numbers of queues and devices, marks of flows; on stub classes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

#include "stub_classes.h"

static const struct bty_element *el(const struct bty_graph *g, const char *name)
{
	int i = bty_graph_find(g, name);

	assert_true(i >= 0);
	return &g->el[i];
}

static void assert_place(const struct bty_graph *g, const char *name, unsigned int place)
{
	assert_int_equal(el(g, name)->place, place);
	assert_int_equal(el(g, name)->backend, BTY_BACKEND_NONE);
}

static void assert_queue(const struct bty_graph *g, const char *name, enum bty_backend backend)
{
	assert_int_equal(el(g, name)->backend, backend);
	assert_int_equal(el(g, name)->place, backend == BTY_BACKEND_XSK ? ANYWHERE : BTY_PLACE_WORKER);
}

static void without_queue_all_is_xdp(void **state)
{
	struct bty_graph *g = parse("in :: FromDevice(eth0) -> a :: Pass -> out :: ToDevice(eth1);");

	assert_place(g, "in", BTY_PLACE_XDP);
	assert_place(g, "a", BTY_PLACE_XDP);
	assert_place(g, "out", BTY_PLACE_XDP);
	assert_int_equal(g->nqueues, 0);
	bty_graph_free(g);
}

static void first_queue_is_xsk(void **state)
{
	struct bty_graph *g = parse("in :: FromDevice(eth0) -> a :: Early -> q :: Queue -> b :: Crypto\n"
				    "-> r :: Queue -> c :: Pass -> s :: Queue -> out :: ToHost; Flow(f, PATH in);");

	assert_place(g, "a", BTY_PLACE_XDP);
	assert_queue(g, "q", BTY_BACKEND_XSK);
	assert_place(g, "b", BTY_PLACE_WORKER);
	assert_queue(g, "r", BTY_BACKEND_WORKER);
	assert_place(g, "c", BTY_PLACE_WORKER);
	assert_queue(g, "s", BTY_BACKEND_WORKER);
	assert_place(g, "out", BTY_PLACE_WORKER);
	assert_place(g, "Flow@9", 0);
	bty_graph_free(g);
}

static void queues_are_numbered(void **state)
{
	struct bty_graph *g = parse("FromDevice(eth0) -> q :: Queue -> p :: Pass -> r :: Queue -> ToHost;");

	assert_int_equal(g->nqueues, 2);
	assert_int_equal(el(g, "q")->queue, 0);
	assert_int_equal(el(g, "r")->queue, 1);
	assert_int_equal(el(g, "p")->queue, -1);
	assert_int_equal(g->queue_el[0], bty_graph_find(g, "q"));
	assert_int_equal(g->queue_el[1], bty_graph_find(g, "r"));
	bty_graph_free(g);
}

static void devices_are_numbered(void **state)
{
	struct bty_graph *g =
		parse("FromDevice(eth0) -> o :: ToDevice(eth9); i :: FromDevice(eth1) -> p :: ToDevice(eth0);");

	assert_int_equal(g->ndev, 3);
	assert_string_equal(g->dev[0].name, "eth0");
	assert_int_equal(g->dev[0].receives, 1);
	assert_string_equal(g->dev[1].name, "eth9");
	assert_int_equal(g->dev[1].receives, 0);
	assert_string_equal(g->dev[2].name, "eth1");
	assert_int_equal(g->dev[2].receives, 1);
	assert_int_equal(el(g, "FromDevice@1")->device, 0);
	assert_int_equal(el(g, "o")->device, 1);
	assert_int_equal(el(g, "i")->device, 2);
	assert_int_equal(el(g, "p")->device, 0);
	bty_graph_free(g);
	g = parse("FromDevice(eth0) -> p :: Pass -> ToHost;");
	assert_int_equal(el(g, "p")->device, -1);
	bty_graph_free(g);
}

static void reached_both_ways_runs_in_both(void **state)
{
	struct bty_graph *g =
		parse("FromDevice(eth0) -> s :: Split(x, y); s[0] -> q :: Queue -> p :: Pass -> out :: ToHost;\n"
		      "s[1] -> p;");

	assert_place(g, "s", BTY_PLACE_XDP);
	assert_queue(g, "q", BTY_BACKEND_XSK);
	assert_place(g, "p", ANYWHERE);
	assert_place(g, "out", ANYWHERE);
	bty_graph_free(g);
}

static void two_devices_may_share_a_queue(void **state)
{
	struct bty_graph *g = parse("FromDevice(eth0) -> q :: Queue -> ToHost; FromDevice(eth1) -> Pass -> q;");

	assert_queue(g, "q", BTY_BACKEND_XSK);
	bty_graph_free(g);
}

static void queue_fed_from_both_tiers(void **state)
{
	refuse("FromDevice(eth0) -> s :: Split(x, y); s[0] -> q :: Queue -> p :: Pass -> r :: Queue -> ToHost;\n"
	       "s[1] -> e :: Early -> r;",
	       "f:1:74: 'r' is fed from XDP by 'e' and from a worker by 'p': expected one Queue for each");
	refuse("FromDevice(eth0) -> s :: Split(x, y); s[0] -> q :: Queue -> p :: Pass -> r :: Queue -> ToHost; s[1] -> "
	       "p;",
	       "f:1:74: 'r' is fed from XDP by 'p' and from a worker by 'p': expected one Queue for each");
	refuse("FromDevice(eth0) -> q :: Queue -> s :: Split(x, y); s[0] -> q; s[1] -> ToHost;",
	       "f:1:21: 'q' is fed from XDP by 'FromDevice@1' and from a worker by 's': expected one Queue for each");
	refuse("FromDevice(eth0) -> s :: Split(x, y) -> q :: Queue -> r :: Queue -> ToHost; s[1] -> r;",
	       "f:1:55: 'r' is fed from XDP by 's' and from a worker by 'q': expected one Queue for each");
}

static void elements_where_they_cannot_run(void **state)
{
	refuse("FromDevice(eth0) -> Pass -> c :: Crypto -> ToHost;",
	       "f:1:29: 'c' (Crypto) cannot run in XDP, where 'Pass@2' leads to it: put a Queue before it");
	refuse("FromDevice(eth0) -> Queue -> Pass -> e :: Early -> ToHost;",
	       "f:1:38: 'e' (Early) cannot run in a worker, where 'Pass@3' leads to it: put it before the Queue");
	refuse("FromDevice(eth0) -> s :: Split(x, y) -> Queue -> c :: Crypto -> ToHost; s[1] -> c;",
	       "f:1:50: 'c' (Crypto) cannot run in XDP, where 's' leads to it: put a Queue before it");
}

/* `n` Pass in a row, then what follows. */
static char *chain(char *text, int n, const char *then)
{
	size_t len = sprintf(text, "FromDevice(eth0)");
	int i;

	for (i = 0; i < n; i++)
		len += sprintf(text + len, "\n-> Pass");
	sprintf(text + len, "\n-> %s;", then);
	return text;
}

static void xdp_chain_is_limited(void **state)
{
	char text[4096];

	bty_graph_free(parse(chain(text, 31, "ToHost")));
	bty_graph_free(parse(chain(text, 31, "Queue -> Pass -> Pass -> ToHost")));
	refuse(chain(text, 32, "ToHost"), "f:34:4: 'ToHost@34' is number 33 in a row in XDP: expected 32 at most; put "
					  "a Queue before it, behind which there may be more");
	refuse(chain(text, 32, "Queue -> ToHost"), "f:34:4: 'Queue@34' is number 33 in a row in XDP: expected 32 at "
						   "most; put a Queue before it, behind which there may be more");
}

/* The longest way counts, not the first one found, nor the number of ways (2^28 of them here). */
static void xdp_chain_of_many_ways(void **state)
{
	char text[4096];
	size_t n = sprintf(text, "FromDevice(eth0) -> a00 :: Split(x, y);\n");
	int i;

	for (i = 1; i < 29; i++)
		n += sprintf(text + n, "a%02d :: Split(x, y); a%02d[0] -> a%02d; a%02d[1] -> a%02d;\n", i, i - 1, i,
			     i - 1, i);
	strcpy(text + n, "a28[0] -> ToHost; a28[1] -> ToHost;");
	bty_graph_free(parse(text));
	strcpy(text + n, "a28[0] -> Pass -> Pass -> Pass -> ToHost; a28[1] -> ToHost;");
	refuse(text, "f:30:35: 'ToHost@34' is number 33 in a row in XDP: expected 32 at most; put a Queue before it, "
		     "behind which there may be more");
}

/* The short way to t is seen first; one element more and the long way to ToHost is too long. */
static void xdp_chain_by_the_longest_way(void **state)
{
	char text[1024];
	size_t n = sprintf(text, "FromDevice(eth0) -> s :: Split(x, y); s[1] -> t :: Pass -> ToHost;\ns[0]");
	int i;

	for (i = 0; i < 29; i++)
		n += sprintf(text + n, " -> Pass");
	strcpy(text + n, " -> t;");
	bty_graph_free(parse(text));
	strcpy(text + n, " -> Pass -> t;");
	refuse(text, "f:1:60: 'ToHost@4' is number 33 in a row in XDP: expected 32 at most; put a Queue before it, "
		     "behind which there may be more");
}

static void cycles_through_a_worker_queue(void **state)
{
	struct bty_graph *g =
		parse("FromDevice(eth0) -> q :: Queue -> p :: Pass -> s :: Split(x, y) -> r :: Queue -> p;\n"
		      "s[1] -> ToHost; Flow(again, PATH p p);");

	assert_queue(g, "r", BTY_BACKEND_WORKER);
	assert_place(g, "p", BTY_PLACE_WORKER);
	bty_graph_free(g);
}

static void too_many_queues_and_devices(void **state)
{
	char text[16384] = "FromDevice(eth0)";
	size_t n = strlen(text);
	int i;

	for (i = 0; i < BTY_MAX_QUEUES; i++)
		n += sprintf(text + n, "\n-> Queue");
	strcpy(text + n, "-> ToHost;");
	bty_graph_free(parse(text));
	strcpy(text + n, "\n-> Queue -> ToHost;");
	refuse(text, "f:66:4: 'Queue@66': expected 64 queues at most");
	for (n = i = 0; i < BTY_MAX_DEVICES; i++)
		n += sprintf(text + n, "FromDevice(eth%d) -> Discard;\n", i);
	bty_graph_free(parse(text));
	strcpy(text + n, "a :: FromDevice(ethx) -> Discard;\n");
	refuse(text, "f:17:1: 'a': expected 16 devices at most");
}

#define DIAMOND                                                                                             \
	"in :: FromDevice(eth0) -> s :: Split(x, y); s[0] -> q1 :: Queue -> n1 :: Pass -> out :: ToHost;\n" \
	"s[1] -> q2 :: Queue -> n2 :: Pass -> out;\n"

static void dominators_need_no_mark(void **state)
{
	struct bty_graph *g = parse(DIAMOND "Flow(a, PATH in s q1 n1); Flow(b, PATH in out);");

	assert_int_equal(g->flow[0].marks, 0);
	assert_int_equal(g->flow[1].marks, 0);
	assert_int_equal(el(g, "q1")->mark, 0);
	bty_graph_free(g);
}

static void others_do_and_share_them(void **state)
{
	struct bty_graph *g = parse(DIAMOND "Flow(a, PATH in q1 n1 out); Flow(b, PATH q1 out); Flow(c, PATH q2 out);");

	assert_int_equal(el(g, "q1")->mark, 1);
	assert_int_equal(el(g, "n1")->mark, 2);
	assert_int_equal(el(g, "q2")->mark, 4);
	assert_int_equal(el(g, "n2")->mark, 0);
	assert_int_equal(el(g, "in")->mark, 0);
	assert_int_equal(g->flow[0].marks, 3);
	assert_int_equal(g->flow[1].marks, 1);
	assert_int_equal(g->flow[2].marks, 4);
	bty_graph_free(g);
}

static void one_of_two_devices_is_marked(void **state)
{
	struct bty_graph *g = parse("a :: FromDevice(eth0) -> q :: Queue -> ToHost; b :: FromDevice(eth1) -> q;\n"
				    "Flow(f, PATH b q);");

	assert_int_equal(el(g, "b")->mark, 1);
	assert_int_equal(el(g, "a")->mark, 0);
	assert_int_equal(g->flow[0].marks, 1);
	bty_graph_free(g);
}

static void where_a_flow_ends(void **state)
{
	struct bty_graph *g =
		parse("FromDevice(eth0) -> s :: Split(x, y) -> q :: Queue -> p :: Pass -> ToHost; s[1] -> p;\n"
		      "Flow(a, PATH s); Flow(b, PATH s q); Flow(c, PATH s p);");

	assert_int_equal(g->flow[0].in_worker, 0);
	assert_int_equal(g->flow[1].in_worker, 1);
	assert_int_equal(g->flow[2].in_worker, 1);
	bty_graph_free(g);
}

static void paths_no_packet_takes(void **state)
{
	refuse(DIAMOND "Flow(a, PATH n1 q1);",
	       "f:3:17: flow 'a': no packet gets from 'n1' to 'q1': expected elements in the order packets pass them");
	refuse(DIAMOND "Flow(a, PATH in n1\n n2);",
	       "f:4:2: flow 'a': no packet gets from 'n1' to 'n2': expected elements in the order packets pass them");
	refuse(DIAMOND "Flow(a, PATH in in);",
	       "f:3:17: flow 'a': no packet gets from 'in' to 'in': expected elements in the order packets pass them");
}

static void marks_are_limited(void **state)
{
	char text[8192];
	size_t n =
		sprintf(text, "FromDevice(eth0) -> s :: Split(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16); o :: ToHost;\n");
	int i;

	for (i = 0; i < 16; i++)
		n += sprintf(text + n, "s[%d] -> a%d :: Pass -> b%d :: Pass -> c%d :: Pass -> o;\n", i, i, i, i);
	for (i = 0; i < 16; i++)
		n += sprintf(text + n, "Flow(f%d, PATH a%d b%d o);\n", i, i, i);
	bty_graph_free(parse(text));
	strcpy(text + n, "Flow(g, PATH c7 o);");
	refuse(text, "f:34:14: flow 'g': 'c7' is one too many to tell flows apart: expected 32 such elements at most");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_queue_all_is_xdp),
		cmocka_unit_test(first_queue_is_xsk),
		cmocka_unit_test(queues_are_numbered),
		cmocka_unit_test(devices_are_numbered),
		cmocka_unit_test(reached_both_ways_runs_in_both),
		cmocka_unit_test(two_devices_may_share_a_queue),
		cmocka_unit_test(queue_fed_from_both_tiers),
		cmocka_unit_test(elements_where_they_cannot_run),
		cmocka_unit_test(xdp_chain_is_limited),
		cmocka_unit_test(xdp_chain_of_many_ways),
		cmocka_unit_test(xdp_chain_by_the_longest_way),
		cmocka_unit_test(cycles_through_a_worker_queue),
		cmocka_unit_test(too_many_queues_and_devices),
		cmocka_unit_test(dominators_need_no_mark),
		cmocka_unit_test(others_do_and_share_them),
		cmocka_unit_test(one_of_two_devices_is_marked),
		cmocka_unit_test(where_a_flow_ends),
		cmocka_unit_test(paths_no_packet_takes),
		cmocka_unit_test(marks_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
