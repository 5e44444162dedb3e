// SPDX-License-Identifier: GPL-2.0-or-later
/* ACL's rules from text and to text, in ClassBench's form. Called through acl.c's table_ops. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl.h"

#define EXPECTED "expected @SRC/LEN DST/LEN SPORT : SPORT DPORT : DPORT PROTO/MASK [FLAGS/MASK] [allow|deny|PORT]"

/* What is left of the text, and what is wrong with it, once something is. */
struct reader {
	const char *s;
	const char *wrong;
};

static void skip_space(struct reader *r)
{
	while (isspace((unsigned char)*r->s))
		r->s++;
}

static void fail(struct reader *r, const char *wrong)
{
	if (!r->wrong)
		r->wrong = wrong;
}

static void read_char(struct reader *r, char c)
{
	if (*r->s != c)
		fail(r, EXPECTED);
	else
		r->s++;
}

/* Decimal, or hexadecimal where that is allowed. */
static unsigned int read_number(struct reader *r, int hex, unsigned int max, const char *wrong)
{
	int base = hex && r->s[0] == '0' && tolower((unsigned char)r->s[1]) == 'x' ? 16 : 10;
	unsigned long v;
	char *end;

	if (!isdigit((unsigned char)*r->s)) {
		fail(r, wrong);
		return 0;
	}
	v = strtoul(r->s, &end, base);
	if (v > max)
		fail(r, wrong);
	r->s = end;
	return v;
}

static void read_prefix(struct reader *r, __u32 *addr, __u8 *len)
{
	int i;

	skip_space(r);
	for (i = 0; i < 4; i++) {
		if (i)
			read_char(r, '.');
		*addr = *addr << 8 | read_number(r, 0, 255, "expected an IPv4 prefix, as 192.0.2.0/24");
	}
	read_char(r, '/');
	*len = read_number(r, 0, 32, "expected a prefix length up to 32");
	if (*len < 32 && *addr << *len)
		fail(r, "an address has bits beyond its prefix length; clear them");
}

static void read_range(struct reader *r, __u16 port[2])
{
	skip_space(r);
	port[0] = read_number(r, 0, 65535, "expected a range of ports, as 80 : 80");
	skip_space(r);
	read_char(r, ':');
	skip_space(r);
	port[1] = read_number(r, 0, 65535, "expected a range of ports, as 80 : 80");
	if (port[1] < port[0])
		fail(r, "a range of ports ends before it begins");
}

static void read_masked(struct reader *r, unsigned int max, unsigned int *v, unsigned int *mask, const char *wrong)
{
	skip_space(r);
	*v = read_number(r, 1, max, wrong);
	read_char(r, '/');
	*mask = read_number(r, 1, max, wrong);
}

int bty_acl_action(const char *s)
{
	char *end;
	unsigned long v;

	if (!strcmp(s, "allow"))
		return 0;
	if (!strcmp(s, "deny"))
		return ACL_DENY;
	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	v = strtoul(s, &end, 10);
	return *end || v >= BTY_MAX_OUT ? -EINVAL : (int)v;
}

static void read_flags(struct reader *r, struct acl_entry *e)
{
	unsigned int flags, mask;

	read_masked(r, 65535, &flags, &mask, "expected flags and their mask, as 0x0000/0x0200");
	if (*r->s && !isspace((unsigned char)*r->s))
		fail(r, EXPECTED);
	if ((flags | mask) & ~(ACL_FLAGS << 8))
		fail(r, "expected of the flags none but 0x0100 FIN, 0x0200 SYN, 0x0400 RST, 0x0800 PSH, 0x1000 ACK, "
			"0x2000 URG");
	if (flags & ~mask)
		fail(r, "the flags have bits that their mask has not; clear them");
	e->flags = flags >> 8;
	e->flags_mask = mask >> 8;
}

/* The columns that ClassBench's files may not have. */
static void read_rest(struct reader *r, struct acl_entry *e)
{
	char word[16];
	size_t n;
	int action;

	skip_space(r);
	n = strcspn(r->s, " \t\r\n");
	if (memchr(r->s, '/', n)) {
		read_flags(r, e);
		skip_space(r);
		n = strcspn(r->s, " \t\r\n");
	}
	if (!n || r->wrong)
		return;
	snprintf(word, sizeof(word), "%.*s", n < sizeof(word) ? (int)n : (int)sizeof(word) - 1, r->s);
	action = bty_acl_action(word);
	if (action < 0)
		fail(r, "expected allow, deny or an output below " BTY_TEXT(BTY_MAX_OUT) " as the last column");
	e->action = action;
	r->s += n;
	skip_space(r);
	if (*r->s)
		fail(r, EXPECTED " and nothing more");
}

int bty_acl_parse(const void *args, const char *s, int key_only, void *entry, struct bty_err *why)
{
	struct reader r = { .s = s };
	struct acl_entry *e = entry;
	unsigned int proto, mask;

	skip_space(&r);
	read_char(&r, '@');
	read_prefix(&r, &e->src, &e->src_len);
	read_prefix(&r, &e->dst, &e->dst_len);
	read_range(&r, e->sport);
	read_range(&r, e->dport);
	read_masked(&r, 255, &proto, &mask, "expected a protocol and its mask, as 0x06/0xff");
	if (proto & ~mask)
		fail(&r, "the protocol has bits that its mask has not; clear them");
	if (*r.s && !isspace((unsigned char)*r.s))
		fail(&r, EXPECTED);
	e->proto = proto;
	e->proto_mask = mask;
	e->action = ((const struct acl_args *)args)->action;
	read_rest(&r, e);
	return r.wrong ? bty_fail(why, -EINVAL, "%s", r.wrong) : 0;
}

static void print_prefix(char *buf, size_t size, __u32 addr, unsigned int len)
{
	snprintf(buf, size, "%u.%u.%u.%u/%u", addr >> 24, addr >> 16 & 255, addr >> 8 & 255, addr & 255, len);
}

void bty_acl_print(const void *args, const void *entry, char *buf, size_t size)
{
	const struct acl_entry *e = entry;
	char src[24], dst[24], flags[16] = "", action[8];

	print_prefix(src, sizeof(src), e->src, e->src_len);
	print_prefix(dst, sizeof(dst), e->dst, e->dst_len);
	if (e->flags_mask)
		snprintf(flags, sizeof(flags), " 0x%02x00/0x%02x00", e->flags, e->flags_mask);
	snprintf(action, sizeof(action), "%u", e->action);
	snprintf(buf, size, "@%s %s %u : %u %u : %u 0x%02x/0x%02x%s %s", src, dst, e->sport[0], e->sport[1],
		 e->dport[0], e->dport[1], e->proto, e->proto_mask, flags,
		 e->action == ACL_DENY ? "deny"
		 : e->action	       ? action
				       : "allow");
}
