// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Generated frames for tests in other languages, none of them mutated: frames COUNT SEED any|gre|gtp|vxlan writes each after its
 * length, a word of 32 bits as the machine has it, to standard output. Run by test_tshark.py.
 */
#include <stdio.h>
#include <stdlib.h>

#include "gen.h"

int main(int argc, char **argv)
{
	static const char *const kinds[] = {
		[GEN_ANY] = "any", [GEN_GRE] = "gre", [GEN_GTPU] = "gtp", [GEN_VXLAN] = "vxlan"
	};
	struct gen g = { .min = 14, .max = 1500 };
	static uint8_t frame[GEN_MAX + 2048];
	unsigned int n, len, kind = 0;

	if (argc != 4)
		return 2;
	while (kind < 4 && strcmp(argv[3], kinds[kind]))
		kind++;
	if (kind == 4)
		return 2;
	g.prefer = kind;
	g.seed = strtoull(argv[2], NULL, 0) * 2 + 1;
	for (n = strtoul(argv[1], NULL, 0); n; n--) {
		len = gen_frame(&g, frame);
		if (fwrite(&len, sizeof(len), 1, stdout) != 1 || fwrite(frame, 1, len, stdout) != len)
			return 1;
	}
	return fflush(stdout) != 0;
}
