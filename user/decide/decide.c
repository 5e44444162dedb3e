// SPDX-License-Identifier: GPL-2.0-or-later
/* The simple controllers and what is common to all; called by user/control. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decompose.h"

struct bty_control {
	struct bty_controller_choice choice;
	void (*decide)(const struct bty_input *in, void *state, struct bty_decision *d);
	void *state;
	void (*decompose)(struct bty_division *s, const struct bty_input *in, struct bty_decision *d); /* may be NULL */
	struct bty_division *division;								       /* its memory */
	struct bty_input in;
};

static void set_all(const struct bty_input *in, struct bty_decision *d, uint32_t trigger, uint32_t weight)
{
	int i;

	for (i = 0; i < in->nqueues; i++) {
		d->queue[i].trigger = trigger;
		d->queue[i].weight = weight;
	}
}

static void decide_null(const struct bty_input *in, void *state, struct bty_decision *d)
{
	set_all(in, d, 1, 1);
}

static void decide_max(const struct bty_input *in, void *state, struct bty_decision *d)
{
	set_all(in, d, BTY_VEC_DEFAULT, 1);
}

static void decide_max_wfq(const struct bty_input *in, void *state, struct bty_decision *d)
{
	set_all(in, d, 1, BTY_WEIGHT_MAX);
}

static void decide_fix(const struct bty_input *in, void *state, struct bty_decision *d)
{
	set_all(in, d, in->fixed, 1);
}

static const struct bty_controller simple[] = {
	{ "null", "every packet at once: trigger 1; weights 1", 0, decide_null, decide_null },
	{ "max", "the largest batch a worker takes at once: trigger 64; weights 1024", 0, decide_max, decide_max_wfq },
	{ "fix", "fixN: trigger N", 0, decide_fix, NULL },
	/* backpressure, the other half of it, is the worker's */
	{ "nfvnice", "equal weights, as NFVnice schedules", 0, NULL, decide_null },
};

static const struct bty_controller *const all[] = {
	&bty_controller_slo,
	&bty_controller_onoff,
	&bty_controller_feasdir,
	&bty_controller_projgrad,
	&simple[0],
	&simple[1],
	&simple[3],
};

int bty_controller_find(const char *name, struct bty_controller_choice *c, struct bty_err *err)
{
	unsigned long n;
	size_t i;
	char *end;

	c->fixed = 0;
	c->ctl = NULL;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!strcmp(name, all[i]->name))
			c->ctl = all[i];
	/* its name in the original's settings */
	if (!strcmp(name, "projgradient"))
		c->ctl = &bty_controller_projgrad;
	if (!strncmp(name, "fix", 3) && name[3] >= '0' && name[3] <= '9') {
		n = strtoul(name + 3, &end, 10);
		if (*end || n < 1 || n > 65536)
			return bty_fail(err, -EINVAL, "controller %s: N is 1 to 65536, as in fix8", name);
		c->ctl = &simple[2];
		c->fixed = n;
	}
	if (!c->ctl)
		return bty_fail(err, -EINVAL, "controller %s: unknown; there are %s", name, BTY_CONTROLLER_NAMES);
	snprintf(c->name, sizeof(c->name), "%.15s", name);
	return 0;
}

static const char *const decompositions[] = {
	[BTY_DECOMPOSE_AUTO] = "auto",
	[BTY_DECOMPOSE_NONE] = "none",
	[BTY_DECOMPOSE_GREEDY] = "greedy",
	[BTY_DECOMPOSE_SLO] = "slo",
};

int bty_decompose_parse(const char *name, enum bty_decompose *how)
{
	size_t i;

	for (i = 0; i < sizeof(decompositions) / sizeof(decompositions[0]); i++)
		if (!strcmp(name, decompositions[i])) {
			*how = i;
			return 0;
		}
	return -EINVAL;
}

const char *bty_decompose_name(enum bty_decompose how)
{
	return decompositions[how];
}

/* Returns 0 or -ENOMEM. */
static int new_division(struct bty_control *ctl, const struct bty_observer *o)
{
	enum bty_decompose how = o->decompose;

	if (how == BTY_DECOMPOSE_AUTO)
		how = ctl->choice.ctl == &bty_controller_slo ? BTY_DECOMPOSE_SLO : BTY_DECOMPOSE_NONE;
	if (!o->nextra || how == BTY_DECOMPOSE_NONE)
		return 0;
	ctl->decompose = how == BTY_DECOMPOSE_GREEDY ? bty_decompose_greedy : bty_decompose_slo;
	ctl->division = calloc(1, sizeof(*ctl->division));
	return ctl->division ? 0 : -ENOMEM;
}

int bty_control_new(const struct bty_controller_choice *c, const struct bty_observer *o, struct bty_control **out,
		    struct bty_err *err)
{
	struct bty_control *ctl;

