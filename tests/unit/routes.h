/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes for tests: random ones of both families, and longest prefix match over them that looks at every route and every bit,
 * with none of the code under test. Included by test_el_iplookup*.c.
 */
#ifndef TESTS_UNIT_ROUTES_H
#define TESTS_UNIT_ROUTES_H

#include <arpa/inet.h>
#include <time.h>
#include <unistd.h>
#include <batchy/gateway.h>
#include <elements/iplookup.h>

#include "el.h"

#define NO_ROUTE (-(int)BTY_DROP_NO_ROUTE)
#define MILLION	 1000000

static char file[] = "/tmp/bty_routes_XXXXXX";

/* CPU time: tests run side by side. */
static inline double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

#define LOOKUP(el, ...) EL_LOAD(el, "IPLookup", __VA_ARGS__)

/* Where a packet to addr, in text, goes; its gateway in el->meta.anno. */
static int route(struct el *el, const char *addr)
{
	uint8_t frame[80] = { 0 };
	int v6 = !!strchr(addr, ':');

	memcpy(frame + 12, v6 ? "\x86\xdd\x60" : "\x08\x00\x45", 3);
	assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, addr, frame + (v6 ? 38 : 30)), 1);
	return el_push(el, frame, v6 ? 54 : 34);
}

/* What the tables are compared with: no struct of theirs. */
struct ref_route {
	uint8_t addr[16]; /* IPv4: the first 4 */
	int v6, len, port;
	int gateway; /* 0: none; else its last byte */
};

static void mask_addr(uint8_t *a, int len, int size)
{
	int i;

	for (i = 0; i < size; i++)
		a[i] &= len >= 8 * (i + 1) ? 0xff : len <= 8 * i ? 0 : 0xff << (8 * (i + 1) - len);
}

static struct ref_route *new_routes(struct gen *g, size_t n)
{
	struct ref_route *r = calloc(n, sizeof(*r));
	size_t i;

	assert_non_null(r);
	for (i = 0; i < n; i++) {
		r[i].port = gen_below(g, 16);
		r[i].gateway = gen_chance(g, 80) ? 1 + gen_below(g, 100) : 0;
	}
	return r;
}

static inline struct ref_route *make_routes(struct gen *g, size_t n)
{
	struct ref_route *r = new_routes(g, n);
	uint32_t addr;
	size_t i;

	for (i = 0; i < n; i++) {
		/* mostly /16 to /24, as on the Internet, and some of every length */
		r[i].len = gen_chance(g, 80) ? 16 + gen_below(g, 9) : gen_below(g, 33);
		/* few enough networks that prefixes nest */
		addr = r[i].len > 24 ? 10u << 24 | gen_below(g, 1 << 21) : gen_random(g);
		if (gen_chance(g, 50))
			addr = (addr & 0x0fffffff) | 10u << 24;
		addr = htonl(addr);
		memcpy(r[i].addr, &addr, 4);
		mask_addr(r[i].addr, r[i].len, 4);
	}
	return r;
}

/* Random, or near an address that was there before: so that prefixes nest, and part at every bit. */
static inline struct ref_route *make_routes6(struct gen *g, size_t n)
{
	struct ref_route *r = new_routes(g, n);
	size_t i;
	int bit;

	for (i = 0; i < n; i++) {
		r[i].v6 = 1;
		r[i].len = gen_chance(g, 70) ? gen_below(g, 129) : 16 * gen_below(g, 9);
		gen_fill(g, r[i].addr, 16);
		if (i && gen_chance(g, 70)) {
			memcpy(r[i].addr, r[gen_below(g, i)].addr, 16);
			bit = gen_below(g, 128);
			r[i].addr[bit / 8] ^= 1 << bit % 8;
			if (gen_chance(g, 50))
				gen_fill(g, r[i].addr + 15, 1);
		}
		mask_addr(r[i].addr, r[i].len, 16);
	}
	return r;
}

static void write_routes(const struct ref_route *r, size_t n)
{
	FILE *f = fopen(file, "w");
	char addr[INET6_ADDRSTRLEN];
	size_t i;

	assert_non_null(f);
	fprintf(f, "# prefix/len [gateway] port\n\n");
	for (i = 0; i < n; i++) {
		inet_ntop(r[i].v6 ? AF_INET6 : AF_INET, r[i].addr, addr, sizeof(addr));
		fprintf(f, "%s/%d ", addr, r[i].len);
		if (r[i].gateway)
			fprintf(f, r[i].v6 ? "\tfe80::%x " : "\t10.0.0.%u ", r[i].gateway);
		fprintf(f, "%d%s\n", r[i].port, i % 7 ? "" : " # a comment\r");
	}
	assert_int_equal(fclose(f), 0);
}

