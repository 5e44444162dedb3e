// SPDX-License-Identifier: GPL-2.0-or-later
/* Controllers one decision at a time: names, modes, the defects of the original, verdicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "decide.h"
#include "user/decide/rtc.h"
#include "user/lib/log.h"

static void names(void **state)
{
	static const char *const good[] = { "slo", "null", "max", "fix8", "onoff", "feasdir", "projgrad", "nfvnice" };
	static const char *const bad[] = { "", "fast", "fix0", "fix65537", "fix8x", "slow", "fix" };
	struct bty_controller_choice c;
	struct bty_err err;
	size_t i;

	for (i = 0; i < 8; i++) {
		assert_int_equal(bty_controller_find(good[i], &c, &err), 0);
		assert_string_equal(c.name, good[i]);
	}
	for (i = 0; i < 7; i++)
		assert_int_equal(bty_controller_find(bad[i], &c, &err), -22);
	bty_controller_find("fast", &c, &err);
	for (i = 0; i < 8; i++)
		assert_non_null(strstr(err.msg, good[i]));
}

static void modes(void **state)
{
	struct bty_controller_choice choice;
	struct bty_observer *o = calloc(1, sizeof(*o));
	struct bty_control *c = NULL;
	struct bty_decision d;
	struct bty_err err;

	fill(o, 2);
	bty_controller_find("nfvnice", &choice, &err);
	assert_int_equal(bty_control_new(&choice, o, &c, &err), -22);
	assert_non_null(strstr(err.msg, "projgrad"));
	o->wfq = 1;
	bty_controller_find("slo", &choice, &err);
	assert_int_equal(bty_control_new(&choice, o, &c, &err), -22);
	assert_non_null(strstr(err.msg, "nfvnice"));
	c = control_of("nfvnice", o);
	bty_decide(c, o, &d);
	assert_true(d.queue[0].weight == 1 && d.queue[0].trigger == 1);
	bty_control_free(c);
	c = control_of("max", o);
	bty_decide(c, o, &d);
	assert_true(d.queue[1].weight == 1024 && d.queue[1].trigger == 1);
	bty_control_free(c);
	free(o);
}

/* The original validated the size in force, and not the one to be set. */
static void the_new_trigger_is_checked(void **state)
{
	struct bty_observer *o = calloc(1, sizeof(*o));
	struct bty_decision d;
	struct bty_control *c;

	fill(o, 2);
	o->queue[0].capacity = 64;
	o->queue[1].trigger = 5000;
	o->queue[1].trigger_fixed = 1;
	c = control_of("fix60000", o);
	bty_decide(c, o, &d);
	assert_int_equal(d.queue[0].trigger, 32);
	assert_int_equal(d.queue[1].trigger, 1024);
	bty_control_free(c);
	free(o);
}

/* The original added descendants to a list that it kept, so that costs grew every round. */
static void aggregated_costs_do_not_grow(void **state)
{
	struct bty_input *in = calloc(1, sizeof(*in));
	double t0, t1;
	int i;

	in->nqueues = 3;
	for (i = 0; i < 3; i++)
		in->queue[i] = (struct bty_in_queue){ .t0_ns = 100 * (i + 1), .t1_ns = 10, .trigger = 1 };
	in->queue[0].nnext = 2;
	in->queue[0].next[0] = 1;
	in->queue[0].next[1] = 2;
	in->queue[0].next_share[0] = in->queue[0].next_share[1] = 0.5;
	for (i = 0; i < 5; i++) {
		bty_rtc_aggregate(in, 0, &t0, &t1);
		assert_true(t0 == 600 && t1 == 20);
	}
	/* a queue that is on holds its own batches */
	in->queue[2].trigger = 8;
	bty_rtc_aggregate(in, 0, &t0, &t1);
	assert_true(t0 == 300 && t1 == 15);
	/* one that leads back ends all the same */
	in->queue[1].nnext = 1;
	in->queue[1].next[0] = 0;
	in->queue[1].next_share[0] = 1;
	bty_rtc_aggregate(in, 0, &t0, &t1);
	assert_true(t0 < 1e6);
	free(in);
}

