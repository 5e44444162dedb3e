// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every element in the kernel, as a program of its own and fused, against the same element natively: the same frames must give the same verdict, output port,
 * metadata, bytes and drop reason. DIFF_PACKETS: frames for each case (12000); BTY_SEED: another sequence;
 * BTY_CHAIN_ONLY: not fused, for machines where a compiler takes seconds; BTY_CASES: those whose name is like this, as in acl*.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

#include "cases.h"
#include "diff.h"
#include "gen.h"
#include "rig.h"

struct element_case {
	const char *name, *class_name;
	const char *args[BTY_MAX_OUT + 2];
	int connected; /* outputs in use; 0: all */
	enum gen_tunnel prefer;
	int marked; /* what an element before it would have left: colours, devices; the program alone then */
};

/* 8 tests, at other offsets for each n */
#define CLAUSES(n, byte)                                                                                               \
	"!" n "0/" byte " !" n "1/" byte " !" n "2/" byte " !" n "3/" byte " !" n "4/" byte " !" n "5/" byte "%1f !" n \
	"6/" byte "%07 " n "7/" byte "%03"

/* 22 tests */
#define MANY_PORTS(what, n)                                                                                          \
	what " port " n "001-" n "009 or " what " port " n "101 or " what " port " n "201 or " what " port " n       \
	     "301 or " what " port " n "401 or " what " port " n "501 or " what " port " n "601 or " what " port " n \
	     "701 or " what " port 53 or " what " port 80 or " what " port 443"

/* FILE and a path, filled by main(): what needs the large forms of tables; 32 masks; thousands of rules. */
#define ARG 64
static char large_table[ARG], all_tuples[ARG], many_rules[ARG];

