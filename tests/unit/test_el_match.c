// SPDX-License-Identifier: GPL-2.0-or-later
/* ExactMatch and WildcardMatch against a search through all rules, on generated frames read by ref.h; what is refused. */

/* as many rows as many_keys() needs, and fewer than would take seconds to try in too_many() */
#define ROW_BITS 21
#define MAX_ROWS (1u << ROW_BITS)
#include "user/element/match.c"

#include <arpa/inet.h>
#include <unistd.h>

#include "el.h"
#include "tests/packets/diff.h"

#define NO_MATCH (-(int)BTY_DROP_NO_MATCH)
#define VALUE	 16

static char file[] = "/tmp/bty_rules_XXXXXX";

enum kind { NUMBER, HEX, IP4, IP6, MAC };

static const struct field {
	const char *name;
	int size;
	enum kind kind;
} fields[] = {
	{ "eth.dst", 6, MAC },	{ "eth.type", 2, HEX },	   { "vlan.id", 2, NUMBER },  { "ip.src", 4, IP4 },
	{ "ip.dst", 4, IP4 },	{ "ip.tos", 1, NUMBER },   { "ip.proto", 1, NUMBER }, { "ip6.src", 16, IP6 },
	{ "ip6.dst", 16, IP6 }, { "l4.sport", 2, NUMBER }, { "l4.dport", 2, NUMBER }, { "12/2", 2, HEX },
	{ "20/3", 3, HEX },	{ "58/5", 5, HEX },	   { "eth.src", 6, MAC },
};

#define NFIELDS (sizeof(fields) / sizeof(fields[0]))

/* Value of a field in a frame, read without the code under test. Returns 0 when it has none. */
static int ref_field(const struct field *f, const uint8_t *p, unsigned int len, uint8_t *v)
{
	struct ref r = ref_parse(p, len);
	unsigned int off = 0;

	if (!strcmp(f->name, "eth.type")) {
		gen_be16(v, r.type);
		return r.type > 0;
	}
	if (!strcmp(f->name, "vlan.id")) {
		gen_be16(v, r.tci % 4096);
		return r.tags > 0;
	}
	if (!strcmp(f->name, "ip.proto")) {
		v[0] = r.proto < 0 ? 0 : r.proto;
		return r.version != 0;
	}
	if (!strncmp(f->name, "ip.", 3)) {
		if (r.version != 4)
			return 0;
		off = r.l3 + (!strcmp(f->name, "ip.src") ? 12 : !strcmp(f->name, "ip.dst") ? 16 : 1);
	} else if (!strncmp(f->name, "ip6.", 4)) {
		if (r.version != 6)
			return 0;
		off = r.l3 + (!strcmp(f->name, "ip6.src") ? 8 : 24);
	} else if (!strncmp(f->name, "l4.", 3)) {
		if (r.sport < 0)
			return 0;
		off = r.l4 + (!strcmp(f->name, "l4.dport") ? 2 : 0);
	} else {
		off = !strcmp(f->name, "eth.src") ? 6 : f->kind == MAC ? 0 : atoi(f->name);
	}
	if (off + f->size > len)
		return 0;
	memcpy(v, p + off, f->size);
	return 1;
}

struct rule {
	uint8_t value[8][VALUE], mask[8][VALUE];
	int priority, port;
};

static int print_value(const struct field *f, const uint8_t *v, char *s)
{
	unsigned long n = 0;
	int i, used = 0;

	if (f->kind == IP4 || f->kind == IP6) {
		inet_ntop(f->kind == IP4 ? AF_INET : AF_INET6, v, s, 64);
		return strlen(s);
	}
	for (i = 0; i < f->size; i++) {
		n = n << 8 | v[i];
		used += sprintf(s + used, "%s%02x", i && f->kind == MAC ? ":" : "", v[i]);
	}
	return f->kind == NUMBER ? sprintf(s, "%lu", n) : used;
}

static void print_rule(const struct field *const *f, int n, const struct rule *r, int wild, char *s)
{
	int i, k, bits;

	for (i = 0; i < n; i++, *s++ = ' ') {
		for (k = bits = 0; k < f[i]->size; k++)
			bits += __builtin_popcount(r->mask[i][k]);
		if (!bits) {
			*s++ = '*';
			continue;
		}
		s += print_value(f[i], r->value[i], s);
		if (bits == 8 * f[i]->size)
			continue;
		if (f[i]->kind == IP4 || f[i]->kind == IP6) {
			s += sprintf(s, "/%d", bits);
		} else {
			*s++ = '%';
			s += print_value(f[i], r->mask[i], s);
		}
	}
	if (wild)
		s += sprintf(s, "%d ", r->priority);
	sprintf(s, "%d", r->port);
}

