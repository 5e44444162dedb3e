// SPDX-License-Identifier: GPL-2.0-or-later
/* The sending loop; called by main, one call per thread, sharing nothing. */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "clock.h"
#include "sender.h"

#define SPIN_NS	 60000	      /* a sleep ends up to this late here: sleep to this long before the departure */
#define SLEEP_NS 100000	      /* and do not sleep for less than this */
#define LONG_NS	 100000000    /* longest single sleep: how soon a signal that came just before it is noticed */
#define GRACE_NS 100000000ULL /* after the end of the duration, to send what is late */
#define STOP_NS	 1000000      /* a signal is noticed within that */
#define STALL_NS 2000000000ULL
#define LEAD_NS	 1000000 /* from the end of the preparations to the first departure */
#define DRAIN_NS 1000000000ULL
#define RETRY_NS 20000 /* between attempts while the device has no room */

struct sender {
	const struct gen_send_conf *conf;
	struct gen_send_report *r;
	struct gen_tx *tx;
	struct gen_schedule schedule;
	uint64_t start_ns;
	uint64_t next;		 /* frame to send, from 0: flow next % flows, number next / flows */
	uint64_t due[GEN_BATCH]; /* departures computed ahead: due[0] is that of frame next */
	unsigned int n_due;
	uint64_t full_since; /* 0: there is room */
	uint64_t last_ns;
};

/* Keeps a batch of departure times ready, so that no logarithm stands between a departure and its wire. */
static void plan(struct sender *s)
{
	const struct gen_send_conf *c = s->conf;
	uint64_t now = gen_now(), at = c->max && now > s->start_ns ? now - s->start_ns : 0;

	while (s->n_due < GEN_BATCH) {
		if (c->count && s->next + s->n_due >= c->count)
			return;
		if (!c->max)
			at = gen_schedule_next(&s->schedule);
		/* the schedule never goes back: the first departure past the end is the end */
		if (c->duration_ns && at >= c->duration_ns)
			return;
		s->due[s->n_due++] = at;
	}
}

static void wait_for(const struct sender *s, uint64_t at)
{
	uint64_t now = gen_now();

	while (now < at && !*s->conf->stop) {
		if (at - now > LONG_NS)
			gen_sleep_until(now + LONG_NS - SPIN_NS);
		else if (!s->conf->spin)
			gen_sleep_until(at);
		else if (at - now > SLEEP_NS)
			gen_sleep_until(at - SPIN_NS);
		now = gen_now();
	}
}

/* The device or its ring has no room: tries again a little later, but not for ever. */
static int no_room(struct sender *s, struct bty_err *err)
{
	uint64_t now = gen_now();
	int ret;

	if (!s->full_since) {
		s->full_since = now;
		s->r->full++;
	}
	if (now - s->full_since > STALL_NS)
		return bty_fail(
			err, -ETIMEDOUT,
			"%s: the device took no frame in 2 s; is it stopped, or are its frames held by a reader?",
			s->conf->tx.iface->name);
	gen_sleep_until(now + RETRY_NS);
	ret = s->conf->ops->flush(s->tx);
	return ret < 0 ? ret : 0;
}

static void took(struct sender *s, unsigned int n, uint64_t now)
{
	uint64_t error;
	unsigned int i;

	if (s->full_since) {
		s->r->full_ns += now - s->full_since;
		s->full_since = 0;
	}
	for (i = 0; i < n && !s->conf->max; i++) {
		error = now - s->start_ns - s->due[i];
		bty_hist_add(&s->r->error, error);
		s->r->late += error > GEN_LATE_NS;
	}
	s->next += n;
	s->n_due -= n;
	memmove(s->due, s->due + n, s->n_due * sizeof(s->due[0]));
	s->last_ns = now;
}

