// SPDX-License-Identifier: GPL-2.0-or-later
/* user/gen/sender over a device that takes frames as a test wants: nothing is sent twice, left out or passed over. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "user/gen/account.h"
#include "user/gen/clock.h"
#include "user/gen/sender.h"

/* What arrives goes to the sink's books, on a wire without delay. */
struct gen_tx {
	unsigned int turn;
	struct gen_tx_stats st;
	uint8_t buf[GEN_BATCH][GEN_FRAME_MAX];
};

static struct {
	unsigned int most;	 /* frames per reserve() */
	unsigned int takes;	 /* frames per submit() */
	unsigned int full_every; /* every n-th reserve() has no room; 0: none */
	int fails_at;		 /* submit() fails after this many frames; -1: never */
	volatile sig_atomic_t stop;
	struct gen_account account;
	struct gen_frame frame;
	struct bty_netdev dev;
	struct gen_send_conf conf;
	struct gen_send_report report;
	struct bty_err err;
} t;

static int fake_open(struct gen_tx **out, const struct gen_tx_conf *conf, struct bty_err *err)
{
	struct gen_tx *tx = calloc(1, sizeof(*tx));

	assert_non_null(tx);
	for (int i = 0; i < GEN_BATCH; i++)
		memcpy(tx->buf[i], conf->frame->bytes, conf->frame->len);
	*out = tx;
	return 0;
}

static unsigned int fake_reserve(struct gen_tx *tx, uint8_t **buf, unsigned int n)
{
	assert_in_range(n, 1, GEN_BATCH);
	if (t.full_every && ++tx->turn % t.full_every == 0)
		return 0;
	n = n < t.most ? n : t.most;
	for (unsigned int i = 0; i < n; i++)
		buf[i] = tx->buf[i];
	return n;
}

static int fake_submit(struct gen_tx *tx, unsigned int n)
{
	n = n < t.takes ? n : t.takes;
	if (t.fails_at >= 0 && tx->st.accepted >= (uint64_t)t.fails_at)
		return -ENETDOWN;
	for (unsigned int i = 0; i < n; i++)
		gen_account_frame(&t.account, tx->buf[i], t.frame.len, gen_now());
	tx->st.accepted += n;
	return n;
}

static int fake_flush(struct gen_tx *tx)
{
	return 0;
}

static void fake_stats(const struct gen_tx *tx, struct gen_tx_stats *st)
{
	*st = tx->st;
}

static void fake_close(struct gen_tx *tx)
{
	free(tx);
}

static const struct gen_tx_ops fake = {
	"fake", fake_open, fake_reserve, fake_submit, fake_flush, fake_stats, fake_close,
};

static int setup(void **state)
{
	struct gen_frame_conf fc = { .family = AF_INET, .sport = 1, .dport = 9, .vlan = GEN_NO_VLAN };

	memset(&t, 0, sizeof(t));
	t.most = t.takes = GEN_BATCH;
	t.fails_at = -1;
	t.conf = (struct gen_send_conf){
		.ops = &fake,
		.tx = { .iface = &t.dev, .frame = &t.frame },
		.flows = 3,
		.spin = true,
		.count = 3000,
		.stop = &t.stop,
	};
	gen_schedule_init(&t.conf.schedule, GEN_FIXED, 100000, 1, 1);
	return gen_frame_init(&t.frame, &fc, NULL) || gen_account_init(&t.account, 3, NULL);
}

static int teardown(void **state)
{
	gen_account_free(&t.account);
	return 0;
}

static void expect_books(uint64_t n)
{
	struct gen_losses l;

	gen_account_losses(&t.account, &l);
	assert_int_equal(t.account.received, n);
	assert_int_equal(l.missing + t.account.duplicates + t.account.reordered + t.account.corrupted, 0);
	assert_int_equal(t.report.sent, n);
}

static void all_are_sent_in_time(void **state)
{
	assert_int_equal(gen_send(&t.conf, &t.report, &t.err), 0);
	expect_books(3000);
	assert_int_equal(t.report.offered, 3000);
	assert_int_equal(t.report.unsent, 0);
	assert_int_equal(t.report.error.count, 3000);
	/* the last departure is 2999 intervals of 10 us after the first, and none is early */
	assert_true(t.report.duration_ns >= 29990000);
}

