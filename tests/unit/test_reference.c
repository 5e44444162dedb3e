// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Elements on generated and mutated frames against models of their own, written from the RFCs: verdict, output and bytes.
 * DIFF_PACKETS: frames for each (30000). Elements that have such a model beside their other tests: see tests/README.md.
 */
#include "el.h"
#include "tests/packets/answerref.h"
#include "tests/packets/diff.h"

struct model {
	const char *name, *class_name;
	const char *args[12];
	int nout;
	enum gen_tunnel prefer;
	/* The output, or minus a drop reason; what leaves is in e, where it is the frame as it came. */
	int (*expect)(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e);
	const struct bty_device_info *devices; /* NULL: five */
};

static int unchanged(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	return 0;
}

static int discarded(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	return DROP(DISCARD);
}

static int painted(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	return el->meta.paint == 7 ? 0 : -1;
}

static int rewritten(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	if (len < 14)
		return DROP(RUNT);
	memcpy(e->bytes, "\2\xa1\xa2\xa3\xa4\xa5\2\1\2\3\4\5", 12);
	return 0;
}

static int by_size(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	return (len >= 60) + (len >= 64) + (len >= 65) + (len >= 66) + (len >= 90) + (len >= 1500);
}

static int by_vlan(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	struct ref r = ref_parse(f, len);
	int id = r.tci % 4096;

	if (!r.tags)
		return 3;
	return id == 1 ? 0 : id >= 2 && id <= 3 ? 1 : id >= 500 && id <= 3000 ? 2 : DROP(NO_MATCH);
}

static int by_mtu(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	int end = naive_end(f, len), l3 = ref_parse(f, len).l3;

	return (end < 0 ? (int)len : end) - (l3 ? l3 : 14) > 100;
}

/* --- devices: five, of which three have an output */

static const uint8_t macs[5][6] = {
	{ 2, 0, 0, 0, 1 }, { 2, 0, 0, 0, 2 }, { 2, 0, 0, 0, 3 }, { 2, 0, 0, 0, 4 }, { 2, 0, 0, 0, 5 }
};
static const struct bty_device_info five = { .ndev = 5, .nout = 3, .out_dev = { 2, 0, 3 }, .mac = macs };
static const struct bty_device_info nameless = { .ndev = 5, .nout = 3, .out_dev = { 2, 0, 3 } };

/* A unicast frame leaves for that device. */
static int leaves_for(int device, const struct el *el, const uint8_t *f, unsigned int len)
{
	if (len < 14)
		return DROP(RUNT);
	return f[0] & 1 ? DROP(BROADCAST) : el->meta.out == device + 1 ? 0 : -1;
}

/* The last of five has no other in its pair. */
static int to_the_other(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	static const int other[] = { 1, 0, 3, 2, 4 };

	return leaves_for(other[el->left.in], el, f, len);
}

static int across(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	static const int opposite[] = { 2, 3, 4, 0, 1 };

	return leaves_for(opposite[el->left.in], el, f, len);
}

static int to_the_first(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	static const int first[] = { 0, 0, 2, 2, 4 };

	return leaves_for(first[el->left.in], el, f, len);
}

/* What is dropped takes no turn. */
static int in_turn(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	static int turn;
	int v = leaves_for(turn, el, f, len);

	if (len >= 14 && !(f[0] & 1))
		turn = turn == 4 ? 0 : turn + 1;
	return v;
}

/* Here each batch has one packet, and begins with the second device; also one that is dropped. */
static int batch_in_turn(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	static int turn;

	turn = turn == 4 ? 0 : turn + 1;
	return leaves_for(turn, el, f, len);
}

static int sent(const uint8_t (*mac)[6], const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	int out = el->left.out == 3 ? 0 : el->left.out == 1 ? 1 : el->left.out == 4 ? 2 : DROP(NO_ROUTE);

	if (out < 0)
		return out;
	if (len < 14)
		return DROP(RUNT);
	memcpy(e->bytes, f + 6, 6);
	memcpy(e->bytes + 6, mac ? mac[el->left.out - 1] : f, 6);
	return out;
}

