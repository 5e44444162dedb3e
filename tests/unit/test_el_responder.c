// SPDX-License-Identifier: GPL-2.0-or-later
/* ARPResponder and NDPResponder: entries, which counts, what is refused. What packets look like: packets/test_scapy. */
#include <elements/arpresponder.h>

#include "el.h"

/* Asks for 10.1.2.LAST. Returns the last byte of the MAC address in the answer, or -1 for none. */
static int ask(struct el *el, unsigned int last)
{
	uint8_t frame[64];
	unsigned int len = el_hex("ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 0a000001"
				  "000000000000 0a010200",
				  frame);

	frame[len - 1] = last;
	if (el_push(el, frame, len))
		return -1;
	assert_memory_equal(frame + 6, frame + 22, 6);
	assert_int_equal(frame[21], 2);
	return frame[11];
}

static void longest_prefix_counts(void **state)
{
	struct el el;

	EL_LOAD(&el, "ARPResponder", "10.1.2.0/25 02:00:00:00:00:25", "10.1.2.7 02:00:00:00:00:32",
		"10.1.0.0/16 02:00:00:00:00:16");
	assert_int_equal(ask(&el, 7), 0x32);
	assert_int_equal(ask(&el, 8), 0x25);
	assert_int_equal(ask(&el, 128), 0x16);
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "10.1.2.7", 2), 0);
	assert_int_equal(ask(&el, 7), 0x25);
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "10.1.2.0/25 02:00:00:00:00:26", 2), 0);
	assert_int_equal(ask(&el, 7), 0x26);
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "10.1.0.0/16", 2), 0);
	assert_int_equal(ask(&el, 128), -1);
	el_free_tables(&el);
}

static void refused(void **state)
{
	static char text[BTY_ANSWERS + 1][40];
	const char *many[BTY_ANSWERS + 2];
	struct el el;
	int i;

	EL_REFUSES("ARPResponder", "expected ADDRESS[/LEN] MAC", "10.0.0.1");
	EL_REFUSES("ARPResponder", "up to 32", "10.0.0.0/33 02:00:00:00:00:01");
	EL_REFUSES("ARPResponder", "beyond its prefix", "10.0.0.1/24 02:00:00:00:00:01");
	EL_REFUSES("ARPResponder", "IPv4 address", "2001:db8::1 02:00:00:00:00:01");
	EL_REFUSES("ARPResponder", "Ethernet address", "10.0.0.1 02:00:00:00:00");
	EL_REFUSES("ARPResponder", "group address", "10.0.0.1 ff:ff:ff:ff:ff:ff");
	EL_REFUSES("NDPResponder", "IPv6 address", "10.0.0.1 02:00:00:00:00:01");
	EL_REFUSES("NDPResponder", "true", "2001:db8::1 02:00:00:00:00:01", "ROUTER perhaps");
	/* one more than fit */
	for (i = 0; i < BTY_ANSWERS; i++) {
		snprintf(text[i], sizeof(text[i]), "10.0.0.%d 02:00:00:00:00:01", i);
		many[i] = text[i];
	}
	many[i] = NULL;
	assert_int_equal(el_configure(&el, "ARPResponder", 0, many), 0);
	assert_true(el_change(&el, BTY_TABLE_SET, "10.0.1.0 02:00:00:00:00:01", 2) < 0);
	assert_non_null(strstr(el.err.msg, "257 answers; at most 256"));
	el_free_tables(&el);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longest_prefix_counts),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
