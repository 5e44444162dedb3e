// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Route lookups: IPLookup natively over batches, its tables and the kernel's LPM trie in BPF. Called by scripts/bench/lookup.sh
 * as root:
 *	bench_lookup make DIR			writes DIR/SET.routes and DIR/SET.addrs for each set, if they are not there
 *	bench_lookup run DIR SET ROUND [lpm]	samples, one JSON object a line; ns a cycle of the TSC, for what others report, in
 *						DIR/ns_per_cycle. lpm: also in the kernel
 */
#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

#include <elements/iplookup.h>

#include "sets.h"
#include "tests/packets/rig.h"

#define LOOKUPS	  64 /* in a run of the programs; the largest batch */
#define ADDRESSES (1 << 20)
#define RUNS	  (ADDRESSES / LOOKUPS)

struct address {
	__u64 hi, lo;
};

struct lpm_key {
	__u32 len;
	__u8 addr[16];
};

static struct rig rig;
static struct address *address;
static const char *set;
static int v6, round_number;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Ticks of the finest clock, with everything before it done. */
static inline uint64_t ticks(void)
{
#ifdef __x86_64__
	_mm_mfence();
	return __rdtsc();
#else
	return now_ns();
#endif
}

static double ns_per_tick(void)
{
	uint64_t t = ticks(), from = now_ns(), ns;

	while ((ns = now_ns() - from) < 50000000)
		;
	return (double)ns / (double)(ticks() - t);
}

static void sample(const char *who, const char *what, const char *unit, double value)
{
	printf("{\"experiment\":\"lookup\",\"config\":\"%s\",\"rate\":\"0\",\"metric\":\"%s%s\",\"unit\":\"%s\","
	       "\"value\":%.2f,\"repeat\":%d}\n",
	       who, set, what, unit, value, round_number);
}

static int read_addresses(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[64];
	uint64_t half[2];
	uint32_t addr;
	int i;

	address = calloc(ADDRESSES, sizeof(*address));
	if (!f || !address)
		return -errno;
	for (i = 0; i < ADDRESSES && fgets(line, sizeof(line), f); i++) {
		line[strcspn(line, "\n")] = 0;
		if (v6 && inet_pton(AF_INET6, line, half) == 1)
			address[i] = (struct address){ be64toh(half[0]), be64toh(half[1]) };
		else if (!v6 && inet_pton(AF_INET, line, &addr) == 1)
			address[i].lo = ntohl(addr);
		else
			return -EINVAL;
	}
	fclose(f);
	return i == ADDRESSES ? 0 : -EINVAL;
}

static void set_address(uint8_t *frame, const struct address *a)
{
	uint64_t half[2] = { htobe64(a->hi), htobe64(a->lo) };
	uint32_t addr = htonl(a->lo);

	if (v6)
		memcpy(frame + 38, half, sizeof(half));
	else
		memcpy(frame + 30, &addr, sizeof(addr));
}

/*
 * Every address once, n to a batch. Each batch is between two readings of the clock, as in dpdk-test-fib; of 1, which the clock
 * would cost more than the lookup, LOOKUPS are.
 */
static void measure_batches(uint32_t n, const char *who, double tick_ns)
{
	static uint8_t frame[LOOKUPS][256] __attribute__((aligned(64)));
	static struct bty_meta meta[LOOKUPS];
	static struct bty_batch b[LOOKUPS];
	const struct bty_class *cls = rig.el[RIG_EL].cls;
	uint32_t i, k, window = n > 1 ? n : LOOKUPS;
	uint64_t sum = 0, from;

	for (k = 0; k < LOOKUPS; k++) {
		struct bty_pkt *p = &b[k / n].pkt[k % n];

		memcpy(frame[k] + 12, v6 ? "\x86\xdd\x60" : "\x08\x00\x45", 3);
		memset(&meta[k], 0, sizeof(meta[k]));
		*p = (struct bty_pkt){ frame[k], frame[k] + 60, &meta[k], BTY_NO_FRAME };
		bty_parse(p);
		b[k / n].n = n;
	}
	for (i = 0; i < ADDRESSES; i += window) {
		for (k = 0; k < window; k++)
			set_address(frame[k], &address[i + k]);
		from = ticks();
		for (k = 0; k < window / n; k++)
			cls->process(&b[k], rig.args, &rig.env);
		sum += ticks() - from;
	}
	sample(who, "", "ns", (double)sum * tick_ns / ADDRESSES);
}

/* The output of every address, for others to compare theirs with: DIR/SET.ports, a byte each. */
static int write_ports(const char *path)
{
	FILE *f = fopen(path, "w");
	static uint8_t frame[512];
	struct bty_meta meta;
	static struct bty_batch b;
	int i;

	memcpy(frame + 12, v6 ? "\x86\xdd\x60" : "\x08\x00\x45", 3);
	b.n = 1;
	for (i = 0; f && i < ADDRESSES; i++) {
		memset(&meta, 0, sizeof(meta));
		b.pkt[0] = (struct bty_pkt){ frame, frame + 60, &meta, BTY_NO_FRAME };
		set_address(frame, &address[i]);
		bty_parse(&b.pkt[0]);
		rig.el[RIG_EL].cls->process(&b, rig.args, &rig.env);
		fputc(b.verdict[0], f);
	}
	return f && !fclose(f) ? 0 : -EIO;
}

/* The same routes in the kernel's trie, whose values are the ports. */
static int fill_lpm(int fd)
{
	const struct iplookup_route *r;
	struct lpm_key key;
	__u32 port;
	size_t i;

	for (i = 0; i < rig.entries->n; i++) {
		r = bty_entry(rig.entries, i);
		memset(&key, 0, sizeof(key));
		key.len = r->len;
		memcpy(key.addr, r->addr, sizeof(key.addr));
		port = r->port;
		if (bpf_map_update_elem(fd, &key, &port, BPF_ANY))
			return -errno;
	}
	return 0;
}

