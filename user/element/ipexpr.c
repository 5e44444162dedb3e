// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parser of IPClassifier's expressions, by recursive descent. `not` binds tighter than `and`, `and` tighter than `or`.
 * Called by ipclassifier.c.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <elements/ipclassifier.h>

#include "ipexpr.h"
#include "../lib/units.h"

#define MAX_DEPTH 64 /* of parentheses and nots */

struct parser {
	const struct bty_conf *conf;
	int arg;
	struct bty_ipexpr_pool *pool;
	struct bty_err *err;
	const char *s;	/* after the token */
	int at;		/* where the token begins, from 1 */
	char token[64]; /* "" at the end */
	int depth;
};

static const struct {
	const char *name;
	int number;
} protos[] = {
	{ "icmp", 1 }, { "igmp", 2 }, { "ipip", 4 }, { "tcp", 6 },    { "udp", 17 },
	{ "gre", 47 }, { "esp", 50 }, { "ah", 51 },  { "icmp6", 58 }, { "sctp", 132 },
};

static int fail(struct parser *ps, const char *expected)
{
	if (!*ps->token)
		return bty_conf_fail(ps->conf, ps->arg, ps->err, "the expression ends where %s was expected", expected);
	return bty_conf_fail(ps->conf, ps->arg, ps->err, "'%s' (character %d of the expression): expected %s",
			     ps->token, ps->at, expected);
}

/* Moves to the next token: a parenthesis, `!`, `&&`, `||`, or a word. */
static void next(struct parser *ps)
{
	size_t n;

	while (isspace((unsigned char)*ps->s))
		ps->s++;
	ps->at = ps->s - ps->conf->arg[ps->arg].text + 1;
	if (*ps->s && strchr("()!", *ps->s))
		n = 1;
	else if (!strncmp(ps->s, "&&", 2) || !strncmp(ps->s, "||", 2))
		n = 2;
	else
		n = strcspn(ps->s, " \t\r\n\v\f()!&|");
	if (!n && *ps->s)
		n = 1; /* a lone & or |, which nothing accepts */
	snprintf(ps->token, sizeof(ps->token), "%.*s", (int)n, ps->s);
	ps->s += n;
}

static int is(const struct parser *ps, const char *word)
{
	return !strcmp(ps->token, word);
}

static int take(struct parser *ps, const char *word)
{
	if (!is(ps, word))
		return 0;
	next(ps);
	return 1;
}

/* The makers of nodes take and return indices; a negative one is an error that passes through. */
static int add(struct parser *ps, enum bty_ipexpr_op op, int left, int right)
{
	struct bty_ipexpr *e;

	if (left < 0 || right < 0)
		return left < 0 ? left : right;
	if (ps->pool->n == BTY_IPEXPR_MAX)
		return bty_conf_fail(ps->conf, ps->arg, ps->err, "the expressions have more than %d terms",
				     BTY_IPEXPR_MAX);
	e = &ps->pool->e[ps->pool->n];
	*e = (struct bty_ipexpr){ .op = op, .left = left, .right = right };
	return ps->pool->n++;
}

static int test(struct parser *ps, enum ipclassifier_field where, uint64_t mask, uint64_t lo, uint16_t span)
{
	int e = add(ps, BTY_IPEXPR_TEST, 0, 0);

	if (e >= 0)
		ps->pool->e[e].test =
			(struct bty_decision_node){ .mask = mask, .lo = lo, .span = span, .where = where };
	return e;
}

static int flags(struct parser *ps, uint64_t mask, uint64_t value)
{
	return test(ps, IPCLASSIFIER_FLAGS, mask, value, 0);
}

static int both(struct parser *ps, int left, int right)
{
	return add(ps, BTY_IPEXPR_AND, left, right);
}

static int proto_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(protos) / sizeof(protos[0]); i++)
		if (!strcmp(protos[i].name, name))
			return protos[i].number;
	return -1;
}

