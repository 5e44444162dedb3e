// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worker's executor and queues under generated and mutated frames, on every good pipeline, with address and undefined
 * behaviour sanitizers: transmit rings that stay full for a while, a host device that refuses, queues that overflow, vectors
 * of any size. Each packet must end once: in + made = sent + passed + dropped by reason + queued, at any moment and for every frame.
 * BTY_FRAMES: frames over all pipelines (300 000); BTY_SEED: another sequence.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <glob.h>
#include <cmocka.h>

#include "gen.h"
#include "sets.h"
#include "wk.h"

#define FRAMES 4096

static struct bty_graph *graph;
static struct bty_datapath *datapath;
static struct wk worker;
static size_t npipelines;
static unsigned long long frames_in;
static int batches;

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
}

static int close_worker(void **state)
{
	wk_close(&worker);
	bty_unload(datapath);
	bty_graph_free(graph);
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
	uint64_t drops[BTY_DROP_MAX], sent, passed, waiting = 0;
	int i;

	assert_int_equal(frames_in + made(), ended(drops, &sent, &passed) + wk_backlog(&worker));
	for (i = 0; i < graph->ndev; i++)
		waiting += worker.tx[i].producer - worker.tx[i].consumer;
	assert_int_equal(sent, device_sent + waiting);
	assert_int_equal(passed, worker.passed);
	assert_int_equal(worker.w.inflight, 0);
	assert_int_equal(worker.w.umem.nfree + waiting + wk_backlog(&worker), FRAMES);
	assert_int_equal(worker.w.nfree_batch, batches);
}

static void receive(struct gen *g, int entry)
{
	static uint8_t frame[GEN_MAX + 2048];
	struct bty_batch *b = bty_batch_get(&worker.w);
	uint32_t n = 1 + gen_below(g, worker.w.vec);
	int port;

	for (port = 0; datapath->port[port].dev != graph->el[entry].device; port++)
		;
	for (; n && worker.w.umem.nfree; n--) {
		uint32_t len = gen_frame(g, frame);

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
			sent += wk_transmit(&worker, i, WK_TX);
		wk_read_host(&worker);
	}
	for (i = 0; i < graph->ndev; i++)
		sent += wk_transmit(&worker, i, WK_TX);
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
			sent += wk_transmit(&worker, i, gen_chance(g, 90) ? WK_TX : gen_below(g, 64));
		if (!deaf)
			wk_read_host(&worker);
		if (!deaf && !(turn & 63))
			check_conserved(sent);
		stall -= !!stall;
		deaf -= !!deaf;
	}
	return finish(sent);
}

static void run_pipeline(void **state)
{
	const char *s = getenv("BTY_FRAMES"), *seed = getenv("BTY_SEED");
	struct gen g = { .seed = seed ? strtoull(seed, NULL, 0) | 1 : 0x2545f4914f6cdd1dULL,
			 .min = 1,
			 .mutate_percent = 40 };
	uint64_t drops[BTY_DROP_MAX], sent, passed;
	int entry[BTY_MAX_DEVICES], n = 0, i;

	/* each pipeline has a sequence of its own */
	g.seed ^= wk_hash(*state, strlen(*state));
	open_worker(*state, 1 + gen_below(&g, BTY_VEC_MAX));
	for (i = 0; i < graph->nel; i++)
		if (graph->el[i].cls->kind == BTY_KIND_FROMDEVICE)
			entry[n++] = i;
	change_queues(&g);
	check_conserved(fuzz(&g, entry, n, (s ? strtoull(s, NULL, 0) : 300000) / npipelines + 1));
	ended(drops, &sent, &passed);
	print_message("%llu in, %llu sent, %llu passed", frames_in, (unsigned long long)sent,
		      (unsigned long long)passed);
	for (i = 0; i < BTY_DROP_MAX; i++)
		if (drops[i])
			print_message(", %s %llu", bty_drop_name(i), (unsigned long long)drops[i]);
	print_message("\n");
}

int main(void)
{
	struct CMUnitTest *tests;
	glob_t files;
	size_t i;
	int ret;

	if (glob("tests/pipelines/good/*.click", 0, NULL, &files) ||
	    glob("profiles/*.click", GLOB_APPEND, NULL, &files) ||
	    glob("tests/packets/pipelines/*.click", GLOB_APPEND, NULL, &files)) {
		fprintf(stderr, "no pipelines: run from the top of the tree\n");
		return 1;
	}
	npipelines = files.gl_pathc;
	tests = calloc(npipelines, sizeof(*tests));
	if (!tests)
		return 1;
	for (i = 0; i < npipelines; i++)
		tests[i] = (struct CMUnitTest){ .name = strrchr(files.gl_pathv[i], '/') + 1,
						.test_func = run_pipeline,
						.teardown_func = close_worker,
						.initial_state = files.gl_pathv[i] };
	ret = _cmocka_run_group_tests("worker_fuzz", tests, npipelines, NULL, NULL);
	free(tests);
	globfree(&files);
	return ret;
}
