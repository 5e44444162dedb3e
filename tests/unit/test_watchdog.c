// SPDX-License-Identifier: GPL-2.0-or-later
/* What a stalled controller leaves behind: triggers are 1 within a second, but where the file sets them, and its own again when it goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include <elements/queue.h>
#include "user/apply/apply.h"
#include "user/apply/watchdog.h"

static struct queue_args args[2] = { { .trigger_given = 0 }, { .trigger_given = 1 } };
static struct bty_element elements[2] = { { .args = &args[0] }, { .args = &args[1] } };
static struct bty_graph graph = { .file = "test.click", .el = elements, .nel = 2, .nqueues = 2, .queue_el = { 0, 1 } };
static struct bty_queue queues[4];
static struct bty_datapath *dp;

static int open_datapath(void **state)
{
	dp = calloc(1, sizeof(*dp));
	dp->graph = &graph;
	dp->queues = queues;
	dp->nlanes = 2;
	return 0;
}

static int close_datapath(void **state)
{
	free(dp);
	return 0;
}

static void control(struct bty_watchdog *w)
{
	struct bty_decision d = { 0 };
	int i;

	for (i = 0; i < 2; i++)
		d.queue[i] = (struct bty_setting){ .trigger = 32, .deadline_ns = 500000, .weight = 1, .limit = 1024 };
	bty_watchdog_beat(w);
	bty_apply(dp, &d, 2);
}

static uint32_t trigger(int lane)
{
	return __atomic_load_n(&queues[lane].trigger, __ATOMIC_RELAXED);
}

static void a_stall_is_seen_within_a_second(void **state)
{
	struct bty_watchdog *w = NULL;
	struct bty_err err;
	int i;

	assert_int_equal(bty_watchdog_start(dp, NULL, 10000000, &w, &err), 0);
	for (i = 0; i < 15; i++) {
		control(w);
		usleep(100000);
	}
	/* at work for longer than that: nothing happens */
	assert_int_equal(bty_watchdog_stalls(w), 0);
	assert_int_equal(trigger(0), 32);
	control(w);
	for (i = 0; i < 20 && !bty_watchdog_stalls(w); i++)
		usleep(100000);
	assert_true(i >= 7 && i <= 12);
	usleep(10000);
	/* every lane of the first queue; the second has a trigger of its own in the file */
	assert_int_equal(trigger(0), 1);
	assert_int_equal(trigger(1), 1);
	assert_int_equal(trigger(2), 32);
	assert_true(queues[0].deadline_ns == 500000);
	control(w);
	assert_int_equal(trigger(0), 32);
	assert_int_equal(trigger(1), 32);
	/* once for each stall */
	usleep(300000);
	assert_int_equal(bty_watchdog_stalls(w), 1);
	bty_watchdog_stop(w);
	bty_watchdog_stop(NULL);
}

/* A period of seconds is not a stall. */
static void long_periods_are_waited_for(void **state)
{
	struct bty_watchdog *w = NULL;
	struct bty_err err;

	assert_int_equal(bty_watchdog_start(dp, NULL, 500000000, &w, &err), 0);
	control(w);
	usleep(1400000);
	assert_int_equal(bty_watchdog_stalls(w), 0);
	assert_int_equal(trigger(0), 32);
	bty_watchdog_stop(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stall_is_seen_within_a_second),
		cmocka_unit_test(long_periods_are_waited_for),
	};

	return cmocka_run_group_tests(tests, open_datapath, close_datapath);
}
