// SPDX-License-Identifier: GPL-2.0-or-later
/* user/graph: arguments by table, their types, bounds and defaults; on stub classes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>
#include <elements/queue.h>

#include "stub_classes.h"

/* The arguments of x in `in -> x :: Class(args) -> out`. */
static struct bty_graph *with_args(const char *class_name, const char *args)
{
	char text[512];

	snprintf(text, sizeof(text), "FromDevice(eth0) -> x :: %s(%s) -> ToHost;", class_name, args);
	return parse(text);
}

static struct types_args types(const char *args)
{
	struct bty_graph *g = with_args("Types", args);
	struct types_args a = *(struct types_args *)g->el[bty_graph_find(g, "x")].args;

	bty_graph_free(g);
	return a;
}

/* Types(args) is refused at column col of the arguments (0: the declaration). */
static void refuse_types(const char *args, int col, const char *message)
{
	char text[512], full[512];

	snprintf(text, sizeof(text), "FromDevice(eth0) -> x :: Types(%s) -> ToHost;", args);
	snprintf(full, sizeof(full), "f:1:%d: x: %s", col ? 31 + col : 21, message);
	refuse(text, full);
}

static void argument_values(void **state)
{
	static const uint8_t mac[6] = { 0x02, 0xab, 0, 0, 0xCD, 0xff };
	struct types_args a;

	a = types("");
	assert_int_equal(a.u32, 7);
	assert_int_equal(a.given, 0);
	assert_int_equal(a.time, 1000000);
	assert_int_equal(a.any, 0);
	a = types("3, 50us");
	assert_int_equal(a.u32, 3);
	assert_int_equal(a.given, 1);
	assert_int_equal(a.time, 50000);
	a = types("TIME 2us, U32 0xa, RATE 1.5kpps, REAL -2.5e-1, BOOL yes, MAC 02:aB:00:00:cd:ff, ANY 4294967295");
	assert_int_equal(a.u32, 10);
	assert_int_equal(a.time, 2000);
	assert_int_equal(a.rate, 1500);
	assert_true(a.real == -0.25);
	assert_int_equal(a.flag, 1);
	assert_memory_equal(a.mac, mac, 6);
	assert_int_equal(a.any, 4294967295);
}

static void argument_names_and_files(void **state)
{
	struct types_args a;

	a = types("NAME eth0.5, FILE routes/a.txt");
	assert_string_equal(a.name, "eth0.5");
	assert_string_equal(a.file, "dir/routes/a.txt");
	a = types("NAME \"a \\\"b\\\\\", FILE \"/tmp/x y\"");
	assert_string_equal(a.name, "a \"b\\");
	assert_string_equal(a.file, "/tmp/x y");
	a = types("NAME n123456789012345678901234567890");
	assert_string_equal(a.name, "n123456789012345678901234567890");
	refuse_types("NAME n1234567890123456789012345678901", 1,
		     "NAME 'n1234567890123456789012345678901': expected a shorter name, of 31 characters at most");
	refuse_types("NAME \"a\"b", 1, "NAME '\"a\"b': expected one word, or a string in quotes");
	refuse_types("NAME a\"b\"", 1, "NAME 'a\"b\"': expected one word, or a string in quotes");
	refuse_types("NAME a b", 1, "NAME 'a b': expected one word, or a string in quotes");
	refuse_types("NAME \"\"", 1, "NAME '\"\"': expected a name");
}

static void paths_are_utf8(void **state)
{
	assert_string_equal(types("FILE \xc3\xa4/\xe2\x82\xac.txt").file, "dir/\xc3\xa4/\xe2\x82\xac.txt");
	refuse_types("FILE \xe4.txt", 1, "FILE '\xe4.txt': expected a name in UTF-8; rename the file");
	refuse_types("FILE \"\xc3\"", 1, "FILE '\"\xc3\"': expected a name in UTF-8; rename the file");
}

static void long_paths_are_refused(void **state)
{
	char args[300] = "FILE /";

	memset(args + 6, 'x', 254);
	assert_int_equal(strlen(types(args).file), 255);
	args[260] = 'x';
	refuse_types(args, 1, "FILE '/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx': expected a shorter path");
}

static void arguments_out_of_range(void **state)
{
	refuse_types("1", 1, "U32 '1': expected 2 to 10 (a small number)");
	refuse_types("11", 1, "U32 '11': expected 2 to 10 (a small number)");
	refuse_types("99999999999999999999999", 1, "U32 '99999999999999999999999': expected 2 to 10 (a small number)");
	refuse_types("5, 999ns", 4, "TIME '999ns': expected 1us to 1s (a time)");
	refuse_types("5, 1.1s", 4, "TIME '1.1s': expected 1us to 1s (a time)");
	refuse_types("ANY 4294967296", 1, "ANY '4294967296': expected 0 to 4294967295 (any number)");
	refuse_types("5, 1e300s", 4, "TIME '1e300s': expected a shorter time");
	refuse_types("RATE 1e300", 1, "RATE '1e300': expected a lower rate");
}

