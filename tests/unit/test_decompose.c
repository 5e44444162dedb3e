// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which worker serves which queue, decided on workers that follow the decisions: their load and turns are what queues with known
 * costs cause where they are. greedy as in Batchy; slo moves what it takes, no more, settles, and goes back when there is room.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "user/decide/slo.h"

#define US 1000.0
#define MS 1000000.0

/* A queue that costs took_ns for each batch of 32, rate_pps. Flow i passes queue i. */
static struct {
	struct bty_observer o;
	struct bty_decision d;
	struct bty_control *c;
	double took_ns[BTY_MAX_QUEUES], rate_pps[BTY_MAX_QUEUES];
	double rest;	/* of the first worker's time */
	double turn_ns; /* of it, beside queues; with greedy sources */
	int greedy;
	int moves, changes; /* all so far, and windows in which there were any */
} p;

static double often(int i)
{
	return p.rate_pps[i] / 32;
}

static double busy_of(int worker)
{
	double hand = p.o.hand_t0_ns + 32 * p.o.hand_t1_ns, sum = worker ? 0 : p.rest;
	int i;

	for (i = 0; i < p.o.nqueues; i++) {
		if (p.o.queue[i].server == worker)
			sum += often(i) * p.took_ns[i] / 1e9;
		if (p.o.queue[i].server && (p.o.queue[i].server == worker || !worker))
			sum += often(i) * hand / 1e9;
	}
	return fmin(sum, 1);
}

static void look(void)
{
	struct bty_obs_queue *q;
	int i;

	p.o.worker.greedy = p.greedy;
	p.o.worker.busy = p.greedy ? 1 : busy_of(0);
	p.o.worker.turnaround_ns = p.turn_ns;
	for (i = 0; i < p.o.nqueues; i++) {
		q = &p.o.queue[i];
		q->rate_pps = q->total_pps = p.rate_pps[i];
		q->batch_pkts = q->burst_pkts = 32;
		q->batches_ps = often(i);
		q->pkt_ns = p.took_ns[i] / 32;
		q->t1_ns = p.took_ns[i] / 32 + (q->server ? p.o.hand_t1_ns : 0);
		q->t0_ns = q->server ? p.o.hand_t0_ns : 0;
		if (p.greedy && !q->server)
			p.o.worker.turnaround_ns += p.took_ns[i];
		p.o.flow[i].t1_ns = p.took_ns[i] / 32;
		p.o.flow[i].pps = p.rate_pps[i];
	}
	for (i = 1; i <= p.o.nextra; i++) {
		p.o.extra[i - 1].busy = busy_of(i);
		p.o.extra[i - 1].turnaround_ns = 100 * US;
	}
}

static void windows(int n)
{
	int i, moved;

	for (; n; n--) {
		look();
		for (i = 0; i < p.o.nflows; i++)
			p.o.flow[i].windows++;
		bty_decide(p.c, &p.o, &p.d);
		for (i = 0, moved = 0; i < p.o.nqueues; i++)
			moved += p.d.queue[i].server != p.o.flow[i].queue[1];
		for (i = 0; i < p.o.nqueues; i++)
			p.o.flow[i].queue[1] = p.o.queue[i].server = p.d.queue[i].server;
		p.moves += moved;
		p.changes += moved > 0;
	}
}

static void begin(int nqueues, int nextra, enum bty_decompose how, const char *controller)
{
	struct bty_controller_choice choice;
	struct bty_err err;
	int i;

	memset(&p, 0, sizeof(p));
	p.o.nqueues = p.o.nflows = nqueues;
	p.o.nextra = nextra;
	p.o.decompose = how;
	p.o.hand_t0_ns = 1000;
	p.o.hand_t1_ns = 10;
	for (i = 0; i < nqueues; i++) {
		p.o.queue[i].capacity = 1024;
		p.o.queue[i].trigger = 1;
		p.o.queue[i].movable = 1;
		p.o.flow[i].percentile = 95;
		p.o.flow[i].queue[0] = i;
		p.o.flow[i].nqueues = 1;
	}
	assert_int_equal(bty_controller_find(controller, &choice, &err), 0);
	assert_int_equal(bty_control_new(&choice, &p.o, &p.c, &err), 0);
}

static void queue(int i, double took_ns, double rate_pps, double slo_ns)
{
	p.took_ns[i] = took_ns;
	p.rate_pps[i] = rate_pps;
	p.o.flow[i].slo_ns = (uint64_t)slo_ns;
}

static int at(int worker)
{
	int i, n = 0;

	for (i = 0; i < p.o.nqueues; i++)
		n += p.o.queue[i].server == worker;
	return n;
}

