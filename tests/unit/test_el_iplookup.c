// SPDX-License-Identifier: GPL-2.0-or-later
/* IPLookup: its IPv4 tables against naive longest prefix match, a million routes, changes, errors. */
#include "routes.h"

static void longest_prefix_wins(void **state)
{
	struct el el;

	LOOKUP(&el, "10.0.0.0/8 1", "10.1.0.0/16 10.9.9.1 2", "10.1.2.0/24 3", "10.1.2.128/25 4",
	       "10.1.2.200/32 10.9.9.2 5", "10.1.4.4/32 8", "172.16.0.0/12 - 6", "255.255.255.255/32 7");
	assert_int_equal(el.nout, 9);
	assert_int_equal(route(&el, "10.0.0.0"), 1);
	assert_int_equal(el.meta.anno, 0);
	assert_int_equal(route(&el, "10.255.255.255"), 1);
	assert_int_equal(route(&el, "10.1.3.1"), 2);
	assert_int_equal(el.meta.anno, inet_addr("10.9.9.1"));
	assert_int_equal(route(&el, "10.1.2.127"), 3);
	assert_int_equal(route(&el, "10.1.2.128"), 4);
	assert_int_equal(route(&el, "10.1.2.200"), 5);
	assert_int_equal(el.meta.anno, inet_addr("10.9.9.2"));
	assert_int_equal(route(&el, "10.1.2.201"), 4);
	assert_int_equal(route(&el, "10.1.4.4"), 8);
	assert_int_equal(route(&el, "10.1.4.0"), 2);
	assert_int_equal(route(&el, "10.1.4.255"), 2);
	assert_int_equal(route(&el, "172.31.255.255"), 6);
	assert_int_equal(route(&el, "255.255.255.255"), 7);
	assert_int_equal(route(&el, "255.255.255.254"), NO_ROUTE);
	assert_int_equal(route(&el, "9.255.255.255"), NO_ROUTE);
	assert_int_equal(route(&el, "11.0.0.0"), NO_ROUTE);
	assert_int_equal(route(&el, "2001:db8::1"), NO_ROUTE);
	el_free_tables(&el);
}

static void last_of_equal_prefixes(void **state)
{
	struct el el;

	LOOKUP(&el, "10.0.0.0/8 1", "10.1.1.1/32 2", "10.0.0.0/8 3", "10.1.1.1/32 4", "2001:db8::/32 5",
	       "2001:db8::/32 6");
	assert_int_equal(route(&el, "10.2.2.2"), 3);
	assert_int_equal(route(&el, "10.1.1.1"), 4);
	assert_int_equal(route(&el, "2001:db8::1"), 6);
	el_free_tables(&el);
}

static void not_routed(void **state)
{
	uint8_t frame[64];
	struct el el;

	LOOKUP(&el, "0.0.0.0/0 0");
	assert_int_equal(route(&el, "1.2.3.4"), 0);
	assert_int_equal(el_push_copy(&el, frame, el_hex("020000000002 020000000001 0806 0001", frame)),
			 -(int)BTY_DROP_NOT_IP);
	assert_int_equal(el_push_copy(&el, frame, el_hex("020000000002 020000000001 0800 4500", frame)),
			 -(int)BTY_DROP_NOT_IP);
	el_free_tables(&el);
}

static void random_tables(void **state)
{
	struct gen g = { .seed = 0x1234 };
	struct ref_route *r;
	struct el el;
	size_t n, i;
	int round;

	for (round = 0; round < 10; round++) {
		n = 1 + gen_below(&g, 1000);
		r = make_routes(&g, n);
		write_routes(r, n);
		lookup_file(&el);
		for (i = 0; i < 100000; i++)
			check(&el, r, n, i % 2 ? gen_random(&g) : (gen_random(&g) & 0x0fffffff) | 10u << 24);
		for (i = 0; i < n; i++)
			check_edges(&el, r, n, i);
		el_free_tables(&el);
		free(r);
	}
}