static int parse_number(struct parser *ps, uint64_t max, const char *expected, uint64_t *v)
{
	if (bty_parse_u64(ps->token, v) || *v > max)
		return fail(ps, expected);
	next(ps);
	return 0;
}

/* After `proto`; version: IPCLASSIFIER_PROTO_V4, _V6, or 0 for any. */
static int parse_proto(struct parser *ps, uint64_t version)
{
	int number = proto_by_name(ps->token);
	uint64_t v = number;

	if (number >= 0)
		next(ps);
	else if (parse_number(ps, 255, "an IP protocol: a number up to 255 or a name such as tcp", &v))
		return -EINVAL;
	/* packets that are not IP have protocol 0 as well */
	if (!version && !v)
		return add(ps, BTY_IPEXPR_OR, test(ps, IPCLASSIFIER_PROTO, 0x1ff, IPCLASSIFIER_PROTO_V4, 0),
			   test(ps, IPCLASSIFIER_PROTO, 0x2ff, IPCLASSIFIER_PROTO_V6, 0));
	return test(ps, IPCLASSIFIER_PROTO, version | 0xff, version | v, 0);
}

enum direction { SRC = 1, DST = 2, SRC_OR_DST = 3, SRC_AND_DST = 4 };

/* For each direction asked for, make(src field) or make(dst field), joined. */
static int directed(struct parser *ps, enum direction dir, int (*make)(struct parser *, int is_dst, const void *),
		    const void *what)
{
	if (dir == SRC || dir == DST)
		return make(ps, dir == DST, what);
	return add(ps, dir == SRC_OR_DST ? BTY_IPEXPR_OR : BTY_IPEXPR_AND, make(ps, 0, what), make(ps, 1, what));
}

struct prefix {
	int v6;
	uint64_t addr[2], mask[2]; /* as in a packet; IPv4 in the first */
};

static int make_prefix(struct parser *ps, int is_dst, const void *what)
{
	enum ipclassifier_field first = is_dst ? IPCLASSIFIER_DST6 : IPCLASSIFIER_SRC6;
	const struct prefix *x = what;
	int i, e;

	if (!x->v6)
		return test(ps, is_dst ? IPCLASSIFIER_DST4 : IPCLASSIFIER_SRC4, x->mask[0] | IPCLASSIFIER_HAS_ADDR4,
			    x->addr[0] | IPCLASSIFIER_HAS_ADDR4, 0);
	e = flags(ps, BTY_F_IPV6, BTY_F_IPV6);
	for (i = 0; i < 2; i++)
		if (x->mask[i])
			e = both(ps, e, test(ps, first + i, x->mask[i], x->addr[i], 0));
	return e;
}

/* ADDRESS, or ADDRESS/LEN where a net is expected. */
static int parse_prefix(struct parser *ps, int net, struct prefix *x)
{
	const char *expected = net ? "ADDRESS/LEN" : "an IPv4 or IPv6 address";
	char addr[64], *slash;
	uint8_t bytes[16] = { 0 }, mask[16] = { 0 };
	uint64_t len;
	int i, size;

	snprintf(addr, sizeof(addr), "%s", ps->token);
	slash = strchr(addr, '/');
	if (!slash != !net)
		return fail(ps, expected);
	if (slash)
		*slash = 0;
	memset(x, 0, sizeof(*x));
	x->v6 = !!strchr(addr, ':');
	size = x->v6 ? 16 : 4;
	if (inet_pton(x->v6 ? AF_INET6 : AF_INET, addr, bytes) != 1)
		return fail(ps, expected);
	len = size * 8;
	if (slash && (bty_parse_u64(slash + 1, &len) || len > (uint64_t)size * 8))
		return fail(ps, x->v6 ? "a prefix length up to 128" : "a prefix length up to 32");
	for (i = 0; i < size; i++) {
		mask[i] = len >= 8u * (i + 1) ? 0xff : len > 8u * i ? 0xff << (8 * (i + 1) - len) : 0;
		if (bytes[i] & ~mask[i])
			return fail(ps, "a network address, without bits beyond its prefix length");
	}
	memcpy(x->addr, bytes, sizeof(bytes));
	memcpy(x->mask, mask, sizeof(mask));
	next(ps);
	return 0;
}

