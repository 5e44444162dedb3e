/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One worker: a thread that sleeps until a batch is due, takes it, and runs the rest of the graph to completion on it.
 * Private to user/run; other folders see user/run/run.h.
 */
#ifndef USER_RUN_WORKER_H
#define USER_RUN_WORKER_H

#include <pthread.h>
#include <stdint.h>
#include <batchy/element.h>
#include "../lib/hist.h"
#include "../load/load.h"
#include "handoff.h"
#include "meter.h"
#include "run.h"
#include "spin.h"
#include "xsk.h"

#define BTY_VECTORS_PER_VISIT 4	  /* then the other queues get their turn */
#define BTY_NAPI_POLL	      64  /* packets XDP may accept before any of them shows in a ring */
#define BTY_FRAME_HEADROOM    256 /* the kernel leaves as much before each packet, and so do we */

struct ring_buffer;
struct bty_wfq; /* wfq.h */

struct bty_flow_tap {
	int flow;
	uint32_t marks;
};

/* An element as this worker runs it. */
struct bty_node {
	const struct bty_class *cls;
	const void *args;
	struct bty_env env;
	uint32_t mark;
	int nout;
	int out[BTY_MAX_OUT];
	int device;
	int wqueue;		  /* index in wqueues of a Queue with backend worker; else -1 */
	int opened;		  /* its state is this worker's to close */
	int stays;		  /* no extra worker may run it: bty_class_stays() */
	struct bty_flow_tap *tap; /* flows that end here, among the worker's taps */
	int ntaps;
	struct bty_el_stats stats;
	struct bty_cost cost;
};

/* One AF_XDP ring: a Queue element on one of this worker's receive ports. */
struct bty_lane_rx {
	struct bty_queue *q;
	struct bty_rxring ring;
	struct bty_pool *pool;
	int node;		/* the Queue element */
	int next;		/* where its packets go */
	uint64_t empty_ns;	/* since when it should have packets and has none; 0: not so */
	uint64_t not_before;	/* it was empty too long: look again then */
	uint64_t lost_check_ns; /* not to ask the kernel for every batch */
	struct bty_hist *wait;
	struct bty_watch watch;
	struct bty_hand hand;
};

/* A Queue inside the worker: a ring of packets. */
struct bty_wqueue {
	struct bty_queue *q;
	struct bty_pkt *ring; /* capacity entries */
	uint32_t *since;      /* when each came in, in units of 64 ns */
	uint32_t capacity;    /* a power of two */
	int node, next;
	uint64_t puts; /* batches that came in */
	struct bty_hist *wait;
	struct bty_watch watch;
	struct bty_hand hand;
};

struct bty_wflow {
	uint64_t packets, bytes;
	struct bty_hist *delay;
};

/* A packet that an element emitted. */
struct bty_made {
	int port;
	struct bty_pkt pkt;
};

struct bty_work { /* a batch waiting for a node; or, b being NULL, made[at..end-1] waiting to leave it */
	int node;
	struct bty_batch *b;
	uint32_t begin, at, end;
};

/* Turns of the worker's loop: user/run/turn.c */
struct bty_turns {
	struct bty_run_turns sum;
	uint64_t begin_ns; /* of the one under way */
	uint64_t before;   /* packets that had come in by then */
	int served;	   /* it, or the last one, did something */
	double usual_ns;   /* few turns are longer */
};

