// SPDX-License-Identifier: GPL-2.0-or-later
/* A pipeline's control period and what it tells of it; called by agent.c. */
#include <errno.h>

#include "../apply/apply.h"
#include "../lib/log.h"
#include "../lib/units.h"
#include "steer.h"

#define SAY_NS 10000000000ULL /* at most one message for each flow in that time */

int bty_steer_open(struct bty_steer *s, const struct bty_controller_choice *c, const struct bty_observer *o,
		   uint64_t period_ns, struct bty_err *err)
{
	int ret = bty_control_new(c, o, &s->control, err);

	return ret || !o->nqueues ? ret
				  : bty_watchdog_start(o->dp, (struct bty_run *)o->run, period_ns, &s->watchdog, err);
}

void bty_steer_close(struct bty_steer *s)
{
	bty_watchdog_stop(s->watchdog);
	bty_control_free(s->control);
	bty_control_free(s->prepared);
	s->watchdog = NULL;
	s->control = s->prepared = NULL;
}

static void say(const struct bty_observer *o, int n, const struct bty_admission *a)
{
	const char *name = o->dp->graph->flow[n].name;
	char slo[24], could[24] = "no delay";

	bty_format_time(o->flow[n].slo_ns, slo, sizeof(slo));
	if (a->possible_ns)
		bty_format_time(a->possible_ns, could, sizeof(could));
	if (a->why == BTY_ADMIT_MET)
		bty_info("flow %s: its objective of %s can be met", name, slo);
	else
		bty_warn("flow %s: its objective of %s cannot be met: %s; possible is %s at this load, or %.0f "
			 "packets/s under this objective",
			 name, slo, bty_admit_text(a->why), could, a->possible_pps);
}

/* That it is met goes without saying at first. */
static void say_changes(struct bty_steer *s, const struct bty_observer *o, uint64_t now_ns)
{
	const struct bty_admission *a;
	int i;

	for (i = 0; i < o->nflows; i++) {
		a = &s->decision.flow[i];
		if (a->why == s->said[i] ||
		    (a->why != BTY_ADMIT_NONE && s->said_ns[i] && now_ns - s->said_ns[i] < SAY_NS))
			continue;
		if (a->why > BTY_ADMIT_MET || (a->why == BTY_ADMIT_MET && s->said[i] > BTY_ADMIT_MET)) {
			say(o, i, a);
			s->said_ns[i] = now_ns;
		}
		s->said[i] = a->why;
	}
}

void bty_steer(struct bty_steer *s, struct bty_observer *o, uint64_t now_ns)
{
	if (!o->nqueues)
		return;
	bty_decide(s->control, o, &s->decision);
	bty_watchdog_beat(s->watchdog);
	bty_apply_servers((struct bty_run *)o->run, &s->decision, o->nqueues);
	if (bty_apply(o->dp, &s->decision, o->nqueues))
		bty_run_kick((struct bty_run *)o->run);
	say_changes(s, o, now_ns);
}

int bty_steer_prepare(struct bty_steer *s, const struct bty_controller_choice *c, const struct bty_observer *o,
		      struct bty_err *err)
{
	return bty_control_new(c, o, &s->prepared, err);
}

void bty_steer_switch(struct bty_steer *s, int go)
{
	struct bty_control *old = go ? s->control : s->prepared;

	if (go)
		s->control = s->prepared;
	bty_control_free(old);
	s->prepared = NULL;
}

void bty_steer_verdicts(const struct bty_steer *s, struct bty_snap_flow *flow, int nflows)
{
	const struct bty_admission *a;
	int i;

	for (i = 0; i < nflows; i++) {
		a = &s->decision.flow[i];
		flow[i].admission = bty_admit_text(a->why);
		flow[i].possible_pps = a->possible_pps;
		flow[i].possible_ns = a->possible_ns;
	}
}
