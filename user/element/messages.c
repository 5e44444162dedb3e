// SPDX-License-Identifier: GPL-2.0-or-later
/* What messages about neighbours say, and what queries look like; see messages.h for who calls this. */
#include <string.h>

#include "messages.h"

#define ETH_MIN	  60 /* without FCS; not every driver fills a shorter frame up */
#define ND_FIRST  133
#define ND_LAST	  137
#define NS_OPTION sizeof(struct bty_nd_lladdr)

/* Nobody's: a group's, or none. */
static int is_no_mac(const uint8_t mac[6])
{
	static const uint8_t none[6];

	return (mac[0] & 1) || !memcmp(mac, none, sizeof(none));
}

static int is_own(const struct bty_resolver_args *a, const uint32_t addr[4])
{
	return !memcmp(addr, a->src.word, 16);
}

static enum bty_message read_arp(const struct bty_resolver_args *a, const struct bty_pkt *p,
				 struct bty_neigh_heard *heard)
{
	const struct bty_arp *arp = bty_arp_at(p);
	uint32_t sender, target;

	if (!arp || (arp->op != bty_htons(BTY_ARP_REQUEST) && arp->op != bty_htons(BTY_ARP_REPLY)))
		return BTY_MESSAGE_OTHER;
	sender = bty_ld32(arp->spa);
	target = bty_ld32(arp->tpa);
	/* a probe (RFC 5227) has no sender yet */
	if (!sender || sender == a->src.word[0] || is_no_mac(arp->sha))
		return BTY_MESSAGE_OTHER;
	heard->addr[0] = sender;
	memcpy(heard->mac, arp->sha, 6);
	heard->has_mac = heard->overrides = 1;
	heard->is_answer =
		arp->op == bty_htons(BTY_ARP_REPLY) && target == a->src.word[0] && !memcmp(arp->tha, a->mac, 6);
	return BTY_MESSAGE_HEARD;
}

/* Takes the link-layer address of an option of this type. Returns 0, or -1 for a message that is not to be believed. */
static int read_lladdr(const struct bty_pkt *p, uint32_t at, int len, uint8_t type, struct bty_neigh_heard *heard)
{
	int opt = bty_nd_option(p, at + sizeof(struct bty_nd), len - sizeof(struct bty_nd), type, BTY_ND_LEN_WORKER);
	const struct bty_nd_lladdr *ll;

	if (opt <= 0)
		return opt;
	ll = (const struct bty_nd_lladdr *)(p->data + opt);
	memcpy(heard->mac, ll->mac, 6);
	heard->has_mac = 1;
	return is_no_mac(ll->mac) ? -1 : 0;
}

/* RFC 4861 7.1.2, 7.2.5 */
static int read_advertisement(const struct bty_resolver_args *a, const struct bty_pkt *p, uint32_t at,
			      struct bty_neigh_heard *heard)
{
	const struct bty_ipv6 *ip = (const struct bty_ipv6 *)(p->data + p->meta->l3_off);
	const struct bty_nd *nd = (const struct bty_nd *)(p->data + at);
	int len = bty_nd_check(p, BTY_ICMP6_NA, BTY_ND_LEN_WORKER);
	uint32_t flags;

	if (len < 0)
		return -1;
	flags = bty_ntohl(nd->flags);
	if ((flags & BTY_ND_SOLICITED) && *(const uint8_t *)ip->dst == 0xff)
		return -1;
	memcpy(heard->addr, nd->target, 16);
	heard->overrides = (flags & BTY_ND_OVERRIDE) != 0;
	heard->is_answer = (flags & BTY_ND_SOLICITED) && !memcmp(ip->dst, a->src.word, 16);
	return read_lladdr(p, at, len, BTY_ND_TLLA, heard);
}

/* RFC 4861 7.1.1, 7.2.3; one without the option says nothing. */
static int read_solicitation(const struct bty_pkt *p, uint32_t at, struct bty_neigh_heard *heard)
{
	const struct bty_ipv6 *ip = (const struct bty_ipv6 *)(p->data + p->meta->l3_off);
	int len = bty_nd_check(p, BTY_ICMP6_NS, BTY_ND_LEN_WORKER);

	if (len < 0 || bty_is_unspecified(ip->src) || *(const uint8_t *)ip->src == 0xff)
		return -1;
	memcpy(heard->addr, ip->src, 16);
	heard->overrides = 1;
	return read_lladdr(p, at, len, BTY_ND_SLLA, heard) || !heard->has_mac ? -1 : 0;
}

static enum bty_message read_nd(const struct bty_resolver_args *a, const struct bty_pkt *p,
				struct bty_neigh_heard *heard)
{
	uint32_t off = p->meta->l3_off, at = off + sizeof(struct bty_ipv6);
	const struct bty_ipv6 *ip = (const struct bty_ipv6 *)(p->data + off);
	const struct bty_icmp *icmp;
	int ret = -1;

