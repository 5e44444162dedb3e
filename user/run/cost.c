// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an element costs while it runs: sums over timed batches, on the worker's thread (exec.c), and the line through them, on
 * the main thread (read.c).
 */
#include <errno.h>
#include <math.h>

#include "worker.h"

#define FORGET	    0.98 /* weight of the past at each sample: some 50 of them count */
#define ENOUGH	    8	 /* samples, to tell anything */
#define FAR	    10.0 /* times what such a batch takes: the thread was interrupted */
#define FAR_NS	    2000.0
#define IN_ROW	    8	 /* so many of those one after the other are no interruptions: it costs that now */
#define SPREAD	    1e-3 /* of sizes: with less, noise decides what is t0 and what t1 */
#define CLOCK_READS 64

/* What a batch of b would take, were it all per packet, or all per batch: whichever is more. */
static double most(const struct bty_cost *c, double b)
{
	return b > c->b / c->n ? c->t / c->b * b : c->t / c->n;
}

void bty_cost_sample(struct bty_cost *c, double b, double t)
{
	if (c->n >= ENOUGH && c->b > 0 && t > FAR * most(c, b) + FAR_NS) {
		c->ignored++;
		if (++c->in_row < IN_ROW)
			return;
		c->n = c->b = c->bb = c->t = c->bt = 0;
	}
	c->in_row = 0;
	c->n = c->n * FORGET + 1;
	c->b = c->b * FORGET + b;
	c->bb = c->bb * FORGET + b * b;
	c->t = c->t * FORGET + t;
	c->bt = c->bt * FORGET + b * t;
}

int bty_cost_line(const struct bty_cost *c, double clock_ns, double *t0_ns, double *t1_ns)
{
	double det = c->n * c->bb - c->b * c->b;

	if (!isfinite(c->n) || !isfinite(c->t) || !isfinite(c->bt) || !isfinite(det))
		return -ERANGE;
	if (c->n < ENOUGH || det < SPREAD * c->n * c->bb)
		return -ENODATA;
	*t1_ns = (c->n * c->bt - c->b * c->t) / det;
	*t0_ns = (c->t - *t1_ns * c->b) / c->n - clock_ns;
	return isfinite(*t0_ns) && isfinite(*t1_ns) ? 0 : -ERANGE;
}

double bty_clock_cost_ns(void)
{
	static double cost = -1;
	uint64_t a, took, least = UINT64_MAX;
	int i;

	for (i = 0; cost < 0 && i < CLOCK_READS; i++) {
		a = bty_clock_ns();
		took = bty_clock_ns() - a;
		least = took < least ? took : least;
	}
	if (cost < 0)
		cost = (double)least;
	return cost;
}
