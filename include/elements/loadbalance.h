/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LoadBalance([HOW]): where NBA chooses a processor for each batch, a Queue without arguments: what follows runs in a worker,
 * over batches whose size the controller learns. Its names in NBA's files are all taken: GPUOnly, LoadBalanceByWeight(0.6),
 * LoadBalanceThruput and so on; the argument, a weight or "from-env", has no meaning here. (CPUOnly is a Merge: what
 * follows stays where it is.)
 * Ports: 1 in, 1 out. Drops: as Queue. Source: NBA (EuroSys 2015).
 */
#ifndef ELEMENTS_LOADBALANCE_H
#define ELEMENTS_LOADBALANCE_H

#include <batchy/element.h>

#define loadbalance_FRAMEWORK 1

struct loadbalance_args {
	__u64 queue[3]; /* struct queue_args */
};

#ifdef BTY_DESCRIBE
/* user/element/loadbalance.c */
int bty_loadbalance_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);

BTY_FRAMEWORK(loadbalance, .name = "LoadBalance",
	      .alias = "GPUOnly LoadBalanceByWeight LoadBalanceByEnv LoadBalanceThruput LoadBalanceAdaptiveGlobal "
		       "LoadBalancePPC LoadBalanceAdaptiveMeasure LoadBalanceAIMD",
	      .summary = "A placement hint of NBA's: what follows runs on batches in a worker.",
	      .source = "NBA (EuroSys 2015)", .kind = BTY_KIND_QUEUE, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	      .nin = 1, .nout_min = 1, .nout_max = 1, .ports = "0: the batch", .usage = "[HOW]",
	      .args_size = sizeof(struct loadbalance_args), .configure = bty_loadbalance_configure);
#endif
#endif
