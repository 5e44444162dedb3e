// SPDX-License-Identifier: GPL-2.0-or-later
/* ACL: its trees of up to 10 000 rules against trying one rule after the other, a million headers; rules as text; what is refused. */
#include <arpa/inet.h>
#include <unistd.h>
#include <elements/acl.h>

#include "el.h"

#define DENIED	(-(int)BTY_DROP_ACL_DENIED)
#define HEADERS 1000000
#define RULES	10000 /* of the largest set */

static char file[] = "/tmp/bty_rules_XXXXXX";

#define ACL(el, ...) EL_LOAD(el, "ACL", __VA_ARGS__)

struct header {
	uint32_t src, dst;
	uint16_t sport, dport;
	uint8_t proto, frag; /* frag: a later fragment */
	uint8_t flags;	     /* of TCP */
};

/* Pushes a header through both native forms, which must agree. */
static int classify(struct el *el, const struct header *h)
{
	uint8_t f[60] = { [12] = 8, [14] = 0x45, [22] = 64 };
	uint32_t src = htonl(h->src), dst = htonl(h->dst);
	struct bty_meta meta = { 0 };
	struct bty_pkt p = { .data = f, .data_end = f + sizeof(f), .meta = &meta, .frame = BTY_NO_FRAME };
	int v;

	f[21] = h->frag;
	f[23] = h->proto;
	memcpy(f + 26, &src, 4);
	memcpy(f + 30, &dst, 4);
	gen_be16(f + 34, h->sport);
	gen_be16(f + 36, h->dport);
	f[47] = h->flags;
	v = el_push(el, f, sizeof(f));
	bty_parse(&p);
	assert_int_equal(acl_push(&p, (const void *)el->args, &el->env), v);
	return v;
}

#define TCP(s, d, sp, dp) (&(struct header){ ntohl(inet_addr(s)), ntohl(inet_addr(d)), sp, dp, 6, 0, 0 })

static void first_match_wins(void **state)
{
	struct el el;

	ACL(&el, "@10.0.0.1/32 0.0.0.0/0 0 : 65535 80 : 80 0x06/0xff allow",
	    "@10.0.0.0/24 0.0.0.0/0 0 : 65535 0 : 65535 0x06/0xff 0x0000/0x0000 deny",
	    "@10.0.0.0/8\t192.168.1.0/24 1024:65535 443 :443 6/255\t0x0000/0x0000\t3", "UNMATCHED 2");
	assert_int_equal(el.nout, 4);
	assert_int_equal(classify(&el, TCP("10.0.0.1", "9.9.9.9", 1, 80)), 0);
	assert_int_equal(classify(&el, TCP("10.0.0.1", "9.9.9.9", 1, 81)), DENIED);
	assert_int_equal(classify(&el, TCP("10.0.1.1", "192.168.1.9", 1024, 443)), 3);
	assert_int_equal(classify(&el, TCP("10.0.1.1", "192.168.1.9", 1023, 443)), 2);
	assert_int_equal(classify(&el, TCP("10.0.1.1", "192.168.2.9", 1024, 443)), 2);
	el_free_tables(&el);
}

static void without_an_action(void **state)
{
	struct el el;

	ACL(&el, "@10.0.0.0/8 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00");
	assert_int_equal(classify(&el, TCP("10.0.0.1", "9.9.9.9", 1, 80)), DENIED);
	assert_int_equal(classify(&el, TCP("11.0.0.1", "9.9.9.9", 1, 80)), 0);
	el_free_tables(&el);
	ACL(&el, "UNMATCHED deny", "@10.0.0.0/8 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00", "ACTION 1");
	assert_int_equal(classify(&el, TCP("10.0.0.1", "9.9.9.9", 1, 80)), 1);
	assert_int_equal(classify(&el, TCP("11.0.0.1", "9.9.9.9", 1, 80)), DENIED);
	el_free_tables(&el);
}

/* Rules about ports are not for packets without any: later fragments, ICMP. Others are. */
static void packets_without_ports(void **state)
{
	struct header h = { .src = 0x0a000001, .proto = 17, .frag = 9 };
	struct el el;

	ACL(&el, "@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 1023 0x00/0x00 1", "@10.0.0.0/8 0.0.0.0/0 0:65535 0:65535 0/0 2");
	assert_int_equal(classify(&el, &h), 2);
	h.frag = 0;
	assert_int_equal(classify(&el, &h), 1);
	h.proto = 1;
	assert_int_equal(classify(&el, &h), 2);
	el_free_tables(&el);
}