/* One to 40 prefixes longer than /24 in one network: as ranges, and as a node; every address of them. */
static void groups_of_every_size(void **state)
{
	struct gen g = { .seed = 0x2424 };
	struct ref_route *r;
	struct el el;
	uint32_t addr;
	size_t n, i;
	int round;

	for (round = 0; round < 120; round++) {
		n = 1 + round / 3;
		r = new_routes(&g, n + 1);
		for (i = 0; i < n; i++) {
			addr = htonl(0x0a010200 | gen_below(&g, 256));
			memcpy(r[i].addr, &addr, 4);
			r[i].len = 25 + gen_below(&g, 8);
			mask_addr(r[i].addr, r[i].len, 4);
		}
		memcpy(r[n].addr, "\x0a\x01\x00\x00", 4);
		r[n].len = round % 2 ? 16 : 24;
		write_routes(r, n + 1);
		lookup_file(&el);
		for (addr = 0x0a0101f0; addr < 0x0a010310; addr++)
			check(&el, r, n + 1, addr);
		el_free_tables(&el);
		free(r);
	}
}

static void a_million_routes(void **state)
{
	struct gen g = { .seed = 0x4321 };
	struct ref_route *r = make_routes(&g, MILLION);
	double t;
	struct el el;
	int i;

	write_routes(r, MILLION);
	t = seconds();
	lookup_file(&el);
	t = seconds() - t;
	print_message("1 M routes: checked, read and loaded in %.2f s of CPU, with sanitizers\n", t);
	assert_true(t < 3);
	for (i = 0; i < 300; i++)
		check(&el, r, MILLION, i % 2 ? gen_random(&g) : (gen_random(&g) & 0x0fffffff) | 10u << 24);
	el_free_tables(&el);
	free(r);
}

static void file_and_arguments(void **state)
{
	char arg[64];
	struct el el;
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fputs("10.0.0.0/8 1\n10.1.0.0/16 2\n2001:db8::/32 3", f);
	fclose(f);
	snprintf(arg, sizeof(arg), "FILE \"%s\"", file);
	LOOKUP(&el, "10.0.0.0/8 9", arg, "10.2.0.0/16 4");
	assert_int_equal(el.nout, 10);
	assert_int_equal(route(&el, "10.0.0.1"), 9);
	assert_int_equal(route(&el, "10.1.0.1"), 2);
	assert_int_equal(route(&el, "10.2.0.1"), 4);
	assert_int_equal(route(&el, "2001:db8::1"), 3);
	el_free_tables(&el);
}

static void bad_file(const char *text, const char *says)
{
	char arg[64];
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	snprintf(arg, sizeof(arg), "FILE %s", file);
	EL_REFUSES("IPLookup", says, arg);
}

static void file_errors(void **state)
{
	char where[96];

	snprintf(where, sizeof(where), "dir/test.click:2:3: el: %s:3: expected PREFIX/LEN", file);
	bad_file("# routes\n10.0.0.0/8 1\n10.0.0.0 1\n", where);
	bad_file("10.0.0.0/8 1\n10.0.0.0/33 1\n", ":2: expected a prefix length up to 32");
	bad_file("10.0.0.0/8 64\n", ":1: expected an output port below 64");
	bad_file("10.0.0.0/8\n", ":1: expected an output port");
	bad_file("10.0.0.0/8 10.0.0.256 1\n", ":1: expected an output port");
	bad_file("10.0.0.0/8 1 2\n", "and nothing more");
	bad_file("10.0.0.1/8 1\n", "bits beyond its prefix length");
	bad_file("10.0.0.128/24 1\n", "bits beyond its prefix length");
	bad_file("2001:db8::1/64 1\n", "bits beyond its prefix length");
	bad_file("2001:db8::/129 1\n", "a prefix length up to 128");
	bad_file("2001:db8::/32 10.0.0.1 1\n", "an IPv6 route takes an IPv6 gateway");
	bad_file("10.0.0.0/8 2001:db8::1 1\n", "an IPv4 route takes an IPv4 gateway");
	bad_file("2001:db8::/32 fe80::1::2 1\n", ":1: expected an output port");
	bad_file("2001:db8:::/32 1\n", "expected PREFIX/LEN");
	bad_file("10.0.0.0/8x 1\n", "a prefix length up to 32");
	bad_file("# nothing\n", "no routes in it");
	bad_file("10.0.0.0/8 \xff", "expected an output port");
	unlink(file);
	EL_REFUSES("IPLookup", "cannot read routes: No such file", "FILE none/such");
	EL_REFUSES("IPLookup", "dir/none/such", "FILE none/such");
	EL_REFUSES("IPLookup", "/tmp: cannot read routes: not a file", "FILE /tmp");
}

