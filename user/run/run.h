/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The workers of one pipeline. Started before the XDP programs are attached, stopped after they are detached, on the
 * main thread; counters and histograms may be read at any time between.
 */
#ifndef USER_RUN_RUN_H
#define USER_RUN_RUN_H

#include <stdint.h>
#include "../lib/err.h"
#include "../lib/hist.h"
#include "../load/load.h"
#include "meter.h"

struct bty_run;

/* Who runs next in a worker: queues that are due, each to completion, or the task that has had least, by its weight. */
enum bty_schedule { BTY_RTC, BTY_WFQ };

struct bty_run_opts {
	enum bty_schedule schedule;
	const char *cpus;  /* "0,2-3"; NULL: worker i on the i-th CPU this process may use */
	uint32_t vec_pkts; /* 0: BTY_VEC_DEFAULT; at most BTY_VEC_MAX */
	int busy_poll;
	uint64_t spin_max_ns;	 /* a worker spins that long at most before it sleeps; 0: it always sleeps */
	uint64_t wakeup_cost_ns; /* CPU time of a sleep and a wake-up, both sides, as profiled; 0: measure it now */
	int generic;		 /* XDP will run in generic mode: no zero copy */
	int meter;		 /* say where the time goes, see meter.h */
	uint32_t extra;		 /* extra workers, at most BTY_MAX_EXTRA: they serve queues that are moved to them */
};

#define BTY_MAX_EXTRA 8

/* The default of --spin-max: packets at 10 kpps come 100 us apart, and the rate is not known exactly. */
#define BTY_SPIN_MAX_NS	 80000ULL
#define BTY_SPIN_MOST_NS 1000000ULL /* and the most it may be: a worker that spins that long may as well poll */

/* How workers waited when they had nothing to do. */
struct bty_spin_stats {
	uint64_t spins;	 /* times a worker looked on instead of sleeping */
	uint64_t useful; /* those of them that ended with work */
	uint64_t spun_ns;
	uint64_t sleeps;
};

/* Sampled service times of an element in a worker: T(b) = t0 + t1 * b, least squares with forgetting. */
struct bty_cost {
	double n, b, bb, t, bt;
	uint64_t ignored; /* samples that were far above the others */
	uint32_t in_row;  /* of these, the last ones */
};

/* Turns of workers' loops since they began. A turn serves all that is due at its begin. */
struct bty_run_turns {
	uint64_t busy_ns;      /* of turns that did something */
	uint64_t entered;      /* turns that found packets at a worker's entry: in a ring, or made by a source */
	uint64_t packets;      /* so many */
	uint64_t ticks, eager; /* calls of sources, and those after which the source would go on at once */
	uint64_t paused_ns;    /* by which unusually long turns were longer: the machine did something else */
};

/* -EINVAL with err set when list is no list of CPUs; whether they are there is found out at the start. */
int bty_cpus_check(const char *list, struct bty_err *err);

/* Returns 0 and *out, or -errno with err set. dp must outlive *out. */
int bty_run_start(const struct bty_datapath *dp, const struct bty_run_opts *opts, struct bty_run **out,
		  struct bty_err *err);

/* Sources begin, and captures: once all is in place behind them, so that a pipeline that is refused sends and writes nothing. */
void bty_run_sources(struct bty_run *r);

/* Lets workers finish what is queued (at most 200 ms), ends them, frees. NULL is harmless. */
void bty_run_stop(struct bty_run *r);

/* The first half of bty_run_stop(): workers have ended, what they counted is still there. */
void bty_run_halt(struct bty_run *r);

/* 1 once nothing more comes: workers sleep, no element wants to be called; packets may wait for a deadline. */
int bty_run_idle(const struct bty_run *r);

/* Where the time of the first worker went, or NULL when nobody asked; to be read once workers have ended. */
const struct bty_meter *bty_run_meter(const struct bty_run *r);

/* Wakes every worker to look at its queues again: after a deadline became shorter. */
void bty_run_kick(struct bty_run *r);

/*
 * Every worker takes the arguments and tables of element from dp again, between two batches, and this waits until all have: no
 * traffic is needed for that. Returns 0, or -ETIMEDOUT when a worker does not get to run: it may still use what it used
 * before, and will take what it finds later, so neither may be freed or changed until a further call has returned 0.
 */
