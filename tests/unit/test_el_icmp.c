// SPDX-License-Identifier: GPL-2.0-or-later
/* ICMPError: what it answers and what never, how much it quotes, how many errors in a second. */
#include <elements/icmperror.h>

#include "el.h"

#define MACS	     "020000000002 020000000001"
#define DROP(reason) (-(int)BTY_DROP_##reason)
#define MS	     1000000ULL
#define ECHO	     "0800 1234 0001 0001"

#define IP4(frag, proto, src, dst) "0800 4500001c 0000" frag "01" proto "0000" src dst
#define IP6(next, src, dst)	   "86dd 60000000 0008" next "01" src dst
#define A6			   "20010db8000000000000000000000001"
#define B6			   "20010db8000000000000000000000002"

static const struct fixture {
	const char *name, *frame;
	int expired, too_big; /* verdicts of TYPE time-exceeded and too-big */
} fixtures[] = {
	{ "udp", MACS IP4("4000", "11", "0a000001", "0a000002") "0001000200080000", 0, 0 },
	{ "first fragment", MACS IP4("2000", "11", "0a000001", "0a000002") "0001000200080000", 0, 0 },
	{ "later fragment", MACS IP4("2001", "11", "0a000001", "0a000002") "0001000200080000", 1, 1 },
	{ "echo request", MACS IP4("0000", "01", "0a000001", "0a000002") ECHO, 0, 0 },
	{ "unreachable", MACS IP4("0000", "01", "0a000001", "0a000002") "0301 0000 0000 0000", 1, 1 },
	{ "source quench", MACS IP4("0000", "01", "0a000001", "0a000002") "0400 0000 0000 0000", 1, 1 },
	{ "redirect", MACS IP4("0000", "01", "0a000001", "0a000002") "0501 0000 0000 0000", 1, 1 },
	{ "time exceeded", MACS IP4("0000", "01", "0a000001", "0a000002") "0b00 0000 0000 0000", 1, 1 },
	{ "parameter problem", MACS IP4("0000", "01", "0a000001", "0a000002") "0c00 0000 0000 0000", 1, 1 },
	{ "icmp without its header", MACS "0800 45000018 00000000 01010000 0a000001 0a000002 08001234", 1, 1 },
	{ "from 0.0.0.0", MACS IP4("0000", "11", "00000000", "0a000002") "0001000200080000", 1, 1 },
	{ "from 127.0.0.1", MACS IP4("0000", "11", "7f000001", "0a000002") "0001000200080000", 1, 1 },
	{ "from a multicast address", MACS IP4("0000", "11", "e0000001", "0a000002") "0001000200080000", 1, 1 },
	{ "from 255.255.255.255", MACS IP4("0000", "11", "ffffffff", "0a000002") "0001000200080000", 1, 1 },
	{ "to a multicast address", MACS IP4("0000", "11", "0a000001", "e0000005") "0001000200080000", 1, 1 },
	{ "to 255.255.255.255", MACS IP4("0000", "11", "0a000001", "ffffffff") "0001000200080000", 1, 1 },
	{ "Ethernet broadcast",
	  "ffffffffffff 020000000001" IP4("0000", "11", "0a000001", "0a000002") "0001000200080000", 1, 1 },
	{ "udp6", MACS IP6("11", A6, B6) "0001000200080000", 0, 0 },
	{ "echo6", MACS IP6("3a", A6, B6) "8000000000000000", 0, 0 },
	{ "icmpv6 error", MACS IP6("3a", A6, B6) "0100000000000000", 1, 1 },
	{ "icmpv6 error of an unknown type", MACS IP6("3a", A6, B6) "7f00000000000000", 1, 1 },
	{ "icmpv6 redirect", MACS IP6("3a", A6, B6) "8900000000000000", 1, 1 },
	{ "from ::", MACS IP6("11", "00000000000000000000000000000000", B6) "0001000200080000", 1, 1 },
	{ "from ::1", MACS IP6("11", "00000000000000000000000000000001", B6) "0001000200080000", 1, 1 },
	{ "from ff02::1", MACS IP6("11", "ff020000000000000000000000000001", B6) "0001000200080000", 1, 1 },
	/* RFC 4443 2.4 (e.3) */
	{ "to ff02::1",
	  "333300000001 020000000001" IP6("11", A6, "ff020000000000000000000000000001") "0001000200080000", 1, 0 },
	{ "arp", MACS "0806 0001 0800 0604 0001", DROP(NOT_IP), DROP(NOT_IP) },
	{ "total length beyond the frame", MACS IP4("0000", "11", "0a000001", "0a000002") "0001", DROP(RUNT),
	  DROP(RUNT) },
};

static __u64 bucket[1];

static void load(struct el *el, const char *type, const char *more, const char *rate)
{
	assert_int_equal(EL_CONFIGURE(el, "ICMPError", "192.0.2.1", type, "SRC6 2001:db8::ff", rate, more), 0);
	bucket[0] = 0;
	el->env.table[0] = (struct bty_table){ .rows = (void *)bucket, .nrows = 1, .row_size = sizeof(bucket) };
}

