// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What elements in workers have beyond verdicts: packets they make and keep, ticks, state. In a worker without a kernel
 * behind it (wk.h), and in the worker's own thread on plain memory. After every step all packets are accounted for, and
 * every frame.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "tests/packets/wk.h"
#include "user/placement/placement.h"

#define FRAMES	  4096
#define HOLD_MAX  48
#define TICK_NS	  1000000ULL
#define SEQ_OFF	  42 /* of the number in InfiniteSource's packets: behind Ethernet, IPv4, UDP */
#define MAX_SEEN  20000
#define OWN_TOTAL 3

static struct bty_graph *g;
static struct bty_datapath *dp;
static struct bty_err err;
static struct wk k;

/* --- an element that keeps packets: HOLD_MAX of them, each for hold_ns, then drops */

struct hold_state {
	uint32_t n;
	uint64_t due_ns[HOLD_MAX];
	struct bty_pkt pkt[HOLD_MAX];
	uint64_t late_ns; /* the latest release */
	uint32_t ticks;
};

static uint64_t hold_ns = TICK_NS;
static uint32_t nopened, nclosed;
static struct hold_state *hold_last; /* the state that was opened last */

static int hold_open(const void *args, struct bty_env *env, const struct bty_open *o, struct bty_err *e)
{
	nopened++;
	hold_last = env->state;
	return 0;
}

static void hold_close(const void *args, void *state)
{
	nclosed++;
}

static void hold_process(struct bty_batch *b, const void *args, struct bty_env *env)
{
	struct hold_state *s = env->state;
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		if (s->n == HOLD_MAX) {
			b->verdict[i] = bty_drop(QUEUE_FULL);
			continue;
		}
		s->due_ns[s->n] = env->now_ns + hold_ns;
		s->pkt[s->n++] = b->pkt[i];
		b->verdict[i] = BTY_HELD;
	}
	if (s->n)
		env->wake_ns = s->due_ns[0];
}

static void hold_tick(const void *args, struct bty_env *env)
{
	struct hold_state *s = env->state;
	uint32_t i, n = 0;

	s->ticks++;
	while (n < s->n && s->due_ns[n] <= env->now_ns) {
		if (env->now_ns - s->due_ns[n] > s->late_ns)
			s->late_ns = env->now_ns - s->due_ns[n];
		bty_emit(env, 0, &s->pkt[n++]);
	}
	for (i = n; i < s->n; i++) {
		s->pkt[i - n] = s->pkt[i];
		s->due_ns[i - n] = s->due_ns[i];
	}
	s->n -= n;
	if (s->n)
		env->wake_ns = s->due_ns[0];
}

static uint32_t hold_frames(const void *args, uint32_t vec)
{
	return HOLD_MAX;
}

static const struct bty_class hold = {
	.name = "Hold",
	.symbol = "hold",
	.places = BTY_PLACE_WORKER,
	.nin = 1,
	.nout_min = 1,
	.nout_max = 1,
	.process = hold_process,
	.state_size = sizeof(struct hold_state),
	.open = hold_open,
	.close = hold_close,
	.tick = hold_tick,
	.frames = hold_frames,
};

/* --- an element that notes the numbers of the packets it sees */

static uint64_t seen[MAX_SEEN];
static uint32_t nseen;

static void note_process(struct bty_batch *b, const void *args, struct bty_env *env)
{
	uint64_t seq;
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		memcpy(&seq, b->pkt[i].data + SEQ_OFF, sizeof(seq));
		assert_true(nseen < MAX_SEEN);
		seen[nseen++] = __builtin_bswap64(seq);
		b->verdict[i] = 0;
	}
}

/* --- an element that sends a copy where nothing leads */

static void astray_process(struct bty_batch *b, const void *args, struct bty_env *env)
{
	struct bty_pkt copy;
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		b->verdict[i] = 0;
		if (!bty_clone(env, &b->pkt[i], &copy))
			bty_emit(env, i % 2 ? 5 : BTY_MAX_OUT, &copy);
	}
}

static uint32_t astray_frames(const void *args, uint32_t vec)
{
	return vec;
}

static struct bty_class note, astray;

