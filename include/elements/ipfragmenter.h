/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPFragmenter(MTU): cuts IPv4 datagrams of more than MTU bytes into fragments, in order, also among the packets around them. The
 * first fragment is the packet itself, the others are made. Options that are for the first alone become no-operations in the others,
 * so that all headers are of one length. What fits, and what is not IP, passes.
 * Ports: 1 in; out 0: what fits, and fragments; out 1 (optional): too big, with DF or IPv6, unchanged, for ICMPError(TYPE too-big).
 * Drops: too_big when out 1 is not connected; no_memory: the whole packet when there are not enough frames; runt, bad_ip_header.
 * Source: RFC 791 3.2.
 */
#ifndef ELEMENTS_IPFRAGMENTER_H
#define ELEMENTS_IPFRAGMENTER_H

#include <batchy/ip.h>
#include <batchy/parse.h>

#define ipfragmenter_HAS_PROCESS 1

#define IPFRAGMENTER_MTU_MIN 68	  /* RFC 791 */
#define IPFRAGMENTER_FRAME   4096 /* no packet is larger */

struct ipfragmenter_args {
	__u32 mtu;
	__u32 has_big_port;
};

#ifdef BTY_DESCRIBE
#define IPFRAGMENTER_OPT_COPY 0x80
#define IPFRAGMENTER_OPT_NOP  1
#define IPFRAGMENTER_MOST     (IPFRAGMENTER_FRAME / 8)

/* One datagram on its way into n pieces of `each` bytes, the last one shorter. */
struct ipfragmenter_cut {
	uint32_t off, ihl; /* of the IP header */
	uint32_t payload, each, n;
};

/* Options in the header at q that only the first fragment has. */
static void ipfragmenter_options(uint8_t *q, uint32_t ihl)
{
	uint32_t at = sizeof(struct bty_ipv4), len;

	while (at < ihl && q[at]) {
		len = q[at] == IPFRAGMENTER_OPT_NOP ? 1 : at + 1 < ihl ? q[at + 1] : 0;
		if (!len || (len < 2 && q[at] != IPFRAGMENTER_OPT_NOP) || at + len > ihl)
			return;
		if (!(q[at] & IPFRAGMENTER_OPT_COPY))
			memset(q + at, IPFRAGMENTER_OPT_NOP, len);
		at += len;
	}
}

/* Lengths, flags and checksum of piece i, whose header is a copy of the datagram's, first_off that one's offset field. */
static void ipfragmenter_header(const struct bty_pkt *p, const struct ipfragmenter_cut *c, uint32_t i,
				uint32_t first_off)
{
	struct bty_ipv4 *ip = (struct bty_ipv4 *)(p->data + c->off);
	uint32_t len = i + 1 < c->n ? c->each : c->payload - i * c->each;
	uint32_t more = i + 1 < c->n ? BTY_IP_MF : first_off & BTY_IP_MF;

	ip->tot_len = bty_htons(c->ihl + len);
	ip->frag_off = bty_htons((first_off & ~(uint32_t)BTY_IP_MF) + i * c->each / 8 + more);
	ip->csum = 0;
	ip->csum = ~bty_ipv4_sum(p, c->off, ip, c->ihl);
	bty_reparse(p);
}

static void ipfragmenter_fill(const struct bty_pkt *src, struct bty_pkt *p, const struct ipfragmenter_cut *c,
			      uint32_t i)
{
	uint32_t head = c->off + c->ihl;

	*p->meta = *src->meta;
	memcpy(p->data, src->data, head);
	memcpy(p->data + head, src->data + head + i * c->each, bty_len(p) - head);
	ipfragmenter_options(p->data + c->off, c->ihl);
}

/*
 * Makes all pieces but the first, which the packet itself becomes, and emits them; with first, that one before them. Returns 0
 * or bty_drop().
 */
