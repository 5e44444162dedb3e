// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole pipelines in the kernel against the same natively, in the worker's executor: generated and mutated frames must end
 * at the same element for the same reason, with the same bytes and metadata, and the elements' counters must agree. Three
 * times for each frame: up to the first Queue, as placed, in a chain of programs and fused, and from end to end; see pipe.h. Where
 * packets part at random the two have no seed in common: those of NBA's trees come together again, and but for the way there all is
 * the same. Not here: other pipelines that split at random, what keeps packets (profiles/router.click), and 08-cycle, where a packet
 * takes more tail calls than the kernel allows. Profiles get frames that fit their tables too, mutated. BTY_FRAMES: frames for each
 * pipeline (8000); BTY_SEED: another sequence; BTY_CASES: those whose name is like this, as in mgw*.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

#include "cases.h"
#include "diff.h"
#include "gen.h"
#include "pipe.h"
#include "traffic.h"

static const char *const pipelines[] = {
	"tests/packets/pipelines/every-class-in-xdp.click",
	"profiles/bng.click",
	"profiles/branch.click",
	"profiles/demo.click",
	"profiles/host.click",
	"profiles/ipv4-router.click",
	"profiles/ipv6-router.click",
	"profiles/l2fwd.click",
	"profiles/l2l3-simple.click",
	"profiles/l2l3.click",
	"profiles/l3fwd.click",
	"profiles/mgw.click",
	"profiles/portfwd.click",
	"profiles/robot-control.click",
	"profiles/simple.click",
	"profiles/vrf.click",
	"tests/pipelines/good/01-one-line.click",
	"tests/pipelines/good/03-forms-of-syntax.click",
	"tests/pipelines/good/05-merges.click",
	"tests/pipelines/good/06-in-both-tiers.click",
	"tests/pipelines/good/09-flows.click",
	"tests/pipelines/good/10-variables.click",
	"tests/pipelines/good/12-longest-chain.click",
	"tests/pipelines/good/13-every-class.click",
	"tests/pipelines/nba/balanced.click",
	"tests/pipelines/nba/classifier-ipv4-ipv6.click",
	"tests/pipelines/nba/ipv4-router-cpuonly.click",
	"tests/pipelines/nba/ipv4-router.click",
	"tests/pipelines/nba/ipv6-router.click",
	"tests/pipelines/nba/l2fwd-branch-lv1.click",
	"tests/pipelines/nba/l2fwd-branch-lv2.click",
	"tests/pipelines/nba/l2fwd-branch-lv3.click",
	"tests/pipelines/nba/l2fwd-echo-cross.click",
	"tests/pipelines/nba/l2fwd-echo.click",
	"tests/pipelines/nba/l2fwd-rr-batch.click",
	"tests/pipelines/nba/l2fwd-rr.click",
	"tests/pipelines/nba/l2fwd-skewed-lv3.click",
	"tests/pipelines/nba/pktsize.click",
};

#define NPIPES (sizeof(pipelines) / sizeof(pipelines[0]))

/* One frame: as it was, and where it is natively. */
struct subject {
	uint8_t frame[GEN_MAX + 2048];
	uint32_t len;
	struct bty_pkt pkt; /* as far as it has come */
	int queue;	    /* Queue it reached first, or -1 */
	int told;	    /* its end is known from before that */
};

static struct pipe pipe_now;
static struct subject subjects[BTY_VEC_DEFAULT];
static int nsubjects;
static struct traffic traffic; /* of a profile */
static char difference[256];

/* Keeps the first difference. Returns 0, so that a check may end with it. */
static int __attribute__((format(printf, 2, 3))) differs(const struct subject *s, const char *fmt, ...)
{
	int i, n = s ? snprintf(difference, sizeof(difference), "frame of %u bytes ", s->len) : 0;
	va_list ap;

	for (i = 0; s && i < 48 && i < (int)s->len; i++)
		n += snprintf(difference + n, sizeof(difference) - n, "%02x", s->frame[i]);
	n += snprintf(difference + n, sizeof(difference) - n, " ");
	va_start(ap, fmt);
	vsnprintf(difference + n, sizeof(difference) - n, fmt, ap);
	va_end(ap);
	return 0;
}

