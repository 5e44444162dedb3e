// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What twelve elements in a row cost in XDP: fused, as a chain of programs, and the same work written by hand in one program
 * (chain.bpf.c), by BPF_PROG_TEST_RUN in turn. Called by scripts/bench/element.sh as root: bench_chain ROUND PIPELINE
 * OBJECT, writes samples, one JSON object a line.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "frame.h"
#include "user/load/load.h"
#include "user/placement/placement.h"

#define HAND_TABLES 3 /* of IPLookup's, that the program by hand reads */
#define CALLS	    40
#define REPEATS	    250 /* DecIPTTL takes one off the same frame each time */

enum { FUSED, CHAIN, BY_HAND, WAYS };

/* Adds the nanoseconds of a run, and keeps the frame as it came out. Returns 0 or -errno. */
static int run(int fd, uint8_t *out, double *ns)
{
	uint8_t frame[FRAME];
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = FRAME, .data_out = out,
		    .data_size_out = FRAME, .repeat = REPEATS);
	int ret;

	make_frame(frame);
	ret = bpf_prog_test_run_opts(fd, &o);
	*ns += o.duration;
	return ret ? ret : o.retval == XDP_PASS ? 0 : -EPROTO;
}

static int load(const char *file, enum bty_fuse fuse, struct bty_graph **g, struct bty_datapath **dp,
		struct bty_err *err)
{
	const struct bty_load_opts opts = { .no_devices = 1, .fuse = fuse };
	int ret = bty_place_file(file, "test0", NULL, 0, g, err);

	return ret ? ret : bty_load(*g, &opts, dp, err);
}

/* The program written by hand looks routes up in the tables of the pipeline's. Returns a descriptor or -errno. */
static int load_by_hand(const char *object, const struct bty_graph *g, const struct bty_datapath *dp)
{
	struct bpf_object *o = bpf_object__open(object);
	int rt = bty_graph_find(g, "rt"), ret = 0, n;
	char name[32];

	if (!o || rt < 0)
		return -ENOENT;
	for (n = 0; !ret && n < HAND_TABLES; n++) {
		snprintf(name, sizeof(name), "bty_table%d", n);
		ret = bpf_map__reuse_fd(bpf_object__find_map_by_name(o, name), dp->table_fd[rt][n]);
	}
	if (!ret)
		ret = bpf_object__load(o);
	return ret ? ret : bpf_program__fd(bpf_object__next_program(o, NULL));
}

/* All three must do the same to the frame, or they are not worth comparing. */
static int compare(const int fd[WAYS], int round)
{
	static const char *const name[WAYS] = { "fused", "a program each", "by hand" };
	uint8_t out[WAYS][FRAME];
	double ns[WAYS] = { 0 };
	int call, way, ret = 0;

	for (call = 0; call < CALLS && !ret; call++)
		for (way = 0; way < WAYS && !ret; way++)
			ret = run(fd[way], out[way], &ns[way]);
	if (ret)
		return ret;
	if (memcmp(out[FUSED], out[BY_HAND], FRAME) || memcmp(out[CHAIN], out[BY_HAND], FRAME))
		return -EPROTO;
	for (way = 0; way < WAYS; way++)
		printf("{\"experiment\":\"element\",\"config\":\"12 in a row, "
		       "%s\",\"rate\":\"0\",\"metric\":\"xdp_row\","
		       "\"unit\":\"ns\",\"value\":%.2f,\"repeat\":%d}\n",
		       name[way], ns[way] / CALLS, round);
	return 0;
}

int main(int argc, char **argv)
{
	struct bty_datapath *dp[2] = { NULL };
	struct bty_graph *g[2] = { NULL };
	struct bty_err err = { 0 };
	int fd[WAYS], way, in, ret = 0;

	if (argc != 4) {
		fprintf(stderr, "usage: bench_chain ROUND PIPELINE OBJECT\n");
		return 2;
	}
	for (way = 0; way < 2 && !ret; way++)
		ret = load(argv[2], way == FUSED ? BTY_FUSE_ON : BTY_FUSE_OFF, &g[way], &dp[way], &err);
	if (!ret) {
		in = bty_graph_find(g[FUSED], "in");
		fd[FUSED] = dp[FUSED]->prog_fd[in];
		fd[CHAIN] = dp[CHAIN]->prog_fd[in];
		fd[BY_HAND] = load_by_hand(argv[3], g[FUSED], dp[FUSED]);
		ret = fd[BY_HAND] < 0 ? fd[BY_HAND] : compare(fd, atoi(argv[1]));
	}
	if (ret)
		fprintf(stderr, "bench_chain: %s\n", err.msg[0] ? err.msg : strerror(-ret));
	for (way = 0; way < 2; way++) {
		bty_unload(dp[way]);
		bty_graph_free(g[way]);
	}
	return ret != 0;
}
