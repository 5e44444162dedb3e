// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Elements whose packets write into their tables, in the kernel, as a program of its own and fused, against the same
 * element natively, from the same state: the same output for each frame; where time does not count the same bytes, metadata and
 * state too. And both at once on one bucket. DIFF_PACKETS: frames for each case (40000); BTY_CHAIN_ONLY: not fused; BTY_CASES:
 * those whose name is like this.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>
#include <setjmp.h>
#include <cmocka.h>

#include "cases.h"
#include "diff.h"
#include "gen.h"
#include "rig.h"

#define STATE_MAX 65536

struct state_case {
	const char *name, *class_name;
	const char *args[8];
	int connected;
	int timeless; /* what it does depends on state and frame alone */
};

static const struct state_case cases[] = {
	{ "ratelimiter by source", "RateLimiter", { "RATE 300pps", "BURST 5", "USERS 64" }, 2 },
	{ "ratelimiter in bits", "RateLimiter", { "RATE 20kpps", "BITRATE 4Mbps", "KEY dst", "USERS 8" }, 2 },
	{ "ratelimiter for all", "RateLimiter", { "RATE 5kpps", "BURST 1000", "KEY all" }, 2 },
	{ "meter", "Meter", { "5kpps", "10kpps", "20kpps", "40kpps", "TAU 5ms" }, 5 },
	{ "mactable", "MACTable", { "LEARN true", "CAPACITY 40", "AGE 1ms", "02:00:00:00:00:01 2", "FLOOD 3" }, 4 },
	{ "l2forward one by one", "L2Forward", { "method roundrobin" }, 1, 1 },
	{ "l2forward batch by batch", "L2Forward", { "method roundrobin_batch" }, 1, 1 },
};

#define NCASES (sizeof(cases) / sizeof(cases[0]))

static struct rig rig;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static uint8_t *state_of(const struct rig *r, size_t *n)
{
	*n = (size_t)r->env.table[0].nrows * r->env.table[0].row_size;
	assert_in_range(*n, 1, STATE_MAX);
	return (uint8_t *)r->env.table[0].rows;
}

static void load(const struct state_case *c, int fused)
{
	const struct bty_class *cls = bty_class_find(c->class_name);
	struct bty_err err = { 0 };

	rig.fused = fused;
	if (rig_configure(&rig, cls, c->args, c->connected, &err) || rig_load(&rig, cls, &err))
		fail_msg("%s: %s", c->name, err.msg);
}

static int unload(void **state)
{
	rig_unload(&rig);
	return 0;
}

/* Natively, as the time is now; the state is put back. */
static int natively(const uint8_t *frame, unsigned int len, const uint8_t *before)
{
	static struct rig_result res;
	size_t n;
	uint8_t *rows = state_of(&rig, &n);

	rig.env.now_ns = now_ns();
	rig_run_native(&rig, frame, len, &res);
	memcpy(rows, before, n);
	return res.port;
}

/* In the kernel, then natively from the state before. Returns the device chosen, or -1 if dropped. */
static int run_timeless(const struct state_case *c, const uint8_t *frame, unsigned int len)
{
	static uint8_t before[STATE_MAX], after[STATE_MAX];
	static struct rig_result bpf, native;
	size_t n;
	uint8_t *rows = state_of(&rig, &n);

	memcpy(before, rows, n);
	assert_int_equal(rig_run_bpf(&rig, frame, len, &bpf), 0);
	memcpy(after, rows, n);
	memcpy(rows, before, n);
	rig_run_native(&rig, frame, len, &native);
	if (bpf.port != native.port)
		fail_msg("%s: in the kernel port %d, natively %d", c->name, bpf.port, native.port);
	if (memcmp(rows, after, n))
		fail_msg("%s: another state in the kernel than natively", c->name);
	if (bpf.port < 0)
		return -1;
	if (bpf.out.meta.out != native.out.meta.out)
		fail_msg("%s: in the kernel device %d, natively %d", c->name, bpf.out.meta.out - 1,
			 native.out.meta.out - 1);
	if (bpf.len != native.len || memcmp(&bpf.out, &native.out, sizeof(bpf.out.meta) + bpf.len))
		fail_msg("%s: other bytes or metadata in the kernel than natively", c->name);
	return bpf.out.meta.out - 1;
}

/* The kernel's time lies between that of the two runs around it. */
static int run_frame(const struct state_case *c, const uint8_t *frame, unsigned int len)
{
	static uint8_t before[STATE_MAX], after[STATE_MAX];
	static struct rig_result bpf;
	int earlier, later;
	size_t n;
	uint8_t *rows = state_of(&rig, &n);

	memcpy(before, rows, n);
	earlier = natively(frame, len, before);
	assert_int_equal(rig_run_bpf(&rig, frame, len, &bpf), 0);
	if (bpf.port == earlier)
		return bpf.port;
	memcpy(after, rows, n);
	memcpy(rows, before, n);
	later = natively(frame, len, before);
	memcpy(rows, after, n);
	/* a meter's rate may pass by several thresholds in between */
	if (bpf.port != later && (bpf.port < earlier) == (bpf.port < later))
		fail_msg("%s: in the kernel port %d, natively %d before and %d after", c->name, bpf.port, earlier,
			 later);
	return bpf.port;
}