static int sent_from_a_device(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	return sent(macs, el, f, len, e);
}

static int sent_back(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	return sent(NULL, el, f, len, e);
}

/* --- routes */

static const struct known routes4[] = {
	{ { 0 }, 1, { 0 } },
	{ { 10 }, 8, { 1 } },
	{ { 10, 1 }, 16, { 2 } },
	{ { 10, 1, 2 }, 25, { 3 } },
	{ { 10, 1, 2, 2 }, 32, { 0 } },
	{ { 192, 168, 1 }, 24, { 1 } },
	{ { 192, 168, 1, 2 }, 31, { 2 } },
};

static const struct known routes6[] = {
	{ { 0x20, 1, 0xd, 0xb8 }, 32, { 3 } },
	{ { 0x20, 1, 0xd, 0xb8, 0, 1 }, 48, { 0 } },
	{ { 0x20, 1, 0xd, 0xb8, 0, 2, [15] = 3 }, 128, { 1 } },
};

#define ROUTES                                                                                                \
	"0.0.0.0/1 0", "10.0.0.0/8 1", "10.1.0.0/16 2", "10.1.2.0/25 3", "10.1.2.2/32 0", "192.168.1.0/24 1", \
		"192.168.1.2/31 2", "2001:db8::/32 3", "2001:db8:1::/48 0", "2001:db8:2::3/128 1"

static int route_of(const uint8_t *f, unsigned int len)
{
	struct ref r = ref_parse(f, len);
	const struct known *k;

	if (!r.version)
		return DROP(NOT_IP);
	k = r.version == 4 ? longest(routes4, 7, f + r.l3 + 16) : longest(routes6, 3, f + r.l3 + 24);
	return k ? k->value[0] : DROP(NO_ROUTE);
}

static int routed(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	return route_of(f, len);
}

static int routed_by_nba(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	int device = route_of(f, len);

	return device < 0 ? device : el->meta.out == device + 1 ? 0 : -1;
}

/* --- what answers, and what is translated */

static const struct known neighbours4[] = {
	{ { 10 }, 8, { 2, 0, 0, 0, 0, 8 } },
	{ { 10, 1, 2 }, 24, { 2, 0, 0, 0, 0, 0x18 } },
	{ { 10, 1, 2, 3 }, 32, { 2, 0, 0, 0, 0, 0x20 } },
	{ { 192, 168, 1, 1 }, 32, { 2, 0, 0, 0, 0, 0x21 } },
};

static const struct known neighbours6[] = {
	{ { 0x20, 1, 0xd, 0xb8 }, 48, { 2, 0, 0, 0, 0, 0x48 } },
	{ { 0x20, 1, 0xd, 0xb8, [15] = 2 }, 128, { 2, 0, 0, 0, 0, 0x80 } },
	{ { 0x20, 1, 0xd, 0xb8, 0, 2 }, 48, { 2, 0, 0, 0, 0, 0x49 } },
};

static const struct known pairs[] = {
	{ { 10, 0, 0 }, 24, { 192, 0, 2 } },
	{ { 10, 1, 2, 1 }, 32, { 198, 51, 100, 129 } },
	{ { 172, 16 }, 16, { 198, 18 } },
	{ { 192, 168, 1, 3 }, 32, { 203, 0, 113, 255 } },
};

static int arp_answered(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	return ref_arp(neighbours4, 4, f, len, e);
}

static int nd_answered(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	return ref_nd(neighbours6, 3, f, len, e);
}

static int time_exceeded(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	return ref_time_exceeded(f, len, e);
}

static int translated(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	return ref_nat_out(pairs, 4, f, len, e);
}

/* --- users' tunnels */