/* The original's feasdir only ever grew a trigger when it logged. */
static void feasdir_moves_when_quiet(void **state)
{
	struct bty_observer *o = calloc(1, sizeof(*o));
	enum bty_log_level level = bty_log_max;
	struct bty_decision d;
	struct bty_control *c;
	int i;

	bty_log_max = BTY_LOG_ERROR;
	fill(o, 1);
	c = control_of("feasdir", o);
	for (i = 0; i < 3; i++)
		again(c, o, &d);
	assert_true(d.queue[0].trigger > 5);
	bty_log_max = level;
	bty_control_free(c);
	free(o);
}

/* u before v, all packets of u going there. */
static void chain(struct bty_observer *o, int nfrom)
{
	fill(o, 2);
	o->queue[0].nnext = 1;
	o->queue[0].next[0] = 1;
	o->queue[0].next_share[0] = 1;
	o->queue[1].nfrom = nfrom;
	o->flow[0].nqueues = 2;
	o->flow[0].queue[1] = 1;
	o->flow[0].slo_ns = o->flow[1].slo_ns = 1000000;
}

/* The original's constraint between u and v was active whatever their triggers were. */
static void projgrad_couples_only_what_is_tight(void **state)
{
	struct bty_observer *o = calloc(1, sizeof(*o));
	struct bty_decision d;
	struct bty_control *c;

	chain(o, 1);
	o->queue[0].trigger = 10;
	o->queue[1].trigger = 64;
	c = control_of("projgrad", o);
	again(c, o, &d);
	assert_true(d.queue[0].trigger > 10);
	assert_int_equal(d.queue[1].trigger, 64);
	/* where it is tight it binds: u may not hold packets longer than v */
	o->queue[0].trigger = 20;
	o->queue[1].trigger = 20;
	o->queue[0].t0_ns = 10000;
	again(c, o, &d);
	assert_true(d.queue[0].trigger <= d.queue[1].trigger);
	bty_control_free(c);
	free(o);
}

/* A queue that others feed too fills faster: what holds for the one before does not bind it. */
static void several_inputs_are_no_chain(void **state)
{
	static const char *const name[] = { "projgrad", "feasdir" };
	struct bty_observer *o = calloc(1, sizeof(*o));
	struct bty_decision d;
	struct bty_control *c;
	int i, k;

	for (i = 0; i < 2; i++) {
		chain(o, 2);
		o->queue[0].trigger = o->queue[1].trigger = 8;
		o->queue[1].rate_pps = o->queue[1].total_pps = 3e6;
		o->queue[1].trigger_fixed = 1;
		c = control_of(name[i], o);
		for (k = 0; k < 4; k++)
			again(c, o, &d);
		assert_true(d.queue[0].trigger > 8);
		bty_control_free(c);
	}
	free(o);
}

/* The list of queues behind was never filled in the original's feasdir, so this bound was not there. */
static void feasdir_is_bound_by_the_next_queue(void **state)
{
	struct bty_observer *o = calloc(1, sizeof(*o));
	struct bty_decision d;
	struct bty_control *c;
	int i;

	chain(o, 1);
	o->queue[0].trigger = 4;
	o->queue[1].trigger = 8;
	o->queue[1].trigger_fixed = 1;
	c = control_of("feasdir", o);
	for (i = 0; i < 6; i++)
		again(c, o, &d);
	assert_int_equal(d.queue[0].trigger, 8);
	bty_control_free(c);
	free(o);
}

/* Two queues of one late-to-be flow: one grows at the expense of the other, but never below its least. */
static void projgrad_stops_shrinking_in_time(void **state)
{
	struct bty_observer *o = calloc(1, sizeof(*o));
	struct bty_decision d;
	struct bty_control *c;

	fill(o, 2);
	o->flow[0].nqueues = 2;
	o->flow[0].queue[1] = 1;
	o->nflows = 1;
	o->flow[0].measured_ns = 97000;
	o->queue[0].trigger = 20;
	o->queue[0].t0_ns = 50000;
	o->queue[1].trigger = 9;
	o->queue[1].t0_ns = 10;
	c = control_of("projgrad", o);
	again(c, o, &d);
	/* no more than the other can give, a packet for rounding aside */
	assert_true(d.queue[0].trigger > 20 && d.queue[0].trigger <= 25);
	assert_true(d.queue[1].trigger >= 5 && d.queue[1].trigger < 9);
	bty_control_free(c);
	free(o);
}

