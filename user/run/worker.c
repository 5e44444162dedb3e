// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worker's loop: serve what is due, else rest (rest.c) until something is; at stop, finish what is queued. Started by
 * run.c.
 */
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "wfq.h"

#define EMPTY_SPIN_NS  50000ULL /* packets counted by XDP show in the ring when its NAPI poll ends */
#define EMPTY_PAUSE_NS 100000ULL
#define LOST_CHECK_NS  1000000ULL
#define FLUSH_EVERY    16 /* batches, with weighted fair queueing */
#define DRAIN_GRACE_US 1000
#define DRAIN_NS       200000000ULL /* at stop */

static void note_lost(struct bty_lane_rx *l)
{
	uint64_t lost = bty_rxring_lost(&l->ring);

	if (lost != bty_load64(&l->q->lost))
		bty_store64(&l->q->lost, lost);
}

/* Due but nothing in the ring: XDP has counted what the kernel has not put there yet, or could not put there at all. */
static void lane_empty(struct bty_lane_rx *l, uint64_t now)
{
	if (!l->empty_ns) {
		l->empty_ns = now;
	} else if (now - l->empty_ns > EMPTY_SPIN_NS) {
		note_lost(l);
		l->empty_ns = 0;
		l->not_before = now + EMPTY_PAUSE_NS;
	}
}

/*
 * While packets keep coming a ring is never empty for long, but what was lost must not count as waiting: it would release
 * batches too early, and at last fill the queue.
 */
static void look_for_lost(struct bty_lane_rx *l, uint64_t now)
{
	if (now < l->lost_check_ns || !bty_backlog(l->q))
		return;
	note_lost(l);
	l->lost_check_ns = now + LOST_CHECK_NS;
}

static void record_waits(struct bty_lane_rx *l, const struct bty_batch *b, uint64_t now)
{
	uint32_t i;

	for (i = 0; i < b->n; i++)
		if ((b->pkt[i].meta->flags & BTY_F_SAMPLED) && now > b->pkt[i].meta->ts_ns)
			bty_hist_add(l->wait, now - b->pkt[i].meta->ts_ns);
}

/* Takes one vector. Returns how many packets. */
static uint32_t lane_serve_vector(struct bty_wk *w, struct bty_lane_rx *l, enum bty_release why)
{
	uint64_t now = bty_clock_ns();
	struct bty_batch *b = bty_batch_get(w);
	struct bty_queue *q = l->q;
	uint32_t n = bty_rxring_take(&l->ring, &w->umem, b, w->vec);

	if (!n) {
		bty_batch_put(w, b);
		return 0;
	}
	w->inflight += n;
	w->turns.sum.packets += n;
	w->now_ns = now;
	bty_store64(&q->deq, bty_load64(&q->deq) + n);
	/* a short take means that the ring was empty after it: what XDP counts from here on came after now */
	if (n < w->vec)
		bty_store64(&q->drained_ns, now);
	q->batches++;
	if (why == BTY_BY_TRIGGER)
		q->released_trigger++;
	else
		q->released_deadline++;
	w->nbatches++;
	record_waits(l, b, now);
	if (w->node[l->node].ntaps)
		bty_flow_exit(w, &w->node[l->node], b, 0);
	bty_hand_run(w, &l->hand, l->next, b);
	return n;
}

static int lane_serve(struct bty_wk *w, struct bty_lane_rx *l, enum bty_release why, uint64_t now)
{
	int i;

	for (i = 0; i < BTY_VECTORS_PER_VISIT; i++) {
		if (!lane_serve_vector(w, l, why))
			break;
		bty_pool_refill(l->pool, &w->umem);
		why = bty_lane_release(w, l, now);
		if (why == BTY_NOT_DUE || __atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
			i++;
			break;
		}
	}
	if (i) {
		l->empty_ns = 0;
		look_for_lost(l, now);
		return 1;
	}
	lane_empty(l, now);
	return 0;
}

int bty_lane_serve_once(struct bty_wk *w, struct bty_lane_rx *l, uint64_t now_ns)
{
	if (!lane_serve_vector(w, l, BTY_BY_TRIGGER)) {
		lane_empty(l, now_ns);
		return 0;
	}
	bty_pool_refill(l->pool, &w->umem);
	l->empty_ns = 0;
	look_for_lost(l, now_ns);
	return 1;
}

static void flush(struct bty_wk *w)
{
	uint64_t now = bty_clock_ns();
	int i;

	for (i = 0; i < w->npools; i++) {
		bty_kick(w, &w->pool[i], now);
		bty_pool_reap(&w->pool[i], &w->umem);
		bty_pool_refill(&w->pool[i], &w->umem);
	}
}

/*
 * All that is due, because what lanes and earlier queues put in must not pile up; but not what comes in meanwhile, which
 * may be a packet that goes round.
 */
static int wqueue_serve_due(struct bty_wk *w, struct bty_wqueue *wq, uint64_t now)
{
	uint64_t turns = bty_backlog(wq->q) / w->vec + 1;
	enum bty_release why;
	int served = 0;

	for (; turns && (why = bty_wqueue_release(w, wq, now)) != BTY_NOT_DUE; turns--) {
		bty_wqueue_serve(w, wq, why);
		served = 1;
	}
	return served;
}