/* What cannot be a line of a table is refused, and nothing after it is left out unseen. */
static void torn_files(void **state)
{
	static const char head[] = "10.0.0.0/8 1\n", nul[] = "10.0.0.0/8 1\n11.0.0.0/8 1\0 2\n12.0.0.0/8 1\n";
	char where[96], *text = malloc(sizeof(head) + 65537 + 1);
	FILE *f = fopen(file, "w");
	struct el el;

	assert_non_null(f);
	assert_non_null(text);
	assert_int_equal(fwrite(nul, 1, sizeof(nul) - 1, f), sizeof(nul) - 1);
	assert_int_equal(fclose(f), 0);
	snprintf(text, 64, "FILE %s", file);
	snprintf(where, sizeof(where), "%s:2: a NUL byte: the file is binary or torn", file);
	EL_REFUSES("IPLookup", where, text);
	memcpy(text, head, sizeof(head));
	memset(text + sizeof(head) - 1, ' ', 65537);
	text[sizeof(head) - 1 + 65537] = 0;
	snprintf(where, sizeof(where), "%s:2: a line of more than 65536 bytes", file);
	bad_file(text, where);
	/* as long as one may be, and the last without an end */
	memcpy(text + sizeof(head) - 1 + 65536 - 12, "11.0.0.0/8 2", 13);
	f = fopen(file, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	lookup_file(&el);
	assert_int_equal(route(&el, "11.0.0.1"), 2);
	el_free_tables(&el);
	free(text);
}

static void limits(void **state)
{
	EL_REFUSES("IPLookup", "no routes: expected PREFIX/LEN", NULL);
	EL_REFUSES("IPLookup", "test.click:3:3: el: '10/8 1': expected PREFIX/LEN", "10.0.0.0/8 1", "10/8 1");
	EL_REFUSES("IPLookup", "a second FILE", "FILE a", "FILE b");
}

/* More groups, or more next hops, than entries of 16 bits can number: and one less. */
static void wide_entries(void **state)
{
	static const struct {
		int ngroups, nhops, wide;
	} sizes[] = { { 32768, 10, 0 }, { 32769, 10, 1 }, { 10, 32767, 0 }, { 10, 32768, 1 }, { 70000, 70000, 1 } };
	char addr[64];
	struct el el;
	size_t k;
	int i;

	for (k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		FILE *f = fopen(file, "w");

		assert_non_null(f);
		for (i = 0; i < sizes[k].ngroups; i++)
			fprintf(f, "%d.%d.%d.128/25 192.168.0.1 1\n", 10 + (i >> 16), i >> 8 & 255, i & 255);
		for (i = 1; i < sizes[k].nhops; i++)
			fprintf(f, "20.%d.%d.0/24 10.%d.%d.%d 1\n", i >> 8 & 255, i & 255, i >> 16, i >> 8 & 255,
				i & 255);
		fclose(f);
		lookup_file(&el);
		assert_int_equal(((struct iplookup_args *)el.args)->wide, sizes[k].wide);
		for (i = 0; i < sizes[k].ngroups; i++) {
			snprintf(addr, sizeof(addr), "%d.%d.%d.%d", 10 + (i >> 16), i >> 8 & 255, i & 255,
				 128 + i % 128);
			assert_int_equal(route(&el, addr), 1);
			assert_int_equal(el.meta.anno, inet_addr("192.168.0.1"));
		}
		i = sizes[k].nhops - 1;
		snprintf(addr, sizeof(addr), "20.%d.%d.9", i >> 8 & 255, i & 255);
		assert_int_equal(route(&el, addr), 1);
		snprintf(addr, sizeof(addr), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		assert_int_equal(el.meta.anno, inet_addr(addr));
		assert_int_equal(route(&el, "10.0.0.127"), NO_ROUTE);
		el_free_tables(&el);
	}
}

static void write_text(const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* Entries as `table show` prints them, each with a line feed. */
static const char *shown(const struct el *el)
{
	static char text[4096];
	size_t i, n = 0;

	text[0] = 0;
	for (i = 0; i < el->entries->n; i++) {
		el->entries->ops->print(el->args, bty_entry(el->entries, i), text + n, sizeof(text) - n);
		n = strlen(text);
		n += snprintf(text + n, sizeof(text) - n, "\n");
	}
	return text;
}

static void changed_by_hand(void **state)
{
	struct el el;

	LOOKUP(&el, "10.0.0.0/8 1", "10.1.0.0/16 10.9.9.1 2", "2001:db8::/32 3");
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "10.1.2.0/24 192.0.2.1 0", 4), 0);
	assert_int_equal(route(&el, "10.1.2.3"), 0);
	assert_int_equal(el.meta.anno, inet_addr("192.0.2.1"));
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "10.1.0.0/16 3", 4), 0);
	assert_int_equal(route(&el, "10.1.3.3"), 3);
	assert_int_equal(el.meta.anno, 0);
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "10.1.2.0/24", 4), 0);
	assert_int_equal(route(&el, "10.1.2.3"), 3);
	/* what follows the key does not matter */
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "10.0.0.0/8 192.0.2.1 2", 4), 0);
	assert_int_equal(route(&el, "10.2.2.2"), NO_ROUTE);
	assert_string_equal(shown(&el), "10.1.0.0/16 3\n2001:db8::/32 3\n");
	assert_int_equal(el.entries->version, 4);
	el_free_tables(&el);
}