/* The element of this name becomes one of cls. */
static void becomes(const char *name, const struct bty_class *cls)
{
	int i = bty_graph_find(g, name);

	assert_true(i >= 0);
	g->el[i].cls = cls;
}

static void parse(const char *text)
{
	nopened = nclosed = nseen = 0;
	if (bty_place_text(text, strlen(text), "f.click", "eth0", NULL, 0, &g, &err))
		fail_msg("%s", err.msg);
}

static void load(void)
{
	const struct bty_load_opts lo = { .plain = 1 };

	if (bty_load(g, &lo, &dp, &err))
		fail_msg("%s", err.msg);
}

static void open_worker(const char *text, uint32_t vec, uint32_t frames)
{
	parse(text);
	note = astray = *bty_class_find("Counter");
	note.process = note_process;
	astray.process = astray_process;
	astray.frames = astray_frames;
	if (bty_graph_find(g, "note") >= 0)
		becomes("note", &note);
	if (bty_graph_find(g, "astray") >= 0)
		becomes("astray", &astray);
	if (bty_graph_find(g, "hold") >= 0)
		becomes("hold", &hold);
	load();
	assert_int_equal(wk_open(&k, g, dp, vec, frames), 0);
	wk_now = &k;
	if (wk_own(&k, &err))
		fail_msg("%s", err.msg);
}

static void close_worker(void)
{
	wk_close(&k);
	bty_unload(dp);
	bty_graph_free(g);
}

/* Each element, the whole, and the frames. */
static void adds_up(void)
{
	uint64_t made = 0, gone = 0, held = 0, drops, backlog = wk_backlog(&k), unsent = 0;
	int i, d;

	for (i = 0; i < g->nel; i++) {
		const struct bty_el_stats *s = &k.w.node[i].stats;

		for (d = 0, drops = 0; d < BTY_DROP_MAX; d++)
			drops += s->drops[d];
		made += s->made;
		gone += s->tx + s->pass + drops;
		held += s->held;
		assert_true(s->packets_in + s->made >= s->tx + s->pass + drops + s->held);
	}
	for (i = 0; i < g->ndev; i++)
		unsent += bty_pool_unsent(&k.pool[i]);
	assert_int_equal(k.w.inflight, held);
	assert_int_equal(made, gone + held + backlog);
	assert_int_equal(k.w.umem.nfree + held + backlog + unsent, k.w.umem.nframes);
	assert_int_equal(k.w.nmade, 0);
	assert_int_equal(k.w.depth, 0);
}

static struct bty_node *node(const char *name)
{
	int i = bty_graph_find(g, name);

	assert_true(i >= 0);
	return &k.w.node[i];
}

/* All that is due at this time; the sum after each. Returns how many turns. */
static int tick_all(uint64_t now_ns)
{
	int turns = 0;

	for (; bty_tick(&k.w, now_ns, 1); turns++) {
		adds_up();
		assert_true(turns < 10000);
	}
	return turns;
}

static void a_source_makes_its_limit(void **state)
{
	open_worker("s :: InfiniteSource(LIMIT 1000) -> note :: Counter -> Discard;", 64, FRAMES);
	assert_int_equal(tick_all(bty_clock_ns()), 16);
	assert_int_equal(node("s")->stats.made, 1000);
	assert_int_equal(nseen, 1000);
	assert_int_equal(seen[999], 999);
	assert_int_equal(bty_tick_due_ns(&k.w, 1), 0);
	close_worker();
}

static void a_rate_is_kept(void **state)
{
	uint64_t now, i;

	open_worker("s :: InfiniteSource(RATE 10kpps, BURST 5) -> Discard;", 64, FRAMES);
	now = node("s")->env.wake_ns;
	for (i = 0; i < 100; i++) { /* half a millisecond each, 10 s in steps of 100 ms would be late */
		tick_all(now + i * 500000);
		assert_int_equal(node("s")->stats.made, 5 * (i + 1));
		assert_in_range(bty_tick_due_ns(&k.w, 1), now + (i + 1) * 500000 - 1, now + (i + 1) * 500000 + 1);
	}
	/* 20 ms late: what is missing follows, a vector at a time */
	assert_int_equal(tick_all(now + 69500000 + 1000), 4);
	assert_int_equal(node("s")->stats.made, 700);
	/* a minute late: not a minute's packets */
	tick_all(now + 60000000000ULL);
	assert_true(node("s")->stats.made < 700 + 11000);
	close_worker();
}

