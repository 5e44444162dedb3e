/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads what the datapath and the workers count, as rates and windows: what a controller decides on. Called by
 * user/control every control period, on the main thread.
 */
#ifndef USER_OBSERVE_OBSERVE_H
#define USER_OBSERVE_OBSERVE_H

#include <stdint.h>
#include "../cost/cost.h"
#include "../lib/hist.h"
#include "../load/load.h"
#include "../run/run.h"
#include "snapshot.h"

#define BTY_WINDOW_NS 100000000ULL /* delays are judged over windows of this length */
#define BTY_MAX_NEXT  16	   /* queues right behind a queue that a controller looks at */

/* What is known of a queue element, over all its receive ports. */
struct bty_obs_queue {
	/* settings */
	uint32_t trigger, capacity;
	uint64_t deadline_ns;
	uint8_t trigger_fixed, deadline_fixed; /* by the file or by hand */
	/* measured */
	uint64_t enq;	 /* so far */
	double rate_pps; /* of the busiest port: that is what fills one ring */
	double total_pps;
	int nports_active;
	double batches_ps; /* that left it */
	double batch_pkts; /* their mean length */
	double burst_pkts; /* packets that come at once, on average; 1 where XDP counts them one by one */
	/*
	 * What a batch of b packets that leaves it costs up to the next queues: t0 + t1 * b, by the shares of branches; receiving it from
	 * a device, and sending it there, included where that was profiled.
	 */
	double t0_ns, t1_ns;
	double pkt_ns;	/* what a packet costs there, the mean over the sizes that batches have; 0: not known */
	double wake_ns; /* what waking the worker for a batch takes; 0: not known, or nobody has to */
	/* queues its packets may come to next, and the share of them that does */
	int next[BTY_MAX_NEXT];
	double next_share[BTY_MAX_NEXT];
	int nnext;
	int nfrom;	      /* queues that packets come from; XDP and sources not counted */
	uint32_t weight;      /* share of its worker's time, with weighted fair queueing */
	int server;	      /* the extra worker that serves it, from 1; 0: the worker it belongs to */
	uint8_t movable;      /* an extra worker could */
	uint8_t server_fixed; /* by hand */
	/* a controller's memory */
	uint64_t seen_windows;
	double margin_ns; /* what wake-up and service took beyond the prediction */
	uint64_t lane_enq[BTY_MAX_PORTS];
	double lane_rate[BTY_MAX_PORTS];
	uint64_t seen_batches;
};

struct bty_obs_flow {
	uint64_t slo_ns;
	uint64_t rate_slo_pps; /* 0: none */
	double percentile;
	int queue[BTY_MAX_PATH]; /* numbers of the queues its packets pass from first to last element */
	int nqueues;
	double pps;
	uint64_t packets, window_packets;
	uint64_t measured_ns; /* the percentile over the last window with samples; 0: none yet */
	uint64_t windows;     /* windows judged so far: grows when measured_ns is new */
	uint64_t violations;
	/* what the elements on its path cost a batch of b packets: t0 + t1 * b, queues and what others share left out */
	double t0_ns, t1_ns;
	struct bty_hist *now, *before; /* delays so far, and at the last window's end */
};

/* All workers with receive queues or sources alike: the mean of them; or one extra worker. */
struct bty_obs_worker {
	double busy;	      /* share of the time that it does not sleep or look in vain */
	double turnaround_ns; /* from one turn of its loop that found packets at its entry to the next */
	double turn_pkts;     /* packets that came in in such a turn */
	double pps;	      /* packets that came in */
	double ns_per_pkt;    /* of CPU time, everything counted */
	double elements_ns;   /* of a turn, as the costs of elements have it: sources, parsing and the loop left out */
	int greedy;	      /* its sources make packets as fast as it runs: more speed is more packets */
	uint64_t stalled_ns;  /* that the machine took away since the last look: turns of unusual length, or no CPU */
};

/* How queues are divided among workers; see user/decide/decompose.h. */
enum bty_decompose { BTY_DECOMPOSE_AUTO, BTY_DECOMPOSE_NONE, BTY_DECOMPOSE_GREEDY, BTY_DECOMPOSE_SLO };

struct bty_links; /* links.h */

/* What a look adds up of the workers, what is older weighing less. */
struct bty_obs_sums {
	double time_ns, busy_ns, cpu_ns, entered, packets;
	uint64_t last_cpu_ns;
	struct bty_run_turns last;
};

struct bty_observer {
	const struct bty_datapath *dp;
	const struct bty_run *run;
	uint64_t last_ns, window_ns;
	uint64_t napi_defer_ns;	       /* a packet may have waited that long before XDP saw it */
	uint64_t default_slo_ns;       /* for queues that no flow covers; 0: none */
	const struct bty_costs *costs; /* profiled, or NULL; not owned */
	struct bty_obs_worker worker;
	struct bty_obs_worker extra[BTY_MAX_EXTRA];
	struct bty_obs_sums extra_sums[BTY_MAX_EXTRA];
	int nextra;
	enum bty_decompose decompose;
	double hand_t0_ns, hand_t1_ns; /* what a batch costs the worker it belongs to when another one serves it */
	int wfq;		       /* weights share the workers' time, and not triggers */
	uint64_t judge_ns;	       /* how long a window is; BTY_WINDOW_NS. 0: from one look to the next */
	uint64_t bad_estimates;	       /* costs measured while running that made no sense, counted at every look */
	struct bty_obs_sums sums;
	struct bty_links *links;
	int nqueues, nflows;
	struct bty_obs_queue queue[BTY_MAX_QUEUES];
	struct bty_obs_flow flow[BTY_MAX_FLOWS];
	int active; /* packets came in since the last look */
};

/* Prepares o for a loaded, running pipeline. Returns 0 or -ENOMEM. */
int bty_observer_init(struct bty_observer *o, const struct bty_datapath *dp, const struct bty_run *run,
		      uint64_t slo_ns);
void bty_observer_free(struct bty_observer *o);

/* Looks once: rates since the last look, delays of the window when one has ended. */
void bty_observe(struct bty_observer *o, uint64_t now_ns);

/* Packets that came in so far, all devices together. */
uint64_t bty_observe_received(const struct bty_observer *o);

/* Appends this pipeline to s; see snapshot.h. Returns 0 or -ENOMEM. */
int bty_observe_snapshot(const struct bty_observer *o, struct bty_snapshot *s);

#endif
