/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent of one network namespace: the pipelines it runs, its controller, its life from attach to detach. All
 * functions are called on the agent's main thread (the one in bty_agent_run()); the control socket and the metrics
 * endpoint are served there too.
 */
#ifndef USER_CONTROL_AGENT_H
#define USER_CONTROL_AGENT_H

#include <stdint.h>
#include "../graph/graph.h"
#include "../lib/err.h"
#include "../load/load.h"
#include "../observe/observe.h"
#include "../run/run.h"

struct bty_agent;
struct bty_pipeline;

/* What `attach` was asked for; strings are copied. */
struct bty_attach_opts {
	const char *iface;
	const char *pipeline; /* absolute path; NULL: the installed or built profiles/host.click */
	uint64_t slo_ns;      /* one objective for every queue that no Flow covers; 0: none */
	enum bty_mode mode;
	enum bty_fuse fuse;
	const struct bty_set *sets;
	int nsets;
	const char *cpus;     /* "0,2-3": one per worker, round robin; NULL: the first CPUs */
	uint32_t vec_pkts;    /* 0: BTY_VEC_DEFAULT */
	int busy_poll;	      /* workers never sleep */
	uint64_t spin_max_ns; /* or spin that long at most before they do; 0: they always sleep */
	enum bty_schedule schedule;
	uint64_t napi_defer_ns; /* 0, or BTY_DEFER_MIN_NS to BTY_DEFER_MAX_NS: see user/load/defer.h */
	int pin;		/* keep links and maps in bpffs after the agent ends */
	uint32_t extra;		/* workers besides those of receive queues, see user/run/run.h */
	enum bty_decompose decompose;
	const char *costs; /* absolute path of a costs file; NULL: that of this CPU, where there is one */
};

struct bty_agent_opts {
	const char *controller; /* NULL: "slo" */
	uint64_t period_ns;	/* control period; 0: 10 ms */
};

/* Returns 0 and *out, or -errno with err set. */
int bty_agent_new(const struct bty_agent_opts *opts, struct bty_agent **out, struct bty_err *err);

/* Detaches everything and frees. */
void bty_agent_free(struct bty_agent *a);

/* Attaches one more interface with its pipeline. On failure nothing has changed. */
int bty_agent_attach(struct bty_agent *a, const struct bty_attach_opts *opts, struct bty_err *err);

/* Detaches the pipeline that iface belongs to; -ENODEV when none. NULL: all. */
int bty_agent_detach(struct bty_agent *a, const char *iface, struct bty_err *err);

/* How many pipelines are attached. */
int bty_agent_attached(const struct bty_agent *a);

/* Fills s (bty_snapshot_free). Returns 0 or -ENOMEM. */
int bty_agent_snapshot(struct bty_agent *a, struct bty_snapshot *s);

/* Who serves a queue, in place of an extra worker's number. */
#define BTY_SERVER_HOME 0
#define BTY_SERVER_AUTO (-1) /* as the controller says */

/* What to set of a queue; NULL: leave it. 0 (BTY_SERVER_AUTO) gives it back to the controller, which leaves alone what is set. */
struct bty_queue_values {
	const uint32_t *trigger;
	const uint64_t *deadline_ns;
	const int *server; /* an extra worker, from 1, BTY_SERVER_HOME or BTY_SERVER_AUTO */
};

/* Sets what is given in every pipeline that has a queue or flow of that name. Returns 0, or -errno with err set and nothing changed. */
int bty_agent_queue_set(struct bty_agent *a, const char *name, const struct bty_queue_values *v, struct bty_err *err);
int bty_agent_flow_set(struct bty_agent *a, const char *name, uint64_t slo_ns, struct bty_err *err);
int bty_agent_controller_set(struct bty_agent *a, const char *name, struct bty_err *err);

/* What controlling took of the main thread, over all periods so far. */
struct bty_deadtime {
	uint64_t period_ns, periods;
	uint64_t last_ns, total_ns, max_ns; /* observe, decide, apply; all pipelines */
	uint64_t clamped;		    /* numbers that no controller believed */
	uint64_t stalls;		    /* times that triggers went back to 1 since nobody set them for too long */
};
void bty_agent_deadtime(const struct bty_agent *a, struct bty_deadtime *d);

/* The pipelines, a list by their next; see pipeline.h. */
struct bty_pipeline *bty_agent_pipelines(const struct bty_agent *a);

/* "slo", or what bty_agent_controller_set took. */
const char *bty_agent_controller(const struct bty_agent *a);

/* Calls fn(arg) on the main thread whenever fd is readable. Returns 0 or -errno. */
int bty_agent_watch(struct bty_agent *a, int fd, void (*fn)(void *arg), void *arg);
int bty_agent_unwatch(struct bty_agent *a, int fd);

/* Runs until SIGINT, SIGTERM, bty_agent_stop() or until the last pipeline is detached. Returns 0 or -errno. */
int bty_agent_run(struct bty_agent *a);
void bty_agent_stop(struct bty_agent *a);

#endif
