// SPDX-License-Identifier: GPL-2.0-or-later
/* Builds, stamps and takes apart frames; called by the sender (build, stamp) and the sink's account (parse). */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>

#include "frame.h"

#define FRAME_SHORTEST 60 /* Ethernet's 64 without FCS */
#define VLAN_BYTES     4
#define MIX	       0x9e3779b97f4a7c15ULL
#define TAGS_MAX       2 /* what parse steps over: 802.1ad outside 802.1Q */

/* One's complement sum of 16-bit words in memory order: RFC 1071, which holds in any byte order. */
static uint64_t sum16(const void *p, size_t len)
{
	const uint8_t *b = p;
	uint64_t sum = 0;
	uint16_t w;

	for (; len >= 2; len -= 2, b += 2) {
		memcpy(&w, b, 2);
		sum += w;
	}
	if (len) {
		w = 0;
		memcpy(&w, b, 1);
		sum += w;
	}
	return sum;
}

static uint16_t fold(uint64_t sum)
{
	/* four steps take any 64-bit sum down to 16 bits */
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return sum;
}

static uint64_t mix(uint64_t h, const uint8_t *p, size_t len)
{
	uint64_t w;

	for (; len; p += 8, len -= len < 8 ? len : 8) {
		w = 0;
		memcpy(&w, p, len < 8 ? len : 8);
		h = (h ^ le64toh(w)) * MIX;
		h ^= h >> 32;
	}
	return h;
}

/* The filler first, so that the sender computes its part once per template. */
static uint64_t check_filler(const uint8_t *payload, size_t len)
{
	return mix(len + 1, payload + sizeof(struct gen_payload), len - sizeof(struct gen_payload));
}

static uint16_t check_head(uint64_t filler, const uint8_t *payload)
{
	uint64_t h = mix(filler, payload, offsetof(struct gen_payload, check));

	/* the high bits of a product depend on all bits; folding halves of h would undo mix's own last step */
	return h * MIX >> 48;
}

unsigned int gen_frame_min(int family, int vlan)
{
	return ETH_HLEN + (vlan == GEN_NO_VLAN ? 0 : VLAN_BYTES) +
	       (family == AF_INET6 ? sizeof(struct ip6_hdr) : sizeof(struct iphdr)) + sizeof(struct udphdr) +
	       sizeof(struct gen_payload);
}

static void put_eth(struct gen_frame *f)
{
	const struct gen_frame_conf *c = &f->conf;
	uint16_t type = htons(c->family == AF_INET6 ? ETH_P_IPV6 : ETH_P_IP), tag[2];

	memcpy(f->bytes, c->dst_mac, 6);
	memcpy(f->bytes + 6, c->src_mac, 6);
	if (c->vlan != GEN_NO_VLAN) {
		tag[0] = htons(ETH_P_8021Q);
		tag[1] = htons(c->vlan);
		memcpy(f->bytes + 12, tag, sizeof(tag));
	}
	memcpy(f->bytes + f->l3 - 2, &type, 2);
}

static void put_ip(struct gen_frame *f)
{
	const struct gen_frame_conf *c = &f->conf;
	struct ip6_hdr ip6 = { .ip6_flow = htonl(6U << 28), .ip6_nxt = IPPROTO_UDP, .ip6_hlim = 64 };
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .frag_off = htons(IP_DF) };

	if (c->family == AF_INET6) {
		ip6.ip6_plen = htons(f->len - f->l4);
		memcpy(&ip6.ip6_dst, c->dst, 16);
		memcpy(f->bytes + f->l3, &ip6, sizeof(ip6));
		return;
	}
	ip.tot_len = htons(f->len - f->l3);
	memcpy(&ip.daddr, c->dst, 4);
	memcpy(f->bytes + f->l3, &ip, sizeof(ip));
	f->ip_sum = sum16(&ip, sizeof(ip));
}

int gen_frame_init(struct gen_frame *f, const struct gen_frame_conf *conf, struct bty_err *err)
{
	unsigned int min = gen_frame_min(conf->family, conf->vlan), i;
	struct udphdr udp = { .dest = htons(conf->dport) };

	memset(f, 0, sizeof(*f));
	f->conf = *conf;
	f->len = conf->size ? conf->size : min > FRAME_SHORTEST ? min : FRAME_SHORTEST;
	if (f->len < min || f->len > GEN_FRAME_MAX)
		return bty_fail(err, -EINVAL,
				"--size %u: the headers need %u bytes and the most is %u; choose a size between",
				f->len, min, GEN_FRAME_MAX);
	f->payload = min - sizeof(struct gen_payload);
	f->l4 = f->payload - sizeof(udp);
	f->l3 = ETH_HLEN + (conf->vlan == GEN_NO_VLAN ? 0 : VLAN_BYTES);
	put_eth(f);
	put_ip(f);
	udp.len = htons(f->len - f->l4);
	memcpy(f->bytes + f->l4, &udp, sizeof(udp));
	for (i = f->payload + sizeof(struct gen_payload); i < f->len; i++)
		f->bytes[i] = i;
	f->filler = check_filler(f->bytes + f->payload, f->len - f->payload);
	f->udp_sum = sum16(conf->dst, conf->family == AF_INET6 ? 16 : 4) + htons(IPPROTO_UDP) + udp.len +
		     sum16(f->bytes + f->l4, f->len - f->l4);
	return 0;
}