static void tee_copies_to_every_output(void **state)
{
	open_worker("s :: InfiniteSource(LIMIT 1000, LENGTH 100) -> t :: Tee(3);"
		    "t[0] -> a :: Counter -> Discard; t[1] -> ToDevice(eth0); t[2] -> note :: Counter -> ToHost;",
		    64, FRAMES);
	tick_all(bty_clock_ns());
	assert_int_equal(node("s")->stats.made, 1000);
	assert_int_equal(node("t")->stats.made, 2000);
	assert_int_equal(node("a")->stats.packets_in, 1000);
	assert_int_equal(node("note")->stats.packets_in, 1000);
	assert_int_equal(node("note")->stats.bytes_in, 100000);
	assert_int_equal(nseen, 1000);
	assert_int_equal(seen[0], 0);
	close_worker();
}

/* Each of 16 times 16 copies arrives, from frames for what is under way only. */
static void tees_in_a_row(void **state)
{
	open_worker("s :: InfiniteSource(LIMIT 640) -> t :: Tee(4); a :: Tee(4); b :: Tee(4); c :: Counter;"
		    "t[0] -> a; t[1] -> a; t[2] -> b; t[3] -> b;"
		    "a[0] -> c; a[1] -> c; a[2] -> c; a[3] -> c; b[0] -> c; b[1] -> c; b[2] -> c; b[3] -> c;"
		    "c -> Discard;",
		    64, 64 + 3 * 3 * 64);
	tick_all(bty_clock_ns());
	assert_int_equal(node("c")->stats.packets_in, 640 * 16);
	assert_int_equal(node("t")->stats.drops[BTY_DROP_NO_MEMORY], 0);
	close_worker();
}

/* After the batch, in the order they were emitted, a port at a time. */
static void emitted_packets_follow_their_batch(void **state)
{
	uint32_t i;

	open_worker(
		"InfiniteSource(LIMIT 32) -> t :: Tee(3); note :: Counter; t[0] -> note; t[1] -> note; t[2] -> note;"
		"note -> Discard;",
		16, FRAMES);
	tick_all(bty_clock_ns());
	assert_int_equal(nseen, 96);
	for (i = 0; i < 96; i++)
		assert_int_equal(seen[i], i / 48 * 16 + i % 16);
	close_worker();
}

static void out_of_frames(void **state)
{
	open_worker(
		"s :: InfiniteSource(LIMIT 640) -> t :: Tee(3); t[0] -> note :: Counter -> Discard; t[1] -> Discard;"
		"t[2] -> Discard;",
		64, 100);
	tick_all(bty_clock_ns());
	/* of 128 copies of each batch there are frames for 36 */
	assert_int_equal(node("t")->stats.made, 1280);
	assert_int_equal(node("t")->stats.drops[BTY_DROP_NO_MEMORY], 1280 - 360);
	assert_int_equal(nseen, 640);
	close_worker();
	open_worker("s :: InfiniteSource(LIMIT 640) -> q :: Queue -> Discard;", 64, 100);
	tick_all(bty_clock_ns());
	assert_int_equal(node("s")->stats.made, 640);
	assert_int_equal(node("s")->stats.drops[BTY_DROP_NO_MEMORY], 540);
	assert_int_equal(wk_backlog(&k), 100);
	close_worker();
}

static void too_big_for_a_frame(void **state)
{
	struct bty_pkt p;

	open_worker("s :: InfiniteSource(LIMIT 1) -> Discard;", 64, 64);
	assert_int_equal(bty_new(&node("s")->env, WK_FRAME - BTY_FRAME_HEADROOM + 1, &p), -EMSGSIZE);
	assert_int_equal(node("s")->stats.drops[BTY_DROP_TOO_BIG], 1);
	adds_up();
	close_worker();
}

