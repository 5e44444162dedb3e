// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole pipelines, loaded as the agent loads them, against a walk over the same graph natively: each frame must end at the
 * same element with the same bytes and metadata, and every element and flow must have counted as many. BTY_FRAMES: frames
 * over all pipelines (1 million); BTY_SEED: another sequence.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

#include "gen.h"
#include "rig.h"

static const struct pipeline {
	const char *name, *text;
} pipelines[] = {
	{ "router", "in :: FromDevice($IFACE); out :: ToDevice(test1); host :: ToHost;\n"
		    "cl :: Classifier(12/0806, 12/0800, 12/86dd, -);\n"
		    "check :: CheckIPHeader; rt :: IPLookup(10.0.0.0/8 10.9.9.9 0, 192.168.0.0/16 1, 10.1.2.0/30 2, "
		    "2001:db8::/32 0);\n"
		    "ttl :: DecIPTTL; rw :: EtherRewrite(02:00:00:00:00:01, 02:00:00:00:00:02);\n"
		    "in -> cl; cl[0] -> host; cl[1] -> check; cl[2] -> check; cl[3] -> dis :: Discard;\n"
		    "check -> rt; check[1] -> bad :: Counter -> dis2 :: Discard;\n"
		    "rt[0] -> ttl; rt[1] -> host; rt[2] -> local :: Counter -> host;\n"
		    "ttl -> rw -> out; ttl[1] -> expired :: Counter -> host;\n" },
	{ "classes, with marks",
	  "in :: FromDevice($IFACE); a :: ToHost; b :: ToHost;\n"
	  "cl :: IPClassifier(vlan 1 and udp, tcp dst port 80 or tcp dst port 443, udp, ip frag or ip6 frag, -);\n"
	  "web :: Counter; dns :: Counter; rest :: Counter; all :: Counter;\n"
	  "in -> cl; cl[0] -> dns; cl[1] -> web; cl[2] -> dns; cl[3] -> Discard; cl[4] -> rest;\n"
	  "web -> all; dns -> all; rest -> b; all -> DecIPTTL -> a;\n"
	  "Flow(web, PATH web all, DELAY_SLO 1ms); Flow(dns, PATH dns all, DELAY_SLO 2ms); Flow(rest, PATH rest);\n" },
	{ "a long chain",
	  "FromDevice($IFACE) -> Counter -> CheckIPHeader -> DecIPTTL -> Counter -> DecIPTTL -> CheckIPHeader ->\n"
	  "EtherRewrite(02:00:00:00:00:03, 02:00:00:00:00:04) -> cl :: Classifier(23/06, 23/11, -) -> d :: DecIPTTL "
	  "->\n"
	  "Bypass(CYCLES_PER_PACKET 50) -> CheckIPHeader -> Counter -> Counter -> DecIPTTL -> Counter -> Counter ->\n"
	  "DecIPTTL -> CheckIPHeader -> Counter -> host :: ToHost;\n"
	  "cl[1] -> d; cl[2] -> Counter -> host;\n" },
};

#define NPIPELINES (sizeof(pipelines) / sizeof(pipelines[0]))

struct walk {
	struct bty_graph *graph;
	struct bty_datapath *dp;
	struct bty_env env[BTY_MAX_ELEMENTS];
	uint64_t flow[BTY_MAX_FLOWS], in[BTY_MAX_ELEMENTS], drops[BTY_MAX_ELEMENTS][BTY_DROP_MAX];
	int stub_fd[BTY_MAX_ELEMENTS];
};

static int is_sink(const struct bty_element *el)
{
	return el->cls->kind == BTY_KIND_TOHOST || el->cls->kind == BTY_KIND_TODEVICE;
}

/* Counts the flows that end at element i. */
static void count_flows(struct walk *w, int i, uint32_t marks)
{
	const struct bty_graph *g = w->graph;
	int f;

	for (f = 0; f < g->nflows; f++)
		if (g->flow[f].path[g->flow[f].npath - 1] == i && (marks & g->flow[f].marks) == g->flow[f].marks)
			w->flow[f]++;
}

/* Returns the sink where the packet ends, or -1 when an element drops it. */
static int walk_native(struct walk *w, int entry, const uint8_t *frame, uint32_t len, struct rig_result *res)
{
	static struct bty_batch b;
	struct bty_element *el;
	int i = entry;

	memset(&res->out.meta, 0, sizeof(res->out.meta));
	memcpy(res->out.frame, frame, len);
	res->len = len;
	b.n = 1;
	b.pkt[0] = (struct bty_pkt){
		.data = res->out.frame, .data_end = res->out.frame + len, .meta = &res->out.meta, .frame = BTY_NO_FRAME
	};
	bty_parse(&b.pkt[0]);
	for (;;) {
		el = &w->graph->el[i];
		if (is_sink(el))
			return i;
		w->in[i]++;
		res->out.meta.marks |= el->mark;
		b.verdict[0] = 0;
		if (i != entry)
			el->cls->process(&b, el->args, &w->env[i]);
		if (b.verdict[0] < 0) {
			w->drops[i][-b.verdict[0]]++;
			return -1;
		}
		assert_in_range(b.verdict[0], 0, el->nout - 1);
		count_flows(w, i, res->out.meta.marks);
		i = el->out[b.verdict[0]];
		assert_in_range(i, 0, w->graph->nel - 1);
	}
}

