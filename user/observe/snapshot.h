/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything the agent can tell about itself at one moment, summed over CPUs, workers and receive ports, as plain
 * data: taken by user/observe, turned into JSON, tables and metrics by user/cli, user/control and user/export.
 */
#ifndef USER_OBSERVE_SNAPSHOT_H
#define USER_OBSERVE_SNAPSHOT_H

#include <stdint.h>
#include <batchy/abi.h>
#include <batchy/drop.h>

struct bty_quantiles {
	uint64_t count; /* samples; when 0 the others mean nothing and are shown as null */
	uint64_t p50_ns, p95_ns, p99_ns, max_ns;
};

struct bty_snap_iface {
	char name[16];
	uint32_t ifindex;
	char mode[12];	   /* native | generic */
	char attach[16];   /* link | dispatcher */
	char xsk_mode[12]; /* zero-copy | copy | none */
	char pipeline[256];
	uint64_t napi_defer_ns;
	char schedule[8]; /* of its workers: rtc | wfq */
	uint8_t fused;	  /* one XDP program instead of one for each element */
	uint8_t gone;	  /* the interface was removed */
};

struct bty_snap_queue {
	char name[BTY_NAME_LEN];
	char interface[16]; /* receiving device; "" for a worker queue */
	char backend[8];    /* xsk | worker */
	uint32_t trigger;
	uint32_t limit;
	uint64_t deadline_ns;
	uint8_t manual; /* trigger or deadline set by the file or by hand: the controller leaves it alone */
	uint64_t backlog;
	uint64_t packets; /* taken out */
	uint64_t batches;
	uint64_t released_trigger, released_deadline;
	uint64_t drops;	 /* full + lost */
	double rate_pps; /* arrivals, over the last control periods */
	/* rests of workers that expected their next batch here: see struct bty_spin_stats */
	uint64_t spins, spins_useful, spun_ns, sleeps;
	double t0_ns, t1_ns; /* a batch of b packets that leaves it costs t0 + t1 * b up to the next queues */
	uint32_t weight;     /* with schedule wfq */
	char schedule[8];    /* of its worker: rtc | wfq */
	int server;	     /* the extra worker that serves it, from 1; 0: the one that it belongs to */
	uint8_t moving;	     /* not there yet: what the last one has of it is to come back first */
	char stays[96];	     /* why no extra worker could; "": one could */
	struct bty_quantiles wait;
};

struct bty_snap_element {
	char name[BTY_NAME_LEN];
	char class_name[BTY_NAME_LEN];
	char placement[24]; /* "xdp", "worker", "xdp+worker", "none" */
	uint64_t packets_in, packets_out, bytes_in, tx, pass, drops_total, batches;
	uint64_t made, held; /* by the element itself */
	uint64_t drops[BTY_DROP_MAX];
	double t0_ns, t1_ns; /* per batch, per packet, as learned while it runs; negative: not known yet */
	double profile_t0_ns, profile_t1_ns; /* the same as profiled; negative: not profiled */
	const char *profile_match;	     /* bty_cost_match_name(): how near to this element that is */
	struct json_t *report;		     /* what it tells of itself, owned; NULL: nothing */
};

struct bty_snap_flow {
	char name[BTY_NAME_LEN];
	uint64_t delay_slo_ns, rate_slo_pps;
	double percentile;
	uint64_t packets, bytes;
	double pps;
	struct bty_quantiles delay;
	const char *admission; /* "met", or why it cannot be kept; NULL: no objective, or nobody judges */
	double possible_pps;   /* of this flow, with its objective kept */
	uint64_t possible_ns;  /* the delay that could be kept at this load; 0: none */
	uint64_t window_ns;    /* the percentile over the last window; 0: none yet */
	uint64_t windows;      /* that there were */
	uint64_t violations;   /* control periods whose percentile was above the objective */
};

#define BTY_SNAP_EXTRA 64 /* of all pipelines; more are not shown */

/* One extra worker. */
struct bty_snap_extra {
	char pipeline[256];
	int number; /* in its pipeline, from 1 */
	double busy;
	uint64_t cpu_ns, turnaround_ns; /* 0: it had nothing for a minute */
	double pps;
};

struct bty_snapshot {
	uint64_t uptime_ns;
	char controller[16];
	uint64_t rx, made, tx, pass, drop, queued; /* rx + made = all the others */
	uint64_t drops[BTY_DROP_MAX];
	double worker_cpu_ns; /* CPU time of all worker threads */
	uint64_t worker_wakeups;
	double busy_workers; /* the shares of time that workers do not rest, added up */
	int nworkers, nextra;
	struct bty_snap_extra extra[BTY_SNAP_EXTRA];
	uint64_t worker_spins, worker_spins_useful, worker_spun_ns;
	uint64_t wakeup_cost_ns;	     /* of a sleep and a wake-up; 0: no worker asked */
	uint64_t bad_estimates, interrupted; /* costs learned that made no sense; timed batches that were left out */
	int nifaces, nqueues, nelements, nflows;
	struct bty_snap_iface *iface;
	struct bty_snap_queue *queue;
	struct bty_snap_element *element;
	struct bty_snap_flow *flow;
};

void bty_snapshot_free(struct bty_snapshot *s); /* the arrays, not s itself */

#endif