void gen_frame_stamp(const struct gen_frame *f, uint8_t *buf, uint16_t flow, uint32_t seq, uint64_t now_ns)
{
	const struct gen_frame_conf *c = &f->conf;
	unsigned int span = 65536 - c->sport, alen = c->family == AF_INET6 ? 16 : 4;
	struct gen_payload p = {
		.magic = htons(BTY_GEN_MAGIC), .flow = htons(flow), .seq = htonl(seq), .sent_ns = htobe64(now_ns)
	};
	uint16_t sport = htons(c->sport + flow % span), csum;
	uint8_t src[16];
	uint64_t asum;
	uint32_t low;

	memcpy(src, c->src, alen);
	memcpy(&low, src + alen - 4, 4);
	low = htonl(ntohl(low) + flow / span);
	memcpy(src + alen - 4, &low, 4);
	asum = sum16(src, alen);

	p.check = htons(check_head(f->filler, (const uint8_t *)&p));
	memcpy(buf + f->payload, &p, sizeof(p));
	if (c->family == AF_INET6) {
		memcpy(buf + f->l3 + offsetof(struct ip6_hdr, ip6_src), src, 16);
	} else {
		memcpy(buf + f->l3 + offsetof(struct iphdr, saddr), src, 4);
		csum = ~fold(f->ip_sum + asum);
		memcpy(buf + f->l3 + offsetof(struct iphdr, check), &csum, 2);
	}
	memcpy(buf + f->l4 + offsetof(struct udphdr, source), &sport, 2);
	csum = ~fold(f->udp_sum + asum + sport + sum16(&p, sizeof(p)));
	if (!csum)
		csum = 0xffff; /* 0 means "none", RFC 768 */
	memcpy(buf + f->l4 + offsetof(struct udphdr, check), &csum, 2);
}

/* Offset of the IP header behind up to TAGS_MAX tags, and the type found there; 0: too short. */
static size_t skip_tags(const uint8_t *data, size_t len, uint16_t *type)
{
	size_t at = ETH_HLEN;
	int i;

	for (i = 0; i <= TAGS_MAX && at <= len; i++, at += VLAN_BYTES) {
		*type = data[at - 2] << 8 | data[at - 1];
		if (*type != ETH_P_8021Q && *type != ETH_P_8021AD)
			return at;
	}
	return 0;
}

/* Offset of the UDP header, or 0; *psum: the addresses' part of the pseudo header sum. No options behind IPv6. */
static size_t parse_ip(const uint8_t *data, size_t len, size_t at, uint16_t type, uint64_t *psum, bool *bad)
{
	struct ip6_hdr ip6;
	struct iphdr ip;

	if (type == ETH_P_IPV6 && at + sizeof(ip6) <= len) {
		memcpy(&ip6, data + at, sizeof(ip6));
		*psum = sum16(&ip6.ip6_src, 32);
		*bad = false;
		return ip6.ip6_nxt == IPPROTO_UDP ? at + sizeof(ip6) : 0;
	}
	if (type != ETH_P_IP || at + sizeof(ip) > len)
		return 0;
	memcpy(&ip, data + at, sizeof(ip));
	if (ip.version != 4 || ip.ihl < 5 || at + ip.ihl * 4 > len || ip.protocol != IPPROTO_UDP ||
	    ip.frag_off & htons(IP_MF | IP_OFFMASK))
		return 0;
	*psum = sum16(&ip.saddr, 8);
	*bad = fold(sum16(data + at, ip.ihl * 4)) != 0xffff;
	return at + ip.ihl * 4;
}

bool gen_frame_parse(const uint8_t *data, size_t len, struct gen_seen *seen)
{
	struct gen_payload p;
	struct udphdr udp;
	uint16_t type = 0;
	uint64_t psum;
	size_t at, n;

	at = skip_tags(data, len, &type);
	if (!at)
		return false;
	at = parse_ip(data, len, at, type, &psum, &seen->bad_ip);
	if (!at || at + sizeof(udp) + sizeof(p) > len)
		return false;
	memcpy(&udp, data + at, sizeof(udp));
	memcpy(&p, data + at + sizeof(udp), sizeof(p));
	n = ntohs(udp.len);
	if (p.magic != htons(BTY_GEN_MAGIC) || n < sizeof(udp) + sizeof(p))
		return false;
	seen->dport = ntohs(udp.dest);
	seen->flow = ntohs(p.flow);
	seen->seq = ntohl(p.seq);
	seen->sent_ns = be64toh(p.sent_ns);
	/* a length beyond the frame is damage, not somebody else's frame: it has the magic */
	if (at + n > len) {
		seen->bad_udp = seen->corrupt = true;
		return true;
	}
	seen->bad_udp = udp.check && fold(psum + htons(IPPROTO_UDP) + udp.len + sum16(data + at, n)) != 0xffff;
	n -= sizeof(udp);
	data += at + sizeof(udp);
	seen->corrupt = ntohs(p.check) != check_head(check_filler(data, n), data);
	return true;
}