	if (!(p->meta->flags & BTY_F_L4) || p->meta->l4_proto != BTY_PROTO_ICMPV6)
		return BTY_MESSAGE_NONE;
	icmp = bty_at(p, p->meta->l4_off, sizeof(*icmp));
	if (!icmp || icmp->type < ND_FIRST || icmp->type > ND_LAST || ip->hop_limit != BTY_ND_HOPS)
		return BTY_MESSAGE_NONE;
	if (icmp->type == BTY_ICMP6_NA)
		ret = read_advertisement(a, p, at, heard);
	else if (icmp->type == BTY_ICMP6_NS)
		ret = read_solicitation(p, at, heard);
	return ret || is_own(a, heard->addr) ? BTY_MESSAGE_OTHER : BTY_MESSAGE_HEARD;
}

enum bty_message bty_message_read(const struct bty_resolver_args *a, const struct bty_pkt *p,
				  struct bty_neigh_heard *heard)
{
	memset(heard, 0, sizeof(*heard));
	if (a->v6)
		return p->meta->flags & BTY_F_IPV6 ? read_nd(a, p, heard) : BTY_MESSAGE_NONE;
	return p->meta->ethertype == BTY_ETH_ARP ? read_arp(a, p, heard) : BTY_MESSAGE_NONE;
}

static void put_eth(struct bty_pkt *p, const uint8_t *dst, const uint8_t *src, uint16_t type)
{
	struct bty_eth *eth = (struct bty_eth *)p->data;

	memcpy(eth->dst, dst, 6);
	memcpy(eth->src, src, 6);
	eth->type = bty_htons(type);
}

static void put_arp(const struct bty_resolver_args *a, struct bty_pkt *p, const uint32_t addr[4], const uint8_t *mac)
{
	struct bty_arp *arp = (struct bty_arp *)(p->data + sizeof(struct bty_eth));
	static const uint8_t everybody[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	put_eth(p, mac ? mac : everybody, a->mac, BTY_ETH_ARP);
	arp->htype = bty_htons(1);
	arp->ptype = bty_htons(BTY_ETH_IPV4);
	arp->hlen = 6;
	arp->plen = 4;
	arp->op = bty_htons(BTY_ARP_REQUEST);
	memcpy(arp->sha, a->mac, 6);
	bty_st32(arp->spa, a->src.word[0]);
	bty_st32(arp->tpa, addr[0]);
}

static void put_nd(const struct bty_resolver_args *a, struct bty_pkt *p, const uint32_t addr[4], const uint8_t *mac)
{
	uint32_t at = sizeof(struct bty_eth) + sizeof(struct bty_ipv6), len = sizeof(struct bty_nd) + NS_OPTION;
	struct bty_ipv6 *ip = (struct bty_ipv6 *)(p->data + sizeof(struct bty_eth));
	struct bty_nd *nd = (struct bty_nd *)(p->data + at);
	struct bty_nd_lladdr *opt = (struct bty_nd_lladdr *)(nd + 1);
	uint32_t group[4] = { bty_htonl(0xff020000), 0, bty_htonl(1), addr[3] };
	uint8_t group_mac[6];

	*((uint8_t *)&group[3]) = 0xff; /* the solicited-node group, RFC 4291 2.7.1 */
	bty_message_group(a, group, group_mac);
	put_eth(p, mac ? mac : group_mac, a->mac, BTY_ETH_IPV6);
	ip->ver_tc_flow = bty_htonl(6U << 28);
	ip->payload_len = bty_htons(len);
	ip->next = BTY_PROTO_ICMPV6;
	ip->hop_limit = BTY_ND_HOPS;
	memcpy(ip->src, a->src.word, 16);
	memcpy(ip->dst, mac ? addr : group, 16);
	nd->type = BTY_ICMP6_NS;
	memcpy(nd->target, addr, 16);
	opt->type = BTY_ND_SLLA;
	opt->len = 1;
	memcpy(opt->mac, a->mac, 6);
	nd->csum = ~bty_fold(bty_nd_sum(p, at, len, len) + bty_icmp6_pseudo(ip, len));
}

void bty_message_ask(const struct bty_resolver_args *a, struct bty_env *env, const uint32_t addr[4],
		     const uint8_t mac[6])
{
	uint32_t nd = sizeof(struct bty_eth) + sizeof(struct bty_ipv6) + sizeof(struct bty_nd) + NS_OPTION;
	uint32_t len = a->v6 ? nd : ETH_MIN;
	struct bty_pkt p;

	if (bty_new(env, len, &p))
		return;
	memset(p.data, 0, len);
	if (a->v6)
		put_nd(a, &p, addr, mac);
	else
		put_arp(a, &p, addr, mac);
	bty_parse(&p);
	bty_emit(env, 0, &p);
}

int bty_message_group(const struct bty_resolver_args *a, const uint32_t addr[4], uint8_t mac[6])
{
	uint32_t host = bty_ntohl(addr[0]);

	if (a->v6) {
		if (host >> 24 != 0xff)
			return 0;
		mac[0] = mac[1] = 0x33;
		memcpy(mac + 2, &addr[3], 4);
		return 1;
	}
	if (host == 0xffffffff) {
		memset(mac, 0xff, 6);
		return 1;
	}
	if (host >> 28 != 0xe)
		return 0;
	mac[0] = 0x01;
	mac[1] = 0x00;
	mac[2] = 0x5e;
	mac[3] = host >> 16 & 0x7f;
	mac[4] = host >> 8;
	mac[5] = host;
	return 1;
}
