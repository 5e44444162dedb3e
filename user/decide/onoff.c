// SPDX-License-Identifier: GPL-2.0-or-later
/* The controller `onoff` of the original: each queue holds full batches, or none. Called through decide.c. */
#include "rtc.h"

static void decide(const struct bty_input *in, void *state, struct bty_decision *d)
{
	struct bty_rtc *r = state;
	int i;

	if (!bty_rtc_begin(r, in))
		return;
	/* another controller may have left it in between */
	for (i = 0; i < r->nqueues; i++)
		if (r->queue[i].q > BTY_Q_OFF && !r->queue[i].settled)
			r->queue[i].q = r->queue[i].most;
	bty_rtc_push(r);
	if (r->error > 0)
		bty_rtc_recover(r, 1);
	bty_rtc_pull(r, r->vector);
	bty_rtc_end(r, d);
}

const struct bty_controller bty_controller_onoff = {
	"onoff", "each queue holds batches of 64, or none (Batchy, NSDI 2020)", sizeof(struct bty_rtc), decide, NULL,
};