/* Bit by bit. */
static int lies_in(const struct ref_route *r, const uint8_t *addr)
{
	int i;

	for (i = 0; i < r->len; i++)
		if ((addr[i / 8] ^ r->addr[i / 8]) >> (7 - i % 8) & 1)
			return 0;
	return 1;
}

/* The route for addr: all are looked at, the last of the longest wins. */
static const struct ref_route *naive(const struct ref_route *r, size_t n, const uint8_t *addr)
{
	const struct ref_route *best = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		if ((!best || r[i].len >= best->len) && lies_in(&r[i], addr))
			best = &r[i];
	return best;
}

static unsigned int make_frame(uint8_t *frame, int v6, const uint8_t *addr)
{
	memset(frame, 0, 64);
	memcpy(frame + 12, v6 ? "\x86\xdd\x60" : "\x08\x00\x45", 3);
	memcpy(frame + (v6 ? 38 : 30), addr, v6 ? 16 : 4);
	return v6 ? 54 : 34;
}

/* The last byte of the gateway that a packet carries, 0 without one; the rest of it must be right. */
static int gateway_of(const struct el *el, const struct bty_meta *meta, int v6)
{
	static const uint8_t local[15] = { 0xfe, 0x80 };
	const uint8_t *a;

	if (!meta->anno)
		return 0;
	if (!v6) {
		assert_int_equal(ntohl(meta->anno) >> 8, 0x0a0000);
		return ntohl(meta->anno) & 0xff;
	}
	a = bty_gateway((struct bty_env *)&el->env, meta->anno);
	assert_non_null(a);
	assert_memory_equal(a, local, sizeof(local));
	return a[15];
}

static void compare(const struct el *el, const struct ref_route *want, int v6, const uint8_t *addr, int port,
		    const struct bty_meta *meta)
{
	char text[INET6_ADDRSTRLEN];
	int gateway = port < 0 ? 0 : gateway_of(el, meta, v6);

	if (port == (want ? want->port : NO_ROUTE) && gateway == (want ? want->gateway : 0))
		return;
	inet_ntop(v6 ? AF_INET6 : AF_INET, addr, text, sizeof(text));
	fail_msg("%s: port %d gateway %d, expected port %d gateway %d of a /%d", text, port, gateway,
		 want ? want->port : NO_ROUTE, want ? want->gateway : 0, want ? want->len : -1);
}

static void check_addr(struct el *el, const struct ref_route *r, size_t n, int v6, const uint8_t *addr)
{
	uint8_t frame[64];
	int port = el_push(el, frame, make_frame(frame, v6, addr));

	compare(el, naive(r, n, addr), v6, addr, port, &el->meta);
}

static inline void check(struct el *el, const struct ref_route *r, size_t n, uint32_t addr)
{
	uint8_t bytes[4] = { addr >> 24, addr >> 16, addr >> 8, addr };

	check_addr(el, r, n, 0, bytes);
}

static void lookup_file(struct el *el)
{
	char arg[64];

	snprintf(arg, sizeof(arg), "FILE %s", file);
	LOOKUP(el, arg);
}

/* Adds 1 or -1 to an address. */
static void step_addr(uint8_t *a, int size, int by)
{
	while (size--) {
		a[size] += by;
		if (a[size] != (by > 0 ? 0 : 0xff))
			return;
	}
}

/* The first and the last address of a prefix, and their neighbours. */
static void check_edges(struct el *el, const struct ref_route *r, size_t n, size_t i)
{
	int size = r[i].v6 ? 16 : 4, k;
	uint8_t a[16];

	memcpy(a, r[i].addr, 16);
	check_addr(el, r, n, r[i].v6, a);
	step_addr(a, size, -1);
	check_addr(el, r, n, r[i].v6, a);
	memcpy(a, r[i].addr, 16);
	for (k = r[i].len; k < 8 * size; k++)
		a[k / 8] |= 0x80 >> k % 8;
	check_addr(el, r, n, r[i].v6, a);
	step_addr(a, size, 1);
	check_addr(el, r, n, r[i].v6, a);
}

/* An address that some route knows, but for its last bits; or any. */
static inline void near_addr(struct gen *g, const struct ref_route *r, size_t n, uint8_t *a)
{
	int k;

	gen_fill(g, a, 16);
	if (gen_chance(g, 10))
		return;
	memcpy(a, r[gen_below(g, n)].addr, 16);
	for (k = gen_below(g, 3); k; k--)
		a[gen_below(g, 16)] ^= 1 << gen_below(g, 8);
}

/* What a main() of these tests does around them. */
static int run_with_file(int (*run)(void))
{
	int ret, fd = mkstemp(file);

	if (fd < 0)
		return 1;
	close(fd);
	ret = run();
	unlink(file);
	return ret;
}

#endif
