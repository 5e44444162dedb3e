// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables of tunnels, GTP-U and VXLAN: 100 000 users find their tunnel and nobody else's; entries changed and refused. Bytes:
 * packets/test_scapy. */
#include <unistd.h>
#include <batchy/drop.h>

#include "el.h"
#include "user/element/probe.h"

#define USERS 100000
#define MACS  "020000000002 020000000001"

/* A file with n lines; arg: the argument that names it. */
static void users_file(char *arg, size_t size, void (*line)(FILE *f, unsigned int i), unsigned int n)
{
	char path[] = "/tmp/bty-users-XXXXXX";
	int fd = mkstemp(path);
	unsigned int i;
	FILE *f;

	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	for (i = 0; i < n; i++)
		line(f, i);
	fclose(f);
	snprintf(arg, size, "FILE %s", path);
}

static void user_line(FILE *f, unsigned int i)
{
	fprintf(f, "10.%u.%u.%u 0x%x 192.0.2.%u %u\n", i >> 16, (i >> 8) & 255, i & 255, i + 7, 1 + i % 200, i % 64);
}

static void teid_line(FILE *f, unsigned int i)
{
	fprintf(f, "0x%x %u\n", i * 3, i % 256);
}

/* To 10.n. Returns the verdict; the packet is el->out. */
static int to_user(struct el *el, unsigned int n)
{
	uint8_t frame[128];
	unsigned int len = el_hex(MACS "0800 4500001c 00000000 40110000 c0000201 0a000000 0001000200080000", frame);

	frame[31] = n >> 16;
	frame[32] = n >> 8;
	frame[33] = n;
	return el_push(el, frame, len);
}

/* With both outputs in use. */
static void load(struct el *el, const char *class_name, const char *const *args)
{
	if (el_configure(el, class_name, 2, args) || el_make_tables(el))
		fail_msg("%s", el->err.msg);
}

static void every_user_has_its_tunnel(void **state)
{
	char arg[64];
	unsigned int i;
	struct el el;
	uint8_t want[4];

	users_file(arg, sizeof(arg), user_line, USERS);
	load(&el, "GTPUEncapTable", (const char *const[]){ "SRC 192.0.2.250", arg, NULL });
	unlink(arg + 5);
	for (i = 0; i < USERS; i++) {
		assert_int_equal(to_user(&el, i), 0);
		/* outer IPv4 20, UDP 8, GTP-U 8, container 8 */
		gen_be16(want, (i + 7) >> 16);
		gen_be16(want + 2, i + 7);
		assert_memory_equal(el.out + 14 + 28 + 4, want, 4);
		assert_int_equal(el.out[14 + 19], 1 + i % 200);
		assert_int_equal(el.out[14 + 28 + 14], i % 64);
	}
	for (i = USERS; i < 2 * USERS; i++)
		assert_int_equal(to_user(&el, i), 1);
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "10.0.0.5", 2), 0);
	assert_int_equal(to_user(&el, 5), 1);
	assert_int_equal(to_user(&el, 6), 0);
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "10.0.0.6 0xffffffff 192.0.2.9", 2), 0);
	assert_int_equal(to_user(&el, 6), 0);
	assert_memory_equal(el.out + 14 + 28 + 4, "\xff\xff\xff\xff", 4);
	assert_int_equal(el.len, 14 + 28 + 20 + 8 + 8); /* no container */
	el_free_tables(&el);
}

/* A G-PDU of this TEID with an IPv4 datagram. */
static int from_teid(struct el *el, unsigned int teid)
{
	uint8_t frame[128];
	unsigned int len =
		el_hex(MACS "0800 45000040 00000000 40110000 c0000201 c0000202 08680868002c0000 30ff001c 00000000"
			    "4500001c 00000000 40110000 c0000201 0a000000 0001000200080000",
		       frame);

	gen_be16(frame + 46, teid >> 16);
	gen_be16(frame + 48, teid);
	return el_push(el, frame, len);
}