static void arguments_of_the_wrong_type(void **state)
{
	refuse_types("x", 1, "U32 'x': expected a whole number");
	refuse_types("-3", 1, "U32 '-3': expected a whole number");
	refuse_types("3.5", 1, "U32 '3.5': expected a whole number");
	refuse_types("TIME 50", 1, "TIME '50': expected a time with its unit (ns, us, ms or s), as 50us");
	refuse_types("TIME 50 us", 1, "TIME '50 us': expected a time with its unit (ns, us, ms or s), as 50us");
	refuse_types("TIME -5us", 1, "TIME '-5us': expected a time with its unit (ns, us, ms or s), as 50us");
	refuse_types("RATE 5us", 1, "RATE '5us': expected a rate (pps, kpps or Mpps), as 10kpps");
	refuse_types("REAL 1x", 1, "REAL '1x': expected a number");
	refuse_types("REAL inf", 1, "REAL 'inf': expected a number");
	refuse_types("REAL 1e999", 1, "REAL '1e999': expected a number");
	refuse_types("REAL 1e", 1, "REAL '1e': expected a number");
	refuse_types("BOOL maybe", 1, "BOOL 'maybe': expected true or false");
	refuse_types("MAC 02:00:00:00:00", 1,
		     "MAC '02:00:00:00:00': expected an Ethernet address, as 02:00:00:00:00:01");
	refuse_types("MAC 02:00:00:00:00:0", 1,
		     "MAC '02:00:00:00:00:0': expected an Ethernet address, as 02:00:00:00:00:01");
	refuse_types("MAC 02:00:00:00:00:001", 1,
		     "MAC '02:00:00:00:00:001': expected an Ethernet address, as 02:00:00:00:00:01");
	refuse_types("MAC 02-00-00-00-00-01", 1,
		     "MAC '02-00-00-00-00-01': expected an Ethernet address, as 02:00:00:00:00:01");
}

static void arguments_that_do_not_fit(void **state)
{
	refuse_types("3, 5us, 6", 9, "'6': expected 2 arguments without a keyword at most");
	refuse_types("U32 3, U32 4", 8, "U32 is given twice: expected it once");
	refuse_types("3, U32 4", 4, "U32 is given twice: expected it once");
	refuse_types("TIEM 5us", 1, "unknown argument 'TIEM'; did you mean 'TIME'?");
	refuse_types("u32 5", 1, "unknown argument 'u32'; did you mean 'U32'?");
	refuse_types("WHATEVER 5", 1,
		     "unknown argument 'WHATEVER': expected one of U32, TIME, RATE, REAL, BOOL, MAC, NAME, FILE, ANY");
	refuse_types("TIME", 1, "TIME: expected a value: a time");
	refuse_types("3,", 3, "empty argument: expected TIME (a time)");
	refuse("FromDevice() -> ToHost;", "f:1:1: FromDevice@1: argument missing: expected DEVNAME (network device)");
	refuse("FromDevice(eth0) -> Pass(1) -> ToHost;",
	       "f:1:26: Pass@2: '1': Pass takes no arguments: expected '()' or nothing");
}

static void queue_arguments(void **state)
{
	struct bty_graph *g = with_args("Queue", "TRIGGER 8");
	const struct queue_args *a = g->el[1].args;

	assert_int_equal(a->trigger, 8);
	assert_int_equal(a->trigger_given, 1);
	assert_int_equal(a->deadline_given, 0);
	assert_int_equal(a->deadline_ns, 1000000);
	assert_int_equal(a->capacity, 1024);
	bty_graph_free(g);
	refuse("FromDevice(eth0) -> Queue(CAPACITY 100) -> ToHost;",
	       "f:1:21: Queue@2: CAPACITY 100: expected a power of two");
	refuse("FromDevice(eth0) -> Queue(TRIGGER 65, CAPACITY 64) -> ToHost;",
	       "f:1:21: Queue@2: TRIGGER 65: expected at most CAPACITY, 64 packets");
}

static void devices(void **state)
{
	struct bty_graph *g = with_args("Pass", "");

	bty_graph_free(g);
	refuse("FromDevice(eth345678901234) -> ToDevice(eth34567890123456);",
	       "f:1:41: ToDevice@2: 'eth34567890123456': expected a device name of 15 characters at most");
	refuse("FromDevice(a/b) -> ToHost;", "f:1:12: FromDevice@1: 'a/b': expected the name of a network device");
	refuse("FromDevice(\"..\") -> ToHost;", "f:1:12: FromDevice@1: '..': expected the name of a network device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(argument_values),
		cmocka_unit_test(argument_names_and_files),
		cmocka_unit_test(paths_are_utf8),
		cmocka_unit_test(long_paths_are_refused),
		cmocka_unit_test(arguments_out_of_range),
		cmocka_unit_test(arguments_of_the_wrong_type),
		cmocka_unit_test(arguments_that_do_not_fit),
		cmocka_unit_test(queue_arguments),
		cmocka_unit_test(devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