static void answered_and_not(void **state)
{
	uint8_t frame[256], work[256];
	struct el expired, too_big;
	unsigned int i, len;
	int want;

	load(&expired, "time-exceeded", "TTL 64", "RATE 0pps");
	load(&too_big, "too-big", "MTU 1400", "RATE 0pps");
	for (i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++) {
		print_message("%s\n", fixtures[i].name);
		len = el_hex(fixtures[i].frame, frame);
		memcpy(work, frame, len);
		want = fixtures[i].expired == 1 ? DROP(TTL_EXPIRED) : fixtures[i].expired;
		assert_int_equal(el_push(&expired, work, len), want);
		if (want)
			assert_memory_equal(work, frame, len);
		memcpy(work, frame, len);
		want = fixtures[i].too_big == 1 ? DROP(TOO_BIG) : fixtures[i].too_big;
		assert_int_equal(el_push(&too_big, work, len), want);
	}
}

/* Lengths of IPv4 and IPv6 errors about packets of every size. */
static void quotes_what_fits(void **state)
{
	static uint8_t frame[3000], work[3000];
	unsigned int len, want;
	struct el el;

	load(&el, "time-exceeded", "TTL 64", "RATE 0pps");
	for (len = 14 + 28; len < 2000; len++) {
		el_hex(MACS IP4("4000", "11", "0a000001", "0a000002") "0001000200080000", frame);
		gen_be16(frame + 16, len - 14);
		memcpy(work, frame, len);
		assert_int_equal(el_push(&el, work, len), 0);
		want = len + 28 < 14 + 576 ? len + 28 : 14 + 576;
		assert_int_equal(el.len, want);
		assert_memory_equal(el.out + 42, frame + 14, want - 42);
		assert_int_equal(gen_checksum(el.out + 14, 20), 0);
		assert_int_equal(gen_checksum(el.out + 34, want - 34), 0);
		assert_int_equal(el.meta.l4_proto, BTY_PROTO_ICMP);
		assert_int_equal(el.meta.l4_off, 34);
	}
	for (len = 14 + 48; len < 2000; len++) {
		el_hex(MACS IP6("11", A6, B6) "0001000200080000", frame);
		gen_be16(frame + 18, len - 54);
		memcpy(work, frame, len);
		assert_int_equal(el_push(&el, work, len), 0);
		want = len + 48 < 14 + 1280 ? len + 48 : 14 + 1280;
		assert_int_equal(el.len, want);
		assert_memory_equal(el.out + 62, frame + 14, want - 62);
	}
}

static unsigned int errors_at(struct el *el, uint64_t now_ns, unsigned int tries)
{
	uint8_t frame[64];
	unsigned int n = 0, len;
	int verdict;

	el->env.now_ns = now_ns;
	while (tries--) {
		len = el_hex(fixtures[0].frame, frame);
		verdict = el_push(el, frame, len);
		n += !verdict;
		if (verdict)
			assert_int_equal(verdict, DROP(ICMP_LIMITED));
	}
	return n;
}

/* 5 at once, then one in 10 ms, and no more than 5 after any pause. */
static void rate_and_burst(void **state)
{
	uint64_t now = 1000 * MS;
	unsigned int i, n = 0;
	struct el el;

	load(&el, "time-exceeded", "BURST 5", "RATE 100pps");
	assert_int_equal(errors_at(&el, now, 20), 5);
	assert_int_equal(errors_at(&el, now + 9 * MS, 20), 0);
	assert_int_equal(errors_at(&el, now + 10 * MS, 20), 1);
	assert_int_equal(errors_at(&el, now + 35 * MS, 20), 2);
	assert_int_equal(errors_at(&el, now + 100000 * MS, 20), 5);
	now += 200000 * MS;
	for (i = 0; i < 1000; i++)
		n += errors_at(&el, now + i * MS, 1);
	assert_in_range(n, 104, 105); /* a burst and a second of 100 pps */
}

/* Numbers of RFC 792, RFC 1122 3.2.2.1 and RFC 1812 5.2.7.1 with Click's names; those of RFC 7915 4.2 for IPv6, -1 for none. */
static const struct {
	const char *type, *name;
	int code, type6, code6;
} codes[] = {
	{ "unreachable", "net", 0, 1, 0 },
	{ "unreachable", "host", 1, 1, 3 },
	{ "unreachable", "protocol", 2, 4, 1 },
	{ "unreachable", "port", 3, 1, 4 },
	{ "unreachable", "needfrag", 4, 2, 0 },
	{ "unreachable", "srcroutefail", 5, 1, 0 },
	{ "unreachable", "netunknown", 6, 1, 0 },
	{ "unreachable", "hostunknown", 7, 1, 0 },
	{ "unreachable", "isolated", 8, 1, 0 },
	{ "unreachable", "netprohibited", 9, 1, 1 },
	{ "unreachable", "hostprohibited", 10, 1, 1 },
	{ "unreachable", "tosnet", 11, 1, 0 },
	{ "unreachable", "toshost", 12, 1, 0 },
	{ "unreachable", "filterprohibited", 13, 1, 1 },
	{ "unreachable", "hostprecedence", 14, -1, 0 },
	{ "unreachable", "precedencecutoff", 15, 1, 1 },
	{ "timeexceeded", "transit", 0, 3, 0 },
	{ "timeexceeded", "reassembly", 1, 3, 1 },
};

