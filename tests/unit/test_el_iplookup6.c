// SPDX-License-Identifier: GPL-2.0-or-later
/* IPLookup: its IPv6 tables against naive longest prefix match, gateways, whole batches of both families. */
#include "routes.h"

static void ipv6_routes(void **state)
{
	struct el el;

	LOOKUP(&el, "::/0 0", "2001:db8::/32 1", "2001:db8:0:1::/64 2", "2001:db8::1/128 3", "2001:db8:0:1:8000::/65 4",
	       "10.0.0.0/8 5");
	assert_int_equal(route(&el, "fe80::1"), 0);
	assert_int_equal(route(&el, "2001:db8:ffff::"), 1);
	assert_int_equal(route(&el, "2001:db8:0:1::1"), 2);
	assert_int_equal(route(&el, "2001:db8:0:1:8000::"), 4);
	assert_int_equal(route(&el, "2001:db8::1"), 3);
	assert_int_equal(route(&el, "2001:db8::2"), 1);
	assert_int_equal(route(&el, "10.0.0.1"), 5);
	el_free_tables(&el);
}

static void random_tables6(void **state)
{
	struct gen g = { .seed = 0x6666 };
	struct ref_route *r;
	struct el el;
	uint8_t a[16];
	size_t n, i;
	int round;

	for (round = 0; round < 30; round++) {
		n = 1 + gen_below(&g, round % 3 ? 1000 : 20);
		r = make_routes6(&g, n);
		write_routes(r, n);
		lookup_file(&el);
		for (i = 0; i < 5000; i++) {
			near_addr(&g, r, n, a);
			check_addr(&el, r, n, 1, a);
		}
		for (i = 0; i < n; i++)
			check_edges(&el, r, n, i);
		el_free_tables(&el);
		free(r);
	}
}

/* One below the other at every length: the deepest trie there can be. */
static void nested_to_the_last_bit(void **state)
{
	struct ref_route *r = calloc(3 * 129, sizeof(*r));
	struct gen g = { .seed = 0x9999 };
	struct el el;
	int i, k, n = 0;

	for (i = 0; i <= 128; i++)
		for (k = 0; k < 3; k++) {
			memset(r[n].addr, 0xa5, 16);
			if (k && i)
				r[n].addr[(i - 1) / 8] ^= 0x80 >> (i - 1) % 8;
			if (k == 2 && i > 1)
				r[n].addr[(i - 2) / 8] ^= 0x80 >> (i - 2) % 8;
			mask_addr(r[n].addr, i, 16);
			r[n].v6 = 1;
			r[n].len = i;
			r[n].port = gen_below(&g, 16);
			n++;
		}
	write_routes(r, n);
	lookup_file(&el);
	for (i = 0; i < n; i++)
		check_edges(&el, r, n, i);
	el_free_tables(&el);
	free(r);
}

/* A whole vector of both families and of what is neither: each packet as it is alone. */
static void batches(void **state)
{
	struct gen g = { .seed = 0xbbbb };
	static uint8_t frame[BTY_VEC_MAX][64];
	static struct bty_meta meta[BTY_VEC_MAX];
	static struct bty_batch b;
	struct ref_route *r4 = make_routes(&g, 500), *r6 = make_routes6(&g, 500);
	struct el el4, el6, el;
	uint8_t a[16];
	unsigned int i, len;
	char arg[64];
	int round;
	FILE *f;

	write_routes(r4, 500);
	snprintf(arg, sizeof(arg), "FILE %s", file);
	LOOKUP(&el4, arg);
	write_routes(r6, 500);
	LOOKUP(&el6, arg);
	f = fopen(file, "w");
	assert_non_null(f);
	for (i = 0; i < 500; i++) {
		el4.entries->ops->print(NULL, bty_entry(el4.entries, i % el4.entries->n), (char *)frame, 256);
		fprintf(f, "%s\n", (char *)frame);
		el6.entries->ops->print(NULL, bty_entry(el6.entries, i % el6.entries->n), (char *)frame, 256);
		fprintf(f, "%s\n", (char *)frame);
	}
	fclose(f);
	LOOKUP(&el, arg);
	for (round = 0; round < 200; round++) {
		b.n = round < 20 ? 1 + gen_below(&g, BTY_VEC_MAX) : 1 + gen_below(&g, 40);
		for (i = 0; i < b.n; i++) {
			near_addr(&g, i % 3 ? r6 : r4, 500, a);
			len = make_frame(frame[i], i % 3 != 0, a);
			if (gen_chance(&g, 5))
				frame[i][12] = 0;
			if (gen_chance(&g, 5))
				len = gen_below(&g, len);
			memset(&meta[i], 0, sizeof(meta[i]));
			b.pkt[i] = (struct bty_pkt){ frame[i], frame[i] + len, &meta[i], BTY_NO_FRAME };
			bty_parse(&b.pkt[i]);
		}
		el.cls->process(&b, el.args, &el.env);
		for (i = 0; i < b.n; i++) {
			len = b.pkt[i].data_end - b.pkt[i].data;
			assert_int_equal(el_push(&el, frame[i], len), b.verdict[i]);
			assert_int_equal(el.meta.anno, meta[i].anno);
			if (b.verdict[i] >= 0 || b.verdict[i] == NO_ROUTE)
				compare(&el, i % 3 ? naive(r6, 500, frame[i] + 38) : naive(r4, 500, frame[i] + 30),
					i % 3 != 0, frame[i] + (i % 3 ? 38 : 30), b.verdict[i], &meta[i]);
		}
	}
	el_free_tables(&el);
	el_free_tables(&el4);
	el_free_tables(&el6);
	free(r4);
	free(r6);
}

