// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worker's executor and queues under generated and mutated frames, on every good pipeline, profile and pipeline of NBA's, with
 * address and undefined behaviour sanitizers: transmit rings that stay full for a while, a host device that refuses, queues
 * that overflow, vectors of any size. Each packet must end once: in + made = sent + passed + dropped by reason + queued, at any
 * moment and for every frame. Who is asked for on a link answers. Profiles and NBA's pipelines get numbered traffic that fits their tables too, at a rate that they keep
 * and at twice what leaves: what comes out of each flow is in order.
 * BTY_FRAMES: frames for each pipeline (8000); BTY_SEED: another sequence; BTY_CASES: those whose name is like this, as in mgw*.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <glob.h>
#include <cmocka.h>

#include "cases.h"
#include "diff.h"
#include "gen.h"
#include "link.h"
#include "sets.h"
#include "traffic.h"
#include "wk.h"

#define FRAMES	 4096
#define NUMBERED 20000 /* frames of a pipeline whose order is looked at */
#define ENDS	 (BTY_MAX_DEVICES + 1)
#define HOST	 BTY_MAX_DEVICES
#define ANSWERS	 64 /* on their way to the pipeline */

struct answer {
	uint32_t len; /* 0: none */
	int dev;
	uint8_t frame[LINK_MAX];
};

static struct bty_graph *graph;
static struct bty_datapath *datapath;
static struct wk worker;
static unsigned long long frames_in;
static int batches;
static struct answer answers[ANSWERS];
static uint32_t nanswers;      /* so far */
static struct traffic traffic; /* that fits the pipeline; none when n is 0 */
/* by flow, of each device: the next number; and the last that came out at each end */
static uint32_t next_seq[TRAFFIC_FLOWS * BTY_MAX_DEVICES], last_seq[TRAFFIC_FLOWS * BTY_MAX_DEVICES][ENDS];

/* Both the first queue of a path and later ones are the worker's own here. */
static void open_worker(const char *path, uint32_t vec)
{
	const struct bty_load_opts opts = { .no_devices = 1, .fuse = BTY_FUSE_OFF };
	struct bty_err err = { 0 };
	int i;

	if (pipeline_load(path, &graph, &err) || bty_load(graph, &opts, &datapath, &err))
		fail_msg("%s", err.msg);
	for (i = 0; i < graph->nel; i++)
		if (graph->el[i].cls->kind == BTY_KIND_QUEUE)
			graph->el[i].backend = BTY_BACKEND_WORKER;
	assert_int_equal(wk_open(&worker, graph, datapath, vec, FRAMES), 0);
	wk_now = &worker;
	if (wk_own(&worker, &err))
		fail_msg("%s", err.msg);
	batches = worker.w.nfree_batch;
	frames_in = 0;
	memset(answers, 0, sizeof(answers));
}

static int close_worker(void **state)
{
	wk_close(&worker);
	bty_unload(datapath);
	bty_graph_free(graph);
	traffic_free(&traffic);
	datapath = NULL;
	graph = NULL;
	return 0;
}

/* Triggers, deadlines and limits change as a controller would change them. */
static void change_queues(struct gen *g)
{
	int i;

	for (i = 0; i < worker.w.nwqueues; i++) {
		struct bty_queue *q = worker.w.wqueue[i].q;

		q->trigger = 1 + gen_below(g, gen_chance(g, 50) ? 8 : 600);
		q->limit = 1 + gen_below(g, gen_chance(g, 50) ? 64 : 3000);
		q->deadline_ns = 1000 + gen_below(g, 1000000);
	}
}

/* By elements of the pipeline. */
static uint64_t made(void)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < graph->nel; i++)
		sum += worker.w.node[i].stats.made;
	return sum;
}

static uint64_t ended(uint64_t drops[BTY_DROP_MAX], uint64_t *sent, uint64_t *passed)
{
	uint64_t sum = 0;
	int i, d;

	*sent = *passed = 0;
	memset(drops, 0, BTY_DROP_MAX * sizeof(*drops));
	for (i = 0; i < graph->nel; i++) {
		const struct bty_el_stats *s = &worker.w.node[i].stats;

		*sent += s->tx;
		*passed += s->pass;
		for (d = 0; d < BTY_DROP_MAX; d++) {
			drops[d] += s->drops[d];
			sum += s->drops[d];
		}
	}
	return sum + *sent + *passed;
}

