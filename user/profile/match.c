// SPDX-License-Identifier: GPL-2.0-or-later
/* Packets that an element's tables know, from the text of their entries; called by packets.c. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define MAX_WORDS 32

struct words {
	char text[BTY_ENTRY_MAX];
	char *word[MAX_WORDS];
	int n;
};

static void split(struct words *w)
{
	char *save = NULL, *s;

	for (s = strtok_r(w->text, " \t", &save); s && w->n < MAX_WORDS; s = strtok_r(NULL, " \t", &save))
		w->word[w->n++] = s;
}

/* addr: some address, of which the bits of "10.0.0.0/8" are made those. Returns its family, 0: it is no prefix. */
static int put_prefix(const char *text, uint8_t *addr)
{
	char copy[64];
	uint8_t net[16];
	char *slash;
	int family, len, bits, i;

	if (strlen(text) >= sizeof(copy))
		return 0;
	strcpy(copy, text);
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = 0;
	family = strchr(copy, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(family, copy, net) != 1)
		return 0;
	len = family == AF_INET6 ? 128 : 32;
	bits = slash ? atoi(slash) : len;
	for (i = 0; i < len / 8; i++, bits -= 8) {
		uint8_t mask = bits >= 8 ? 0xff : bits <= 0 ? 0 : 0xff << (8 - bits);

		addr[i] = (addr[i] & ~mask) | (net[i] & mask);
	}
	return family;
}

/* Both addresses of a packet are of the same family. */
static void to_prefix(struct bty_header *h, uint8_t *addr, const char *text)
{
	int family = put_prefix(text, addr);

	if (family)
		h->v6 = family == AF_INET6;
}

/* @SRC/LEN DST/LEN SPORT : SPORT DPORT : DPORT PROTO/MASK ... */
static void match_rule(const struct words *w, uint64_t r, struct bty_header *h)
{
	unsigned int low, high;

	if (w->n < 9)
		return;
	to_prefix(h, h->src, w->word[0] + (w->word[0][0] == '@'));
	to_prefix(h, h->dst, w->word[1]);
	low = atoi(w->word[2]);
	high = atoi(w->word[4]);
	h->sport = low + r % (high - low + 1);
	low = atoi(w->word[5]);
	high = atoi(w->word[7]);
	h->dport = low + r / 7 % (high - low + 1);
	if (!strstr(w->word[8], "/0x00"))
		h->proto = strtoul(w->word[8], NULL, 16);
}

/* fields: "FIELDS ip.src ..." of the arguments; a value for each begins the entry. */
static void match_fields(const char *fields, const struct words *w, struct bty_header *h)
{
	char copy[256], *save = NULL, *f;
	int i;

	snprintf(copy, sizeof(copy), "%s", fields);
	strtok_r(copy, " ", &save);

	for (i = 0; i < w->n && (f = strtok_r(NULL, " ,", &save)); i++) {
		if (w->word[i][0] == '*')
			continue;
		if (!strcmp(f, "ip.src") || !strcmp(f, "ip6.src"))
			to_prefix(h, h->src, w->word[i]);
		else if (!strcmp(f, "ip.dst") || !strcmp(f, "ip6.dst"))
			to_prefix(h, h->dst, w->word[i]);
		else if (!strcmp(f, "ip.proto"))
			h->proto = atoi(w->word[i]);
		else if (!strcmp(f, "l4.sport"))
			h->sport = atoi(w->word[i]);
		else if (!strcmp(f, "l4.dport"))
			h->dport = atoi(w->word[i]);
	}
}

static int is(const struct bty_element *el, const char *a, const char *b)
{
	return !strcmp(el->cls->name, a) || !strcmp(el->cls->name, b);
}

void bty_header_match(const struct bty_element *el, const char *args, uint64_t r, struct bty_header *h)
{
	const char *fields = strstr(args, "FIELDS ");
	const struct bty_entries *e = el->entries;
	struct words w = { .n = 0 };

	if (!e || !e->n || !e->ops->print)
		return;
	e->ops->print(el->args, bty_entry(e, r % e->n), w.text, sizeof(w.text));
	split(&w);
	if (!w.n)
		return;
	if (is(el, "ACL", "ACL"))
		match_rule(&w, r >> 32, h);
	else if (is(el, "GTPUDecapTable", "VXLANDecapTable"))
		h->id = strtoul(w.word[0], NULL, 0);
	else if (is(el, "StaticNAT", "StaticNAT") && strstr(args, "IN") && w.n > 1)
		to_prefix(h, h->dst, w.word[1]);
	else if (is(el, "StaticNAT", "StaticNAT"))
		to_prefix(h, h->src, w.word[0]);
	else if (fields)
		match_fields(fields, &w, h);
	else
		to_prefix(h, h->dst, w.word[0]);
}