static void not_ipv4(void **state)
{
	uint8_t frame[64];
	struct el el;

	ACL(&el, "@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00 allow");
	assert_int_equal(el_push_copy(&el, frame, el_hex("020000000002 020000000001 0806 0001", frame)),
			 -(int)BTY_DROP_NOT_IP);
	el_free_tables(&el);
}

static struct acl_entry random_rule(struct gen *g, unsigned int wild)
{
	static const uint8_t len[] = { 32, 32, 24, 28, 16, 9 };
	struct acl_entry e = { 0 };
	uint16_t *range;
	int k;

	e.src_len = gen_chance(g, wild) ? 0 : len[gen_below(g, 6)];
	e.dst_len = gen_chance(g, wild) ? 0 : len[gen_below(g, 6)];
	e.src = (gen_below(g, 4) << 24 | gen_below(g, 40) << 14 | gen_below(g, 600)) &
		(e.src_len ? ~0U << (32 - e.src_len) : 0);
	e.dst = (gen_below(g, 4) << 24 | gen_below(g, 40) << 14 | gen_below(g, 600)) &
		(e.dst_len ? ~0U << (32 - e.dst_len) : 0);
	for (k = 0; k < 2; k++) {
		range = k ? e.dport : e.sport;
		range[0] = gen_chance(g, k ? 60 : 10) ? gen_below(g, 300) : 0;
		range[1] = range[0] && gen_chance(g, 60) ? range[0] + gen_below(g, 20)
			   : gen_chance(g, 20)		 ? 1023
							 : 65535;
	}
	e.proto_mask = gen_chance(g, 80) ? 255 : 0;
	e.proto = e.proto_mask & (gen_chance(g, 50) ? 6 : gen_chance(g, 80) ? 17 : 1);
	if (gen_chance(g, 25)) {
		e.flags_mask = gen_below(g, 64);
		e.flags = gen_below(g, 64) & e.flags_mask;
	}
	e.action = gen_below(g, 16);
	e.action = e.action == 15 ? ACL_DENY : e.action;
	return e;
}

static int naive_matches(const struct acl_entry *e, const struct header *h)
{
	int ports = !h->frag && (h->proto == 6 || h->proto == 17 || h->proto == 132);
	int all = !e->sport[0] && e->sport[1] == 65535 && !e->dport[0] && e->dport[1] == 65535;

	if (e->src_len && (e->src ^ h->src) >> (32 - e->src_len))
		return 0;
	if (e->dst_len && (e->dst ^ h->dst) >> (32 - e->dst_len))
		return 0;
	if ((h->proto & e->proto_mask) != e->proto)
		return 0;
	if (e->proto_mask == 255 && e->proto == 6 && e->flags_mask &&
	    (!ports || (h->flags & e->flags_mask) != e->flags))
		return 0;
	return all || (ports && h->sport >= e->sport[0] && h->sport <= e->sport[1] && h->dport >= e->dport[0] &&
		       h->dport <= e->dport[1]);
}

static int naive(const struct acl_entry *e, size_t n, const struct header *h)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (naive_matches(&e[i], h))
			return e[i].action == ACL_DENY ? DENIED : e[i].action;
	return 7;
}

static struct header random_header(struct gen *g, const struct acl_entry *e)
{
	struct header h = {
		.src = gen_random(g), .dst = gen_random(g), .sport = gen_below(g, 65536), .dport = gen_below(g, 400)
	};

	if (gen_chance(g, 90)) {
		h.src = e->src | (e->src_len ? (uint64_t)h.src >> e->src_len : h.src & 0x3ffff);
		h.dst = e->dst | (e->dst_len ? (uint64_t)h.dst >> e->dst_len : h.dst & 0x3ffff);
		h.sport = gen_chance(g, 50) ? e->sport[0] : e->sport[1];
		h.dport = gen_chance(g, 50) ? e->dport[0] : e->dport[1];
	}
	h.proto = gen_chance(g, 60) ? (e->proto ? e->proto : 6) : gen_chance(g, 90) ? 17 : gen_below(g, 256);
	h.frag = gen_chance(g, 5);
	h.flags = gen_chance(g, 70) ? e->flags | (gen_random(g) & 0xc0) : gen_random(g);
	return h;
}

