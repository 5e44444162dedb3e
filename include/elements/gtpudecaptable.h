/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GTPUDecapTable(TEID [COLOR], ...; FILE path, PORT 2152): as GTPUDecap, for the tunnel endpoints it is given; the TEID is left in the
 * packet's annotation, COLOR (0 to 255: a bearer, a class) in its paint. Updated live: `batchy-agent table set NAME 'TEID [COLOR]'`; as
 * many as memory holds, 8 bytes and at least two rows for each.
 * Ports: 1 in; out 0: inner packets, out 1 (optional): all else, unchanged.
 * Drops, when out 1 is not connected: unknown_teid for a TEID that is not in the table; as GTPUDecap for what is no such packet.
 * Source: 3GPP TS 29.281.
 */
#ifndef ELEMENTS_GTPUDECAPTABLE_H
#define ELEMENTS_GTPUDECAPTABLE_H

#include <batchy/gtpu.h>
#include <batchy/tunneltable.h>

#define gtpudecaptable_TABLES 1

struct gtpudecaptable_args {
	struct bty_tunnel_ids ids;
};

static __always_inline int gtpudecaptable_push(struct bty_pkt *p, const struct gtpudecaptable_args *a,
					       struct bty_env *env)
{
	const struct bty_tunnel_id *r;
	struct gtpudecap_found f = {};
	int v = gtpudecap_find(p, a->ids.port, 0, 0, &f);

	if (v)
		return a->ids.has_other_port ? 1 : v;
	r = bty_tunnel_id_find(f.teid, &a->ids, env);
	if (!r)
		return a->ids.has_other_port ? 1 : bty_drop(UNKNOWN_TEID);
	if (bty_decap_ip(p, f.off, f.end, f.type))
		return bty_drop(RUNT);
	bty_tunnel_mark(p, r);
	return 0;
}

#ifdef BTY_DESCRIBE
/* user/element/tunneltable.c */
int bty_gtpudecaptable_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
extern const struct bty_table_ops bty_gtpudecaptable_tables;

BTY_ELEMENT(gtpudecaptable, .name = "GTPUDecapTable",
	    .summary = "Takes IP packets out of the GTP-U tunnels it is given.", .source = "3GPP TS 29.281",
	    .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 2,
	    .ports = "0: inner packets; 1: all else",
	    .usage = "TEID [COLOR], ... or FILE teids.txt, with one in each line, or both; PORT 2152",
	    .args_size = sizeof(struct gtpudecaptable_args), .configure = bty_gtpudecaptable_configure,
	    .finish = bty_tunnel_ids_finish, .ntables = gtpudecaptable_TABLES, .table_ops = &bty_gtpudecaptable_tables);
#endif
#endif