/* What the counters say, what the devices saw, and where the frames are, must agree. */
static void check_conserved(uint64_t device_sent)
{
	uint64_t drops[BTY_DROP_MAX], sent, passed, waiting = 0, held = bty_held(&worker.w);
	int i;

	assert_int_equal(frames_in + made(), ended(drops, &sent, &passed) + wk_backlog(&worker) + held);
	for (i = 0; i < graph->ndev; i++)
		waiting += worker.tx[i].producer - worker.tx[i].consumer;
	assert_int_equal(sent, device_sent + waiting);
	assert_int_equal(passed, worker.passed);
	assert_int_equal(worker.w.inflight, held);
	assert_int_equal(worker.w.umem.nfree + waiting + wk_backlog(&worker) + held, FRAMES);
	assert_int_equal(worker.w.nfree_batch, batches);
}

/* Answers to what a device is about to send; the oldest are lost when nobody fetches them. */
static void listen_to(int dev, uint32_t max)
{
	const struct wk_ring *tx = &worker.tx[dev];
	uint32_t i;

	for (i = tx->consumer; i != tx->producer && i - tx->consumer < max; i++) {
		const struct xdp_desc *d = &tx->desc[i & (WK_TX - 1)];
		struct answer *a = &answers[nanswers % ANSWERS];

		a->len = link_answer(worker.w.umem.area + d->addr, d->len, a->frame);
		a->dev = dev;
		nanswers += a->len > 0;
	}
}

static uint32_t transmit(int dev, uint32_t max)
{
	listen_to(dev, max);
	return wk_transmit(&worker, dev, max);
}

/* Those for the device of entry come first in its batch. */
static void receive_answers(struct bty_batch *b, int entry, int port)
{
	struct answer *a;
	int i;

	for (i = 0; i < ANSWERS && b->n < worker.w.vec && worker.w.umem.nfree; i++) {
		a = &answers[i];
		if (!a->len || a->dev != graph->el[entry].device)
			continue;
		wk_receive(&worker, b, entry, port, a->frame, a->len);
		a->len = 0;
		frames_in++;
	}
}

static void receive(struct gen *g, int entry)
{
	static uint8_t frame[GEN_MAX + 2048];
	struct bty_batch *b = bty_batch_get(&worker.w);
	uint32_t n = 1 + gen_below(g, worker.w.vec);
	int port;

	for (port = 0; datapath->port[port].dev != graph->el[entry].device; port++)
		;
	receive_answers(b, entry, port);
	for (; b->n < n && worker.w.umem.nfree;) {
		uint32_t len = traffic_or_gen(&traffic, g, frame);

		wk_receive(&worker, b, entry, port, frame, len);
		frames_in++;
	}
	wk_exec(&worker, graph->el[entry].out[0], b);
}

static void serve_due(void)
{
	uint64_t now = bty_clock_ns();
	int i;

	for (i = 0; i < worker.w.nwqueues; i++)
		if (bty_release(worker.w.wqueue[i].q, now) != BTY_NOT_DUE)
			wk_serve(&worker, i);
	bty_tick(&worker.w, now, 1);
}

/* Until nothing is queued: a packet that goes round does so until its TTL is used up. */
static uint64_t finish(uint64_t sent)
{
	int i, turns;

	for (turns = 0; wk_backlog(&worker); turns++) {
		assert_in_range(turns, 0, 1000000);
		for (i = 0; i < worker.w.nwqueues; i++)
			wk_serve(&worker, i);
		for (i = 0; i < graph->ndev; i++)
			sent += transmit(i, WK_TX);
		wk_read_host(&worker);
	}
	/* nobody answers any more */
	for (turns = 0; bty_held(&worker.w); turns++) {
		assert_in_range(turns, 0, 1000);
		bty_tick(&worker.w, bty_clock_ns() + turns * 1000000000ULL, 1);
	}
	for (i = 0; i < graph->ndev; i++)
		sent += transmit(i, WK_TX);
	wk_read_host(&worker);
	return sent;
}

static uint64_t fuzz(struct gen *g, const int *entry, int nentries, unsigned long long total)
{
	unsigned int stall = 0, deaf = 0, turn;
	uint64_t sent = 0;
	int i;

	for (turn = 0; frames_in < total; turn++) {
		if (!gen_below(g, 20))
			change_queues(g);
		if (!gen_below(g, 100))
			stall = gen_below(g, 60);
		if (!gen_below(g, 100))
			deaf = gen_below(g, 200);
		receive(g, entry[gen_below(g, nentries)]);
		serve_due();
		for (i = 0; !stall && i < graph->ndev; i++)
			sent += transmit(i, gen_chance(g, 90) ? WK_TX : gen_below(g, 64));
		if (!deaf)
			wk_read_host(&worker);
		if (!deaf && !(turn & 63))
			check_conserved(sent);
		stall -= !!stall;
		deaf -= !!deaf;
	}
	return finish(sent);
}