/* Rules are written to a file, whose duplicates are left out beforehand. */
static size_t write_rules(struct gen *g, struct acl_entry *e, size_t n, unsigned int wild)
{
	FILE *f = fopen(file, "w");
	char addr[INET_ADDRSTRLEN], action[8];
	uint32_t src, dst;
	size_t i, k;

	assert_non_null(f);
	for (i = 0; i < n; i++) {
		do {
			e[i] = random_rule(g, wild);
			for (k = 0; k < i && memcmp(&e[k], &e[i], offsetof(struct acl_entry, action)); k++)
				;
		} while (k < i);
		src = htonl(e[i].src);
		dst = htonl(e[i].dst);
		snprintf(action, sizeof(action), "%u", e[i].action);
		fprintf(f, "@%s/%u\t", inet_ntop(AF_INET, &src, addr, sizeof(addr)), e[i].src_len);
		fprintf(f, "%s/%u\t%u : %u\t%u : %u\t0x%02x/0x%02x\t0x%02x00/0x%02x00\t%s\n",
			inet_ntop(AF_INET, &dst, addr, sizeof(addr)), e[i].dst_len, e[i].sport[0], e[i].sport[1],
			e[i].dport[0], e[i].dport[1], e[i].proto, e[i].proto_mask, e[i].flags, e[i].flags_mask,
			e[i].action == ACL_DENY ? "deny" : action);
	}
	assert_int_equal(fclose(f), 0);
	return n;
}

static void like_one_after_the_other(void **state)
{
	static const struct {
		unsigned int n, wild;
	} set[] = {
		{ 1, 0 }, { 3, 50 }, { 40, 60 }, { 300, 20 }, { 1000, 3 }, { 1000, 10 }, { 2500, 1 }, { RULES, 1 }
	};
	struct gen g = { .seed = 0x1234567 };
	struct acl_entry *e = calloc(RULES, sizeof(*e));
	char text[64];
	struct header h;
	struct el el;
	size_t s, n, i;
	int want, hit[BTY_MAX_OUT + 1] = { 0 };

	assert_non_null(e);
	snprintf(text, sizeof(text), "FILE %s", file);
	for (s = 0; s < sizeof(set) / sizeof(set[0]); s++) {
		n = write_rules(&g, e, set[s].n, set[s].wild);
		ACL(&el, text, "UNMATCHED 7");
		for (i = 0; i < HEADERS / (sizeof(set) / sizeof(set[0])) + 1; i++) {
			h = random_header(&g, &e[gen_below(&g, n)]);
			want = naive(e, n, &h);
			hit[want < 0 ? BTY_MAX_OUT : want]++;
			if (classify(&el, &h) != want)
				fail_msg("%zu rules: %08x %08x %u %u %u %u: expected %d", n, h.src, h.dst, h.sport,
					 h.dport, h.proto, h.frag, want);
		}
		el_free_tables(&el);
	}
	for (i = 0; i < 15; i++)
		assert_true(hit[i] > 1000);
	assert_true(hit[BTY_MAX_OUT] > 1000);
	free(e);
}

struct nearby {
	unsigned int n, base, step;
	int sport, dport;
	unsigned int mixed; /* other rules, before them */
	int last;	    /* one more, for all ports */
};

static size_t write_nearby(struct gen *g, struct acl_entry *e, const struct nearby *c)
{
	size_t n = write_rules(g, e, c->mixed, 20), i;
	FILE *f = fopen(file, "a");
	unsigned int port;

	assert_non_null(f);
	for (i = 0; i < c->n; i++, n++) {
		port = c->base + c->step * i;
		e[n] = (struct acl_entry){ .sport = { 0, 65535 }, .dport = { 0, 65535 }, .proto_mask = 255 };
		e[n].proto = c->mixed ? 17 : 6;
		e[n].action = i % 14;
		if (c->sport)
			e[n].sport[0] = e[n].sport[1] = port;
		if (c->dport)
			e[n].dport[0] = e[n].dport[1] = port;
		fprintf(f, "@0.0.0.0/0 0.0.0.0/0 %u : %u %u : %u %u/255 %u\n", e[n].sport[0], e[n].sport[1],
			e[n].dport[0], e[n].dport[1], e[n].proto, e[n].action);
	}
	if (c->last) {
		e[n++] = (struct acl_entry){ .sport = { 0, 65535 }, .dport = { 0, 65535 }, .action = 14 };
		fprintf(f, "@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 65535 0/0 14\n");
	}
	assert_int_equal(fclose(f), 0);
	return n;
}

static void try_nearby(struct gen *g, struct acl_entry *e, const struct nearby *c)
{
	size_t n = write_nearby(g, e, c), i;
	const struct acl_entry *r;
	struct header h;
	struct el el;
	char text[64];
	int want;

	snprintf(text, sizeof(text), "FILE %s", file);
	ACL(&el, text, "UNMATCHED 7");
	for (i = 0; i < 3000; i++) {
		r = &e[gen_below(g, n)];
		h = random_header(g, r);
		h.sport = r->sport[0] + gen_below(g, 3) - 1;
		h.dport = r->dport[0] + gen_below(g, 3) - 1;
		want = naive(e, n, &h);
		if (classify(&el, &h) != want)
			fail_msg("%u from %u, step %u: %08x %08x %u %u %u %u: expected %d", c->n, c->base, c->step,
				 h.src, h.dst, h.sport, h.dport, h.proto, h.frag, want);
	}
	el_free_tables(&el);
}