static void run_frames(const struct state_case *c, int fused)
{
	unsigned long least = 10000, total = diff_packets(40000) / 2, n, ports[BTY_MAX_OUT + 1] = { 0 };
	struct gen g = { .seed = 0x9e3779b97f4a7c15ULL, .min = 60, .max = 1500, .mutate_percent = 5 };
	static uint8_t frame[GEN_MAX + 2048];
	unsigned int len, used = 0;

	/* fewer do not fill a bucket */
	if (total < least)
		total = least;
	load(c, fused);
	for (n = 0; n < total; n++) {
		len = gen_frame(&g, frame);
		memset(frame, 0, 12);
		frame[0] = frame[6] = 2;
		if (c->timeless && gen_chance(&g, 10))
			frame[0] = 3;
		frame[5] = gen_below(&g, 120);
		frame[11] = gen_below(&g, 120);
		/* bursts and breaks */
		if (gen_chance(&g, 1) && gen_chance(&g, 5))
			nanosleep(&(struct timespec){ .tv_nsec = gen_below(&g, 30000000) }, NULL);
		ports[(c->timeless ? run_timeless : run_frame)(c, frame, len) + 1]++;
	}
	for (n = 0; n <= BTY_MAX_OUT; n++) {
		used += ports[n] > 0;
		if (ports[n])
			print_message("%s%ld: %lu", n ? " out " : " dropped ", (long)n - 1, ports[n]);
	}
	print_message("%s\n", fused ? ", fused" : "");
	/* the rig has four devices; and some are dropped */
	assert_true(used > (c->timeless ? 4 : 1));
	rig_unload(&rig);
}

static void run_case(void **state)
{
	run_frames(*state, 0);
	if (!getenv("BTY_CHAIN_ONLY"))
		run_frames(*state, 1);
}

#define BURST 2000000
#define RUNS  4000000

static int kernel_done;

/* As long as the kernel does, and then until nothing is left. */
static void *push_natively(void *arg)
{
	static struct rig_result res;
	uint8_t frame[60] = { [12] = 8, [14] = 0x45 };
	uintptr_t ok = 0, now;

	rig.env.now_ns = now_ns();
	do {
		now = rig_run_native(&rig, frame, sizeof(frame), &res) == 0;
		ok += now;
	} while (now || !__atomic_load_n(&kernel_done, __ATOMIC_RELAXED));
	return (void *)ok;
}

static void xdp_and_worker_share_a_bucket(void **state)
{
	static const struct state_case c = { "both", "RateLimiter", { "RATE 1pps", "BURST 2000000", "KEY all" }, 1 };
	struct {
		struct bty_meta meta;
		uint8_t frame[60];
	} in = { 0 };
	struct xdp_md ctx = { .data = sizeof(in.meta), .data_end = sizeof(in) };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = &in, .data_size_in = sizeof(in), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = RUNS);
	uint64_t drops[BTY_DROP_MAX] = { 0 }, in_kernel;
	pthread_t t;
	void *ok;

	load(&c, 0);
	assert_int_equal(pthread_create(&t, NULL, push_natively, NULL), 0);
	assert_int_equal(bpf_prog_test_run_opts(rig.dp->prog_fd[RIG_EL], &o), 0);
	__atomic_store_n(&kernel_done, 1, __ATOMIC_RELAXED);
	pthread_join(t, &ok);
	rig_drops(&rig, drops);
	in_kernel = RUNS - drops[BTY_DROP_RATE_LIMITED];
	print_message("%llu in the kernel, %llu natively\n", (unsigned long long)in_kernel,
		      (unsigned long long)(uintptr_t)ok);
	assert_true(in_kernel > 0 && ok);
	/* and one a second */
	assert_in_range(in_kernel + (uintptr_t)ok, BURST, BURST + 20);
}

int main(void)
{
	struct CMUnitTest tests[NCASES + 1];
	size_t i;

	for (i = 0; i < NCASES; i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].name,
						.test_func = run_case,
						.teardown_func = unload,
						.initial_state = (void *)&cases[i] };
	tests[NCASES] = (struct CMUnitTest){ .name = "xdp_and_worker_share_a_bucket",
					     .test_func = xdp_and_worker_share_a_bucket,
					     .teardown_func = unload };
	return run_cases("state", tests, NCASES + 1);
}
