// SPDX-License-Identifier: GPL-2.0-or-later
/* StaticNAT's pairs as text, and its hash table. Called when a pipeline is read, loaded and updated. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elements/staticnat.h>

#include "entries.h"
#include "probe.h"
#include "user/config/conf.h"

#define EXPECTED "expected INSIDE[/LEN] OUTSIDE[/LEN], as 10.0.0.0/24 192.0.2.0/24"
#define MAX_ROWS (1 << 22)

/* What fill() needs. */
struct nat {
	struct staticnat_head head;
	struct staticnat_row *row; /* head.mask + 1 */
};

int bty_staticnat_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	int i, found = 0;

	for (i = 0; i < conf->n; i++) {
		if (strcmp(conf->arg[i].text, "OUT") && strcmp(conf->arg[i].text, "IN"))
			continue;
		if (found++)
			return bty_conf_fail(conf, i, err, "a second direction: expected OUT or IN");
		((struct staticnat_args *)args)->in = !strcmp(conf->arg[i].text, "IN");
	}
	return found ? 0 : bty_conf_fail(conf, -1, err, "no direction: expected OUT (sources) or IN (destinations)");
}

/* An address and its prefix length, 32 when there is none, at *s. Returns what is wrong, or NULL. */
static const char *read_prefix(const char **s, __u32 *addr, __u32 *len)
{
	char text[INET_ADDRSTRLEN];
	const char *t = *s;
	struct in_addr in;
	unsigned long v = 32;
	char *end;
	size_t n;

	n = strspn(t, "0123456789.");
	if (!n || n >= sizeof(text))
		return EXPECTED;
	snprintf(text, sizeof(text), "%.*s", (int)n, t);
	if (inet_pton(AF_INET, text, &in) != 1)
		return "expected an IPv4 address";
	t += n;
	if (*t == '/') {
		if (!isdigit((unsigned char)t[1]))
			return EXPECTED;
		v = strtoul(t + 1, &end, 10);
		t = end;
	}
	if (v > 32)
		return "expected a prefix length up to 32";
	*addr = ntohl(in.s_addr);
	*len = v;
	if (*addr & ~staticnat_mask(v))
		return "an address has bits beyond its prefix length; clear them";
	if (*t && !isspace((unsigned char)*t))
		return EXPECTED;
	*s = t + strspn(t, " \t\r\n");
	return NULL;
}

static int parse(const void *args, const char *s, int key_only, void *entry, struct bty_err *why)
{
	struct staticnat_pair *e = entry;
	const char *wrong;
	__u32 len = 0;

	s += strspn(s, " \t\r\n");
	wrong = read_prefix(&s, &e->inside, &e->len);
	if (!wrong && !(key_only && !*s)) {
		wrong = read_prefix(&s, &e->outside, &len);
		if (!wrong && len != e->len)
			wrong = "the two prefixes differ in length";
	}
	if (!wrong && *s)
		wrong = EXPECTED " and nothing more";
	return wrong ? bty_fail(why, -EINVAL, "%s", wrong) : 0;
}

static void print_prefix(__u32 addr, __u32 len, char *buf, size_t size)
{
	int n = snprintf(buf, size, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255, addr >> 8 & 255, addr & 255);

	if (len < 32)
		snprintf(buf + n, size - n, "/%u", len);
}

static void print(const void *args, const void *entry, char *buf, size_t size)
{
	const struct staticnat_pair *e = entry;
	char inside[24], outside[24];

	print_prefix(e->inside, e->len, inside, sizeof(inside));
	print_prefix(e->outside, e->len, outside, sizeof(outside));
	snprintf(buf, size, "%s %s", inside, outside);
}

/* Returns 0; -EEXIST when the prefix is there already, -ENOSPC when all its places are taken. */
static int put(struct nat *nat, __u32 from, __u32 to, __u32 len)
{
	__u64 key = staticnat_key(from, len);
	struct staticnat_row *r = &nat->row[staticnat_hash(key) & nat->head.mask];
	int k;

	for (k = 0; k < STATICNAT_WAYS; k++) {
		if (r->key[k] == key)
			return -EEXIST;
		if (!r->key[k]) {
			r->key[k] = key;
			r->to[k] = to;
			return 0;
		}
	}
	return -ENOSPC;
}

