// SPDX-License-Identifier: GPL-2.0-or-later
/* The receiving loop; called by main. */
#include <string.h>

#include "clock.h"
#include "sink.h"

#define WAIT_NS	  100000000 /* longest sleep: how soon a signal that arrived just before it is noticed */
#define SETTLE_NS 40000000  /* a block lies in the kernel for up to 10 ms before it is handed over */

struct sink {
	const struct gen_sink_conf *conf;
	struct gen_account *a;
	struct gen_rx *rx;
	uint64_t end_ns;    /* of the duration */
	uint64_t idle_from; /* the last frame; 0: none yet */
};

static int on_frame(void *ctx, const uint8_t *data, size_t len, uint64_t arrival_ns)
{
	struct sink *s = ctx;

	/* what arrived after the end belongs to nobody; it may lie in the same block as what came before */
	if (arrival_ns > s->end_ns)
		return 0;
	gen_account_frame(s->a, data, len, arrival_ns);
	return s->conf->count && s->a->received >= s->conf->count;
}

/* Takes all that is there. Returns true when the count is reached. */
static bool take(struct sink *s)
{
	const struct gen_sink_conf *c = s->conf;
	uint64_t before = s->a->received;
	unsigned int i;

	/* bounded, so that the clock and the signals are looked at under full load too */
	for (i = 0; i < 64 && !(c->count && s->a->received >= c->count); i++)
		if (!c->ops->receive(s->rx, on_frame, s))
			break;
	if (s->a->received != before)
		s->idle_from = gen_now();
	return c->count && s->a->received >= c->count;
}

static uint64_t min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int run(struct sink *s, struct bty_err *err)
{
	const struct gen_sink_conf *c = s->conf;
	uint64_t now, idle_end;
	int ret;

	while (!take(s)) {
		now = gen_now();
		idle_end = c->idle_ns && s->idle_from ? s->idle_from + c->idle_ns : UINT64_MAX;
		if (*c->stop || now >= s->end_ns || now >= idle_end)
			break;
		ret = c->ops->wait(s->rx, min64(WAIT_NS, min64(s->end_ns, idle_end) - now));
		if (ret)
			return bty_fail(err, ret, "%s: cannot receive: %s; see `ip link`", c->iface->name,
					strerror(-ret));
	}
	return 0;
}

/* Collects the blocks that are still filling. */
static void settle(struct sink *s)
{
	uint64_t now = gen_now(), end = now + SETTLE_NS;

	s->end_ns = min64(s->end_ns, now);
	while (!take(s) && (now = gen_now()) < end)
		if (s->conf->ops->wait(s->rx, end - now))
			break;
}

int gen_sink(const struct gen_sink_conf *conf, struct gen_account *a, struct gen_rx_stats *st, struct bty_err *err)
{
	struct sink s = { .conf = conf, .a = a, .end_ns = UINT64_MAX };
	int ret;

	ret = conf->ops->open(&s.rx, conf->iface, err);
	if (ret)
		return ret;
	if (conf->duration_ns)
		s.end_ns = gen_now() + conf->duration_ns;
	if (conf->listening)
		conf->listening(conf->ctx);
	ret = run(&s, err);
	if (!ret)
		settle(&s);
	conf->ops->stats(s.rx, st);
	conf->ops->close(s.rx);
	return ret;
}