static void changes_refused(void **state)
{
	struct el el;

	LOOKUP(&el, "10.0.0.0/8 1", "10.1.0.0/16 2");
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "10.1.2.0/24 3", 3), -ERANGE);
	assert_non_null(strstr(el.err.msg, "a route to output 3, which is not connected: expected 0 to 2"));
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "10.1.2.0/33 1", 3), -EINVAL);
	assert_non_null(strstr(el.err.msg, "'10.1.2.0/33 1': expected a prefix length up to 32"));
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "10.1.0.0/17", 3), -ENOENT);
	assert_non_null(strstr(el.err.msg, "there is no such route"));
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "10.1.0.0/17 x", 3), -EINVAL);
	write_text("10.0.0.0/8 0\n\n10.0.0.0/8 3\n");
	assert_int_equal(el_change(&el, BTY_TABLE_LOAD, file, 3), -ERANGE);
	assert_non_null(strstr(el.err.msg, ":3: a route to output 3, which is not connected"));
	assert_int_equal(el_change(&el, BTY_TABLE_LOAD, "/none/such", 3), -ENOENT);
	assert_string_equal(shown(&el), "10.0.0.0/8 1\n10.1.0.0/16 2\n");
	assert_int_equal(el.entries->version, 0);
	assert_int_equal(route(&el, "10.1.0.1"), 2);
	el_free_tables(&el);
}

