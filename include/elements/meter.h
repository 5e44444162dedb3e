/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Meter(RATE, ..., TAU time): measures the rate of all packets that come and sends them on by it. Rates rise, at most 63, all in
 * packets (pps, kpps, Mpps) or all in bits a second (bps, kbps, Mbps, Gbps, of frames without FCS). The rate is an exponentially
 * weighted moving average with time constant TAU (100ms), brought up to date every 1.05 ms; one measurement for XDP and
 * workers together, which survives updates.
 * Ports: 1 in; out i: below rate i and no other before; the last: all that is faster.
 * Source: Click's Meter and BandwidthMeter.
 */
#ifndef ELEMENTS_METER_H
#define ELEMENTS_METER_H

#include <batchy/element.h>

#define meter_TABLES 1

#define METER_EPOCH_SH 20 /* ns */
#define METER_RATE_SH  32 /* fraction of a rate, which is per epoch */
#define METER_KEEP_SH  24
#define METER_POWERS   16

/* Table 0, kept: one row. count: of this epoch, added to by all; rate: written by the one that has moved epoch on. */
struct meter_state {
	__u64 count, epoch, rate;
	__u64 pad[5];
};

/* keep[i]: what is left of a rate after 2^i epochs; at[i]: a faster rate goes beyond output i */
struct meter_args {
	__u64 at[BTY_MAX_OUT - 1];
	__u32 n;
	__u32 bits;
	__u32 keep[METER_POWERS];
};

static __always_inline __u64 meter_scale(__u64 rate, __u32 by)
{
	return (rate >> METER_KEEP_SH) * by + ((rate & ((1 << METER_KEEP_SH) - 1)) * by >> METER_KEEP_SH);
}

/* The epoch counted is over, and n - 1 more in which nothing came. */
static __always_inline __u64 meter_next(__u64 rate, __u64 count, __u64 n, const struct meter_args *a)
{
	int i;

	rate = meter_scale(rate, a->keep[0]) + meter_scale(count << METER_RATE_SH, (1 << METER_KEEP_SH) - a->keep[0]);
	n--;
	if (n >> METER_POWERS)
		return 0;
	for (i = 0; i < METER_POWERS; i++)
		if (n >> i & 1)
			rate = meter_scale(rate, a->keep[i]);
	return rate;
}

static __always_inline void meter_advance(struct meter_state *s, __u64 epoch, const struct meter_args *a)
{
	__u64 was = bty_once(s->epoch), count;

	/* a worker's time may be a little behind */
	if (epoch <= was || __sync_val_compare_and_swap(&s->epoch, was, epoch) != was)
		return;
	count = bty_once(s->count);
	__sync_fetch_and_add(&s->count, -count);
	s->rate = meter_next(s->rate, count, epoch - was, a);
}

static __always_inline int meter_push(struct bty_pkt *p, const struct meter_args *a, struct bty_env *env)
{
	struct meter_state *s = (struct meter_state *)bty_table_row(env, 0, 0);
	__u64 rate;
	__u32 i;

	if (!s)
		return bty_drop(BAD_STATE);
	meter_advance(s, bty_now_ns(env) >> METER_EPOCH_SH, a);
	__sync_fetch_and_add(&s->count, a->bits ? bty_len(p) * 8 : 1);
	rate = bty_once(s->rate);
	for (i = 0; i < BTY_MAX_OUT - 1; i++)
		if (i == a->n || rate < a->at[i])
			break;
	return i;
}

#ifdef BTY_DESCRIBE
/* user/element/meter.c */
int bty_meter_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
extern const struct bty_table_ops bty_meter_tables;

BTY_ELEMENT(meter, .name = "Meter", .summary = "Sends packets on by their rate.", .source = "Click",
	    .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1,
	    .nout_max = BTY_MAX_OUT, .ports = "i: below rate i and no other before; the last: all that is faster",
	    .usage = "RATE, ...: rising, in pps or bps, as in 10kpps, 20kpps; TAU time constant (100ms)",
	    .args_size = sizeof(struct meter_args), .configure = bty_meter_configure, .ntables = meter_TABLES,
	    .table_ops = &bty_meter_tables);
#endif
#endif
