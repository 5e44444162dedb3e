/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pipeline in the kernel, three times. As placed: the programs the agent loads, up to the first Queue of each path, with a
 * socket behind each Queue so that it takes packets; once as a chain of one for each element, once fused into one. Whole: every element of the graph, also those a worker would run, as
 * an XDP program; a Queue is replaced by a program that goes on at once, a ToDevice and a ToHost by one that returns the
 * element's number. BPF_PROG_TEST_RUN then shows where a frame ended, its bytes and metadata. Included by test_pipeline.c.
 */
#ifndef TESTS_PACKETS_PIPE_H
#define TESTS_PACKETS_PIPE_H

#include <linux/bpf.h>
#include <sys/socket.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <elements/l2forward.h>
#include <elements/randomsplit.h>

#include "sets.h"
#include "wk.h"

#define PIPE_END 1000 /* + element: returned by a sink of the whole; apart from all XDP verdicts */

struct pipe_side {
	struct bty_graph *g;
	struct bty_datapath *dp;
	struct bty_el_stats expect[BTY_MAX_ELEMENTS]; /* from the native side */
};

struct pipe {
	struct pipe_side placed, fused, whole;
	struct wk k;
	int stub_fd[BTY_MAX_ELEMENTS], nstubs;
	int xsk_fd;
	int entry[BTY_MAX_DEVICES], nentries;
	uint32_t end_marks; /* of the whole's elements that are replaced */
	int at_random;	    /* packets part at random, and come together again */
	int by_batch;	    /* something is done once for a batch, which in XDP is one packet */
	uint64_t turn_at[BTY_MAX_ELEMENTS];
};

static inline int pipe_is_end(const struct bty_element *el)
{
	return el->cls->kind == BTY_KIND_TODEVICE || el->cls->kind == BTY_KIND_TOHOST;
}

static inline int pipe_is(const struct bty_element *el, const char *class_name)
{
	return !strcmp(el->cls->name, class_name);
}

/* A RandomSplit that is not sure of its output. */
static inline int pipe_splits(const struct bty_element *el)
{
	const struct randomsplit_args *a = el->args;

	return pipe_is(el, "RandomSplit") && a->below[0] && !(a->below[0] >> 32);
}

static inline void pipe_look_at(struct pipe *p)
{
	const struct bty_graph *g = p->whole.g;
	const struct l2forward_args *a;
	int i;

	for (i = 0; i < g->nel; i++) {
		a = g->el[i].args;
		p->at_random |= pipe_splits(&g->el[i]);
		p->by_batch |= pipe_is(&g->el[i], "L2Forward") && a->method == L2FORWARD_ROUNDROBIN_BATCH;
	}
}

/* Whether two elements cannot be told apart: the same, or of a class where chance decides which one a packet meets. */
static inline int pipe_alike(const struct pipe *p, int i, int k)
{
	return i == k || (p->at_random && p->whole.g->el[i].cls == p->whole.g->el[k].cls);
}

/* Where chance decides: what a class counts is with its first element, and how many take which way is not looked at. */
static inline void pipe_add_up(const struct pipe *p, struct bty_el_stats *stats)
{
	const struct bty_graph *g = p->whole.g;
	size_t n, words = sizeof(*stats) / sizeof(uint64_t);
	int i, k;

	for (i = 0; p->at_random && i < g->nel; i++) {
		for (k = 0; !pipe_alike(p, i, k); k++)
			;
		for (n = 0; k < i && n < words; n++)
			((uint64_t *)&stats[k])[n] += ((uint64_t *)&stats[i])[n];
		if (k < i)
			memset(&stats[i], 0, sizeof(stats[i]));
	}
	for (i = 0; p->at_random && i < g->nel; i++)
		if (pipe_is(&g->el[i], "RandomSplit") || pipe_is(&g->el[i], "Merge"))
			memset(&stats[i], 0, sizeof(stats[i]));
}

/* Whether each output of what splits at random was taken. */
static inline int pipe_all_ways(const struct pipe *p, const struct bty_el_stats *stats)
{
	const struct bty_graph *g = p->whole.g;
	int i, k, all = 1;

	for (i = 0; i < g->nel; i++)
		for (k = 0; pipe_splits(&g->el[i]) && k < g->el[i].nout; k++)
			all = all && stats[g->el[i].out[k]].packets_in > 0;
	return all;
}

