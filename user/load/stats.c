// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the counters of XDP programs; called by user/observe and by tests. */
#include <stdlib.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <maps/hot.h>

#include "load.h"

static void add_cold(const struct bty_datapath *dp, __u32 id, struct bty_el_stats *percpu, int ncpus,
		     struct bty_el_stats *sum)
{
	int cpu, d;

	if (bpf_map_lookup_elem(dp->stats_fd, &id, percpu))
		return;
	for (cpu = 0; cpu < ncpus; cpu++) {
		sum->packets_in += percpu[cpu].packets_in;
		sum->bytes_in += percpu[cpu].bytes_in;
		sum->tx += percpu[cpu].tx;
		sum->pass += percpu[cpu].pass;
		for (d = 0; d < BTY_DROP_MAX; d++)
			sum->drops[d] += percpu[cpu].drops[d];
	}
}

static void add_hot(const struct bty_datapath *dp, struct bty_hot *percpu, int ncpus, struct bty_el_stats *sum)
{
	__u32 zero = 0;
	int cpu, i;

	if (bpf_map_lookup_elem(dp->hot_fd, &zero, percpu))
		return;
	for (cpu = 0; cpu < ncpus; cpu++)
		for (i = 0; i < dp->graph->nel; i++) {
			sum[i].packets_in += percpu[cpu].in[i].packets;
			sum[i].bytes_in += percpu[cpu].in[i].bytes;
		}
}

struct bty_el_stats *bty_xdp_stats(const struct bty_datapath *dp)
{
	int ncpus = libbpf_num_possible_cpus(), i;
	struct bty_el_stats *sum = calloc(dp->graph->nel, sizeof(*sum)), *percpu = calloc(ncpus, sizeof(*percpu));
	struct bty_hot *hot = calloc(ncpus, sizeof(*hot));

	if (sum && percpu && hot) {
		/* how packets ended before how many came: none ends that has not come */
		for (i = 0; i < dp->graph->nel; i++)
			if (dp->graph->el[i].place & BTY_PLACE_XDP)
				add_cold(dp, i, percpu, ncpus, &sum[i]);
		if (dp->is_fused)
			add_hot(dp, hot, ncpus, sum);
	} else {
		free(sum);
		sum = NULL;
	}
	free(percpu);
	free(hot);
	return sum;
}
