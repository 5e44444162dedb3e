/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VXLANEncapTable(SRC address, ADDRESS VNI PEER, ...; FILE path, PORT 4789, TTL 64, DSCP 0): as VXLANEncap, with a tunnel for each
 * subscriber: a frame whose IP packet is to ADDRESS goes to PEER with VNI. ADDRESS is IPv4 or IPv6, PEERs are of SRC's family. Updated
 * live: `batchy-agent table set NAME 'ADDRESS VNI PEER'`; as many as memory holds, 48 bytes and at least two rows for each.
 * Ports: 1 in; out 0: tunnelled, out 1 (optional): no tunnel for the destination, unchanged.
 * Drops: no_tunnel when out 1 is not connected; not_ip; as VXLANEncap. Source: RFC 7348.
 */
#ifndef ELEMENTS_VXLANENCAPTABLE_H
#define ELEMENTS_VXLANENCAPTABLE_H

#include <batchy/tunneltable.h>
#include <batchy/vxlan.h>

#define vxlanencaptable_TABLES 1

struct vxlanencaptable_args {
	struct bty_tunnels tunnels;
};

static __always_inline int vxlanencaptable_push(struct bty_pkt *p, const struct vxlanencaptable_args *a,
						struct bty_env *env)
{
	const struct bty_tunnel *u = NULL;
	struct bty_outer o = {};
	int v = bty_tunnel_of(p, &a->tunnels, env, &o, &u);

	return v ? v : vxlanencap(p, &o, u->id);
}

#ifndef __bpf__
#define vxlanencaptable_HAS_PREFETCH 1

static __always_inline void vxlanencaptable_prefetch(const struct bty_pkt *p, const struct vxlanencaptable_args *a,
						     struct bty_env *env)
{
	bty_tunnel_prefetch(p, &a->tunnels, env);
}
#endif

#ifdef BTY_DESCRIBE
/* user/element/tunneltable.c */
int bty_vxlanencaptable_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
extern const struct bty_table_ops bty_vxlanencaptable_tables;

BTY_ELEMENT(vxlanencaptable, .name = "VXLANEncapTable",
	    .summary = "Puts frames into a VXLAN tunnel for each destination.", .source = "RFC 7348",
	    .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 2,
	    .ports = "0: tunnelled; 1: no tunnel for the destination",
	    .usage = "SRC address, ADDRESS VNI PEER, ... or FILE subscribers.txt, with one in each line, or both; "
		     "PORT 4789, TTL 64, DSCP 0",
	    .args_size = sizeof(struct vxlanencaptable_args), .configure = bty_vxlanencaptable_configure,
	    .finish = bty_tunnels_finish, .ntables = vxlanencaptable_TABLES, .table_ops = &bty_vxlanencaptable_tables);
#endif
#endif