int bty_run_renew(struct bty_run *r, int element);

enum bty_schedule bty_run_schedule(const struct bty_run *r);
const char *bty_schedule_name(enum bty_schedule s); /* "rtc", "wfq" */
/* Returns 0, or -EINVAL when it is no such name. */
int bty_schedule_parse(const char *name, enum bty_schedule *s);

/*
 * Queues and extra workers, which are numbered from 1. A queue is moved while packets flow: its home hands nothing more to the old
 * worker, waits until all that this one has is done, and then uses the new one, so that order is kept. server 0: the home. Main
 * thread. Returns 0, -EINVAL when there is no such worker, or -EPERM when the queue cannot be moved: see bty_queue_stays().
 */
int bty_run_move(struct bty_run *r, int queue, int server);
/* Where it was moved to last, and whether all its homes have followed. */
int bty_run_server(const struct bty_run *r, int queue, int *settled);
int bty_run_nextra(const struct bty_run *r);
/* Why no extra worker may run an element of this class: "it sends"; NULL when one may. */
const char *bty_class_stays(const struct bty_class *cls);
/* The same of what follows a queue at once, without which nothing can be moved; *el: that element. */
const char *bty_queue_stays(const struct bty_graph *g, int queue, int *el);
/* What handing a batch of b packets over and taking it back costs its home: t0 + t1 * b in ns. Returns 0 or -ENODATA. */
int bty_run_hand_cost(const struct bty_run *r, double *t0_ns, double *t1_ns);

/* What observers read; sums over workers. */
void bty_run_element_stats(const struct bty_run *r, int element, struct bty_el_stats *sum);
/* t0 and t1 in ns; returns 0, -ENODATA when too few batches were sampled, or -ERANGE when what was is no number. */
int bty_run_element_cost(const struct bty_run *r, int element, double *t0_ns, double *t1_ns);
/* ns per packet, the mean over the sizes that batches had; 0 when too few were sampled. */
double bty_run_element_pkt_ns(const struct bty_run *r, int element);
/* Timed batches of all elements that were left out of that: the worker was interrupted. */
uint64_t bty_run_interrupted(const struct bty_run *r);
/* The two of bty_run_element_stats() that a controller needs, of workers only. */
void bty_run_element_counts(const struct bty_run *r, int element, uint64_t *packets, uint64_t *batches);
void bty_run_flow(const struct bty_run *r, int flow, uint64_t *packets, uint64_t *bytes, struct bty_hist *delay);
uint64_t bty_run_flow_packets(const struct bty_run *r, int flow);
uint64_t bty_run_flow_samples(const struct bty_run *r, int flow);
/* Overwrites delay. */
void bty_run_flow_delay(const struct bty_run *r, int flow, struct bty_hist *delay);
/* Batches put into a queue inside the workers. */
uint64_t bty_run_queue_puts(const struct bty_run *r, int queue);
void bty_run_queue_wait(const struct bty_run *r, int queue, struct bty_hist *wait);
uint64_t bty_run_inflight(const struct bty_run *r);
uint64_t bty_run_cpu_ns(const struct bty_run *r);
int bty_run_nworkers(const struct bty_run *r);
/* Of workers with receive queues or sources, all together; of one extra worker, from 1. With the CPU time of their threads. */
void bty_run_turns(const struct bty_run *r, struct bty_run_turns *sum, uint64_t *cpu_ns);
void bty_run_extra_turns(const struct bty_run *r, int extra, struct bty_run_turns *turns, uint64_t *cpu_ns);
/* What an element has to tell beside its counters, or NULL; a new reference. */
struct json_t *bty_run_report(const struct bty_run *r, int element);
uint64_t bty_run_wakeups(const struct bty_run *r);
/* Rests of all workers; *cost_ns is what a sleep and a wake-up costs the first one, 0 when nobody asked. */
void bty_run_rests(const struct bty_run *r, struct bty_spin_stats *sum, uint64_t *cost_ns);
/* Those in which this queue was expected to be the next to have a batch. */
void bty_run_queue_rests(const struct bty_run *r, int queue, struct bty_spin_stats *sum);
/* "zero-copy", "copy", or "none" when the device has no AF_XDP socket. */
const char *bty_run_xsk_mode(const struct bty_run *r, int dev);

#endif