static struct wk_fate *fate(const struct subject *s)
{
	return wk_fate(&pipe_now.k, s->pkt.frame);
}

/* The ToDevice or ToHost whose mark the packet carries. */
static int sink(const struct subject *s, enum bty_kind kind)
{
	const struct bty_graph *g = pipe_now.whole.g;
	int i;

	for (i = 0; i < g->nel; i++)
		if (g->el[i].cls->kind == kind && (s->pkt.meta->marks & g->el[i].mark))
			return i;
	return -1;
}

/* The marks that a packet would have as placed, where few elements set one. */
static uint32_t placed_marks(uint32_t marks)
{
	uint32_t placed = 0;
	int i;

	for (i = 0; i < pipe_now.whole.g->nel; i++)
		if (marks & pipe_now.whole.g->el[i].mark)
			placed |= pipe_now.placed.g->el[i].mark;
	return placed;
}

static int same_bytes(const struct subject *s, const uint8_t *bytes, uint32_t len)
{
	if (len == bty_len(&s->pkt) && !memcmp(bytes, s->pkt.data, len))
		return 1;
	return differs(s, "%u bytes in the kernel, %u natively, or other ones", len, bty_len(&s->pkt));
}

/* want: the metadata expected, compared with what is in front of the frame. */
static int same_packet(const struct subject *s, const struct pipe_out *out, const struct bty_meta *want)
{
	const struct bty_meta *m = (const void *)out->bytes;
	struct bty_meta expect = *want;

	if (out->len < sizeof(*m))
		return differs(s, "no metadata");
	if (pipe_now.at_random)
		expect.marks = m->marks; /* those of the way */
	if (memcmp(m, &expect, sizeof(*m)))
		return differs(s,
			       "marks %x/%x anno %x/%x flags %x/%x offsets %u,%u/%u,%u type %x/%x tag %x/%x proto "
			       "%u/%u paint %u/%u",
			       m->marks, want->marks, m->anno, want->anno, m->flags, want->flags, m->l3_off, m->l4_off,
			       want->l3_off, want->l4_off, m->ethertype, want->ethertype, m->vlan_tci, want->vlan_tci,
			       m->l4_proto, want->l4_proto, m->paint, want->paint);
	return same_bytes(s, out->bytes + sizeof(*m), out->len - sizeof(*m));
}

/* It was dropped natively: in the kernel too, by the same element for the same reason? */
static int same_drop(struct pipe_side *side, const struct subject *s, const struct pipe_out *out)
{
	const struct wk_fate *f = fate(s);
	uint64_t dropped = 0, expected = 0;
	struct bty_el_stats sum;
	int i;

	if (out->verdict != XDP_DROP)
		return differs(s, "dropped natively by %s as %s, verdict %u in the kernel", side->g->el[f->el].name,
			       bty_drop_name(f->reason), out->verdict);
	side->expect[f->el].drops[f->reason]++;
	for (i = 0; i < side->g->nel; i++) {
		if (!pipe_alike(&pipe_now, i, f->el))
			continue;
		pipe_stats(side, i, &sum);
		dropped += sum.drops[f->reason];
		expected += side->expect[i].drops[f->reason];
	}
	if (dropped == expected)
		return 1;
	return differs(s, "dropped natively by %s as %s, otherwise in the kernel", side->g->el[f->el].name,
		       bty_drop_name(f->reason));
}

