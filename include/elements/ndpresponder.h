/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NDPResponder(ADDRESS[/LEN] MAC, ..., ROUTER true; FILE path): answers neighbour solicitations for IPv6 addresses, and for all of a
 * prefix, with the Ethernet address that stands for them; the longest prefix counts. The solicitation becomes the advertisement:
 * solicited (not to an unspecified source, which is told with all nodes), override, with the target's link-layer address, and, with
 * ROUTER true, from a router. Tags stay, bty_meta.out is the device it came from. Updated live, as ARPResponder.
 * Ports: 1 in; out 0: advertisements, out 1 (optional): all else, unchanged, also solicitations that RFC 4861 7.1.1 has discarded
 * (hop limit, checksum, lengths), that have more than 16 bytes of options or come behind extension headers.
 * Drops: not_asked when out 1 is not connected; no_room. Source: RFC 4861 7.2.
 */
#ifndef ELEMENTS_NDPRESPONDER_H
#define ELEMENTS_NDPRESPONDER_H

#include <batchy/neighbour.h>

#define ndpresponder_TABLES 1

/* Table 0: one row, struct bty_answers */

#define NDPRESPONDER_LEN (sizeof(struct bty_nd) + sizeof(struct bty_nd_lladdr))

struct ndpresponder_args {
	__u8 router, has_other_port;
	__u8 pad[6];
};

/* A solicitation that may be answered: 0, else -1. */
static __always_inline int ndpresponder_asked(const struct bty_pkt *p)
{
	__u32 off = p->meta->l3_off, at = off + sizeof(struct bty_ipv6) + sizeof(struct bty_nd);
	int len = bty_nd_check(p, BTY_ICMP6_NS, BTY_ND_LEN_BPF), slla;
	const struct bty_ipv6 *ip = bty_at(p, off, sizeof(*ip));
	const struct bty_eth *eth = bty_at(p, 0, sizeof(struct bty_eth));

	if (len < 0 || !ip || !eth || eth->src[0] & 1 || *(const __u8 *)ip->src == 0xff)
		return -1;
	slla = bty_nd_option(p, at, len - sizeof(struct bty_nd), BTY_ND_SLLA, BTY_ND_LEN_BPF);
	if (slla < 0)
		return -1;
	if (bty_is_unspecified(ip->src) && (slla || !bty_is_solicited_node(ip->dst)))
		return -1;
	return 0;
}

/* Who is told: Ethernet and IPv6 headers. */
static __always_inline __u32 ndpresponder_head(struct bty_eth *eth, struct bty_ipv6 *ip, const struct bty_nd *nd,
					       const __u8 mac[6])
{
	__u32 all = bty_is_unspecified(ip->src);
	int i;

	for (i = 0; i < 4; i++) {
		ip->dst[i] = ip->src[i];
		ip->src[i] = nd->target[i];
	}
	bty_copy_mac(eth->dst, eth->src);
	bty_copy_mac(eth->src, mac);
	if (all) {
		ip->dst[0] = bty_htonl(0xff020000);
		ip->dst[3] = bty_htonl(1);
		bty_st16(eth->dst, 0x3333);
		bty_st32(eth->dst + 2, bty_htonl(1));
	}
	ip->ver_tc_flow = bty_htonl(6U << 28);
	ip->payload_len = bty_htons(NDPRESPONDER_LEN);
	return all ? BTY_ND_OVERRIDE : BTY_ND_OVERRIDE | BTY_ND_SOLICITED;
}

static __always_inline int ndpresponder_reply(struct bty_pkt *p, const struct ndpresponder_args *a, const __u8 mac[6])
{
	__u32 off = p->meta->l3_off, at = off + sizeof(struct bty_ipv6), flags;
	struct bty_nd_lladdr *opt;
	struct bty_eth *eth;
	struct bty_ipv6 *ip;
	struct bty_nd *nd;

	if (bty_set_len(p, at + NDPRESPONDER_LEN))
		return bty_drop(NO_ROOM);
	eth = bty_at(p, 0, sizeof(struct bty_eth));
	ip = bty_at(p, off, sizeof(*ip));
	nd = bty_at(p, at, sizeof(*nd));
	opt = bty_at(p, at + sizeof(*nd), sizeof(*opt));
	if (!eth || !ip || !nd || !opt)
		return bty_drop(NO_ROOM);
	flags = ndpresponder_head(eth, ip, nd, mac);
	nd->type = BTY_ICMP6_NA;
	nd->csum = 0;
	nd->flags = bty_htonl(flags | (a->router ? BTY_ND_ROUTER : 0));
	opt->type = BTY_ND_TLLA;
	opt->len = 1;
	bty_copy_mac(opt->mac, mac);
	nd->csum = ~bty_fold(bty_nd_sum(p, at, NDPRESPONDER_LEN, NDPRESPONDER_LEN) +
			     bty_icmp6_pseudo(ip, NDPRESPONDER_LEN));
	bty_reparse(p);
	p->meta->out = p->meta->in + 1;
	p->meta->anno = 0;
	return 0;
}

static __always_inline int ndpresponder_push(struct bty_pkt *p, const struct ndpresponder_args *a, struct bty_env *env)
{
	const struct bty_answers *t = bty_table_row(env, 0, 0);
	int other = a->has_other_port ? 1 : bty_drop(NOT_ASKED), i;
	const struct bty_nd *nd;
	__u32 asked[4];
	__u8 mac[8];

	if (!t || ndpresponder_asked(p))
		return other;
	nd = bty_at(p, p->meta->l3_off + sizeof(struct bty_ipv6), sizeof(*nd));
	if (!nd)
		return other;
	for (i = 0; i < 4; i++)
		asked[i] = nd->target[i];
	if (bty_answer_find(t, asked, mac))
		return other;
	return ndpresponder_reply(p, a, mac);
}

#ifdef BTY_DESCRIBE
/* user/element/answers.c */
extern const struct bty_table_ops bty_ndpresponder_tables;
int bty_ndpresponder_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err);

static int ndpresponder_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct ndpresponder_args *)args)->has_other_port = nconnected > 1;
	return 0;
}

BTY_ELEMENT(ndpresponder, .name = "NDPResponder",
	    .summary = "Answers neighbour solicitations for the addresses it is given.", .source = "RFC 4861",
	    .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER, .nin = 1, .nout_min = 1, .nout_max = 2,
	    .ports = "0: advertisements; 1: all else",
	    .usage = "ADDRESS[/LEN] MAC, ... or FILE answers.txt, with one in each line, or both; ROUTER true",
	    .args_size = sizeof(struct ndpresponder_args), .configure = bty_ndpresponder_configure,
	    .finish = ndpresponder_finish, .ntables = ndpresponder_TABLES, .table_ops = &bty_ndpresponder_tables);
#endif
#endif
