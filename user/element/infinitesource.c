// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * InfiniteSource: the frame that all packets begin as is made when the pipeline starts; for each packet the fields that differ
 * are written and the checksums completed (RFC 1071). tick() runs on the worker's thread.
 */
#include <errno.h>
#include <string.h>
#include <elements/infinitesource.h>

#include "port.h"
#include "user/config/conf.h"

#define TTL	  64
#define SEQ_BYTES 8
#define DF	  0x4000
#define TCP_BYTES 20
#define UDP_BYTES 8
#define TCP_ACK	  0x10
#define LATE_NS	  1000000000ULL /* of what is later than that, nothing is made up for */
#define SECOND_NS 1000000000ULL

static const uint8_t *octets(const struct bty_addr *a)
{
	return (const uint8_t *)a->word;
}

static uint32_t l4_off(const struct infinitesource_args *a)
{
	return sizeof(struct bty_eth) + (a->vlan_given ? sizeof(struct bty_vlan) : 0) +
	       (a->src.v6 ? sizeof(struct bty_ipv6) : sizeof(struct bty_ipv4));
}

static uint32_t headers(const struct infinitesource_args *a)
{
	return l4_off(a) + (a->tcp ? TCP_BYTES : UDP_BYTES);
}

int bty_infinitesource_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	struct infinitesource_args *a = args;

	a->tcp = !strcmp(a->proto, "tcp");
	if (!a->tcp && strcmp(a->proto, "udp"))
		return bty_conf_fail(conf, -1, err, "PROTO '%s': expected udp or tcp", a->proto);
	if (a->src.v6 != a->dst.v6)
		return bty_conf_fail(conf, -1, err, "SRC and DST: expected both IPv4 or both IPv6");
	if (a->length < headers(a) && a->length_given)
		return bty_conf_fail(conf, -1, err, "LENGTH %u: its headers need %u bytes", a->length, headers(a));
	if (a->length < headers(a))
		a->length = headers(a);
	return 0;
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

/* Sum of 16-bit words in memory order, which RFC 1071 allows. */
static uint64_t sum16(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;
	uint16_t w;

	for (; len >= 2; len -= 2, p += 2) {
		memcpy(&w, p, 2);
		sum += w;
	}
	if (len) {
		w = 0;
		memcpy(&w, p, 1);
		sum += w;
	}
	return sum;
}

static uint16_t checksum(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return ~sum;
}

static void put_ethernet(const struct infinitesource_args *a, struct infinitesource_state *s)
{
	memcpy(s->bytes, a->dst_mac, 6);
	memcpy(s->bytes + 6, a->src_mac, 6);
	if (a->vlan_given) {
		put16(s->bytes + 12, BTY_ETH_VLAN);
		put16(s->bytes + 14, a->vlan);
	}
	put16(s->bytes + s->l3 - 2, a->src.v6 ? BTY_ETH_IPV6 : BTY_ETH_IPV4);
}

static void put_ip(const struct infinitesource_args *a, struct infinitesource_state *s)
{
	uint8_t proto = a->tcp ? BTY_PROTO_TCP : BTY_PROTO_UDP, *p = s->bytes + s->l3;

	if (a->src.v6) {
		p[0] = 6 << 4;
		put16(p + 4, a->length - s->l4);
		p[6] = proto;
		p[7] = TTL;
		memcpy(p + 8, octets(&a->src), 16);
		memcpy(p + 24, octets(&a->dst), 16);
		return;
	}
	p[0] = 0x45;
	put16(p + 2, a->length - s->l3);
	put16(p + 6, DF);
	p[8] = TTL;
	p[9] = proto;
	memcpy(p + 12, octets(&a->src), 4);
	memcpy(p + 16, octets(&a->dst), 4);
}

static void put_l4(const struct infinitesource_args *a, struct infinitesource_state *s)
{
	uint8_t *p = s->bytes + s->l4;
	uint32_t i;

	put16(p + 2, a->dport);
	if (a->tcp) {
		p[12] = TCP_BYTES / 4 << 4;
		p[13] = TCP_ACK;
		put16(p + 14, 65535);
	} else {
		put16(p + 4, a->length - s->l4);
	}
	for (i = s->payload + SEQ_BYTES; i < a->length; i++)
		s->bytes[i] = i;
}

/* Sums of all but what a packet has of its own: low words of the addresses, source port, number. */
static void sum_up(const struct infinitesource_args *a, struct infinitesource_state *s)
{
	uint32_t alen = a->src.v6 ? 16 : 4;
	uint8_t pseudo[4] = { 0, a->tcp ? BTY_PROTO_TCP : BTY_PROTO_UDP };

	put16(pseudo + 2, a->length - s->l4);
	s->ip_sum = a->src.v6 ? 0 : sum16(s->bytes + s->l3, sizeof(struct bty_ipv4) - 8);
	s->l4_sum = sum16(octets(&a->src), alen - 4) + sum16(octets(&a->dst), alen - 4) +
		    sum16(pseudo, sizeof(pseudo)) + sum16(s->bytes + s->l4, a->length - s->l4);
}

uint32_t bty_infinitesource_frames(const void *args, uint32_t vec)
{
	const struct infinitesource_args *a = args;

	return a->burst > vec ? a->burst : vec;
}

