// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads what workers count, from the main thread while they run; called by user/observe. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "internal.h"

#define PKT_SAMPLES 4 /* of batches, for a mean */

static uint64_t cpu_of(const struct bty_wk *w)
{
	struct timespec ts;
	clockid_t clock;

	if (!w->started)
		return w->cpu_ns;
	if (pthread_getcpuclockid(w->thread, &clock) || clock_gettime(clock, &ts))
		return 0;
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

void bty_run_element_stats(const struct bty_run *r, int element, struct bty_el_stats *sum)
{
	const struct bty_el_stats *s;
	int i, d;

	for (i = 0; i < r->nworkers + r->nextra; i++) {
		s = &r->wk[i].node[element].stats;
		sum->packets_in += s->packets_in;
		sum->bytes_in += s->bytes_in;
		sum->tx += s->tx;
		sum->pass += s->pass;
		sum->batches += s->batches;
		sum->made += s->made;
		sum->held += s->held;
		for (d = 0; d < BTY_DROP_MAX; d++)
			sum->drops[d] += s->drops[d];
	}
}

void bty_run_element_counts(const struct bty_run *r, int element, uint64_t *packets, uint64_t *batches)
{
	int i;

	*packets = *batches = 0;
	for (i = 0; i < r->nworkers + r->nextra; i++) {
		*packets += r->wk[i].node[element].stats.packets_in;
		*batches += r->wk[i].node[element].stats.batches;
	}
}

int bty_run_element_cost(const struct bty_run *r, int element, double *t0_ns, double *t1_ns)
{
	struct bty_cost sum = { 0 };
	int i;

	for (i = 0; i < r->nworkers + r->nextra; i++) {
		const struct bty_cost *c = &r->wk[i].node[element].cost;

		sum.n += c->n;
		sum.b += c->b;
		sum.bb += c->bb;
		sum.t += c->t;
		sum.bt += c->bt;
	}
	return bty_cost_line(&sum, bty_clock_cost_ns(), t0_ns, t1_ns);
}

double bty_run_element_pkt_ns(const struct bty_run *r, int element)
{
	double n = 0, b = 0, t = 0;
	int i;

	for (i = 0; i < r->nworkers + r->nextra; i++) {
		n += r->wk[i].node[element].cost.n;
		b += r->wk[i].node[element].cost.b;
		t += r->wk[i].node[element].cost.t;
	}
	t -= n * bty_clock_cost_ns();
	return n >= PKT_SAMPLES && b > 0 && t > 0 ? t / b : 0;
}

uint64_t bty_run_interrupted(const struct bty_run *r)
{
	uint64_t sum = 0;
	int i, n;

	for (i = 0; i < r->nworkers + r->nextra; i++)
		for (n = 0; n < r->wk[i].nnodes; n++)
			sum += r->wk[i].node[n].cost.ignored;
	return sum;
}

void bty_run_flow(const struct bty_run *r, int flow, uint64_t *packets, uint64_t *bytes, struct bty_hist *delay)
{
	int i;

	for (i = 0; i < r->nworkers + r->nextra; i++) {
		*packets += r->wk[i].flow[flow].packets;
		*bytes += r->wk[i].flow[flow].bytes;
		bty_hist_merge(delay, r->wk[i].flow[flow].delay);
	}
}

uint64_t bty_run_flow_packets(const struct bty_run *r, int flow)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < r->nworkers + r->nextra; i++)
		sum += r->wk[i].flow[flow].packets;
	return sum;
}

uint64_t bty_run_flow_samples(const struct bty_run *r, int flow)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < r->nworkers + r->nextra; i++)
		sum += r->wk[i].flow[flow].delay->count;
	return sum;
}

void bty_run_flow_delay(const struct bty_run *r, int flow, struct bty_hist *delay)
{
	int i;

	if (r->nworkers)
		*delay = *r->wk[0].flow[flow].delay;
	else
		memset(delay, 0, sizeof(*delay));
	for (i = 1; i < r->nworkers + r->nextra; i++)
		bty_hist_merge(delay, r->wk[i].flow[flow].delay);
}

uint64_t bty_run_queue_puts(const struct bty_run *r, int queue)
{
	int el = r->dp->graph->queue_el[queue], i, n;
	uint64_t sum = 0;

	for (i = 0; i < r->nworkers; i++) {
		n = r->wk[i].node[el].wqueue;
		sum += n < 0 ? 0 : r->wk[i].wqueue[n].puts;
	}
	return sum;
}

int bty_run_nworkers(const struct bty_run *r)
{
	return r->nworkers;
}

void bty_run_turns(const struct bty_run *r, struct bty_run_turns *sum, uint64_t *cpu_ns)
{
	const struct bty_run_turns *t;
	int i;

	memset(sum, 0, sizeof(*sum));
	*cpu_ns = 0;
	for (i = 0; i < r->nworkers; i++) {
		*cpu_ns += cpu_of(&r->wk[i]);
		t = &r->wk[i].turns.sum;
		sum->busy_ns += t->busy_ns;
		sum->entered += t->entered;
		sum->packets += t->packets;
		sum->ticks += t->ticks;
		sum->eager += t->eager;
		sum->paused_ns += t->paused_ns;
	}
}

