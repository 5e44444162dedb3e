// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NDPQuerier: what it sends, and what it makes of advertisements and solicitations (RFC 4861 7). What it has in common with ARPQuerier:
 * test_el_arpquerier. With Linux for a neighbour: net/test_neighbours.
 */
#include "querier.h"

#define AT_IP	 14
#define AT_ND	 54
#define AT_DATA	 62 /* behind UDP */
#define NS	 135
#define NA	 136
#define ROUTER	 0x80
#define ASKED	 0x40 /* the Solicited flag */
#define OVERRIDE 0x20

#define OPEN(...) OPEN_QUERIER("NDPQuerier", "2001:db8::1", "02:00:00:00:00:01", ##__VA_ARGS__)

/* 2001:db8::HOST */
static void put_addr(uint8_t *at, unsigned int host)
{
	memset(at, 0, 16);
	memcpy(at, "\x20\x01\x0d\xb8", 4);
	gen_be16(at + 14, host);
}

static void put_head(uint8_t *f, unsigned int next, unsigned int hops, unsigned int len)
{
	el_hex("020000000001 02aa00000000 86dd 60000000", f);
	gen_be16(f + AT_IP + 4, len);
	f[AT_IP + 6] = next;
	f[AT_IP + 7] = hops;
}

static unsigned int packet(unsigned int host, unsigned int number)
{
	uint8_t f[70] = { 0 };

	put_head(f, 17, 64, 16);
	put_addr(f + AT_IP + 8, 9);
	put_addr(f + AT_IP + 24, host);
	gen_be16(f + AT_ND + 4, 16);
	gen_be16(f + AT_DATA, number);
	own_add(f, sizeof(f));
	return own_run();
}

/* A message as it is to be, for tests to spoil before sign() has made it believable again. */
struct message {
	uint8_t f[AT_ND + 128];
	unsigned int len; /* of the ICMPv6 message */
};

static struct message message(unsigned int type, unsigned int from, unsigned int target, unsigned int flags,
			      const void *mac)
{
	struct message m = { .len = mac ? 32 : 24 };

	put_head(m.f, 58, 255, m.len);
	put_addr(m.f + AT_IP + 8, from);
	put_addr(m.f + AT_IP + 24, 1);
	m.f[AT_ND] = type;
	m.f[AT_ND + 4] = flags;
	put_addr(m.f + AT_ND + 8, target);
	if (mac) {
		m.f[AT_ND + 24] = type == NS ? 1 : 2;
		m.f[AT_ND + 25] = 1;
		memcpy(m.f + AT_ND + 26, mac, 6);
	}
	return m;
}

