// SPDX-License-Identifier: GPL-2.0-or-later
/* user/profile: the harness measures what is known beforehand, and the packets it makes suit the elements. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "user/profile/profile.h"
#include "user/run/meter.h"

#define TRIES 5 /* a busy machine may disturb one */

#define T0_UNITS 20000 /* of the clock: much more than a reading of it */
#define T1_UNITS 2000

static volatile sig_atomic_t stop;

static void does_nothing(struct bty_batch *b, const void *args, struct bty_env *env)
{
}

static void takes_known_time(struct bty_batch *b, const void *args, struct bty_env *env)
{
	uint64_t end = bty_meter_read() + T0_UNITS + (uint64_t)T1_UNITS * b->n;

	while (bty_meter_read() < end)
		;
}

/* A Merge that does something else. */
static void measure_instead(void (*process)(struct bty_batch *, const void *, struct bty_env *),
			    const struct bty_profile_opts *opts, struct bty_profiled *p)
{
	struct bty_targets t;
	struct bty_class cls;
	struct bty_err err;

	if (bty_target_text("Merge", 0, &t, &err))
		fail_msg("%s", err.msg);
	cls = *t.g->el[t.el[0]].cls;
	cls.process = process;
	t.g->el[t.el[0]].cls = &cls;
	assert_int_equal(bty_profile(&t, 0, opts, p, &err), 0);
	bty_targets_free(&t);
}

/* The harness takes itself off: the original leaves it in. */
static void overhead(void **state)
{
	const struct bty_profile_opts opts = { .rounds = 3, .sample_ns = 500000 };
	struct bty_profiled p;
	int i;

	for (i = 0; i < TRIES; i++) {
		measure_instead(does_nothing, &opts, &p);
		if (fabs(p.median_ns[0]) < 1 && fabs(p.median_ns[63]) < 1.5)
			return;
	}
	fail_msg("nothing takes %g ns for 1 packet, %g for 64", p.median_ns[0], p.median_ns[63]);
}

static void known_time(void **state)
{
	const struct bty_profile_opts opts = { .rounds = 3, .sample_ns = 500000 };
	struct bty_profiled p;
	double ratio;
	int i;

	for (i = 0; i < TRIES; i++) {
		measure_instead(takes_known_time, &opts, &p);
		ratio = p.fit.t0_ns / p.fit.t1_ns;
		if (fabs(ratio - 10) < 1 && p.fit.resid_ns < 0.05 * p.fit.t0_ns && p.fit.t1_err_ns < p.fit.t1_ns)
			return;
	}
	fail_msg("T0 %g, T1 %g: expected 10 to 1", p.fit.t0_ns, p.fit.t1_ns);
}

/* Each of the default set gets packets that go on, and those with tables packets that are in them. */
static void default_set(void **state)
{
	const struct bty_profile_opts opts = { .rounds = 1, .sample_ns = 1 };
	struct bty_targets t;
	struct bty_profiled p;
	struct bty_err err;
	int i;

	for (i = 0; i < bty_default_targets(); i++) {
		if (bty_default_target(i, &t, &err))
			fail_msg("%s", err.msg);
		assert_int_equal(t.n, 1);
		assert_int_equal(bty_profile(&t, 0, &opts, &p, &err), 0);
		if (p.dropped > (p.forwarded + p.held + p.dropped) * 2 / 3)
			fail_msg("%s drops %llu and forwards %llu", t.g->el[t.el[0]].cls->name,
				 (unsigned long long)p.dropped, (unsigned long long)p.forwarded);
		bty_targets_free(&t);
	}
}

/* Packets match the tables: with none that do all would be dropped. */
static void forwards(const char *text)
{
	const struct bty_profile_opts opts = { .rounds = 1, .sample_ns = 1 };
	struct bty_targets t;
	struct bty_profiled p;
	struct bty_err err;

	if (bty_target_text(text, 0, &t, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(bty_profile(&t, 0, &opts, &p, &err), 0);
	if (p.dropped)
		fail_msg("%s drops %llu and forwards %llu", text, (unsigned long long)p.dropped,
			 (unsigned long long)p.forwarded);
	bty_targets_free(&t);
}

static void matches(void **state)
{
	forwards("IPLookup(192.0.2.0/28 0, 198.51.100.7/32 0)");
	forwards("IPLookup(2001:db8:5::/48 0)");
	forwards("ExactMatch(FIELDS ip.src ip.dst ip.proto l4.sport l4.dport, 1.2.3.4 5.6.7.8 6 9 10 0)");
	forwards("WildcardMatch(FIELDS ip.dst l4.dport, 1.2.0.0/16 80 1 0, 1.3.0.0/16 * 1 0)");
	forwards("ACL(@1.2.3.0/24 4.5.0.0/16 5 : 9 80 : 80 0x06/0xff allow, UNMATCHED deny)");
	forwards("GTPUDecapTable(7, 9)");
	forwards("VXLANDecapTable(7, 9)");
	forwards("GTPUDecap(TEID 5)");
	forwards("VXLANDecap(VNI 5)");
	forwards("GTPUEncapTable(SRC 192.0.2.1, 10.9.9.9 5 192.0.2.2)");
	forwards("GREDecap");
	forwards("VLANPop");
	forwards("CheckIPHeader");
	forwards("CheckIP6Header");
	forwards("DecIP6HLIM");
	forwards("ARPResponder(0.0.0.0/0 02:00:00:00:00:02)");
}

static void stopped(void **state)
{
	const struct bty_profile_opts opts = { .rounds = 5, .stop = &stop };
	struct bty_targets t;
	struct bty_profiled p;
	struct bty_err err;

	stop = 1;
	assert_int_equal(bty_target_text("Merge", 0, &t, &err), 0);
	assert_int_equal(bty_profile(&t, 0, &opts, &p, &err), -EINTR);
	bty_targets_free(&t);
}

static void refused(void **state)
{
	static const char *const texts[] = { "Bypas(1)",  "Queue", "InfiniteSource", "ToHost", "IPLookup",
					     "Bypass(x)", "" };
	struct bty_targets t;
	struct bty_err err;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		err.msg[0] = 0;
		assert_true(bty_target_text(texts[i], 0, &t, &err) < 0);
		assert_true(err.msg[0] && !strstr(err.msg, "profile:"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overhead), cmocka_unit_test(known_time), cmocka_unit_test(default_set),
		cmocka_unit_test(matches),  cmocka_unit_test(stopped),	  cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
