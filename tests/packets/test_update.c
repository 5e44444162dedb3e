// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An element replaced while it runs: new tables, new arguments, tables that are kept, and what fails changes nothing. In the
 * kernel by BPF_PROG_TEST_RUN, in a program of its own and fused, natively with what a worker would take over.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>
#include <elements/etherrewrite.h>
#include <elements/iplookup.h>

#include "gen.h"
#include "rig.h"

#define ANY_ERROR 1 /* kernels differ in what they say of a map that is too large */

static struct rig rig;
static struct bty_err err; /* of the last change */

static void load(const struct bty_class *cls, ...)
{
	const char *args[8] = { NULL };
	struct bty_err err = { 0 };
	va_list ap;
	int i;

	va_start(ap, cls);
	for (i = 0; i < 7 && (args[i] = va_arg(ap, const char *)); i++)
		;
	va_end(ap);
	if (rig_configure(&rig, cls, args, 0, &err))
		fail_msg("%s", err.msg);
	/* an update frees what it replaces, as that of a graph */
	if (rig_load(&rig, cls, &err))
		fail_msg("%s", err.msg);
	rig.el[RIG_EL].args = malloc(sizeof(rig.args));
	memcpy(rig.el[RIG_EL].args, rig.args, sizeof(rig.args));
}

static int unload(void **state)
{
	if (rig.el[RIG_EL].args != rig.args)
		free(rig.el[RIG_EL].args);
	rig.entries = rig.el[RIG_EL].entries;
	rig_unload(&rig);
	return 0;
}

static struct bty_update *make(enum bty_change what, const char *text, int expect)
{
	struct bty_element *el = &rig.el[RIG_EL];
	struct bty_entries *entries;
	struct bty_update *u = NULL;

	if (bty_entries_change(el->entries, el->args, what, text, BTY_MAX_OUT, &entries, &err))
		fail_msg("%s", err.msg);
	if (expect == ANY_ERROR)
		assert_true(bty_update_make(rig.dp, &rig.graph, RIG_EL, entries, &u, &err) < 0);
	else
		assert_int_equal(bty_update_make(rig.dp, &rig.graph, RIG_EL, entries, &u, &err), expect);
	return u;
}

/* Makes a change and swaps it in; the generation it replaced is in the update. */
static struct bty_update *change(enum bty_change what, const char *text)
{
	struct bty_update *u = make(what, text, 0);

	assert_int_equal(bty_update_swap(u, &err), 0);
	memcpy(rig.env.table, rig.dp->table[RIG_EL], sizeof(rig.env.table));
	memcpy(rig.args, rig.el[RIG_EL].args, rig.el[RIG_EL].cls->args_size);
	return u;
}

/* Where a packet to 10.1.2.LAST goes, in the kernel and natively. */
static int route(uint8_t last)
{
	static struct rig_result bpf, native;
	uint8_t frame[64] = { 0 };

	memcpy(frame + 12, "\x08\x00\x45", 3);
	memcpy(frame + 30, "\x0a\x01\x02", 3);
	frame[33] = last;
	assert_int_equal(rig_run_bpf(&rig, frame, sizeof(frame), &bpf), 0);
	rig_run_native(&rig, frame, sizeof(frame), &native);
	assert_int_equal(bpf.port, native.port);
	return bpf.port;
}

static void tables_are_swapped(void **state)
{
	struct bty_update *u;

	load(bty_class_find("IPLookup"), "10.0.0.0/8 1", "10.1.2.3/32 2", NULL);
	assert_int_equal(route(3), 2);
	u = make(BTY_TABLE_SET, "10.1.2.3/32 7", 0);
	assert_int_equal(route(3), 2);
	assert_int_equal(bty_update_swap(u, &err), 0);
	memcpy(rig.env.table, rig.dp->table[RIG_EL], sizeof(rig.env.table));
	assert_int_equal(route(3), 7);
	assert_int_equal(route(4), 1);
	/* and back, as when another pipeline's swap fails */
	assert_int_equal(bty_update_swap(u, &err), 0);
	memcpy(rig.env.table, rig.dp->table[RIG_EL], sizeof(rig.env.table));
	assert_int_equal(route(3), 2);
	bty_update_free(u);
	bty_update_free(change(BTY_TABLE_DEL, "10.1.2.3/32"));
	assert_int_equal(route(3), 1);
}

static void many_swaps(void **state)
{
	char text[32];
	int i;

	load(bty_class_find("IPLookup"), "10.0.0.0/8 1", NULL);
	for (i = 0; i < 50; i++) {
		snprintf(text, sizeof(text), "10.1.2.3/32 %d", i % BTY_MAX_OUT);
		bty_update_free(change(BTY_TABLE_SET, text));
		assert_int_equal(route(3), i % BTY_MAX_OUT);
	}
}

static int plan_fails(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		      struct bty_err *err)
{
	return bty_fail(err, -E2BIG, "too large");
}

static int plan_much(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		     struct bty_err *err)
{
	spec[0] = spec[1] = (struct bty_table_spec){ .nrows = 1 << 30, .row_size = 1 << 20 };
	return 0;
}

static int fill_fails(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		      struct bty_gateways *gateways, struct bty_err *err)
{
	return bty_fail(err, -EINVAL, "no");
}

