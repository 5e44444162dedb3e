// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of fields to places in a packet, and the values of entries; called through exactmatch.c and wildcardmatch.c. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "user/config/conf.h"

#define MAX_OFFSET 2047
#define WORD_MAX   128

static const struct field {
	const char *name;
	__u8 base, off, size, kind;
} fields[] = {
	{ "eth.dst", BTY_BASE_FRAME, 0, 6, BTY_FIELD_MAC },	{ "eth.src", BTY_BASE_FRAME, 6, 6, BTY_FIELD_MAC },
	{ "eth.type", BTY_BASE_TYPE, 0, 2, BTY_FIELD_HEX },	{ "vlan.id", BTY_BASE_VLAN, 0, 2, BTY_FIELD_NUMBER },
	{ "ip.src", BTY_BASE_IPV4, 12, 4, BTY_FIELD_IPV4 },	{ "ip.dst", BTY_BASE_IPV4, 16, 4, BTY_FIELD_IPV4 },
	{ "ip.tos", BTY_BASE_IPV4, 1, 1, BTY_FIELD_NUMBER },	{ "ip.proto", BTY_BASE_PROTO, 0, 1, BTY_FIELD_NUMBER },
	{ "ip6.src", BTY_BASE_IPV6, 8, 16, BTY_FIELD_IPV6 },	{ "ip6.dst", BTY_BASE_IPV6, 24, 16, BTY_FIELD_IPV6 },
	{ "l4.sport", BTY_BASE_PORTS, 0, 2, BTY_FIELD_NUMBER }, { "l4.dport", BTY_BASE_PORTS, 2, 2, BTY_FIELD_NUMBER },
};

#define NFIELDS	 (sizeof(fields) / sizeof(fields[0]))
#define EXPECTED "expected a field (eth.dst ... l4.dport, see `batchy-agent element list ExactMatch') or OFFSET/LEN"

static const char *skip_space(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* Takes the next word of *s. Returns its length, 0 at the end; -1 when it is longer than any can be. */
static int next_word(const char **s, char word[WORD_MAX])
{
	size_t n;

	*s = skip_space(*s);
	n = strcspn(*s, " \t\r\n");
	if (n >= WORD_MAX)
		return -1;
	memcpy(word, *s, n);
	word[n] = 0;
	*s = skip_space(*s + n);
	return n;
}

/* Largest piece that can be loaded at once and does not cross a word of the key. */
static unsigned int piece(unsigned int left, unsigned int at)
{
	unsigned int size = 8;

	while (size > left || at % 8 + size > 8)
		size /= 2;
	return size;
}

/* Appends a field at byte `at` of the key. */
static int add_field(struct bty_fields *f, struct bty_field_names *names, const struct field *field, unsigned int off,
		     unsigned int at)
{
	unsigned int done, size;
	struct bty_chunk *c;

	if (names->n == BTY_FIELDS_MAX || at + field->size > BTY_KEY_SIZE)
		return -E2BIG;
	for (done = 0; done < field->size; done += size, at += size) {
		if (f->nchunks == BTY_CHUNKS_MAX)
			return -E2BIG;
		size = piece(field->size - done, at);
		c = &f->chunk[f->nchunks++];
		*c = (struct bty_chunk){ .base = field->base,
					 .size = size,
					 .off = off + done,
					 .word = at / 8,
					 .shift = BTY_KEY_SHIFT(at, size),
					 .field = names->n };
	}
	names->kind[names->n] = field->kind;
	names->size[names->n++] = field->size;
	f->nwords = (at + 7) / 8;
	return 0;
}

static int find_field(const char *word, struct field *field, unsigned int *off)
{
	unsigned int size;
	size_t i;
	int used = 0;

	for (i = 0; i < NFIELDS; i++)
		if (!strcmp(word, fields[i].name)) {
			*field = fields[i];
			*off = fields[i].off;
			return 0;
		}
	if (!isdigit((unsigned char)*word) || sscanf(word, "%4u/%2u%n", off, &size, &used) != 2 || word[used] ||
	    !size || size >= BTY_KEY_SIZE || *off + size > MAX_OFFSET + 1)
		return -EINVAL;
	*field = (struct field){ .base = BTY_BASE_FRAME, .size = size, .kind = BTY_FIELD_HEX };
	return 0;
}

static int configure_fields(const struct bty_conf *conf, int i, struct bty_fields *f, struct bty_field_names *names,
			    struct bty_err *err)
{
	const char *s = conf->arg[i].text + strlen("FIELDS");
	unsigned int at = 1, off; /* the first byte says which fields there are */
	char word[WORD_MAX];
	struct field field;
	int n;

	if (names->n)
		return bty_conf_fail(conf, i, err, "a second FIELDS; name them all in one");
	while ((n = next_word(&s, word))) {
		if (n < 0 || find_field(word, &field, &off))
			return bty_conf_fail(conf, i, err, "FIELDS '%.40s': " EXPECTED, word);
		if (add_field(f, names, &field, off, at))
			return bty_conf_fail(conf, i, err, "FIELDS: more than %d fields or %d bytes", BTY_FIELDS_MAX,
					     BTY_KEY_SIZE - 1);
		at += field.size;
	}
	return names->n ? 0 : bty_conf_fail(conf, i, err, "FIELDS: " EXPECTED);
}

static int begins_with(const char *s, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(s, word, n) && (!s[n] || isspace((unsigned char)s[n]));
}

int bty_fields_configure(const struct bty_conf *conf, struct bty_fields *f, struct bty_field_names *names, __u32 *deflt,
			 int *nout, struct bty_err *err)
{
	const char *s;
	struct bty_err why;
	unsigned int port;
	int i, ret;

	*deflt = BTY_MATCH_DROP;
	*nout = 0;
	for (i = 0; i < conf->n; i++) {
		s = conf->arg[i].text;
		ret = begins_with(s, "FIELDS") ? configure_fields(conf, i, f, names, err) : 0;
		if (ret)
			return ret;
		if (!begins_with(s, "DEFAULT"))
			continue;
		s = skip_space(s + strlen("DEFAULT"));
		if (bty_number_parse(&s, "DEFAULT: an output port", BTY_MAX_OUT - 1, &port, &why) || *s)
			return bty_conf_fail(conf, i, err, "'%.40s': expected DEFAULT and an output port from 0 to %d",
					     conf->arg[i].text, BTY_MAX_OUT - 1);
		*deflt = port;
		*nout = port + 1;
	}
	return names->n ? 0 : bty_conf_fail(conf, -1, err, "no FIELDS: expected FIELDS ip.dst, for example");
}

int bty_number_parse(const char **s, const char *what, unsigned int max, unsigned int *v, struct bty_err *why)
{
	char word[WORD_MAX], *end = word;
	unsigned long n = 0;

	if (next_word(s, word) > 0 && isdigit((unsigned char)*word))
		n = strtoul(word, &end, 10);
	if (end == word || *end || n > max)
		return bty_fail(why, -EINVAL, "expected %s from 0 to %u", what, max);
	*v = n;
	return 0;
}

/* text, of which no more than size bytes are asked for, as big-endian bytes. */
static int read_number(const char *text, __u8 *out, unsigned int size)
{
	unsigned long long n;
	unsigned int i;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &end, 0);
	if (*end || errno || (size < 8 && n >> (8 * size)))
		return -EINVAL;
	for (i = 0; i < size; i++)
		out[i] = n >> (8 * (size - 1 - i));
	return 0;
}

