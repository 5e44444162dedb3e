/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of each verb as a struct. Parsing ends the program with status 2 and a message when it is wrong. */
#ifndef USER_GEN_OPTIONS_H
#define USER_GEN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "schedule.h"

struct gen_send_opts {
	const char *iface;
	const char *backend;
	bool max;
	uint64_t rate_pps;
	enum gen_arrivals arrivals;
	uint32_t burst;
	uint64_t count;
	uint64_t duration_ns;
	uint32_t flows;
	uint64_t seed;
	uint32_t queue;
	bool queue_set;
	int cpu; /* -1: any */
	bool spin;
	bool qdisc;
	bool force;
	bool json;
	bool src_mac_set;
	bool src_set, dst_set;
	struct gen_frame_conf frame;
};

struct gen_sink_opts {
	const char *iface;
	const char *backend;
	uint64_t count;
	uint64_t duration_ns;
	uint64_t idle_ns;
	uint16_t dport;	       /* 0: any */
	uint32_t expect_flows; /* 0: not told */
	int cpu;
	bool join;
	bool by_flow;
	bool json;
};

/* argv[0] is the verb. */
void gen_parse_send(struct gen_send_opts *o, int argc, char **argv);
void gen_parse_sink(struct gen_sink_opts *o, int argc, char **argv);

#endif
