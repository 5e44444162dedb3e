// SPDX-License-Identifier: GPL-2.0-or-later
/* Routes from text and to text; called through iplookup.c's table_ops. IPv4 is read by hand: a table of a million lines must load at once. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "routes.h"

#define EXPECTED "expected PREFIX/LEN [GATEWAY] PORT"

static const char *skip_space(const char *s)
{
	while (*s == ' ' || *s == '\t' || *s == '\r' || *s == '\n')
		s++;
	return s;
}

static int at_end_of_word(const char *s)
{
	return !*s || skip_space(s) != s;
}

/* Decimal, no more than max. Returns the character after it, or NULL. */
static const char *read_number(const char *s, unsigned int max, unsigned int *v)
{
	const char *begin = s;

	for (*v = 0; *s >= '0' && *s <= '9'; s++) {
		*v = *v * 10 + (*s - '0');
		if (*v > max)
			return NULL;
	}
	return s > begin ? s : NULL;
}

static const char *read_ipv4(const char *s, uint8_t *addr)
{
	unsigned int v;
	int i;

	for (i = 0; i < 4; i++) {
		if (i && *s++ != '.')
			return NULL;
		s = read_number(s, 255, &v);
		if (!s)
			return NULL;
		addr[i] = v;
	}
	return s;
}

static const char *read_ipv6(const char *s, uint8_t *addr)
{
	char text[INET6_ADDRSTRLEN];
	size_t n = strcspn(s, "/ \t\r\n");

	if (n >= sizeof(text))
		return NULL;
	memcpy(text, s, n);
	text[n] = 0;
	return inet_pton(AF_INET6, text, addr) == 1 ? s + n : NULL;
}

static int has_host_bits(const struct iplookup_route *r)
{
	int i;

	if (r->len % 8 && r->addr[r->len / 8] & (0xff >> (r->len % 8)))
		return 1;
	for (i = (r->len + 7) / 8; i < (r->v6 ? 16 : 4); i++)
		if (r->addr[i])
			return 1;
	return 0;
}

static const char *parse_prefix(const char **s, struct iplookup_route *r)
{
	unsigned int len;
	const char *end;

	r->v6 = memchr(*s, ':', strcspn(*s, "/ \t\r\n")) != NULL;
	end = r->v6 ? read_ipv6(*s, r->addr) : read_ipv4(*s, r->addr);
	if (!end || *end != '/')
		return EXPECTED;
	*s = read_number(end + 1, r->v6 ? 128 : 32, &len);
	if (!*s || !at_end_of_word(*s))
		return r->v6 ? "expected a prefix length up to 128" : "expected a prefix length up to 32";
	r->len = len;
	return has_host_bits(r) ? "the address has bits beyond its prefix length; clear them" : NULL;
}

/* A gateway of the route's family, `-`, or nothing. Returns what is wrong, or NULL. */
static const char *parse_gateway(const char **s, struct iplookup_route *r)
{
	const char *end;
	uint8_t other[16];

	if (**s == '-' && at_end_of_word(*s + 1)) {
		*s = skip_space(*s + 1);
		return NULL;
	}
	end = r->v6 ? read_ipv6(*s, r->gateway) : read_ipv4(*s, r->gateway);
	if (end && at_end_of_word(end)) {
		r->via = 1;
		*s = skip_space(end);
		return NULL;
	}
	memset(r->gateway, 0, sizeof(r->gateway));
	end = r->v6 ? read_ipv4(*s, other) : read_ipv6(*s, other);
	if (end && at_end_of_word(end))
		return r->v6 ? "an IPv6 route takes an IPv6 gateway" : "an IPv4 route takes an IPv4 gateway";
	return NULL;
}

static const char *parse_rest(const char *s, struct iplookup_route *r)
{
	const char *wrong = parse_gateway(&s, r), *end;
	unsigned int port;

	if (wrong)
		return wrong;
	end = read_number(s, BTY_MAX_OUT - 1, &port);
	if (!end || !at_end_of_word(end))
		return "expected an output port below " BTY_TEXT(
			BTY_MAX_OUT) " after the prefix and its optional gateway";
	r->port = port;
	return *skip_space(end) ? EXPECTED " and nothing more" : NULL;
}

int bty_route_parse(const void *args, const char *s, int key_only, void *entry, struct bty_err *why)
{
	struct iplookup_route *r = entry;
	const char *wrong;

	s = skip_space(s);
	wrong = parse_prefix(&s, r);
	s = wrong ? s : skip_space(s);
	if (!wrong && !(key_only && !*s))
		wrong = parse_rest(s, r);
	return wrong ? bty_fail(why, -EINVAL, "%s", wrong) : 0;
}

void bty_route_print(const void *args, const void *entry, char *buf, size_t size)
{
	const struct iplookup_route *r = entry;
	char addr[INET6_ADDRSTRLEN], gateway[INET6_ADDRSTRLEN] = "";

	inet_ntop(r->v6 ? AF_INET6 : AF_INET, r->addr, addr, sizeof(addr));
	if (r->via)
		inet_ntop(r->v6 ? AF_INET6 : AF_INET, r->gateway, gateway, sizeof(gateway));
	snprintf(buf, size, "%s/%u %s%s%u", addr, r->len, gateway, r->via ? " " : "", r->port);
}