static int set_rodata(struct bpf_object *obj)
{
	struct {
		struct iplookup_args args;
		__u32 v6;
	} data = { .v6 = v6 };
	struct bpf_map *map = bpf_object__find_map_by_name(obj, ".rodata");
	size_t size;
	void *p = map ? bpf_map__initial_value(map, &size) : NULL;

	memcpy(&data.args, rig.args, sizeof(data.args));
	if (!p || size != sizeof(data))
		return -EINVAL;
	memcpy(p, &data, size);
	return 0;
}

static int open_programs(const char *path, struct bpf_object **out)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	char name[32];
	void *map;
	int n, ret;

	if (!obj)
		return -errno;
	*out = obj;
	ret = set_rodata(obj);
	for (n = 0; !ret && n < BTY_MAX_TABLES; n++) {
		snprintf(name, sizeof(name), "bty_table%d", n);
		if (rig.dp->table_fd[RIG_EL][n] < 0)
			continue;
		map = bpf_object__find_map_by_name(obj, name);
		ret = map ? bpf_map__reuse_fd(map, rig.dp->table_fd[RIG_EL][n]) : -ENOENT;
	}
	if (!ret)
		ret = bpf_object__load(obj);
	if (ret)
		return ret;
	map = mmap(NULL, ADDRESSES * sizeof(*address), PROT_READ | PROT_WRITE, MAP_SHARED,
		   bpf_map__fd(bpf_object__find_map_by_name(obj, "addresses")), 0);
	if (map == MAP_FAILED)
		return -errno;
	memcpy(map, address, ADDRESSES * sizeof(*address));
	munmap(map, ADDRESSES * sizeof(*address));
	return 0;
}

/* Nanoseconds a lookup in program name, over every address. */
static int run_program(const struct bpf_object *obj, const char *name, double *ns)
{
	uint8_t frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = sizeof(frame), .repeat = RUNS);
	int ret = bpf_prog_test_run_opts(bpf_program__fd(bpf_object__find_program_by_name(obj, name)), &o);

	*ns = (double)o.duration / LOOKUPS;
	return ret;
}

static int measure_kernel(const char *path)
{
	struct bpf_object *obj = NULL;
	double none = 0, ours = 0, lpm = 0;
	int ret = open_programs(path, &obj);

	if (!ret)
		ret = fill_lpm(bpf_map__fd(bpf_object__find_map_by_name(obj, "lpm")));
	if (!ret)
		ret = run_program(obj, "bench_none", &none);
	if (!ret)
		ret = run_program(obj, "bench_iplookup", &ours);
	if (!ret)
		ret = run_program(obj, "bench_lpm", &lpm);
	if (!ret) {
		sample("IPLookup in BPF", "", "ns", ours - none);
		sample("LPM trie in BPF", "", "ns", lpm - none);
	}
	bpf_object__close(obj);
	return ret;
}

static int load(const char *routes, struct bty_err *err)
{
	const struct bty_class *cls = bty_class_find("IPLookup");
	const char *args[2] = { NULL };
	char text[600];
	uint64_t from = now_ns(), bytes = 0;
	int ret, n;

	snprintf(text, sizeof(text), "FILE %s", routes);
	args[0] = text;
	ret = rig_configure(&rig, cls, args, 0, err);
	if (!ret)
		ret = rig_load(&rig, cls, err);
	for (n = 0; !ret && n < BTY_MAX_TABLES; n++)
		bytes += (uint64_t)rig.env.table[n].nrows * rig.env.table[n].row_size;
	sample("IPLookup", " load", "ms", (now_ns() - from) / 1e6);
	sample("IPLookup", " memory", "MiB", bytes / 1048576.0);
	return ret;
}

static int run(const char *dir, const char *object, struct bty_err *err)
{
	double tick_ns = ns_per_tick();
	char path[512];
	FILE *f;
	int ret;

	v6 = strstr(set, "IPv6") != NULL;
	snprintf(path, sizeof(path), "%s/ns_per_cycle", dir);
	f = fopen(path, "w");
	if (!f || fprintf(f, "%.6f\n", tick_ns) < 0 || fclose(f))
		return -errno;
	snprintf(path, sizeof(path), "%s/%s.addrs", dir, set);
	ret = read_addresses(path);
	snprintf(path, sizeof(path), "%s/%s.routes", dir, set);
	if (!ret)
		ret = load(path, err);
	snprintf(path, sizeof(path), "%s/%s.ports", dir, set);
	if (!ret)
		ret = write_ports(path);
	if (ret)
		return ret;
	measure_batches(64, "IPLookup, batch of 64", tick_ns);
	measure_batches(32, "IPLookup, batch of 32", tick_ns);
	measure_batches(1, "IPLookup, batch of 1", tick_ns);
	return object ? measure_kernel(object) : 0;
}

int main(int argc, char **argv)
{
	struct bty_err err = { 0 };
	int ret;

	if (argc == 3 && !strcmp(argv[1], "make"))
		return bench_make_sets(argv[2], ADDRESSES) != 0;
	if (argc < 5 || argc > 6 || strcmp(argv[1], "run")) {
		fprintf(stderr, "usage: bench_lookup make DIR | run DIR SET ROUND [BPF-OBJECT]\n");
		return 2;
	}
	round_number = atoi(argv[4]);
	set = argv[3];
	ret = run(argv[2], argv[5], &err);
	if (ret)
		fprintf(stderr, "bench_lookup: %s\n", err.msg[0] ? err.msg : strerror(-ret));
	rig_unload(&rig);
	free(address);
	return ret != 0;
}
