/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of user/run only. */
#ifndef USER_RUN_INTERNAL_H
#define USER_RUN_INTERNAL_H

#include "worker.h"

struct bty_run {
	const struct bty_datapath *dp;
	enum bty_schedule schedule;
	int nworkers; /* each of receive queues, or of a pipeline's sources */
	int nextra;   /* behind these in wk */
	struct bty_wk wk[BTY_MAX_WORKERS + BTY_MAX_EXTRA];
	int host_fd[BTY_MAX_DEVICES];
	int cpu[BTY_MAX_WORKERS];
	int ncpus;
};

static inline uint32_t bty_pow2(uint32_t n)
{
	uint32_t p = 1;

	while (p < n)
		p <<= 1;
	return p;
}

/* "0,2-3" -> CPU numbers, at most BTY_MAX_WORKERS; NULL: those this process may use. Returns 0 or -EINVAL with err. */
int bty_cpus_parse(const char *list, int *cpu, int *ncpus, struct bty_err *err);

/* bty_run_start() in two steps: all but the threads, then these. */
int bty_run_open(const struct bty_datapath *dp, const struct bty_run_opts *opts, struct bty_run **out,
		 struct bty_err *err);
int bty_run_launch(struct bty_run *r, struct bty_err *err);

/* Memory of a worker whose dp, id and vec are set. Returns 0 or -ENOMEM; to be unmade in either case. */
int bty_worker_make(struct bty_wk *w);
void bty_worker_unmake(struct bty_wk *w);

/* UMEM, pools and receive rings of one worker; enters the rings in the XSKMAP. */
int bty_worker_sockets_open(struct bty_wk *w, const struct bty_run_opts *opts, struct bty_err *err);
void bty_worker_sockets_close(struct bty_wk *w);

#endif
