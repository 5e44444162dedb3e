// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One element under measurement: groups of batches between two readings of the clock, in turn with groups of an element that does
 * nothing, which is what the harness costs. Called by bty_profile() on the main thread.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <batchy/parse.h>

#include "../run/meter.h"
#include "internal.h"

#define GROUP	  256	      /* packets between two readings, about */
#define MOULDS	  4096	      /* different packets */
#define STRIDE	  (2048 + 64) /* bytes of a frame in a worker's memory without zero copy: see user/run/xsk.c */
#define FRONT	  256
#define FRAME	  2048
#define MADE	  1024	     /* frames for packets an element makes, used over and over */
#define SAMPLE_NS 2000000ULL /* on one size in one round, with and without */
#define READINGS  256	     /* at most so many groups for one sample */
#define LEAST	  3	     /* and at least so many */
#define GROUP_NS  50000.0    /* and they take no longer */
#define WARM_NS	  30000000ULL

struct bench {
	const struct bty_class *cls;
	const void *args;
	struct bty_env env;
	struct bty_mould *mould;
	uint32_t next; /* mould */
	uint8_t *area, *made;
	uint32_t nmade;
	struct bty_batch *batch; /* GROUP of them */
	double ns_per_unit;
	struct bty_profiled *out;
	uint64_t random;
};

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* --- what a worker does for its elements */

static void place(struct bty_pkt *p, uint8_t *frame, uint32_t len)
{
	bty_frame_open(frame, FRAME);
	*p = (struct bty_pkt){ .data = frame + FRONT, .data_end = frame + FRONT + len, .frame = BTY_NO_FRAME };
	p->meta = (struct bty_meta *)p->data - 1;
	p->headroom = FRONT - sizeof(struct bty_meta);
	p->tailroom = FRAME - FRONT - len;
}

static int make(struct bty_env *env, __u32 len, struct bty_pkt *p)
{
	struct bench *k = env->worker;

	if (len > FRAME - FRONT)
		return -EMSGSIZE;
	place(p, k->made + (size_t)(k->nmade++ % MADE) * STRIDE, len);
	memset(p->meta, 0, sizeof(*p->meta));
	return 0;
}

static void emit(struct bty_env *env, int port, const struct bty_pkt *p)
{
}

static void discard(struct bty_env *env, const struct bty_pkt *p, int reason)
{
}

static const struct bty_env_ops ops = { .make = make, .emit = emit, .discard = discard };

static int port_of(const struct bty_open *o, const char *device)
{
	return -1;
}

/* --- groups */

static void nothing(struct bty_batch *b, const void *args, struct bty_env *env)
{
}

/* n batches of b packets, as they would come from the kernel: just written, metadata and all. */
static void prepare(struct bench *k, uint32_t n, uint32_t b)
{
	const struct bty_mould *m;
	struct bty_pkt *p;
	uint32_t i, j;

	for (i = 0; i < n; i++) {
		k->batch[i].n = b;
		for (j = 0; j < b; j++) {
			m = &k->mould[k->next++ % MOULDS];
			p = &k->batch[i].pkt[j];
			place(p, k->area + (size_t)(i * b + j) * STRIDE, m->len);
			memcpy(p->data, m->bytes, m->len);
			*p->meta = m->meta;
		}
	}
	k->env.now_ns = clock_ns();
}

/* Units of the clock that process takes for n batches. */
static uint64_t time_group(struct bench *k, void (*process)(struct bty_batch *, const void *, struct bty_env *),
			   uint32_t n)
{
	void (*volatile fn)(struct bty_batch *, const void *, struct bty_env *) = process;
	void (*call)(struct bty_batch *, const void *, struct bty_env *) = fn;
	uint64_t begin;
	uint32_t i;

	begin = bty_meter_read();
	for (i = 0; i < n; i++)
		call(&k->batch[i], k->args, &k->env);
	return bty_meter_read() - begin;
}

static void count(struct bench *k, uint32_t n)
{
	uint32_t i, j;
	int v;

	for (i = 0; i < n; i++)
		for (j = 0; j < k->batch[i].n; j++) {
			v = k->batch[i].verdict[j];
			k->out->forwarded += v >= 0;
			k->out->held += v == BTY_HELD;
			k->out->dropped += v < 0 && v != BTY_HELD;
		}
}

/* How many batches of b make a group: fewer where they take so long that few groups would pass uninterrupted. */
static uint32_t group_of(struct bench *k, uint32_t b)
{
	uint32_t n = GROUP / b;
	double ns;

	prepare(k, n, b);
	ns = (double)time_group(k, k->cls->process, n) * k->ns_per_unit;
	if (ns > GROUP_NS)
		n = (uint32_t)(n * GROUP_NS / ns);
	return n ? n : 1;
}

/* The median over groups of b packets in a batch, in ns for each batch. */
static double sample(struct bench *k, uint32_t b, uint64_t budget_ns)
{
	static double with[READINGS], without[READINGS];
	const uint32_t n = group_of(k, b);
	const uint64_t end = clock_ns() + budget_ns;
	uint32_t i;

	for (i = 0; i < READINGS && (i < LEAST || clock_ns() < end); i++) {
		prepare(k, n, b);
		without[i] = (double)time_group(k, nothing, n);
		prepare(k, n, b);
		with[i] = (double)time_group(k, k->cls->process, n);
	}
	count(k, n);
	return (bty_median(with, i) - bty_median(without, i)) * k->ns_per_unit / n;
}

