// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads a pair of programs that are never attached; called by dispatcher.c and by `doctor`. */
#include <errno.h>
#include <string.h>
#include <bpf/libbpf.h>

#include "blobs.h"
#include "freplace.h"

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

static int probe(void)
{
	struct bpf_object *target = open_probe("bty_probe"), *ext = open_probe("bty_replacement");
	int ret = target && ext ? 0 : -errno;

	if (!ret)
		ret = bpf_object__load(target);
	if (!ret)
		ret = bpf_program__set_attach_target(
			bpf_object__find_program_by_name(ext, "bty_replacement"),
			bpf_program__fd(bpf_object__find_program_by_name(target, "bty_probe")), "bty_replaceable");
	if (!ret)
		ret = bpf_object__load(ext);
	bpf_object__close(ext);
	bpf_object__close(target);
	return ret;
}

int bty_freplace_probe(void)
{
	static int known, answer;

	if (!known) {
		answer = probe();
		known = 1;
	}
	return answer;
}
