/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GTPUEncapTable(SRC address, ADDRESS TEID PEER [QFI], ...; FILE path, UPLINK false, PORT 2152, TTL 64, DSCP 0): as GTPUEncap, with a
 * tunnel for each user: a packet to ADDRESS goes to PEER with TEID, and with QFI in a PDU session container. Addresses of users are
 * IPv4 or IPv6, PEERs of SRC's family. Updated live: `batchy-agent table set NAME 'ADDRESS TEID PEER [QFI]'`; as many users as memory
 * holds, 48 bytes and at least two rows for each.
 * Ports: 1 in; out 0: tunnelled, out 1 (optional): no tunnel for the destination, unchanged.
 * Drops: no_tunnel when out 1 is not connected; not_ip; as GTPUEncap. Source: 3GPP TS 29.281, TS 38.415.
 */
#ifndef ELEMENTS_GTPUENCAPTABLE_H
#define ELEMENTS_GTPUENCAPTABLE_H

#include <batchy/gtpu.h>
#include <batchy/tunneltable.h>

#define gtpuencaptable_TABLES 1

struct gtpuencaptable_args {
	struct bty_tunnels tunnels;
	__u8 uplink;
	__u8 pad[7];
};

static __always_inline int gtpuencaptable_push(struct bty_pkt *p, const struct gtpuencaptable_args *a,
					       struct bty_env *env)
{
	const struct bty_tunnel *u = NULL;
	struct gtpuencap_pdu d = {};
	struct bty_outer o = {};
	int v = bty_tunnel_of(p, &a->tunnels, env, &o, &u);

	if (v)
		return v;
	d.teid = u->id;
	d.has_qfi = u->has_qfi;
	d.qfi = u->qfi;
	d.uplink = a->uplink;
	return gtpuencap(p, &o, &d);
}

#ifndef __bpf__
#define gtpuencaptable_HAS_PREFETCH 1

static __always_inline void gtpuencaptable_prefetch(const struct bty_pkt *p, const struct gtpuencaptable_args *a,
						    struct bty_env *env)
{
	bty_tunnel_prefetch(p, &a->tunnels, env);
}
#endif

#ifdef BTY_DESCRIBE
/* user/element/tunneltable.c */
int bty_gtpuencaptable_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
extern const struct bty_table_ops bty_gtpuencaptable_tables;

BTY_ELEMENT(gtpuencaptable, .name = "GTPUEncapTable", .summary = "Puts IP packets into a GTP-U tunnel for each user.",
	    .source = "3GPP TS 29.281, TS 38.415", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .nin = 1, .nout_min = 1, .nout_max = 2, .ports = "0: tunnelled; 1: no tunnel for the destination",
	    .usage = "SRC address, ADDRESS TEID PEER [QFI], ... or FILE users.txt, with one in each line, or both; "
		     "UPLINK false, PORT 2152, TTL 64, DSCP 0",
	    .args_size = sizeof(struct gtpuencaptable_args), .configure = bty_gtpuencaptable_configure,
	    .finish = bty_tunnels_finish, .ntables = gtpuencaptable_TABLES, .table_ops = &bty_gtpuencaptable_tables);
#endif
#endif
