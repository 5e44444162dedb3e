/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measure(FLOWS n): a histogram of the delay of packets, from their arrival, or since a source made them, to here: of all
 * together, and of each of the first FLOWS flows (addresses, protocol and ports) by itself. A packet that was not stamped at its
 * arrival (batchy/meta.h) is counted as such. Shown by `element show -j` and `bench`.
 * Ports: 1 in, 1 out. Units: ns. Drops: none. Source: ours; Click's TimestampAccum.
 */
#ifndef ELEMENTS_MEASURE_H
#define ELEMENTS_MEASURE_H

#include <batchy/element.h>

#define measure_FRAMEWORK 1

struct measure_args {
	__u32 flows;
	__u32 pad;
};

#define MEASURE_STATE 64 /* bytes; user/element/measure.c alone knows what they are */

#ifdef BTY_DESCRIBE
/* user/element/measure.c */
int bty_measure_open(const void *args, struct bty_env *env, const struct bty_open *o, struct bty_err *err);
void bty_measure_close(const void *args, void *state);
void bty_measure_process(struct bty_batch *b, const void *args, struct bty_env *env);
struct json_t *bty_measure_report(const void *args, void *const *state, int n);

static const struct bty_arg measure_arg[] = {
	{ .keyword = "FLOWS",
	  .what = "flows that have a histogram of their own",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .offset = offsetof(struct measure_args, flows),
	  .max = 1024,
	  .deflt = "0" },
	BTY_ARGS_END,
};

BTY_FRAMEWORK(measure, .name = "Measure", .summary = "Histogram of the delay of packets, for each flow.",
	      .kind = BTY_KIND_PACKET, .places = BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 1,
	      .ports = "0: every packet", .source = "Click's TimestampAccum, with a histogram",
	      .args_size = sizeof(struct measure_args), .args = measure_arg, .process = bty_measure_process,
	      .state_size = MEASURE_STATE, .open = bty_measure_open, .close = bty_measure_close,
	      .report = bty_measure_report);
#endif
#endif