/* Random addresses and lengths, as NBA's benchmark has them; and many below few networks, as hosts are. */
static void a_million_routes6(void **state)
{
	struct gen g = { .seed = 0x1000006 };
	struct ref_route *r = new_routes(&g, MILLION);
	struct el el;
	uint8_t a[16];
	double t;
	int i;

	for (i = 0; i < MILLION; i++) {
		gen_fill(&g, r[i].addr, 16);
		r[i].v6 = 1;
		r[i].len = 1 + gen_below(&g, 128);
		if (i % 2) {
			memcpy(r[i].addr, "\x20\x01\x0d\xb8", 4);
			r[i].len = 33 + gen_below(&g, 96);
		}
		if (i % 4 == 3)
			memset(r[i].addr + 8, 0, 6);
		mask_addr(r[i].addr, r[i].len, 16);
	}
	write_routes(r, MILLION);
	t = seconds();
	lookup_file(&el);
	t = seconds() - t;
	print_message("1 M IPv6 routes: checked, read and loaded in %.2f s of CPU, with sanitizers; %u MiB\n", t,
		      (el.env.table[IPLOOKUP_TRIE].nrows >> 14) + (el.env.table[IPLOOKUP_DIR6].nrows >> 14));
	for (i = 0; i < 300; i++) {
		near_addr(&g, r, MILLION, a);
		check_addr(&el, r, MILLION, 1, a);
	}
	el_free_tables(&el);
	free(r);
}

static void gateways_of_both_families(void **state)
{
	static const uint8_t local[16] = { 0xfe, 0x80, [15] = 1 }, global[16] = { 0x20, 1, 0xd, 0xb8, [15] = 9 };
	struct el el;

	LOOKUP(&el, "::/0 fe80::1 0", "2001:db8::/32 2001:db8::9 1", "2001:db8:1::/48 - 1", "10.0.0.0/8 192.0.2.1 0",
	       "2001:db8:2::/48 fe80::1 2");
	assert_int_equal(route(&el, "fd00::1"), 0);
	assert_memory_equal(bty_gateway(&el.env, el.meta.anno), local, 16);
	assert_int_equal(route(&el, "2001:db8::5"), 1);
	assert_memory_equal(bty_gateway(&el.env, el.meta.anno), global, 16);
	assert_int_equal(route(&el, "2001:db8:1::5"), 1);
	assert_int_equal(el.meta.anno, 0);
	/* one gateway, one number; and a change leaves numbers as they are */
	assert_int_equal(route(&el, "2001:db8:2::5"), 2);
	assert_memory_equal(bty_gateway(&el.env, el.meta.anno), local, 16);
	assert_int_equal(el.gateways.n, 2);
	assert_int_equal(el_change(&el, BTY_TABLE_DEL, "2001:db8::/32", 3), 0);
	assert_int_equal(el_change(&el, BTY_TABLE_SET, "::/0 fe80::2 0", 3), 0);
	assert_int_equal(el.gateways.n, 3);
	assert_memory_equal(el.gateways.addr[1 + !memcmp(el.gateways.addr[2], local, 16)], local, 16);
	assert_null(bty_gateway(&el.env, BTY_MAX_GATEWAYS));
	el_free_tables(&el);
}

/* Numbers of gateways are few and never taken back. */
static void too_many_gateways(void **state)
{
	char arg[64];
	struct el el;
	FILE *f = fopen(file, "w");
	int i;

	assert_non_null(f);
	for (i = 0; i < BTY_MAX_GATEWAYS; i++)
		fprintf(f, "2001:db8:%x::/48 fe80::%x 1\n", i, i + 1);
	fclose(f);
	snprintf(arg, sizeof(arg), "FILE %s", file);
	assert_int_equal(EL_CONFIGURE(&el, "IPLookup", arg), 0);
	assert_int_equal(el_make_tables(&el), -E2BIG);
	assert_non_null(strstr(el.err.msg, "more than 4095 IPv6 gateways"));
	el_free_tables(&el);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv6_routes),
		cmocka_unit_test(random_tables6),
		cmocka_unit_test(nested_to_the_last_bit),
		cmocka_unit_test(batches),
		cmocka_unit_test(a_million_routes6),
		cmocka_unit_test(gateways_of_both_families),
		cmocka_unit_test(too_many_gateways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return run_with_file(run);
}