/* One error about a frame: its type, code, and the rest of its header. */
static void check_error(const char *type, const char *code, unsigned int i, int v6, int code_expected)
{
	static const char v4[] = MACS IP4("4000", "11", "0a000001", "0a000002") "0001000200080000";
	static const char six[] = MACS IP6("11", A6, B6) "0001000200080000";
	int mtu = codes[i].type6 == 2, type4 = codes[i].type[0] == 'u' ? 3 : 11, at = v6 ? 54 : 34;
	const char *addr = v6 ? "2001:db8::ff" : "192.0.2.1";
	uint8_t frame[256];
	unsigned int len = el_hex(v6 ? six : v4, frame);
	struct el el;

	if (mtu)
		assert_int_equal(EL_CONFIGURE(&el, "ICMPError", addr, type, code, "RATE 0pps", "MTU 1400"), 0);
	else
		assert_int_equal(EL_CONFIGURE(&el, "ICMPError", addr, type, code, "RATE 0pps"), 0);
	assert_int_equal(el_push(&el, frame, len), 0);
	assert_int_equal(el.out[at], v6 ? codes[i].type6 : type4);
	assert_int_equal(el.out[at + 1], code_expected);
	assert_int_equal(ref_be16(el.out + at + 4), 0);
	assert_int_equal(ref_be16(el.out + at + 6), mtu ? 1400 : v6 && codes[i].type6 == 4 ? 6 : 0);
}

static void types_and_codes_of_click(void **state)
{
	char number[8], keyword[16];
	const char *type;
	unsigned int i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		type = codes[i].type[0] == 'u' ? "3" : "11";
		snprintf(number, sizeof(number), "%d", codes[i].code);
		snprintf(keyword, sizeof(keyword), "CODE %d", codes[i].code);
		check_error(codes[i].type, codes[i].name, i, 0, codes[i].code);
		check_error(type, number, i, 0, codes[i].code);
		check_error(codes[i].type, keyword, i, 0, codes[i].code);
		if (codes[i].type6 > 0)
			check_error(type, codes[i].name, i, 1, codes[i].code6);
		else
			EL_REFUSES("ICMPError", "ICMPv6 has none that says it", "2001:db8::1", type, number);
	}
	/* 0 when it is not given */
	check_error("unreachable", "TTL 64", 0, 0, 0);
	check_error("timeexceeded", "TTL 64", 16, 0, 0);
}

static void bad_types_and_codes(void **state)
{
	EL_REFUSES("ICMPError", "expected 0 to 15, or a name", "10.0.0.1", "unreachable", "16");
	EL_REFUSES("ICMPError", "expected 0 to 15, or a name", "10.0.0.1", "3", "-1");
	EL_REFUSES("ICMPError", "expected 0 to 1, or a name", "10.0.0.1", "timeexceeded", "2");
	EL_REFUSES("ICMPError", "CODE 'net': expected 0 to 1", "10.0.0.1", "11", "net");
	EL_REFUSES("ICMPError", "CODE 'transit': expected 0 to 15", "10.0.0.1", "unreachable", "CODE transit");
	EL_REFUSES("ICMPError", "TYPE prohibited has its code", "10.0.0.1", "prohibited", "CODE 13");
	EL_REFUSES("ICMPError", "TYPE time-exceeded has its code", "10.0.0.1", "time-exceeded", "1");
	EL_REFUSES("ICMPError", "expected MTU", "10.0.0.1", "unreachable", "needfrag");
	EL_REFUSES("ICMPError", "too-big only", "10.0.0.1", "unreachable", "port", "MTU 1500");
	EL_REFUSES("ICMPError", "TYPE 'redirect': expected time-exceeded", "10.0.0.1", "redirect", "net");
	EL_REFUSES("ICMPError", "TYPE 'parameterproblem': expected", "10.0.0.1", "parameterproblem");
	EL_REFUSES("ICMPError", "TYPE '5': expected", "10.0.0.1", "5");
}

static void refused(void **state)
{
	EL_REFUSES("ICMPError", "expected time-exceeded", "10.0.0.1", "ttl-exceeded");
	EL_REFUSES("ICMPError", "expected MTU", "10.0.0.1", "too-big");
	EL_REFUSES("ICMPError", "too-big only", "10.0.0.1", "time-exceeded", "MTU 1500");
	EL_REFUSES("ICMPError", "SRC is an IPv4 address", "2001:db8::1", "time-exceeded", "SRC6 2001:db8::2");
	EL_REFUSES("ICMPError", "SRC is an IPv4 address", "10.0.0.1", "time-exceeded", "SRC6 10.0.0.2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answered_and_not),	    cmocka_unit_test(quotes_what_fits),
		cmocka_unit_test(rate_and_burst),	    cmocka_unit_test(refused),
		cmocka_unit_test(types_and_codes_of_click), cmocka_unit_test(bad_types_and_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
