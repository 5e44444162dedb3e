// SPDX-License-Identifier: GPL-2.0-or-later
/* The element to be measured, with its tables in memory: one written on the command line, or those of a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/bench.h"
#include "../placement/placement.h"
#include "profile.h"

#define NAME "e"

static int measurable(const struct bty_element *el)
{
	return el->cls->kind == BTY_KIND_PACKET && !bty_is_source(el->cls) && el->cls->process;
}

static int load(struct bty_targets *t, struct bty_err *err)
{
	const struct bty_load_opts lo = { .plain = 1 };

	return bty_load(t->g, &lo, &t->dp, err);
}

/* s -> the element -> a Sink at each of nout outputs, as text; to be freed. */
static char *pipeline(const char *text, int nout)
{
	char *s = NULL;
	size_t size;
	FILE *f = open_memstream(&s, &size);
	int i;

	if (!f)
		return NULL;
	fprintf(f, NAME " :: %s;\nInfiniteSource -> " NAME ";\n", text);
	for (i = 0; i < nout; i++)
		fprintf(f, NAME "[%d] -> Sink;\n", i);
	if (fclose(f)) {
		free(s);
		return NULL;
	}
	return s;
}

/* What is wrong, without where in a pipeline that nobody wrote. */
static int fail_text(const char *text, int code, const struct bty_err *why, struct bty_err *err)
{
	const char *at = why->msg, *end = strstr(at, ": ");

	if (!strncmp(at, "profile:", 8) && end)
		at = end + 2;
	if (!strncmp(at, NAME ": ", strlen(NAME) + 2))
		at += strlen(NAME) + 2;
	return bty_fail(err, code, "%.100s: %s", text, at);
}

/* The first number of outputs that it can do with. */
static int parse(const char *text, int nout, struct bty_graph **g, struct bty_err *err)
{
	int n, ret = -EINVAL;
	struct bty_err why = { 0 };
	char *s;

	for (n = nout; n <= BTY_MAX_OUT; n++) {
		s = pipeline(text, n);
		if (!s)
			return bty_fail(err, -ENOMEM, "out of memory");
		ret = bty_place_text(s, strlen(s), "profile", NULL, NULL, 0, g, &why);
		free(s);
		if (!ret)
			return 0;
		if (!strstr(why.msg, "is not connected") && !strstr(why.msg, "outputs: expected"))
			break;
	}
	return fail_text(text, ret, &why, err);
}

int bty_target_text(const char *text, int nout, struct bty_targets *t, struct bty_err *err)
{
	int ret;

	memset(t, 0, sizeof(*t));
	ret = parse(text, nout, &t->g, err);
	if (ret)
		return ret;
	t->el = malloc(sizeof(*t->el));
	if (!t->el)
		ret = bty_fail(err, -ENOMEM, "out of memory");
	if (!ret) {
		t->el[0] = bty_graph_find(t->g, NAME);
		t->n = 1;
		if (t->el[0] < 0 || !measurable(&t->g->el[t->el[0]]))
			ret = bty_fail(err, -EINVAL,
				       "%.100s: no element that takes packets and passes them on; name one, as in "
				       "`batchy-agent profile MACSwap' (Queue and devices: --io)",
				       text);
	}
	if (!ret)
		ret = load(t, err);
	if (ret)
		bty_targets_free(t);
	return ret;
}

int bty_targets_file(const char *file, const struct bty_set *sets, int nsets, struct bty_targets *t,
		     struct bty_err *err)
{
	const struct bty_bench_opts sources = { 0 };
	const char *iface = "IFACE";
	int i, ret;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < nsets; i++)
		if (!strcmp(sets[i].name, "IFACE"))
			iface = NULL;
	ret = bty_graph_load(file, iface, sets, nsets, &t->g, err);
	if (!ret)
		ret = bty_bench_stand_in(t->g, &sources, err);
	if (!ret)
		ret = bty_place_graph(t->g, err);
	if (!ret) {
		t->el = calloc(t->g->nel, sizeof(*t->el));
		ret = t->el ? load(t, err) : bty_fail(err, -ENOMEM, "out of memory");
	}
	for (i = 0; !ret && i < t->g->nel; i++)
		if (measurable(&t->g->el[i]))
			t->el[t->n++] = i;
	if (!ret && !t->n)
		ret = bty_fail(err, -EINVAL, "%s: no element in it can be measured alone", file);
	if (ret)
		bty_targets_free(t);
	return ret;
}

void bty_targets_free(struct bty_targets *t)
{
	bty_unload(t->dp);
	bty_graph_free(t->g);
	free(t->el);
	memset(t, 0, sizeof(*t));
}