static void what_leads_nowhere_is_counted(void **state)
{
	open_worker("InfiniteSource(LIMIT 64) -> astray :: Counter -> Discard;", 64, FRAMES);
	tick_all(bty_clock_ns());
	assert_int_equal(node("astray")->stats.drops[BTY_DROP_BAD_STATE], 64);
	close_worker();
}

static void held_packets_are_accounted_for(void **state)
{
	uint64_t now;

	hold_ns = TICK_NS;
	open_worker("s :: InfiniteSource(LIMIT 100) -> hold :: Counter -> note :: Counter -> Discard;", 20, FRAMES);
	now = bty_clock_ns();
	bty_tick(&k.w, now, 1);
	adds_up();
	assert_int_equal(node("hold")->stats.held, 20);
	bty_tick(&k.w, now, 1);
	bty_tick(&k.w, now, 1);
	bty_tick(&k.w, now, 1);
	adds_up();
	/* no more than it may keep */
	assert_int_equal(node("hold")->stats.held, HOLD_MAX);
	assert_int_equal(node("hold")->stats.drops[BTY_DROP_QUEUE_FULL], 80 - HOLD_MAX);
	assert_int_equal(nseen, 0);
	tick_all(now + TICK_NS - 1);
	assert_int_equal(nseen, 0);
	assert_int_equal(bty_tick_due_ns(&k.w, 1), now + TICK_NS);
	tick_all(now + TICK_NS);
	assert_int_equal(nseen, HOLD_MAX);
	assert_int_equal(node("hold")->stats.held, 0);
	assert_int_equal(seen[HOLD_MAX - 1], HOLD_MAX - 1);
	close_worker();
}

static void states_are_opened_and_closed(void **state)
{
	static struct bty_class shared;
	struct bty_wk second = { 0 };
	struct bty_worker ctl = { 0 };
	int at;

	shared = hold;
	shared.state_shared = 1;
	open_worker("s :: InfiniteSource(LIMIT 1) -> hold :: Counter -> other :: Counter -> Discard;", 20, FRAMES);
	assert_int_equal(nopened, 1);
	close_worker();
	assert_int_equal(nclosed, 1);
	/* a second worker has states of its own, but for shared ones and sources */
	parse("s :: InfiniteSource(LIMIT 1) -> hold :: Counter -> other :: Counter -> Discard;");
	becomes("hold", &hold);
	becomes("other", &shared);
	load();
	assert_int_equal(wk_open(&k, g, dp, 20, FRAMES), 0);
	wk_now = &k;
	assert_int_equal(wk_own(&k, &err), 0);
	second.dp = dp;
	second.id = 1;
	second.vec = 20;
	second.ctl = &ctl;
	assert_int_equal(bty_worker_make(&second), 0);
	assert_int_equal(bty_own_open(&second, &k.w, &err), 0);
	assert_int_equal(nopened, 3);
	at = bty_graph_find(g, "hold");
	assert_ptr_not_equal(second.node[at].env.state, k.w.node[at].env.state);
	at = bty_graph_find(g, "other");
	assert_ptr_equal(second.node[at].env.state, k.w.node[at].env.state);
	assert_int_equal(second.node[bty_graph_find(g, "s")].env.wake_ns, 0);
	bty_own_close(&second);
	bty_worker_unmake(&second);
	close_worker();
	assert_int_equal(nclosed, OWN_TOTAL);
}

/* --- in the worker's own thread */

static struct bty_run *run;

static void start(const char *text)
{
	const struct bty_run_opts ro = { .vec_pkts = 32 };

	parse(text);
	if (bty_graph_find(g, "hold") >= 0)
		becomes("hold", &hold);
	load();
	if (bty_run_start(dp, &ro, &run, &err))
		fail_msg("%s", err.msg);
	bty_run_sources(run);
}

static struct bty_el_stats stats(const char *name)
{
	struct bty_el_stats s = { 0 };

	bty_run_element_stats(run, bty_graph_find(g, name), &s);
	return s;
}

static void finish(void)
{
	bty_run_stop(run);
	bty_unload(dp);
	bty_graph_free(g);
}

