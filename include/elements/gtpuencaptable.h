/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GTPUEncapTable(SRC address, ADDRESS TEID PEER [QFI], ...; FILE path, UPLINK false, TTL 64, DSCP 0): as GTPUEncap, with a tunnel for
 * each user: a packet to ADDRESS goes to PEER with TEID, and with QFI in a PDU session container. Addresses of users are IPv4 or
 * IPv6, PEERs of SRC's family. Updated live: `batchy-agent table set NAME 'ADDRESS TEID PEER [QFI]'`; as many users as memory holds, 48
 * bytes and at least two rows for each.
 * Ports: 1 in; out 0: tunnelled, out 1 (optional): no tunnel for the destination, unchanged.
 * Drops: no_tunnel when out 1 is not connected; not_ip; as GTPUEncap. Source: 3GPP TS 29.281, TS 38.415.
 */
#ifndef ELEMENTS_GTPUENCAPTABLE_H
#define ELEMENTS_GTPUENCAPTABLE_H

#include <batchy/gtpu.h>
#include <batchy/probe.h>

#define gtpuencaptable_TABLES 1

/* A row of table 0, at most BTY_PROBES rows from where its address hashes to */
struct gtpuencaptable_user {
	__u32 addr[4]; /* IPv4: the first word */
	__u32 peer[4];
	__u32 teid;
	__u8 used, v6; /* v6: the user's address */
	__u8 has_qfi, qfi;
	__u32 pad[2];
};

struct gtpuencaptable_args {
	struct bty_addr src;
	__u32 ttl, dscp, rows_mask;
	__u8 uplink, has_other_port;
	__u8 pad[2];
};

static __always_inline __u32 gtpuencaptable_hash(const __u32 a[4])
{
	return bty_mix(bty_mix((__u64)a[0] << 32 | a[1]) + ((__u64)a[2] << 32 | a[3]));
}

static __always_inline const struct gtpuencaptable_user *
gtpuencaptable_find(const __u32 addr[4], __u8 v6, const struct gtpuencaptable_args *a, struct bty_env *env)
{
	__u32 h = gtpuencaptable_hash(addr), i;
	const struct gtpuencaptable_user *u;

	for (i = 0; i < BTY_PROBES; i++) {
		u = bty_table_row(env, 0, (h + i) & a->rows_mask);
		if (!u || !u->used)
			return NULL;
		if (u->addr[0] == addr[0] && u->addr[1] == addr[1] && u->addr[2] == addr[2] && u->addr[3] == addr[3] &&
		    u->v6 == v6)
			return u;
	}
	return NULL;
}

/* The destination. Returns 0, or bty_drop(). */
static __always_inline int gtpuencaptable_key(const struct bty_pkt *p, __u32 addr[4])
{
	const struct bty_ipv4 *ip = bty_at(p, p->meta->l3_off, sizeof(*ip));
	const struct bty_ipv6 *ip6;
	int i;

	if (!(p->meta->flags & (BTY_F_IPV4 | BTY_F_IPV6)))
		return bty_drop(NOT_IP);
	if (!ip)
		return bty_drop(RUNT);
	if (p->meta->flags & BTY_F_IPV4) {
		addr[0] = ip->dst;
		return 0;
	}
	ip6 = bty_at(p, p->meta->l3_off, sizeof(*ip6));
	if (!ip6)
		return bty_drop(RUNT);
	for (i = 0; i < 4; i++)
		addr[i] = ip6->dst[i];
	return 0;
}

static __always_inline int gtpuencaptable_push(struct bty_pkt *p, const struct gtpuencaptable_args *a,
					       struct bty_env *env)
{
	struct bty_outer o = { .src = a->src, .port = 2152, .ttl = a->ttl, .dscp = a->dscp };
	const struct gtpuencaptable_user *u;
	struct gtpuencap_pdu d = {};
	__u32 addr[4] = {};
	int v = gtpuencaptable_key(p, addr), i;

	if (v)
		return v;
	u = gtpuencaptable_find(addr, !!(p->meta->flags & BTY_F_IPV6), a, env);
	if (!u)
		return a->has_other_port ? 1 : bty_drop(NO_TUNNEL);
	for (i = 0; i < 4; i++)
		o.dst.word[i] = u->peer[i];
	o.dst.v6 = a->src.v6;
	d.teid = u->teid;
	d.has_qfi = u->has_qfi;
	d.qfi = u->qfi;
	d.uplink = a->uplink;
	return gtpuencap(p, &o, &d);
}

#ifndef __bpf__
/* The row that a packet needs, on its way before the first one is looked at. */
#define gtpuencaptable_HAS_PREFETCH 1

static __always_inline void gtpuencaptable_prefetch(const struct bty_pkt *p, const struct gtpuencaptable_args *a,
						    struct bty_env *env)
{
	__u32 addr[4] = {};

	if (!gtpuencaptable_key(p, addr))
		__builtin_prefetch(bty_table_row(env, 0, gtpuencaptable_hash(addr) & a->rows_mask));
}
#endif

#ifdef BTY_DESCRIBE
/* user/element/gtputable.c */
int bty_gtpuencaptable_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);
extern const struct bty_table_ops bty_gtpuencaptable_tables;

static int gtpuencaptable_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct gtpuencaptable_args *)args)->has_other_port = nconnected > 1;
	return 0;
}

BTY_ELEMENT(gtpuencaptable, .name = "GTPUEncapTable", .summary = "Puts IP packets into a GTP-U tunnel for each user.",
	    .source = "3GPP TS 29.281, TS 38.415", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .nin = 1, .nout_min = 1, .nout_max = 2, .ports = "0: tunnelled; 1: no tunnel for the destination",
	    .usage = "SRC address, ADDRESS TEID PEER [QFI], ... or FILE users.txt, with one in each line, or both; "
		     "UPLINK false, "
		     "TTL 64, DSCP 0",
	    .args_size = sizeof(struct gtpuencaptable_args), .configure = bty_gtpuencaptable_configure,
	    .finish = gtpuencaptable_finish, .ntables = gtpuencaptable_TABLES, .table_ops = &bty_gtpuencaptable_tables);
#endif
#endif
