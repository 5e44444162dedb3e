// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What ARPResponder and NDPResponder answer, from text and to text, and as the row that packets are compared with. Called through
 * their table_ops when a pipeline is read, loaded and updated.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elements/arpresponder.h>
#include <elements/ndpresponder.h>

#include "entries.h"
#include "user/config/argvalue.h"
#include "user/config/conf.h"

/* An entry: the key is what comes before the MAC address. */
struct answer {
	uint8_t addr[16]; /* IPv4: the first 4 */
	uint8_t len;
	uint8_t mac[6];
	uint8_t pad;
};

static int has_host_bits(const struct answer *a, unsigned int bits)
{
	unsigned int i;

	for (i = a->len; i < bits; i++)
		if (a->addr[i / 8] & (0x80 >> (i % 8)))
			return 1;
	return 0;
}

/* "ADDRESS" or "ADDRESS/LEN" */
static int parse_prefix(char *s, int v6, struct answer *a, struct bty_err *why)
{
	unsigned int bits = v6 ? 128 : 32, len = bits;
	char *slash = strchr(s, '/'), rest;

	if (slash) {
		*slash = 0;
		if (!isdigit((unsigned char)slash[1]) || sscanf(slash + 1, "%3u%c", &len, &rest) != 1 || len > bits)
			return bty_fail(why, -EINVAL, "'%s': expected a prefix length up to %u", slash + 1, bits);
	}
	if (inet_pton(v6 ? AF_INET6 : AF_INET, s, a->addr) != 1)
		return bty_fail(why, -EINVAL, "'%s': expected an IPv%d address", s, v6 ? 6 : 4);
	a->len = len;
	if (has_host_bits(a, bits))
		return bty_fail(why, -EINVAL, "the address has bits beyond its prefix length; clear them");
	return 0;
}

static int parse(const char *text, int v6, int key_only, struct answer *a, struct bty_err *why)
{
	char prefix[64], mac[32], extra[2];
	int n = sscanf(text, "%63s %31s %1s", prefix, mac, extra), used = 0;

	if (n != 2 && !(key_only && n == 1))
		return bty_fail(why, -EINVAL, "expected ADDRESS[/LEN] MAC");
	if (parse_prefix(prefix, v6, a, why))
		return -EINVAL;
	if (n == 1)
		return 0;
	if (sscanf(mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &a->mac[0], &a->mac[1], &a->mac[2], &a->mac[3],
		   &a->mac[4], &a->mac[5], &used) != 6 ||
	    used != 17 || mac[used])
		return bty_fail(why, -EINVAL, "'%s': expected an Ethernet address, as 02:00:00:00:00:01", mac);
	return a->mac[0] & 1 ? bty_fail(why, -EINVAL, "'%s': a group address is nobody's", mac) : 0;
}

static int parse4(const void *args, const char *text, int key_only, void *entry, struct bty_err *why)
{
	return parse(text, 0, key_only, entry, why);
}

static int parse6(const void *args, const char *text, int key_only, void *entry, struct bty_err *why)
{
	return parse(text, 1, key_only, entry, why);
}

static void print(const struct answer *a, int v6, char *buf, size_t size)
{
	char addr[INET6_ADDRSTRLEN], len[8] = "";

	inet_ntop(v6 ? AF_INET6 : AF_INET, a->addr, addr, sizeof(addr));
	if (a->len != (v6 ? 128 : 32))
		snprintf(len, sizeof(len), "/%u", a->len);
	snprintf(buf, size, "%s%s %02x:%02x:%02x:%02x:%02x:%02x", addr, len, a->mac[0], a->mac[1], a->mac[2], a->mac[3],
		 a->mac[4], a->mac[5]);
}

static void print4(const void *args, const void *entry, char *buf, size_t size)
{
	print(entry, 0, buf, size);
}

static void print6(const void *args, const void *entry, char *buf, size_t size)
{
	print(entry, 1, buf, size);
}

static int plan(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		struct bty_err *err)
{
	if (e->n > BTY_ANSWERS)
		return bty_fail(err, -E2BIG, "%zu answers; at most %d are possible: use prefixes", e->n, BTY_ANSWERS);
	spec[0] = (struct bty_table_spec){ .nrows = 1, .row_size = sizeof(struct bty_answers) };
	return 0;
}

static int longer_first(const void *x, const void *y)
{
	const struct answer *const *a = x, *const *b = y;

	return (*b)->len - (*a)->len;
}

static int fill(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		struct bty_gateways *gateways, struct bty_err *err)
{
	struct bty_answers *t = (struct bty_answers *)rows[0];
	const struct answer *by_len[BTY_ANSWERS] = { NULL };
	uint8_t mask[16];
	size_t i;
	int k;

	for (i = 0; i < e->n; i++)
		by_len[i] = bty_entry(e, i);
	qsort(by_len, e->n, sizeof(*by_len), longer_first);
	for (i = 0; i < e->n; i++) {
		for (k = 0; k < 16; k++)
			mask[k] = by_len[i]->len >= 8 * (k + 1) ? 0xff
				  : by_len[i]->len > 8 * k	? 0xff << (8 * (k + 1) - by_len[i]->len)
								: 0;
		memcpy(t->of[i].addr, by_len[i]->addr, sizeof(t->of[i].addr));
		memcpy(t->of[i].mask, mask, sizeof(mask));
		memcpy(t->of[i].mac, by_len[i]->mac, sizeof(t->of[i].mac));
	}
	t->n = e->n;
	return 0;
}

/* ROUTER alone; what else there is are entries. */
int bty_ndpresponder_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	static const struct bty_arg arg = { .keyword = "ROUTER", .what = "true or false", .type = BTY_ARG_BOOL };
	struct ndpresponder_args *a = args;
	int i, ret = 0;

	a->router = 1;
	for (i = 0; !ret && i < conf->n; i++)
		if (!strncmp(conf->arg[i].text, "ROUTER ", 7))
			ret = bty_argvalue_set(conf, i, &arg, conf->arg[i].text + 7, &a->router, err);
	return ret;
}

const struct bty_table_ops bty_arpresponder_tables = {
	.noun = "answer",
	.entry_size = sizeof(struct answer),
	.key_size = offsetof(struct answer, mac),
	.parse = parse4,
	.print = print4,
	.plan = plan,
	.fill = fill,
};

const struct bty_table_ops bty_ndpresponder_tables = {
	.noun = "answer",
	.keywords = " ROUTER ",
	.entry_size = sizeof(struct answer),
	.key_size = offsetof(struct answer, mac),
	.parse = parse6,
	.print = print6,
	.plan = plan,
	.fill = fill,
};
