/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of tunnels, as the ...EncapTable and ...DecapTable elements have them: the tunnel that a destination's packets go into,
 * and the identifiers (TEID, VNI) of the tunnels that packets may come out of. Hash tables as in batchy/probe.h;
 * user/element/tunneltable.c fills them. An element has one of them, its table 0, and begins its arguments with the struct here.
 */
#ifndef BATCHY_TUNNELTABLE_H
#define BATCHY_TUNNELTABLE_H

#include <batchy/probe.h>
#include <batchy/tunnel.h>

/* A row of table 0 of an encapsulating element */
struct bty_tunnel {
	__u32 addr[4]; /* destination; IPv4: the first word */
	__u32 peer[4]; /* the other end, of the family of bty_tunnels.src */
	__u32 id;
	__u8 used, v6; /* v6: addr */
	__u8 has_qfi, qfi;
	__u32 pad[2];
};

struct bty_tunnels {
	struct bty_addr src;
	__u32 port, ttl, dscp;
	__u32 rows_mask, has_other_port;
};

/* A row of table 0 of a decapsulating element */
struct bty_tunnel_id {
	__u32 id;
	__u8 used, has_color, color;
	__u8 pad;
};

struct bty_tunnel_ids {
	__u32 port, rows_mask;
	__u32 has_other_port;
	__u32 pad;
};

static __always_inline __u32 bty_tunnel_hash(const __u32 a[4])
{
	return bty_mix(bty_mix((__u64)a[0] << 32 | a[1]) + ((__u64)a[2] << 32 | a[3]));
}

static __always_inline __u32 bty_tunnel_id_hash(__u32 id)
{
	return bty_mix(id);
}

static __always_inline const struct bty_tunnel *bty_tunnel_find(const __u32 addr[4], __u8 v6,
								const struct bty_tunnels *t, struct bty_env *env)
{
	__u32 h = bty_tunnel_hash(addr), i;
	const struct bty_tunnel *u;

	for (i = 0; i < BTY_PROBES; i++) {
		u = bty_table_row(env, 0, (h + i) & t->rows_mask);
		if (!u || !u->used)
			return NULL;
		if (u->addr[0] == addr[0] && u->addr[1] == addr[1] && u->addr[2] == addr[2] && u->addr[3] == addr[3] &&
		    u->v6 == v6)
			return u;
	}
	return NULL;
}

static __always_inline const struct bty_tunnel_id *bty_tunnel_id_find(__u32 id, const struct bty_tunnel_ids *t,
								      struct bty_env *env)
{
	__u32 h = bty_tunnel_id_hash(id), i;
	const struct bty_tunnel_id *r;

	for (i = 0; i < BTY_PROBES; i++) {
		r = bty_table_row(env, 0, (h + i) & t->rows_mask);
		if (!r || !r->used)
			return NULL;
		if (r->id == id)
			return r;
	}
	return NULL;
}

/* The destination of the packet. Returns 0, or bty_drop(). */
static __always_inline int bty_tunnel_key(const struct bty_pkt *p, __u32 addr[4])
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

/* The tunnel of a packet, and its outer header. Returns 0; 1: none, and there is an output for that; or bty_drop(). */
static __always_inline int bty_tunnel_of(const struct bty_pkt *p, const struct bty_tunnels *t, struct bty_env *env,
					 struct bty_outer *o, const struct bty_tunnel **found)
{
	const struct bty_tunnel *u;
	__u32 addr[4] = {};
	int v = bty_tunnel_key(p, addr), i;

	if (v)
		return v;
	u = bty_tunnel_find(addr, !!(p->meta->flags & BTY_F_IPV6), t, env);
	if (!u)
		return t->has_other_port ? 1 : bty_drop(NO_TUNNEL);
	o->src = t->src;
	for (i = 0; i < 4; i++)
		o->dst.word[i] = u->peer[i];
	o->dst.v6 = t->src.v6;
	o->port = t->port;
	o->ttl = t->ttl;
	o->dscp = t->dscp;
	*found = u;
	return 0;
}

/* What is known of a packet that has come out of a tunnel. */
static __always_inline void bty_tunnel_mark(struct bty_pkt *p, const struct bty_tunnel_id *r)
{
	p->meta->anno = r->id;
	if (r->has_color)
		p->meta->paint = r->color;
}

#ifndef __bpf__
/* The row that a packet needs, on its way before the first one is looked at. */
static __always_inline void bty_tunnel_prefetch(const struct bty_pkt *p, const struct bty_tunnels *t,
						struct bty_env *env)
{
	__u32 addr[4] = {};

	if (!bty_tunnel_key(p, addr))
		__builtin_prefetch(bty_table_row(env, 0, bty_tunnel_hash(addr) & t->rows_mask));
}
#endif

#ifdef BTY_DESCRIBE
/* user/element/tunneltable.c */
int bty_tunnels_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);
int bty_tunnel_ids_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err);
#endif
#endif