/* In the real Queue: counted there, and stamped. The packet is then taken out. */
static int same_queue(const struct pipe_side *side, const struct subject *s, struct pipe_out *out)
{
	struct bty_datapath *dp = side->dp;
	struct bty_queue *q = bty_lane(dp, pipe_now.placed.g->el[s->queue].queue, s->pkt.meta->port);
	struct bty_meta want = *s->pkt.meta, *m = (struct bty_meta *)out->bytes;

	if (out->verdict != XDP_REDIRECT || bty_load64(&q->enq) != bty_load64(&q->deq) + 1)
		return differs(s, "natively in queue %s, verdict %u in the kernel",
			       pipe_now.placed.g->el[s->queue].name, out->verdict);
	bty_store64(&q->deq, q->enq);
	if (!m->ts_ns || !(m->flags & BTY_F_SAMPLED))
		return differs(s, "not stamped by its queue");
	m->ts_ns = 0;
	m->flags &= ~BTY_F_SAMPLED;
	want.marks = placed_marks(want.marks);
	return same_packet(s, out, &want);
}

static int same_as_placed(struct pipe_side *side, struct subject *s, int entry)
{
	static struct pipe_out out;
	struct bty_meta want;
	uint32_t verdict;

	if (pipe_run(side, entry, s->frame, s->len, &out))
		return differs(s, "test run: %s", strerror(errno));
	if (s->queue >= 0)
		return same_queue(side, s, &out);
	s->told = 1;
	if (fate(s)->end == WK_DROPPED) {
		want = *s->pkt.meta;
		want.marks = placed_marks(want.marks);
		if (!same_drop(side, s, &out))
			return 0;
		/* a fused program has the metadata elsewhere */
		return side->dp->is_fused ? same_bytes(s, out.bytes, out.len) : same_packet(s, &out, &want);
	}
	/* a ToDevice and a ToHost take the metadata off */
	verdict = fate(s)->end == WK_SENT ? XDP_REDIRECT : XDP_PASS;
	if (out.verdict != verdict)
		return differs(s, "as placed: verdict %u in the kernel, %u natively", out.verdict, verdict);
	return same_bytes(s, out.bytes, out.len);
}

static int same_as_whole(const struct subject *s, int entry)
{
	static struct pipe_out out;
	struct bty_meta want = *s->pkt.meta;
	int el = sink(s, fate(s)->end == WK_SENT ? BTY_KIND_TODEVICE : BTY_KIND_TOHOST);

	if (pipe_run(&pipe_now.whole, entry, s->frame, s->len, &out))
		return differs(s, "test run: %s", strerror(errno));
	if (fate(s)->end == WK_DROPPED) {
		if (!same_drop(&pipe_now.whole, s, &out))
			return 0;
	} else if (el < 0 || out.verdict != (uint32_t)PIPE_END + el) {
		return differs(s, "ended natively at %s, verdict %u in the kernel",
			       el < 0 ? "?" : pipe_now.whole.g->el[el].name, out.verdict);
	} else if (fate(s)->end == WK_SENT && fate(s)->dev != pipe_now.whole.g->el[el].device) {
		return differs(s, "sent to another device");
	}
	/* what replaces queues and sinks sets no mark */
	((struct bty_meta *)out.bytes)->marks &= ~pipe_now.end_marks;
	want.marks &= ~pipe_now.end_marks;
	return same_packet(s, &out, &want);
}

/* Fills a batch with new frames. */
static struct bty_batch *receive(struct gen *g, int entry)
{
	struct wk *k = &pipe_now.k;
	int port, i;
	struct bty_batch *b = bty_batch_get(&k->w);

	for (port = 0; k->w.dp->port[port].dev != pipe_now.whole.g->el[entry].device; port++)
		;
	nsubjects = pipe_now.by_batch ? 1 : 1 + gen_below(g, BTY_VEC_DEFAULT);
	for (i = 0; i < nsubjects; i++) {
		subjects[i].len = traffic_or_gen(&traffic, g, subjects[i].frame);
		subjects[i].pkt = *wk_receive(k, b, entry, port, subjects[i].frame, subjects[i].len);
		subjects[i].queue = -1;
		subjects[i].told = 0;
	}
	return b;
}