static int read_hex(const char *text, __u8 *out, unsigned int size)
{
	unsigned int i, v;

	if (strlen(text) != 2 * (size_t)size || strspn(text, "0123456789abcdefABCDEF") != 2 * (size_t)size)
		return -EINVAL;
	for (i = 0; i < size; i++) {
		if (sscanf(text + 2 * (size_t)i, "%2x", &v) != 1)
			return -EINVAL;
		out[i] = v;
	}
	return 0;
}

static int read_mac(const char *text, __u8 *out)
{
	char digits[13];
	int i;

	if (strlen(text) != 17)
		return -EINVAL;
	for (i = 0; i < 6; i++) {
		if (i < 5 && text[3 * i + 2] != ':')
			return -EINVAL;
		memcpy(digits + 2 * (size_t)i, text + 3 * (size_t)i, 2);
	}
	digits[12] = 0;
	return read_hex(digits, out, 6);
}

static int read_value(int kind, const char *text, __u8 *out, unsigned int size)
{
	switch (kind) {
	case BTY_FIELD_NUMBER:
		return read_number(text, out, size);
	case BTY_FIELD_HEX:
		return read_hex(text, out, size);
	case BTY_FIELD_IPV4:
		return inet_pton(AF_INET, text, out) == 1 ? 0 : -EINVAL;
	case BTY_FIELD_IPV6:
		return inet_pton(AF_INET6, text, out) == 1 ? 0 : -EINVAL;
	default:
		return read_mac(text, out);
	}
}

static const char *const expected[] = {
	[BTY_FIELD_NUMBER] = "a number",	 [BTY_FIELD_HEX] = "two hexadecimal digits for each byte",
	[BTY_FIELD_IPV4] = "an IPv4 address",	 [BTY_FIELD_IPV6] = "an IPv6 address",
	[BTY_FIELD_MAC] = "an Ethernet address",
};

static int is_address(int kind)
{
	return kind == BTY_FIELD_IPV4 || kind == BTY_FIELD_IPV6;
}

