/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One element, loaded into the kernel behind the entry program as the agent does it, and the same natively. Its outputs
 * lead to stub programs that return the port's number, so that BPF_PROG_TEST_RUN shows it. Included by packet tests
 * (root).
 */
#ifndef TESTS_PACKETS_RIG_H
#define TESTS_PACKETS_RIG_H

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <batchy/element.h>
#include <batchy/parse.h>

#include "frame.h"
#include "user/config/argtable.h"
#include "user/element/entries.h"
#include "user/element/registry.h"
#include "user/load/load.h"

#define RIG_ENTRY 0 /* elements of the graph: the entry, the element, a stub per port */
#define RIG_EL	  1
#define RIG_STUB  2
#define RIG_PORT  100 /* apart from all XDP verdicts */

struct rig {
	struct bty_graph graph;
	struct bty_element el[RIG_STUB + BTY_MAX_OUT];
	uint64_t args[BTY_ARGS_SIZE / 8];
	struct bty_entries *entries;
	struct bty_datapath *dp;
	struct bty_env env;
	int stub_fd[BTY_MAX_OUT];
	int fused;  /* to be set before rig_load() */
	int marked; /* what elements before it may have left in the metadata is as in marks; not fused */
	struct bty_meta marks;
};

/* A program that returns port + RIG_PORT: the packet has left by that port. */
static inline int rig_stub(int port)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = RIG_PORT + port },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	/* its attach type must be that of the elements' programs: none, see user/load/program.c */
	return bpf_prog_load(BPF_PROG_TYPE_XDP, "bty_stub", "GPL", insns, 2, NULL);
}

static inline int rig_enter_stubs(struct rig *r)
{
	__u32 i, key;

	for (i = 0; i < BTY_MAX_OUT; i++) {
		key = RIG_STUB + i;
		r->stub_fd[i] = rig_stub(i);
		if (r->stub_fd[i] < 0 || bpf_map_update_elem(r->dp->progs_fd, &key, &r->stub_fd[i], BPF_ANY))
			return -errno;
	}
	return 0;
}

/*
 * Compiles texts, the arguments, with the class's own hooks; fills r->args. connected: outputs in use, 0 for all. Returns 0
 * or -errno with err set.
 */
static inline int rig_configure(struct rig *r, const struct bty_class *cls, const char *const *texts, int connected,
				struct bty_err *err)
{
	struct bty_confarg arg[256] = { 0 };
	struct bty_conf conf = { .file = "test.click", .element = "el", .class_name = cls->name, .arg = arg };
	int nout = cls->nout_max, ret = 0;

	for (; texts && texts[conf.n]; conf.n++)
		arg[conf.n] = (struct bty_confarg){ .text = texts[conf.n], .pos = { 1, 1 } };
	if (cls->configure)
		ret = cls->configure(&conf, r->args, &nout, err);
	else if (cls->args)
		ret = bty_argtable_compile(&conf, cls->args, r->args, err);
	if (!ret && cls->table_ops)
		ret = bty_entries_configure(cls, &conf, r->args, &r->entries, &nout, err);
	if (!ret && cls->finish)
		ret = cls->finish(&conf, r->args, connected ? connected : nout, err);
	if (!ret && cls->devices)
		ret = cls->devices(r->args,
				   &(struct bty_device_info){ .ndev = 4, .nout = 4, .out_dev = { 0, 1, 2, 3 } }, err);
	return ret;
}

/* cls with the arguments in r->args, in the kernel. Returns 0 or -errno with err set. */
static inline int rig_load(struct rig *r, const struct bty_class *cls, struct bty_err *err)
{
	const struct bty_load_opts opts = { .no_devices = 1, .fuse = r->fused ? BTY_FUSE_ON : BTY_FUSE_OFF };
	struct bty_graph *g = &r->graph;
	int i, n, ret;

	g->el = r->el;
	g->nel = RIG_STUB + BTY_MAX_OUT;
	g->ndev = 1;
	strcpy(g->dev[0].name, "test0");
	g->dev[0].receives = 1;
	for (i = 0; i < g->nel; i++) {
		r->el[i] = (struct bty_element){
			.cls = bty_class_find("Discard"), .args = r->args, .queue = -1, .device = -1
		};
		for (n = 0; n < BTY_MAX_OUT; n++)
			r->el[i].out[n] = -1;
	}
	r->el[RIG_ENTRY].cls = bty_class_find("FromDevice");
	r->el[RIG_ENTRY].device = 0;
	r->el[RIG_ENTRY].nout = 1;
	r->el[RIG_ENTRY].out[0] = RIG_EL;
	r->el[RIG_EL].cls = cls;
	r->el[RIG_EL].entries = r->entries;
	r->el[RIG_EL].nout = cls->nout_max;
	for (n = 0; n < BTY_MAX_OUT; n++)
		r->el[RIG_EL].out[n] = RIG_STUB + n;
	r->el[RIG_ENTRY].place = BTY_PLACE_XDP;
	r->el[RIG_EL].place = cls->places & BTY_PLACE_XDP ? BTY_PLACE_XDP : BTY_PLACE_WORKER;
	ret = bty_load(g, &opts, &r->dp, err);
	if (ret)
		return ret;
	memcpy(r->env.table, r->dp->table[RIG_EL], sizeof(r->env.table));
	r->env.gateways = r->dp->gateways.addr[0];
	r->env.random_state = 1;
	ret = rig_enter_stubs(r);
	return ret ? bty_fail(err, ret, "stubs: %s", strerror(-ret)) : 0;
}

