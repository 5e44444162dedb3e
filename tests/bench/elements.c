// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What each element costs: in XDP by BPF_PROG_TEST_RUN, its program with the counting around it, less an empty program; in
 * a worker, its batch function over 1 and 32 packets. And how long a million routes take to load. Called by
 * scripts/bench/element.sh as root: bench_elements ROUND FOLDER, which is for its files; writes samples, one JSON object a line.
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "subjects.h"
#include "tests/packets/rig.h"

#define XDP_CALLS   5 /* each takes the kernel some 20 ms to prepare */
#define XDP_REPEATS 20000
#define TTL_REPEATS 200 /* of what takes one off the TTL of the same frame each time */
#define BATCH	    32
#define BATCHES	    2000
#define ROUTES	    1000000

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
	uint8_t frame[512];
};

/* Returns its length. */
static uint32_t read_hex(const char *hex, uint8_t *frame)
{
	uint32_t n = 0;

	for (; hex[0] && hex[1]; hex += 2)
		sscanf(hex, "%2hhx", &frame[n++]);
	return n;
}

static uint8_t frame[512];
static uint32_t frame_len;

static void make_packet(struct bty_pkt *p, struct place *at)
{
	memcpy(at->frame, frame, frame_len);
	memset(&at->meta, 0, sizeof(at->meta));
	*p = (struct bty_pkt){
		.data = at->frame, .data_end = at->frame + frame_len, .meta = &at->meta, .frame = BTY_NO_FRAME
	};
	p->headroom = sizeof(at->headroom);
	p->tailroom = sizeof(at->frame) - frame_len;
	bty_parse(p);
	at->meta.ts_ns = 1; /* for Measure */
	at->meta.out = 1;   /* for ToOutput */
}

/* --- in XDP */

/* Nanoseconds a run of program fd, over one call. Returns -errno, or 0. */
static int run_xdp(int fd, uint32_t repeats, uint32_t *ns)
{
	struct place in;
	struct bty_pkt p;
	struct xdp_md ctx = { .data = sizeof(in.meta), .data_end = sizeof(in.meta) + frame_len };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = &in.meta, .data_size_in = sizeof(in.meta) + frame_len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = repeats);
	int ret;

	make_packet(&p, &in);
	ret = bpf_prog_test_run_opts(fd, &o);
	*ns = o.duration;
	return ret;
}

/* The element's program against an empty one, in turn. */
static int measure_xdp(const struct subject *s)
{
	uint32_t repeats = s->few ? TTL_REPEATS : XDP_REPEATS, a, b;
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
	sample("element", s->class_name, "xdp", "ns", ((double)with - (double)without) / XDP_CALLS);
	return 0;
}

/* --- in a worker, which is here: frames for what an element makes, taken back when it lets them go */

#define FRAMES 256

static struct place made[FRAMES];
static uint32_t nmade;

static int own_make(struct bty_env *env, __u32 len, struct bty_pkt *p)
{
	struct place *at = &made[nmade++ % FRAMES];

	if (len > sizeof(at->frame))
		return -EMSGSIZE;
	memset(&at->meta, 0, sizeof(at->meta));
	*p = (struct bty_pkt){ .data = at->frame, .data_end = at->frame + len, .meta = &at->meta };
	p->headroom = sizeof(at->headroom);
	return 0;
}

static void own_emit(struct bty_env *env, int port, const struct bty_pkt *p)
{
}

static void own_discard(struct bty_env *env, const struct bty_pkt *p, int reason)
{
}

static const struct bty_env_ops own_ops = { .make = own_make, .emit = own_emit, .discard = own_discard };