/* Sinks become stubs that return their number, since the real ones take the metadata off. */
static void enter_stubs(struct walk *w)
{
	__u32 i;

	for (i = 0; i < (__u32)w->graph->nel; i++) {
		if (!is_sink(&w->graph->el[i]))
			continue;
		w->stub_fd[i] = rig_stub(i);
		assert_true(w->stub_fd[i] > 0);
		assert_int_equal(bpf_map_update_elem(w->dp->progs_fd, &i, &w->stub_fd[i], BPF_ANY), 0);
	}
}

static void check_counters(const struct walk *w)
{
	int ncpu = libbpf_num_possible_cpus(), c, d;
	struct bty_el_stats *s = calloc(ncpu, sizeof(*s)), sum;
	__u32 i;

	assert_non_null(s);
	for (i = 0; i < (__u32)w->graph->nel; i++) {
		if (is_sink(&w->graph->el[i]) || !w->graph->el[i].place)
			continue;
		memset(&sum, 0, sizeof(sum));
		assert_int_equal(bpf_map_lookup_elem(w->dp->stats_fd, &i, s), 0);
		for (c = 0; c < ncpu; c++) {
			sum.packets_in += s[c].packets_in;
			for (d = 0; d < BTY_DROP_MAX; d++)
				sum.drops[d] += s[c].drops[d];
		}
		if (sum.packets_in != w->in[i] || memcmp(sum.drops, w->drops[i], sizeof(sum.drops)))
			fail_msg("%s: in the kernel %llu packets, natively %llu; or drops differ", w->graph->el[i].name,
				 (unsigned long long)sum.packets_in, (unsigned long long)w->in[i]);
	}
	free(s);
}

static void check_flows(const struct walk *w)
{
	int ncpu = libbpf_num_possible_cpus(), c;
	struct bty_flow_stats *s = calloc(ncpu, sizeof(*s));
	uint64_t packets;
	__u32 f;

	assert_non_null(s);
	for (f = 0; f < (__u32)w->graph->nflows; f++) {
		assert_int_equal(bpf_map_lookup_elem(w->dp->flows_fd, &f, s), 0);
		for (packets = 0, c = 0; c < ncpu; c++)
			packets += s[c].packets;
		assert_int_equal(packets, w->flow[f]);
		assert_true(packets > 0);
	}
	free(s);
}

static struct walk walk;

static int unload(void **state)
{
	int i;

	for (i = 0; i < BTY_MAX_ELEMENTS; i++)
		if (walk.stub_fd[i] > 0)
			close(walk.stub_fd[i]);
	bty_unload(walk.dp);
	bty_graph_free(walk.graph);
	memset(&walk, 0, sizeof(walk));
	return 0;
}

static int load(const struct pipeline *p)
{
	const struct bty_load_opts opts = { .no_devices = 1 };
	struct bty_err err = { 0 };
	int i, entry = -1;

	if (bty_graph_parse(p->text, strlen(p->text), p->name, "test0", NULL, 0, &walk.graph, &err) ||
	    bty_load(walk.graph, &opts, &walk.dp, &err))
		fail_msg("%s: %s", p->name, err.msg);
	for (i = 0; i < walk.graph->nel; i++) {
		memcpy(walk.env[i].table, walk.dp->table[i], sizeof(walk.env[i].table));
		walk.env[i].random_state = 1;
		if (walk.graph->el[i].cls->kind == BTY_KIND_FROMDEVICE)
			entry = i;
	}
	enter_stubs(&walk);
	return entry;
}

static void run_pipeline(void **state)
{
	const struct pipeline *p = *state;
	const char *frames = getenv("BTY_FRAMES"), *seed = getenv("BTY_SEED");
	unsigned long n, total = (frames ? strtoul(frames, NULL, 0) : 1000000) / NPIPELINES,
			 ended[BTY_MAX_ELEMENTS + 1] = { 0 };
	struct gen g = { .seed = seed ? strtoull(seed, NULL, 0) | 1 : 0x1357924680ULL,
			 .min = 14,
			 .mutate_percent = 30 };
	static uint8_t frame[GEN_MAX + 2048];
	static struct rig_result bpf, native;
	int entry = load(p), sink, i;
	unsigned int len;

	for (n = 0; n < total; n++) {
		len = gen_frame(&g, frame);
		sink = walk_native(&walk, entry, frame, len, &native);
		assert_int_equal(rig_run_bpf(walk.dp->prog_fd[entry], frame, len, &bpf), 0);
		if (bpf.port != sink || bpf.len != len || memcmp(&bpf.out, &native.out, sizeof(bpf.out.meta) + len))
			fail_msg("frame %lu, %u bytes: in the kernel it ends at %d, natively at %d, or contents differ",
				 n, len, bpf.port, sink);
		ended[sink + 1]++;
	}
	check_counters(&walk);
	check_flows(&walk);
	print_message("%-20s %llu instructions verified; dropped: %lu", p->name, (unsigned long long)walk.dp->insns,
		      ended[0]);
	for (i = 0; i < walk.graph->nel; i++)
		if (ended[i + 1])
			print_message(" %s: %lu", walk.graph->el[i].name, ended[i + 1]);
	print_message("\n");
}

int main(void)
{
	struct CMUnitTest tests[NPIPELINES];
	size_t i;

	for (i = 0; i < NPIPELINES; i++)
		tests[i] = (struct CMUnitTest){ .name = pipelines[i].name,
						.test_func = run_pipeline,
						.teardown_func = unload,
						.initial_state = (void *)&pipelines[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