/* Serves every queue that is due. Returns 0 when none was. */
static int serve_due(struct bty_wk *w)
{
	uint64_t now = bty_clock_ns();
	enum bty_release why;
	int i, any = 0, served = 0;

	bty_turn_begin(w, now);
	/* first, while it is `now`: what a source makes has that time */
	served |= bty_tick(w, now, __atomic_load_n(&w->sources, __ATOMIC_ACQUIRE));
	served |= bty_hand_collect(w);
	for (i = 0; i < w->nlanes; i++) {
		why = bty_lane_release(w, &w->lane[i], now);
		if (why == BTY_NOT_DUE)
			continue;
		any = 1;
		served |= lane_serve(w, &w->lane[i], why, now);
	}
	for (i = 0; i < w->nwqueues; i++)
		served |= wqueue_serve_due(w, &w->wqueue[i], now);
	if (served)
		flush(w);
	bty_turn_end(w, served);
	return any | served;
}

/* One batch of the task that is next. What was sent leaves when there is no more to do, or after a while. */
static int serve_next(struct bty_wk *w)
{
	uint64_t now = bty_clock_ns();
	int ran, ticked;

	bty_turn_begin(w, now);
	ticked = bty_tick(w, now, 0);
	ran = bty_wfq_turn(w, now, __atomic_load_n(&w->sources, __ATOMIC_ACQUIRE));
	if (w->npools && (!ran || ++w->wfq->turns % FLUSH_EVERY == 0))
		flush(w);
	bty_turn_end(w, ran == 1 || ticked);
	return ran || ticked;
}

static int serve(struct bty_wk *w)
{
	if (w->extra)
		return bty_hand_serve(w);
	return w->wfq ? serve_next(w) : serve_due(w);
}

static int serve_metered(struct bty_wk *w)
{
	int any;

	bty_meter_turn(w->meter);
	any = serve(w);
	bty_meter_turned(w->meter);
	return any;
}

/*
 * XDP is detached. Finishes what is queued, whatever the triggers say, after a moment for packets between the program and
 * the ring: detaching does not wait for these in generic mode.
 */
static void drain(struct bty_wk *w)
{
	uint64_t end = bty_clock_ns() + DRAIN_NS;
	int i, left;

	usleep(DRAIN_GRACE_US);
	/* in the order in which nothing finds a queue full */
	while (w->wfq && bty_wfq_turn(w, bty_clock_ns(), 0) && bty_clock_ns() < end)
		;
	do {
		bty_hand_collect(w);
		left = w->handed_out != 0;
		for (i = 0; i < w->nlanes; i++) {
			if (!bty_backlog(w->lane[i].q))
				continue;
			left = 1;
			if (!bty_hand_ready(&w->lane[i].hand, w->vec))
				continue;
			if (!lane_serve_vector(w, &w->lane[i], BTY_BY_DEADLINE))
				note_lost(&w->lane[i]);
		}
		for (i = 0; i < w->nwqueues; i++) {
			if (!bty_backlog(w->wqueue[i].q))
				continue;
			left = 1;
			if (bty_hand_ready(&w->wqueue[i].hand, w->vec))
				bty_wqueue_serve(w, &w->wqueue[i], BTY_BY_DEADLINE);
		}
		bty_tick(w, bty_clock_ns(), 0);
		/* what elements keep is theirs to let go, if they do so in time */
		if (bty_held(w) && bty_tick_due_ns(w, 0) && bty_tick_due_ns(w, 0) < end)
			left = 1;
		flush(w);
		for (i = 0; i < w->npools; i++)
			left |= w->pool[i].kick;
	} while (left && bty_clock_ns() < end);
}

void bty_worker_abandon(struct bty_wk *w)
{
	struct bty_queue *q;
	uint64_t left;
	int i;

	for (i = 0; i < w->nlanes + w->nwqueues; i++) {
		const int node = i < w->nlanes ? w->lane[i].node : w->wqueue[i - w->nlanes].node;

		q = i < w->nlanes ? w->lane[i].q : w->wqueue[i - w->nlanes].q;
		left = bty_backlog(q);
		w->node[node].stats.drops[BTY_DROP_SHUTDOWN] += left;
		bty_store64(&q->deq, bty_load64(&q->deq) + left);
	}
	for (i = 0; i < w->npools; i++) {
		left = bty_pool_unsent(&w->pool[i]);
		if (!left || w->pool[i].node < 0)
			continue;
		w->node[w->pool[i].node].stats.tx -= left;
		w->node[w->pool[i].node].stats.drops[BTY_DROP_SHUTDOWN] += left;
	}
	for (i = 0; i < w->nnodes; i++) {
		left = w->node[i].stats.held;
		w->node[i].stats.held = 0;
		w->node[i].stats.drops[BTY_DROP_SHUTDOWN] += left;
		w->inflight -= left;
	}
}

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

void *bty_worker_main(void *arg)
{
	struct bty_wk *w = arg;

	/* the default slack of 50 us would be added to every deadline */
	prctl(PR_SET_TIMERSLACK, 1UL);
	flush(w);
	if (w->meter)
		bty_meter_start(w->meter);
	while (!__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
		if (__atomic_load_n(&w->renew, __ATOMIC_ACQUIRE))
			bty_worker_renew(w);
		if (w->meter ? serve_metered(w) : serve(w))
			continue;
		if (w->busy_poll)
			bty_pause();
		else
			bty_rest(w);
	}
	if (w->meter)
		bty_meter_stop(w->meter);
	if (!w->extra)
		drain(w);
	w->cpu_ns = cpu_ns();
	return NULL;
}
