// SPDX-License-Identifier: GPL-2.0-or-later
/* RandomSplit: shares and limits. Bypass: cycles burnt. */
#include <elements/bypass.h>
#include <elements/randomsplit.h>

#include "el.h"

#define PACKETS 200000

/* Pushes PACKETS packets; n[i]: how many left by output i. */
static void spread(struct el *el, unsigned int n[BTY_MAX_OUT])
{
	uint8_t frame[64] = { 0 };
	int i, port;

	memset(n, 0, BTY_MAX_OUT * sizeof(*n));
	for (i = 0; i < PACKETS; i++) {
		port = el_push(el, frame, sizeof(frame));
		assert_in_range(port, 0, el->nout - 1);
		n[port]++;
	}
}

static void shares_follow_weights(void **state)
{
	unsigned int n[BTY_MAX_OUT];
	struct el el;

	assert_int_equal(EL_CONFIGURE(&el, "RandomSplit", "1", "3"), 0);
	assert_int_equal(el.nout, 2);
	spread(&el, n);
	/* five standard deviations are 970 packets */
	assert_in_range(n[0], PACKETS / 4 - 970, PACKETS / 4 + 970);
	assert_int_equal(EL_CONFIGURE(&el, "RandomSplit", "0.5", ".3", "0.2"), 0);
	spread(&el, n);
	assert_in_range(n[0], PACKETS / 2 - 1120, PACKETS / 2 + 1120);
	assert_in_range(n[1], PACKETS * 3 / 10 - 1030, PACKETS * 3 / 10 + 1030);
}

static void sixteen_outputs(void **state)
{
	unsigned int n[BTY_MAX_OUT];
	struct el el;
	int i;

	assert_int_equal(EL_CONFIGURE(&el, "RandomSplit", "1", "1", "1", "1", "1", "1", "1", "1", "1", "1", "1", "1",
				      "1", "1", "1", "1"),
			 0);
	spread(&el, n);
	for (i = 0; i < 16; i++)
		assert_in_range(n[i], PACKETS / 16 - 550, PACKETS / 16 + 550);
}

static void zero_weights_get_nothing(void **state)
{
	unsigned int n[BTY_MAX_OUT];
	struct randomsplit_args *a;
	struct el el;

	assert_int_equal(EL_CONFIGURE(&el, "RandomSplit", "0", "2", "0", "0"), 0);
	spread(&el, n);
	assert_int_equal(n[1], PACKETS);
	/* six sixths add up to a little less than 1, but all of the 2^32 random numbers are below the last weight */
	assert_int_equal(EL_CONFIGURE(&el, "RandomSplit", "1", "1", "1", "1", "1", "1", "0"), 0);
	a = (void *)el.args;
	assert_true(a->below[5] == 1ULL << 32);
	assert_true(a->below[4] < 1ULL << 32);
	assert_int_equal(EL_CONFIGURE(&el, "RandomSplit", "7"), 0);
	spread(&el, n);
	assert_int_equal(n[0], PACKETS);
}

static void errors(void **state)
{
	EL_REFUSES("RandomSplit", "expected a weight for each output", NULL);
	EL_REFUSES("RandomSplit", "test.click:3:3: el: '-1': expected a weight", "1", "-1");
	EL_REFUSES("RandomSplit", "expected a weight", "");
	EL_REFUSES("RandomSplit", "expected a weight", "x");
	EL_REFUSES("RandomSplit", "expected a weight", "1x");
	EL_REFUSES("RandomSplit", "expected a weight", "nan");
	EL_REFUSES("RandomSplit", "expected a weight", "1e999");
	EL_REFUSES("RandomSplit", "must be positive", "0", "0");
	EL_REFUSES("RandomSplit", "must be positive and finite", "1e308", "1e308");
	el_refuses_many("RandomSplit", "65 weights; an element has at most 64 outputs", "1");
}

#ifdef __x86_64__
/* Least cycles for a batch of n packets: interrupts and other tests only add. */
static uint64_t burnt(struct el *el, uint32_t cycles_per_packet, uint32_t cycles_per_batch, unsigned int n)
{
	struct bypass_args *a = (void *)el->args;
	uint8_t frame[64] = { 0 };
	static struct bty_batch b;
	uint64_t t, best = UINT64_MAX;
	unsigned int i;

	assert_int_equal(el_configure(el, "Bypass", 1, NULL), 0);
	a->cycles_per_packet = cycles_per_packet;
	a->cycles_per_batch = cycles_per_batch;
	assert_int_equal(el->cls->finish(NULL, a, 1, &el->err), 0);
	b.n = n;
	for (i = 0; i < n; i++)
		b.pkt[i] = (struct bty_pkt){ .data = frame, .data_end = frame + sizeof(frame), .meta = &el->meta };
	for (i = 0; i < 2000; i++) {
		t = __builtin_ia32_rdtsc();
		el->cls->process(&b, el->args, &el->env);
		t = __builtin_ia32_rdtsc() - t;
		if (t < best)
			best = t;
	}
	for (i = 0; i < n; i++)
		assert_int_equal(b.verdict[i], 0);
	return best;
}

static void cycles_are_burnt(void **state)
{
	uint64_t none, packets, small, batch, both;
	struct el el;

	none = burnt(&el, 0, 0, 32);
	packets = burnt(&el, 1000, 0, 32) - none;
	small = burnt(&el, 100, 0, 32) - none; /* would overlap with the next packet's if nothing kept them apart */
	batch = burnt(&el, 0, 20000, 32) - none;
	both = burnt(&el, 1000, 20000, 32) - none;
	/* the clock of the core changes against the counter's, hence the margins */
	assert_in_range(packets, 32 * 600, 32 * 1600);
	assert_in_range(small, 32 * 60, 32 * 250);
	assert_in_range(batch, 12000, 32000);
	assert_in_range(both, 32000, 84000);
	assert_true(none < 4000);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_follow_weights),    cmocka_unit_test(sixteen_outputs),
		cmocka_unit_test(zero_weights_get_nothing), cmocka_unit_test(errors),
#ifdef __x86_64__
		cmocka_unit_test(cycles_are_burnt),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
