// SPDX-License-Identifier: GPL-2.0-or-later
/* Bypass: how many multiplications take a number of CPU cycles. Called when a pipeline is read. */
#include <elements/bypass.h>

#include "user/config/conf.h"

#define SAMPLE_MULS 4096
#define SAMPLES	    64

/*
 * Cycles of the time stamp counter for SAMPLE_MULS multiplications: the least of several, so that interrupts do not
 * count. It differs from the three core cycles of one multiplication by the ratio of the two clocks.
 */
static uint64_t measure(void)
{
#ifdef __x86_64__
	uint64_t best = UINT64_MAX, t;
	int i;

	for (i = 0; i < SAMPLES; i++) {
		t = __builtin_ia32_rdtsc();
		bypass_burn(SAMPLE_MULS);
		t = __builtin_ia32_rdtsc() - t;
		if (t < best)
			best = t;
	}
	return best ? best : 1;
#else
	return 3 * SAMPLE_MULS;
#endif
}

int bty_bypass_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	struct bypass_args *a = args;
	uint64_t cycles = measure();

	a->packet_muls = (uint64_t)a->cycles_per_packet * SAMPLE_MULS / cycles;
	a->batch_muls = (uint64_t)a->cycles_per_batch * SAMPLE_MULS / cycles;
	return 0;
}
