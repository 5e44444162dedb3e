/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flow(NAME, PATH e1 e2 ..., DELAY_SLO time, RATE_SLO rate, PERCENTILE p): an information element. The flow is the
 * packets that pass every element of PATH in that order; its delay runs from the first to the exit of the last, and
 * its PERCENTILE (95) must not exceed DELAY_SLO. No ports, no packets.
 * Source: Batchy's flows and SLOs. Its arguments are read by user/graph.
 */
#ifndef ELEMENTS_FLOW_H
#define ELEMENTS_FLOW_H

#include <batchy/element.h>

#define flow_FRAMEWORK 1

#ifdef BTY_DESCRIBE
BTY_FRAMEWORK(
	flow, .name = "Flow", .summary = "Names the packets of a path and states their delay and rate objectives.",
	.source = "Batchy (NSDI 2020)", .kind = BTY_KIND_INFO, .nin = 0, .nout_min = 0, .nout_max = 0, .ports = "none",
	.usage = "NAME, PATH ELEMENT ELEMENT ..., DELAY_SLO TIME, RATE_SLO RATE, PERCENTILE P (95); PATH is required");
#endif
#endif