/* 10 packets, and then nothing: the worker sleeps, wakes for them, and sleeps again. */
static void a_sleeping_worker_keeps_the_time(void **state)
{
	hold_ns = 30000000;
	start("s :: InfiniteSource(LIMIT 10) -> hold :: Counter -> end :: Discard;");
	usleep(15000);
	assert_int_equal(stats("hold").held, 10);
	assert_int_equal(bty_run_inflight(run), 10);
	assert_int_equal(stats("end").packets_in, 0);
	usleep(100000);
	assert_int_equal(stats("hold").held, 0);
	assert_int_equal(stats("end").packets_in, 10);
	assert_int_equal(bty_run_inflight(run), 0);
	assert_int_equal(hold_last->ticks, 1);
	assert_true(bty_run_idle(run));
	/* it did not poll: 115 ms took far less of a CPU */
	assert_true(bty_run_cpu_ns(run) < 20000000);
	finish();
}

static void held_at_shutdown(void **state)
{
	hold_ns = 60000000000ULL;
	start("s :: InfiniteSource(LIMIT 10) -> hold :: Counter -> end :: Discard;");
	usleep(20000);
	assert_int_equal(stats("hold").held, 10);
	bty_run_halt(run);
	assert_int_equal(stats("hold").held, 0);
	assert_int_equal(stats("hold").drops[BTY_DROP_SHUTDOWN], 10);
	assert_int_equal(bty_run_inflight(run), 0);
	finish();
	assert_int_equal(nclosed, 1);
}

/* What an element lets go of within the time of a stop is finished; a source makes no more. */
static void released_while_stopping(void **state)
{
	uint64_t made;

	hold_ns = 50000000;
	start("s :: InfiniteSource(LIMIT 10) -> hold :: Counter -> end :: Discard; r :: InfiniteSource(RATE 1kpps) -> "
	      "Discard;");
	usleep(20000);
	made = stats("r").made;
	bty_run_halt(run);
	assert_int_equal(stats("end").packets_in, 10);
	assert_int_equal(stats("hold").drops[BTY_DROP_SHUTDOWN], 0);
	assert_true(stats("r").made <= made + 5);
	finish();
}

/* An element that cannot begin: those that have are closed again, and nothing runs. */
static void a_refusal_leaves_nothing(void **state)
{
	const struct bty_run_opts ro = { .vec_pkts = 32 };

	parse("s :: InfiniteSource -> hold :: Counter -> m :: Measure(5) -> Discard; FromPcap(none.pcap) -> Discard;");
	becomes("hold", &hold);
	load();
	assert_int_equal(bty_run_start(dp, &ro, &run, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "none.pcap"));
	assert_int_equal(nopened, 1);
	assert_int_equal(nclosed, 1);
	bty_unload(dp);
	bty_graph_free(g);
}

/* At a packet each 5 ms the worker sleeps in between. */
static void a_slow_source_sleeps(void **state)
{
	start("s :: InfiniteSource(RATE 200pps) -> end :: Sink;");
	usleep(500000);
	assert_in_range(stats("s").made, 80, 102);
	assert_true(bty_run_cpu_ns(run) < 100000000);
	bty_run_halt(run);
	assert_int_equal(stats("s").made, stats("end").drops[BTY_DROP_SINK]);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_makes_its_limit),
		cmocka_unit_test(a_rate_is_kept),
		cmocka_unit_test(tee_copies_to_every_output),
		cmocka_unit_test(tees_in_a_row),
		cmocka_unit_test(emitted_packets_follow_their_batch),
		cmocka_unit_test(out_of_frames),
		cmocka_unit_test(too_big_for_a_frame),
		cmocka_unit_test(what_leads_nowhere_is_counted),
		cmocka_unit_test(held_packets_are_accounted_for),
		cmocka_unit_test(states_are_opened_and_closed),
		cmocka_unit_test(a_sleeping_worker_keeps_the_time),
		cmocka_unit_test(held_at_shutdown),
		cmocka_unit_test(released_while_stopping),
		cmocka_unit_test(a_slow_source_sleeps),
		cmocka_unit_test(a_refusal_leaves_nothing),
	};

	return cmocka_run_group_tests_name("own", tests, NULL, NULL);
}