static const struct known users[] = {
	{ { 10, 0, 0, 1 }, 32, { 1, 0xff } },
	{ { 10, 1, 2, 3 }, 32, { 2, 9 } },
	{ { 192, 168, 1, 1 }, 32, { 3, 63 } },
};

static int tunnelled(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	struct ref r = ref_parse(f, len);
	const struct known *user = r.version == 4 ? longest(users, 3, f + r.l3 + 16) : NULL;
	struct tunnel t = { .kind = GTPU, .port = 2152 };
	unsigned int inner, off;
	int n;

	if (!r.version)
		return DROP(NOT_IP);
	if (!user)
		return 1;
	t.id = user->value[0];
	t.qfi = user->value[1] == 0xff ? -1 : user->value[1];
	n = naive_encap(&t, f, len, el->len >= r.l3 + 22 ? ref_be16(el->out + r.l3 + 20) : 0, e->bytes, &inner, &off);
	e->len = n;
	return n < 0 ? n : 0;
}

static int untunnelled(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	unsigned int end = 0, l3 = ref_parse(f, len).l3;
	uint32_t id = 0;
	int at = naive_decap(GTPU, f, len, &end, &id);

	if (at < 0 || (id != 1 && id != 2))
		return 1;
	if (el->meta.paint != (id == 2 ? 7 : el->left.paint) || el->meta.anno != id)
		return -1;
	gen_be16(e->bytes + l3 - 2, f[at] / 16 == 6 ? 0x86dd : 0x0800);
	memcpy(e->bytes + l3, f + at, end - at);
	e->len = l3 + end - at;
	return 0;
}

static const struct known stations4[] = {
	{ { 10, 0, 0, 1 }, 32, { 0, 0, 1 } },
	{ { 10, 1, 2, 3 }, 32, { 0x12, 0x34, 0x56 } },
	{ { 192, 168, 1, 1 }, 32, { 0xff, 0xff, 0xff } },
};

static const struct known stations6[] = {
	{ { 0x20, 1, 0xd, 0xb8, [15] = 1 }, 128, { 0, 0, 6 } },
	{ { 0x20, 1, 0xd, 0xb8, 0, 2, [15] = 3 }, 128, { 0, 7, 0 } },
};

/* RFC 7348: the source port is one of the dynamic ones. */
static int framed(const struct tunnel *over, const struct el *el, const uint8_t *f, unsigned int len,
		  struct expected *e)
{
	unsigned int inner, off, at = over->v6 ? 54 : 34, sport = el->len >= at + 2 ? ref_be16(el->out + at) : 0;
	struct ref r = ref_parse(f, len);
	const struct known *k;
	struct tunnel t = *over;
	int n;

	if (!r.version)
		return DROP(NOT_IP);
	k = r.version == 4 ? longest(stations4, 3, f + r.l3 + 16) : longest(stations6, 2, f + r.l3 + 24);
	if (!k)
		return 1;
	t.id = k->value[0] << 16 | k->value[1] << 8 | k->value[2];
	n = naive_encap(&t, f, len, sport, e->bytes, &inner, &off);
	e->len = n;
	return n < 0 ? n : sport >= 49152 ? 0 : -1;
}

static int framed_over_ipv4(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	return framed(&(struct tunnel){ .kind = VXLAN, .port = 4789 }, el, f, len, e);
}

static int framed_over_ipv6(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	return framed(&(struct tunnel){ .kind = VXLAN, .v6 = 1, .ttl = 9, .dscp = 46, .port = 8472 }, el, f, len, e);
}

static int unframed(const struct el *el, const uint8_t *f, unsigned int len, struct expected *e)
{
	unsigned int end = 0;
	uint32_t id = 0;
	int at = naive_decap(VXLAN, f, len, &end, &id);

	if (at < 0 || (id != 1 && id != 2))
		return 1;
	if (el->meta.paint != (id == 2 ? 7 : el->left.paint) || el->meta.anno != id)
		return -1;
	memcpy(e->bytes, f + at, end - at);
	e->len = end - at;
	return 0;
}

