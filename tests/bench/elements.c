// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What each element costs: in XDP by BPF_PROG_TEST_RUN, its program with the counting around it, less an empty program; in
 * a worker, its batch function over 1 and 32 packets. And how long a million routes take to load. Called by
 * scripts/bench/element.sh as root: bench_elements ROUND ROUTES, writes samples, one JSON object a line.
 */
#include <stdio.h>
#include <time.h>

#include "frame.h"
#include "tests/packets/rig.h"

#define XDP_CALLS   5 /* each takes the kernel some 20 ms to prepare */
#define XDP_REPEATS 20000
#define TTL_REPEATS 200 /* DecIPTTL takes one off the same frame each time */
#define BATCH	    32
#define BATCHES	    2000
#define ROUTES	    1000000

struct subject {
	const char *class_name;
	const char *args[6];
	int resizes; /* a test run repeats on the same frame, so what it takes in XDP cannot be seen */
};

static const struct subject subjects[] = {
	{ "Counter", { NULL } },
	{ "CheckIPHeader", { NULL } },
	{ "DecIPTTL", { NULL } },
	{ "EtherRewrite", { "02:01:02:03:04:05", "02:a1:a2:a3:a4:a5" } },
	{ "RandomSplit", { "0.5", NULL } },
	{ "Classifier", { "12/0806", "12/0800", "-", NULL } },
	{ "IPClassifier", { "tcp port 80", "udp dst port 5000", "-", NULL } },
	{ "IPLookup", { "10.0.0.0/8 1", "10.1.0.0/16 0", "0.0.0.0/0 2", NULL } },
	{ "Discard", { NULL } },
	{ "RateLimiter", { "RATE 1000Mpps", "BURST 1000000", "BITRATE 1000Gbps" } },
	{ "Meter", { "10kpps", "1Mpps" } },
	{ "StaticNAT", { "OUT", "10.0.0.0/24 192.0.2.0/24", "172.16.0.1 192.0.2.2" } },
	{ "MACTable", { "LEARN true", "02:00:00:00:00:01 1" } },
	{ "ACL",
	  { "@10.9.0.0/16 0.0.0.0/0 0 : 65535 80 : 80 0x06/0xff",
	    "@10.0.0.0/24 10.1.0.0/16 0 : 65535 5000 : 5000 0x11/0xff 1" } },
	{ "HashSwitch", { NULL } },
	{ "IPChecksum", { NULL } },
	{ "MACSwap", { NULL } },
	{ "PacketSizeClassifier", { NULL } },
	{ "VLANSplit", { "10", "20-29", "untagged" } },
	{ "VLANPush", { "7" }, 1 },
	{ "GREEncap", { "192.0.2.1", "192.0.2.2" }, 1 },
	{ "GTPUEncap", { "1", "192.0.2.1", "192.0.2.2", "QFI 9" }, 1 },
	{ "VXLANEncap", { "1", "192.0.2.1", "192.0.2.2" }, 1 },
	{ "GTPUEncapTable", { "SRC 192.0.2.1", "10.1.2.2 1 192.0.2.2 9" }, 1 },
	{ "VXLANEncapTable", { "SRC 192.0.2.1", "10.1.2.2 1 192.0.2.2" }, 1 },
	{ "ARPQuerier", { "10.1.0.1", "02:00:00:00:00:01", "10.1.2.2 02:00:00:00:00:02" } },
};

static struct rig rig;
static int round_number;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void sample(const char *experiment, const char *config, const char *metric, const char *unit, double value)
{
	printf("{\"experiment\":\"%s\",\"config\":\"%s\",\"rate\":\"0\",\"metric\":\"%s\",\"unit\":\"%s\","
	       "\"value\":%.2f,\"repeat\":%d}\n",
	       experiment, config, metric, unit, value, round_number);
}

struct place {
	uint8_t headroom[FRAME_HEADROOM - sizeof(struct bty_meta)];
	struct bty_meta meta;
	uint8_t frame[128];
};

static void make_packet(struct bty_pkt *p, struct place *at)
{
	make_frame(at->frame);
	memset(&at->meta, 0, sizeof(at->meta));
	*p = (struct bty_pkt){
		.data = at->frame, .data_end = at->frame + FRAME, .meta = &at->meta, .frame = BTY_NO_FRAME
	};
	p->headroom = sizeof(at->headroom);
	bty_parse(p);
}

/* Nanoseconds a run of program fd, over one call. Returns -errno, or 0. */
static int run_xdp(int fd, uint32_t repeats, uint32_t *ns)
{
	struct place in;
	struct bty_pkt p;
	struct xdp_md ctx = { .data = sizeof(in.meta), .data_end = sizeof(in.meta) + FRAME };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = &in.meta, .data_size_in = sizeof(in.meta) + FRAME, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = repeats);
	int ret;

	make_packet(&p, &in);
	ret = bpf_prog_test_run_opts(fd, &o);
	*ns = o.duration;
	return ret;
}