static const struct element_case cases[] = {
	{ "acl",
	  "ACL",
	  { "@10.0.0.0/24 0.0.0.0/0 0 : 65535 80 : 80 0x06/0xff 1",
	    "@0.0.0.0/0 192.168.1.0/30 0 : 65535 53 : 443 0x11/0xff 2",
	    "@10.1.2.1/32 10.1.2.0/24 0 : 65535 0 : 65535 0x00/0x00 3",
	    "@10.1.2.2/32 0.0.0.0/0 0 : 65535 0 : 65535 0x01/0xff deny",
	    "@10.1.2.2/32 0.0.0.0/0 1024 : 65535 0 : 65535 0x00/0x00 4",
	    "@172.16.5.0/24 10.0.0.0/8 0 : 65535 0 : 65535 0x00/0x00 5",
	    "@0.0.0.0/0 224.0.0.0/4 0 : 65535 0 : 65535 0x00/0x00 allow",
	    "@0.0.0.0/0 0.0.0.0/0 22 : 22 0 : 65535 0x06/0xff 63",
	    "@0.0.0.0/0 0.0.0.0/0 0 : 65535 5000 : 8080 0x00/0x00 7",
	    "@192.168.0.0/16 0.0.0.0/0 0 : 65535 0 : 65535 0x84/0xff 8",
	    "@192.168.1.3/32 192.168.1.0/24 0 : 65535 0 : 65535 0x00/0x00",
	    "@0.0.0.0/0 10.0.0.0/8 0 : 65535 0 : 65535 0x06/0xff 0x0200/0x1200 11",
	    "@0.0.0.0/0 192.168.0.0/16 0 : 65535 80 : 5000 0x06/0xff 0x1000/0x1000 12",
	    "@10.0.0.0/8 10.0.0.0/8 0 : 65535 0 : 65535 0x00/0x00 9", "UNMATCHED 10" } },
	{ "acl, thousands of rules", "ACL", { many_rules, "UNMATCHED 15" } },
	{ "counter", "Counter", { NULL } },
	{ "discard", "Discard", { NULL } },
	{ "arpresponder",
	  "ARPResponder",
	  { "10.0.0.0/8 02:00:00:00:00:08", "10.1.2.0/24 02:00:00:00:00:18", "10.1.2.3 02:00:00:00:00:20",
	    "192.168.1.1 02:00:00:00:00:21" },
	  0,
	  GEN_NEIGHBOUR },
	{ "arpresponder drops", "ARPResponder", { "0.0.0.0/0 02:00:00:00:00:01" }, 1, GEN_NEIGHBOUR },
	{ "ndpresponder",
	  "NDPResponder",
	  { "2001:db8::/48 02:00:00:00:00:48", "2001:db8::2 02:00:00:00:00:80", "2001:db8:2::/48 02:00:00:00:00:49" },
	  0,
	  GEN_NEIGHBOUR },
	{ "ndpresponder drops", "NDPResponder", { "ROUTER false", "::/0 02:00:00:00:00:01" }, 1, GEN_NEIGHBOUR },
	{ "checkipheader", "CheckIPHeader", { NULL } },
	{ "checkipheader drops", "CheckIPHeader", { NULL }, 1 },
	{ "checkmtu", "CheckMTU", { "100" } },
	{ "checkmtu drops", "CheckMTU", { "1000" }, 1 },
	{ "staticnat out",
	  "StaticNAT",
	  { "OUT", "10.0.0.0/24 192.0.2.0/24", "10.1.2.1 192.0.2.129", "172.16.0.0/16 198.18.0.0/16" } },
	{ "staticnat in drops",
	  "StaticNAT",
	  { "IN", "192.168.1.0/24 10.0.0.0/24", "192.168.1.9 10.0.0.2", "0.0.0.0/1 0.0.0.0/1" },
	  1 },
	{ "mactable", "MACTable", { "02:00:00:00:00:01 1", "00:00:00:00:00:02 0", "FLOOD 2" } },
	{ "decipttl", "DecIPTTL", { NULL } },
	{ "decipttl drops", "DecIPTTL", { NULL }, 1 },
	{ "etherrewrite", "EtherRewrite", { "02:01:02:03:04:05", "02:a1:a2:a3:a4:a5" } },
	{ "bypass", "Bypass", { "100", "1000" } },
	{ "classifier", "Classifier", { "12/0800", "12/86dd 20/06", "12/8100 16/0806", "!12/08?? 14/45", NULL } },
	{ "classifier masks",
	  "Classifier",
	  { "0/0?????", "30/0a%0e 12/0800", "!23/11 !12/0806 14/40%f0", "12/08004500??????????????????06",
	    "100/??01%ff0f", "-" } },
	{ "classifier, many tests",
	  "Classifier",
	  { CLAUSES("1", "00"), CLAUSES("2", "01"), CLAUSES("3", "0a"), CLAUSES("4", "45"), CLAUSES("5", "60"),
	    CLAUSES("6", "11"), CLAUSES("7", "06"), CLAUSES("8", "3a"), CLAUSES("9", "2c"), CLAUSES("10", "40"),
	    CLAUSES("11", "20"), CLAUSES("12", "0d"), CLAUSES("13", "b8"), CLAUSES("14", "c0"), CLAUSES("15", "a8"),
	    CLAUSES("16", "e0") } },
	{ "ipclassifier",
	  "IPClassifier",
	  { "udp dst port 5000", "tcp port 80 or tcp port 443", "icmp or icmp6", "ip6", "arp", "-" } },
	{ "ipclassifier nets",
	  "IPClassifier",
	  { "src net 10.0.0.0/8 and not (dst host 192.168.1.1 or dst net 224.0.0.0/4)",
	    "net 2001:db8:1::/48 and port 1000-6000", "src or dst host 2001:db8::1", "vlan 2", "ip frag or ip6 frag",
	    "sctp src port 22", "vlan and ip proto gre" } },
	{ "ipclassifier, many tests",
	  "IPClassifier",
	  { MANY_PORTS("tcp dst", "1"), MANY_PORTS("udp src", "2"), MANY_PORTS("sctp dst", "3"), MANY_PORTS("dst", "4"),
	    "src net 10.0.0.0/8 or src net 172.16.0.0/12 or src net 192.168.0.0/16 or src net 2001:db8::/32",
	    "dst net 10.0.0.0/8 or dst net 172.16.0.0/12 or dst net 192.168.0.0/16 or dst net 2001:db8::/32", "arp",
	    "icmp", "icmp6", "vlan 1", "vlan 2", "vlan 3", "ip frag", "ip6 frag", "ip6", "-" } },
	{ "iplookup",
	  "IPLookup",
	  { "0.0.0.0/1 10.9.8.7 0", "10.0.0.0/8 1", "10.1.0.0/16 10.1.0.1 2", "10.1.2.0/25 3",
	    "10.1.2.2/32 172.16.0.1 4", "192.168.1.0/24 5", "192.168.1.3/32 63", "2001:db8::/32 7", "2001:db8:1::/48 8",
	    "2001:db8:2::3/128 9" } },
	{ "checkip6header", "CheckIP6Header", { NULL } },
	{ "checkip6header drops", "CheckIP6Header", { NULL }, 1 },
	{ "decip6hlim", "DecIP6HLIM", { NULL } },
	{ "decip6hlim drops", "DecIP6HLIM", { NULL }, 1 },
	{ "dropbroadcasts", "DropBroadcasts", { NULL } },
	{ "etherencap", "EtherEncap", { "0x6558", "02:01:02:03:04:05", "02:a1:a2:a3:a4:a5" } },
	{ "hashswitch", "HashSwitch", { NULL } },
	{ "hashswitch, three outputs", "HashSwitch", { NULL }, 3 },
	{ "icmperror", "ICMPError", { "192.0.2.1", "time-exceeded", "SRC6 2001:db8::1", "RATE 0pps" } },
	{ "icmperror too big",
	  "ICMPError",
	  { "192.0.2.1", "too-big", "MTU 1400", "SRC6 2001:db8::1", "RATE 0pps", "TTL 255" } },
	{ "icmperror as click's", "ICMPError", { "192.0.2.1", "3", "protocol", "SRC6 2001:db8::1", "RATE 0pps" } },
	{ "icmperror, one family", "ICMPError", { "2001:db8::1", "prohibited", "RATE 0pps" } },
	{ "ipchecksum", "IPChecksum", { NULL } },
	{ "l2forward", "L2Forward", { "method echoback" }, .marked = 1 },
	{ "l2forward crossed", "L2Forward", { "method echoback_cross" }, .marked = 1 },
	{ "l2forward two to one", "L2Forward", { "method two_to_one" }, .marked = 1 },
	{ "nba's lookup",
	  "IPlookup",
	  { "0.0.0.0/1 10.9.8.7 0", "10.0.0.0/8 1", "10.1.0.0/16 10.1.0.1 2", "10.1.2.2/32 172.16.0.1 3",
	    "2001:db8::/32 1", "2001:db8:1::/48 2" } },
	{ "tooutput", "ToOutput", { NULL }, .marked = 1 },
	{ "macswap", "MACSwap", { NULL } },
	{ "merge", "Merge", { NULL } },
	{ "packetsizeclassifier", "PacketSizeClassifier", { NULL } },
	{ "packetsizeclassifier, bounds",
	  "PacketSizeClassifier",
	  { "60", "64", "65", "66", "90", "100", "1000", "1500" } },
	{ "pad", "Pad", { "60" } },
	{ "pad as far as there is room", "Pad", { "3520" } },
	{ "pad further than there is room", "Pad", { "3521" } },
	{ "paint", "Paint", { "7" } },
	{ "paintswitch", "PaintSwitch", { NULL }, 2, .marked = 1 },
	{ "greencap", "GREEncap", { "192.0.2.1", "192.0.2.2" } },
	{ "greencap over ipv6, key",
	  "GREEncap",
	  { "2001:db8::1", "2001:db8::2", "KEY 0x12345678", "TTL 3", "DSCP 46" } },
	{ "gredecap", "GREDecap", { NULL }, 0, GEN_GRE },
	{ "gredecap drops", "GREDecap", { "7" }, 1, GEN_GRE },
	{ "gtpuencap", "GTPUEncap", { "0x01020304", "192.0.2.1", "192.0.2.2" } },
	{ "gtpuencap with qfi", "GTPUEncap", { "5", "192.0.2.1", "192.0.2.2", "QFI 9", "UPLINK true", "DSCP 8" } },
	{ "gtpuencap over ipv6", "GTPUEncap", { "5", "2001:db8::1", "2001:db8::2", "PORT 9999", "QFI 63" } },
	{ "gtpudecap", "GTPUDecap", { "PORT 2152" }, 0, GEN_GTPU },
	{ "gtpudecap drops", "GTPUDecap", { "2" }, 1, GEN_GTPU },
	{ "gtpuencaptable",
	  "GTPUEncapTable",
	  { "SRC 192.0.2.1", "10.0.0.1 1 192.0.2.2", "10.1.2.3 0x12345678 192.0.2.3 9", "192.168.1.1 5 192.0.2.4 63",
	    "2001:db8::1 6 192.0.2.5 1", "2001:db8:2::3 7 192.0.2.5" } },
	{ "gtpuencaptable over ipv6",
	  "GTPUEncapTable",
	  { "SRC 2001:db8::1", "10.0.0.1 1 2001:db8::2 5", "UPLINK true" },
	  1 },
	{ "gtpudecaptable", "GTPUDecapTable", { "1", "2 7" }, 0, GEN_GTPU },
	{ "gtpudecaptable drops", "GTPUDecapTable", { "3 255", "PORT 2152" }, 1, GEN_GTPU },
	{ "vxlanencaptable",
	  "VXLANEncapTable",
	  { "SRC 192.0.2.1", "10.0.0.1 1 192.0.2.2", "10.1.2.3 0x123456 192.0.2.3", "192.168.1.1 5 192.0.2.4",
	    "2001:db8::1 6 192.0.2.5", "2001:db8:2::3 7 192.0.2.5" } },
	{ "vxlanencaptable over ipv6", "VXLANEncapTable", { "SRC 2001:db8::1", "10.0.0.1 1 2001:db8::2", "TTL 9" }, 1 },
	{ "vxlandecaptable", "VXLANDecapTable", { "1", "2 7" }, 0, GEN_VXLAN },
	{ "vxlandecaptable drops", "VXLANDecapTable", { "2 255", "PORT 4789" }, 1, GEN_VXLAN },
	{ "vxlanencap", "VXLANEncap", { "0xabcdef", "192.0.2.1", "192.0.2.2" } },
	{ "vxlanencap over ipv6", "VXLANEncap", { "1", "2001:db8::1", "2001:db8::2", "TTL 255" } },
	{ "vxlandecap", "VXLANDecap", { "PORT 4789" }, 0, GEN_VXLAN },
	{ "vxlandecap drops", "VXLANDecap", { "2" }, 1, GEN_VXLAN },
	{ "vlanpop", "VLANPop", { NULL } },
	{ "vlanpop, one output", "VLANPop", { NULL }, 1 },
	{ "vlanpush", "VLANPush", { "2", "5" } },
	{ "vlanpush service tag", "VLANPush", { "4095", "TPID 0x88a8" } },
	{ "vlansplit", "VLANSplit", { "1", "0", "2-3", "500-4094", "untagged" } },
	{ "vlansplit with a rest", "VLANSplit", { "2", "-" } },
	{ "iplookup, IPv6 paths",
	  "IPLookup",
	  { "::/1 fe80::1 0", "8000::/1 fe80::2 1", "2001:db8::/32 2001:db8::9 2", "2001:db8::/127 3",
	    "2001:db8::2/128 4", "2001:db8::3/128 fe80::3 5", "2001:db8:1::/128 6", "2001:db8:1::/96 7",
	    "2001:db8:1::2/127 fe80::2 8", "2001:db8:2::/47 9", "2001:db8:2::1/128 10", "2001:db8:2:8000::/49 11",
	    "224.0.0.0/4 192.0.2.1 12" } },
	{ "exactmatch", "ExactMatch", { "FIELDS l4.dport", "DEFAULT 9", "80 0", "443 1", "5000 2", "22 63", "0 4" } },
	{ "exactmatch, two fields",
	  "ExactMatch",
	  { "FIELDS ip.dst ip.proto", "10.0.0.1 6 0", "10.0.0.2 17 1", "10.1.2.0 17 2", "10.1.2.3 6 3",
	    "192.168.1.1 6 4", "172.16.5.2 17 5", "224.0.0.0 132 6", "10.0.0.3 6 7" } },
	{ "exactmatch, long key",
	  "ExactMatch",
	  { "FIELDS ip6.dst eth.type 12/2 ip.proto", "2001:db8::1 86dd 86dd 6 0", "2001:db8:1::2 86dd 86dd 17 1",
	    "2001:db8:1::2 86dd 8100 17 2", "2001:db8:2::3 86dd 86dd 58 3", "2001:db8:2::1 86dd 88a8 6 4",
	    "2001:db8::2 86dd 86dd 132 5", "2001:db8:1::1 86dd 86dd 17 6" } },
	{ "wildcardmatch",
	  "WildcardMatch",
	  { "FIELDS ip.src ip.dst l4.dport", "10.0.0.0/8 * * 10 0", "* 10.1.0.0/16 * 10 1", "* * 80 20 2",
	    "* * 0%1 5 3", "10.0.0.0/8 10.0.0.0/8 443 30 4", "192.168.1.1 * * 20 5", "* * * 0 6" } },
	{ "wildcardmatch, long key",
	  "WildcardMatch",
	  { "FIELDS ip6.dst eth.type vlan.id 20/3 ip.tos l4.sport", "2001:db8::/32 * * * * * 10 0",
	    "2001:db8:1::/48 86dd * * * * 10 1", "* 0800 1 * * * 9 2", "* * * 000000%0f0000 * * 3 3",
	    "* * * * 0%3 80 4 4", "::/1 86dd 0%1 * * * 10 5", "* 0806 * * * * 65535 6" } },
	{ "wildcardmatch, all tuples", "WildcardMatch", { "FIELDS ip6.src ip.dst l4.dport ip.proto", all_tuples } },
	{ "iplookup, large tables", "IPLookup", { large_table } },
};