/* Whether its traffic is known. */
static int numbered(const char *path)
{
	return !strncmp(path, "profiles/", 9) || strstr(path, "/nba/");
}

static int entries(int *entry)
{
	int i, n = 0;

	for (i = 0; i < graph->nel; i++)
		if (graph->el[i].cls->kind == BTY_KIND_FROMDEVICE)
			entry[n++] = i;
	return n;
}

static void run_pipeline(void **state)
{
	const char *seed = getenv("BTY_SEED");
	struct gen g = { .seed = seed ? strtoull(seed, NULL, 0) | 1 : 0x2545f4914f6cdd1dULL,
			 .min = 1,
			 .mutate_percent = 40 };
	uint64_t drops[BTY_DROP_MAX], sent, passed;
	int entry[BTY_MAX_DEVICES], n = 0, i;

	/* each pipeline has a sequence of its own */
	g.seed ^= wk_hash(*state, strlen(*state));
	if (numbered(*state))
		assert_int_equal(traffic_load(&traffic, *state), 0);
	open_worker(*state, 1 + gen_below(&g, BTY_VEC_MAX));
	n = entries(entry);
	change_queues(&g);
	check_conserved(fuzz(&g, entry, n, diff_frames()));
	assert_true(frames_in >= diff_frames());
	ended(drops, &sent, &passed);
	print_message("%llu in, %llu sent, %llu passed", frames_in, (unsigned long long)sent,
		      (unsigned long long)passed);
	for (i = 0; i < BTY_DROP_MAX; i++)
		if (drops[i])
			print_message(", %s %llu", bty_drop_name(i), (unsigned long long)drops[i]);
	print_message("\n");
}

/* The next n frames of the traffic, each flow numbered on, its own for each device. */
static void receive_numbered(int entry, uint32_t n, uint32_t *at)
{
	static uint8_t copy[WK_FRAME];
	struct bty_batch *b = bty_batch_get(&worker.w);
	uint32_t len, flow, seq;
	const uint8_t *frame;
	int port;

	for (port = 0; datapath->port[port].dev != graph->el[entry].device; port++)
		;
	receive_answers(b, entry, port);
	for (; b->n < n && worker.w.umem.nfree;) {
		if (*at >= traffic.n)
			*at = 0;
		frame = traffic_frame(&traffic, (*at)++, &len);
		memcpy(copy, frame, len);
		assert_int_equal(traffic_number(copy, len, &flow, &seq), 0);
		assert_in_range(flow, 0, TRAFFIC_FLOWS - 1);
		flow += graph->el[entry].device * TRAFFIC_FLOWS;
		traffic_set_number(copy, len, flow, ++next_seq[flow]);
		wk_receive(&worker, b, entry, port, copy, len);
		frames_in++;
	}
	wk_exec(&worker, graph->el[entry].out[0], b);
}

static void came_out(const uint8_t *frame, uint32_t len, int end)
{
	uint32_t flow, seq;

	if (link_is_message(frame, len))
		return;
	assert_int_equal(traffic_number(frame, len, &flow, &seq), 0);
	assert_in_range(flow, 0, TRAFFIC_FLOWS * BTY_MAX_DEVICES - 1);
	if (seq <= last_seq[flow][end] || seq > next_seq[flow])
		fail_msg("flow %u: %u after %u of %u at end %d", flow, seq, last_seq[flow][end], next_seq[flow], end);
	last_seq[flow][end] = seq;
}

/* As wk_transmit() and wk_read_host(), which do not look. */
static uint32_t transmit_numbered(int dev, uint32_t max, int in_order)
{
	const struct wk_ring *tx = &worker.tx[dev];
	uint32_t i;

	for (i = tx->consumer; in_order && i != tx->producer && i - tx->consumer < max; i++) {
		const struct xdp_desc *d = &tx->desc[i & (WK_TX - 1)];

		came_out(worker.w.umem.area + d->addr, d->len, dev);
	}
	return transmit(dev, max);
}

static void read_numbered(int in_order)
{
	static uint8_t frame[WK_FRAME];
	ssize_t len;

	while ((len = recv(worker.host[1], frame, sizeof(frame), 0)) > 0) {
		if (in_order)
			came_out(frame, len, HOST);
		worker.passed++;
	}
}

/* A pipeline that splits at random by packet, as NBA's do, keeps no order. */
static int keeps_order(void)
{
	int i;

	for (i = 0; i < graph->nel; i++)
		if (!strcmp(graph->el[i].cls->name, "RandomSplit"))
			return 0;
	return 1;
}