int bty_infinitesource_open(const void *args, struct bty_env *env, const struct bty_open *o, struct bty_err *err)
{
	const struct infinitesource_args *a = args;
	struct infinitesource_state *s = env->state;
	int ret;

	if (a->length > o->room)
		return bty_fail(err, -EINVAL, "%s: %s: LENGTH %u: a frame of this pipeline holds %u bytes", o->file,
				o->element, a->length, o->room);
	ret = bty_port_open(a->device, env, o, err);
	if (ret)
		return ret;
	s->l4 = l4_off(a);
	s->payload = headers(a);
	s->l3 = s->l4 - (a->src.v6 ? sizeof(struct bty_ipv6) : sizeof(struct bty_ipv4));
	s->most = bty_infinitesource_frames(a, o->vec);
	put_ethernet(a, s);
	put_ip(a, s);
	put_l4(a, s);
	sum_up(a, s);
	env->wake_ns = env->now_ns;
	return 0;
}

/* Adds n to the last four bytes of an address. */
static uint64_t put_address(uint8_t *to, const uint8_t *from, uint32_t n)
{
	uint32_t v;

	memcpy(&v, from, 4);
	v = bty_htonl(bty_ntohl(v) + n);
	memcpy(to, &v, 4);
	return (uint64_t)(v & 0xffff) + (v >> 16);
}

static void fill(const struct infinitesource_args *a, const struct infinitesource_state *s, uint8_t *p)
{
	uint32_t span = 65536 - a->sport, last = a->src.v6 ? 12 : 0, dst = 0;
	uint16_t sport = bty_htons(a->sport + s->flow % span), sum;
	uint64_t seq = __builtin_bswap64(s->made), src_sum, dst_sum, seq_sum = 0;
	uint8_t *ip = p + s->l3;

	memcpy(p, s->bytes, a->length);
	/* Fibonacci hashing: neighbouring flows go far apart, all together evenly */
	if (a->dsts > 1)
		dst = (uint64_t)(s->flow * 2654435769U) * a->dsts >> 32;
	src_sum = put_address(ip + (a->src.v6 ? 20 : 12), octets(&a->src) + last, s->flow / span);
	dst_sum = put_address(ip + (a->src.v6 ? 36 : 16), octets(&a->dst) + last, dst);
	if (!a->src.v6) {
		sum = checksum(s->ip_sum + src_sum + dst_sum);
		memcpy(ip + 10, &sum, 2);
	}
	memcpy(p + s->l4, &sport, 2);
	if (a->length >= s->payload + (uint32_t)SEQ_BYTES) {
		memcpy(p + s->payload, &seq, SEQ_BYTES);
		seq_sum = (seq & 0xffffffff) + (seq >> 32);
	}
	sum = checksum(s->l4_sum + src_sum + dst_sum + sport + seq_sum);
	/* 0 would mean that there is none (RFC 768) */
	if (!a->tcp && !sum)
		sum = 0xffff;
	memcpy(p + s->l4 + (a->tcp ? 16 : 6), &sum, 2);
}

/* Packets that should have been made by now, and when the next ones are due. */
static uint64_t due(const struct infinitesource_args *a, struct infinitesource_state *s, uint64_t now, uint64_t *next)
{
	uint32_t burst = a->burst ? a->burst : 1;
	uint64_t elapsed, bursts;

	if (!a->rate_pps) {
		*next = now;
		return s->made + (a->burst ? a->burst : s->most);
	}
	elapsed = now > s->start_ns ? now - s->start_ns : 0;
	bursts = (uint64_t)((double)elapsed * (double)a->rate_pps / SECOND_NS / burst) + 1;
	*next = s->start_ns + (uint64_t)((double)bursts * burst * SECOND_NS / (double)a->rate_pps);
	return s->before + bursts * burst;
}

/* From here on at another rate. */
static void set_rate(const struct infinitesource_args *a, struct infinitesource_state *s, uint64_t now)
{
	s->start_ns = now;
	s->rate_pps = a->rate_pps;
	s->before = s->made;
}

void bty_infinitesource_tick(const void *args, struct bty_env *env)
{
	const struct infinitesource_args *a = args;
	struct infinitesource_state *s = env->state;
	struct bty_pkt p;
	uint64_t next, n;

	if (!s->made || s->rate_pps != a->rate_pps)
		set_rate(a, s, env->now_ns);
	n = due(a, s, env->now_ns, &next);
	n = n > s->made ? n - s->made : 0;
	if (n > s->most) {
		/* the rest follows at once, unless the worker was away for long */
		if (a->rate_pps && n > a->rate_pps * (LATE_NS / SECOND_NS) + s->most)
			s->start_ns += (n - s->most) * SECOND_NS / a->rate_pps;
		n = s->most;
		next = env->now_ns;
	}
	if (a->limit_pkts && n > (uint64_t)a->limit_pkts - s->made)
		n = a->limit_pkts - s->made;
	for (; n; n--) {
		if (!bty_new(env, a->length, &p)) {
			fill(a, s, p.data);
			bty_emit(env, 0, &p);
		}
		s->made++;
		s->flow = s->flow + 1 < a->flows ? s->flow + 1 : 0;
	}
	if (!a->limit_pkts || s->made < a->limit_pkts)
		env->wake_ns = next;
}
