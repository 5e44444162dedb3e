// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * observe -> decide -> apply, every period, while a pipeline runs without interfaces; called by bench.c on the main thread. As in the
 * experiments of Batchy (NSDI 2020): sources in the worker, and a number of rounds.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../apply/apply.h"
#include "loop.h"

#define STALL_NS    1000000.0 /* that the machine took away from the worker in one period: more is a stall, */
#define STALL_SHARE 0.01      /* or more than this share of the period */
#define LATE_SHARE  0.2	      /* or the period ended late by that much of it */

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void count_queue(const struct bty_bench_loop *l, int n, struct bty_bench_counts *c)
{
	const struct bty_queue *q = bty_lane(l->dp, n, 0);
	uint64_t batches;

	c->queue[n].packets = q->deq;
	c->queue[n].batches = q->batches;
	c->queue[n].by_trigger = q->released_trigger;
	c->queue[n].by_deadline = q->released_deadline;
	c->queue[n].drops = q->full_drops;
	c->queue[n].puts = bty_run_queue_puts(l->run, n);
	bty_run_element_counts(l->run, l->g->queue_el[n], &c->queue[n].put_pkts, &batches);
}

static void count(const struct bty_bench_loop *l, struct bty_bench_counts *c)
{
	struct bty_run_turns turns;
	int i;

	c->ns = clock_ns();
	c->cycles = bty_meter_read();
	c->cpu_ns = bty_run_cpu_ns(l->run);
	bty_run_turns(l->run, &c->turns, &c->worker_cpu_ns[0]);
	for (i = 1; i <= l->obs.nextra; i++)
		bty_run_extra_turns(l->run, i, &turns, &c->worker_cpu_ns[i]);
	for (i = 0; i < l->g->nqueues; i++)
		count_queue(l, i, c);
	for (i = 0; i < l->g->nflows; i++) {
		c->flow[i].packets = bty_run_flow_packets(l->run, i);
		c->flow[i].windows = l->obs.flow[i].windows;
		c->flow[i].violations = l->obs.flow[i].violations;
	}
}

static int stopped(const struct bty_bench_loop *l)
{
	return bty_run_idle(l->run) || (l->opts->stop && *l->opts->stop);
}

