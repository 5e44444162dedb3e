/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queues that another worker serves: the worker that a queue belongs to (its home) takes batches out of it as ever, and hands them
 * to an extra worker, which runs them as far as elements may run there, and hands back what has to leave the pipeline, wait or be
 * freed. Private to user/run; called by worker.c, wqueue.c, exec.c and rest.c on the workers' threads, by run.c and move.c on the
 * main thread.
 *
 * Packets go by pointer, their frames stay the home's. A queue has two rings for each extra worker, of one producer and one consumer
 * each. Every packet that was handed over comes back exactly once, so the home, which counts both, knows what there is
 * room for: neither ring can be full, and what there is no room for stays in the queue. Order: a queue goes to another worker only when
 * all that the old one got is back.
 */
#ifndef USER_RUN_HANDOFF_H
#define USER_RUN_HANDOFF_H

#include <stdint.h>
#include <batchy/class.h>
#include "spin.h"

#define BTY_HAND_VECTORS 8    /* a ring holds */
#define BTY_HAND_END	 (-1) /* in place of a node: the packet has ended */

struct bty_wk;
struct bty_run;

struct bty_handed {
	struct bty_pkt pkt;
	int32_t node; /* where it goes on */
};

struct bty_hand_ring {
	struct bty_handed *slot;
	_Alignas(64) uint64_t head; /* the producer's; the consumer reads it */
	uint64_t filled;	    /* the producer's: not published yet */
	_Alignas(64) uint64_t tail; /* the consumer's alone */
};

/* Between one queue of a home and one extra worker. */
struct bty_hand_link {
	struct bty_wk *home, *server;
	uint32_t mask; /* of both rings */
	int next;      /* the node behind the queue */
	struct bty_hand_ring out, back;
};

/* What a queue's home knows of who serves it; all zero: it does itself. */
struct bty_hand {
	struct bty_hand_link *link; /* one for each extra worker; NULL: it cannot be moved */
	uint32_t server;	    /* 0: the home, else link[server - 1]; written by the home */
	uint32_t want;		    /* the same, as the main thread wants it */
	uint64_t handed, done;	    /* packets; written by the home */
};

/*
 * Whether a batch of up to vec packets may leave the queue now. Not while it waits for packets to come back, because there is no room
 * or because it is on its way to another worker. Called by the home.
 */
static inline int bty_hand_ready(struct bty_hand *h, uint32_t vec)
{
	uint32_t want;

	if (!h->link)
		return 1;
	want = __atomic_load_n(&h->want, __ATOMIC_RELAXED);
	if (want != h->server) {
		if (h->handed != h->done)
			return 0;
		__atomic_store_n(&h->server, want, __ATOMIC_RELEASE);
	}
	return !h->server || h->handed - h->done + vec <= (uint64_t)h->link->mask + 1;
}

/* Runs batch b, just taken from the queue of h, from the node behind it: here, or where the queue is served. Takes b. */
void bty_hand_run(struct bty_wk *w, struct bty_hand *h, int next, struct bty_batch *b);

/* Takes back all that other workers have done, and finishes it. Returns 1 when there was any. */
int bty_hand_collect(struct bty_wk *w);

/* An extra worker's turn: up to some vectors of each queue. Returns 1 when there were any. */
int bty_hand_serve(struct bty_wk *w);

/* In an extra worker, which serves a link: p goes on at node in its home, or has ended (BTY_HAND_END). */
void bty_hand_back(struct bty_wk *w, const struct bty_pkt *p, int node);

/* Whether something has come: back, or to an extra worker. */
int bty_hand_due(const struct bty_wk *w);

/* Main thread, all workers ended: finishes what is back, and counts what never was run under the shutdown reason. */
void bty_hand_settle(struct bty_wk *w);

/* Makes the rings between r's workers. Returns 0 or -ENOMEM; to be closed in either case. */
int bty_hand_open(struct bty_run *r);
void bty_hand_close(struct bty_run *r);

/* Frames on their way that a home needs for n queues, with vectors of vec packets. */
uint32_t bty_hand_frames(uint32_t n, uint32_t vec);

#endif