struct bty_wk {
	const struct bty_datapath *dp;
	int id;
	int extra;		   /* it owns no rings, queues and sources, and serves queues of others */
	struct bty_worker *ctl;	   /* shared with XDP: armed */
	struct bty_worker own_ctl; /* of an extra worker */
	struct bty_umem umem;
	struct bty_pool *pool;
	int npools;
	int pool_of_dev[BTY_MAX_DEVICES]; /* transmit: index in pool, or -1 */
	struct bty_lane_rx *lane;
	int nlanes;
	struct bty_wqueue *wqueue;
	int nwqueues;
	struct bty_node *node;
	int nnodes;
	struct bty_wflow *flow;
	struct bty_flow_tap *taps; /* one for each flow, in the order of the elements that flows end at */
	const int *host_fd;	   /* tap device of each device, or -1 */
	uint32_t vec;
	int busy_poll;
	int cpu;
	/* batches: as many as a vector can fall into */
	struct bty_batch **free_batch;
	int nfree_batch;
	struct bty_batch *batch_mem;
	struct bty_work *stack;
	int depth;
	/* what elements emitted: a stack too, a stretch for each element whose packets have not all gone on */
	struct bty_made *made;
	uint32_t nmade, made_max;
	uint32_t nframes; /* that elements need for what they make and keep */
	int *ticker;	  /* nodes that may ask to be called */
	int ntickers;
	struct bty_meter *meter; /* NULL: nobody wants to know */
	/* queues served by other workers: handoff.h */
	struct bty_hand_link **inbound; /* of an extra worker: who may hand it something */
	int ninbound;
	struct bty_hand_link *link; /* whose batch it runs; NULL in a home */
	uint64_t handed_out;	    /* packets of a home that are not back yet */
	uint64_t hand_batches;	    /* that came, or came back */
	uint64_t hand_seen;	    /* of these, at the last rest */
	struct bty_cost hand_cost;  /* of handing a batch over, or taking one back */
	uint32_t hand_wait;	    /* batches until the next one that is timed */
	/* sleeping */
	int epoll_fd, kick_fd, ring_fd;
	struct ring_buffer *wakeups;
	uint64_t wakeup_ns; /* what a sleep and a wake-up cost; see spin.h for it and the next two */
	uint64_t spin_max_ns, spin_limit_ns;
	struct bty_spin_stats rests;
	int stop;    /* set by the main thread */
	int renew;   /* an element + 1, set by the main thread: see renew.c; 0: nothing to do */
	int sources; /* the same: they may begin */
	int started;
	pthread_t thread;
	uint64_t cpu_ns; /* of its thread, once that has ended */
	uint64_t nwakeups, nbatches;
	uint64_t nrests;   /* that have ended; read by the main thread */
	uint64_t inflight; /* taken and not finished */
	struct bty_turns turns;
	struct bty_wfq *wfq;   /* NULL: run to completion, in the order of queues */
	uint32_t cost_wait;    /* batches of elements until the next one that is timed */
	uint64_t sample_state; /* of a random generator */
	uint64_t now_ns;       /* when the batch at hand was taken */
};