/* n at a time until there are BATCH. Returns 0, or -EINVAL when the frame goes elsewhere than it is to. */
static int push_batches(const struct subject *s, const struct bty_class *cls, uint32_t n, uint64_t *ns)
{
	static struct place at[BATCH];
	static struct bty_batch b[BATCH];
	uint64_t start;
	uint32_t i;

	for (i = 0; i < BATCH && cls->nin; i++) {
		b[i / n].n = n;
		make_packet(&b[i / n].pkt[i % n], &at[i]);
	}
	start = rig.env.now_ns = now_ns();
	for (i = 0; i < BATCH / n; i++) {
		if (cls->nin)
			cls->process(&b[i], rig.args, &rig.env);
		else
			cls->tick(rig.args, &rig.env);
	}
	*ns = now_ns() - start;
	return s->port < 0 || b[0].verdict[0] == s->port ? 0 : -EINVAL;
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/*
 * BATCH packets, n at a time, between two readings of the clock: one costs as much as an element. The median: a thread that is
 * interrupted once in a thousand times would double the mean.
 */
static int measure_native(const struct subject *s, const struct bty_class *cls, uint32_t n, const char *metric,
			  struct bty_err *err)
{
	const struct bty_open o = { .file = "bench", .element = cls->name, .vec = n, .room = sizeof(made[0].frame) };
	static uint64_t ns[BATCHES];
	uint32_t r;
	int ret = 0;

	rig.env.ops = &own_ops;
	rig.env.now_ns = now_ns();
	rig.env.state = calloc(1, cls->state_size + 1);
	if (!rig.env.state)
		return -ENOMEM;
	if (cls->open)
		ret = cls->open(rig.args, &rig.env, &o, err);
	for (r = 0; !ret && r < BATCHES; r++) {
		ret = push_batches(s, cls, n, &ns[r]);
		if (ret)
			bty_fail(err, ret, "%s: its frame does not go by output %d", cls->name, s->port);
	}
	if (cls->close && !(ret && ret != -EINVAL))
		cls->close(rig.args, rig.env.state);
	free(rig.env.state);
	if (ret)
		return ret;
	qsort(ns, BATCHES, sizeof(*ns), by_size);
	sample("element", cls->name, metric, "ns", (double)ns[BATCHES / 2] / BATCH);
	return 0;
}

static int measure_worker(const struct subject *s, const struct bty_class *cls, struct bty_err *err)
{
	int null = s->quiet ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1, was = -1, ret;

	if (null >= 0) {
		was = dup(STDERR_FILENO);
		dup2(null, STDERR_FILENO);
	}
	ret = measure_native(s, cls, BATCH, "batch_of_32", err);
	if (!ret)
		ret = measure_native(s, cls, 1, "batch_of_1", err);
	if (null >= 0) {
		dup2(was, STDERR_FILENO);
		close(was);
		close(null);
	}
	return ret;
}

static int measure(const struct subject *s, struct bty_err *err)
{
	const struct bty_class *cls = bty_class_find(s->class_name);
	int xdp, loaded, ret;

	if (!cls)
		return bty_fail(err, -ENOENT, "%s: no such class", s->class_name);
	xdp = cls->places & BTY_PLACE_XDP;
	loaded = xdp || cls->ntables; /* which makes its tables */
	memset(&rig, 0, sizeof(rig));
	frame_len = read_hex(s->frame, frame);
	ret = rig_configure(&rig, cls, s->args, 0, err);
	if (!ret && loaded)
		ret = rig_load(&rig, cls, err);
	rig.env.random_state = 1;
	if (!ret && xdp && !s->once)
		ret = measure_xdp(s);
	if (!ret)
		ret = measure_worker(s, cls, err);
	if (loaded)
		rig_unload(&rig);
	return ret;
}

/* What FromPcap reads; pcap's header and the kernel's for BPF do not go together. */
static int write_capture(void)
{
	static const uint32_t head[] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1 }, packet[] = { 0, 0, 60, 60 };
	FILE *f = fopen("frame.pcap", "w");
	int i;

	if (!f)
		return -errno;
	read_hex(BENCH_UDP, frame);
	fwrite(head, sizeof(head), 1, f);
	for (i = 0; i < 1000; i++) {
		fwrite(packet, sizeof(packet), 1, f);
		fwrite(frame, 60, 1, f);
	}
	return fclose(f) ? -errno : 0;
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

static int measure_routes(struct bty_err *err)
{
	const struct bty_class *cls = bty_class_find("IPLookup");
	const char *const args[] = { "FILE routes.txt", NULL };
	uint64_t start;
	int ret = write_routes("routes.txt");

	if (ret)
		return ret;
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
	int ret;

	if (argc != 3) {
		fprintf(stderr, "usage: bench_elements ROUND FOLDER\n");
		return 2;
	}
	round_number = atoi(argv[1]);
	ret = chdir(argv[2]) ? -errno : write_capture();
	for (i = 0; !ret && i < NSUBJECTS; i++)
		ret = measure(&subjects[i], &err);
	if (!ret)
		ret = measure_routes(&err);
	if (ret)
		fprintf(stderr, "bench_elements: %s\n", err.msg[0] ? err.msg : strerror(-ret));
	return ret != 0;
}