/* The original used rate and weight of whichever queue it had looked at last. */
static void wfq_uses_its_own_rate_and_weight(void **state)
{
	struct bty_observer *o = calloc(1, sizeof(*o));
	struct bty_decision d;
	struct bty_control *c;

	fill(o, 2);
	o->wfq = 1;
	o->worker.turnaround_ns = 2000;
	o->queue[1].rate_pps = o->queue[1].total_pps = 1e9;
	o->queue[1].weight = 900;
	o->queue[0].t1_ns = 100;
	o->flow[0].measured_ns = 105000;
	c = control_of("feasdir", o);
	again(c, o, &d);
	/* 5000 ns late, (1 + 100 ns * 1e-3 / ns) * 2000 ns less for one more: 2.27, and one */
	assert_int_equal(d.queue[0].weight, 1 + 3);
	assert_int_equal(d.queue[1].weight, 900);
	/* on time again, with room: weights go back, one at a time */
	o->flow[0].measured_ns = 10000;
	again(c, o, &d);
	again(c, o, &d);
	assert_int_equal(d.queue[0].weight + d.queue[1].weight, 4 + 900 - 2);
	bty_control_free(c);
	free(o);
}

/* Trigger 1 is off; between that and q_min a batch would cost more than it saves. */
static void small_triggers_are_never_chosen(void **state)
{
	static const char *const name[] = { "projgrad", "onoff" };
	struct plant p;
	struct bty_control *c;
	int i, k, n;

	for (n = 0; n < 2; n++) {
		p = (struct plant){ .nqueues = 2, .nflows = 2, .pps = 600e3 };
		for (k = 0; k < 2; k++) {
			p.queue[k] = (struct plant_queue){ .t0 = 1000, .t1 = 50, .capacity = 1024 };
			p.flow[k].queue[0] = k;
			p.flow[k].nqueues = 1;
			p.flow[k].share = 0.5;
			p.o.flow[k].slo_ns = k ? 400000 : 45000;
		}
		plant_open(&p, 17);
		c = control_of(name[n], &p.o);
		for (i = 0; i < 200; i++) {
			plant_period(&p, 1e7, c);
			for (k = 0; k < 2; k++)
				assert_true(p.queue[k].trigger == 1 || p.queue[k].trigger >= (n ? 64 : 5));
		}
		bty_control_free(c);
		plant_close(&p);
	}
}

/* --- what slo says, and who gives way */

static void verdicts(void **state)
{
	struct bty_observer *o = calloc(1, sizeof(*o));
	struct bty_decision d;
	struct bty_control *c;

	fill(o, 2);
	c = control_of("slo", o);
	o->flow[1].slo_ns = 0;
	o->worker.pps = 2e6;
	o->worker.busy = 0.5;
	again(c, o, &d);
	assert_int_equal(d.flow[0].why, BTY_ADMIT_MET);
	assert_int_equal(d.flow[1].why, BTY_ADMIT_NONE);
	assert_true(d.flow[0].possible_pps > 1e6);
	assert_true(d.flow[0].possible_ns > 0 && d.flow[0].possible_ns <= 100000);
	/* below the 1050 ns that one packet takes */
	o->flow[0].slo_ns = 1040;
	again(c, o, &d);
	assert_int_equal(d.flow[0].why, BTY_ADMIT_SERVICE);
	assert_true(d.flow[0].possible_ns > 1040);
	assert_int_equal(d.queue[0].trigger, 1);
	/* more than 50 ns per packet leave time for */
	o->flow[0].slo_ns = 100000;
	o->flow[0].pps = o->queue[0].rate_pps = o->queue[0].total_pps = 25e6;
	o->worker.busy = 1;
	again(c, o, &d);
	assert_int_equal(d.flow[0].why, BTY_ADMIT_LOAD);
	assert_true(d.flow[0].possible_pps > 1e6 && d.flow[0].possible_pps < 25e6);
	/* a promised rate counts although it is not there */
	fill(o, 2);
	o->flow[0].rate_slo_pps = 30000000;
	again(c, o, &d);
	assert_int_equal(d.flow[0].why, BTY_ADMIT_LOAD);
	bty_control_free(c);
	free(o);
}

