// SPDX-License-Identifier: GPL-2.0-or-later
/* IPClassifier: fixtures, random expressions against an interpreter over an independent parser, errors. */
#include <arpa/inet.h>

#include "el.h"

#define NO_MATCH (-(int)BTY_DROP_NO_MATCH)
#define MACS	 "020000000002 020000000001"

static const char *const frames[] = {
	"udp",
	MACS "0800 4500001c 00004000 4011 0000 0a000001 0a010002 1388 0035 0008 0000",
	"tcp",
	MACS "0800 45000028 00004000 4006 0000 c0a80101 0a000001 0050 01bb 00000000 00000000 5002 ffff 0000 0000",
	"tcp with options",
	MACS "0800 4600002c 00004000 4006 0000 c0a80101 0a000001 01010101 0050 01bb 00000000 00000000 5002"
	     "ffff 0000 0000",
	"vlan udp",
	MACS "8100 6005 0800 4500001c 00004000 4011 0000 0a000001 0a010002 1388 0035 0008 0000",
	"qinq tcp",
	MACS "88a8 0007 8100 0005 0800 45000028 00004000 4006 0000 c0a80101 0a000001 0050 01bb 00000000 00000000"
	     "5002 ffff 0000 0000",
	"vlan arp",
	MACS "8100 0005 0806 0001 0800 0604 0001",
	"arp",
	MACS "0806 0001 0800 0604 0001",
	"icmp",
	MACS "0800 4500001c 00004000 4001 0000 0a000001 0a010002 0800 0000 1388 0035",
	"first fragment",
	MACS "0800 4500001c 00002000 4011 0000 0a000001 0a010002 1388 0035 0008 0000",
	"later fragment",
	MACS "0800 4500001c 00000001 4011 0000 0a000001 0a010002 1388 0035 0008 0000",
	"cut udp",
	MACS "0800 4500001c 00004000 4011 0000 0a000001 0a010002 1388 0035 0008 00",
	"udp6",
	MACS "86dd 60000000 0008 11 40 20010db8000000000000000000000001 20010db8000100000000000000000002 1388 0035 0008"
	     "0000",
	"icmp6",
	MACS "86dd 60000000 0008 3a 40 fe800000000000000000000000000001 ff020000000000000000000000000001 8700 0000"
	     "0035 1388",
	"later fragment6",
	MACS "86dd 60000000 0010 2c 40 20010db8000000000000000000000001 20010db8000100000000000000000002"
	     "1100 0008 00000001 1388 0035 0008 0000",
	"gre",
	MACS "0800 4500001c 00004000 402f 0000 0a000001 0a010002 0000 0800 1388 0035",
	"runt",
	MACS "0800 4500001c",
};

#define NFRAMES (sizeof(frames) / sizeof(frames[0]) / 2)