static int put_all(struct nat *nat, const struct staticnat_args *a, const struct bty_entries *e, struct bty_err *err)
{
	const struct staticnat_pair *p;
	char text[64];
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < e->n; i++) {
		p = bty_entry(e, i);
		ret = a->in ? put(nat, p->outside, p->inside, p->len) : put(nat, p->inside, p->outside, p->len);
		if (ret == -EEXIST) {
			print(a, p, text, sizeof(text));
			bty_fail(err, ret, "'%s': its outside addresses are those of another pair", text);
		}
	}
	return ret;
}

/* The longest first. */
static int list_lengths(struct nat *nat, const struct bty_entries *e, struct bty_err *err)
{
	const struct staticnat_pair *p;
	__u64 seen = 0;
	int len, n = 0;
	size_t i;

	for (i = 0; i < e->n; i++) {
		p = bty_entry(e, i);
		seen |= 1ULL << p->len;
	}
	n = __builtin_popcountll(seen);
	if (n > STATICNAT_LENGTHS)
		return bty_fail(err, -E2BIG, "prefixes of %d different lengths; at most %d are possible", n,
				STATICNAT_LENGTHS);
	memset(nat->head.len, STATICNAT_NONE, sizeof(nat->head.len));
	for (len = 32, n = 0; len >= 0; len--)
		if (seen >> len & 1)
			nat->head.len[n++] = len;
	return 0;
}

static void release(void *priv)
{
	struct nat *nat = priv;

	if (nat)
		free(nat->row);
	free(nat);
}

static int fail_rows(const struct staticnat_args *a, const struct bty_entries *e, struct bty_err *err)
{
	uint32_t *hash = malloc((e->n + 1) * sizeof(*hash));
	const struct staticnat_pair *p;
	size_t i;

	for (i = 0; hash && i < e->n; i++) {
		p = bty_entry(e, i);
		hash[i] = staticnat_hash(staticnat_key(a->in ? p->outside : p->inside, p->len));
	}
	return bty_rows_fail(hash, e->n, STATICNAT_WAYS, e->ops->noun, MAX_ROWS, err);
}

/* As many rows as it takes; put() may find no place for one where there are too few. */
static int make_rows(struct nat *nat, const struct staticnat_args *a, const struct bty_entries *e, struct bty_err *err)
{
	__u32 rows = 16;
	int ret = -ENOSPC;

	while (rows < e->n)
		rows *= 2;
	for (; ret == -ENOSPC && rows <= MAX_ROWS; rows *= 2) {
		free(nat->row);
		nat->head.mask = rows - 1;
		nat->row = calloc(rows, sizeof(*nat->row));
		ret = nat->row ? put_all(nat, a, e, err) : bty_fail(err, -ENOMEM, "no memory for %zu pairs", e->n);
	}
	return ret == -ENOSPC ? fail_rows(a, e, err) : ret;
}

static int plan(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		struct bty_err *err)
{
	/* one OUTSIDE in two pairs is a mistake in both directions, and seen in this one */
	static const struct staticnat_args in = { .in = 1 };
	struct nat *nat = calloc(1, sizeof(*nat));
	int ret;

	*priv = nat;
	if (!nat)
		return bty_fail(err, -ENOMEM, "no memory for %zu pairs", e->n);
	ret = list_lengths(nat, e, err);
	if (!ret)
		ret = make_rows(nat, &in, e, err);
	if (!ret)
		ret = make_rows(nat, args, e, err);
	if (!ret)
		spec[0] = (struct bty_table_spec){ .nrows = nat->head.mask + 2,
						   .row_size = sizeof(struct staticnat_row) };
	return ret;
}

static int fill(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		struct bty_gateways *gateways, struct bty_err *err)
{
	const struct nat *nat = priv;

	memcpy(rows[0], &nat->head, sizeof(nat->head));
	memcpy(rows[0] + sizeof(nat->head), nat->row, (nat->head.mask + 1) * sizeof(*nat->row));
	return 0;
}

const struct bty_table_ops bty_staticnat_tables = {
	.noun = "pair",
	.keywords = " OUT IN ",
	.entry_size = sizeof(struct staticnat_pair),
	.key_size = offsetof(struct staticnat_pair, outside),
	.parse = parse,
	.print = print,
	.plan = plan,
	.fill = fill,
	.release = release,
};
