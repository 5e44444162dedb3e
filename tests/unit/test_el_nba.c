// SPDX-License-Identifier: GPL-2.0-or-later
/* What NBA's elements choose: L2Forward the device, ToOutput the output and the addresses; what their arguments may be. */
#include <elements/l2forward.h>
#include <elements/tooutput.h>

#include "el.h"

static __u64 turn[1];

/* Configures L2Forward for ndev devices. */
static void forward(struct el *el, const char *method, int ndev)
{
	const struct bty_device_info info = { .ndev = ndev };

	assert_int_equal(EL_CONFIGURE(el, "L2Forward", method), 0);
	el->cls->devices(el->args, &info, &el->err);
	turn[0] = 0;
	el->env.table[0] = (struct bty_table){ .rows = (void *)turn, .nrows = 1, .row_size = sizeof(turn) };
}

static unsigned int choose(struct el *el, unsigned int in)
{
	return l2forward_choose(in, (void *)el->args, &el->env);
}

static void methods(void **state)
{
	struct el el;
	unsigned int i;

	forward(&el, "\"method echoback\"", 4);
	for (i = 0; i < 4; i++)
		assert_int_equal(choose(&el, i), i ^ 1);
	forward(&el, "method echoback", 3);
	assert_int_equal(choose(&el, 2), 2); /* has no other */
	forward(&el, "method echoback_cross", 4);
	for (i = 0; i < 4; i++)
		assert_int_equal(choose(&el, i), (i + 2) % 4);
	forward(&el, "method two_to_one", 4);
	for (i = 0; i < 4; i++)
		assert_int_equal(choose(&el, i), i & ~1U);
	forward(&el, "method roundrobin", 3);
	for (i = 0; i < 7; i++)
		assert_int_equal(choose(&el, 0), i % 3);
}

/* A batch as a whole; the next batch elsewhere. */
static void roundrobin_batch(void **state)
{
	unsigned int batch, i, before = 0, now;
	struct el el;

	forward(&el, "method roundrobin_batch", 3);
	for (batch = 0; batch < 6; batch++) {
		l2forward_batch((void *)el.args, &el.env, 4);
		now = choose(&el, 0);
		if (batch)
			assert_int_equal(now, (before + 1) % 3);
		for (i = 0; i < 4; i++)
			assert_int_equal(choose(&el, 0), now);
		before = now;
	}
}

static void only_unicast(void **state)
{
	uint8_t frame[64] = { 0x02 };
	struct el el;

	forward(&el, "method echoback", 2);
	assert_int_equal(el_push(&el, frame, sizeof(frame)), 0);
	assert_int_equal(el.meta.out, 2);
	frame[0] = 0x01;
	assert_int_equal(el_push(&el, frame, sizeof(frame)), bty_drop(BROADCAST));
	assert_int_equal(el_push(&el, frame, 10), bty_drop(RUNT));
}

static void bad_methods(void **state)
{
	EL_REFUSES("L2Forward", "'echo': expected echoback,", "method echo");
	EL_REFUSES("L2Forward", "expected `method'", "echoback");
	EL_REFUSES("L2Forward", "expected `method'", "method echoback now");
	EL_REFUSES("L2Forward", "expected one argument", "method echoback", "2");
}

/* The device's own address as source, the sender's as destination; exchanged where there is no device. */
static void addresses(void **state)
{
	static const uint8_t mac[2][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };
	struct bty_device_info info = { .ndev = 2, .nout = 2, .out_dev = { 1, 0 } };
	uint8_t frame[64] = { 2, 9, 9, 9, 9, 1, 2, 9, 9, 9, 9, 2 }, meta[sizeof(struct bty_meta)] = { 0 };
	struct bty_pkt p = { .data = frame, .data_end = frame + sizeof(frame), .meta = (void *)meta };
	struct tooutput_args *a;
	struct el el;

	assert_int_equal(EL_CONFIGURE(&el, "ToOutput", NULL), 0);
	a = (void *)el.args;
	el.cls->devices(a, &info, &el.err);
	assert_int_equal(tooutput_push(&p, a, NULL), bty_drop(NO_ROUTE));
	p.meta->out = 1;
	assert_int_equal(tooutput_push(&p, a, NULL), 1);
	assert_memory_equal(frame, "\2\x9\x9\x9\x9\2\2\x9\x9\x9\x9\1", 12);
	info.mac = mac;
	el.cls->devices(a, &info, &el.err);
	p.meta->out = 2;
	assert_int_equal(tooutput_push(&p, a, NULL), 0);
	assert_memory_equal(frame, "\2\x9\x9\x9\x9\1\2\0\0\0\0\2", 12);
	p.meta->out = 3; /* none of its devices */
	assert_int_equal(tooutput_push(&p, a, NULL), bty_drop(NO_ROUTE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(methods),     cmocka_unit_test(roundrobin_batch), cmocka_unit_test(only_unicast),
		cmocka_unit_test(bad_methods), cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