static unsigned int bits_of(const struct rule *r, const struct field *const *f, int n)
{
	unsigned int bits = 0;
	int i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < f[i]->size; k++)
			bits += __builtin_popcount(r->mask[i][k]);
	return bits;
}

static int matches(const struct rule *r, const struct field *const *f, int n, const uint8_t *p, unsigned int len)
{
	uint8_t v[VALUE];
	int i, k, any, has;

	for (i = 0; i < n; i++) {
		has = ref_field(f[i], p, len, v);
		for (k = any = 0; k < f[i]->size; k++) {
			any |= r->mask[i][k];
			if (has && ((v[k] ^ r->value[i][k]) & r->mask[i][k]))
				return 0;
		}
		if (any && !has)
			return 0;
	}
	return 1;
}

/* The rule that has the packet, as the comments of the elements say. */
static const struct rule *naive(const struct rule *r, int nrules, const struct field *const *f, int n, const uint8_t *p,
				unsigned int len)
{
	const struct rule *best = NULL;
	unsigned int a, b;
	int i, k, cmp;

	for (i = 0; i < nrules; i++) {
		if (!matches(&r[i], f, n, p, len))
			continue;
		if (!best) {
			best = &r[i];
			continue;
		}
		cmp = r[i].priority - best->priority;
		a = bits_of(&r[i], f, n);
		b = bits_of(best, f, n);
		if (!cmp && a != b)
			cmp = a > b ? 1 : -1;
		for (k = 0; !cmp && k < n; k++)
			cmp = memcmp(r[i].mask[k], best->mask[k], f[k]->size);
		if (cmp > 0)
			best = &r[i];
	}
	return best;
}

static void make_mask(struct gen *g, const struct field *f, uint8_t *mask)
{
	int i, len;

	memset(mask, 0, VALUE);
	if (gen_chance(g, 30))
		return;
	if (gen_chance(g, 50)) {
		memset(mask, 0xff, f->size);
		return;
	}
	if (f->kind != IP4 && f->kind != IP6) {
		gen_fill(g, mask, f->size);
		return;
	}
	len = 1 + gen_below(g, 8 * f->size);
	for (i = 0; i < f->size; i++)
		mask[i] = len >= 8 * (i + 1) ? 0xff : len <= 8 * i ? 0 : 0xff << (8 * (i + 1) - len);
}

/* Rules made from frames, so that they match some; without two of the same key. */
static int make_rules(struct gen *g, const struct field *const *f, int n, struct rule *r, int most, int wild)
{
	static uint8_t mask[12][8][VALUE];
	uint8_t frame[GEN_MAX + 2048], v[VALUE];
	unsigned int len;
	int i, k, b, nrules = 0, j;

	for (i = 0; i < 12; i++)
		for (k = 0; k < n; k++)
			make_mask(g, f[k], mask[i][k]);
	for (i = 0; i < most; i++) {
		struct rule *x = &r[nrules];

		memset(x, 0, sizeof(*x));
		len = gen_frame(g, frame);
		j = gen_below(g, 12);
		for (k = 0; k < n; k++) {
			memset(v, 0, sizeof(v));
			if (!ref_field(f[k], frame, len, v))
				memset(v, 0, sizeof(v));
			if (wild)
				memcpy(x->mask[k], mask[j][k], VALUE);
			else
				memset(x->mask[k], 0xff, f[k]->size);
			for (b = 0; b < f[k]->size; b++)
				x->value[k][b] = v[b] & x->mask[k][b];
		}
		x->priority = wild ? gen_below(g, 5) * 100 : 0;
		x->port = gen_below(g, 15);
		for (b = 0; b < nrules; b++)
			if (!memcmp(r[b].value, x->value, sizeof(x->value)) &&
			    !memcmp(r[b].mask, x->mask, sizeof(x->mask)))
				break;
		nrules += b == nrules;
	}
	return nrules;
}