static void every_teid_is_known(void **state)
{
	char arg[64];
	unsigned int i;
	struct el el;

	users_file(arg, sizeof(arg), teid_line, USERS);
	load(&el, "GTPUDecapTable", (const char *const[]){ arg, NULL });
	unlink(arg + 5);
	for (i = 0; i < 3 * USERS; i++) {
		assert_int_equal(from_teid(&el, i), i % 3 ? 1 : 0);
		if (i % 3)
			continue;
		assert_int_equal(el.meta.anno, i);
		assert_int_equal(el.meta.paint, i / 3 % 256);
		assert_int_equal(el.len, 14 + 28);
	}
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "9", 2), 0);
	assert_int_equal(from_teid(&el, 9), 1);
	el_free_tables(&el);
	assert_int_equal(el_configure(&el, "GTPUDecapTable", 1, (const char *const[]){ "0x9", NULL }), 0);
	assert_int_equal(el_make_tables(&el), 0);
	assert_int_equal(from_teid(&el, 9), 0);
	assert_int_equal(el.meta.paint, 0);
	assert_int_equal(from_teid(&el, 8), -BTY_DROP_UNKNOWN_TEID);
	el_free_tables(&el);
}

static void subscriber_line(FILE *f, unsigned int i)
{
	fprintf(f, "10.%u.%u.%u %u 192.0.2.%u\n", i >> 16, (i >> 8) & 255, i & 255, i + 7, 1 + i % 200);
}

static void vni_line(FILE *f, unsigned int i)
{
	fprintf(f, "%u %u\n", i * 3, i % 256);
}

static void every_subscriber_has_its_tunnel(void **state)
{
	char arg[64];
	unsigned int i;
	struct el el;
	uint8_t want[4] = { 0 };

	users_file(arg, sizeof(arg), subscriber_line, USERS);
	load(&el, "VXLANEncapTable", (const char *const[]){ "SRC 192.0.2.250", "PORT 4790", arg, NULL });
	unlink(arg + 5);
	for (i = 0; i < USERS; i++) {
		assert_int_equal(to_user(&el, i), 0);
		/* outer Ethernet 14, IPv4 20, UDP 8, VXLAN 8, the frame */
		want[0] = (i + 7) >> 16;
		gen_be16(want + 1, i + 7);
		assert_memory_equal(el.out + 14 + 28, "\x08\0\0\0", 4);
		assert_memory_equal(el.out + 14 + 28 + 4, want, 4);
		assert_memory_equal(el.out + 14 + 16, "\xc0\0\2", 3);
		assert_int_equal(el.out[14 + 19], 1 + i % 200);
		assert_memory_equal(el.out + 14 + 22, "\x12\xb6", 2);
		assert_int_equal(el.len, 14 + 28 + 8 + 14 + 28);
	}
	for (i = USERS; i < 2 * USERS; i++)
		assert_int_equal(to_user(&el, i), 1);
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "10.0.0.5", 2), 0);
	assert_int_equal(to_user(&el, 5), 1);
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "10.0.0.6 0xffffff 192.0.2.9", 2), 0);
	assert_int_equal(to_user(&el, 6), 0);
	assert_memory_equal(el.out + 14 + 28 + 4, "\xff\xff\xff\0", 4);
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "10.0.0.6 0x1000000 192.0.2.9", 2), -EINVAL);
	el_free_tables(&el);
	assert_int_equal(el_configure(&el, "VXLANEncapTable", 1,
				      (const char *const[]){ "SRC 192.0.2.250", "10.0.0.7 1 192.0.2.9", NULL }),
			 0);
	assert_int_equal(el_make_tables(&el), 0);
	assert_int_equal(to_user(&el, 7), 0);
	assert_int_equal(to_user(&el, 8), -BTY_DROP_NO_TUNNEL);
	el_free_tables(&el);
}

/* A VXLAN frame of this VNI with an IPv4 packet in it. */
static int from_vni(struct el *el, unsigned int vni)
{
	uint8_t frame[128];
	unsigned int len =
		el_hex(MACS "0800 4500004e 00000000 40110000 c0000201 c0000202 c00012b5003a0000 08000000 00000000" MACS
			    "0800 4500001c 00000000 40110000 c0000201 0a000000 0001000200080000",
		       frame);

	frame[46] = vni >> 16;
	gen_be16(frame + 47, vni);
	return el_push(el, frame, len);
}