/* expression, and the frames for which it holds, each followed by a comma */
static const char *const fixtures[][2] = {
	{ "-", "udp,tcp,tcp with options,vlan udp,qinq tcp,vlan arp,arp,icmp,first fragment,later fragment,cut "
	       "udp,udp6,icmp6,"
	       "later fragment6,gre,runt," },
	{ "none", "" },
	{ "udp", "udp,vlan udp,first fragment,later fragment,cut udp,udp6,later fragment6," },
	{ "udp port 53", "udp,vlan udp,first fragment,udp6," },
	{ "port 53", "udp,vlan udp,first fragment,udp6," },
	{ "udp and src port 53", "" },
	{ "dst port 50-60", "udp,vlan udp,first fragment,udp6," },
	{ "dst port 54-60", "" },
	{ "src and dst port 1-5000", "udp,tcp,tcp with options,vlan udp,qinq tcp,first fragment,udp6," },
	{ "tcp dst port 443", "tcp,tcp with options,qinq tcp," },
	{ "arp", "vlan arp,arp," },
	{ "vlan", "vlan udp,qinq tcp,vlan arp," },
	{ "vlan 5", "vlan udp,vlan arp," },
	{ "vlan 7 and tcp", "qinq tcp," },
	{ "not vlan and arp", "arp," },
	{ "not (vlan and arp) and arp", "arp," },
	{ "icmp", "icmp," },
	{ "icmp6", "icmp6," },
	{ "icmp or icmp6 and port 53", "icmp," },
	{ "ip proto gre", "gre," },
	{ "ip proto 47", "gre," },
	{ "proto 17 and ip6", "udp6,later fragment6," },
	{ "ip6 proto udp", "udp6,later fragment6," },
	{ "ip proto 0", "" },
	{ "proto 0", "" },
	{ "ip frag", "first fragment,later fragment," },
	{ "ip6 frag", "later fragment6," },
	{ "ip unfrag and udp", "udp,vlan udp,cut udp," },
	{ "host 10.1.0.2", "udp,vlan udp,icmp,first fragment,later fragment,cut udp,gre," },
	{ "src host 10.1.0.2", "" },
	{ "src or dst host 10.0.0.1 and tcp", "tcp,tcp with options,qinq tcp," },
	{ "src 192.168.1.1", "tcp,tcp with options,qinq tcp," },
	{ "net 192.168.0.0/16", "tcp,tcp with options,qinq tcp," },
	{ "ip6 and net ::/0", "udp6,icmp6,later fragment6," },
	{ "dst net 2001:db8:1::/48", "udp6,later fragment6," },
	{ "src host fe80::1", "icmp6," },
	{ "dst net ff00::/8", "icmp6," },
	{ "ip and not udp and not tcp and not proto icmp", "gre," },
	{ "!ip && !ip6 && !arp", "runt," },
	{ "( udp||tcp )&&!(vlan)and(net 10.0.0.0/8)",
	  "udp,tcp,tcp with options,first fragment,later fragment,cut udp," },
};

static void holds_where_it_should(void **state)
{
	static uint8_t frame[256];
	char holds[512];
	size_t i, f;
	struct el el;

	for (i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++) {
		if (EL_CONFIGURE(&el, "IPClassifier", fixtures[i][0]))
			fail_msg("%s", el.err.msg);
		for (f = 0, *holds = 0; f < NFRAMES; f++)
			if (!el_push_copy(&el, frame, el_hex(frames[2 * f + 1], frame)))
				sprintf(holds + strlen(holds), "%s,", frames[2 * f]);
		if (strcmp(holds, fixtures[i][1]))
			fail_msg("%s: holds for %s\nexpected %s", fixtures[i][0], holds, fixtures[i][1]);
	}
}

/* A random expression: its text, and what it says about a frame. */
enum kind {
	ALL,
	NONE,
	IP,
	IP6,
	ARP,
	PROTO,
	IP_PROTO,
	FRAG,
	VLAN,
	VLAN_ID,
	HOST,
	NET,
	PORT,
	NKINDS,
	NOT = NKINDS,
	AND,
	OR
};

struct expr {
	enum kind kind;
	int left, right;
	int dir; /* 0 src, 1 dst, 2 or, 3 and */
	unsigned int a, b;
	int v6;
	uint8_t addr[16];
};

struct maker {
	struct gen g;
	struct expr e[64];
	int n;
	char text[4096];
};

static void say(struct maker *m, const char *fmt, ...)
{
	size_t n = strlen(m->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->text + n, sizeof(m->text) - n, fmt, ap);
	va_end(ap);
}

static void make_addr(struct maker *m, struct expr *e)
{
	char buf[64];
	unsigned int i;

	e->v6 = gen_chance(&m->g, 40);
	if (e->v6)
		gen_ipv6_addr(&m->g, e->addr);
	else
		gen_ipv4_addr(&m->g, e->addr);
	e->a = e->v6 ? 128 : 32;
	if (e->kind == NET)
		e->a = gen_below(&m->g, e->a + 1);
	for (i = e->a; i < 128; i++)
		e->addr[i / 8] &= ~(0x80 >> i % 8);
	inet_ntop(e->v6 ? AF_INET6 : AF_INET, e->addr, buf, sizeof(buf));
	say(m, e->kind == NET ? "net %s/%u" : "host %s", buf, e->a);
}