/* After a run: what has left the worker. Returns 0 when the host got something else than what passed. */
static int collect(void)
{
	struct wk *k = &pipe_now.k;
	uint64_t hash = k->passed_hash, n = 0, d;
	int i, q;

	for (i = 0; i < pipe_now.whole.g->ndev; i++)
		wk_transmit(k, i, WK_TX);
	for (q = 0; q < k->w.nwqueues; q++)
		for (d = k->w.wqueue[q].q->deq; d != k->w.wqueue[q].q->enq; d++)
			for (i = 0; i < nsubjects; i++)
				if (k->w.wqueue[q].ring[d & (k->w.wqueue[q].capacity - 1)].frame ==
				    subjects[i].pkt.frame)
					subjects[i].queue = k->w.wqueue[q].node;
	for (i = 0; i < nsubjects; i++) {
		subjects[i].pkt = fate(&subjects[i])->pkt;
		if (fate(&subjects[i])->end != WK_NOWHERE || (wk_backlog(k) && subjects[i].queue >= 0))
			continue;
		fate(&subjects[i])->end = WK_PASSED;
		hash += wk_hash(subjects[i].pkt.data, bty_len(&subjects[i].pkt));
		n++;
	}
	if (wk_read_host(k) == n && k->passed_hash == hash)
		return 1;
	return differs(NULL, "the host device got other packets than those that passed");
}

/* Counters of the native side so far are what the placed programs must have counted. */
static void note_placed(struct pipe_side *side, const struct bty_el_stats *before)
{
	struct bty_el_stats *e;
	int i;

	for (i = 0; i < pipe_now.whole.g->nel; i++) {
		const struct bty_el_stats *now = &pipe_now.k.w.node[i].stats;

		e = &side->expect[i];
		e->packets_in += now->packets_in - before[i].packets_in;
		e->bytes_in += now->bytes_in - before[i].bytes_in;
		e->tx += now->tx - before[i].tx;
		e->pass += now->pass - before[i].pass;
	}
}

/* One batch through all three. Returns 0 at a difference. */
static int run_batch(struct gen *g)
{
	static struct bty_el_stats before[BTY_MAX_ELEMENTS];
	int entry = pipe_now.entry[gen_below(g, pipe_now.nentries)], i;
	struct bty_batch *b = receive(g, entry);
	struct wk *k = &pipe_now.k;

	for (i = 0; i < pipe_now.whole.g->nel; i++)
		before[i] = k->w.node[i].stats;
	pipe_note_turns(&pipe_now);
	wk_exec(k, pipe_now.whole.g->el[entry].out[0], b);
	if (!collect())
		return 0;
	note_placed(&pipe_now.placed, before);
	note_placed(&pipe_now.fused, before);
	for (i = 0; i < nsubjects; i++)
		if (!same_as_placed(&pipe_now.placed, &subjects[i], entry) ||
		    !same_as_placed(&pipe_now.fused, &subjects[i], entry))
			return 0;
	while (wk_backlog(k))
		for (i = 0; i < k->w.nwqueues; i++)
			wk_serve(k, i);
	for (i = 0; i < nsubjects; i++)
		subjects[i].queue = -1;
	if (!collect())
		return 0;
	pipe_rewind_turns(&pipe_now);
	for (i = 0; i < nsubjects; i++)
		if (!same_as_whole(&subjects[i], entry))
			return 0;
	if (!pipe_same_turns(&pipe_now))
		return differs(NULL, "other turns were taken in the kernel");
	if (k->w.umem.nfree != k->nframes || k->w.inflight)
		return differs(NULL, "the worker has %u of %u frames, %llu packets", k->w.umem.nfree, k->nframes,
			       (unsigned long long)k->w.inflight);
	return 1;
}