/* What follows `/` or `%`: which bits count. */
static int read_mask(int kind, const char *text, __u8 *mask, unsigned int size)
{
	unsigned int i, len;
	char *end;

	if (!is_address(kind))
		return read_value(kind, text, mask, size);
	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	len = strtoul(text, &end, 10);
	if (*end || len > 8 * size)
		return -EINVAL;
	for (i = 0; i < size; i++)
		mask[i] = len >= 8 * (i + 1) ? 0xff : len <= 8 * i ? 0 : 0xff << (8 * (i + 1) - len);
	return 0;
}

/* One value at byte `at`. */
static int parse_value(const struct bty_field_names *names, unsigned int n, char *word, __u8 *value, __u8 *mask,
		       struct bty_err *why)
{
	unsigned int size = names->size[n], i, counts = 0;
	int kind = names->kind[n];
	char *rest = mask ? strchr(word, is_address(kind) ? '/' : '%') : NULL;

	if (rest)
		*rest++ = 0;
	if (read_value(kind, word, value, size))
		return bty_fail(why, -EINVAL, "field %u: '%.40s': expected %s%s", n + 1, word, expected[kind],
				mask ? ", or *" : "");
	if (mask)
		memset(mask, 0xff, size);
	if (rest && read_mask(kind, rest, mask, size))
		return bty_fail(why, -EINVAL, "field %u: '%.40s': expected %s", n + 1, rest,
				is_address(kind) ? "a prefix length" : "a mask, written as a value");
	for (i = 0; mask && i < size; i++) {
		counts |= mask[i];
		if (value[i] & ~mask[i])
			return bty_fail(why, -EINVAL, "field %u: it has bits that its mask leaves out; clear them",
					n + 1);
	}
	return mask && !counts ? 1 : 0;
}

int bty_values_parse(const struct bty_field_names *names, const char **s, __u8 key[BTY_KEY_SIZE],
		     __u8 mask[BTY_KEY_SIZE], struct bty_err *why)
{
	unsigned int i, at = 1;
	char word[WORD_MAX];
	int ret;

	if (!mask)
		key[0] = (1 << BTY_FIELDS_MAX) - 1;
	for (i = 0; i < names->n; at += names->size[i], i++) {
		ret = next_word(s, word);
		if (ret <= 0)
			return bty_fail(why, -EINVAL, "expected a value for each of %u fields, then what follows them",
					names->n);
		if (mask && !strcmp(word, "*"))
			continue;
		ret = parse_value(names, i, word, key + at, mask ? mask + at : NULL, why);
		if (ret < 0)
			return ret;
		if (mask && !ret) {
			mask[0] |= 1 << i;
			key[0] |= 1 << i;
		}
	}
	return 0;
}

static size_t print_bytes(int kind, const __u8 *v, unsigned int size, char *buf, size_t room)
{
	char text[2 * BTY_KEY_SIZE + INET6_ADDRSTRLEN] = "";
	unsigned long long n = 0;
	unsigned int i, used = 0;

	for (i = 0; i < size; i++)
		n = n << 8 | v[i];
	if (kind == BTY_FIELD_NUMBER)
		return snprintf(buf, room, "%llu", n);
	if (is_address(kind))
		inet_ntop(kind == BTY_FIELD_IPV4 ? AF_INET : AF_INET6, v, text, sizeof(text));
	for (i = 0; i < size && !is_address(kind); i++)
		used += sprintf(text + used, "%s%02x", i && kind == BTY_FIELD_MAC ? ":" : "", v[i]);
	return snprintf(buf, room, "%s", text);
}

static unsigned int count_bits(const __u8 *mask, unsigned int size)
{
	unsigned int i, n = 0;

	for (i = 0; i < size; i++)
		n += __builtin_popcount(mask[i]);
	return n;
}

size_t bty_values_print(const struct bty_field_names *names, const __u8 *key, const __u8 *mask, char *buf, size_t size)
{
	unsigned int i, at = 1, bits;
	size_t n = 0;

#define ROOM buf + (n < size ? n : size), n < size ? size - n : 0
	for (i = 0; i < names->n; at += names->size[i], i++) {
		bits = mask ? count_bits(mask + at, names->size[i]) : 8U * names->size[i];
		if (!bits) {
			n += snprintf(ROOM, "* ");
			continue;
		}
		n += print_bytes(names->kind[i], key + at, names->size[i], ROOM);
		if (bits < 8U * names->size[i] && is_address(names->kind[i])) {
			n += snprintf(ROOM, "/%u", bits);
		} else if (bits < 8U * names->size[i]) {
			n += snprintf(ROOM, "%%");
			n += print_bytes(names->kind[i], mask + at, names->size[i], ROOM);
		}
		n += snprintf(ROOM, " ");
	}
#undef ROOM
	return n;
}