#define NCASES (sizeof(cases) / sizeof(cases[0]))

static void print_bytes(const char *what, const void *bytes, unsigned int len)
{
	const uint8_t *b = bytes;
	unsigned int i;

	print_error("%s:", what);
	for (i = 0; i < len && i < 160; i++)
		print_error("%s%02x", i % 32 ? "" : "\n\t", b[i]);
	print_error("\n");
}

/* Compares one frame with what became of it natively. */
static void compare(const struct rig *r, const struct element_case *c, const uint8_t *frame, unsigned int len,
		    const struct rig_result *native)
{
	static struct rig_result bpf;

	assert_int_equal(rig_run_bpf(r, frame, len, &bpf), 0);
	if (bpf.port == native->port && bpf.port < 0 && r->fused)
		return;
	if (bpf.port == native->port && bpf.len == native->len &&
	    !memcmp(&bpf.out, &native->out, sizeof(bpf.out.meta) + bpf.len))
		return;
	print_error("%s: %u bytes; natively port %d, %u bytes, in the kernel%s port %d, %u bytes\n", c->name, len,
		    native->port, native->len, r->fused ? ", fused," : "", bpf.port, bpf.len);
	print_bytes("frame", frame, len);
	print_bytes("natively metadata and frame", &native->out, sizeof(native->out.meta) + native->len);
	print_bytes("in the kernel", &bpf.out, sizeof(bpf.out.meta) + bpf.len);
	fail();
}

