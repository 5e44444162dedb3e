// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads pairs of programs that are never attached; called by dispatcher.c and by `doctor`. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>
#include <xdp/prog_dispatcher.h>

#include "../lib/log.h"
#include "blobs.h"
#include "freplace.h"

static int quiet(enum libxdp_print_level level, const char *fmt, va_list ap)
{
	if (bty_log_max < BTY_LOG_DEBUG)
		return 0;
	return vfprintf(stderr, fmt, ap);
}

void bty_libxdp_init(void)
{
	libxdp_set_print(quiet);
}

static struct bpf_object *open_probe(const char *program)
{
	const struct bty_blob *blob = bty_blob_find("probe");
	struct bpf_program *prog;
	struct bpf_object *obj;

	if (!blob) {
		errno = ENOENT;
		return NULL;
	}
	obj = bpf_object__open_mem(blob->start, blob->end - blob->start, NULL);
	if (!obj)
		return NULL;
	bpf_object__for_each_program (prog, obj)
		bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), program));
	return obj;
}

/* 0 when our program can take the place of function in prog of the object target; loads both. */
static int replace(struct bpf_object *target, const char *prog, const char *function, const char *program)
{
	struct bpf_object *ext = open_probe(program);
	int ret = ext ? bpf_object__load(target) : -errno;

	if (!ret)
		ret = bpf_program__set_attach_target(bpf_object__find_program_by_name(ext, program),
						     bpf_program__fd(bpf_object__find_program_by_name(target, prog)),
						     function);
	if (!ret)
		ret = bpf_object__load(ext);
	bpf_object__close(ext);
	return ret;
}

static int probe_freplace(void)
{
	struct bpf_object *target = open_probe("bty_probe");
	int ret = target ? replace(target, "bty_probe", "bty_replaceable", "bty_replacement") : -errno;

	bpf_object__close(target);
	return ret;
}

/* As libxdp does for a dispatcher of one program, which has one function to replace then. */
static int configure(struct bpf_object *dispatcher)
{
	const struct xdp_dispatcher_config config = { .magic = XDP_DISPATCHER_MAGIC,
						      .dispatcher_version = XDP_DISPATCHER_VERSION,
						      .num_progs_enabled = 1 };
	struct bpf_map *map;

	bpf_object__for_each_map (map, dispatcher)
		if (strstr(bpf_map__name(map), ".rodata"))
			return bpf_map__set_initial_value(map, &config, sizeof(config));
	return -EINVAL;
}

static int probe_dispatcher(void)
{
	struct xdp_program *p;
	int ret;

	bty_libxdp_init();
	p = xdp_program__find_file("xdp-dispatcher.o", NULL, NULL);
	ret = libxdp_get_error(p);
	if (ret)
		return ret;
	ret = configure(xdp_program__bpf_obj(p));
	if (!ret)
		ret = replace(xdp_program__bpf_obj(p), "xdp_dispatcher", "prog0", "bty_changing");
	xdp_program__close(p);
	return ret;
}

int bty_freplace_probe(void)
{
	static int known, answer;

	if (!known) {
		answer = probe_freplace();
		known = 1;
	}
	return answer;
}

int bty_dispatcher_probe(void)
{
	static int known, answer;

	if (!known) {
		answer = bty_freplace_probe() ?: probe_dispatcher();
		known = 1;
	}
	return answer;
}
