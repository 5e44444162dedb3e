// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the verifier of the running kernel says about our BPF programs; called by vmtest/tests/insns.sh.
 *   insns FILE... [-f FILE...]    a pipeline (.click) is loaded as the agent loads it, each program with its element's arguments,
 *                    or after -f fused, and attached to nothing; of a BPF object (.o) each program is loaded alone
 * One line per program, separated by tabs: pipeline or object, element or program, its class, ok or the error, instructions
 * verified, bytes translated, bytes of machine code. Exit status 1 when a file cannot be read.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "user/load/internal.h"
#include "user/placement/placement.h"

static const struct bty_set sets[] = {
	{ "PEER", "eth1" },
	{ "OUT", "eth1" },
	{ "SRC", "02:00:00:00:00:01" },
	{ "DST", "02:00:00:00:00:02" },
	{ "BACK_SRC", "02:00:00:00:00:03" },
	{ "BACK_DST", "02:00:00:00:00:04" },
	{ "ADDR", "192.0.2.1" },
	{ "PEER_ADDR", "198.51.100.1" },
};

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return 0;
}

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void print_program(const char *file, const char *name, const char *cls, int fd)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return;
	printf("%s\t%s\t%s\tok\t%u\t%u\t%u\n", file, name, cls, info.verified_insns, info.xlated_prog_len,
	       info.jited_prog_len);
}

static int pipeline(const char *path, enum bty_fuse fuse)
{
	const struct bty_load_opts opts = { .no_devices = 1, .fuse = fuse };
	struct bty_datapath *dp = NULL;
	struct bty_graph *g = NULL;
	struct bty_err err;
	int i;

	if (bty_place_file(path, "eth0", sets, sizeof(sets) / sizeof(sets[0]), &g, &err)) {
		fprintf(stderr, "insns: %s\n", err.msg);
		return 1;
	}
	if (bty_load(g, &opts, &dp, &err))
		printf("%s\t-\t-\t%s\t-\t-\t-\n", base(path), err.msg);
	for (i = 0; dp && i < g->nel; i++)
		if (dp->is_fused && dp->fused[i].obj)
			print_program(base(path), g->el[i].name, "fused", bty_fused_fd(&dp->fused[i]));
		else if (!dp->is_fused && dp->prog_fd[i] >= 0)
			print_program(base(path), g->el[i].name, g->el[i].cls->symbol, dp->prog_fd[i]);
	bty_unload(dp);
	bty_graph_free(g);
	return 0;
}

static void alone(const char *path, const char *name)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *p;
	int ret;

	if (!obj)
		return;
	bpf_object__for_each_program (p, obj)
		bpf_program__set_autoload(p, !strcmp(bpf_program__name(p), name));
	ret = bpf_object__load(obj);
	if (ret)
		printf("%s\t%s\t-\t%s\t-\t-\t-\n", base(path), name, strerror(-ret));
	else
		print_program(base(path), name, "-", bpf_program__fd(bpf_object__find_program_by_name(obj, name)));
	bpf_object__close(obj);
}

static int object(const char *path)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *p;

	if (!obj) {
		fprintf(stderr, "insns: %s: %s\n", path, strerror(errno));
		return 1;
	}
	bpf_object__for_each_program (p, obj)
		alone(path, bpf_program__name(p));
	bpf_object__close(obj);
	return 0;
}

int main(int argc, char **argv)
{
	enum bty_fuse fuse = BTY_FUSE_OFF;
	int i, failed = 0;

	libbpf_set_print(quiet);
	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], "-f"))
			fuse = BTY_FUSE_ON;
		else
			failed |= strstr(argv[i], ".click") ? pipeline(argv[i], fuse) : object(argv[i]);
	return failed;
}