static struct rig rig, fused;

static int unload(void **state)
{
	rig_unload(&rig);
	rig_unload(&fused);
	return 0;
}

static void assert_drops(const struct rig *r, const uint64_t want[BTY_DROP_MAX])
{
	uint64_t drops[BTY_DROP_MAX] = { 0 };

	rig_drops(r, drops);
	assert_memory_equal(drops, want, sizeof(drops));
}

static void mark(struct gen *g, struct bty_meta *m)
{
	m->in = gen_below(g, 4);
	m->out = gen_below(g, 7);
	m->paint = gen_chance(g, 80) ? gen_below(g, 4) : gen_below(g, 256);
}

static void run_case(void **state)
{
	const struct element_case *c = *state;
	const struct bty_class *cls = bty_class_find(c->class_name);
	struct gen g = { .seed = 0x9e3779b97f4a7c15ULL, .min = 14, .mutate_percent = 40, .prefer = c->prefer };
	unsigned long n, total = diff_packets(12000), ports[BTY_MAX_OUT] = { 0 };
	uint64_t drops[BTY_DROP_MAX] = { 0 };
	static uint8_t frame[GEN_MAX + 2048];
	static struct rig_result native;
	struct bty_err err = { 0 };
	struct rig *r = &rig;
	int verdict, i, len;

	if (getenv("BTY_SEED"))
		g.seed = strtoull(getenv("BTY_SEED"), NULL, 0) | 1;
	fused.fused = !getenv("BTY_CHAIN_ONLY") && !c->marked;
	r->marked = c->marked;
	if (rig_configure(r, cls, c->args, c->connected, &err) || rig_load(r, cls, &err))
		fail_msg("%s: %s", c->name, err.msg);
	if (fused.fused && (rig_configure(&fused, cls, c->args, c->connected, &err) || rig_load(&fused, cls, &err)))
		fail_msg("%s, fused: %s", c->name, err.msg);
	for (n = 0; n < total; n++) {
		len = gen_frame(&g, frame);
		mark(&g, &r->marks);
		verdict = rig_run_native(r, frame, len, &native);
		compare(r, c, frame, len, &native);
		if (fused.fused)
			compare(&fused, c, frame, len, &native);
		if (verdict < 0)
			drops[-verdict]++;
		else
			ports[verdict]++;
	}
	assert_drops(r, drops);
	print_message("%-24s %llu instructions verified", c->name, (unsigned long long)r->dp->insns);
	if (fused.fused) {
		assert_drops(&fused, drops);
		print_message(", %llu fused", (unsigned long long)fused.dp->insns);
	}
	for (i = 0; i < BTY_MAX_OUT; i++)
		if (ports[i])
			print_message(" out %d: %lu", i, ports[i]);
	for (i = 0; i < BTY_DROP_MAX; i++)
		if (drops[i])
			print_message(" %s: %llu", bty_drop_name(i), (unsigned long long)drops[i]);
	print_message("\n");
}

