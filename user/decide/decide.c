// SPDX-License-Identifier: GPL-2.0-or-later
/* The simple controllers and what is common to all; called by user/control. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decide.h"

static void set_all(const struct bty_observer *o, struct bty_decision *d, uint32_t trigger)
{
	int i;

	for (i = 0; i < o->nqueues; i++)
		d->queue[i].trigger = trigger;
}

static void decide_null(struct bty_observer *o, uint32_t fixed, struct bty_decision *d)
{
	set_all(o, d, 1);
}

static void decide_max(struct bty_observer *o, uint32_t fixed, struct bty_decision *d)
{
	set_all(o, d, BTY_VEC_DEFAULT);
}

static void decide_fix(struct bty_observer *o, uint32_t fixed, struct bty_decision *d)
{
	set_all(o, d, fixed);
}

static const struct bty_controller simple[] = {
	{ "null", "every packet at once: trigger 1", decide_null },
	{ "max", "the largest batch a worker takes at once: trigger 64", decide_max },
	{ "fix", "fixN: trigger N", decide_fix },
};

int bty_controller_find(const char *name, struct bty_controller_choice *c, struct bty_err *err)
{
	unsigned long n;
	char *end;

	c->fixed = 0;
	c->ctl = NULL;
	if (!strcmp(name, "slo"))
		c->ctl = &bty_controller_slo;
	else if (!strcmp(name, "null"))
		c->ctl = &simple[0];
	else if (!strcmp(name, "max"))
		c->ctl = &simple[1];
	if (!strncmp(name, "fix", 3) && name[3] >= '0' && name[3] <= '9') {
		n = strtoul(name + 3, &end, 10);
		if (*end || n < 1 || n > 65536)
			return bty_fail(err, -EINVAL, "controller %s: N is 1 to 65536, as in fix8", name);
		c->ctl = &simple[2];
		c->fixed = n;
	}
	if (!c->ctl)
		return bty_fail(err, -EINVAL, "controller %s: unknown; there are slo, null, max and fixN (fix8)", name);
	snprintf(c->name, sizeof(c->name), "%.15s", name);
	return 0;
}

/* One clock read per sampled packet: all of them at low rates, one in 32 at high ones. */
static uint32_t sample_shift(double pps)
{
	return pps < 5000 ? 0 : pps < 50000 ? 3 : 5;
}

/* What NAPI deferral leaves of an objective; something, since an objective below it cannot be met anyway. */
static double after_edge(const struct bty_observer *o, uint64_t slo_ns)
{
	return slo_ns > o->napi_defer_ns + BTY_DEADLINE_MIN_NS ? (double)(slo_ns - o->napi_defer_ns)
							       : (double)BTY_DEADLINE_MIN_NS;
}

double bty_queue_budget_ns(const struct bty_observer *o, int n)
{
	const struct bty_obs_flow *f;
	double budget = 0, mine;
	int i, k;

	for (i = 0; i < o->nflows; i++) {
		f = &o->flow[i];
		for (k = 0; f->slo_ns && k < f->nqueues; k++) {
			if (f->queue[k] != n)
				continue;
			/* queues in a row share the objective equally */
			mine = after_edge(o, f->slo_ns) / f->nqueues;
			if (!budget || mine < budget)
				budget = mine;
		}
	}
	return budget || !o->default_slo_ns ? budget : after_edge(o, o->default_slo_ns);
}

void bty_decide(const struct bty_controller_choice *c, struct bty_observer *o, struct bty_decision *d)
{
	struct bty_obs_queue *q;
	struct bty_setting *s;
	double budget;
	int i;

	for (i = 0; i < o->nqueues; i++) {
		budget = bty_queue_budget_ns(o, i);
		d->queue[i].trigger = o->queue[i].trigger;
		d->queue[i].weight = o->queue[i].weight;
		d->queue[i].deadline_ns = budget ? (uint64_t)budget : BTY_DEADLINE_DEFAULT_NS;
	}
	c->ctl->decide(o, c->fixed, d);
	for (i = 0; i < o->nqueues; i++) {
		q = &o->queue[i];
		s = &d->queue[i];
		/* half its capacity leaves room for what comes while a batch is under way */
		if (s->trigger > q->capacity / 2)
			s->trigger = q->capacity / 2;
		if (q->trigger_fixed)
			s->trigger = q->trigger < q->capacity ? q->trigger : q->capacity;
		if (q->deadline_fixed)
			s->deadline_ns = q->deadline_ns;
		/* with weighted fair queueing what waits is due, and its worker to be woken */
		if (s->trigger < 1 || o->wfq)
			s->trigger = 1;
		if (s->deadline_ns < BTY_DEADLINE_MIN_NS)
			s->deadline_ns = BTY_DEADLINE_MIN_NS;
		if (s->deadline_ns > BTY_DEADLINE_MAX_NS)
			s->deadline_ns = BTY_DEADLINE_MAX_NS;
		s->sample_shift = sample_shift(q->rate_pps);
		q->trigger = s->trigger;
		q->deadline_ns = s->deadline_ns;
	}
}