static void write_rules(const struct field *const *f, int n, const struct rule *r, int nrules, int wild)
{
	FILE *out = fopen(file, "w");
	char text[512];
	int i;

	assert_non_null(out);
	for (i = 0; i < nrules; i++) {
		print_rule(f, n, &r[i], wild, text);
		fprintf(out, "%s\n", text);
	}
	fclose(out);
}

/* What is shown reads the same as what was written. */
static void check_shown(const struct el *el, const struct field *const *f, int n, const struct rule *r, int wild)
{
	char want[512], is[512];
	size_t i;

	for (i = 0; i < el->entries->n; i++) {
		print_rule(f, n, &r[i], wild, want);
		el->entries->ops->print(el->args, bty_entry(el->entries, i), is, sizeof(is));
		assert_string_equal(is, want);
	}
}

#define ROUNDS 12 /* sets of rules, of each kind */

static void one_round(struct gen *g, int wild, int with_default)
{
	static struct rule rule[3000];
	const struct field *f[8];
	uint8_t frame[GEN_MAX + 2048];
	char names[128] = "FIELDS", arg[64];
	int n = 0, nrules, i, bytes = 0, hits = 0, port, frames = diff_packets(36000) / ROUNDS;
	const struct rule *want;
	struct el el;
	unsigned int len;

	while (n < 8 && (!n || gen_chance(g, 60))) {
		f[n] = &fields[gen_below(g, NFIELDS)];
		if (bytes + f[n]->size > 31)
			break;
		bytes += f[n]->size;
		strcat(strcat(names, " "), f[n++]->name);
	}
	nrules = make_rules(g, f, n, rule, 1 + gen_below(g, 3000), wild);
	write_rules(f, n, rule, nrules, wild);
	snprintf(arg, sizeof(arg), "FILE %s", file);
	if (el_configure(&el, wild ? "WildcardMatch" : "ExactMatch", 0,
			 (const char *const[]){ names, arg, with_default ? "DEFAULT 15" : NULL, NULL }) ||
	    el_make_tables(&el))
		fail_msg("%s: %s", names, el.err.msg);
	check_shown(&el, f, n, rule, wild);
	for (i = 0; i < frames; i++) {
		len = gen_frame(g, frame);
		want = naive(rule, nrules, f, n, frame, len);
		port = el_push_copy(&el, frame, len);
		if (port != (want ? want->port : with_default ? 15 : NO_MATCH))
			fail_msg("%s: port %d, expected %d", names, port, want ? want->port : -1);
		hits += want != NULL;
	}
	print_message("%s %s: %d rules, %d of %d frames match\n", wild ? "wild" : "exact", names, nrules, hits, frames);
	el_free_tables(&el);
}

static void exact(void **state)
{
	struct gen g = { .seed = 0xe1, .mutate_percent = 30 };
	int i;

	for (i = 0; i < ROUNDS; i++)
		one_round(&g, 0, i % 2);
}

static void wild(void **state)
{
	struct gen g = { .seed = 0xa1, .mutate_percent = 30 };
	int i;

	for (i = 0; i < ROUNDS; i++)
		one_round(&g, 1, i % 2);
}

/* UDP from 10.0.0.1 to 10.1.2.3, to dport. */
static int push(struct el *el, unsigned int dport)
{
	uint8_t f[64];
	unsigned int len = el_hex(
		"020000000002 020000000001 0800 4500002e 00000000 40110000 0a000001 0a010203 1388 0000 001a0000", f);

	gen_be16(f + 36, dport);
	return el_push_copy(el, f, len);
}

static void rules_for_overlaps(void **state)
{
	struct el el;

	EL_LOAD(&el, "WildcardMatch", "FIELDS ip.dst l4.dport", "10.0.0.0/8 * 10 0", "* 80 10 1", "10.1.0.0/16 * 10 2",
		"* 443 5 3", "10.1.2.3 53 1 4", "10.1.2.3 53 20 5");
	assert_int_equal(push(&el, 1), 2);   /* 16 bits against 8 */
	assert_int_equal(push(&el, 80), 2);  /* 16 bits each: those of the first field */
	assert_int_equal(push(&el, 443), 2); /* priority before bits */
	assert_int_equal(push(&el, 53), 5);  /* the later of two with one key */
	el_free_tables(&el);
}