static void rate_of_few_frames(void **state)
{
	gen_schedule_init(&t.conf.schedule, GEN_FIXED, 100, 1, 1);
	t.conf.count = 2;
	assert_int_equal(gen_send(&t.conf, &t.report, &t.err), 0);
	/* a machine that is busy sends late, never early */
	assert_in_range(t.report.pps, 1, 100);
	gen_schedule_init(&t.conf.schedule, GEN_BURST, 1000, 10, 1);
	t.conf.count = 20;
	assert_int_equal(gen_send(&t.conf, &t.report, &t.err), 0);
	assert_in_range(t.report.pps, 10, 1000);
	t.conf.count = 10;
	assert_int_equal(gen_send(&t.conf, &t.report, &t.err), 0);
	assert_int_equal(t.report.pps, 0);
}

static void what_is_not_taken_is_sent_again(void **state)
{
	t.takes = 1;
	t.most = 7;
	assert_int_equal(gen_send(&t.conf, &t.report, &t.err), 0);
	expect_books(3000);
	assert_int_equal(t.report.error.count, 3000);
}

static void no_room_is_counted_and_waited_for(void **state)
{
	t.conf.count = 600;
	t.full_every = 3;
	assert_int_equal(gen_send(&t.conf, &t.report, &t.err), 0);
	expect_books(600);
	assert_true(t.report.full > 0);
	assert_true(t.report.full_ns > 0);
}

static void at_full_speed_all_are_sent(void **state)
{
	t.conf.max = true;
	t.conf.count = 100001;
	assert_int_equal(gen_send(&t.conf, &t.report, &t.err), 0);
	expect_books(100001);
	assert_int_equal(t.report.offered, 100001);
	assert_int_equal(t.report.error.count, 0);
}

static void duration_offers_its_share(void **state)
{
	t.conf.count = 0;
	t.conf.duration_ns = 20000000;
	assert_int_equal(gen_send(&t.conf, &t.report, &t.err), 0);
	assert_int_equal(t.report.offered, 2000);
	/* a busy machine may eat the grace after the end: what it then leaves out is said */
	assert_int_equal(t.report.sent + t.report.unsent, 2000);
	expect_books(t.report.sent);
}

/* 10 Gpps for 1 ms cannot be met in the 100 ms of grace at one frame per call that waits 20 us. */
static void what_is_owed_at_the_end_is_reported(void **state)
{
	t.conf.count = 0;
	t.conf.duration_ns = 1000000;
	t.takes = 1;
	gen_schedule_init(&t.conf.schedule, GEN_FIXED, 10000000000ULL, 1, 1);
	assert_int_equal(gen_send(&t.conf, &t.report, &t.err), 0);
	assert_int_equal(t.report.offered, 10000000);
	assert_true(t.report.unsent > 0);
	assert_int_equal(t.report.sent + t.report.unsent, 10000000);
	expect_books(t.report.sent);
	assert_true(t.report.late > 0);
}

static void a_device_that_goes_down_is_an_error(void **state)
{
	t.fails_at = 500;
	assert_int_equal(gen_send(&t.conf, &t.report, &t.err), -ENETDOWN);
	assert_in_range(t.report.sent, 500, 500 + GEN_BATCH);
	expect_books(t.report.sent);
}

static void a_signal_ends_it(void **state)
{
	t.stop = 1;
	assert_int_equal(gen_send(&t.conf, &t.report, &t.err), 0);
	assert_int_equal(t.report.sent, 0);
	assert_true(t.report.interrupted);
}

#define FED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FED(all_are_sent_in_time),
		FED(rate_of_few_frames),
		FED(what_is_not_taken_is_sent_again),
		FED(no_room_is_counted_and_waited_for),
		FED(at_full_speed_all_are_sent),
		FED(duration_offers_its_share),
		FED(what_is_owed_at_the_end_is_reported),
		FED(a_device_that_goes_down_is_an_error),
		FED(a_signal_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
