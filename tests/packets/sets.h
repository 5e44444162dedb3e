/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the variables of the pipelines in the tree are set to. Included by tests that load them. */
#ifndef TESTS_PACKETS_SETS_H
#define TESTS_PACKETS_SETS_H

#include "user/placement/placement.h"

static const struct bty_set pipeline_sets[] = {
	{ "PEER", "eth1" },
	{ "OUT", "eth1" },
	{ "SRC", "02:00:00:00:00:01" },
	{ "DST", "02:00:00:00:00:02" },
	{ "BACK_SRC", "02:00:00:00:00:03" },
	{ "BACK_DST", "02:00:00:00:00:04" },
	/* two of the addresses that tests/packets/gen.h likes */
	{ "ADDR", "192.168.1.1" },
	{ "PEER_ADDR", "10.0.0.2" },
	{ "INPUTS", "eth1" },
	{ "TRIGGER", "8" },
	{ "PATH", "in q" },
};

/* Returns 0 and *out, or -errno with err set. */
static inline int pipeline_load(const char *path, struct bty_graph **out, struct bty_err *err)
{
	return bty_place_file(path, "eth0", pipeline_sets, sizeof(pipeline_sets) / sizeof(pipeline_sets[0]), out, err);
}

#endif
