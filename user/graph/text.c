// SPDX-License-Identifier: GPL-2.0-or-later
/* A placed graph as text, a line for each element; called by `batchy-agent check`. */
#include <string.h>

#include "graph.h"
#include "show.h"

#define ARGS_SHOWN 48 /* columns; what is longer ends in "..." */

struct widths {
	int name, cls, config, place, backend;
};

static int at_least(int width, const char *s)
{
	int n = strlen(s);

	return n > width ? n : width;
}

const char *bty_show_place(unsigned int place)
{
	static const char *const names[] = {
		[0] = "none",
		[BTY_PLACE_XDP] = "xdp",
		[BTY_PLACE_WORKER] = "worker",
		[BTY_PLACE_XDP | BTY_PLACE_WORKER] = "xdp+worker",
	};

	return place < sizeof(names) / sizeof(names[0]) ? names[place] : "tc";
}

const char *bty_show_backend(enum bty_backend backend)
{
	return backend == BTY_BACKEND_XSK ? "xsk" : backend == BTY_BACKEND_WORKER ? "worker" : "-";
}

static const char *show_config(const struct bty_element *el, char *buf, size_t size)
{
	int n = snprintf(buf, size, "(%.*s", ARGS_SHOWN - 2, el->config);

	if (strlen(el->config) > ARGS_SHOWN - 2)
		n = ARGS_SHOWN - 4 + snprintf(buf + ARGS_SHOWN - 4, size - (ARGS_SHOWN - 4), "...");
	snprintf(buf + n, size - n, ")");
	return buf;
}

static void measure(const struct bty_graph *g, struct widths *w)
{
	char config[2 * ARGS_SHOWN];
	int i;

	*w = (struct widths){ 0 };
	for (i = 0; i < g->nel; i++) {
		w->name = at_least(w->name, g->el[i].name);
		w->cls = at_least(w->cls, g->el[i].cls->name);
		w->config = at_least(w->config, show_config(&g->el[i], config, sizeof(config)));
		w->place = at_least(w->place, bty_show_place(g->el[i].place));
		w->backend = at_least(w->backend, bty_show_backend(g->el[i].backend));
	}
}

void bty_graph_print(const struct bty_graph *g, FILE *f)
{
	const struct bty_element *el;
	char config[2 * ARGS_SHOWN];
	int i, port, shown;
	struct widths w;

	measure(g, &w);
	for (i = 0; i < g->nel; i++) {
		el = &g->el[i];
		fprintf(f, "%-*s  %-*s  %-*s  %-*s  %-*s ", w.name, el->name, w.cls, el->cls->name, w.config,
			show_config(el, config, sizeof(config)), w.place, bty_show_place(el->place), w.backend,
			bty_show_backend(el->backend));
		for (port = shown = 0; port < el->nout; port++) {
			if (el->out[port] < 0)
				continue;
			fprintf(f, "%s [%d] -> %s", shown++ ? "," : "", port, g->el[el->out[port]].name);
		}
		fputs(shown ? "\n" : " -\n", f);
	}
}
