/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPClassifier(EXPRESSION, ...): sends a packet to the output of the first expression it matches, in the language of
 * tcpdump: `ip`, `ip6`, `arp`, `tcp`, `udp`, `sctp`, `icmp`, `icmp6`, `[ip|ip6] proto N|NAME`, `ip frag`, `ip unfrag`,
 * `vlan [ID]`, `[src|dst|src or dst|src and dst] host A | net A/LEN | port N[-M]`, `and`, `or`, `not`, parentheses;
 * `-` and `all` match every packet, `none` no packet. Addresses are IPv4 or IPv6. `tcp`, `udp`, `port` ... hold for both IP
 * versions, `icmp` for IPv4. A tagged packet is classified by what its tags (two at most) hold; `vlan` looks at the
 * outer tag. Ports are those of TCP, UDP and SCTP; a fragment other than the first has none, so no `port` holds for it.
 * Ports: 1 in; out i: packets of expression i, at most 64. All expressions together: at most 128 tests.
 * Drops: no_match. Source: Click's IPClassifier, pcap-filter(7).
 */
#ifndef ELEMENTS_IPCLASSIFIER_H
#define ELEMENTS_IPCLASSIFIER_H

#include <batchy/decision.h>

/*
 * node.where: what a test looks at. What a packet lacks has a value that no test of it accepts, so that one test does for
 * "has it, and it is this". Addresses are as in the packet, the rest in host order.
 */
enum ipclassifier_field {
	IPCLASSIFIER_FLAGS, /* bty_meta.flags */
	IPCLASSIFIER_TYPE,  /* ethertype */
	IPCLASSIFIER_PROTO, /* protocol, and IPCLASSIFIER_PROTO_V4 or _V6 */
	IPCLASSIFIER_VLAN,  /* tag, and IPCLASSIFIER_TAGGED */
	IPCLASSIFIER_SRC4,  /* address, and IPCLASSIFIER_HAS_ADDR4 */
	IPCLASSIFIER_DST4,
	IPCLASSIFIER_SRC6, /* 0 when not IPv6, which is an address too: tests of it come after one of BTY_F_IPV6 */
	IPCLASSIFIER_SRC6_LO,
	IPCLASSIFIER_DST6,
	IPCLASSIFIER_DST6_LO,
	IPCLASSIFIER_SPORT, /* or IPCLASSIFIER_NO_PORT */
	IPCLASSIFIER_DPORT,
	IPCLASSIFIER_FIELDS = 16 /* a power of two, for the mask */
};

#define IPCLASSIFIER_PROTO_V4  (1 << 8)
#define IPCLASSIFIER_PROTO_V6  (1 << 9)
#define IPCLASSIFIER_TAGGED    (1 << 16)
#define IPCLASSIFIER_HAS_ADDR4 (1ULL << 32)
#define IPCLASSIFIER_NO_PORT   (1 << 16)

struct ipclassifier_args {
	__u32 needs_addr; /* some test looks at addresses */
	__u32 needs_ports;
	struct bty_decision d;
};

static __always_inline void ipclassifier_addr(const struct bty_pkt *p, __u64 *f)
{
	struct bty_ipv4 *ip;
	struct bty_ipv6 *ip6;

	if (p->meta->flags & BTY_F_IPV4) {
		ip = bty_at(p, p->meta->l3_off, sizeof(*ip));
		if (!ip)
			return;
		f[IPCLASSIFIER_SRC4] = ip->src | IPCLASSIFIER_HAS_ADDR4;
		f[IPCLASSIFIER_DST4] = ip->dst | IPCLASSIFIER_HAS_ADDR4;
	} else if (p->meta->flags & BTY_F_IPV6) {
		ip6 = bty_at(p, p->meta->l3_off, sizeof(*ip6));
		if (!ip6)
			return;
		f[IPCLASSIFIER_SRC6] = bty_ld64(&ip6->src[0]);
		f[IPCLASSIFIER_SRC6_LO] = bty_ld64(&ip6->src[2]);
		f[IPCLASSIFIER_DST6] = bty_ld64(&ip6->dst[0]);
		f[IPCLASSIFIER_DST6_LO] = bty_ld64(&ip6->dst[2]);
	}
}

