// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames through one element, for tests in other languages: push native|bpf OUTPUTS CLASS [ARGUMENT...]. Reads frames, each after
 * its length, and writes for each the verdict (output, or minus a drop reason; -1 for any in BPF), the metadata's annotation, the
 * length and the frame as it is then. Numbers are words of 32 bits as the machine has them. Run by test_scapy.py; BPF needs root.
 */
#include <stdio.h>

#include "rig.h"

static int read_frame(uint8_t *frame, uint32_t *len)
{
	if (fread(len, sizeof(*len), 1, stdin) != 1)
		return 0;
	return *len <= FRAME_SIZE - FRAME_TAIL - FRAME_HEADROOM && fread(frame, 1, *len, stdin) == *len;
}

static int write_result(int32_t verdict, const struct rig_result *r)
{
	const uint32_t head[] = { verdict, r->out.meta.anno, r->len };

	return fwrite(head, sizeof(head), 1, stdout) == 1 && fwrite(r->out.frame, 1, r->len, stdout) == r->len;
}

int main(int argc, char **argv)
{
	const struct bty_class *cls = argc > 3 ? bty_class_find(argv[3]) : NULL;
	int bpf = argc > 1 && !strcmp(argv[1], "bpf"), verdict, loaded, ret;
	static uint8_t frame[FRAME_SIZE];
	static struct rig_result result;
	struct bty_err err = { 0 };
	static struct rig rig;
	uint32_t len;

	if (!cls) {
		fprintf(stderr, "usage: push native|bpf OUTPUTS CLASS [ARGUMENT...]\n");
		return 2;
	}
	ret = rig_configure(&rig, cls, (const char *const *)argv + 4, atoi(argv[2]), &err);
	rig.el[RIG_EL].cls = cls;
	loaded = bpf || cls->ntables; /* its tables are made on the way */
	if (!ret && loaded)
		ret = rig_load(&rig, cls, &err);
	if (ret) {
		fprintf(stderr, "push: %s\n", err.msg);
		return 1;
	}
	while (read_frame(frame, &len)) {
		if (bpf) {
			ret = rig_run_bpf(&rig, frame, len, &result);
			verdict = result.port;
		} else {
			verdict = rig_run_native(&rig, frame, len, &result);
		}
		if (ret || !write_result(verdict, &result))
			return 1;
	}
	if (loaded)
		rig_unload(&rig);
	return 0;
}