/* More than fit in a leaf, that differ only in the last bits of a port. */
static void nearby_ports(void **state)
{
	static const uint16_t base[] = { 0, 1000, 1024, 4096, 5000, 6000, 32760, 60000 };
	static const struct nearby more[] = {
		{ 40, 8000, 1, 0, 1, 0, 1 },	{ 40, 5000, 1, 0, 1, 300, 0 }, { 200, 30000, 1, 0, 1, 300, 1 },
		{ 300, 5000, 1, 1, 0, 300, 0 }, { 400, 65136, 1, 0, 1, 0, 0 },
	};
	struct acl_entry *e = calloc(1000, sizeof(*e));
	struct gen g = { .seed = 0x7654321 };
	struct nearby c = { .n = 33 };
	size_t i, ports;

	assert_non_null(e);
	for (i = 0; i < sizeof(base) / sizeof(base[0]); i++)
		for (c.step = 1; c.step <= 16; c.step *= 2)
			for (ports = 1; ports < 4; ports++) {
				c.base = base[i];
				c.sport = ports & 1;
				c.dport = ports >> 1;
				try_nearby(&g, e, &c);
			}
	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		try_nearby(&g, e, &more[i]);
	free(e);
}

/* Of the same rule given twice the first place and the later action count; as text a rule reads back as it was. */
static void changed_by_hand(void **state)
{
	struct bty_entries *e;
	char text[256];
	struct el el;

	ACL(&el, "@10.0.0.0/8 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00 1",
	    "@10.0.0.1/32 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00 2",
	    "@10.0.0.0/8 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00 3");
	assert_int_equal(classify(&el, TCP("10.0.0.1", "9.9.9.9", 1, 80)), 3);
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "@11.0.0.0/8 10.0.0.0/8 0 : 65535 7 : 9 17/255 0/0x200 deny", 4),
			 0);
	e = el.entries;
	assert_int_equal(e->n, 3);
	el.cls->table_ops->print(el.args, bty_entry(e, 2), text, sizeof(text));
	assert_string_equal(text, "@11.0.0.0/8 10.0.0.0/8 0 : 65535 7 : 9 0x11/0xff 0x0000/0x0200 deny");
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "@10.0.0.0/8 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00", 4), 0);
	assert_int_equal(classify(&el, TCP("10.0.0.1", "9.9.9.9", 1, 80)), 2);
	assert_int_equal(classify(&el, TCP("10.0.0.2", "9.9.9.9", 1, 80)), 0);
	el_free_tables(&el);
}

/* As ClassBench's files have them: of connections that are there already, and of those that begin. */
static void flags_of_tcp(void **state)
{
	struct header h = *TCP("10.0.0.1", "9.9.9.9", 1, 80);
	struct el el;

	ACL(&el, "@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 65535 0x06/0xff 0x1000/0x1000 1",
	    "@0.0.0.0/0 0.0.0.0/0 0 : 65535 80 : 80 0x06/0xff 0x0000/0x0200 2",
	    "@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 65535 0x11/0xff 0x0200/0x0200 3", "UNMATCHED 4");
	h.flags = 0x12; /* SYN ACK */
	assert_int_equal(classify(&el, &h), 1);
	h.flags = 0x02;
	assert_int_equal(classify(&el, &h), 4);
	h.flags = 0x04;
	assert_int_equal(classify(&el, &h), 2);
	h.dport = 81;
	assert_int_equal(classify(&el, &h), 4);
	h.flags = 0xd0; /* with ECN's */
	assert_int_equal(classify(&el, &h), 1);
	/* a later fragment has none, and UDP has none */
	h.frag = 1;
	assert_int_equal(classify(&el, &h), 4);
	h.frag = 0;
	h.proto = 17;
	assert_int_equal(classify(&el, &h), 3);
	el_free_tables(&el);
}

#define REST " 0.0.0.0/0 0 : 65535 0 : 65535 0x06/0xff"

