/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VXLANDecapTable(VNI [COLOR], ...; FILE path, PORT 4789): as VXLANDecap, for the network identifiers it is given; the VNI is left in
 * the packet's annotation, COLOR (0 to 255) in its paint. Updated live: `batchy-agent table set NAME 'VNI [COLOR]'`; as many as memory
 * holds, 8 bytes and at least two rows for each.
 * Ports: 1 in; out 0: inner frames, out 1 (optional): all else, unchanged.
 * Drops, when out 1 is not connected: no_tunnel for a VNI that is not in the table; as VXLANDecap for what is no such packet.
 * Source: RFC 7348.
 */
#ifndef ELEMENTS_VXLANDECAPTABLE_H
#define ELEMENTS_VXLANDECAPTABLE_H

#include <batchy/tunneltable.h>
#include <batchy/vxlan.h>

#define vxlandecaptable_TABLES 1

struct vxlandecaptable_args {
	struct bty_tunnel_ids ids;
};

static __always_inline int vxlandecaptable_push(struct bty_pkt *p, const struct vxlandecaptable_args *a,
						struct bty_env *env)
{
	const struct bty_tunnel_id *r;
	__u32 end = 0, vni = 0;
	int off = vxlandecap_find(p, a->ids.port, &end, &vni);

	if (off < 0)
		return a->ids.has_other_port ? 1 : off;
	r = bty_tunnel_id_find(vni, &a->ids, env);
	if (!r)
		return a->ids.has_other_port ? 1 : bty_drop(NO_TUNNEL);
	if (bty_decap(p, off, end))
		return bty_drop(RUNT);
	bty_tunnel_mark(p, r);
	return 0;
}

#ifdef BTY_DESCRIBE
/* user/element/tunneltable.c */
int bty_vxlandecaptable_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
extern const struct bty_table_ops bty_vxlandecaptable_tables;

BTY_ELEMENT(vxlandecaptable, .name = "VXLANDecapTable", .summary = "Takes frames out of the VXLAN tunnels it is given.",
	    .source = "RFC 7348", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1,
	    .nout_min = 1, .nout_max = 2, .ports = "0: inner frames; 1: all else",
	    .usage = "VNI [COLOR], ... or FILE vnis.txt, with one in each line, or both; PORT 4789",
	    .args_size = sizeof(struct vxlandecaptable_args), .configure = bty_vxlandecaptable_configure,
	    .finish = bty_tunnel_ids_finish, .ntables = vxlandecaptable_TABLES,
	    .table_ops = &bty_vxlandecaptable_tables);
#endif
#endif