static inline uint64_t bty_load64(const __u64 *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/* One writer: a plain store is enough, readers see old or new. */
static inline void bty_store64(__u64 *p, uint64_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

static inline uint64_t bty_backlog(const struct bty_queue *q)
{
	return __atomic_load_n(&q->enq, __ATOMIC_ACQUIRE) - bty_load64(&q->deq) - bty_load64(&q->lost);
}

/* When the oldest packet has to leave; meaningful with a backlog only. */
static inline uint64_t bty_due_ns(const struct bty_queue *q)
{
	uint64_t a = bty_load64(&q->oldest_ns), b = bty_load64(&q->drained_ns);

	return (a > b ? a : b) + bty_load64(&q->deadline_ns);
}

enum bty_release { BTY_NOT_DUE, BTY_BY_TRIGGER, BTY_BY_DEADLINE };

static inline enum bty_release bty_release(const struct bty_queue *q, uint64_t now_ns)
{
	uint64_t n = bty_backlog(q);

	if (!n)
		return BTY_NOT_DUE;
	if (n >= __atomic_load_n(&q->trigger, __ATOMIC_RELAXED))
		return BTY_BY_TRIGGER;
	return now_ns >= bty_due_ns(q) ? BTY_BY_DEADLINE : BTY_NOT_DUE;
}

/* Of the queue at place i: lanes first, then queues inside the worker. */
static inline struct bty_hand *bty_hand_at(const struct bty_wk *w, int i)
{
	return i < w->nlanes ? &w->lane[i].hand : &w->wqueue[i - w->nlanes].hand;
}

static inline enum bty_release bty_lane_release(const struct bty_wk *w, struct bty_lane_rx *l, uint64_t now_ns)
{
	return now_ns < l->not_before || !bty_hand_ready(&l->hand, w->vec) ? BTY_NOT_DUE : bty_release(l->q, now_ns);
}

static inline enum bty_release bty_wqueue_release(const struct bty_wk *w, struct bty_wqueue *wq, uint64_t now_ns)
{
	return bty_hand_ready(&wq->hand, w->vec) ? bty_release(wq->q, now_ns) : BTY_NOT_DUE;
}

uint64_t bty_clock_ns(void);

/* A batch of b packets took t ns. What is far above the others is counted as an interruption, and left out. */
void bty_cost_sample(struct bty_cost *c, double b, double t);
/*
 * The line through what was sampled, less the clock's own time. Either may be a little below 0 where an element costs next to
 * nothing. Returns 0; -ENODATA: too few samples, or too much of the same size; -ERANGE: sums that are no numbers.
 */
int bty_cost_line(const struct bty_cost *c, double clock_ns, double *t0_ns, double *t1_ns);
/* What a timed batch is longer by for being timed. Main thread. */
double bty_clock_cost_ns(void);

/* Around one turn of the loop; served: it did something. */
void bty_turn_begin(struct bty_wk *w, uint64_t now_ns);
void bty_turn_end(struct bty_wk *w, int served);

/* Prepares node i for elements that make, keep or await: user/run/own.c. Returns how many frames it needs. */
uint32_t bty_own_init(struct bty_wk *w, int i);
/* States of all nodes; first: the worker with those that are shared. Returns 0 or -errno with err set. */
int bty_own_open(struct bty_wk *w, struct bty_wk *first, struct bty_err *err);
/* Tells those of its nodes that want to know that the pipeline is not refused any more. */
void bty_own_start(struct bty_wk *w);
void bty_own_close(struct bty_wk *w);
/* When the next element wants to be called; 0: none does. The same without sources once the pipeline stops. */
uint64_t bty_tick_due_ns(const struct bty_wk *w, int sources);
/* Calls those whose time has come. Returns 1 when there were any. */
int bty_tick(struct bty_wk *w, uint64_t now_ns, int sources);
/* The same for sources alone: whether one wants to be called, and calling those. */
int bty_source_due(const struct bty_wk *w, uint64_t now_ns);
void bty_tick_sources(struct bty_wk *w, uint64_t now_ns);
/* Packets that elements keep. */
uint64_t bty_held(const struct bty_wk *w);

/* What node emitted, from made[begin] on, leaves it before anything else that waits. */
void bty_made_push(struct bty_wk *w, int node, uint32_t begin);
/* All that waits, to completion. */
/* Whether to time a batch; *wait: batches until the next. At random: of what takes turns it would else be the same each time. */
int bty_cost_due(struct bty_wk *w, uint32_t *wait);
void bty_exec_all(struct bty_wk *w);
/* Runs batch b (from bty_batch_get) from node to completion. */
void bty_exec(struct bty_wk *w, int node, struct bty_batch *b);
/* Packets of b have ended: their frames are free. Takes b. */
void bty_exec_end(struct bty_wk *w, struct bty_batch *b);
/* Sends what waits in pool p, and counts what its device dropped. */
void bty_kick(struct bty_wk *w, struct bty_pool *p, uint64_t now_ns);
struct bty_batch *bty_batch_get(struct bty_wk *w);
void bty_batch_put(struct bty_wk *w, struct bty_batch *b);

/* Counts flows that end at node for the packets of b that go on (verdict >= 0 when by_verdict). */
void bty_flow_exit(struct bty_wk *w, struct bty_node *n, const struct bty_batch *b, int by_verdict);

/* Takes one vector from a ring and runs it. Returns 0 when the ring does not show what waits. */
int bty_lane_serve_once(struct bty_wk *w, struct bty_lane_rx *l, uint64_t now_ns);

/* Takes one vector from a worker queue that is due and runs it. */
void bty_wqueue_serve(struct bty_wk *w, struct bty_wqueue *wq, enum bty_release why);
void bty_wqueue_put(struct bty_wk *w, struct bty_wqueue *wq, struct bty_batch *b);

/* About a microsecond between two looks at a queue: its producer needs the cache line. */
void bty_pause(void);
/* Waits until something may be due, or the main thread wants something. */
void bty_rest(struct bty_wk *w);

/* Between two batches: takes over what bty_run_renew() asks for. */
void bty_worker_renew(struct bty_wk *w);

void *bty_worker_main(void *arg);
/* Main thread, once it has ended: what could not be finished in time ends here, counted. */
void bty_worker_abandon(struct bty_wk *w);

#endif