static void bad_rules(void **state)
{
	EL_REFUSES("ACL", "no rules: expected @SRC", NULL);
	EL_REFUSES("ACL", "expected @SRC/LEN", "10.0.0.0/8" REST);
	EL_REFUSES("ACL", "test.click:2:3", "@10.0.0/8" REST);
	EL_REFUSES("ACL", "bits beyond its prefix length", "@10.0.0.1/8" REST);
	EL_REFUSES("ACL", "prefix length up to 32", "@10.0.0.1/33" REST);
	EL_REFUSES("ACL", "an IPv4 prefix", "@10.0.0.256/32" REST);
	EL_REFUSES("ACL", "ends before it begins", "@10.0.0.0/8 0.0.0.0/0 9 : 8 0 : 65535 0x06/0xff");
	EL_REFUSES("ACL", "range of ports", "@10.0.0.0/8 0.0.0.0/0 9 : 65536 0 : 65535 0x06/0xff");
	EL_REFUSES("ACL", "bits that its mask has not", "@10.0.0.0/8 0.0.0.0/0 0 : 8 0 : 65535 0x07/0x06");
	EL_REFUSES("ACL", "protocol and its mask", "@10.0.0.0/8 0.0.0.0/0 0 : 8 0 : 65535 tcp");
	EL_REFUSES("ACL", "expected allow, deny or an output", "@10.0.0.0/8" REST " 64");
	EL_REFUSES("ACL", "expected allow, deny or an output", "@10.0.0.0/8" REST " maybe");
	EL_REFUSES("ACL", "and nothing more", "@10.0.0.0/8" REST " deny 1");
	EL_REFUSES("ACL", "flags and their mask", "@10.0.0.0/8" REST " 0x10000/0x1");
	EL_REFUSES("ACL", "expected of the flags none but 0x0100 FIN", "@10.0.0.0/8" REST " 0x0010/0x0010");
	EL_REFUSES("ACL", "expected of the flags none but 0x0100 FIN", "@10.0.0.0/8" REST " 0x4000/0x4000");
	EL_REFUSES("ACL", "flags have bits that their mask has not", "@10.0.0.0/8" REST " 0x1000/0x0200");
	EL_REFUSES("ACL", "'drop': expected allow, deny", "@10.0.0.0/8" REST, "UNMATCHED drop");
	EL_REFUSES("ACL", "test.click:4:3: el: ACTION is given twice: expected it once", "ACTION allow",
		   "@10.0.0.0/8" REST, "ACTION deny");
}

/* More than fit in a leaf, and all match the same packets: every source port from one on. */
static void too_many_for_a_place(void **state)
{
	char text[64], *arg[] = { text, NULL };
	FILE *f = fopen(file, "w");
	struct el el;
	int i;

	for (i = 0; i <= ACL_MAX_IN_LEAF; i++)
		fprintf(f, "@0.0.0.0/0 0.0.0.0/0 %d : 60000 %d : 60000 0x06/0xff\n", i, ACL_MAX_IN_LEAF - i);
	fclose(f);
	snprintf(text, sizeof(text), "FILE %s", file);
	assert_true(el_configure(&el, "ACL", 0, (const char *const *)arg) < 0);
	if (!strstr(el.err.msg, "that no field tells apart; at most 32 may"))
		fail_msg("%s", el.err.msg);
}

/* Every source port meets every destination port: rules are multiplied until there is no room, and it is said how much there would have to be. */
static void too_large(void **state)
{
	char text[64], *arg[] = { text, NULL };
	FILE *f = fopen(file, "w");
	struct el el;
	int i;

	for (i = 0; i < 900; i++)
		fprintf(f,
			"@0.0.0.0/0 0.0.0.0/0 %d : %d 0 : 65535 0x06/0xff\n"
			"@0.0.0.0/0 0.0.0.0/0 0 : 65535 %d : %d 0x06/0xff\n",
			20 * i, 20 * i + 9, 20 * i + 3, 20 * i + 12);
	fclose(f);
	snprintf(text, sizeof(text), "FILE %s", file);
	assert_int_equal(el_configure(&el, "ACL", 0, (const char *const *)arg), -EINVAL);
	if (!strstr(el.err.msg,
		    "the tables of 1800 rules would take 9 MiB of nodes and 70 MiB of rules; at most 64 MiB"))
		fail_msg("%s", el.err.msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_match_wins),
		cmocka_unit_test(without_an_action),
		cmocka_unit_test(packets_without_ports),
		cmocka_unit_test(not_ipv4),
		cmocka_unit_test(like_one_after_the_other),
		cmocka_unit_test(nearby_ports),
		cmocka_unit_test(changed_by_hand),
		cmocka_unit_test(bad_rules),
		cmocka_unit_test(flags_of_tcp),
		cmocka_unit_test(too_many_for_a_place),
		cmocka_unit_test(too_large),
	};
	int fd = mkstemp(file), failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(file);
	return failed;
}