static const struct model models[] = {
	{ "counter", "Counter", { NULL }, 1, GEN_ANY, unchanged },
	{ "merge", "Merge", { NULL }, 1, GEN_ANY, unchanged },
	{ "bypass", "Bypass", { "1", "1" }, 1, GEN_ANY, unchanged },
	{ "discard", "Discard", { NULL }, 0, GEN_ANY, discarded },
	{ "paint", "Paint", { "7" }, 1, GEN_ANY, painted },
	{ "etherrewrite", "EtherRewrite", { "02:01:02:03:04:05", "02:a1:a2:a3:a4:a5" }, 1, GEN_ANY, rewritten },
	{ "packetsizeclassifier",
	  "PacketSizeClassifier",
	  { "60", "64", "65", "66", "90", "1500" },
	  0,
	  GEN_ANY,
	  by_size },
	{ "vlansplit", "VLANSplit", { "1", "2-3", "500-3000", "untagged" }, 0, GEN_ANY, by_vlan },
	{ "checkmtu", "CheckMTU", { "100" }, 2, GEN_ANY, by_mtu },
	{ "l2forward", "L2Forward", { "method echoback" }, 1, GEN_ANY, to_the_other },
	{ "l2forward crossed", "L2Forward", { "method echoback_cross" }, 1, GEN_ANY, across },
	{ "l2forward two to one", "L2Forward", { "method two_to_one" }, 1, GEN_ANY, to_the_first },
	{ "l2forward one by one", "L2Forward", { "method roundrobin" }, 1, GEN_ANY, in_turn },
	{ "l2forward batch by batch", "L2Forward", { "method roundrobin_batch" }, 1, GEN_ANY, batch_in_turn },
	{ "tooutput", "ToOutput", { NULL }, 3, GEN_ANY, sent_from_a_device },
	{ "tooutput, addresses unknown", "ToOutput", { NULL }, 3, GEN_ANY, sent_back, &nameless },
	{ "iplookup", "IPLookup", { ROUTES }, 0, GEN_ANY, routed },
	{ "nba's lookup", "IPlookup", { ROUTES }, 0, GEN_ANY, routed_by_nba },
	{ "arpresponder",
	  "ARPResponder",
	  { "10.0.0.0/8 02:00:00:00:00:08", "10.1.2.0/24 02:00:00:00:00:18", "10.1.2.3 02:00:00:00:00:20",
	    "192.168.1.1 02:00:00:00:00:21" },
	  2,
	  GEN_NEIGHBOUR,
	  arp_answered },
	{ "ndpresponder",
	  "NDPResponder",
	  { "2001:db8::/48 02:00:00:00:00:48", "2001:db8::2 02:00:00:00:00:80", "2001:db8:2::/48 02:00:00:00:00:49" },
	  2,
	  GEN_NEIGHBOUR,
	  nd_answered },
	{ "icmperror",
	  "ICMPError",
	  { "192.0.2.1", "time-exceeded", "SRC6 2001:db8::1", "RATE 0pps" },
	  1,
	  GEN_ANY,
	  time_exceeded },
	{ "staticnat",
	  "StaticNAT",
	  { "OUT", "10.0.0.0/24 192.0.2.0/24", "10.1.2.1 198.51.100.129", "172.16.0.0/16 198.18.0.0/16",
	    "192.168.1.3 203.0.113.255" },
	  2,
	  GEN_ANY,
	  translated },
	{ "gtpuencaptable",
	  "GTPUEncapTable",
	  { "SRC 192.0.2.1", "10.0.0.1 1 192.0.2.2", "10.1.2.3 2 192.0.2.2 9", "192.168.1.1 3 192.0.2.2 63" },
	  2,
	  GEN_ANY,
	  tunnelled },
	{ "gtpudecaptable", "GTPUDecapTable", { "1", "2 7", "PORT 2152" }, 2, GEN_GTPU, untunnelled },
	{ "vxlanencaptable",
	  "VXLANEncapTable",
	  { "SRC 192.0.2.1", "10.0.0.1 1 192.0.2.2", "10.1.2.3 0x123456 192.0.2.2", "192.168.1.1 0xffffff 192.0.2.2",
	    "2001:db8::1 6 192.0.2.2", "2001:db8:2::3 0x700 192.0.2.2" },
	  2,
	  GEN_ANY,
	  framed_over_ipv4 },
	{ "vxlanencaptable over ipv6",
	  "VXLANEncapTable",
	  { "SRC 2001:db8::1", "10.0.0.1 1 2001:db8::2", "10.1.2.3 0x123456 2001:db8::2",
	    "192.168.1.1 0xffffff 2001:db8::2", "2001:db8::1 6 2001:db8::2", "2001:db8:2::3 0x700 2001:db8::2", "TTL 9",
	    "DSCP 46", "PORT 8472" },
	  2,
	  GEN_ANY,
	  framed_over_ipv6 },
	{ "vxlandecaptable", "VXLANDecapTable", { "1", "2 7" }, 2, GEN_VXLAN, unframed },
};