static __always_inline void ipclassifier_ports(const struct bty_pkt *p, __u64 *f)
{
	__u8 proto = p->meta->l4_proto;
	struct bty_l4_ports *l4;

	f[IPCLASSIFIER_SPORT] = IPCLASSIFIER_NO_PORT;
	f[IPCLASSIFIER_DPORT] = IPCLASSIFIER_NO_PORT;
	if (!(p->meta->flags & BTY_F_L4) ||
	    (proto != BTY_PROTO_TCP && proto != BTY_PROTO_UDP && proto != BTY_PROTO_SCTP))
		return;
	l4 = bty_at(p, p->meta->l4_off, sizeof(*l4));
	if (!l4)
		return;
	f[IPCLASSIFIER_SPORT] = bty_ntohs(l4->src);
	f[IPCLASSIFIER_DPORT] = bty_ntohs(l4->dst);
}

static __always_inline void ipclassifier_meta(const struct bty_meta *m, __u64 *f)
{
	f[IPCLASSIFIER_FLAGS] = m->flags;
	f[IPCLASSIFIER_TYPE] = m->ethertype;
	f[IPCLASSIFIER_PROTO] = m->l4_proto | (m->flags & BTY_F_IPV4 ? IPCLASSIFIER_PROTO_V4 : 0) |
				(m->flags & BTY_F_IPV6 ? IPCLASSIFIER_PROTO_V6 : 0);
	f[IPCLASSIFIER_VLAN] = m->vlan_tci | (m->flags & BTY_F_VLAN ? IPCLASSIFIER_TAGGED : 0);
}

struct ipclassifier_view {
	__u64 f[IPCLASSIFIER_FIELDS];
};

static __always_inline void ipclassifier_look(struct ipclassifier_view *v, const struct bty_pkt *p,
					      const struct ipclassifier_args *a)
{
	__builtin_memset(v, 0, sizeof(*v));
	ipclassifier_meta(p->meta, v->f);
	if (a->needs_addr)
		ipclassifier_addr(p, v->f);
	if (a->needs_ports)
		ipclassifier_ports(p, v->f);
}

static __always_inline int ipclassifier_test(const struct ipclassifier_view *v, const struct bty_pkt *p,
					     const struct bty_decision_node *node)
{
	return bty_decision_test(node, v->f[node->where & (IPCLASSIFIER_FIELDS - 1)]);
}

static __always_inline int ipclassifier_push(struct bty_pkt *p, const struct ipclassifier_args *a, struct bty_env *env)
{
	struct ipclassifier_view v;
	__u32 label = a->d.start;

	ipclassifier_look(&v, p, a);
	while (label < BTY_DECISION_MAX)
		label = bty_decision_next(&a->d.node[label], ipclassifier_test(&v, p, &a->d.node[label]));
	return bty_decision_verdict(label);
}

#ifdef BTY_DESCRIBE
/* user/element/ipclassifier.c */
int bty_ipclassifier_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);

BTY_ELEMENT(ipclassifier, .name = "IPClassifier", .summary = "Sends packets on by tcpdump-like expressions.",
	    .source = "Click; pcap-filter(7)", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .nin = 1, .nout_min = 1, .nout_max = BTY_MAX_OUT,
	    .ports = "i: packets that expression i is the first to match",
	    .usage = "EXPRESSION, ...: `-', or as for tcpdump: udp and dst port 5000, src net 10.0.0.0/8 or icmp",
	    .args_size = sizeof(struct ipclassifier_args), .configure = bty_ipclassifier_configure,
	    .decision = BTY_DECISION_AT(struct ipclassifier_args, d));
#endif
#endif