	if (!(o->wfq ? c->ctl->decide_wfq : c->ctl->decide))
		return bty_fail(err, -EINVAL, "controller %s: not for %s; choose one of %s", c->name,
				o->wfq ? "queues that share a worker by weight" : "queues that are run to completion",
				o->wfq ? "null, max, feasdir, nfvnice"
				       : "slo, null, max, fixN, onoff, feasdir, projgrad");
	ctl = calloc(1, sizeof(*ctl));
	if (!ctl)
		return bty_fail(err, -ENOMEM, "out of memory");
	ctl->choice = *c;
	ctl->decide = o->wfq ? c->ctl->decide_wfq : c->ctl->decide;
	ctl->in.fixed = c->fixed;
	ctl->state = c->ctl->state_size ? calloc(1, c->ctl->state_size) : NULL;
	if ((c->ctl->state_size && !ctl->state) || new_division(ctl, o)) {
		bty_control_free(ctl);
		return bty_fail(err, -ENOMEM, "out of memory");
	}
	*out = ctl;
	return 0;
}

void bty_control_free(struct bty_control *c)
{
	if (!c)
		return;
	free(c->division);
	free(c->state);
	free(c);
}

uint64_t bty_control_clamped(const struct bty_control *c)
{
	return c->in.clamped;
}

const char *bty_admit_text(uint8_t why)
{
	static const char *const text[] = { NULL, "met", "objective below the service time", "load too high" };

	return why < sizeof(text) / sizeof(text[0]) ? text[why] : NULL;
}

/* One clock read per sampled packet: all of them at low rates, one in 32 at high ones. */
static uint32_t sample_shift(double pps)
{
	return pps < 5000 ? 0 : pps < 50000 ? 3 : 5;
}

/*
 * Deadlines unless the controller says otherwise: the smallest objective of the flows through a queue, of which queues in a row
 * get equal parts.
 */
static void default_deadlines(const struct bty_input *in, struct bty_decision *d)
{
	const struct bty_in_flow *f;
	struct bty_setting *s;
	uint64_t rest, share;
	int i;

	for (i = 0; i < in->nqueues; i++) {
		s = &d->queue[i];
		s->deadline_ns = in->queue[i].slo_ns > 0 ? (uint64_t)in->queue[i].slo_ns
				 : in->queue[i].covered	 ? BTY_DEADLINE_MAX_NS
							 : BTY_DEADLINE_DEFAULT_NS;
	}
	for (f = in->flow; f < in->flow + in->nflows; f++) {
		share = f->slo_ns > 0 && f->nqueues ? (uint64_t)(f->slo_ns / f->nqueues) : UINT64_MAX;
		for (rest = f->mask; rest; rest &= rest - 1) {
			s = &d->queue[__builtin_ctzll(rest)];
			if (share < s->deadline_ns)
				s->deadline_ns = share;
		}
	}
}

static uint32_t between(uint32_t v, uint32_t low, uint32_t high)
{
	return v < low ? low : v > high ? high : v;
}

static void bound(const struct bty_in_queue *q, struct bty_setting *s)
{
	s->trigger = between(s->trigger, 1, q->high);
	if (q->trigger_fixed)
		s->trigger = between(q->trigger, 1, q->capacity);
	if (q->deadline_fixed)
		s->deadline_ns = q->deadline_ns;
	if (s->deadline_ns < BTY_DEADLINE_MIN_NS)
		s->deadline_ns = BTY_DEADLINE_MIN_NS;
	if (s->deadline_ns > BTY_DEADLINE_MAX_NS)
		s->deadline_ns = BTY_DEADLINE_MAX_NS;
	s->weight = between(s->weight, 1, BTY_WEIGHT_MAX);
	/* below its trigger only the deadline would release it */
	s->limit = between(s->limit, s->trigger, q->capacity);
}

void bty_decide(struct bty_control *c, struct bty_observer *o, struct bty_decision *d)
{
	struct bty_input *in = &c->in;
	struct bty_setting *s;
	int i;

	bty_input_fill(in, o);
	memset(d->flow, 0, o->nflows * sizeof(d->flow[0]));
	for (i = 0; i < o->nqueues; i++) {
		s = &d->queue[i];
		s->trigger = in->queue[i].trigger;
		s->weight = 1;
		s->limit = in->queue[i].capacity;
		s->server = in->queue[i].server;
	}
	default_deadlines(in, d);
	c->decide(in, c->state, d);
	if (c->decompose)
		c->decompose(c->division, in, d);
	for (i = 0; i < o->nqueues; i++) {
		s = &d->queue[i];
		bound(&in->queue[i], s);
		/* with weighted fair queueing what waits is due, and its worker to be woken */
		if (o->wfq)
			s->trigger = 1;
		s->sample_shift = sample_shift(o->queue[i].rate_pps);
		o->queue[i].trigger = s->trigger;
		o->queue[i].deadline_ns = s->deadline_ns;
		o->queue[i].weight = s->weight;
		o->queue[i].server = s->server;
	}
}
