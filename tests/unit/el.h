/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One element natively, in unit tests: compile its arguments, push a frame through. Included by test_el_*.c. */
#ifndef TESTS_UNIT_EL_H
#define TESTS_UNIT_EL_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <batchy/element.h>
#include <batchy/parse.h>

#include "tests/packets/frame.h"
#include "tests/packets/gen.h"
#include "tests/packets/ref.h"
#include "user/config/argtable.h"
#include "user/element/registry.h"
#include "user/element/table.h"

#define EL_MAX_CONF 256

struct el {
	const struct bty_class *cls;
	uint64_t args[BTY_ARGS_SIZE / 8];
	int nout;
	struct bty_env env;
	struct bty_meta meta; /* of the last packet */
	uint8_t *out;	      /* that packet */
	unsigned int len;
	struct bty_err err;
};

/* Compiles the arguments, which end with NULL; connected: outputs in use, 0 for all. Returns 0 or -errno with el->err. */
static inline int el_configure(struct el *el, const char *class_name, int connected, const char *const *texts)
{
	struct bty_confarg arg[EL_MAX_CONF] = { 0 };
	struct bty_conf conf = {
		.file = "dir/test.click", .element = "el", .class_name = class_name, .pos = { 1, 1 }, .arg = arg
	};
	int ret = 0;

	memset(el, 0, sizeof(*el));
	el->cls = bty_class_find(class_name);
	assert_non_null(el->cls);
	el->env.random_state = 0x123456789;
	el->nout = el->cls->nout_max;
	for (; texts && texts[conf.n]; conf.n++)
		arg[conf.n] = (struct bty_confarg){ .text = texts[conf.n], .pos = { 2 + conf.n, 3 } };
	if (el->cls->configure)
		ret = el->cls->configure(&conf, el->args, &el->nout, &el->err);
	else if (el->cls->args && conf.n)
		ret = bty_argtable_compile(&conf, el->cls->args, el->args, &el->err);
	if (!ret && el->cls->finish)
		ret = el->cls->finish(&conf, el->args, connected ? connected : el->nout, &el->err);
	return ret;
}

#define EL_CONFIGURE(el, class_name, ...) el_configure(el, class_name, 0, (const char *const[]){ __VA_ARGS__, NULL })

/* Asserts that the arguments are refused with a message that contains `says`. */
#define EL_REFUSES(class_name, says, ...)                                      \
	do {                                                                   \
		struct el _el;                                                 \
		assert_true(EL_CONFIGURE(&_el, class_name, __VA_ARGS__) < 0);  \
		if (!strstr(_el.err.msg, says))                                \
			fail_msg("expected \"%s\" in: %s", says, _el.err.msg); \
	} while (0)

/*
 * Pushes one frame. Returns the verdict; el->out and el->len are the frame afterwards, valid until the next, and frame holds as
 * much of it as there was before.
 */
static inline int el_push(struct el *el, uint8_t *frame, unsigned int len)
{
	static _Alignas(64) uint8_t memory[FRAME_SIZE];
	static struct bty_batch b;
	struct bty_pkt *p = &b.pkt[0];

	assert_in_range(len, 0, FRAME_SIZE - FRAME_HEADROOM);
	frame_place(memory, p, frame, len);
	b.n = 1;
	bty_parse(p);
	el->cls->process(&b, el->args, &el->env);
	el->meta = *p->meta;
	el->out = p->data;
	el->len = bty_len(p);
	memcpy(frame, el->out, el->len < len ? el->len : len);
	return b.verdict[0];
}

/* The same on a copy of exactly that size, so that ASan sees a read past the end. */
static inline int el_push_copy(struct el *el, const uint8_t *frame, unsigned int len)
{
	uint8_t *copy = malloc(len ? len : 1);
	int verdict;

	assert_non_null(copy);
	memcpy(copy, frame, len);
	verdict = el_push(el, copy, len);
	free(copy);
	return verdict;
}

/* Hexadecimal digits, white space between, to bytes. Returns how many. */
static inline unsigned int el_hex(const char *s, uint8_t *out)
{
	unsigned int n = 0, v;
	int used;

	while (sscanf(s, " %2x%n", &v, &used) == 1) {
		out[n++] = v;
		s += used;
	}
	return n;
}

#endif