/* Which turn el has, when it is an L2Forward; else NULL. */
static inline uint64_t *pipe_turn(const struct pipe *p, int el)
{
	return pipe_is(&p->whole.g->el[el], "L2Forward") ? (uint64_t *)p->whole.dp->table[el][0].rows : NULL;
}

/* Notes each turn, before the worker, which shares its tables with the whole, takes some. */
static inline void pipe_note_turns(struct pipe *p)
{
	int i;

	for (i = 0; i < p->whole.g->nel; i++)
		if (pipe_turn(p, i))
			p->turn_at[i] = *pipe_turn(p, i);
}

/* Puts those back, so that the whole takes the same, and notes where the worker has come to. */
static inline void pipe_rewind_turns(struct pipe *p)
{
	uint64_t was;
	int i;

	for (i = 0; i < p->whole.g->nel; i++) {
		if (!pipe_turn(p, i))
			continue;
		was = p->turn_at[i];
		p->turn_at[i] = *pipe_turn(p, i);
		*pipe_turn(p, i) = was;
	}
}

/* Whether the whole has come to the same. */
static inline int pipe_same_turns(const struct pipe *p)
{
	int i, same = 1;

	for (i = 0; i < p->whole.g->nel; i++)
		same = same && (!pipe_turn(p, i) || *pipe_turn(p, i) == p->turn_at[i]);
	return same;
}

/* r0 = PIPE_END + el; exit */
static inline int pipe_end_stub(int el)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = PIPE_END + el },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts);

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "bty_stub", "GPL", insns, sizeof(insns) / sizeof(insns[0]), &opts);
}

/* tail_call(ctx, progs, next); return XDP_ABORTED */
static inline int pipe_next_stub(int progs_fd, int next)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 2, .src_reg = BPF_PSEUDO_MAP_FD, .imm = progs_fd },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = next },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_ABORTED },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts);

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "bty_stub", "GPL", insns, sizeof(insns) / sizeof(insns[0]), &opts);
}

/* Every element runs in XDP and has a mark of its own, so that the marks tell the way (elements 0 and 32 share one). */
static inline void pipe_place_whole(struct pipe *p)
{
	struct bty_graph *g = p->whole.g;
	int i;

	for (i = 0; i < g->nel; i++) {
		if (g->el[i].cls->kind == BTY_KIND_INFO)
			continue;
		g->el[i].place = BTY_PLACE_XDP;
		g->el[i].mark = 1U << i % BTY_MAX_MARKS;
		if (g->el[i].cls->kind == BTY_KIND_QUEUE)
			g->el[i].backend = BTY_BACKEND_WORKER;
		if (g->el[i].cls->kind == BTY_KIND_QUEUE || pipe_is_end(&g->el[i]))
			p->end_marks |= g->el[i].mark;
		if (g->el[i].cls->kind == BTY_KIND_FROMDEVICE)
			p->entry[p->nentries++] = i;
	}
	/* their marks are not the placement's any more */
	g->nflows = 0;
}

static inline int pipe_replace(struct pipe *p)
{
	const struct pipe_side *s = &p->whole;
	__u32 i;
	int fd;

	for (i = 0; i < (__u32)s->g->nel; i++) {
		if (s->g->el[i].cls->kind == BTY_KIND_QUEUE)
			fd = pipe_next_stub(s->dp->progs_fd, s->g->el[i].out[0]);
		else if (pipe_is_end(&s->g->el[i]))
			fd = pipe_end_stub(i);
		else
			continue;
		if (fd < 0)
			return fd;
		p->stub_fd[p->nstubs++] = fd;
		if (bpf_map_update_elem(s->dp->progs_fd, &i, &fd, BPF_ANY))
			return -errno;
	}
	return 0;
}

/* A socket for every queue, which never gets anything in a test run, and the loopback device for every device. */
static inline int pipe_connect(struct pipe *p, const struct pipe_side *s)
{
	__u32 i, lo = 1;

	for (i = 0; i < (__u32)(s->g->nqueues * s->dp->nlanes); i++)
		if (bpf_map_update_elem(s->dp->xsks_fd, &i, &p->xsk_fd, BPF_ANY))
			return -errno;
	for (i = 0; i < (__u32)s->g->ndev; i++)
		if (bpf_map_update_elem(s->dp->devs_fd, &i, &lo, BPF_ANY))
			return -errno;
	return 0;
}