static void every_vni_is_known(void **state)
{
	char arg[64];
	unsigned int i;
	struct el el;

	users_file(arg, sizeof(arg), vni_line, USERS);
	load(&el, "VXLANDecapTable", (const char *const[]){ arg, NULL });
	unlink(arg + 5);
	for (i = 0; i < 3 * USERS; i++) {
		assert_int_equal(from_vni(&el, i), i % 3 ? 1 : 0);
		if (i % 3)
			continue;
		assert_int_equal(el.meta.anno, i);
		assert_int_equal(el.meta.paint, i / 3 % 256);
		assert_int_equal(el.len, 14 + 28);
	}
	el_free_tables(&el);
	assert_int_equal(el_configure(&el, "VXLANDecapTable", 1, (const char *const[]){ "0x9", NULL }), 0);
	assert_int_equal(el_make_tables(&el), 0);
	assert_int_equal(from_vni(&el, 9), 0);
	assert_int_equal(from_vni(&el, 8), -BTY_DROP_NO_TUNNEL);
	el_free_tables(&el);
}

static void refused(void **state)
{
	EL_REFUSES("VXLANEncapTable", "expected SRC", "10.0.0.1 1 192.0.2.1");
	EL_REFUSES("VXLANEncapTable", "test.click:3:3: el: SRC is given twice: expected it once", "SRC 192.0.2.1",
		   "SRC 192.0.2.9", "10.0.0.1 1 192.0.2.2");
	EL_REFUSES("VXLANEncapTable", "expected ADDRESS VNI PEER", "SRC 192.0.2.1", "10.0.0.1 1 192.0.2.2 9");
	EL_REFUSES("VXLANEncapTable", "a VNI, a number of 24 bits", "SRC 192.0.2.1", "10.0.0.1 0x1000000 192.0.2.2");
	EL_REFUSES("VXLANDecapTable", "expected VNI [COLOR]", "1 2 3");
	EL_REFUSES("VXLANDecapTable", "24 bits", "16777216");
	EL_REFUSES("GTPUEncapTable", "expected SRC", "10.0.0.1 1 192.0.2.1");
	EL_REFUSES("GTPUEncapTable", "ADDRESS TEID PEER", "SRC 192.0.2.1", "10.0.0.1 1");
	EL_REFUSES("GTPUEncapTable", "IPv4 address, as SRC", "SRC 192.0.2.1", "10.0.0.1 1 2001:db8::1");
	EL_REFUSES("GTPUEncapTable", "QFI from 0 to 63", "SRC 192.0.2.1", "10.0.0.1 1 192.0.2.2 64");
	EL_REFUSES("GTPUEncapTable", "32 bits", "SRC 192.0.2.1", "10.0.0.1 0x100000000 192.0.2.2");
	EL_REFUSES("GTPUDecapTable", "color from 0 to 255", "1 256");
	EL_REFUSES("GTPUDecapTable", "32 bits", "-1");
}

/* Whether no more than ways hashes meet in a table of this many rows. */
static int fits(const uint32_t *hash, unsigned int n, uint64_t rows, unsigned int ways)
{
	unsigned int i, k, met;

	for (i = 0; i < n; i++) {
		for (k = 0, met = 0; k < n; k++)
			met += !((hash[i] ^ hash[k]) & (rows - 1));
		if (met > ways)
			return 0;
	}
	return 1;
}

/* What a table that does not fit says of itself. */
static void rows_needed(void **state)
{
	uint32_t hash[300], copy[300];
	struct gen g = { .seed = 77 };
	unsigned int n, i, ways, round;
	uint64_t rows;

	for (round = 0; round < 200; round++) {
		n = 1 + gen_below(&g, 300);
		ways = 1 + gen_below(&g, 8);
		for (i = 0; i < n; i++)
			copy[i] = hash[i] = gen_random(&g) & (round % 2 ? 0xffffffff : 0xf003ff07);
		rows = bty_rows_needed(copy, n, ways);
		if (!rows) {
			assert_false(fits(hash, n, 1ULL << 32, ways));
			continue;
		}
		assert_true(fits(hash, n, rows, ways));
		assert_true(rows == 1 || !fits(hash, n, rows / 2, ways));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_user_has_its_tunnel),
		cmocka_unit_test(every_teid_is_known),
		cmocka_unit_test(every_subscriber_has_its_tunnel),
		cmocka_unit_test(every_vni_is_known),
		cmocka_unit_test(refused),
		cmocka_unit_test(rows_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