static void make_primitive(struct maker *m, struct expr *e)
{
	static const char *const names[] = { "all",    "none",	    "ip", "ip6",  "arp",
					     "proto ", "ip proto ", "",	  "vlan", "vlan " };
	static const char *const dirs[] = { "src ", "dst ", "src or dst ", "dst and src " };
	static const char *const protos[] = { "tcp", "udp", "sctp", "6" };
	static const uint8_t numbers[] = { 6, 17, 132, 6 };
	struct gen *g = &m->g;

	e->kind = gen_below(g, NKINDS);
	if (e->kind <= VLAN_ID)
		say(m, "%s", names[e->kind]);
	e->dir = gen_below(g, 4);
	if (e->kind >= HOST)
		say(m, "%s", e->dir == 2 && gen_chance(g, 50) ? "" : dirs[e->dir]);
	switch (e->kind) {
	case PROTO:
	case IP_PROTO:
		e->a = gen_below(g, 4);
		say(m, "%s", protos[e->a]);
		e->a = numbers[e->a];
		break;
	case FRAG:
		e->v6 = gen_below(g, 2);
		e->a = gen_below(g, 2);
		say(m, "ip%s %sfrag", e->v6 ? "6" : "", e->a ? "un" : "");
		break;
	case VLAN_ID:
		e->a = gen_below(g, 4);
		say(m, "%u", e->a);
		break;
	case HOST:
	case NET:
		make_addr(m, e);
		break;
	case PORT:
		e->a = gen_port(g);
		e->b = gen_chance(g, 50) ? e->a : e->a + gen_below(g, 65536 - e->a);
		say(m, e->a == e->b ? "port %u" : "port %u-%u", e->a, e->b);
		break;
	default:
		break;
	}
}

static int make(struct maker *m, int depth)
{
	struct gen *g = &m->g;
	int i = m->n++;
	struct expr *e = &m->e[i];

	memset(e, 0, sizeof(*e));
	if (!depth || gen_chance(g, 30)) {
		make_primitive(m, e);
		return i;
	}
	e->kind = NOT + gen_below(g, 3);
	if (e->kind == NOT) {
		say(m, "%s(", gen_chance(g, 50) ? "not " : "!");
		e->left = make(m, depth - 1);
		say(m, ")");
		return i;
	}
	say(m, "(");
	e->left = make(m, depth - 1);
	say(m, e->kind == AND ? gen_chance(g, 50) ? ") and (" : ")&&(" : gen_chance(g, 50) ? ") or (" : ")||(");
	e->right = make(m, depth - 1);
	say(m, ")");
	return i;
}

static int in_net(const struct expr *e, const uint8_t *addr)
{
	unsigned int i;

	for (i = 0; i < e->a; i++)
		if ((addr[i / 8] ^ e->addr[i / 8]) & (0x80 >> i % 8))
			return 0;
	return 1;
}

static int directed(int dir, int src, int dst)
{
	return dir == 0 ? src : dir == 1 ? dst : dir == 2 ? src || dst : src && dst;
}

static int evaluate(const struct maker *m, int i, const struct ref *r, const uint8_t *f)
{
	const struct expr *e = &m->e[i];
	const uint8_t *src = f + r->l3 + (r->version == 4 ? 12 : 8), *dst = src + (r->version == 4 ? 4 : 16);

	switch (e->kind) {
	case ALL:
		return 1;
	case NONE:
		return 0;
	case IP:
		return r->version == 4;
	case IP6:
		return r->version == 6;
	case ARP:
		return r->type == 0x0806;
	case PROTO:
		return r->proto == (int)e->a;
	case IP_PROTO:
		return r->version == 4 && r->proto == (int)e->a;
	case FRAG:
		return r->version == (e->v6 ? 6 : 4) && (!r->frag) == (int)e->a;
	case VLAN:
		return r->tags > 0;
	case VLAN_ID:
		return r->tags > 0 && r->tci % 4096 == (int)e->a;
	case HOST:
	case NET:
		return r->version == (e->v6 ? 6 : 4) && directed(e->dir, in_net(e, src), in_net(e, dst));
	case PORT:
		return r->sport >= 0 && directed(e->dir, r->sport >= (int)e->a && r->sport <= (int)e->b,
						 r->dport >= (int)e->a && r->dport <= (int)e->b);
	case NOT:
		return !evaluate(m, e->left, r, f);
	case AND:
		return evaluate(m, e->left, r, f) && evaluate(m, e->right, r, f);
	default:
		return evaluate(m, e->left, r, f) || evaluate(m, e->right, r, f);
	}
}