/* Random numbers differ, so the shares are compared with the weights. */
static void randomsplit_shares(void **state)
{
	static const char *const weights[] = { "1", "0", "2", "5", NULL };
	static const unsigned int percent[] = { 12, 0, 25, 62 };
	const struct bty_class *cls = bty_class_find("RandomSplit");
	unsigned int n[BTY_MAX_OUT] = { 0 }, i;
	static struct rig_result res;
	uint8_t frame[64] = { 0 };
	struct bty_err err = { 0 };

	if (rig_configure(&rig, cls, weights, 0, &err) || rig_load(&rig, cls, &err))
		fail_msg("%s", err.msg);
	for (i = 0; i < 20000; i++) {
		assert_int_equal(rig_run_bpf(&rig, frame, sizeof(frame), &res), 0);
		assert_in_range(res.port, 0, 3);
		n[res.port]++;
	}
	/* five standard deviations are 345 packets, and percentages are rounded down */
	for (i = 0; i < 4; i++)
		assert_in_range(n[i], percent[i] ? percent[i] * 200 - 350 : 0, percent[i] ? percent[i] * 200 + 450 : 0);
}

/* Writes to a new file; arg: the argument that names it. */
static FILE *open_file(char arg[ARG])
{
	char path[] = "/tmp/bty_table_XXXXXX";
	int fd = mkstemp(path);

	snprintf(arg, ARG, "FILE %s", path);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

/* Both first tables at their largest, and routes for the networks that gen.h likes. */
static int write_large_table(void)
{
	FILE *f = open_file(large_table);
	int i;

	if (!f)
		return -errno;
	for (i = 0; i < 33000; i++)
		fprintf(f, "10.%d.%d.%d/%d 10.0.0.%d %d\n", i >> 8, i & 255, i & 2, 31 + (i & 1), i % 200, i % 16);
	for (i = 0; i < 40000; i++)
		fprintf(f, "%x:%x:%x::/48 fe80::%x %d\n", 0x2000 + i % 7, i, i & 15, i % 100, i % 16);
	for (i = 0; i < 12; i++)
		fprintf(f, "2001:db8:%x::%x/128 %d\n", i % 3, i / 3, i);
	for (i = 0; i < 9; i++)
		fprintf(f, "192.168.1.%d/32 192.0.2.%d %d\n172.16.5.%d/32 %d\n", i, i, i, i / 3, i);
	fprintf(f, "0.0.0.0/2 1\n128.0.0.0/1 2\n::/2 3\n8000::/1 4\n");
	return fclose(f) ? -errno : 0;
}

static int write_all_tuples(void)
{
	FILE *f = open_file(all_tuples);
	int i;

	if (!f)
		return -errno;
	for (i = 1; i <= 16; i++)
		fprintf(f, "* 10.0.0.0/%d 80 * %d %d\n* 0.0.0.0/%d * 6 %d %d\n", 8 + i, i, i % 16, i, 20 - i, i % 8);
	return fclose(f) ? -errno : 0;
}

/* For every two hosts that gen.h likes and some of its ports; for their networks; and thousands for others. */
static int write_many_rules(void)
{
	static const char *const net[] = { "10.0.0", "10.1.2", "192.168.1", "172.16.5", "224.0.0" };
	static const unsigned int port[] = { 22, 53, 80, 443, 1023, 5000 };
	static const char *const action[] = {
		"allow", "1", "2", "3", "4", "5", "6", "7", "8", "9", "40", "63", "deny"
	};
	FILE *f = open_file(many_rules);
	unsigned int i;

	if (!f)
		return -errno;
	for (i = 0; i < 2400; i++)
		fprintf(f, "@%s.%u/32 %s.%u/32 0 : %u %u : %u %s 0x0000/0x%s %s\n", net[i % 5], i / 5 % 4,
			net[i / 20 % 5], i / 100 % 4, i % 7 ? 65535 : 1023, port[i / 400], port[i / 400] + i % 3,
			i % 3 ? "0x06/0xff" : "0x11/0xff", i % 11 ? "0000" : "0200", action[i * 7 % 13]);
	for (i = 0; i < 5000; i++)
		fprintf(f, "@%u.%u.%u.0/24 %u.0.0.0/%u 0 : 65535 %u : 65535 0x06/0xff 0x0000/0x0000 deny\n", i % 223,
			i / 223, i % 256, i % 7 * 32, 3 + i % 2, i % 9 ? 0 : 1024);
	for (i = 0; i < 25; i++)
		fprintf(f, "@%s.0/24 %s.0/%u 0 : 65535 0 : 65535 0x%02x/0xff 0x0000/0x0000 %u\n", net[i % 5],
			net[i / 5], 24 + i % 8, i % 3 ? 6 : 132, i % 14);
	fprintf(f, "@0.0.0.0/0 128.0.0.0/1 0 : 65535 0 : 65535 0x11/0xff 14\n");
	return fclose(f) ? -errno : 0;
}

int main(void)
{
	struct CMUnitTest tests[NCASES + 1];
	size_t i;
	int ret;

	if (write_large_table() || write_all_tuples() || write_many_rules())
		return 1;

	for (i = 0; i < NCASES; i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].name,
						.test_func = run_case,
						.teardown_func = unload,
						.initial_state = (void *)&cases[i] };
	tests[NCASES] =
		(struct CMUnitTest){ .name = "randomsplit", .test_func = randomsplit_shares, .teardown_func = unload };
	ret = run_cases("bpf_native", tests, NCASES + 1);
	unlink(large_table + strlen("FILE "));
	unlink(all_tuples + strlen("FILE "));
	unlink(many_rules + strlen("FILE "));
	return ret;
}
