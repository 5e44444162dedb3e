/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPlookup(FILE routes.txt) or IPlookup(PREFIX/LEN [GATEWAY] DEVICE, ...), as NBA writes it, also by the name LookupIP6Route:
 * IPLookup whose routes name a device, by its number in the order of the pipeline, for the ToOutput behind it. Without
 * arguments the routes are those in routing_info.txt beside the pipeline file.
 * Ports: 1 in, 1 out. Drops: no_route, not_ip, runt. Source: NBA (EuroSys 2015), which sends round robin; IPLookup for the rest.
 */
#ifndef ELEMENTS_NBALOOKUP_H
#define ELEMENTS_NBALOOKUP_H

/* the lookup, without its description, which is another class's */
#ifdef BTY_DESCRIBE
#undef BTY_DESCRIBE
#include <elements/iplookup.h>
#define BTY_DESCRIBE
#else
#include <elements/iplookup.h>
#endif

#define nbalookup_TABLES iplookup_TABLES

struct nbalookup_args {
	struct iplookup_args lookup;
};

static __always_inline int nbalookup_push(struct bty_pkt *p, const struct nbalookup_args *a, struct bty_env *env)
{
	int device = iplookup_push(p, &a->lookup, env);

	if (device < 0)
		return device;
	p->meta->out = device + 1;
	return 0;
}

#ifndef __bpf__
#define nbalookup_HAS_VECTOR 1
static __always_inline void nbalookup_vector(struct bty_batch *b, const struct nbalookup_args *a, struct bty_env *env)
{
	__u32 i;

	iplookup_vector(b, &a->lookup, env);
	for (i = 0; i < b->n; i++) {
		if (b->verdict[i] < 0)
			continue;
		b->pkt[i].meta->out = b->verdict[i] + 1;
		b->verdict[i] = 0;
	}
}
#endif

#ifdef BTY_DESCRIBE
/* user/element/iplookup.c */
extern const struct bty_table_ops bty_nbalookup_tables;

BTY_ELEMENT(nbalookup, .name = "IPlookup", .alias = "LookupIP6Route",
	    .summary = "Chooses the output device by longest prefix match on the destination.",
	    .source = "NBA (EuroSys 2015)", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .nin = 1, .nout_min = 1, .nout_max = 1, .ports = "0: packets with a route",
	    .usage = "[PREFIX/LEN [GATEWAY] DEVICE, ...] or FILE routes.txt, or both; default: FILE routing_info.txt",
	    .args_size = sizeof(struct nbalookup_args), .ntables = nbalookup_TABLES,
	    .table_ops = &bty_nbalookup_tables);
#endif
#endif
