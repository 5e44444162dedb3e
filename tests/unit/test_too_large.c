// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables that do not fit: the message says how large they would have to be. Entries that meet in one row are searched for with the
 * elements' own hashes, as they are few where millions at random would be needed. What no file of a test can reach is replaced: the
 * number of entries a table may have, by a smaller one, and how many rows an IPv6 trie takes. ExactMatch is in test_el_match.c.
 */
#define MAX_ENTRIES 1024
#include "user/element/entries.c"

#include <unistd.h>
#include <elements/mactable.h>
#include <elements/staticnat.h>

#include "el.h"
#include "user/element/iptrie.h"
#include "user/element/probe.h"

static char file[] = "/tmp/bty_large_XXXXXX";
static char argument[64];

/* In place of user/element/iptrie.c. */
static uint64_t trie_rows;

uint64_t iptrie_rows(const struct iptrie_prefix *p, size_t n, unsigned int dir6_bits)
{
	return trie_rows;
}

void iptrie_sort(struct iptrie_prefix *p, size_t n)
{
}

void iptrie_fill(const struct iptrie_prefix *p, size_t n, unsigned int dir6_bits, uint32_t *dir, uint8_t *trie)
{
}

static FILE *begin(void)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	snprintf(argument, sizeof(argument), "FILE %s", file);
	return f;
}

/* Rows, a power of two, of which each has at most ways of n hashes. */
static unsigned long long rows_for(const uint32_t *hash, int n, int ways)
{
	unsigned long long rows = 1;
	int i, k, same, most;

	do {
		rows *= 2;
		for (i = most = 0; i<n; i++, most = same> most ? same : most)
			for (k = same = 0; k < n; k++)
				same += (hash[i] & (rows - 1)) == (hash[k] & (rows - 1));
	} while (most > ways);
	return rows;
}

static void static_nat(void **state)
{
	uint32_t hash[STATICNAT_WAYS + 1], a, h;
	char says[96];
	FILE *f = begin();
	int n = 0;

	for (a = 0x0a000000; n <= STATICNAT_WAYS; a++) {
		assert_true(a < 0xe0000000);
		h = staticnat_hash(staticnat_key(a, 32));
		if (h & 0x3fffff)
			continue;
		fprintf(f, "%u.%u.%u.%u 192.0.2.%d\n", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255, n);
		hash[n++] = h;
	}
	fclose(f);
	snprintf(says, sizeof(says), "%d pairs need %llu rows; at most 4194304 are possible", n,
		 rows_for(hash, n, STATICNAT_WAYS));
	EL_REFUSES("StaticNAT", says, "OUT", argument);
}

static void mac_table(void **state)
{
	uint32_t hash[MACTABLE_WAYS + 1], h;
	uint64_t a;
	char says[96];
	FILE *f = begin();
	int n = 0, i;

	for (a = 0x020000000000; n <= MACTABLE_WAYS; a++) {
		assert_true(a < 0x030000000000);
		h = bty_mix(a);
		if (h & 0x3fffff)
			continue;
		for (i = 40; i >= 0; i -= 8)
			fprintf(f, "%02x%c", (unsigned int)(a >> i & 255), i ? ':' : ' ');
		fprintf(f, "1\n");
		hash[n++] = h;
	}
	fclose(f);
	snprintf(says, sizeof(says), "%d stations need %llu rows; at most 4194304 are possible", n,
		 rows_for(hash, n, MACTABLE_WAYS));
	EL_REFUSES("MACTable", says, argument);
}

static void ipv6_routes(void **state)
{
	FILE *f = begin();

	fprintf(f, "2001:db8::/32 0\n");
	fclose(f);
	trie_rows = 0x40000001;
	EL_REFUSES("IPLookup", "the IPv6 routes need 1073741825 rows of 64 bytes; at most 1073741823 are possible",
		   argument);
	trie_rows = 0;
}

/* More with one hash than a row holds meet in one of any number. */
static void no_rows_would_do(void **state)
{
	static const uint32_t same[] = { 7, 1, 7, 2, 7 };
	uint32_t *hash = malloc(sizeof(same));
	struct bty_err err;

	assert_non_null(hash);
	memcpy(hash, same, sizeof(same));
	assert_int_equal(bty_rows_fail(hash, 5, 2, "pair", 8, &err), -E2BIG);
	assert_string_equal(err.msg, "5 pairs: more than 2 have one hash, so that no number of rows would do");
}

static void entries(void **state)
{
	struct bty_entries *more = NULL;
	struct bty_err err;
	char says[96];
	FILE *f = begin();
	struct el el;
	int i;

	for (i = 0; i < 1500; i++)
		fprintf(f, "%s10.%d.%d.0/24 1\n# %d\n", i == 700 ? "\n\n" : "", i / 256, i % 256, i);
	fclose(f);
	/* a line and a comment for each; two that are empty */
	snprintf(says, sizeof(says), "%s:2051: more than 1024 routes; the file has 1500", file);
	EL_REFUSES("IPLookup", says, argument);
	f = begin();
	for (i = 0; i < 1023; i++)
		fprintf(f, "10.%d.%d.0/24 1\n", i / 256, i % 256);
	fclose(f);
	assert_int_equal(EL_CONFIGURE(&el, "IPLookup", "192.0.2.0/24 1", "192.0.3.0/24 1"), 0);
	assert_int_equal(bty_entries_change(el.entries, el.args, BTY_TABLE_LOAD, file, 2, &more, &err), -E2BIG);
	snprintf(says, sizeof(says), "%s: more than 1024 routes; with those set by hand there are 1025", file);
	assert_string_equal(err.msg, says);
	assert_null(more);
	el_free_tables(&el);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(static_nat), cmocka_unit_test(mac_table),	  cmocka_unit_test(ipv6_routes),
		cmocka_unit_test(entries),    cmocka_unit_test(no_rows_would_do),
	};
	int ret, fd = mkstemp(file);

	if (fd < 0)
		return 1;
	close(fd);
	ret = cmocka_run_group_tests_name("too_large", tests, NULL, NULL);
	unlink(file);
	return ret;
}
