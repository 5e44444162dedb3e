/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * L2Forward(method METHOD): chooses the device a packet is to leave by, for ToOutput, from the one it came from. Devices are
 * numbered in the order a pipeline names them. METHOD, also in quotes:
 *	echoback	 the other of its pair: 0 and 1, 2 and 3, ...; itself when it has no other (the default)
 *	echoback_cross	 the one half of all devices further on
 *	roundrobin	 one after the other, packet by packet
 *	roundrobin_batch one after the other, batch by batch (in XDP a batch is one packet)
 *	two_to_one	 the first of its pair
 * Ports: 1 in, 1 out. Drops: broadcast (no unicast destination), runt. Source: NBA (EuroSys 2015).
 */
#ifndef ELEMENTS_L2FORWARD_H
#define ELEMENTS_L2FORWARD_H

#include <batchy/element.h>

#define l2forward_TABLES    1
#define l2forward_HAS_BATCH 1

enum l2forward_method {
	L2FORWARD_ECHOBACK,
	L2FORWARD_CROSS,
	L2FORWARD_ROUNDROBIN,
	L2FORWARD_ROUNDROBIN_BATCH,
	L2FORWARD_TWO_TO_ONE,
};

struct l2forward_args {
	__u32 method;
	__u32 ndev;
};

/* Table 0, kept: one row, of all workers and CPUs */
struct l2forward_turn {
	__u64 n;
};

static __always_inline __u32 l2forward_turn(const struct l2forward_args *a, struct bty_env *env, __u64 by)
{
	struct l2forward_turn *t = (struct l2forward_turn *)bty_table_row(env, 0, 0);

	return t ? __sync_fetch_and_add(&t->n, by) % (a->ndev ? a->ndev : 1) : 0;
}

static __always_inline void l2forward_batch(const struct l2forward_args *a, struct bty_env *env, __u32 n)
{
	if (a->method == L2FORWARD_ROUNDROBIN_BATCH)
		l2forward_turn(a, env, 1);
}

static __always_inline __u32 l2forward_choose(__u32 in, const struct l2forward_args *a, struct bty_env *env)
{
	switch (a->method) {
	case L2FORWARD_CROSS:
		return (in + a->ndev / 2) % (a->ndev ? a->ndev : 1);
	case L2FORWARD_ROUNDROBIN:
		return l2forward_turn(a, env, 1);
	case L2FORWARD_ROUNDROBIN_BATCH:
		return l2forward_turn(a, env, 0);
	case L2FORWARD_TWO_TO_ONE:
		return in & ~1U;
	}
	return (in ^ 1) < a->ndev ? in ^ 1 : in;
}

static __always_inline int l2forward_push(struct bty_pkt *p, const struct l2forward_args *a, struct bty_env *env)
{
	struct bty_eth *eth = bty_at(p, 0, sizeof(*eth));

	if (!eth)
		return bty_drop(RUNT);
	if (eth->dst[0] & 1)
		return bty_drop(BROADCAST);
	p->meta->out = l2forward_choose(p->meta->in, a, env) + 1;
	return 0;
}

#ifdef BTY_DESCRIBE
/* user/element/l2forward.c */
int bty_l2forward_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
int bty_l2forward_devices(void *args, const struct bty_device_info *info, struct bty_err *why);
extern const struct bty_table_ops bty_l2forward_tables;

BTY_ELEMENT(l2forward, .name = "L2Forward", .summary = "Chooses the output device by the one a packet came from.",
	    .source = "NBA (EuroSys 2015)", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .nin = 1, .nout_min = 1, .nout_max = 1, .ports = "0: unicast packets",
	    .usage = "method echoback|echoback_cross|roundrobin|roundrobin_batch|two_to_one",
	    .args_size = sizeof(struct l2forward_args), .configure = bty_l2forward_configure,
	    .ntables = l2forward_TABLES, .table_ops = &bty_l2forward_tables, .devices = bty_l2forward_devices);
#endif
#endif