static int ipfragmenter_cut(struct bty_pkt *p, const struct ipfragmenter_cut *c, struct bty_env *env, int first)
{
	uint32_t off = bty_ntohs(((struct bty_ipv4 *)(p->data + c->off))->frag_off), head = c->off + c->ihl, len, i;
	struct bty_pkt piece[IPFRAGMENTER_MOST];

	for (i = 1; i < c->n; i++) {
		len = i + 1 < c->n ? c->each : c->payload - i * c->each;
		if (!bty_new(env, head + len, &piece[i]))
			continue;
		while (--i)
			bty_discard(env, &piece[i], BTY_DROP_NO_MEMORY);
		return bty_drop(NO_MEMORY);
	}
	for (i = 1; i < c->n; i++) {
		ipfragmenter_fill(p, &piece[i], c, i);
		ipfragmenter_header(&piece[i], c, i, off);
	}
	bty_set_len(p, head + c->each); /* shorter: it cannot fail */
	ipfragmenter_header(p, c, 0, off);
	if (first)
		bty_emit(env, 0, p);
	for (i = 1; i < c->n; i++)
		bty_emit(env, 0, &piece[i]);
	return first ? BTY_HELD : 0;
}

/* Its verdict; *cut: packets before it have become fragments, which leave after the batch. */
static int ipfragmenter_one(struct bty_pkt *p, const struct ipfragmenter_args *a, struct bty_env *env, int *cut)
{
	struct ipfragmenter_cut c = { .off = p->meta->l3_off };
	const struct bty_ipv4 *ip;
	int len, v;

	if (!(p->meta->flags & (BTY_F_IPV4 | BTY_F_IPV6)))
		return 0;
	len = bty_datagram_len(p);
	if (len < 0 || len <= (int)a->mtu)
		return len < 0 ? len : 0;
	ip = (const struct bty_ipv4 *)(p->data + c.off);
	if (!(p->meta->flags & BTY_F_IPV4) || (ip->frag_off & bty_htons(BTY_IP_DF)))
		return a->has_big_port ? 1 : bty_drop(TOO_BIG);
	c.ihl = (ip->ver_ihl & 0xfU) * 4;
	c.payload = len - c.ihl;
	c.each = (a->mtu - c.ihl) & ~7U;
	c.n = (c.payload + c.each - 1) / c.each;
	/* the offset field has 13 bits */
	if (c.n > IPFRAGMENTER_MOST || (bty_ntohs(ip->frag_off) & BTY_IP_OFFMASK) * 8 + c.payload > 65535)
		return bty_drop(BAD_IP_HEADER);
	v = ipfragmenter_cut(p, &c, env, *cut);
	*cut |= v == 0;
	return v;
}

/* What leaves by output 0 behind a packet that was cut goes after its fragments. */
static void ipfragmenter_process(struct bty_batch *b, const struct ipfragmenter_args *a, struct bty_env *env)
{
	int cut = 0, after;
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		after = cut;
		b->verdict[i] = ipfragmenter_one(&b->pkt[i], a, env, &cut);
		if (!after || b->verdict[i])
			continue;
		bty_emit(env, 0, &b->pkt[i]);
		b->verdict[i] = BTY_HELD;
	}
}

static uint32_t ipfragmenter_frames(const void *args, uint32_t vec)
{
	const struct ipfragmenter_args *a = args;

	return vec * (IPFRAGMENTER_FRAME / ((a->mtu - sizeof(struct bty_ipv4)) & ~7UL) + 1);
}

static int ipfragmenter_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct ipfragmenter_args *)args)->has_big_port = nconnected > 1;
	return 0;
}

static const struct bty_arg ipfragmenter_arg[] = {
	{ .keyword = "MTU",
	  .what = "bytes of a datagram, its header included",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .required = 1,
	  .offset = offsetof(struct ipfragmenter_args, mtu),
	  .min = IPFRAGMENTER_MTU_MIN,
	  .max = 65535 },
	BTY_ARGS_END,
};

BTY_ELEMENT(ipfragmenter, .name = "IPFragmenter", .summary = "Cuts IPv4 packets larger than the MTU into fragments.",
	    .source = "RFC 791; Click", .kind = BTY_KIND_PACKET, .places = BTY_PLACE_WORKER, .nin = 1, .nout_min = 1,
	    .nout_max = 2, .ports = "0: what fits, and fragments; 1: too big, not to be cut",
	    .args_size = sizeof(struct ipfragmenter_args), .args = ipfragmenter_arg, .finish = ipfragmenter_finish,
	    .frames = ipfragmenter_frames);
#endif
#endif
