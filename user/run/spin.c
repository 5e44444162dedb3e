// SPDX-License-Identifier: GPL-2.0-or-later
/* The decision between spinning and sleeping; called by rest.c. */
#include "spin.h"

#define RATE_NS	 4e6 /* memory of the rate: 40 packets at 10 kpps, where the decision turns */
#define FRESH_NS 5e5 /* and what is left of it after a silence as long: traffic that begins is known soon */
#define SMALLEST 8   /* a limit below this part of the bound is none */
#define START	 4   /* and this part of it is the first one after none */

/* Saturates, also for what is no number. */
static uint64_t to_ns(double ns)
{
	return ns < 1e18 ? (uint64_t)ns : BTY_SPIN_NEVER;
}

static uint64_t min_ns(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t bty_expect_ns(const struct bty_outlook *q)
{
	double gap = q->rate_pps > 0 ? 1e9 / q->rate_pps : 1e18;
	uint64_t filled, late;

	if (q->backlog && (q->backlog >= q->trigger || !q->left_ns))
		return 0;
	filled = to_ns((double)(q->trigger > q->backlog ? q->trigger - q->backlog : 1) * gap);
	late = q->backlog ? q->left_ns : to_ns(gap + (double)q->deadline_ns);
	return min_ns(filled, late);
}

uint64_t bty_spin_ns(const struct bty_spin_case *c)
{
	uint64_t bound = min_ns(c->cost_ns, c->max_ns);

	if (c->known_ns <= bound)
		return c->known_ns;
	return c->expected_ns < bound ? min_ns(bound, c->limit_ns) : 0;
}

uint64_t bty_spin_learn(uint64_t limit_ns, uint64_t bound_ns, uint64_t idle_ns)
{
	if (idle_ns <= limit_ns)
		return limit_ns;
	if (idle_ns <= bound_ns && limit_ns > bound_ns / 2)
		return bound_ns;
	if (idle_ns <= bound_ns)
		return limit_ns ? 2 * limit_ns : bound_ns / START;
	return limit_ns / 2 < bound_ns / SMALLEST ? 0 : limit_ns / 2;
}

void bty_watch_look(struct bty_watch *w, uint64_t enq, uint64_t now_ns)
{
	double dt = (double)(int64_t)(now_ns - w->look_ns), came = (double)(int64_t)(enq - w->enq);

	if (dt <= 0)
		return;
	/* less than none: XDP takes back what a full queue did not take */
	w->rate_pps = (w->rate_pps * w->span_ns + (came > 0 ? came : 0) * 1e9) / (w->span_ns + dt);
	if (dt >= RATE_NS)
		w->span_ns = FRESH_NS;
	else
		w->span_ns = w->span_ns + dt < RATE_NS ? w->span_ns + dt : RATE_NS;
	w->enq = enq;
	w->look_ns = now_ns;
}