static void failures_change_nothing(void **state)
{
	const struct bty_class *real = bty_class_find("IPLookup");
	static struct bty_table_ops ops;
	static struct bty_class cls;

	ops = *real->table_ops;
	cls = *real;
	cls.table_ops = &ops;
	load(&cls, "10.0.0.0/8 1", "10.1.2.3/32 2", NULL);
	ops.plan = plan_fails;
	ops.release = NULL;
	make(BTY_TABLE_SET, "10.1.2.3/32 3", -E2BIG);
	ops.plan = plan_much;
	assert_null(make(BTY_TABLE_SET, "10.1.2.3/32 3", ANY_ERROR));
	assert_non_null(
		strstr(err.msg, "no memory for a table of 1073741824 rows of 1048576 bytes (1099511627776 KiB)"));
	ops = *real->table_ops;
	ops.fill = fill_fails;
	make(BTY_TABLE_SET, "10.1.2.3/32 3", -EINVAL);
	assert_int_equal(route(3), 2);
	ops = *real->table_ops;
	bty_update_free(change(BTY_TABLE_SET, "10.1.2.3/32 3"));
	assert_int_equal(route(3), 3);
}

/* An element without tables, whose arguments come from its entries: EtherRewrite with the destination as an entry. */
static int mac_parse(const void *args, const char *text, int key_only, void *entry, struct bty_err *why)
{
	uint8_t *e = entry;

	e[1] = atoi(text);
	return 0;
}

static int mac_plan(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		    struct bty_err *err)
{
	struct etherrewrite_args *a = args;

	memset(a->src, 0x22, 6);
	memset(a->dst, ((const uint8_t *)bty_entry(e, 0))[1], 6);
	return 0;
}

static int mac_fill(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		    struct bty_gateways *gateways, struct bty_err *err)
{
	return 0;
}

static void arguments_are_swapped(void **state)
{
	static const struct bty_table_ops ops = {
		.noun = "address",
		.entry_size = 2,
		.key_size = 1,
		.parse = mac_parse,
		.plan = mac_plan,
		.fill = mac_fill,
	};
	static const uint8_t first[6] = { 2, 2, 2, 2, 2, 2 }, second[6] = { 4, 4, 4, 4, 4, 4 };
	static struct rig_result bpf, native;
	static struct bty_class cls;
	uint8_t frame[64] = { 0 };

	cls = *bty_class_find("EtherRewrite");
	cls.table_ops = &ops;
	cls.args = NULL;
	load(&cls, "2", NULL);
	assert_int_equal(rig_run_bpf(&rig, frame, sizeof(frame), &bpf), 0);
	assert_memory_equal(bpf.out.frame, first, 6);
	bty_update_free(change(BTY_TABLE_SET, "4"));
	assert_int_equal(rig_run_bpf(&rig, frame, sizeof(frame), &bpf), 0);
	rig_run_native(&rig, frame, sizeof(frame), &native);
	assert_memory_equal(bpf.out.frame, second, 6);
	assert_memory_equal(native.out.frame, second, 6);
}

/* IPLookup, its next hops being something that was learned. */
static int plan_keeps(void *args, const struct bty_entries *e, struct bty_table_spec spec[BTY_MAX_TABLES], void **priv,
		      struct bty_err *err)
{
	int ret = bty_class_find("IPLookup")->table_ops->plan(args, e, spec, priv, err);

	spec[IPLOOKUP_HOPS].kept = 1;
	return ret;
}

static int fill_keeps(const void *args, const struct bty_entries *e, void *priv, uint8_t *rows[BTY_MAX_TABLES],
		      struct bty_gateways *gateways, struct bty_err *err)
{
	static uint64_t scratch[64];
	uint8_t *all[BTY_MAX_TABLES];

	memcpy(all, rows, sizeof(all));
	if (!all[IPLOOKUP_HOPS])
		all[IPLOOKUP_HOPS] = (uint8_t *)scratch;
	return bty_class_find("IPLookup")->table_ops->fill(args, e, priv, all, gateways, err);
}

static void kept_rows_survive(void **state)
{
	static struct bty_table_ops ops;
	static struct bty_class cls;
	struct iplookup_hop *hop;
	struct bty_update *u;

	cls = *bty_class_find("IPLookup");
	ops = *cls.table_ops;
	ops.plan = plan_keeps;
	ops.fill = fill_keeps;
	cls.table_ops = &ops;
	load(&cls, "10.0.0.0/8 1", "10.1.2.3/32 2", NULL);
	hop = (struct iplookup_hop *)rig.dp->table[RIG_EL][IPLOOKUP_HOPS].rows;
	hop[1].port = 9; /* as a packet would write it */
	assert_int_equal(route(4), 9);
	u = change(BTY_TABLE_SET, "10.0.0.0/9 1");
	assert_int_equal(route(4), 9);
	/* what is written to the old generation, by a worker that still uses it, is seen in the new one */
	((struct iplookup_hop *)u->table[IPLOOKUP_HOPS].rows)[1].port = 8;
	assert_int_equal(route(4), 8);
	bty_update_free(u);
	assert_int_equal(route(4), 8);
	/* another size is refused: a third next hop needs another row */
	make(BTY_TABLE_SET, "10.1.3.3/32 3", -E2BIG);
	assert_int_equal(route(4), 8);
}

static int a_program_each(void **state)
{
	rig.fused = 0;
	return 0;
}

static int fused(void **state)
{
	rig.fused = 1;
	return 0;
}

#define T(test)                                            \
	{ #test, test, a_program_each, unload, NULL },     \
	{                                                  \
		#test ", fused", test, fused, unload, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(tables_are_swapped),	  T(many_swaps),	T(failures_change_nothing),
		T(arguments_are_swapped), T(kept_rows_survive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