/* --- setting up */

static double unit_ns(void)
{
	const struct timespec ts = { .tv_nsec = 10000000 };
	uint64_t ns = clock_ns(), units = bty_meter_read();

	nanosleep(&ts, NULL);
	return (double)(clock_ns() - ns) / (double)(bty_meter_read() - units);
}

static void release(struct bench *k, int opened)
{
	if (opened && k->cls->close)
		k->cls->close(k->args, k->env.state);
	if (k->area)
		bty_frame_open(k->area, (size_t)GROUP * STRIDE);
	if (k->made)
		bty_frame_open(k->made, (size_t)MADE * STRIDE);
	free(k->env.state);
	free(k->mould);
	free(k->area);
	free(k->made);
	free(k->batch);
}

static int prepare_element(struct bench *k, const struct bty_targets *t, int i, struct bty_err *err)
{
	const struct bty_element *el = &t->g->el[i];
	const struct bty_open o = {
		.file = t->g->file,
		.element = el->name,
		.vec = BTY_PROFILE_B,
		.room = FRAME - FRONT,
		.port_of = port_of,
	};

	k->cls = el->cls;
	k->args = el->args;
	k->env.worker = k;
	k->env.ops = &ops;
	k->env.random_state = k->random;
	k->env.gateways = t->dp->gateways.addr[0];
	k->env.now_ns = clock_ns();
	memcpy(k->env.table, t->dp->table[i], sizeof(k->env.table));
	k->mould = calloc(MOULDS, sizeof(*k->mould));
	k->area = calloc(GROUP, STRIDE);
	k->made = calloc(MADE, STRIDE);
	k->batch = calloc(GROUP, sizeof(*k->batch));
	k->env.state = calloc(1, el->cls->state_size + 1);
	if (!k->mould || !k->area || !k->made || !k->batch || !k->env.state ||
	    bty_moulds_make(el, k->mould, MOULDS, k->random))
		return bty_fail(err, -ENOMEM, "%s: out of memory", el->cls->name);
	return el->cls->open ? el->cls->open(k->args, &k->env, &o, err) : 0;
}

/* A random order: whatever changes while a round lasts hits all sizes alike. */
static void shuffle(struct bench *k, uint32_t *order, uint32_t n)
{
	uint32_t i, j, was;

	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n; i > 1; i--) {
		j = bty_draw(&k->random) % i;
		was = order[i - 1];
		order[i - 1] = order[j];
		order[j] = was;
	}
}

static int take(struct bench *k, const struct bty_profile_opts *opts, struct bty_samples *s)
{
	uint64_t budget = opts->sample_ns ? opts->sample_ns : SAMPLE_NS;
	uint32_t order[BTY_PROFILE_B], r, i;

	sample(k, BTY_PROFILE_B / 2, WARM_NS);
	for (r = 0; r < s->rounds; r++) {
		shuffle(k, order, s->nb);
		for (i = 0; i < s->nb; i++) {
			if (opts->stop && *opts->stop)
				return -EINTR;
			s->ns[r * s->nb + order[i]] = sample(k, order[i] + 1, budget);
			if (opts->progress)
				opts->progress(opts->ctx, r * s->nb + i + 1, s->rounds * s->nb);
		}
	}
	return 0;
}

static int measure(struct bench *k, const struct bty_profile_opts *opts, struct bty_profiled *out, struct bty_err *err)
{
	double b[BTY_PROFILE_B];
	struct bty_samples s = { .nb = BTY_PROFILE_B, .rounds = opts->rounds, .b = b };
	struct bty_fitted f;
	uint32_t i;
	int ret;

	for (i = 0; i < s.nb; i++)
		b[i] = out->size[i] = i + 1;
	s.ns = calloc(s.nb * s.rounds, sizeof(*s.ns));
	s.left = calloc(s.nb * s.rounds, 1);
	ret = s.ns && s.left ? take(k, opts, &s) : -ENOMEM;
	if (!ret)
		ret = bty_fit(&s, &f, out->median_ns);
	free(s.ns);
	free(s.left);
	if (ret)
		return bty_fail(err, ret, "%s: %s", k->cls->name, ret == -EINTR ? "stopped" : strerror(-ret));
	out->fit = f.fit;
	out->how = (struct bty_cost_how){ 1, s.nb, s.nb * s.rounds, f.left_out };
	out->drift = f.drift;
	out->clamped = f.clamped;
	out->nb = s.nb;
	return 0;
}

int bty_profile(const struct bty_targets *t, int i, const struct bty_profile_opts *opts, struct bty_profiled *out,
		struct bty_err *err)
{
	struct bench k = { .out = out, .random = opts->seed * 0x9e3779b97f4a7c15ULL | 1 };
	int ret;

	memset(out, 0, sizeof(*out));
	k.ns_per_unit = unit_ns();
	ret = prepare_element(&k, t, t->el[i], err);
	if (ret) {
		release(&k, 0);
		return ret;
	}
	ret = measure(&k, opts, out, err);
	release(&k, 1);
	return ret;
}
