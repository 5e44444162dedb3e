/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A controller and what it is told, for tests of single decisions. Included by one file of a test program, after cmocka.h. */
#ifndef TESTS_UNIT_DECIDE_H
#define TESTS_UNIT_DECIDE_H

#include "plant.h"

static struct bty_control *control_of(const char *name, const struct bty_observer *o)
{
	struct bty_controller_choice choice;
	struct bty_control *c = NULL;
	struct bty_err err;

	assert_int_equal(bty_controller_find(name, &choice, &err), 0);
	assert_int_equal(bty_control_new(&choice, o, &c, &err), 0);
	return c;
}

/* Queue i on the path of flow i, as measured delay_ns under slo_ns. */
static void fill(struct bty_observer *o, int n)
{
	int i;

	memset(o, 0, sizeof(*o));
	o->nqueues = o->nflows = n;
	for (i = 0; i < n; i++) {
		o->queue[i].capacity = 1024;
		o->queue[i].trigger = 1;
		o->queue[i].weight = 1;
		o->queue[i].rate_pps = o->queue[i].total_pps = 1e6;
		o->queue[i].batches_ps = 1e5;
		o->queue[i].burst_pkts = 1;
		o->queue[i].t0_ns = 1000;
		o->queue[i].t1_ns = 50;
		o->flow[i].slo_ns = 100000;
		o->flow[i].percentile = 95;
		o->flow[i].queue[0] = i;
		o->flow[i].nqueues = 1;
		o->flow[i].measured_ns = 10000;
		o->flow[i].pps = 1e6;
	}
}

static void again(struct bty_control *c, struct bty_observer *o, struct bty_decision *d)
{
	int i;

	for (i = 0; i < o->nflows; i++)
		o->flow[i].windows++;
	bty_decide(c, o, d);
}

#endif
