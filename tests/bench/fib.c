// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DPDK's FIB library at batches of 32 and 64, with the routes, addresses and clock of lookup.c: dpdk-test-fib can only do 64. Built where
 * DPDK's headers are. Called by scripts/bench/lookup.sh: bench_fib EAL-ARGUMENT... -- DIR SET ROUND GROUPS NAME
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_fib.h>
#include <rte_fib6.h>

#define ADDRESSES  (1 << 20)
#define BATCH_MAX  64
#define MAX_ROUTES 2000000 /* nodes of its own tree */

static struct rte_fib *fib4;
static struct rte_fib6 *fib6;
static uint32_t addr4[ADDRESSES];
static uint8_t addr6[ADDRESSES][RTE_FIB6_IPV6_ADDR_SIZE];
static int v6;

static int create(uint32_t groups)
{
	struct rte_fib6_conf c6 = { .type = RTE_FIB6_TRIE, .max_routes = MAX_ROUTES };
	struct rte_fib_conf c4 = { .type = RTE_FIB_DIR24_8, .max_routes = MAX_ROUTES };

	c4.dir24_8.nh_sz = RTE_FIB_DIR24_8_4B;
	c4.dir24_8.num_tbl8 = groups;
	c6.trie.nh_sz = RTE_FIB6_TRIE_4B;
	c6.trie.num_tbl8 = groups;
	if (v6)
		fib6 = rte_fib6_create("fib", -1, &c6);
	else
		fib4 = rte_fib_create("fib", -1, &c4);
	return fib4 || fib6 ? 0 : -1;
}

static int read_routes(const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned int len, hop;
	char text[64];
	uint8_t a[16];
	uint32_t ip;
	int ret = f ? 0 : -1;

	while (!ret && fscanf(f, "%63[^/]/%u %u ", text, &len, &hop) == 3) {
		if (inet_pton(v6 ? AF_INET6 : AF_INET, text, a) != 1)
			return -1;
		memcpy(&ip, a, sizeof(ip));
		ret = v6 ? rte_fib6_add(fib6, a, len, hop) : rte_fib_add(fib4, ntohl(ip), len, hop);
	}
	return ret;
}

static int read_addresses(const char *path)
{
	FILE *f = fopen(path, "r");
	char text[64];
	int i;

	for (i = 0; f && i < ADDRESSES && fscanf(f, "%63s", text) == 1; i++) {
		if (inet_pton(v6 ? AF_INET6 : AF_INET, text, v6 ? (void *)addr6[i] : (void *)&addr4[i]) != 1)
			return -1;
		addr4[i] = ntohl(addr4[i]);
	}
	return i == ADDRESSES ? 0 : -1;
}

/* That it finds what IPLookup finds: else its time says nothing. */
static int compare(const char *path)
{
	FILE *f = fopen(path, "r");
	uint64_t hop;
	int i, ret;

	for (i = 0; f && i < ADDRESSES; i++) {
		ret = v6 ? rte_fib6_lookup_bulk(fib6, &addr6[i], &hop, 1)
			 : rte_fib_lookup_bulk(fib4, &addr4[i], &hop, 1);
		if (ret || hop != (uint64_t)fgetc(f))
			return -1;
	}
	return f ? 0 : -1;
}

/* Cycles a lookup, n at a time, each batch between two readings of the clock, as in dpdk-test-fib. */
static double measure(int n)
{
	static uint64_t hop[BATCH_MAX];
	uint64_t sum = 0, from;
	int i;

	for (i = 0; i < ADDRESSES; i += n) {
		from = rte_rdtsc_precise();
		if (v6)
			rte_fib6_lookup_bulk(fib6, &addr6[i], hop, n);
		else
			rte_fib_lookup_bulk(fib4, &addr4[i], hop, n);
		sum += rte_rdtsc_precise() - from;
	}
	return (double)sum / ADDRESSES;
}

static void sample(const char *set, const char *round, const char *name, int n)
{
	printf("{\"experiment\":\"lookup\",\"config\":\"%s, batch of "
	       "%d\",\"rate\":\"0\",\"metric\":\"%s\",\"unit\":\"ns\","
	       "\"value\":%.2f,\"repeat\":%s}\n",
	       name, n, set, measure(n) * 1e9 / (double)rte_get_tsc_hz(), round);
}

int main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv);
	char path[512];
	char **arg = argv + used;

	if (used < 0 || argc - used != 6) {
		fprintf(stderr, "usage: bench_fib EAL-ARGUMENT... -- DIR SET ROUND GROUPS NAME\n");
		return 2;
	}
	v6 = strstr(arg[2], "IPv6") != NULL;
	snprintf(path, sizeof(path), "%s/%s.routes", arg[1], arg[2]);
	if (create(atoi(arg[4])) || read_routes(path)) {
		fprintf(stderr, "bench_fib: %s: does not fit\n", path);
		return 1;
	}
	snprintf(path, sizeof(path), "%s/%s.addrs", arg[1], arg[2]);
	if (read_addresses(path)) {
		fprintf(stderr, "bench_fib: %s: cannot be read\n", path);
		return 1;
	}
	snprintf(path, sizeof(path), "%s/%s.ports", arg[1], arg[2]);
	if (compare(path)) {
		fprintf(stderr, "bench_fib: %s: other results than IPLookup's\n", path);
		return 1;
	}
	sample(arg[2], arg[3], arg[5], 64);
	sample(arg[2], arg[3], arg[5], 32);
	return 0;
}
