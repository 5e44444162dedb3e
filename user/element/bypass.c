// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bypass: how many multiplications take a number of CPU cycles, called when a pipeline is read, and the multiplications,
 * called by workers.
 */
#include <elements/bypass.h>

#include "user/config/conf.h"

#define SAMPLE_MULS 4096
#define SAMPLES	    64

/* Cycles: of SAMPLE_MULS multiplications, and what one bypass_burn() takes beside them. */
struct cost {
	uint64_t muls, fixed;
};

/*
 * One copy for what is measured and what is burnt, within one cache line: where it lies can change what a turn costs, and in
 * a software-emulated CPU a loop across two pages takes several times as long.
 */
__attribute__((noinline, aligned(64))) void bypass_burn(uint32_t n)
{
	uint64_t x = n;

	while (n--)
		x = bypass_mul(x);
	bypass_wait(x);
}

#ifdef __x86_64__
/* Cycles of the time stamp counter, the least of several, so that interrupts do not count. */
static uint64_t time_burn(uint32_t muls)
{
	uint64_t best = UINT64_MAX, t;
	int i;

	for (i = 0; i < SAMPLES; i++) {
		t = __builtin_ia32_rdtsc();
		if (muls)
			bypass_burn(muls);
		t = __builtin_ia32_rdtsc() - t;
		if (t < best)
			best = t;
	}
	return best;
}

/* A multiplication takes three core cycles; the counter's cycles differ by the ratio of the two clocks. */
static struct cost measure(void)
{
	uint64_t nothing = time_burn(0), one = time_burn(1), many = time_burn(SAMPLE_MULS + 1);
	struct cost c = { .muls = many > one ? many - one : 1 };

	c.fixed = one > nothing ? one - nothing : 0;
	return c;
}
#else
static struct cost measure(void)
{
	return (struct cost){ .muls = 3 * SAMPLE_MULS };
}
#endif

static uint32_t muls_for(uint64_t cycles, const struct cost *c)
{
	if (!cycles)
		return 0;
	return cycles > c->fixed ? 1 + (cycles - c->fixed) * SAMPLE_MULS / c->muls : 1;
}

int bty_bypass_finish(const struct bty_conf *conf, void *args, int nconnected, struct bty_err *err)
{
	struct bypass_args *a = args;
	struct cost c = measure();

	a->packet_muls = muls_for(a->cycles_per_packet, &c);
	a->batch_muls = muls_for(a->cycles_per_batch, &c);
	return 0;
}