static void end(void)
{
	bty_control_free(p.c);
}

/* One strict flow, and bulk whose batches of 300 us block it for more than it has. */
static void strict_and_bulk(int nextra, enum bty_decompose how)
{
	int i;

	begin(5, nextra, how, "slo");
	queue(0, 3 * US, 32000, 200 * US);
	for (i = 1; i < 5; i++)
		queue(i, 300 * US, 10000, 50 * MS);
	p.rest = 0.05;
}

static void bulk_moves_away(void **state)
{
	strict_and_bulk(1, BTY_DECOMPOSE_AUTO);
	windows(2);
	assert_int_equal(p.moves, 0);
	windows(28);
	assert_int_equal(p.o.queue[0].server, 0);
	/* one of them may stay: what blocks in less than one case of twenty does not count */
	assert_in_range(at(1), 3, 4);
	assert_int_equal(p.moves, at(1));
	windows(200);
	assert_in_range(p.moves, 3, 4);
	end();
}

/* A flow alone that its worker has not the time for goes where there is time, and nothing else does. */
static void as_few_as_it_takes(void **state)
{
	int i;

	begin(4, 2, BTY_DECOMPOSE_SLO, "slo");
	for (i = 0; i < 4; i++)
		queue(i, 20 * US, i == 2 ? 900000 : 200000, 10 * MS);
	p.rest = 0.05;
	look();
	assert_true(p.o.worker.busy > 0.96);
	windows(60);
	assert_int_equal(p.moves, 1);
	assert_int_equal(at(0), 3);
	end();
}

static void nothing_without_need(void **state)
{
	int i;

	begin(4, 2, BTY_DECOMPOSE_SLO, "slo");
	for (i = 0; i < 4; i++)
		queue(i, 20 * US, 100000, 10 * MS);
	windows(300);
	assert_int_equal(p.moves, 0);
	/* and what cannot be helped is left alone: an objective below the service time */
	queue(1, 20 * US, 100000, 1 * US);
	windows(300);
	assert_int_equal(p.moves, 0);
	end();
	/* nor by those that were not asked to */
	strict_and_bulk(1, BTY_DECOMPOSE_NONE);
	windows(100);
	assert_int_equal(p.moves, 0);
	end();
	begin(5, 1, BTY_DECOMPOSE_AUTO, "projgrad");
	queue(0, 3 * US, 32000, 200 * US);
	queue(1, 300 * US, 80000, 50 * MS);
	windows(100);
	assert_int_equal(p.moves, 0);
	end();
}

static void what_is_set_stays(void **state)
{
	strict_and_bulk(1, BTY_DECOMPOSE_SLO);
	p.o.queue[1].server_fixed = p.o.queue[2].server_fixed = 1;
	p.o.queue[3].movable = p.o.queue[4].movable = 0;
	windows(100);
	/* the strict flow itself may go */
	assert_int_equal(at(1), p.o.queue[0].server);
	end();
}

/* Two extra workers share what one could not do. */
static void to_the_idlest(void **state)
{
	int i;

	begin(9, 2, BTY_DECOMPOSE_SLO, "slo");
	queue(0, 3 * US, 32000, 200 * US);
	for (i = 1; i < 9; i++)
		queue(i, 300 * US, 20000, 50 * MS);
	p.rest = 0.05;
	windows(60);
	assert_int_equal(p.o.queue[0].server, 0);
	assert_in_range(at(1), 3, 4);
	assert_in_range(at(2), 3, 4);
	assert_true(busy_of(1) < 0.95 && busy_of(2) < 0.95);
	end();
}

static void back_when_there_is_room(void **state)
{
	int i, moves;

	strict_and_bulk(1, BTY_DECOMPOSE_SLO);
	windows(60);
	moves = p.moves;
	assert_in_range(moves, 3, 4);
	for (i = 1; i < 5; i++)
		p.rate_pps[i] = 500;
	windows(400);
	assert_int_equal(at(0), 5);
	assert_int_equal(p.moves, 2 * moves);
	end();
}

/* Load that swings over the edge: the longer it does, the rarer queues follow. */
static void does_not_flap(void **state)
{
	int i, k, first;

	strict_and_bulk(1, BTY_DECOMPOSE_SLO);
	for (k = 0; k < 20; k++) {
		for (i = 1; i < 5; i++)
			p.rate_pps[i] = k % 2 ? 500 : 10000;
		windows(60);
	}
	first = p.changes;
	for (k = 0; k < 40; k++) {
		for (i = 1; i < 5; i++)
			p.rate_pps[i] = k % 2 ? 500 : 10000;
		windows(60);
	}
	assert_in_range(p.changes - first, 0, first);
	assert_in_range(p.changes, 1, 40);
	end();
}