struct ports {
	uint64_t lo, hi;
};

static int make_ports(struct parser *ps, int is_dst, const void *what)
{
	const struct ports *x = what;

	return test(ps, is_dst ? IPCLASSIFIER_DPORT : IPCLASSIFIER_SPORT, IPCLASSIFIER_NO_PORT | 0xffff, x->lo,
		    x->hi - x->lo);
}

static int parse_ports(struct parser *ps, struct ports *x)
{
	const char *expected = "a port N or a range N-M, up to 65535";
	char low[64], *dash;

	snprintf(low, sizeof(low), "%s", ps->token);
	dash = strchr(low, '-');
	if (dash)
		*dash = 0;
	if (bty_parse_u64(low, &x->lo) || x->lo > 65535)
		return fail(ps, expected);
	x->hi = x->lo;
	if (dash && (bty_parse_u64(dash + 1, &x->hi) || x->hi > 65535 || x->hi < x->lo))
		return fail(ps, expected);
	next(ps);
	return 0;
}

/* `src`, `dst`, `src or dst`, `src and dst`, or nothing, which is `src or dst`. Returns a direction or -EINVAL. */
static int parse_direction(struct parser *ps)
{
	int src = is(ps, "src"), other;
	enum direction dir = src ? SRC : DST;

	if (!src && !is(ps, "dst"))
		return SRC_OR_DST;
	next(ps);
	other = is(ps, "or") || is(ps, "||") ? SRC_OR_DST : is(ps, "and") || is(ps, "&&") ? SRC_AND_DST : 0;
	if (!other)
		return dir;
	next(ps);
	if (!take(ps, src ? "dst" : "src"))
		return fail(ps, src ? "dst" : "src");
	return other;
}

/* [src|dst|...] host A | net A/LEN | port N[-M]; after a direction, an address alone is a host. */
static int parse_directed(struct parser *ps)
{
	int dir = parse_direction(ps);
	struct prefix prefix = { 0 };
	struct ports ports = { 0 };

	if (dir < 0)
		return dir;
	if (take(ps, "port"))
		return parse_ports(ps, &ports) ? -EINVAL : directed(ps, dir, make_ports, &ports);
	if (take(ps, "net"))
		return parse_prefix(ps, 1, &prefix) ? -EINVAL : directed(ps, dir, make_prefix, &prefix);
	if (!take(ps, "host") && !isxdigit((unsigned char)*ps->token) && *ps->token != ':')
		return fail(ps, "host, net or port");
	return parse_prefix(ps, 0, &prefix) ? -EINVAL : directed(ps, dir, make_prefix, &prefix);
}

static int is_directed(const struct parser *ps)
{
	return is(ps, "src") || is(ps, "dst") || is(ps, "host") || is(ps, "net") || is(ps, "port");
}

/* After `ip` or `ip6`. */
static int parse_ip(struct parser *ps, int v6)
{
	uint64_t is_ip = v6 ? BTY_F_IPV6 : BTY_F_IPV4;

	if (take(ps, "proto"))
		return parse_proto(ps, v6 ? IPCLASSIFIER_PROTO_V6 : IPCLASSIFIER_PROTO_V4);
	if (take(ps, "frag"))
		return flags(ps, is_ip | BTY_F_FRAG, is_ip | BTY_F_FRAG);
	if (take(ps, "unfrag"))
		return flags(ps, is_ip | BTY_F_FRAG, is_ip);
	return is_directed(ps) ? both(ps, flags(ps, is_ip, is_ip), parse_directed(ps)) : flags(ps, is_ip, is_ip);
}

