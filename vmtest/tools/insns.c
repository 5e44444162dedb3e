// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the verifier of the running kernel says about each program of BPF objects; called by vmtest/tests/insns.sh.
 *   insns OBJECT...    one line per program: object, program, ok or the error, instructions verified, states at most,
 *                      bytes translated, bytes of machine code; separated by tabs
 * Every program is loaded alone, with the defaults of its object: an agent's own configuration verifies fewer instructions.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define TABLE_ROW 64 /* rows of bty_table* have the size the agent chooses; this is enough for every element */

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return 0;
}

static const char *stem(const char *path, char *buf, size_t size)
{
	const char *slash = strrchr(path, '/');
	char *dot;

	snprintf(buf, size, "%s", slash ? slash + 1 : path);
	dot = strstr(buf, ".bpf.o");
	if (dot)
		*dot = 0;
	return buf;
}

static void only(struct bpf_object *obj, const char *name)
{
	struct bpf_program *p;
	struct bpf_map *m;

	bpf_object__for_each_program(p, obj)
		bpf_program__set_autoload(p, !strcmp(bpf_program__name(p), name));
	bpf_object__for_each_map(m, obj)
		if (!strncmp(bpf_map__name(m), "bty_table", 9))
			bpf_map__set_value_size(m, TABLE_ROW);
}

static int states(const char *log)
{
	const char *at = strstr(log, "peak_states ");

	return at ? atoi(at + strlen("peak_states ")) : 0;
}

static void report(const char *path, const char *name)
{
	char log[64 * 1024] = "", object[64];
	LIBBPF_OPTS(bpf_object_open_opts, opts, .kernel_log_buf = log, .kernel_log_size = sizeof(log), .kernel_log_level = 4);
	struct bpf_object *obj = bpf_object__open_file(path, &opts);
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);
	struct bpf_program *prog;
	int ret;

	if (!obj)
		return;
	only(obj, name);
	prog = bpf_object__find_program_by_name(obj, name);
	ret = bpf_object__load(obj);
	stem(path, object, sizeof(object));
	if (ret) {
		printf("%s\t%s\t%s\t-\t-\t-\t-\n", object, name, strerror(-ret));
	} else if (!bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len)) {
		printf("%s\t%s\tok\t%u\t%d\t%u\t%u\n", object, name, info.verified_insns, states(log), info.xlated_prog_len,
		       info.jited_prog_len);
	}
	bpf_object__close(obj);
}

int main(int argc, char **argv)
{
	struct bpf_object *obj;
	struct bpf_program *p;
	int i, failed = 0;

	libbpf_set_print(quiet);
	for (i = 1; i < argc; i++) {
		obj = bpf_object__open_file(argv[i], NULL);
		if (!obj) {
			fprintf(stderr, "insns: %s: %s\n", argv[i], strerror(errno));
			failed = 1;
			continue;
		}
		bpf_object__for_each_program(p, obj)
			report(argv[i], bpf_program__name(p));
		bpf_object__close(obj);
	}
	return failed;
}
