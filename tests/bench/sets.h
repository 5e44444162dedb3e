/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes, and addresses that they know, from a seed: files that IPLookup and dpdk-test-fib both read. Included by lookup.c. */
#ifndef TESTS_BENCH_SETS_H
#define TESTS_BENCH_SETS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An address in the leading bits of hi and lo. */
struct bench_prefix {
	uint64_t hi, lo;
	int len;
};

static uint64_t bench_seed;

static inline uint64_t bench_random(void)
{
	bench_seed ^= bench_seed << 13;
	bench_seed ^= bench_seed >> 7;
	bench_seed ^= bench_seed << 17;
	return bench_seed * 2685821657736338717ULL;
}

static inline uint32_t bench_below(uint32_t n)
{
	return (bench_random() >> 32) % n;
}

/* Below 224.0.0.0, as unicast is. DPDK 22.11's FIB loses its way when a route ends with 255.255.255.255. */
static inline uint64_t bench_unicast4(void)
{
	return (uint64_t)bench_below(224u << 24) << 32;
}

/* As in the tables of Internet routers: most are /24. */
static inline void bench_internet4(struct bench_prefix *p)
{
	uint32_t x = bench_below(100);

	p->hi = bench_unicast4();
	p->len = x < 60 ? 24 : x < 99 ? 16 + (int)bench_below(8) : 32;
}

static inline void bench_random4(struct bench_prefix *p)
{
	p->hi = bench_unicast4();
	p->len = 8 + bench_below(25);
}

/* Allocations of /32 and the like below few registries, and networks in them, most of them /48. */
static inline void bench_internet6(struct bench_prefix *p)
{
	static const int percent[][2] = { { 47, 48 }, { 60, 32 }, { 69, 44 }, { 77, 40 }, { 83, 36 },
					  { 86, 29 }, { 90, 64 }, { 93, 56 }, { 100, 0 } };
	static const uint16_t registry[] = { 0x2001, 0x2400, 0x2600, 0x2800, 0x2a00, 0x2c0f };
	uint32_t x = bench_below(100), i = 0, block = bench_below(40000);

	while (x >= (uint32_t)percent[i][0])
		i++;
	p->len = percent[i][1] ? percent[i][1] : 24 + (int)bench_below(41);
	p->lo = bench_random();
	p->hi = (uint64_t)(registry[block % 6] + block / 6 % 16) << 48 | bench_random() >> 16;
	/* what is longer than an allocation lies in one that others lie in too */
	if (p->len > 32)
		p->hi = (p->hi >> 48 << 48) | (uint64_t)(block * 40503u & 0xffff) << 32 | (p->hi & 0xffffffff);
}

/* As in NBA's benchmark. */
static inline void bench_random6(struct bench_prefix *p)
{
	p->hi = bench_random();
	p->lo = bench_random();
	p->len = 11 + bench_below(118);
}

static const struct bench_set {
	const char *name;
	int n, v6;
	void (*make)(struct bench_prefix *p);
} bench_sets[] = {
	{ "IPv4-internet", 1000000, 0, bench_internet4 },
	{ "IPv4-random", 1000000, 0, bench_random4 },
	{ "IPv6-internet", 800000, 1, bench_internet6 }, /* more of them dpdk-test-fib does not take */
	{ "IPv6-random", 200000, 1, bench_random6 },
};

static inline void bench_mask(struct bench_prefix *p)
{
	int hi = p->len < 64 ? p->len : 64, lo = p->len - hi;

	p->hi = hi ? p->hi >> (64 - hi) << (64 - hi) : 0;
	p->lo = lo ? p->lo >> (64 - lo) << (64 - lo) : 0;
}

static inline void bench_print(FILE *f, const struct bench_prefix *p, int v6)
{
	int i;

	if (!v6) {
		fprintf(f, "%u.%u.%u.%u", (unsigned int)(p->hi >> 56), (unsigned int)(p->hi >> 48 & 255),
			(unsigned int)(p->hi >> 40 & 255), (unsigned int)(p->hi >> 32 & 255));
		return;
	}
	for (i = 0; i < 8; i++)
		fprintf(f, "%s%04x", i ? ":" : "",
			(unsigned int)((i < 4 ? p->hi >> (48 - 16 * i) : p->lo >> (112 - 16 * i)) & 0xffff));
}

static inline int bench_make_set(const char *dir, const struct bench_set *set, int naddrs)
{
	struct bench_prefix *route = calloc(set->n, sizeof(*route)), a;
	char path[512];
	FILE *routes, *addrs;
	int i;

	snprintf(path, sizeof(path), "%s/%s.addrs", dir, set->name);
	addrs = fopen(path, "w");
	snprintf(path, sizeof(path), "%s/%s.routes", dir, set->name);
	routes = fopen(path, "w");
	if (!route || !routes || !addrs)
		return -1;
	bench_seed = 0x9e3779b97f4a7c15ULL;
	for (i = 0; i < set->n; i++) {
		set->make(&route[i]);
		bench_mask(&route[i]);
		bench_print(routes, &route[i], set->v6);
		fprintf(routes, "/%d %d\n", route[i].len, 1 + i % 15);
	}
	for (i = 0; i < naddrs; i++) {
		const struct bench_prefix *r = &route[bench_below(set->n)];

		/* anything behind the prefix */
		a = (struct bench_prefix){ bench_random(), bench_random(), r->len };
		a.hi = r->len >= 64 ? r->hi : r->hi | (a.hi << r->len >> r->len);
		if (r->len > 64)
			a.lo = r->lo | (r->len < 128 ? a.lo << (r->len - 64) >> (r->len - 64) : 0);
		bench_print(addrs, &a, set->v6);
		fputc('\n', addrs);
	}
	free(route);
	return fclose(routes) | fclose(addrs);
}

static inline int bench_make_sets(const char *dir, int naddrs)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < sizeof(bench_sets) / sizeof(bench_sets[0]); i++)
		ret = bench_make_set(dir, &bench_sets[i], naddrs);
	return ret;
}

#endif
