// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target of the pipeline language: any bytes are either a graph that can be printed and freed, or refused with
 * a message that names the file. Built and run by `make fuzz`.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/placement/placement.h"

#define NAME "fuzz.click"

static const struct bty_set sets[] = {
	{ "SRC", "02:00:00:00:00:01" },	  { "DST", "02:00:00:00:00:02" }, { "OUT", "eth1" }, { "PEER", "eth1" },
	{ "ODD", "a, \"b // ( $ODD /*" },
};

/* What every graph that passed the checks promises to those who run it. */
static void check_graph(const struct bty_graph *g)
{
	int i, port;

	for (i = 0; i < g->nel; i++) {
		if (bty_graph_find(g, g->el[i].name) != i)
			abort();
		if (!g->el[i].place != (g->el[i].cls->kind == BTY_KIND_INFO))
			abort();
		if (g->el[i].cls->kind != BTY_KIND_QUEUE && g->el[i].place & ~g->el[i].cls->places)
			abort();
		for (port = 0; port < g->el[i].nout; port++)
			if (g->el[i].out[port] >= g->nel || (port < g->el[i].cls->nout_min && g->el[i].out[port] < 0))
				abort();
	}
	for (i = 0; i < g->nqueues; i++)
		if (g->el[g->queue_el[i]].queue != i || g->el[g->queue_el[i]].backend == BTY_BACKEND_NONE)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *null;
	struct bty_graph *g = NULL;
	struct bty_err err = { "" };
	char *text;
	int r;

	if (!null)
		null = fopen("/dev/null", "w");
	if (!null)
		return 0;
	/* routes from files: whatever name comes up would be read */
	if (size >= 4 && memmem(data, size, "FILE", 4))
		return -1;
	text = malloc(size); /* its own block, so that a byte past the end is seen */
	if (!text && size)
		return 0;
	if (size)
		memcpy(text, data, size);
	r = bty_place_text(text, size, NAME, "eth0", sets, sizeof(sets) / sizeof(sets[0]), &g, &err);
	free(text);
	if (!r != !!g || (r && strncmp(err.msg, NAME ":", strlen(NAME ":"))))
		abort();
	if (g) {
		check_graph(g);
		bty_graph_print(g, null);
		bty_graph_print_dot(g, null);
		bty_graph_free(g);
	}
	return 0;
}
