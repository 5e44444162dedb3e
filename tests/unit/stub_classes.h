/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A registry for tests of the pipeline language, in place of user/element/registry.c: the framework's own classes and
 * stubs with every kind of argument and placement, so that a test does not change with the elements. With the
 * helpers that parse a pipeline on them. Included by one file of a test program, after cmocka.h.
 */
#ifndef TESTS_STUB_CLASSES_H
#define TESTS_STUB_CLASSES_H

#include <errno.h>
#include <string.h>
#include <batchy/class.h>

#include "user/config/conf.h"
#include "user/element/registry.h"
#include "user/placement/placement.h"

#define ANYWHERE (BTY_PLACE_XDP | BTY_PLACE_WORKER)

struct types_args {
	uint64_t time, rate;
	double real;
	uint32_t u32, any;
	uint8_t given, flag, mac[6];
	char name[BTY_NAME_LEN], file[256];
};

static const struct bty_arg types_arg[] = {
	{ .keyword = "U32",
	  .what = "a small number",
	  .type = BTY_ARG_U32,
	  .positional = 1,
	  .offset = offsetof(struct types_args, u32),
	  .given_offset = offsetof(struct types_args, given),
	  .min = 2,
	  .max = 10,
	  .deflt = "7" },
	{ .keyword = "TIME",
	  .what = "a time",
	  .type = BTY_ARG_TIME_NS,
	  .positional = 2,
	  .offset = offsetof(struct types_args, time),
	  .min = 1000,
	  .max = 1000000000,
	  .deflt = "1ms" },
	{ .keyword = "RATE", .what = "a rate", .type = BTY_ARG_RATE, .offset = offsetof(struct types_args, rate) },
	{ .keyword = "REAL", .what = "a share", .type = BTY_ARG_REAL, .offset = offsetof(struct types_args, real) },
	{ .keyword = "BOOL", .what = "a choice", .type = BTY_ARG_BOOL, .offset = offsetof(struct types_args, flag) },
	{ .keyword = "MAC", .what = "an address", .type = BTY_ARG_MAC, .offset = offsetof(struct types_args, mac) },
	{ .keyword = "NAME", .what = "a name", .type = BTY_ARG_NAME, .offset = offsetof(struct types_args, name) },
	{ .keyword = "FILE", .what = "a path", .type = BTY_ARG_FILE, .offset = offsetof(struct types_args, file) },
	{ .keyword = "ANY", .what = "any number", .type = BTY_ARG_U32, .offset = offsetof(struct types_args, any) },
	BTY_ARGS_END,
};

/* Split(a, b, ...): an output for each argument; finish() leaves how many are connected. */
struct split_args {
	int nout, nconnected;
};

static int split_configure(const struct bty_conf *conf, void *args, int *nout, struct bty_err *err)
{
	if (conf->n && !strcmp(conf->arg[0].text, "fail"))
		return bty_conf_fail(conf, 0, err, "as asked");
	((struct split_args *)args)->nout = *nout = conf->n;
	return 0;
}

static int split_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	((struct split_args *)args)->nconnected = nconnected;
	return 0;
}

static const struct bty_class stub_types = { .name = "Types",
					     .places = ANYWHERE,
					     .nin = 1,
					     .nout_min = 1,
					     .nout_max = 1,
					     .args_size = sizeof(struct types_args),
					     .args = types_arg };
static const struct bty_class stub_split = { .name = "Split",
					     .places = ANYWHERE,
					     .nin = 1,
					     .nout_min = 1,
					     .nout_max = BTY_MAX_OUT,
					     .args_size = sizeof(struct split_args),
					     .configure = split_configure,
					     .finish = split_finish };
static const struct bty_class stub_some = {
	.name = "Some",
	.places = ANYWHERE,
	.nin = 1,
	.nout_min = 1,
	.nout_max = 3,
	.finish = split_finish,
	.args_size = sizeof(struct split_args),
};
static const struct bty_class stub_crypto = {
	.name = "Crypto",
	.places = BTY_PLACE_WORKER,
	.nin = 1,
	.nout_min = 1,
	.nout_max = 1,
};
static const struct bty_class stub_early = {
	.name = "Early",
	.places = BTY_PLACE_XDP,
	.nin = 1,
	.nout_min = 1,
	.nout_max = 1,
};
static const struct bty_class stub_pass = {
	.name = "Pass",
	.places = ANYWHERE,
	.nin = 1,
	.nout_min = 1,
	.nout_max = 1,
};

extern const struct bty_class bty_class_discard, bty_class_flow, bty_class_fromdevice, bty_class_queue,
	bty_class_todevice, bty_class_tohost;

const struct bty_class *const bty_classes[] = {
	&stub_crypto,
	&stub_early,
	&stub_pass,
	&stub_some,
	&stub_split,
	&stub_types,
	&bty_class_discard,
	&bty_class_flow,
	&bty_class_fromdevice,
	&bty_class_queue,
	&bty_class_todevice,
	&bty_class_tohost,
	NULL,
};

const struct bty_class *bty_class_find(const char *name)
{
	int i;

	for (i = 0; bty_classes[i]; i++)
		if (!strcmp(bty_classes[i]->name, name))
			return bty_classes[i];
	return NULL;
}

static struct bty_err err;

/* The graph of text, which must be good. */
static inline struct bty_graph *parse(const char *text)
{
	struct bty_graph *g = NULL;

	if (bty_place_text(text, strlen(text), "dir/f", "eth0", NULL, 0, &g, &err))
		fail_msg("%s: %s", text, err.msg);
	return g;
}

/* Asserts that text is refused with this message. */
static inline void refuse(const char *text, const char *message)
{
	struct bty_graph *g = NULL;

	err.msg[0] = '\0';
	assert_int_equal(bty_place_text(text, strlen(text), "f", "eth0", NULL, 0, &g, &err), -EINVAL);
	assert_null(g);
	assert_string_equal(err.msg, message);
}

#endif