/* The element's program against an empty one, in turn. */
static int measure_xdp(const char *name)
{
	uint32_t repeats = strcmp(name, "DecIPTTL") ? XDP_REPEATS : TTL_REPEATS, a, b;
	uint64_t with = 0, without = 0;
	int i, ret;

	for (i = 0; i < XDP_CALLS; i++) {
		ret = run_xdp(rig.dp->prog_fd[RIG_EL], repeats, &a);
		if (!ret)
			ret = run_xdp(rig.stub_fd[0], repeats, &b);
		if (ret)
			return ret;
		with += a;
		without += b;
	}
	sample("element", name, "xdp", "ns", ((double)with - (double)without) / XDP_CALLS);
	return 0;
}

/* BATCH packets, n at a time: one reading of the clock costs as much as an element. */
static void measure_native(const struct bty_class *cls, uint32_t n, const char *metric)
{
	static struct place at[BATCH];
	static struct bty_batch b[BATCH];
	uint64_t sum = 0, start;
	uint32_t i, r;

	for (r = 0; r < BATCHES; r++) {
		for (i = 0; i < BATCH; i++) {
			b[i / n].n = n;
			make_packet(&b[i / n].pkt[i % n], &at[i]);
		}
		start = now_ns();
		for (i = 0; i < BATCH / n; i++)
			cls->process(&b[i], rig.args, &rig.env);
		sum += now_ns() - start;
	}
	sample("element", cls->name, metric, "ns", (double)sum / BATCHES / BATCH);
}

/* What a worker gives an element beside its tables; it makes no packets here. */
static int open_state(const struct bty_class *cls, struct bty_err *err)
{
	const struct bty_open o = { .file = "bench", .element = cls->name, .vec = BATCH };

	if (!cls->state_size)
		return 0;
	rig.env.now_ns = now_ns();
	rig.env.state = calloc(1, cls->state_size);
	if (!rig.env.state)
		return -ENOMEM;
	return cls->open ? cls->open(rig.args, &rig.env, &o, err) : 0;
}

static void close_state(const struct bty_class *cls)
{
	if (cls->close && rig.env.state)
		cls->close(rig.args, rig.env.state);
	free(rig.env.state);
	rig.env.state = NULL;
}

static int measure(const struct subject *s, struct bty_err *err)
{
	const struct bty_class *cls = bty_class_find(s->class_name);
	int ret;

	memset(&rig, 0, sizeof(rig));
	ret = rig_configure(&rig, cls, s->args, 0, err);
	if (!ret)
		ret = rig_load(&rig, cls, err);
	if (!ret && !s->resizes && cls->places & BTY_PLACE_XDP)
		ret = measure_xdp(s->class_name);
	if (!ret)
		ret = open_state(cls, err);
	if (!ret) {
		measure_native(cls, BATCH, "batch_of_32");
		measure_native(cls, 1, "batch_of_1");
	}
	close_state(cls);
	rig_unload(&rig);
	return ret;
}

/* Random prefixes of 16 to 32 bits, most of them /24, as in the tables of Internet routers. */
static int write_routes(const char *path)
{
	FILE *f = fopen(path, "w");
	uint64_t seed = 1;
	uint32_t addr, len;
	int i;

	if (!f)
		return -errno;
	for (i = 0; i < ROUTES; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		addr = seed >> 32;
		len = seed % 100 < 60 ? 24 : seed % 100 < 99 ? 16 + (seed >> 8) % 8 : 32;
		addr &= ~0U << (32 - len);
		fprintf(f, "%u.%u.%u.%u/%u %d\n", addr >> 24, addr >> 16 & 255, addr >> 8 & 255, addr & 255, len,
			i % 4);
	}
	return fclose(f) ? -errno : 0;
}

static int measure_routes(const char *path, struct bty_err *err)
{
	const struct bty_class *cls = bty_class_find("IPLookup");
	const char *args[2] = { NULL };
	char text[512];
	uint64_t start;
	int ret = write_routes(path);

	if (ret)
		return ret;
	snprintf(text, sizeof(text), "FILE %s", path);
	args[0] = text;
	memset(&rig, 0, sizeof(rig));
	start = now_ns();
	ret = rig_configure(&rig, cls, args, 0, err);
	if (!ret)
		ret = rig_load(&rig, cls, err);
	sample("element", "IPLookup, 1M routes", "load", "ms", (now_ns() - start) / 1e6);
	rig_unload(&rig);
	return ret;
}

int main(int argc, char **argv)
{
	struct bty_err err = { 0 };
	size_t i;
	int ret = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: bench_elements ROUND ROUTES\n");
		return 2;
	}
	round_number = atoi(argv[1]);
	for (i = 0; !ret && i < sizeof(subjects) / sizeof(subjects[0]); i++)
		ret = measure(&subjects[i], &err);
	if (!ret)
		ret = measure_routes(argv[2], &err);
	if (ret)
		fprintf(stderr, "bench_elements: %s\n", err.msg[0] ? err.msg : strerror(-ret));
	return ret != 0;
}