static int parse_vlan(struct parser *ps)
{
	uint64_t id;

	if (!isdigit((unsigned char)*ps->token))
		return flags(ps, BTY_F_VLAN, BTY_F_VLAN);
	if (parse_number(ps, 4095, "a VLAN ID up to 4095", &id))
		return -EINVAL;
	return test(ps, IPCLASSIFIER_VLAN, IPCLASSIFIER_TAGGED | 0xfff, IPCLASSIFIER_TAGGED | id, 0);
}

/* tcp, udp, sctp, icmp or icmp6, and what may follow at once: `udp dst port 53`. */
static int parse_transport(struct parser *ps)
{
	uint64_t number = proto_by_name(ps->token), version = 0;
	int e;

	if (number == BTY_PROTO_ICMP)
		version = IPCLASSIFIER_PROTO_V4;
	if (number == BTY_PROTO_ICMPV6)
		version = IPCLASSIFIER_PROTO_V6;
	next(ps);
	e = test(ps, IPCLASSIFIER_PROTO, version | 0xff, version | number, 0);
	return is_directed(ps) ? both(ps, e, parse_directed(ps)) : e;
}

static int parse_primitive(struct parser *ps)
{
	if (take(ps, "all") || take(ps, "-"))
		return add(ps, BTY_IPEXPR_ALL, 0, 0);
	if (take(ps, "none"))
		return add(ps, BTY_IPEXPR_NONE, 0, 0);
	if (take(ps, "arp"))
		return test(ps, IPCLASSIFIER_TYPE, 0xffff, BTY_ETH_ARP, 0);
	if (take(ps, "vlan"))
		return parse_vlan(ps);
	if (take(ps, "proto"))
		return parse_proto(ps, 0);
	if (take(ps, "ip"))
		return parse_ip(ps, 0);
	if (take(ps, "ip6"))
		return parse_ip(ps, 1);
	if (is_directed(ps))
		return parse_directed(ps);
	if (is(ps, "tcp") || is(ps, "udp") || is(ps, "sctp") || is(ps, "icmp") || is(ps, "icmp6"))
		return parse_transport(ps);
	return fail(ps, "ip, ip6, arp, tcp, udp, sctp, icmp, icmp6, proto, vlan, src, dst, host, net, port, all, none, "
			"not or (");
}

static int parse_or(struct parser *ps);

static int parse_not(struct parser *ps)
{
	int e, negated = is(ps, "not") || is(ps, "!");

	if (!negated && !is(ps, "("))
		return parse_primitive(ps);
	if (++ps->depth > MAX_DEPTH)
		return bty_conf_fail(ps->conf, ps->arg, ps->err, "more than %d nested parentheses and nots", MAX_DEPTH);
	next(ps);
	if (negated) {
		e = add(ps, BTY_IPEXPR_NOT, parse_not(ps), 0);
	} else {
		e = parse_or(ps);
		if (e >= 0 && !take(ps, ")"))
			e = fail(ps, "and, or, or a closing parenthesis");
	}
	ps->depth--;
	return e;
}

static int parse_and(struct parser *ps)
{
	int e = parse_not(ps);

	while (e >= 0 && (take(ps, "and") || take(ps, "&&")))
		e = both(ps, e, parse_not(ps));
	return e;
}

static int parse_or(struct parser *ps)
{
	int e = parse_and(ps);

	while (e >= 0 && (take(ps, "or") || take(ps, "||")))
		e = add(ps, BTY_IPEXPR_OR, e, parse_and(ps));
	return e;
}

int bty_ipexpr_parse(const struct bty_conf *conf, int i, struct bty_ipexpr_pool *pool, struct bty_err *err)
{
	struct parser ps = { .conf = conf, .arg = i, .pool = pool, .err = err, .s = conf->arg[i].text };
	int e;

	next(&ps);
	if (!*ps.token)
		return bty_conf_fail(conf, i, err, "empty expression; write '-' for every packet");
	e = parse_or(&ps);
	if (e >= 0 && *ps.token)
		return fail(&ps, "and, or, or the end of the expression");
	return e;
}