/* All that comes leaves, or with half half of it at most, so that queues and rings overflow. */
static uint64_t run_numbered(int half, int in_order)
{
	uint32_t at = 0, n, turn;
	int entry[BTY_MAX_DEVICES], nentries = entries(entry), next = 0, i;
	uint64_t sent = 0;

	for (i = 0; i < worker.w.nwqueues; i++) {
		worker.w.wqueue[i].q->trigger = 8;
		worker.w.wqueue[i].q->deadline_ns = 1000000;
		worker.w.wqueue[i].q->limit = half ? 100 : 1024;
	}
	for (turn = 0; frames_in < NUMBERED; turn++) {
		n = 1 + turn % worker.w.vec;
		receive_numbered(entry[next++], n, &at);
		next = next < nentries ? next : 0;
		if (!half || turn % 8 == 7)
			for (i = 0; i < worker.w.nwqueues; i++)
				wk_serve(&worker, i);
		for (i = 0; i < graph->ndev; i++)
			sent += transmit_numbered(i, half ? n / (2 * graph->ndev) : WK_TX, in_order);
		read_numbered(in_order);
		check_conserved(sent);
	}
	for (n = 0; n < 1000 && wk_backlog(&worker); n++)
		for (i = 0; i < worker.w.nwqueues; i++) {
			wk_serve(&worker, i);
			sent += transmit_numbered(0, WK_TX, in_order);
		}
	for (i = 0; i < graph->ndev; i++)
		sent += transmit_numbered(i, WK_TX, in_order);
	read_numbered(in_order);
	return sent;
}

static void flows_in_order(const char *path, int half)
{
	static const int losses[] = { BTY_DROP_QUEUE_FULL, BTY_DROP_TX_FULL, BTY_DROP_NO_MEMORY, BTY_DROP_HOST_ERROR };
	uint64_t drops[BTY_DROP_MAX], sent, passed, lost = 0;
	size_t i;

	memset(next_seq, 0, sizeof(next_seq));
	memset(last_seq, 0, sizeof(last_seq));
	assert_int_equal(traffic_load(&traffic, path), 0);
	open_worker(path, BTY_VEC_DEFAULT);
	check_conserved(run_numbered(half, keeps_order()));
	ended(drops, &sent, &passed);
	for (i = 0; i < sizeof(losses) / sizeof(losses[0]); i++)
		lost += drops[losses[i]];
	print_message("%llu in, %llu sent, %llu passed, %llu lost%s\n", frames_in, (unsigned long long)sent,
		      (unsigned long long)passed, (unsigned long long)lost, keeps_order() ? "" : ", any order");
	/* a bridge lets none back where it came from */
	assert_true(sent + passed > (frames_in - drops[BTY_DROP_SAME_PORT]) / 4);
	if (!half)
		assert_int_equal(lost, 0);
	else if (sent)
		assert_true(lost > 0);
}

static void in_order(void **state)
{
	flows_in_order(*state, 0);
}

static void in_order_at_twice_the_capacity(void **state)
{
	flows_in_order(*state, 1);
}

static struct CMUnitTest test_of(char *path, const char *what, CMUnitTestFunction fn)
{
	char *name = NULL;

	if (asprintf(&name, "%s%s", strrchr(path, '/') + 1, what) < 0)
		exit(1);
	return (struct CMUnitTest){
		.name = name, .test_func = fn, .teardown_func = close_worker, .initial_state = path
	};
}

int main(void)
{
	struct CMUnitTest *tests;
	size_t i, n = 0;
	glob_t files;
	int ret;

	if (glob("tests/pipelines/good/*.click", 0, NULL, &files) ||
	    glob("profiles/*.click", GLOB_APPEND, NULL, &files) ||
	    glob("tests/pipelines/nba/*.click", GLOB_APPEND, NULL, &files) ||
	    glob("tests/packets/pipelines/*.click", GLOB_APPEND, NULL, &files)) {
		fprintf(stderr, "no pipelines: run from the top of the tree\n");
		return 1;
	}
	tests = calloc(files.gl_pathc, 3 * sizeof(*tests));
	if (!tests)
		return 1;
	for (i = 0; i < files.gl_pathc; i++) {
		tests[n++] = test_of(files.gl_pathv[i], "", run_pipeline);
		if (!numbered(files.gl_pathv[i]))
			continue;
		tests[n++] = test_of(files.gl_pathv[i], "_in_order", in_order);
		tests[n++] =
			test_of(files.gl_pathv[i], "_in_order_at_twice_the_capacity", in_order_at_twice_the_capacity);
	}
	ret = run_cases("worker_fuzz", tests, n);
	for (i = 0; i < n; i++)
		free((char *)tests[i].name);
	free(tests);
	globfree(&files);
	return ret;
}