static inline int pipe_socket(struct pipe *p)
{
	__u32 descriptors = 64;

	p->xsk_fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	/* Linux 7.3 takes no socket without a receive ring into an XSKMAP (ENOBUFS) */
	if (p->xsk_fd < 0 || setsockopt(p->xsk_fd, SOL_XDP, XDP_RX_RING, &descriptors, sizeof(descriptors)))
		return -errno;
	return 0;
}

/* Returns 0 or -errno with err set; to be closed in either case. */
static inline int pipe_open(struct pipe *p, const char *path, struct bty_err *err)
{
	const struct bty_load_opts chain = { .no_devices = 1, .fuse = BTY_FUSE_OFF };
	/* twice the chain where a compiler takes seconds */
	const struct bty_load_opts fused = { .no_devices = 1,
					     .fuse = getenv("BTY_CHAIN_ONLY") ? BTY_FUSE_OFF : BTY_FUSE_ON };
	int ret;

	memset(p, 0, sizeof(*p));
	p->xsk_fd = -1;
	ret = pipeline_load(path, &p->placed.g, err);
	if (!ret)
		ret = pipeline_load(path, &p->fused.g, err);
	if (!ret)
		ret = pipeline_load(path, &p->whole.g, err);
	if (!ret)
		pipe_look_at(p);
	if (!ret)
		pipe_place_whole(p);
	if (!ret)
		ret = bty_load(p->placed.g, &chain, &p->placed.dp, err);
	if (!ret)
		ret = bty_load(p->fused.g, &fused, &p->fused.dp, err);
	if (!ret)
		ret = bty_load(p->whole.g, &chain, &p->whole.dp, err);
	if (ret)
		return ret;
	ret = pipe_replace(p);
	if (!ret)
		ret = pipe_socket(p);
	if (!ret)
		ret = pipe_connect(p, &p->placed);
	if (!ret)
		ret = pipe_connect(p, &p->fused);
	if (!ret)
		ret = wk_open(&p->k, p->whole.g, p->whole.dp, BTY_VEC_DEFAULT, 2 * BTY_VEC_DEFAULT);
	return ret ? bty_fail(err, ret, "%s: %s", path, strerror(-ret)) : 0;
}

static inline void pipe_close(struct pipe *p)
{
	int i;

	if (p->k.nframes)
		wk_close(&p->k);
	for (i = 0; i < p->nstubs; i++)
		close(p->stub_fd[i]);
	if (p->xsk_fd >= 0)
		close(p->xsk_fd);
	bty_unload(p->placed.dp);
	bty_unload(p->fused.dp);
	bty_unload(p->whole.dp);
	bty_graph_free(p->placed.g);
	bty_graph_free(p->fused.g);
	bty_graph_free(p->whole.g);
	/* a test that fails before it has opened the next closes this one again */
	memset(p, 0, sizeof(*p));
	p->xsk_fd = -1;
}

/* A frame behind its last program; metadata in front of it unless that was stripped. */
struct pipe_out {
	uint32_t verdict, len;
	uint8_t bytes[sizeof(struct bty_meta) + WK_FRAME];
};

static inline int pipe_run(const struct pipe_side *s, int entry, const uint8_t *frame, uint32_t len,
			   struct pipe_out *out)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = len, .data_out = out->bytes,
		    .data_size_out = sizeof(out->bytes), .repeat = 1);
	int ret = bpf_prog_test_run_opts(s->dp->prog_fd[entry], &opts);

	out->verdict = opts.retval;
	out->len = opts.data_size_out;
	return ret;
}

/* An element's counters over all CPUs; of a fused program, those of drops, tx and pass. */
static inline void pipe_stats(const struct pipe_side *s, __u32 el, struct bty_el_stats *sum)
{
	static struct bty_el_stats percpu[1024];
	int cpu, d, ncpus = libbpf_num_possible_cpus();

	memset(sum, 0, sizeof(*sum));
	if (bpf_map_lookup_elem(s->dp->stats_fd, &el, percpu))
		return;
	for (cpu = 0; cpu < ncpus; cpu++) {
		sum->packets_in += percpu[cpu].packets_in;
		sum->bytes_in += percpu[cpu].bytes_in;
		sum->tx += percpu[cpu].tx;
		sum->pass += percpu[cpu].pass;
		for (d = 0; d < BTY_DROP_MAX; d++)
			sum->drops[d] += percpu[cpu].drops[d];
	}
}

#endif