#define NMODELS (sizeof(models) / sizeof(models[0]))

static void show(const char *what, const uint8_t *b, unsigned int n)
{
	unsigned int i;

	print_error("%s, %u bytes:", what, n);
	for (i = 0; i < n && i < 200; i++)
		print_error("%s%02x", i % 32 ? "" : "\n\t", b[i]);
	print_error("\n");
}

static void like_its_model(void **state)
{
	const struct model *m = *state;
	struct gen g = { .seed = 0x6a09e667f3bcc909ULL, .mutate_percent = 30, .prefer = m->prefer };
	unsigned int n, total = diff_packets(30000), len, ports[BTY_MAX_OUT] = { 0 }, dropped = 0;
	static uint8_t frame[GEN_MAX + 2048], before[GEN_MAX + 2048];
	static struct expected e;
	struct el el;
	int verdict, want, i;

	if (el_configure(&el, m->class_name, m->nout, m->args))
		fail_msg("%s", el.err.msg);
	if (el.cls->devices)
		assert_int_equal(el.cls->devices(el.args, m->devices ? m->devices : &five, &el.err), 0);
	if (el.cls->table_ops && el_make_tables(&el))
		fail_msg("%s", el.err.msg);
	for (n = 0; n < total; n++) {
		len = gen_frame(&g, frame);
		memcpy(before, frame, len);
		memcpy(e.bytes, frame, len);
		e.len = len;
		el.left.in = gen_below(&g, 5);
		el.left.out = gen_below(&g, 8);
		el.left.paint = gen_below(&g, 4);
		verdict = el_push(&el, frame, len);
		want = m->expect(&el, before, len, &e);
		if (verdict != want || (verdict >= 0 && (el.len != e.len || memcmp(el.out, e.bytes, e.len)))) {
			show("frame", before, len);
			show("is", el.out, el.len);
			show("should be", e.bytes, e.len);
			fail_msg("frame %u: verdict %d, expected %d", n, verdict, want);
		}
		if (verdict < 0)
			dropped++;
		else
			ports[verdict]++;
	}
	for (i = 0; i < BTY_MAX_OUT; i++)
		if (ports[i])
			print_message(" out %d: %u", i, ports[i]);
	print_message(" dropped: %u\n", dropped);
	el_free_tables(&el);
}

int main(void)
{
	struct CMUnitTest tests[NMODELS];
	size_t i;

	for (i = 0; i < NMODELS; i++)
		tests[i] = (struct CMUnitTest){ .name = models[i].name,
						.test_func = like_its_model,
						.initial_state = (void *)&models[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
