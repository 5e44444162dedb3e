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
#include "user/element/entries.h"
#include "user/element/gateways.h"
#include "user/element/registry.h"

#define EL_MAX_CONF 256

struct el {
	const struct bty_class *cls;
	uint64_t args[BTY_ARGS_SIZE / 8];
	struct bty_entries *entries; /* el_free_tables() */
	struct bty_gateways gateways;
	int nout;
	struct bty_env env;
	struct bty_meta left; /* by elements before it: in, out and paint */
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
	static uint8_t gateways[BTY_MAX_GATEWAYS][16];
	int ret = 0;

	memset(el, 0, sizeof(*el));
	el->gateways.addr = gateways;
	el->env.gateways = gateways[0];
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
	if (!ret && el->cls->table_ops) {
		el->nout = el->cls->configure ? el->nout : 0;
		ret = bty_entries_configure(el->cls, &conf, el->args, &el->entries, &el->nout, &el->err);
	}
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

/* The same for one argument more than an element has outputs. */
static inline void el_refuses_many(const char *class_name, const char *says, const char *arg)
{
	const char *args[BTY_MAX_OUT + 2] = { NULL };
	struct el el;
	int i;

	for (i = 0; i <= BTY_MAX_OUT; i++)
		args[i] = arg;
	assert_int_equal(el_configure(&el, class_name, 0, args), -EINVAL);
	if (!strstr(el.err.msg, says))
		fail_msg("expected \"%s\" in: %s", says, el.err.msg);
}

/* Makes and fills el's tables, as user/load does. Returns 0 or -errno with el->err. */
static inline int el_make_tables(struct el *el)
{
	const struct bty_table_ops *ops = el->cls->table_ops;
	struct bty_table_spec spec[BTY_MAX_TABLES] = { 0 };
	uint8_t *rows[BTY_MAX_TABLES] = { 0 };
	void *priv = NULL;
	int ret, i;

	ret = ops->plan(el->args, el->entries, spec, &priv, &el->err);
	for (i = 0; !ret && i < el->cls->ntables; i++) {
		if (!spec[i].nrows)
			spec[i].nrows = 1;
		rows[i] = calloc(spec[i].nrows, spec[i].row_size);
		assert_non_null(rows[i]);
		el->env.table[i] =
			(struct bty_table){ .rows = rows[i], .nrows = spec[i].nrows, .row_size = spec[i].row_size };
	}
	if (!ret)
		ret = ops->fill(el->args, el->entries, priv, rows, &el->gateways, &el->err);
	if (ops->release)
		ops->release(priv);
	return ret;
}

static inline void el_free_tables(struct el *el)
{
	int i;

	for (i = 0; i < BTY_MAX_TABLES; i++)
		free((void *)el->env.table[i].rows);
	memset(el->env.table, 0, sizeof(el->env.table));
	bty_entries_free(el->entries);
	el->entries = NULL;
}

/* Configures and fills, or fails. */
#define EL_LOAD(el, class_name, ...)                                                 \
	do {                                                                         \
		if (EL_CONFIGURE(el, class_name, __VA_ARGS__) || el_make_tables(el)) \
			fail_msg("%s", (el)->err.msg);                               \
	} while (0)

/* One change of its entries, as `batchy-agent table` makes it. Returns 0 or -errno with el->err. */
static inline int el_change(struct el *el, enum bty_change what, const char *text, int nout)
{
	struct bty_entries *e;
	struct el was;
	int ret = bty_entries_change(el->entries, el->args, what, text, nout, &e, &el->err);

	if (ret)
		return ret;
	was = *el;
	memset(el->env.table, 0, sizeof(el->env.table));
	el->entries = e;
	el_free_tables(&was);
	return el_make_tables(el);
}

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
	p->meta->in = el->left.in;
	p->meta->out = el->left.out;
	p->meta->paint = el->left.paint;
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