void bty_run_extra_turns(const struct bty_run *r, int extra, struct bty_run_turns *turns, uint64_t *cpu_ns)
{
	const struct bty_wk *w = &r->wk[r->nworkers + extra - 1];

	*turns = w->turns.sum;
	*cpu_ns = cpu_of(w);
}

void bty_run_queue_wait(const struct bty_run *r, int queue, struct bty_hist *wait)
{
	const struct bty_graph *g = r->dp->graph;
	int el = g->queue_el[queue], i, l;

	for (i = 0; i < r->nworkers; i++) {
		for (l = 0; l < r->wk[i].nlanes; l++)
			if (r->wk[i].lane[l].node == el)
				bty_hist_merge(wait, r->wk[i].lane[l].wait);
		for (l = 0; l < r->wk[i].nwqueues; l++)
			if (r->wk[i].wqueue[l].node == el)
				bty_hist_merge(wait, r->wk[i].wqueue[l].wait);
	}
}

uint64_t bty_run_inflight(const struct bty_run *r)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < r->nworkers; i++)
		sum += __atomic_load_n(&r->wk[i].inflight, __ATOMIC_RELAXED);
	return sum;
}

uint64_t bty_run_cpu_ns(const struct bty_run *r)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < r->nworkers + r->nextra; i++)
		sum += cpu_of(&r->wk[i]);
	return sum;
}

uint64_t bty_run_wakeups(const struct bty_run *r)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < r->nworkers + r->nextra; i++)
		sum += r->wk[i].nwakeups;
	return sum;
}

static void add_rests(struct bty_spin_stats *sum, const struct bty_spin_stats *s)
{
	sum->spins += s->spins;
	sum->useful += s->useful;
	sum->spun_ns += s->spun_ns;
	sum->sleeps += s->sleeps;
}

void bty_run_rests(const struct bty_run *r, struct bty_spin_stats *sum, uint64_t *cost_ns)
{
	int i;

	for (i = 0; i < r->nworkers + r->nextra; i++)
		add_rests(sum, &r->wk[i].rests);
	*cost_ns = r->nworkers ? r->wk[0].wakeup_ns : 0;
}

void bty_run_queue_rests(const struct bty_run *r, int queue, struct bty_spin_stats *sum)
{
	int el = r->dp->graph->queue_el[queue], i, l;

	for (i = 0; i < r->nworkers; i++) {
		for (l = 0; l < r->wk[i].nlanes; l++)
			if (r->wk[i].lane[l].node == el)
				add_rests(sum, &r->wk[i].lane[l].watch.stats);
		for (l = 0; l < r->wk[i].nwqueues; l++)
			if (r->wk[i].wqueue[l].node == el)
				add_rests(sum, &r->wk[i].wqueue[l].watch.stats);
	}
}

struct json_t *bty_run_report(const struct bty_run *r, int element)
{
	const struct bty_node *node = r->nworkers ? &r->wk[0].node[element] : NULL;
	void *state[BTY_MAX_WORKERS];
	int i, n = 0;

	if (!node || !node->cls->report)
		return NULL;
	for (i = 0; i < r->nworkers; i++)
		if (r->wk[i].node[element].opened)
			state[n++] = r->wk[i].node[element].env.state;
	return n ? node->cls->report(node->args, state, n) : NULL;
}

static int asleep(const struct bty_wk *w)
{
	return __atomic_load_n(&w->ctl->armed, __ATOMIC_SEQ_CST) != 0;
}

/* What it will do when it wakes is settled while it sleeps: so it must be the same sleep before and after that is read. */
static int idle(const struct bty_wk *w)
{
	const uint64_t rest = __atomic_load_n(&w->nrests, __ATOMIC_SEQ_CST);

	return asleep(w) && !bty_tick_due_ns(w, 1) && !__atomic_load_n(&w->handed_out, __ATOMIC_SEQ_CST) && asleep(w) &&
	       __atomic_load_n(&w->nrests, __ATOMIC_SEQ_CST) == rest;
}

int bty_run_idle(const struct bty_run *r)
{
	int i;

	for (i = 0; i < r->nworkers; i++)
		if (!idle(&r->wk[i]))
			return 0;
	return 1;
}

const struct bty_meter *bty_run_meter(const struct bty_run *r)
{
	return r->nworkers ? r->wk[0].meter : NULL;
}

const char *bty_run_xsk_mode(const struct bty_run *r, int dev)
{
	int i, p;

	for (i = 0; i < r->nworkers; i++)
		for (p = 0; p < r->wk[i].npools; p++)
			if (r->wk[i].pool[p].dev == dev)
				return r->wk[i].pool[p].zero_copy ? "zero-copy" : "copy";
	return "none";
}
