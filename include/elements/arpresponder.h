/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ARPResponder(ADDRESS[/LEN] MAC, ...; FILE path): answers ARP requests for IPv4 addresses, and for all of a prefix, with the
 * Ethernet address that stands for them; the longest prefix counts. The request becomes the reply; tags stay, bty_meta.out is the
 * device it came from. Updated live: `batchy-agent table set NAME 'ADDRESS[/LEN] MAC'`, at most 256 entries.
 * Ports: 1 in; out 0: replies, out 1 (optional): all else, unchanged, also requests of a host for its own address (announcements).
 * Drops: not_asked when out 1 is not connected. Source: RFC 826, RFC 5227 2.1; Click's ARPResponder.
 */
#ifndef ELEMENTS_ARPRESPONDER_H
#define ELEMENTS_ARPRESPONDER_H

#include <batchy/neighbour.h>

#define arpresponder_TABLES 1

/* Table 0: one row, struct bty_answers */

struct arpresponder_args {
	__u32 has_other_port;
	__u32 pad;
};

static __always_inline int arpresponder_other(const struct arpresponder_args *a)
{
	return a->has_other_port ? 1 : bty_drop(NOT_ASKED);
}

static __always_inline void arpresponder_reply(struct bty_pkt *p, struct bty_eth *eth, struct bty_arp *arp,
					       const __u8 mac[6])
{
	__u32 asked = bty_ld32(arp->tpa);

	arp->op = bty_htons(BTY_ARP_REPLY);
	bty_st32(arp->tpa, bty_ld32(arp->spa));
	bty_st32(arp->spa, asked);
	bty_copy_mac(arp->tha, arp->sha);
	bty_copy_mac(arp->sha, mac);
	bty_copy_mac(eth->dst, arp->tha);
	bty_copy_mac(eth->src, mac);
	p->meta->out = p->meta->in + 1;
	p->meta->anno = 0;
}

static __always_inline int arpresponder_push(struct bty_pkt *p, const struct arpresponder_args *a, struct bty_env *env)
{
	const struct bty_answers *t = bty_table_row(env, 0, 0);
	struct bty_eth *eth = bty_at(p, 0, sizeof(struct bty_eth));
	struct bty_arp *arp = bty_arp_at(p);
	__u32 asked[4] = {};
	__u8 mac[8];

	if (!eth || !arp || !t || arp->op != bty_htons(BTY_ARP_REQUEST) || arp->sha[0] & 1 ||
	    bty_ld32(arp->spa) == bty_ld32(arp->tpa))
		return arpresponder_other(a);
	asked[0] = bty_ld32(arp->tpa);
	if (bty_answer_find(t, asked, mac))
		return arpresponder_other(a);
	arpresponder_reply(p, eth, arp, mac);
	return 0;
}

#ifdef BTY_DESCRIBE
/* user/element/answers.c */
extern const struct bty_table_ops bty_arpresponder_tables;

static int arpresponder_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct arpresponder_args *)args)->has_other_port = nconnected > 1;
	return 0;
}

BTY_ELEMENT(arpresponder, .name = "ARPResponder", .summary = "Answers ARP requests for the addresses it is given.",
	    .source = "RFC 826, RFC 5227; Click", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_XDP | BTY_PLACE_WORKER,
	    .nin = 1, .nout_min = 1, .nout_max = 2, .ports = "0: replies; 1: all else",
	    .usage = "ADDRESS[/LEN] MAC, ... or FILE answers.txt, with one in each line, or both",
	    .args_size = sizeof(struct arpresponder_args), .finish = arpresponder_finish,
	    .ntables = arpresponder_TABLES, .table_ops = &bty_arpresponder_tables);
#endif
#endif