/* The same text again replaces port and priority; set and deleted by hand. */
static void replaced(void **state)
{
	struct el el;

	EL_LOAD(&el, "WildcardMatch", "FIELDS l4.dport", "80 10 1", "80 5 2", "* 7 3", "DEFAULT 4");
	assert_int_equal(el.nout, 5);
	assert_int_equal(push(&el, 80), 3);
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "80 8 2", 5), 0);
	assert_int_equal(push(&el, 80), 2);
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "*", 5), 0);
	assert_int_equal(push(&el, 81), 4);
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "80", 5), 0);
	assert_int_equal(push(&el, 80), 4);
	assert_int_equal(el.entries->n, 0);
	el_free_tables(&el);
	EL_LOAD(&el, "ExactMatch", "FIELDS l4.dport ip.proto", "80 17 1", "80 17 2");
	assert_int_equal(push(&el, 80), 2);
	assert_int_equal(push(&el, 81), NO_MATCH);
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "81 17 0", 3), 0);
	assert_int_equal(push(&el, 81), 0);
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "81 17 3", 3), -ERANGE);
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "80 17", 3), 0);
	assert_int_equal(push(&el, 80), NO_MATCH);
	el_free_tables(&el);
}

/* Half a million keys, in rows that are nearly full, all found; and no others. */
static void many_keys(void **state)
{
	FILE *f = fopen(file, "w");
	char arg[64];
	uint8_t frame[64];
	struct el el;
	uint32_t i, dst;

	assert_non_null(f);
	for (i = 0; i < 500000; i++)
		fprintf(f, "10.%u.%u.%u %u\n", i >> 16 & 255, i >> 8 & 255, i & 255, i % 16);
	fclose(f);
	snprintf(arg, sizeof(arg), "FILE %s", file);
	EL_LOAD(&el, "ExactMatch", "FIELDS ip.dst", arg);
	print_message("500000 rules in %u rows\n", el.env.table[0].nrows);
	el_hex("020000000002 020000000001 0800 4500002e 00000000 40110000 0a000001 0a010203 1388 0000 001a0000", frame);
	for (i = 0; i < 600000; i += 7) {
		dst = htonl(10u << 24 | i);
		memcpy(frame + 30, &dst, 4);
		assert_int_equal(el_push(&el, frame, 42), i < 500000 ? (int)(i % 16) : NO_MATCH);
	}
	el_free_tables(&el);
}

/* The number whose product with odd is 1. */
static uint64_t inverse(uint64_t odd)
{
	uint64_t x = odd;
	int i;

	for (i = 0; i < 6; i++) /* Newton: twice the bits each time */
		x *= 2 - odd * x;
	return x;
}

/* The one-word key of table 0 whose hash is h: bty_match_hash() back to front. */
static struct bty_key key_of(uint64_t h)
{
	struct bty_key key = { 0 };

	h ^= h >> 32;
	h *= inverse(0xbf58476d1ce4e5b9ULL);
	h ^= h >> 32;
	key.word[0] = h * inverse(0x9e3779b97f4a7c15ULL) ^ 1;
	return key;
}

/* More keys than two rows hold that have the same two rows of MAX_ROWS, and so of any fewer. Returns how many there are. */
static int keys_of_rows(uint32_t first, uint32_t second, uint64_t *word)
{
	uint32_t low, high, k;
	struct bty_key key;
	int n = 0;

	for (k = 0; k < 1u << 2 * (32 - ROW_BITS) && n <= 2 * BTY_MATCH_WAYS; k++) {
		low = first | k << ROW_BITS;
		high = ((second ^ (uint64_t)low << 7) & (MAX_ROWS - 1)) | k >> (32 - ROW_BITS) << ROW_BITS;
		key = key_of((uint64_t)high << 32 | low);
		if ((key.word[0] & 255) != 255) /* all fields */
			continue;
		assert_int_equal(bty_match_row(bty_match_hash(&key, 1, 0), 0, MAX_ROWS - 1), first);
		assert_int_equal(bty_match_row(bty_match_hash(&key, 1, 0), 1, MAX_ROWS - 1), second);
		word[n++] = key.word[0];
	}
	return n;
}

