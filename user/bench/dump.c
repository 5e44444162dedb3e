// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One row of numbers for each round, separated by tabs, with the columns of Batchy (NSDI 2020) and one more; the manual has their
 * units. Called by loop.c.
 */
#include <math.h>

#include "loop.h"

static const char *queue_name(const struct bty_bench_loop *l, int i)
{
	return l->g->el[l->g->queue_el[i]].name;
}

void bty_bench_dump_head(const struct bty_bench_loop *l)
{
	static const char *const of_queue[] = { "control", "x_v", "R_v", "b_v", "b_in" };
	FILE *f = l->dump;
	size_t k;
	int i;

	fputc('t', f);
	for (i = 0; i < l->g->nqueues; i++)
		for (k = 0; k < sizeof(of_queue) / sizeof(of_queue[0]); k++)
			fprintf(f, "\t%s:%s", queue_name(l, i), of_queue[k]);
	for (i = 0; i < l->g->nflows; i++)
		fprintf(f, "\t%s:delay\t%s:delay_estimate", l->g->flow[i].name, l->g->flow[i].name);
	for (i = 0; i < l->g->nflows; i++)
		fprintf(f, "\t%s:pps", l->g->flow[i].name);
	fputs("\tw0:task_pps\tw0:t_0\tw0:t_0_estimate\tw0:b_0\tw0:cyc_per_packet\tsum_fpps\tctrlr_deadtime\tstall\n",
	      f);
}

/* nan where nothing was counted */
static double ratio(double a, double b)
{
	return b > 0 ? a / b : NAN;
}

static void put(FILE *f, double v)
{
	if (isfinite(v))
		fprintf(f, "\t%.9g", v);
	else
		fputs("\tnan", f);
}

static double since(uint64_t now, uint64_t before)
{
	return (double)(now - before);
}

static void put_queue(const struct bty_bench_loop *l, int i, double s)
{
	double batches = since(l->now.queue[i].batches, l->before.queue[i].batches);
	double packets = since(l->now.queue[i].packets, l->before.queue[i].packets);

	put(l->dump, l->set[i]);
	put(l->dump, batches / s);
	put(l->dump, packets / s);
	put(l->dump, ratio(packets, batches));
	put(l->dump, ratio(since(l->now.queue[i].put_pkts, l->before.queue[i].put_pkts),
			   since(l->now.queue[i].puts, l->before.queue[i].puts)));
}

static void put_worker(const struct bty_bench_loop *l, double s)
{
	const struct bty_bench_counts *a = &l->before, *b = &l->now;
	double packets = since(b->turns.packets, a->turns.packets);
	double entered = since(b->turns.entered, a->turns.entered);
	double cycles_per_ns = since(b->cycles, a->cycles) / since(b->ns, a->ns);

	put(l->dump, packets / s);
	put(l->dump, ratio(s * 1e9, entered));
	put(l->dump, l->obs.worker.elements_ns);
	put(l->dump, ratio(packets, entered));
	put(l->dump, ratio(since(b->cpu_ns, a->cpu_ns) * cycles_per_ns, packets));
}

void bty_bench_dump_row(const struct bty_bench_loop *l, uint32_t round)
{
	double s = since(l->now.ns, l->before.ns) / 1e9, pps, sum = 0;
	int i;

	fprintf(l->dump, "%u", round);
	for (i = 0; i < l->g->nqueues; i++)
		put_queue(l, i, s);
	for (i = 0; i < l->g->nflows; i++) {
		put(l->dump, l->now.flow[i].windows != l->before.flow[i].windows ? l->obs.flow[i].measured_ns : NAN);
		put(l->dump, l->estimate_ns[i]);
	}
	for (i = 0; i < l->g->nflows; i++) {
		pps = since(l->now.flow[i].packets, l->before.flow[i].packets) / s;
		sum += pps;
		put(l->dump, pps);
	}
	put_worker(l, s);
	put(l->dump, sum);
	put(l->dump, l->control_ns / 1e9);
	fprintf(l->dump, "\t%d\n", l->stalled);
}
