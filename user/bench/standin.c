// SPDX-License-Identifier: GPL-2.0-or-later
/* Puts a source in the place of each FromDevice; called by bench.c before placement. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../config/argtable.h"
#include "../element/registry.h"
#include "bench.h"

#define MAX_ARGS 32

/* Arguments of a source, as a pipeline file would have them. */
struct words {
	char *text;
	int n;
	struct bty_confarg arg[MAX_ARGS];
};

static const char *trim(char *s)
{
	char *end;

	s += strspn(s, " \t\n");
	for (end = s + strlen(s); end > s && strchr(" \t\n", end[-1]); end--)
		end[-1] = 0;
	return s;
}

/* Splits at commas. Returns 0 or -errno with err set. */
static int split(struct words *w, const char *args, struct bty_err *err)
{
	char *part, *rest;

	w->text = strdup(args);
	if (!w->text)
		return bty_fail(err, -ENOMEM, "out of memory");
	for (rest = w->text; (part = strsep(&rest, ","));) {
		if (w->n == MAX_ARGS)
			return bty_fail(err, -E2BIG, "--source: %d arguments at most", MAX_ARGS);
		w->arg[w->n].text = trim(part);
		w->arg[w->n++].pos = (struct bty_pos){ 1, 1 };
	}
	if (w->n == 1 && !*w->arg[0].text)
		w->n = 0;
	return 0;
}

static int compile(const struct bty_class *cls, const struct words *w, struct bty_element *el, struct bty_err *err)
{
	/* not relative to the pipeline: the command line has its own place */
	const struct bty_conf conf = { "--source", el->name, cls->name, { 1, 1 }, w->n, w->arg };
	int ret;

	el->stand_in_args = calloc(1, cls->args_size);
	if (!el->stand_in_args)
		return bty_fail(err, -ENOMEM, "out of memory");
	ret = bty_argtable_compile(&conf, cls->args, el->stand_in_args, err);
	if (!ret && cls->finish)
		ret = cls->finish(&conf, el->stand_in_args, 1, err);
	if (!ret)
		el->stand_in = cls;
	return ret;
}

static char *pcap_args(const char *file)
{
	char *s = NULL;

	return asprintf(&s, "FILE \"%s\", LOOP true", file) < 0 ? NULL : s;
}

int bty_bench_stand_in(struct bty_graph *g, const struct bty_bench_opts *opts, struct bty_err *err)
{
	const struct bty_class *cls = bty_class_find(opts->pcap ? "FromPcap" : "InfiniteSource");
	struct words w = { .n = 0 };
	char *pcap = NULL;
	int i, ret;

	if (opts->pcap) {
		pcap = pcap_args(opts->pcap);
		w.arg[0].text = pcap;
		ret = pcap ? split(&w, pcap, err) : bty_fail(err, -ENOMEM, "out of memory");
	} else {
		ret = split(&w, opts->source ? opts->source : "", err);
	}
	for (i = 0; !ret && i < g->nel; i++)
		if (g->el[i].cls->kind == BTY_KIND_FROMDEVICE)
			ret = compile(cls, &w, &g->el[i], err);
	free(w.text);
	free(pcap);
	return ret;
}