/* Byte by byte, as in RFC 8200 8.1: 0xffff when the checksum in it is right. */
static uint32_t sum(const uint8_t *f, unsigned int len)
{
	uint32_t sum = len + 58;
	unsigned int i;

	for (i = 0; i < 32; i += 2)
		sum += f[AT_IP + 8 + i] << 8 | f[AT_IP + 9 + i];
	for (i = 0; i < len; i += 2)
		sum += f[AT_ND + i] << 8 | f[AT_ND + i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static unsigned int hear(struct message *m)
{
	gen_be16(m->f + AT_ND + 2, 0);
	gen_be16(m->f + AT_ND + 2, ~sum(m->f, m->len));
	own_add(m->f, AT_ND + m->len);
	return own_run();
}

static void advertise(unsigned int host, unsigned int flags, const void *mac)
{
	struct message m = message(NA, host, host, flags, mac);

	hear(&m);
	assert_int_equal(left_by(-BTY_DROP_SINK), 1);
}

static int is_query(const struct own_packet *o)
{
	return o->port == 0 && o->data[AT_ND] == NS && o->data[AT_IP + 6] == 58;
}

static unsigned int queries(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < own->nout; i++)
		n += is_query(&own->out[i]);
	return n;
}

/* The Ethernet address a packet goes to, NULL when it waits. */
static const uint8_t *goes_to(unsigned int host)
{
	unsigned int i;

	packet(host, 7);
	for (i = 0; i < own->nout; i++)
		if (own->out[i].port == 0 && !is_query(&own->out[i]))
			return own->out[i].data;
	return NULL;
}

static void meet(unsigned int host, const void *mac)
{
	packet(host, 1);
	advertise(host, ASKED | OVERRIDE, mac);
	assert_int_equal(own->nused, 0);
}

static void asks_and_learns(void **state)
{
	uint8_t want[86] = { 0 };

	OPEN();
	assert_int_equal(packet(0x1234, 5), 1);
	el_hex("3333ff001234 020000000001 86dd 60000000 0020 3a ff 20010db8000000000000000000000001"
	       "ff0200000000000000000001ff001234 8700 0000 00000000 20010db8000000000000000000001234 01 01 "
	       "020000000001",
	       want);
	assert_int_equal(sum(own->out[0].data, 32), 0xffff);
	memset(own->out[0].data + AT_ND + 2, 0, 2);
	assert_int_equal(own->out[0].len, 86);
	assert_memory_equal(own->out[0].data, want, 86);
	assert_int_equal(own->out[0].meta.l4_proto, BTY_PROTO_ICMPV6);
	advertise(0x1234, ASKED | OVERRIDE | ROUTER, mac_of(2));
	assert_int_equal(left_by(0), 1);
	assert_int_equal(own->out[1].data[AT_DATA + 1], 5);
	assert_memory_equal(own->out[1].data, mac_of(2), 6);
	assert_memory_equal(own->out[1].data + 6, OWN_MAC, 6);
	assert_state("2001:db8::1234", "reachable");
	/* to it alone, when it has to be asked again */
	own_wait(60 * S_NS);
	assert_memory_equal(goes_to(0x1234), mac_of(2), 6);
	assert_int_equal(queries(), 1);
	assert_memory_equal(own->out[1].data, mac_of(2), 6);
	assert_memory_equal(own->out[1].data + AT_IP + 24, want + AT_ND + 8, 16);
	assert_int_equal(sum(own->out[1].data, 32), 0xffff);
	own_close();
}

static void not_there(void **state)
{
	unsigned int i, asked = 0;

	OPEN();
	packet(2, 1);
	for (i = 0; i < 40 && !left_by(-BTY_DROP_NO_NEIGHBOUR); i++) {
		asked += queries();
		own_wait(100 * MS_NS);
	}
	assert_int_equal(asked, 3);
	assert_in_range(i, 30, 31);
	own_close();
}

/* RFC 4861 7.2.5, and the table of appendix C */
static void advertisements(void **state)
{
	static const struct {
		unsigned int flags;
		int mac; /* of the option; 0: none */
		const char *incomplete, *reachable, *stale;
		int mac_then; /* of the entry that was known with 2 */
	} rule[] = {
		{ 0, 0, "incomplete", "reachable", "probed", 2 },
		{ ASKED, 0, "incomplete", "reachable", "reachable", 2 },
		{ OVERRIDE, 0, "incomplete", "reachable", "probed", 2 },
		{ 0, 2, "stale", "reachable", "probed", 2 },
		{ ASKED, 2, "reachable", "reachable", "reachable", 2 },
		{ OVERRIDE, 2, "stale", "reachable", "probed", 2 },
		{ ASKED | OVERRIDE, 2, "reachable", "reachable", "reachable", 2 },
		{ 0, 3, "stale", "stale", "probed", 2 },
		{ ASKED, 3, "reachable", "stale", "probed", 2 },
		{ OVERRIDE, 3, "stale", "stale", "stale", 3 },
		/* of one that is not asked, an answer is none */
		{ ASKED | OVERRIDE, 3, "reachable", "stale", "reachable", 3 },
	};
	size_t i;

	for (i = 0; i < sizeof(rule) / sizeof(rule[0]); i++) {
		const void *mac = rule[i].mac ? mac_of(rule[i].mac) : NULL;

		OPEN();
		packet(2, 1);
		advertise(2, rule[i].flags, mac);
		assert_state("2001:db8::2", rule[i].incomplete);
		own_close();
		OPEN();
		meet(2, mac_of(2));
		advertise(2, rule[i].flags, mac);
		assert_state("2001:db8::2", rule[i].reachable);
		assert_memory_equal(goes_to(2), mac_of(rule[i].mac_then), 6);
		own_close();
		OPEN();
		meet(2, mac_of(2));
		own_wait(60 * S_NS);
		goes_to(2);
		advertise(2, rule[i].flags, mac);
		assert_state("2001:db8::2", rule[i].stale);
		assert_memory_equal(goes_to(2), mac_of(rule[i].mac_then), 6);
		own_close();
	}
}

static void who_is_not_asked_is_not_learned(void **state)
{
	struct message m = message(NS, 2, 1, 0, mac_of(2));

	OPEN();
	advertise(2, ASKED | OVERRIDE, mac_of(2));
	hear(&m);
	assert_int_equal(nlearned(), 0);
	own_close();
}

/* 7.2.3: solicitations of who is known. */
static void solicitations(void **state)
{
	struct message m = message(NS, 2, 1, 0, mac_of(3)), none = message(NS, 2, 1, 0, NULL);

	OPEN();
	meet(2, mac_of(2));
	hear(&none);
	assert_state("2001:db8::2", "reachable");
	hear(&m);
	assert_int_equal(left_by(-BTY_DROP_SINK), 1);
	assert_state("2001:db8::2", "stale");
	assert_memory_equal(goes_to(2), mac_of(3), 6);
	own_close();
	/* while it is asked for */
	OPEN();
	packet(2, 1);
	hear(&m);
	assert_int_equal(left_by(0), 1);
	assert_state("2001:db8::2", "stale");
	own_close();
	/* duplicate address detection has no source, and so no option */
	OPEN();
	packet(0, 1);
	m = message(NS, 2, 2, 0, mac_of(3));
	memset(m.f + AT_IP + 8, 0, 16);
	hear(&m);
	assert_int_equal(nlearned(), 1);
	own_close();
}

/* What 7.1.1 and 7.1.2 discard, each by one thing that is wrong. */
static void not_believed(void **state)
{
	struct message m;
	int wrong;

	for (wrong = 0; wrong <= 11; wrong++) {
		OPEN();
		packet(2, 1);
		m = message(NA, 2, 2, ASKED | OVERRIDE, mac_of(2));
		switch (wrong) {
		case 1:
			m.f[AT_ND + 1] = 1; /* code */
			break;
		case 2:
			m.f[AT_ND + 25] = 0; /* option of no length */
			break;
		case 3:
			m.f[AT_ND + 25] = 2; /* beyond the end */
			break;
		case 4:
			m.f[AT_ND + 26] = 1; /* a group's address */
			break;
		case 5:
			memset(m.f + AT_ND + 26, 0, 6); /* nobody's */
			break;
		case 6:
			memcpy(m.f + AT_IP + 24, "\xff\x02", 2); /* solicited, and to a group */
			break;
		case 7:
			memcpy(m.f + AT_ND + 8, "\xff\x02", 2); /* a group's advertisement */
			break;
		case 8:
			m.len = 16; /* too short */
			gen_be16(m.f + AT_IP + 4, 16);
			break;
		case 9:
			put_addr(m.f + AT_ND + 8, 1); /* our own address */
			break;
		case 10:
			m.f[AT_ND + 24] = 1; /* not the target's address */
			break;
		case 11:
			m.len = 128; /* more than is looked at */
			gen_be16(m.f + AT_IP + 4, 136);
			break;
		}
		hear(&m);
		assert_int_equal(left_by(-BTY_DROP_SINK), 1);
		assert_state("2001:db8::2", wrong ? "incomplete" : "reachable");
		own_close();
	}
	/* somebody else has our address */
	OPEN();
	packet(1, 1);
	advertise(1, OVERRIDE, mac_of(2));
	assert_state("2001:db8::1", "incomplete");
	own_close();
	/* a checksum */
	OPEN();
	packet(2, 1);
	m = message(NA, 2, 2, ASKED | OVERRIDE, mac_of(2));
	gen_be16(m.f + AT_ND + 2, ~sum(m.f, m.len) + 1);
	own_add(m.f, AT_ND + m.len);
	own_run();
	assert_state("2001:db8::2", "incomplete");
	own_close();
}

/* With a hop limit that a router has decremented it is a packet as others are. */
static void from_elsewhere(void **state)
{
	struct message m = message(NA, 2, 2, ASKED | OVERRIDE, mac_of(2));

	OPEN();
	meet(9, mac_of(9));
	packet(2, 1);
	put_addr(m.f + AT_IP + 24, 9);
	m.f[AT_IP + 7] = 254;
	hear(&m);
	assert_int_equal(left_by(0), 1);
	assert_memory_equal(own->out[0].data, mac_of(9), 6);
	assert_state("2001:db8::2", "incomplete");
	own_close();
}

static void gateways_and_groups(void **state)
{
	static const uint8_t group_mac[6] = { 0x33, 0x33, 0, 1, 2, 3 };
	uint8_t f[70] = { 0 }, *gateway;

	OPEN();
	put_head(f, 17, 64, 16);
	put_addr(f + AT_IP + 8, 9);
	put_addr(f + AT_IP + 24, 77);
	gateway = (uint8_t *)own->el.env.gateways + 5 * 16;
	put_addr(gateway, 2);
	own_add(f, sizeof(f))->meta->anno = 5;
	own_run();
	assert_state("2001:db8::2", "incomplete");
	assert_state("2001:db8::77", "");
	advertise(2, ASKED | OVERRIDE, mac_of(2));
	assert_int_equal(left_by(0), 1);
	memcpy(f + AT_IP + 24, "\xff\x0e", 2);
	memcpy(f + AT_IP + 24 + 12, group_mac + 2, 4);
	own_add(f, sizeof(f));
	assert_int_equal(own_run(), 1);
	assert_memory_equal(own->out[0].data, group_mac, 6);
	memset(gateway, 0, 16);
	own_close();
}

static void any_frames(void **state)
{
	struct gen g = { .seed = 0x7654321, .min = 14, .max = 1500, .mutate_percent = 30, .prefer = GEN_NEIGHBOUR };
	static uint8_t frame[GEN_MAX + 2048];
	unsigned int i, n;

	OPEN("CAPACITY 16", "HOLD_ALL 64", "RETRY 20ms", "TIMEOUT 1s");
	for (i = 0; i < 3000; i++) {
		for (n = gen_below(&g, 32); n; n--)
			own_add(frame, gen_frame(&g, frame));
		own_run();
		if (gen_chance(&g, 30))
			own_wait(gen_below(&g, 100) * MS_NS);
	}
	own_wait(1 * S_NS);
	assert_int_equal(own->nused, 0);
	own_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_and_learns), cmocka_unit_test(not_there),
		cmocka_unit_test(advertisements),  cmocka_unit_test(who_is_not_asked_is_not_learned),
		cmocka_unit_test(solicitations),   cmocka_unit_test(not_believed),
		cmocka_unit_test(from_elsewhere),  cmocka_unit_test(gateways_and_groups),
		cmocka_unit_test(any_frames),
	};

	return cmocka_run_group_tests_name("el_ndpquerier", tests, NULL, NULL);
}