/* A new FILE replaces what came from the old one; what arguments and `table set' say stays, and counts more. */
static void another_file(void **state)
{
	char arg[64];
	struct el el;

	write_text("10.0.0.0/8 1\n10.1.0.0/16 1\n10.2.0.0/16 1\n");
	snprintf(arg, sizeof(arg), "FILE %s", file);
	LOOKUP(&el, "10.1.0.0/16 2", arg);
	assert_string_equal(shown(&el), "10.0.0.0/8 1\n10.1.0.0/16 2\n10.2.0.0/16 1\n");
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "10.2.0.0/16 5", 16), 0);
	write_text("10.1.0.0/16 3\n10.2.0.0/16 3\n10.3.0.0/16 3\n");
	assert_int_equal(el_change(&el, BTY_TABLE_LOAD, file, 16), 0);
	assert_string_equal(shown(&el), "10.1.0.0/16 2\n10.2.0.0/16 5\n10.3.0.0/16 3\n");
	assert_int_equal(route(&el, "10.0.0.1"), NO_ROUTE);
	/* deleted, it leaves nothing behind, whatever the file says */
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "10.2.0.0/16", 16), 0);
	assert_int_equal(route(&el, "10.2.0.1"), NO_ROUTE);
	el_free_tables(&el);
}

static void change_entries(struct el *el, enum bty_change what, const char *text, int expect)
{
	struct bty_entries *e;

	assert_int_equal(bty_entries_change(el->entries, el->args, what, text, 16, &e, &el->err), expect);
	if (expect)
		return;
	bty_entries_free(el->entries);
	el->entries = e;
}

/* Thousands of changes in any order leave what a list of them says. */
static void many_changes(void **state)
{
	struct gen g = { .seed = 0x777 };
	int present[300] = { 0 }, i, n;
	char text[64];
	struct el el;

	assert_int_equal(EL_CONFIGURE(&el, "IPLookup", "192.0.2.0/24 15"), 0);
	for (i = 0; i < 5000; i++) {
		n = gen_below(&g, 300);
		if (gen_chance(&g, 50)) {
			present[n] = 1 + gen_below(&g, 15);
			snprintf(text, sizeof(text), "10.%d.%d.0/24 %d", n / 100, n, present[n] - 1);
			if (n > 255)
				snprintf(text, sizeof(text), "11.%d.0.0/16 %d", n - 256, present[n] - 1);
			change_entries(&el, BTY_TABLE_SET, text, 0);
		} else {
			snprintf(text, sizeof(text), "10.%d.%d.0/24", n / 100, n);
			if (n > 255)
				snprintf(text, sizeof(text), "11.%d.0.0/16", n - 256);
			change_entries(&el, BTY_TABLE_DEL, text, present[n] ? 0 : -ENOENT);
			present[n] = 0;
		}
	}
	assert_int_equal(el_make_tables(&el), 0);
	for (n = 0; n < 300; n++) {
		snprintf(text, sizeof(text), "10.%d.%d.1", n / 100, n);
		if (n > 255)
			snprintf(text, sizeof(text), "11.%d.2.3", n - 256);
		assert_int_equal(route(&el, text), present[n] ? present[n] - 1 : NO_ROUTE);
	}
	el_free_tables(&el);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longest_prefix_wins),	cmocka_unit_test(last_of_equal_prefixes),
		cmocka_unit_test(not_routed),		cmocka_unit_test(random_tables),
		cmocka_unit_test(groups_of_every_size), cmocka_unit_test(a_million_routes),
		cmocka_unit_test(file_and_arguments),	cmocka_unit_test(file_errors),
		cmocka_unit_test(torn_files),		cmocka_unit_test(limits),
		cmocka_unit_test(wide_entries),		cmocka_unit_test(changed_by_hand),
		cmocka_unit_test(changes_refused),	cmocka_unit_test(another_file),
		cmocka_unit_test(many_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return run_with_file(run);
}
