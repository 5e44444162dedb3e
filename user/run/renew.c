// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * New arguments and tables for an element in every worker: the main thread says which element, each worker takes over between
 * two batches, then the old ones can go. Called by user/control after bty_update_swap().
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "internal.h"

#define LOOK_NS	   50000
#define PATIENCE_S 10 /* for a worker whose CPU is somebody else's */

static void take(struct bty_wk *w, int element)
{
	const struct bty_element *el = &w->dp->graph->el[element];
	struct bty_node *n = &w->node[element];

	n->args = el->stand_in ? el->stand_in_args : el->args;
	/* a source that waits looks at its rate again */
	if (!n->cls->nin && n->env.wake_ns)
		n->env.wake_ns = 1;
	memcpy(n->env.table, w->dp->table[element], sizeof(n->env.table));
}

void bty_worker_renew(struct bty_wk *w)
{
	take(w, w->renew - 1);
	__atomic_store_n(&w->renew, 0, __ATOMIC_RELEASE);
}

/* Waits until no worker has something to take over. */
static int wait_all(const struct bty_run *r, uint64_t until_ns)
{
	const struct timespec look = { .tv_nsec = LOOK_NS };
	int i;

	for (i = 0; i < r->nworkers + r->nextra; i++)
		while (__atomic_load_n(&r->wk[i].renew, __ATOMIC_ACQUIRE)) {
			if (bty_clock_ns() > until_ns)
				return -ETIMEDOUT;
			nanosleep(&look, NULL);
		}
	return 0;
}

int bty_run_renew(struct bty_run *r, int element)
{
	uint64_t until_ns = bty_clock_ns() + PATIENCE_S * 1000000000ULL;
	int i, ret;

	ret = wait_all(r, until_ns);
	if (ret)
		return ret;
	for (i = 0; i < r->nworkers + r->nextra; i++) {
		if (r->wk[i].started)
			__atomic_store_n(&r->wk[i].renew, element + 1, __ATOMIC_RELEASE);
		else
			take(&r->wk[i], element);
	}
	/* a worker that sleeps wakes up for it */
	bty_run_kick(r);
	return wait_all(r, until_ns);
}