/* Sources as fast as their worker: what is in each turn counts. */
static void turns_of_greedy_sources(void **state)
{
	int i;

	begin(5, 1, BTY_DECOMPOSE_SLO, "slo");
	queue(0, 3 * US, 32000, 500 * US);
	for (i = 1; i < 5; i++)
		queue(i, 200 * US, 40000, 0);
	p.greedy = 1;
	p.turn_ns = 10 * US;
	windows(10);
	/* two of 200 us are 413 us, more than 0.8 of 500 */
	assert_int_equal(at(1), 3);
	windows(300);
	assert_int_equal(at(1), 3);
	assert_int_equal(p.moves, 3);
	end();
}

/* Predicted to be kept, if barely: what is measured decides. */
static void late_all_the_same(void **state)
{
	int i;

	begin(3, 1, BTY_DECOMPOSE_SLO, "slo");
	queue(0, 3 * US, 32000, 500 * US);
	for (i = 1; i < 3; i++)
		queue(i, 220 * US, 40000, 0);
	p.greedy = 1;
	p.turn_ns = 10 * US;
	windows(50);
	assert_int_equal(p.moves, 0);
	p.o.flow[0].measured_ns = (uint64_t)(510 * US);
	windows(3);
	assert_int_equal(p.moves, 1);
	assert_int_equal(p.o.queue[0].server, 0);
	end();
}

/* As in the original, worked out by hand: 64 in every module that stays, and the path once more. */
static void greedy(void **state)
{
	begin(4, 2, BTY_DECOMPOSE_GREEDY, "projgrad");
	/* at 64 packets: 20, 100, 400, 60 us */
	queue(0, 10 * US, 1000, 200 * US);
	queue(1, 50 * US, 1000, 400 * US);
	queue(2, 200 * US, 1000, 0);
	queue(3, 30 * US, 1000, 190 * US);
	windows(9);
	assert_int_equal(p.moves, 0);
	windows(1);
	/* 3 alone: 60; 0: 80; 1 would be 180 and their paths 0.9 and 0.3: still below 190; 2 would be 580 */
	assert_int_equal(p.o.queue[0].server, 0);
	assert_int_equal(p.o.queue[1].server, 0);
	assert_int_equal(p.o.queue[3].server, 0);
	assert_int_equal(p.o.queue[2].server, 1);
	/* 1 is one too many now, the next worker gets it, for good */
	p.o.flow[3].slo_ns = 180 * US;
	windows(10);
	assert_int_equal(p.o.queue[1].server, 2);
	p.o.flow[3].slo_ns = 10 * MS;
	windows(100);
	assert_int_equal(at(0), 2);
	assert_int_equal(p.moves, 2);
	end();
}

/* slo's own prediction: what a packet waits for is the worker that serves its queue. */
static void verdicts_are_of_the_worker_that_serves(void **state)
{
	begin(2, 1, BTY_DECOMPOSE_NONE, "slo");
	queue(0, 20 * US, 1300000, 10 * MS);
	queue(1, 20 * US, 1000000, 10 * MS);
	windows(5);
	assert_int_equal(p.d.flow[0].why, BTY_ADMIT_LOAD);
	p.o.queue[0].server = 1;
	windows(5);
	assert_int_equal(p.o.queue[0].server, 1);
	assert_int_equal(p.d.flow[0].why, BTY_ADMIT_MET);
	assert_int_equal(p.d.flow[1].why, BTY_ADMIT_MET);
	/* of the one that serves it 95 %, at 625 + 10 ns a packet, and 1000 a batch, of at most 512 */
	assert_true(p.d.flow[0].possible_pps > 1400000 && p.d.flow[0].possible_pps < 1493000);
	end();
}

static void names(void **state)
{
	enum bty_decompose how;

	assert_int_equal(bty_decompose_parse("greedy", &how), 0);
	assert_int_equal(how, BTY_DECOMPOSE_GREEDY);
	assert_string_equal(bty_decompose_name(BTY_DECOMPOSE_SLO), "slo");
	assert_int_equal(bty_decompose_parse("best", &how), -22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bulk_moves_away),
		cmocka_unit_test(as_few_as_it_takes),
		cmocka_unit_test(nothing_without_need),
		cmocka_unit_test(what_is_set_stays),
		cmocka_unit_test(to_the_idlest),
		cmocka_unit_test(back_when_there_is_room),
		cmocka_unit_test(does_not_flap),
		cmocka_unit_test(turns_of_greedy_sources),
		cmocka_unit_test(late_all_the_same),
		cmocka_unit_test(greedy),
		cmocka_unit_test(verdicts_are_of_the_worker_that_serves),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
