// SPDX-License-Identifier: GPL-2.0-or-later
/* The queue between two elements inside a worker (backend worker); called by exec.c and worker.c on its thread. */
#include "worker.h"

void bty_wqueue_put(struct bty_wk *w, struct bty_wqueue *wq, struct bty_batch *b)
{
	struct bty_node *n = &w->node[wq->node];
	struct bty_queue *q = wq->q;
	uint64_t enq = bty_load64(&q->enq), deq = bty_load64(&q->deq), now = bty_clock_ns();
	uint32_t i, limit = q->limit < wq->capacity ? q->limit : wq->capacity;

	wq->puts++;
	if (enq == deq)
		bty_store64(&q->oldest_ns, now);
	for (i = 0; i < b->n; i++) {
		if (enq - deq >= limit) {
			q->full_drops++;
			n->stats.drops[BTY_DROP_QUEUE_FULL]++;
			bty_frame_free(&w->umem, b->pkt[i].frame);
			w->inflight--;
			continue;
		}
		wq->since[enq & (wq->capacity - 1)] = now >> 6;
		wq->ring[enq++ & (wq->capacity - 1)] = b->pkt[i];
		w->inflight--;
	}
	bty_store64(&q->enq, enq);
}

void bty_wqueue_serve(struct bty_wk *w, struct bty_wqueue *wq, enum bty_release why)
{
	uint64_t now_ns = bty_clock_ns();
	struct bty_batch *b = bty_batch_get(w);
	struct bty_queue *q = wq->q;
	uint64_t deq = bty_load64(&q->deq), enq = bty_load64(&q->enq);
	uint32_t i;

	for (; b->n < w->vec && deq != enq; deq++) {
		i = deq & (wq->capacity - 1);
		b->pkt[b->n] = wq->ring[i];
		if (b->pkt[b->n].meta->flags & BTY_F_SAMPLED)
			bty_hist_add(wq->wait, (uint64_t)((uint32_t)(now_ns >> 6) - wq->since[i]) << 6);
		b->n++;
	}
	w->inflight += b->n;
	w->now_ns = now_ns;
	bty_store64(&q->deq, deq);
	if (deq == enq)
		bty_store64(&q->drained_ns, now_ns);
	q->batches++;
	if (why == BTY_BY_TRIGGER)
		q->released_trigger++;
	else
		q->released_deadline++;
	bty_flow_exit(w, &w->node[wq->node], b, 0);
	if (w->meter)
		bty_meter_mark(w->meter, &w->meter->node[wq->node], 0);
	bty_hand_run(w, &wq->hand, wq->next, b);
}