static void random_expressions(void **state)
{
	static struct maker m[4];
	static uint8_t frame[GEN_MAX + 2048];
	unsigned int len, used[5] = { 0 };
	int round, i, k, want;
	struct gen g = { .seed = 0x99, .mutate_percent = 30 };
	struct ref r;
	struct el el;

	for (round = 0; round < 5000; round++) {
		for (i = 0; i < 4; i++) {
			m[i].g.seed = round * 4 + i + 0x1000001;
			m[i].n = m[i].text[0] = 0;
			make(&m[i], 1 + round % 3);
		}
		if (EL_CONFIGURE(&el, "IPClassifier", m[0].text, m[1].text, m[2].text, m[3].text))
			fail_msg("%s", el.err.msg);
		for (k = 0; k < 60; k++) {
			len = gen_frame(&g, frame);
			r = ref_parse(frame, len);
			for (want = 0; want < 4 && !evaluate(&m[want], 0, &r, frame); want++)
				;
			used[want]++;
			if (el_push_copy(&el, frame, len) != (want < 4 ? want : NO_MATCH))
				fail_msg("%s\n%s\n%s\n%s\nexpected output %d", m[0].text, m[1].text, m[2].text,
					 m[3].text, want);
		}
	}
	for (i = 0; i < 5; i++)
		assert_true(used[i] > 1000);
}

static void errors(void **state)
{
	char text[8192] = "", deep[512] = "";
	int i;

	EL_REFUSES("IPClassifier", "expected an expression for each output", NULL);
	EL_REFUSES("IPClassifier", "test.click:3:3: el: empty expression", "-", "  ");
	EL_REFUSES("IPClassifier", "'upd' (character 9 of the expression): expected ip, ip6, arp", "tcp and upd");
	EL_REFUSES("IPClassifier", "'upd' (character 1 of the expression): expected ip, ip6, arp", "upd");
	EL_REFUSES("IPClassifier", "'udp' (character 5 of the expression): expected and, or,", "tcp udp");
	EL_REFUSES("IPClassifier", "the expression ends where", "tcp and");
	EL_REFUSES("IPClassifier", "the expression ends where and, or, or a closing parenthesis was expected", "(tcp");
	EL_REFUSES("IPClassifier", "')' (character 4 of the expression): expected and, or, or the end", "tcp)");
	EL_REFUSES("IPClassifier", "a port N or a range N-M", "port http");
	EL_REFUSES("IPClassifier", "a port N or a range N-M", "port 65536");
	EL_REFUSES("IPClassifier", "a port N or a range N-M", "port 20-10");
	EL_REFUSES("IPClassifier", "an IPv4 or IPv6 address", "host 10.0.0");
	EL_REFUSES("IPClassifier", "an IPv4 or IPv6 address", "host 10.0.0.0/8");
	EL_REFUSES("IPClassifier", "ADDRESS/LEN", "net 10.0.0.0");
	EL_REFUSES("IPClassifier", "prefix length up to 32", "net 10.0.0.0/33");
	EL_REFUSES("IPClassifier", "prefix length up to 128", "net 2001:db8::/129");
	EL_REFUSES("IPClassifier", "without bits beyond its prefix length", "net 10.0.0.1/8");
	EL_REFUSES("IPClassifier", "expected host, net or port", "src tcp");
	EL_REFUSES("IPClassifier", "expected dst", "src or host 10.0.0.1");
	EL_REFUSES("IPClassifier", "an IP protocol", "ip proto 256");
	EL_REFUSES("IPClassifier", "a VLAN ID up to 4095", "vlan 4096");
	EL_REFUSES("IPClassifier", "'&' (character 5", "tcp & udp");
	for (i = 0; i < 100; i++)
		strcat(deep, "(");
	EL_REFUSES("IPClassifier", "more than 64 nested", deep);
	el_refuses_many("IPClassifier", "65 expressions; an element has at most 64", "-");
	for (i = 0; i < 130; i++)
		sprintf(text + strlen(text), "%sdst port %d", i ? " or " : "", i);
	EL_REFUSES("IPClassifier", "more than 128 tests", text);
	for (*text = 0, i = 0; i < 600; i++)
		strcat(text, i ? " or tcp" : "tcp");
	EL_REFUSES("IPClassifier", "more than 1024 terms", text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_where_it_should),
		cmocka_unit_test(random_expressions),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