static inline void rig_unload(struct rig *r)
{
	int i;

	for (i = 0; i < BTY_MAX_OUT; i++)
		if (r->stub_fd[i] > 0)
			close(r->stub_fd[i]);
	bty_unload(r->dp);
	bty_entries_free(r->entries);
	memset(r, 0, sizeof(*r));
}

/* A packet after its element. */
struct rig_result {
	int port; /* -1: dropped */
	uint32_t len;
	struct {
		struct bty_meta meta;
		uint8_t frame[4096];
	} out;
};

static inline void rig_mark(const struct rig *r, struct bty_meta *m)
{
	if (!r->marked)
		return;
	m->in = r->marks.in;
	m->out = r->marks.out;
	m->paint = r->marks.paint;
}

/* with_meta: data begins with the metadata, as what comes out does */
static inline int rig_test_run(int fd, const void *data, uint32_t len, int with_meta, struct rig_result *res)
{
	struct xdp_md ctx = { .data = sizeof(res->out.meta), .data_end = len };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data, .data_size_in = len, .data_out = &res->out,
		    .data_size_out = sizeof(res->out), .repeat = 1);
	int ret;

	if (with_meta) {
		opts.ctx_in = &ctx;
		opts.ctx_size_in = sizeof(ctx);
	}
	ret = bpf_prog_test_run_opts(fd, &opts);
	if (ret)
		return ret;
	if (opts.retval != XDP_DROP && opts.retval < RIG_PORT)
		return -EPROTO;
	res->port = opts.retval == XDP_DROP ? -1 : (int)opts.retval - RIG_PORT;
	/* what a fused program drops has no metadata in front */
	res->len = opts.data_size_out > sizeof(res->out.meta) ? opts.data_size_out - sizeof(res->out.meta) : 0;
	return 0;
}

/* Runs a frame through the kernel, from the entry program, or marked past it. Returns 0 or -errno. */
static inline int rig_run_bpf(const struct rig *r, const uint8_t *frame, uint32_t len, struct rig_result *res)
{
	static _Alignas(64) uint8_t memory[FRAME_SIZE];
	struct bty_pkt p;

	if (!r->marked)
		return rig_test_run(r->dp->prog_fd[RIG_ENTRY], frame, len, 0, res);
	frame_place(memory, &p, frame, len);
	bty_parse(&p);
	rig_mark(r, p.meta);
	return rig_test_run(r->dp->prog_fd[RIG_EL], p.meta, sizeof(*p.meta) + len, 1, res);
}

/* The same natively. Returns the element's verdict. */
static inline int rig_run_native(struct rig *r, const uint8_t *frame, uint32_t len, struct rig_result *res)
{
	static _Alignas(64) uint8_t memory[FRAME_SIZE];
	static struct bty_batch b;
	struct bty_pkt *p = &b.pkt[0];

	b.n = 1;
	frame_place(memory, p, frame, len);
	bty_parse(p);
	rig_mark(r, p->meta);
	r->el[RIG_EL].cls->process(&b, r->args, &r->env);
	res->port = b.verdict[0] < 0 ? -1 : b.verdict[0];
	res->len = bty_len(p);
	res->out.meta = *p->meta;
	memcpy(res->out.frame, p->data, res->len);
	return b.verdict[0];
}

/* Adds the element's drops by reason over all CPUs into drops. */
static inline void rig_drops(const struct rig *r, uint64_t drops[BTY_DROP_MAX])
{
	int ncpu = libbpf_num_possible_cpus(), c, d;
	struct bty_el_stats *s = calloc(ncpu, sizeof(*s));
	__u32 key = RIG_EL;

	if (s && !bpf_map_lookup_elem(r->dp->stats_fd, &key, s))
		for (c = 0; c < ncpu; c++)
			for (d = 0; d < BTY_DROP_MAX; d++)
				drops[d] += s[c].drops[d];
	free(s);
}

#endif