/* Sends the frames whose time has come, one batch at most. */
static int send_due(struct sender *s, struct bty_err *err)
{
	const struct gen_send_conf *c = s->conf;
	uint64_t now = gen_now();
	uint8_t *buf[GEN_BATCH];
	unsigned int n = 0, i;
	int ret;

	while (n < s->n_due && s->start_ns + s->due[n] <= now)
		n++;
	n = c->ops->reserve(s->tx, buf, n);
	if (!n)
		return no_room(s, err);
	now = gen_now();
	for (i = 0; i < n; i++)
		gen_frame_stamp(c->tx.frame, buf[i], (s->next + i) % c->flows, (s->next + i) / c->flows, now);
	ret = c->ops->submit(s->tx, n);
	if (ret < 0)
		return bty_fail(err, ret, "%s: cannot send: %s; see `ip link`", c->tx.iface->name, strerror(-ret));
	if (ret)
		took(s, ret, now);
	return (unsigned int)ret < n ? no_room(s, err) : 0;
}

static int run(struct sender *s, struct bty_err *err)
{
	const struct gen_send_conf *c = s->conf;
	int ret;

	for (;;) {
		plan(s);
		if (!s->n_due)
			return 0;
		wait_for(s, s->start_ns + s->due[0]);
		if (*c->stop)
			return 0;
		if (c->duration_ns && gen_now() > s->start_ns + c->duration_ns + GRACE_NS)
			return 0;
		ret = send_due(s, err);
		if (ret)
			return ret;
	}
}

/* Gives the last frames a second to leave. */
static void drain(struct sender *s)
{
	uint64_t end = gen_now() + DRAIN_NS;

	while (s->conf->ops->flush(s->tx) > 0 && gen_now() < end)
		gen_sleep_until(gen_now() + RETRY_NS);
}

/* Departures that had fallen due when the run ended and were not made. */
static uint64_t count_owed(struct sender *s, uint64_t end_ns)
{
	const struct gen_send_conf *c = s->conf;
	uint64_t until = end_ns > s->start_ns ? end_ns - s->start_ns : 0, owed = 0;

	if (c->max)
		return 0;
	if (c->duration_ns && until >= c->duration_ns)
		until = c->duration_ns - 1;
	while (owed < s->n_due && s->due[owed] <= until)
		owed++;
	if (owed < s->n_due)
		return owed;
	while ((!c->count || s->next + owed < c->count) && gen_schedule_next(&s->schedule) <= until)
		owed++;
	return owed;
}

/* Of n frames that leave 1 ms apart the last goes after n - 1 ms: what leaves at the start ends no interval. */
static uint64_t rate(const struct gen_send_conf *c, uint64_t sent, uint64_t ns)
{
	uint64_t at_start = c->max ? 1 : c->schedule.arrivals == GEN_POISSON ? 0 : c->schedule.burst;

	return ns && sent > at_start ? (uint64_t)((double)(sent - at_start) * 1e9 / (double)ns + 0.5) : 0;
}

static void finish(struct sender *s)
{
	const struct gen_send_conf *c = s->conf;
	struct gen_send_report *r = s->r;
	struct gen_tx_stats st;
	/* stopped by hand: what fell due just then is nobody's loss */
	uint64_t end = gen_now(), owed = count_owed(s, *c->stop ? end - STOP_NS : end);

	if (s->full_since)
		r->full_ns += end - s->full_since;
	drain(s);
	c->ops->stats(s->tx, &st);
	r->offered = s->next + owed;
	r->sent = st.accepted;
	r->refused = st.refused;
	r->unsent = owed + st.pending;
	r->calls = st.calls;
	r->duration_ns = s->last_ns > s->start_ns ? s->last_ns - s->start_ns : 0;
	r->pps = rate(c, r->sent, r->duration_ns);
	r->interrupted = *c->stop && (c->count || c->duration_ns) && (!c->count || s->next < c->count) &&
			 (!c->duration_ns || end < s->start_ns + c->duration_ns);
}

int gen_send(const struct gen_send_conf *conf, struct gen_send_report *r, struct bty_err *err)
{
	struct sender s = { .conf = conf, .r = r, .schedule = conf->schedule };
	int ret;

	memset(r, 0, sizeof(*r));
	ret = conf->ops->open(&s.tx, &conf->tx, err);
	if (ret)
		return ret;
	/* the default slack of 50 us would be added to every sleep; without this call the timing is only worse */
	(void)prctl(PR_SET_TIMERSLACK, 1);
	s.start_ns = gen_now() + LEAD_NS;
	ret = run(&s, err);
	finish(&s);
	conf->ops->close(s.tx);
	return ret;
}