static void sleep_until(uint64_t ns)
{
	const struct timespec ts = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static void decide(struct bty_bench_loop *l)
{
	int i;

	if (!l->g->nqueues)
		return;
	bty_decide(l->control, &l->obs, &l->decision);
	for (i = 0; i < l->g->nqueues; i++) {
		l->out->queue[i].moves += l->decision.queue[i].server != l->server[i];
		l->server[i] = l->decision.queue[i].server;
	}
	bty_apply_servers(l->run, &l->decision, l->g->nqueues);
	if (bty_apply(l->dp, &l->decision, l->g->nqueues))
		bty_run_kick(l->run);
}

static void judge(struct bty_bench_loop *l, uint64_t due_ns)
{
	double period = (double)l->opts->control.period_ns, away = (double)l->obs.worker.stalled_ns;
	struct bty_bench_flow *f;
	int i, judged;

	l->stalled = away > STALL_NS || away > STALL_SHARE * period || l->now.ns > due_ns + LATE_SHARE * period;
	l->out->stalled += l->stalled;
	for (i = 0; i < l->g->nflows; i++) {
		f = &l->out->flow[i];
		judged = l->now.flow[i].windows != l->before.flow[i].windows;
		f->calm_periods += judged && !l->stalled;
		f->calm_violations += !l->stalled && l->now.flow[i].violations != l->before.flow[i].violations;
	}
}

static int do_actions(struct bty_bench_loop *l, uint32_t round, struct bty_err *err)
{
	const struct bty_bench_control *c = &l->opts->control;
	int i, ret = 0, look = 0;

	for (i = 0; !ret && i < c->nat; i++)
		if (c->at[i].round == round)
			ret = bty_bench_at_do(&c->at[i], l, &look, err);
	if (look)
		decide(l);
	return ret;
}

/* What is in force from here on. */
static void note_control(struct bty_bench_loop *l)
{
	int i;

	for (i = 0; i < l->g->nqueues; i++)
		l->set[i] = l->obs.wfq ? l->obs.queue[i].weight : l->obs.queue[i].trigger;
}

static int run_round(struct bty_bench_loop *l, uint32_t round, uint64_t due_ns, struct bty_err *err)
{
	uint64_t begin, looked;
	int i, ret = do_actions(l, round, err);

	if (ret)
		return ret;
	note_control(l);
	sleep_until(due_ns);
	begin = clock_ns();
	bty_observe(&l->obs, begin);
	looked = clock_ns();
	count(l, &l->now);
	for (i = 0; i < l->g->nflows; i++)
		l->estimate_ns[i] = bty_bench_estimate_ns(&l->obs, i);
	l->control_ns = (double)(looked - begin);
	begin = clock_ns();
	decide(l);
	l->control_ns += (double)(clock_ns() - begin);
	l->out->control_ns += l->control_ns;
	if (l->control_ns > l->out->control_max_ns)
		l->out->control_max_ns = l->control_ns;
	judge(l, due_ns);
	if (l->dump)
		bty_bench_dump_row(l, round);
	l->before = l->now;
	l->out->n++;
	return 0;
}

/* Everything runs as the file has it; the observer gets to know it. */
static uint64_t warm_up(struct bty_bench_loop *l)
{
	const struct bty_bench_control *c = &l->opts->control;
	uint64_t at = clock_ns(), end = at + c->warmup_ns;

	bty_observe(&l->obs, at);
	while (at < end && !stopped(l)) {
		at = at + c->period_ns < end ? at + c->period_ns : end;
		sleep_until(at);
		bty_observe(&l->obs, clock_ns());
	}
	return clock_ns();
}

static int run_rounds(struct bty_bench_loop *l, struct bty_err *err)
{
	const struct bty_bench_control *c = &l->opts->control;
	uint64_t due = warm_up(l), packets, bytes;
	uint32_t round;
	int i, ret = 0;

	for (i = 0; i < l->g->nflows; i++)
		bty_run_flow(l->run, i, &packets, &bytes, &l->delay[i]);
	count(l, &l->first);
	l->before = l->now = l->first;
	for (round = 0; !ret && round < c->rounds && !stopped(l); round++) {
		due += c->period_ns;
		ret = run_round(l, round, due, err);
		/* who was late does not hurry afterwards: a round has its time */
		if (l->now.ns > due + c->period_ns / 2)
			due = l->now.ns;
	}
	return ret;
}

static void sum_up_flow(struct bty_bench_loop *l, int i, double s)
{
	struct bty_bench_flow *f = &l->out->flow[i];
	struct bty_hist now = { 0 }, delay;
	uint64_t packets = 0, bytes = 0;

	bty_run_flow(l->run, i, &packets, &bytes, &now);
	bty_hist_diff(&delay, &now, &l->delay[i]);
	f->slo_ns = l->obs.flow[i].slo_ns;
	f->percentile = l->obs.flow[i].percentile;
	f->packets = l->now.flow[i].packets - l->first.flow[i].packets;
	f->pps = (double)f->packets / s;
	f->samples = delay.count;
	f->p50_ns = bty_hist_quantile(&delay, 0.50);
	f->p95_ns = bty_hist_quantile(&delay, 0.95);
	f->p99_ns = bty_hist_quantile(&delay, 0.99);
	f->max_ns = delay.max_ns;
	f->periods = l->now.flow[i].windows - l->first.flow[i].windows;
	f->violations = l->now.flow[i].violations - l->first.flow[i].violations;
	l->out->pps += f->pps;
}

static void sum_up_queue(struct bty_bench_loop *l, int i)
{
	const struct bty_obs_queue *o = &l->obs.queue[i];
	struct bty_bench_queue *q = &l->out->queue[i];

	q->trigger = o->trigger;
	q->deadline_ns = o->deadline_ns;
	q->weight = o->weight;
	q->rate_pps = o->total_pps;
	q->t0_ns = o->t0_ns;
	q->t1_ns = o->t1_ns;
	q->server = o->server;
	q->packets = l->now.queue[i].packets - l->first.queue[i].packets;
	q->batches = l->now.queue[i].batches - l->first.queue[i].batches;
	q->released_trigger = l->now.queue[i].by_trigger - l->first.queue[i].by_trigger;
	q->released_deadline = l->now.queue[i].by_deadline - l->first.queue[i].by_deadline;
	q->drops = l->now.queue[i].drops - l->first.queue[i].drops;
}

static void sum_up(struct bty_bench_loop *l)
{
	struct bty_bench_rounds *r = l->out;
	double s;
	int i;

	r->elapsed_ns = l->now.ns - l->first.ns;
	s = r->elapsed_ns ? (double)r->elapsed_ns / 1e9 : 1;
	for (i = 0; i < l->g->nflows; i++)
		sum_up_flow(l, i, s);
	for (i = 0; i < l->g->nqueues; i++)
		sum_up_queue(l, i);
	r->cycles_per_ns = r->elapsed_ns ? (double)(l->now.cycles - l->first.cycles) / (double)r->elapsed_ns : 0;
	r->control_ns = r->n ? r->control_ns / r->n : 0;
	r->bad_estimates = l->obs.bad_estimates;
	r->worker = l->obs.worker;
	memcpy(r->extra, l->obs.extra, sizeof(r->extra));
	for (i = 0; i <= l->obs.nextra; i++)
		r->worker_cpu_ns[i] = l->now.worker_cpu_ns[i] - l->first.worker_cpu_ns[i];
	r->hand_t0_ns = l->obs.hand_t0_ns;
	r->hand_t1_ns = l->obs.hand_t1_ns;
}

static int open_loop(struct bty_bench_loop *l, struct bty_err *err)
{
	const struct bty_bench_control *c = &l->opts->control;
	struct bty_controller_choice choice;
	int i, ret = bty_controller_find(c->controller, &choice, err);

	if (ret)
		return ret;
	l->out->flow = calloc(l->g->nflows + 1, sizeof(*l->out->flow));
	l->out->queue = calloc(l->g->nqueues + 1, sizeof(*l->out->queue));
	l->delay = calloc(l->g->nflows + 1, sizeof(*l->delay));
	if (!l->out->flow || !l->out->queue || !l->delay || bty_observer_init(&l->obs, l->dp, l->run, c->slo_ns))
		return bty_fail(err, -ENOMEM, "out of memory");
	l->obs.costs = l->opts->costs;
	l->obs.decompose = l->opts->decompose;
	/* every round judges every flow, when it is long enough for that */
	l->obs.judge_ns = c->period_ns < BTY_WINDOW_NS ? BTY_WINDOW_NS : 0;
	for (i = 0; c->deadline_ns && i < l->g->nqueues; i++) {
		l->obs.queue[i].deadline_fixed = 1;
		l->obs.queue[i].deadline_ns = c->deadline_ns;
	}
	ret = bty_control_new(&choice, &l->obs, &l->control, err);
	if (!ret && c->dump) {
		l->dump = strcmp(c->dump, "-") ? fopen(c->dump, "we") : stdout;
		if (!l->dump)
			return bty_fail(err, -errno, "%s: %s; give a file that can be written", c->dump,
					strerror(errno));
		bty_bench_dump_head(l);
	}
	return ret;
}

static int close_loop(struct bty_bench_loop *l, int ret, struct bty_err *err)
{
	const char *name = l->opts->control.dump;
	int failed = l->dump && (fflush(l->dump) || ferror(l->dump));

	if (l->dump && l->dump != stdout)
		failed |= fclose(l->dump);
	if (failed && !ret)
		ret = bty_fail(err, -EIO, "%s: cannot be written to the end; is there room?", name);
	/* whoever still uses them has ended then */
	bty_run_halt(l->run);
	free(l->old_args);
	bty_control_free(l->control);
	bty_observer_free(&l->obs);
	free(l->delay);
	free(l);
	return ret;
}

int bty_bench_loop(const struct bty_bench_opts *opts, struct bty_bench *b, struct bty_datapath *dp, struct bty_run *run,
		   struct bty_err *err)
{
	struct bty_bench_loop *l = calloc(1, sizeof(*l));
	uint64_t begin;
	int ret;

	if (!l)
		return bty_fail(err, -ENOMEM, "out of memory");
	l->opts = opts;
	l->g = b->g;
	l->dp = dp;
	l->run = run;
	l->out = &b->rounds;
	ret = open_loop(l, err);
	if (!ret) {
		begin = clock_ns();
		bty_run_sources(run);
		ret = run_rounds(l, err);
		b->elapsed_ns = clock_ns() - begin;
	}
	if (!ret)
		sum_up(l);
	return close_loop(l, ret, err);
}