/* All counters of all elements. FromDevice has no native side; in the whole, queues and sinks are replaced. */
static void compare_counters(struct bty_el_stats *fused, int many)
{
	static struct bty_el_stats placed[BTY_MAX_ELEMENTS], whole[BTY_MAX_ELEMENTS], native[BTY_MAX_ELEMENTS];
	const struct bty_element *el;
	int i;

	for (i = 0; i < pipe_now.whole.g->nel; i++) {
		pipe_stats(&pipe_now.placed, i, &placed[i]);
		pipe_stats(&pipe_now.whole, i, &whole[i]);
		native[i] = pipe_now.k.w.node[i].stats;
		native[i].batches = 0; /* no batches in XDP */
	}
	if (pipe_now.at_random && many) {
		assert_true(pipe_all_ways(&pipe_now, fused));
		assert_true(pipe_all_ways(&pipe_now, native));
	}
	pipe_add_up(&pipe_now, placed);
	pipe_add_up(&pipe_now, whole);
	pipe_add_up(&pipe_now, native);
	pipe_add_up(&pipe_now, fused);
	pipe_add_up(&pipe_now, pipe_now.placed.expect);
	pipe_add_up(&pipe_now, pipe_now.fused.expect);
	for (i = 0; i < pipe_now.whole.g->nel; i++) {
		el = &pipe_now.placed.g->el[i];
		if (el->cls->kind == BTY_KIND_FROMDEVICE || el->cls->kind == BTY_KIND_INFO)
			continue;
		if (el->place & BTY_PLACE_XDP) {
			assert_memory_equal(&placed[i], &pipe_now.placed.expect[i], sizeof(*placed));
			assert_memory_equal(&fused[i], &pipe_now.fused.expect[i], sizeof(*fused));
		}
		if (el->cls->kind != BTY_KIND_QUEUE && !pipe_is_end(el))
			assert_memory_equal(&whole[i], &native[i], sizeof(*whole));
	}
}

static void seed(struct gen *g)
{
	*g = (struct gen){ .seed = 0x9e3779b97f4a7c15ULL, .min = 14, .mutate_percent = 40 };
	if (getenv("BTY_SEED"))
		g->seed = strtoull(getenv("BTY_SEED"), NULL, 0) | 1;
}

static void run_pipeline(void **state)
{
	unsigned long long n = 0, dropped = 0, total = diff_frames();
	const struct bty_node *node;
	struct bty_el_stats *fused;
	struct bty_err err = { 0 };
	struct gen g;
	int i, d;

	seed(&g);
	if (!strncmp(*state, "profiles/", 9))
		assert_int_equal(traffic_load(&traffic, *state), 0);
	if (pipe_open(&pipe_now, *state, &err))
		fail_msg("%s", err.msg);
	for (; n < total; n += nsubjects)
		if (!run_batch(&g))
			fail_msg("%s", difference);
	fused = bty_xdp_stats(pipe_now.fused.dp);
	assert_non_null(fused);
	compare_counters(fused, n > 5000);
	for (i = 0; i < pipe_now.whole.g->nel; i++) {
		node = &pipe_now.k.w.node[i];
		for (d = 0; d < BTY_DROP_MAX; d++)
			dropped += node->stats.drops[d];
	}
	free(fused);
	assert_true(n >= diff_frames());
	print_message("%llu frames: %llu dropped, %llu passed\n", n, dropped, (unsigned long long)pipe_now.k.passed);
}

/* One bit changed behind one element, natively only: that must not pass for the same. */
static void a_difference_is_found(void **state)
{
	struct bty_err err = { 0 };
	struct gen g;
	int n;

	seed(&g);
	if (pipe_open(&pipe_now, "profiles/demo.click", &err))
		fail_msg("%s", err.msg);
	pipe_now.k.sabotage = bty_graph_find(pipe_now.whole.g, "rw");
	for (n = 0; n < 1000 && run_batch(&g); n++)
		;
	assert_in_range(n, 0, 999);
}

static int close_pipe(void **state)
{
	pipe_close(&pipe_now);
	traffic_free(&traffic);
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[NPIPES + 1];
	size_t i;

	for (i = 0; i < NPIPES; i++)
		tests[i] = (struct CMUnitTest){ .name = strrchr(pipelines[i], '/') + 1,
						.test_func = run_pipeline,
						.teardown_func = close_pipe,
						.initial_state = (void *)pipelines[i] };
	tests[NPIPES] = (struct CMUnitTest){ .name = "a_difference_is_found",
					     .test_func = a_difference_is_found,
					     .teardown_func = close_pipe };
	return run_cases("pipeline", tests, NPIPES + 1);
}