/* Twice what the worker can do, nine tenths of it without an objective. */
static void best_effort_gives_way(void **state)
{
	struct plant p = { .nqueues = 2, .nflows = 2, .pps = 2e6 };
	uint64_t before[2], drops[2];
	struct bty_control *c;
	int i, late = 0;

	p.queue[0] = (struct plant_queue){ .t0 = 500, .t1 = 200, .capacity = 1024 };
	p.queue[1] = (struct plant_queue){ .t0 = 2000, .t1 = 1000, .capacity = 1024 };
	for (i = 0; i < 2; i++) {
		p.flow[i].queue[0] = i;
		p.flow[i].nqueues = 1;
	}
	p.flow[0].share = 0.1;
	p.flow[1].share = 0.9;
	p.o.flow[0].slo_ns = 300000;
	plant_open(&p, 4);
	c = control_of("slo", &p.o);
	for (i = 0; i < 5; i++)
		plant_period(&p, 1e7, c);
	for (i = 0; i < 2; i++) {
		before[i] = p.flow[i].exits;
		drops[i] = p.queue[i].drops;
	}
	for (i = 0; i < 50; i++) {
		plant_period(&p, 1e7, c);
		late += p.o.flow[0].measured_ns > p.o.flow[0].slo_ns;
	}
	print_message("late %d of 50; %llu of %.0f packets left with an objective, %llu without; limit %u\n", late,
		      (unsigned long long)(p.flow[0].exits - before[0]), 0.1 * 2e6 * 0.5,
		      (unsigned long long)(p.flow[1].exits - before[1]), p.queue[1].limit);
	assert_int_equal(late, 0);
	assert_int_equal(p.queue[0].drops, drops[0]);
	assert_true(p.queue[1].drops > drops[1]);
	assert_true(p.queue[1].limit < 1024);
	/* the worker does what it can: 0.5 s less 0.1 million times 200 ns and more, at 1000 ns and more */
	assert_true(p.flow[1].exits - before[1] > 400000);
	/* when the load is gone, all may wait again */
	p.pps = 100e3;
	for (i = 0; i < 30; i++)
		plant_period(&p, 1e7, c);
	assert_int_equal(p.queue[1].limit, 1024);
	bty_control_free(c);
	plant_close(&p);
}

/* The waits of all queues on a path, if every packet waited for the deadline, and its service, fit the objective. */
static void deadlines_fit_the_path(void **state)
{
	struct bty_observer *o = calloc(1, sizeof(*o));
	struct bty_decision d;
	struct bty_control *c;
	int i;

	fill(o, 3);
	o->nflows = 2;
	o->flow[0].nqueues = 3;
	o->flow[1].nqueues = 2;
	for (i = 0; i < 3; i++)
		o->flow[0].queue[i] = i;
	o->flow[1].queue[0] = 2;
	o->flow[1].queue[1] = 0;
	o->flow[1].slo_ns = 40000;
	o->queue[1].t0_ns = 20000;
	c = control_of("slo", o);
	for (i = 0; i < 20; i++) {
		again(c, o, &d);
		assert_true(d.queue[0].deadline_ns + d.queue[1].deadline_ns + d.queue[2].deadline_ns + 22150 <= 98000);
		assert_true(d.queue[0].deadline_ns + d.queue[2].deadline_ns + 2100 <= 39200);
	}
	/* the queue that waits longest has the longest deadline */
	assert_true(d.queue[1].deadline_ns > d.queue[0].deadline_ns);
	bty_control_free(c);
	free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(modes),
		cmocka_unit_test(the_new_trigger_is_checked),
		cmocka_unit_test(aggregated_costs_do_not_grow),
		cmocka_unit_test(feasdir_moves_when_quiet),
		cmocka_unit_test(projgrad_couples_only_what_is_tight),
		cmocka_unit_test(several_inputs_are_no_chain),
		cmocka_unit_test(feasdir_is_bound_by_the_next_queue),
		cmocka_unit_test(projgrad_stops_shrinking_in_time),
		cmocka_unit_test(wfq_uses_its_own_rate_and_weight),
		cmocka_unit_test(small_triggers_are_never_chosen),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(best_effort_gives_way),
		cmocka_unit_test(deadlines_fit_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