static void too_many(void **state)
{
	uint64_t word[2 * BTY_MATCH_WAYS + 1];
	uint32_t first;
	FILE *f = fopen(file, "w");
	char says[96], arg[64];
	int n = 0, i, k;

	assert_non_null(f);
	for (first = 1; n <= 2 * BTY_MATCH_WAYS; first++)
		n = keys_of_rows(first, 12345, word);
	for (i = 0; i < n; i++) {
		for (k = 1; k < 8; k++)
			fprintf(f, "%02x", (unsigned int)(word[i] >> (8 * k) & 255));
		fprintf(f, " 1\n");
	}
	fclose(f);
	snprintf(arg, sizeof(arg), "FILE %s", file);
	snprintf(says, sizeof(says), "9 rules need %u rows of 64 bytes or more; at most %u are possible", 2 * MAX_ROWS,
		 MAX_ROWS);
	EL_REFUSES("ExactMatch", says, "FIELDS 0/7", arg);
}

static void refused(void **state)
{
	static char text[40][32];
	const char *args[42] = { "FIELDS ip.dst" };
	struct el el;
	int i;

	EL_REFUSES("ExactMatch", "no FIELDS: expected FIELDS ip.dst", NULL);
	EL_REFUSES("ExactMatch", "test.click:2:3: el: FIELDS 'ip.dest': expected a field", "FIELDS ip.dest");
	EL_REFUSES("ExactMatch", "FIELDS: expected a field", "FIELDS");
	EL_REFUSES("ExactMatch", "a second FIELDS", "FIELDS ip.dst", "FIELDS ip.src");
	EL_REFUSES("ExactMatch", "more than 8 fields or 31 bytes", "FIELDS ip6.src ip6.dst");
	EL_REFUSES("ExactMatch", "FIELDS '2047/2'", "FIELDS 2047/2");
	EL_REFUSES("ExactMatch", "FIELDS '1/0'", "FIELDS 1/0");
	EL_REFUSES("ExactMatch", "expected DEFAULT and an output port from 0 to 63", "FIELDS ip.dst", "DEFAULT 64");
	EL_REFUSES("ExactMatch", "test.click:3:3: el: '10.0.0.256 1': field 1: '10.0.0.256': expected an IPv4 address",
		   "FIELDS ip.dst", "10.0.0.256 1");
	EL_REFUSES("ExactMatch", "expected a value for each of 2 fields", "FIELDS ip.dst l4.dport", "10.0.0.1");
	EL_REFUSES("ExactMatch", "expected an output port after the values, from 0 to 63", "FIELDS l4.dport", "80 64");
	EL_REFUSES("ExactMatch", "expected nothing after the port", "FIELDS l4.dport", "80 1 2");
	EL_REFUSES("ExactMatch", "field 1: '65536': expected a number", "FIELDS l4.dport", "65536 1");
	EL_REFUSES("ExactMatch", "expected two hexadecimal digits for each byte", "FIELDS 12/2", "800 1");
	EL_REFUSES("ExactMatch", "expected an Ethernet address", "FIELDS eth.dst", "02:00:00:00:00 1");
	EL_REFUSES("ExactMatch", "field 1: '*': expected a number", "FIELDS l4.dport", "* 1");
	EL_REFUSES("WildcardMatch", "expected a priority after the values, from 0 to 65535", "FIELDS l4.dport",
		   "80 65536 1");
	EL_REFUSES("WildcardMatch", "bits that its mask leaves out", "FIELDS ip.dst", "10.0.0.1/8 1 1");
	EL_REFUSES("WildcardMatch", "expected a prefix length", "FIELDS ip.dst", "10.0.0.0/33 1 1");
	EL_REFUSES("WildcardMatch", "expected a mask, written as a value", "FIELDS 12/2", "0800%ff 1 1");
	for (i = 0; i < 33; i++) {
		sprintf(text[i], "0.0.0.0/%d 1 1", i);
		args[1 + i] = text[i];
	}
	assert_int_equal(el_configure(&el, "WildcardMatch", 0, args), -EINVAL);
	assert_non_null(strstr(el.err.msg, "the rules have 33 different masks; at most 32 are possible"));
	args[33] = NULL;
	assert_int_equal(el_configure(&el, "WildcardMatch", 0, args), 0);
	el_free_tables(&el);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact),    cmocka_unit_test(wild),	 cmocka_unit_test(rules_for_overlaps),
		cmocka_unit_test(replaced), cmocka_unit_test(many_keys), cmocka_unit_test(refused),
		cmocka_unit_test(too_many),
	};
	int ret, fd = mkstemp(file);

	if (fd < 0)
		return 1;
	close(fd);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(file);
	return ret;
}
